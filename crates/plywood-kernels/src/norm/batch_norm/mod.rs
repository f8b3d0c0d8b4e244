//! Batch normalisation: `y = (x - mean) / √(var + eps) · weight + bias` with the statistics of each channel.
//!
//! Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
//! 2015. In training the statistics are the batch's; in evaluation the running ones. Forward keeps nothing but
//! these; the adjoint works from the input. A channel is read for its statistics and at once, still cached, for its
//! result, so that either direction goes through memory once.
//!
//! Channels whose pieces of contiguous memory are long are worked off one by one (`planes`); short pieces, such as
//! those of `[n, c]`, many channels side by side (`rows`).

mod planes;
mod rows;

use crate::{Mismatch, Scalar, par};

/// The checked shape of a batch normalisation: `[n, c, …]` seen as `[n, c, s]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNormDims {
    /// Samples.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Positions within a channel of one sample; 1 for `[n, c]`.
    pub s: usize,
}

impl BatchNormDims {
    /// Checks an input of shape `[n, c, …]` against a number of channels.
    ///
    /// # Errors
    /// If the rank is below 2 or the channels differ.
    pub fn new(input: &[usize], channels: usize) -> Result<Self, Mismatch> {
        let &[n, c, ref rest @ ..] = input else {
            return Err(Mismatch::new("input shape", "[n, c] or more dimensions", format_args!("{input:?}")));
        };
        if c != channels {
            let got = format_args!("{c} in {input:?}");
            return Err(Mismatch::new("input channels (dimension 1)", channels, got));
        }
        Ok(Self { n, c, s: rest.iter().product() })
    }

    /// Checks that the batch has statistics.
    ///
    /// # Errors
    /// If a channel holds fewer than two values: its variance would be 0, and the unbiased one undefined.
    pub fn check_training(&self) -> Result<(), Mismatch> {
        if self.count() < 2 {
            let got = format_args!("{} (batch of {} with {} each)", self.count(), self.n, self.s);
            return Err(Mismatch::new("values per channel in training mode", "2 or more", got));
        }
        Ok(())
    }

    /// Elements of input and output.
    pub fn len(&self) -> usize {
        self.n * self.c * self.s
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values of a channel.
    pub fn count(&self) -> usize {
        self.n * self.s
    }

    fn row_len(&self) -> usize {
        self.c * self.s
    }

    /// Channels that are worked off together: one where its pieces are long enough to fill vectors.
    fn block(&self) -> usize {
        if self.s >= 64 { 1 } else { (512 / self.s.max(1)).max(1) }
    }
}

/// What follows the division by the deviation.
#[derive(Clone, Copy, Debug)]
pub struct Affine<'a, T> {
    /// The factor of each channel `[c]`; 1 if absent.
    pub weight: Option<&'a [T]>,
    /// The summand of each channel `[c]`; 0 if absent.
    pub bias: Option<&'a [T]>,
    /// Added to the variance.
    pub eps: f64,
    /// Whether a ReLU follows.
    pub relu: bool,
}

/// Mean and biased variance of each channel, each `[c]`.
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a, T> {
    /// Means.
    pub mean: &'a [T],
    /// Variances, divided by the number of values.
    pub var: &'a [T],
}

/// How one channel is normalised: `(x - mean) * scale + bias`.
#[derive(Clone, Copy)]
struct Channel<T> {
    mean: T,
    scale: T,
    bias: T,
    relu: bool,
    deviation: f64,
}

impl<T: Scalar> Channel<T> {
    fn new(affine: &Affine<'_, T>, c: usize, mean: T, var: f64) -> Self {
        let deviation = (var + affine.eps).sqrt();
        let weight = affine.weight.map_or(1.0, |w| w[c].to_f64());
        let bias = affine.bias.map_or(T::ZERO, |b| b[c]);
        Self { mean, scale: T::from_f64(weight / deviation), bias, relu: affine.relu, deviation }
    }
}

