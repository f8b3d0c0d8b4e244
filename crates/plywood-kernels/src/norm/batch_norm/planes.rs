//! One channel at a time, over pieces of `s` contiguous values, one a sample.

use super::super::sums::{GROUP, LANES, Moments, add, add_deviations, total};
use super::{Affine, BatchNormDims, Channel, GradSums, Slope};
use crate::isa::Isa;
use crate::par::Columns;
use crate::{Scalar, dispatch};

#[inline(always)]
fn piece<'a, T>(d: &BatchNormDims, channel: usize, x: &'a [T], sample: usize) -> &'a [T] {
    &x[sample * d.row_len() + channel * d.s..][..d.s]
}

/// Calls `f(samples, positions)` for groups of about [`GROUP`] values of a channel.
#[inline(always)]
fn groups(d: &BatchNormDims, mut f: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>)) {
    let samples = (GROUP / d.s).max(1);
    for n in (0..d.n).step_by(samples) {
        for s in (0..d.s).step_by(GROUP) {
            f(n..(n + samples).min(d.n), s..(s + GROUP).min(d.s));
        }
    }
}

dispatch! {
    /// Statistics, then normalisation.
    pub(super) fn forward<I: Isa, T: Scalar>(
        d: &BatchNormDims, affine: &Affine<'_, T>, c: usize, x: &[T], residual: Option<&[T]>, y: &mut Columns<'_, T>
    ) -> Moments {
        let mut moments = Moments::default();
        groups(d, |samples, positions| {
            let count = (samples.len() * positions.len()) as f64;
            let mut sum = [T::ZERO; LANES];
            for n in samples.clone() {
                add(&piece(d, c, x, n)[positions.clone()], &mut sum);
            }
            let center = T::from_f64(total(sum) / count);
            let (mut sum, mut squares) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            for n in samples {
                add_deviations::<I, T>(&piece(d, c, x, n)[positions.clone()], center, &mut sum, &mut squares);
            }
            moments = moments.merge(Moments::about(center.to_f64(), count, total(sum), total(squares)));
        });
        let channel = Channel::new(affine, c, T::from_f64(moments.mean), moments.squares / moments.count);
        normalize_body::<I, T>(d, channel, c, x, residual, y);
        moments
    }
}

dispatch! {
    pub(super) fn normalize<I: Isa, T: Scalar>(
        d: &BatchNormDims, channel: Channel<T>, c: usize, x: &[T], residual: Option<&[T]>, y: &mut Columns<'_, T>
    ) {
        normalize_body::<I, T>(d, channel, c, x, residual, y);
    }
}

#[inline(always)]
fn normalize_body<I: Isa, T: Scalar>(
    d: &BatchNormDims,
    channel: Channel<T>,
    c: usize,
    x: &[T],
    residual: Option<&[T]>,
    y: &mut Columns<'_, T>,
) {
    for n in 0..d.n {
        let (x, y) = (piece(d, c, x, n), y.row(n));
        if let Some(residual) = residual {
            for ((y, &x), &r) in y.iter_mut().zip(x).zip(piece(d, c, residual, n)) {
                let v = I::fma(x - channel.mean, channel.scale, channel.bias) + r;
                *y = if channel.relu & (v < T::ZERO) { T::ZERO } else { v };
            }
        } else if channel.relu {
            for (y, &x) in y.iter_mut().zip(x) {
                let v = I::fma(x - channel.mean, channel.scale, channel.bias);
                *y = if v < T::ZERO { T::ZERO } else { v };
            }
        } else {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = I::fma(x - channel.mean, channel.scale, channel.bias);
            }
        }
    }
}

/// The gradient that passes the ReLU, if there is one.
#[inline(always)]
fn through_relu<I: Isa, T: Scalar>(channel: &Channel<T>, x: T, dy: T) -> T {
    let v = I::fma(x - channel.mean, channel.scale, channel.bias);
    if channel.relu & (v <= T::ZERO) { T::ZERO } else { dy }
}

dispatch! {
    pub(super) fn grad_sums<I: Isa, T: Scalar>(
        d: &BatchNormDims, channel: Channel<T>, c: usize, x: &[T], dy: &[T]
    ) -> GradSums {
        let mut sums = GradSums::default();
        groups(d, |samples, positions| {
            let (mut sum, mut products) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            for n in samples {
                let (x, dy) = (&piece(d, c, x, n)[positions.clone()], &piece(d, c, dy, n)[positions.clone()]);
                let ((x, rest_x), (dy, rest_dy)) = (x.as_chunks::<LANES>(), dy.as_chunks::<LANES>());
                for (x, dy) in x.iter().zip(dy) {
                    for i in 0..LANES {
                        let g = through_relu::<I, T>(&channel, x[i], dy[i]);
                        sum[i] += g;
                        products[i] = I::fma(g, x[i] - channel.mean, products[i]);
                    }
                }
                for (i, (&x, &dy)) in rest_x.iter().zip(rest_dy).enumerate() {
                    let g = through_relu::<I, T>(&channel, x, dy);
                    sum[i] += g;
                    products[i] = I::fma(g, x - channel.mean, products[i]);
                }
            }
            sums.dy += total(sum);
            sums.dy_x += total(products);
        });
        sums
    }
}

dispatch! {
    pub(super) fn input_grad<I: Isa, T: Scalar>(
        d: &BatchNormDims, channel: Channel<T>, slope: Slope<T>, c: usize, x: &[T], dy: &[T], dx: &mut Columns<'_, T>
    ) {
        for n in 0..d.n {
            let pieces = piece(d, c, x, n).iter().zip(piece(d, c, dy, n));
            for (dx, (&x, &dy)) in dx.row(n).iter_mut().zip(pieces) {
                let g = through_relu::<I, T>(&channel, x, dy);
                *dx = I::fma(slope.a, g, I::fma(slope.b, x - channel.mean, slope.c));
            }
        }
    }
}
