//! Group and instance normalisation: each sample's groups of channels by their own statistics.
//!
//! Wu and He, "Group Normalization", 2018; Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing
//! Ingredient for Fast Stylization", 2016, which has as many groups as channels. Memory is `[n, groups, c / groups, s]`,
//! so that a group is one contiguous piece, with a weight and a bias for each of its channels.

use super::layer_norm::RowStatistics;
use super::sums::{LANES, Moments, add, add_deviations, total};
use crate::{Mismatch, Scalar, dispatch, par};

/// The checked shape of a group normalisation: `[n, c, …]` seen as `[n, c, s]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupNormDims {
    /// Samples.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Positions within a channel.
    pub s: usize,
    /// Groups that the channels are split into.
    pub groups: usize,
}

impl GroupNormDims {
    /// Checks an input of shape `[n, c, …]` against a number of groups.
    ///
    /// # Errors
    /// If the rank is below 2, the groups don't divide the channels, or a group would be empty.
    pub fn new(input: &[usize], groups: usize) -> Result<Self, Mismatch> {
        let &[n, c, ref rest @ ..] = input else {
            return Err(Mismatch::new("input shape", "[n, c] or more dimensions", format_args!("{input:?}")));
        };
        let s = rest.iter().product();
        if groups == 0 || c % groups != 0 {
            let expected = format_args!("a divisor of the {c} channels");
            return Err(Mismatch::new("num_groups", expected, groups));
        }
        if c == 0 || s == 0 {
            return Err(Mismatch::new("input shape", "sizes above 0 after the batch", format_args!("{input:?}")));
        }
        Ok(Self { n, c, s, groups })
    }

    /// Checks that an instance has statistics, for instance normalisation in training mode.
    ///
    /// # Errors
    /// If a channel of a sample holds a single value: whatever it is, its normalised value would be 0.
    pub fn check_instances(&self) -> Result<(), Mismatch> {
        match self.s {
            1 => Err(Mismatch::new("values per channel of a sample in training mode", "2 or more", 1)),
            _ => Ok(()),
        }
    }

    /// Elements of input and output.
    pub fn len(&self) -> usize {
        self.n * self.c * self.s
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pieces with statistics of their own.
    pub fn statistics_len(&self) -> usize {
        self.n * self.groups
    }

    /// Values of a group.
    fn group_len(&self) -> usize {
        self.c / self.groups * self.s
    }

    /// Channels of the group with this number among all samples.
    fn channels(&self, group: usize) -> std::ops::Range<usize> {
        let width = self.c / self.groups;
        let first = group % self.groups * width;
        first..first + width
    }
}

monomorphic! {
    /// Normalises `x [n, c, s]` into `y` and writes the statistics `[n, groups]`; `weight` and `bias` are `[c]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn group_norm<T: Scalar>(
        d: &GroupNormDims,
        weight: Option<&[T]>,
        bias: Option<&[T]>,
        eps: f64,
        x: &[T],
        y: &mut [T],
        statistics: &mut [RowStatistics<T>],
    ) {
        assert_eq!([x.len(), y.len()], [d.len(); 2], "lengths of a group norm");
        assert_eq!(statistics.len(), d.statistics_len(), "length of the statistics");
        for parameter in [weight, bias].into_iter().flatten() {
            assert_eq!(parameter.len(), d.c, "length of weight or bias");
        }
        let len = d.group_len();
        par::zip_chunks_mut(y, len, statistics, 1, len, |group, y, statistics| {
            let x = &x[group * len..][..len];
            statistics[0] = moments(x);
            let scale = 1.0 / (statistics[0].var.to_f64() + eps).sqrt();
            let channels = x.chunks_exact(d.s).zip(y.chunks_exact_mut(d.s));
            for (c, (x, y)) in d.channels(group).zip(channels) {
                let scale = T::from_f64(scale * weight.map_or(1.0, |w| w[c].to_f64()));
                scaled(x, statistics[0].mean, scale, bias.map_or(T::ZERO, |b| b[c]), y);
            }
        });
    }
}

dispatch! {
    fn moments<I: Isa, T: Scalar>(x: &[T]) -> RowStatistics<T> {
        let mut moments = Moments::default();
        for x in x.chunks(super::sums::GROUP) {
            let n = x.len() as f64;
            let mut sum = [T::ZERO; LANES];
            add(x, &mut sum);
            let center = T::from_f64(total(sum) / n);
            let (mut sum, mut squares) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            add_deviations::<I, T>(x, center, &mut sum, &mut squares);
            moments = moments.merge(Moments::about(center.to_f64(), n, total(sum), total(squares)));
        }
        RowStatistics { mean: T::from_f64(moments.mean), var: T::from_f64(moments.squares / moments.count) }
    }
}