/// How one channel's input gradient is formed: `a·dy + b·(x - mean) + c`.
#[derive(Clone, Copy)]
struct Slope<T> {
    a: T,
    b: T,
    c: T,
}

/// The sums of one channel over the batch: of `dy`, and of `dy · (x - mean)`.
#[derive(Clone, Copy, Default)]
struct GradSums {
    dy: f64,
    dy_x: f64,
}

impl GradSums {
    fn slope<T: Scalar>(&self, channel: &Channel<T>, count: f64, training: bool) -> Slope<T> {
        if !training {
            return Slope { a: channel.scale, b: T::ZERO, c: T::ZERO };
        }
        let scale = channel.scale.to_f64();
        Slope {
            a: channel.scale,
            b: T::from_f64(-scale * self.dy_x / (count * channel.deviation * channel.deviation)),
            c: T::from_f64(-scale * self.dy / count),
        }
    }
}

monomorphic! {
    /// Training: writes the statistics of `x [n, c, s]` to `mean [c]` and `var [c]` (biased) and the normalised values to
    /// `y [n, c, s]`. A `residual [n, c, s]` is added to these, before the ReLU if one follows.
    ///
    /// # Panics
    /// If a length differs from the dims, or [`BatchNormDims::check_training`] would fail.
    pub fn forward<T: Scalar>(
        d: &BatchNormDims,
        affine: &Affine<'_, T>,
        x: &[T],
        residual: Option<&[T]>,
        mean: &mut [T],
        var: &mut [T],
        y: &mut [T],
    ) {
        assert!(residual.is_none_or(|r| r.len() == d.len()), "length of the residual");
        check(d, affine, x.len(), y.len(), mean.len(), var.len());
        assert!(d.count() > 1, "a single value per channel");
        let block = d.block();
        let moments = par::columns_mut(y, d.row_len(), block * d.s, 1, |i, mut y| {
            if block == 1 {
                vec![planes::forward(d, affine, i, x, residual, &mut y)]
            } else {
                rows::forward(d, affine, i * block, x, residual, &mut y)
            }
        });
        for ((mean, var), m) in mean.iter_mut().zip(var).zip(moments.iter().flatten()) {
            *mean = T::from_f64(m.mean);
            *var = T::from_f64(m.squares / m.count);
        }
    }
}

monomorphic! {
    /// Evaluation: `y` from given statistics, usually the running ones; `residual` as for [`forward`].
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn forward_eval<T: Scalar>(
        d: &BatchNormDims,
        affine: &Affine<'_, T>,
        statistics: Statistics<'_, T>,
        x: &[T],
        residual: Option<&[T]>,
        y: &mut [T],
    ) {
        assert!(residual.is_none_or(|r| r.len() == d.len()), "length of the residual");
        check(d, affine, x.len(), y.len(), statistics.mean.len(), statistics.var.len());
        let block = d.block();
        par::columns_mut(y, d.row_len(), block * d.s, 1, |i, mut y| {
            let channels = channels(d, affine, statistics, i * block, block);
            if block == 1 {
                planes::normalize(d, channels[0], i, x, residual, &mut y);
            } else {
                rows::normalize(d, &channels, i * block, x, residual, &mut y);
            }
        });
    }
}

monomorphic! {
    /// The adjoint of [`forward`] (`training`) or of [`forward_eval`]: from `x`, the statistics that forward used and
    /// `dy [n, c, s]`, writes `dx [n, c, s]` if wanted, `dweight [c]` and `dbias [c]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    #[allow(clippy::too_many_arguments)]
    pub fn adjoint<T: Scalar>(
        d: &BatchNormDims,
        affine: &Affine<'_, T>,
        statistics: Statistics<'_, T>,
        training: bool,
        x: &[T],
        dy: &[T],
        dx: Option<&mut [T]>,
        dweight: &mut [T],
        dbias: &mut [T],
    ) {
        check(d, affine, x.len(), dy.len(), statistics.mean.len(), statistics.var.len());
        assert_eq!([dweight.len(), dbias.len()], [d.c, d.c], "lengths of the gradients of weight and bias");
        if d.is_empty() {
            dweight.fill(T::ZERO);
            dbias.fill(T::ZERO);
            return;
        }
        let block = d.block();
        let sums_of = |i: usize, channels: &[Channel<T>]| {
            if block == 1 {
                vec![planes::grad_sums(d, channels[0], i, x, dy)]
            } else {
                rows::grad_sums(d, channels, i * block, x, dy)
            }
        };
        let blocks = match dx {
            Some(dx) => {
                assert_eq!(dx.len(), d.len(), "length of the input's gradient");
                par::columns_mut(dx, d.row_len(), block * d.s, 2, |i, mut dx| {
                    let channels = channels(d, affine, statistics, i * block, block);
                    let sums = sums_of(i, &channels);
                    let slope = |(s, c): (&GradSums, &Channel<T>)| s.slope(c, d.count() as f64, training);
                    let slopes: Vec<Slope<T>> = sums.iter().zip(&channels).map(slope).collect();
                    if block == 1 {
                        planes::input_grad(d, channels[0], slopes[0], i, x, dy, &mut dx);
                    } else {
                        rows::input_grad(d, &channels, &slopes, i * block, x, dy, &mut dx);
                    }
                    sums
                })
            }
            None => par::map(d.c.div_ceil(block), block * d.count(), |i| {
                sums_of(i, &channels(d, affine, statistics, i * block, block))
            }),
        };
        for (c, sums) in blocks.iter().flatten().enumerate() {
            dbias[c] = T::from_f64(sums.dy);
            dweight[c] = T::from_f64(sums.dy_x / (statistics.var[c].to_f64() + affine.eps).sqrt());
        }
    }
}

fn channels<T: Scalar>(
    d: &BatchNormDims,
    affine: &Affine<'_, T>,
    statistics: Statistics<'_, T>,
    first: usize,
    block: usize,
) -> Vec<Channel<T>> {
    let channel = |c: usize| Channel::new(affine, c, statistics.mean[c], statistics.var[c].to_f64());
    (first..(first + block).min(d.c)).map(channel).collect()
}

monomorphic! {
    /// Moves running statistics towards those of a batch by `momentum`: the running variance is the unbiased one,
    /// `var · count / (count - 1)`, as in PyTorch. A cumulative average is `momentum = 1 / (batches so far + 1)`.
    ///
    /// # Panics
    /// If lengths differ or `count` is below 2.
    pub fn update_running<T: Scalar>(
        momentum: f64,
        count: usize,
        statistics: Statistics<'_, T>,
        running_mean: &mut [T],
        running_var: &mut [T],
    ) {
        assert!(count > 1, "a single value per channel");
        let c = running_mean.len();
        assert_eq!(
            [statistics.mean.len(), statistics.var.len(), running_var.len()],
            [c; 3],
            "lengths of the statistics"
        );
        let unbias = count as f64 / (count - 1) as f64;
        let toward = |old: &mut T, new: f64| *old = T::from_f64((1.0 - momentum) * old.to_f64() + momentum * new);
        running_mean.iter_mut().zip(statistics.mean).for_each(|(old, new)| toward(old, new.to_f64()));
        running_var.iter_mut().zip(statistics.var).for_each(|(old, new)| toward(old, new.to_f64() * unbias));
    }
}

fn check<T>(d: &BatchNormDims, affine: &Affine<'_, T>, x: usize, y: usize, mean: usize, var: usize) {
    assert_eq!([x, y], [d.len(); 2], "lengths of input and output");
    assert_eq!([mean, var], [d.c; 2], "lengths of the statistics");
    for parameter in [affine.weight, affine.bias].into_iter().flatten() {
        assert_eq!(parameter.len(), d.c, "length of weight or bias");
    }
}

#[cfg(test)]
mod tests;