dispatch! {
    fn scaled<I: Isa, T: Scalar>(x: &[T], mean: T, scale: T, bias: T, y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = I::fma(x - mean, scale, bias);
        }
    }
}

monomorphic! {
    /// The adjoint: from `x`, the statistics and `dy [n, c, s]` writes `dx [n, c, s]` if wanted, `dweight [c]` and
    /// `dbias [c]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    #[allow(clippy::too_many_arguments)]
    pub fn group_norm_adjoint<T: Scalar>(
        d: &GroupNormDims,
        weight: Option<&[T]>,
        eps: f64,
        x: &[T],
        statistics: &[RowStatistics<T>],
        dy: &[T],
        dx: Option<&mut [T]>,
        dweight: &mut [T],
        dbias: &mut [T],
    ) {
        assert_eq!([x.len(), dy.len()], [d.len(); 2], "lengths of a group norm");
        assert_eq!(statistics.len(), d.statistics_len(), "length of the statistics");
        assert_eq!([dweight.len(), dbias.len()], [d.c; 2], "lengths of the gradients of weight and bias");
        let width = d.c / d.groups;
        // Of each channel of each sample: the sums of dy and of dy · (x - mean).
        let mut sums = vec![[0.0; 2]; d.n * d.c];
        let block = par::block_len(d.s);
        par::chunks_mut(&mut sums, block, d.s, |b, sums| {
            for (i, sums) in sums.iter_mut().enumerate() {
                let plane = b * block + i;
                let at = plane * d.s..(plane + 1) * d.s;
                *sums = plane_sums(&x[at.clone()], statistics[plane / width].mean, &dy[at]);
            }
        });
        let inverse: Vec<f64> = statistics.iter().map(|s| 1.0 / (s.var.to_f64() + eps).sqrt()).collect();
        for c in 0..d.c {
            let planes = || (0..d.n).map(|n| n * d.c + c);
            dbias[c] = T::from_f64(planes().map(|p| sums[p][0]).sum());
            dweight[c] = T::from_f64(planes().map(|p| sums[p][1] * inverse[p / width]).sum());
        }
        let Some(dx) = dx else { return };
        assert_eq!(dx.len(), d.len(), "length of the input's gradient");
        let len = d.group_len();
        par::chunks_mut(dx, len, 1, |group, dx| {
            let (mean, inverse) = (statistics[group].mean, inverse[group]);
            let weight = |c: usize| weight.map_or(1.0, |w| w[c].to_f64());
            let mut through = [0.0; 2];
            for (i, c) in d.channels(group).enumerate() {
                for (through, sum) in through.iter_mut().zip(sums[group * width + i]) {
                    *through += weight(c) * sum;
                }
            }
            let b = T::from_f64(-inverse.powi(3) * through[1] / len as f64);
            let shift = T::from_f64(-inverse * through[0] / len as f64);
            for (i, (c, dx)) in d.channels(group).zip(dx.chunks_exact_mut(d.s)).enumerate() {
                let at = group * len + i * d.s..group * len + (i + 1) * d.s;
                input_grad(&x[at.clone()], mean, &dy[at], [T::from_f64(inverse * weight(c)), b, shift], dx);
            }
        });
    }
}

dispatch! {
    fn plane_sums<I: Isa, T: Scalar>(x: &[T], mean: T, dy: &[T]) -> [f64; 2] {
        let mut totals = [0.0; 2];
        for (x, dy) in x.chunks(super::sums::GROUP).zip(dy.chunks(super::sums::GROUP)) {
            let (mut sum, mut products) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            for (x, dy) in x.chunks(LANES).zip(dy.chunks(LANES)) {
                let lanes = sum.iter_mut().zip(&mut products);
                for ((sum, product), (&x, &dy)) in lanes.zip(x.iter().zip(dy)) {
                    *sum += dy;
                    *product = I::fma(dy, x - mean, *product);
                }
            }
            totals[0] += total(sum);
            totals[1] += total(products);
        }
        totals
    }
}

dispatch! {
    fn input_grad<I: Isa, T: Scalar>(x: &[T], mean: T, dy: &[T], slope: [T; 3], dx: &mut [T]) {
        for (dx, (&x, &dy)) in dx.iter_mut().zip(x.iter().zip(dy)) {
            *dx = I::fma(slope[0], dy, I::fma(slope[1], x - mean, slope[2]));
        }
    }
}
