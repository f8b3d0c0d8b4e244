//! Many channels side by side, for pieces too short to fill vectors: sums are kept by column of `[n, c * s]` and each
//! channel's `s` columns are added up at the end.

use super::super::sums::Moments;
use super::{Affine, BatchNormDims, Channel, GradSums, Slope};
use crate::isa::Isa;
use crate::par::Columns;
use crate::{Scalar, dispatch};

/// Rows that are summed in `T` before `f64` takes over.
const ROWS: usize = 64;

/// The part of sample `n` that belongs to the channels of a block.
#[inline(always)]
fn row<'a, T>(d: &BatchNormDims, first: usize, channels: usize, x: &'a [T], n: usize) -> &'a [T] {
    &x[n * d.row_len() + first * d.s..][..channels * d.s]
}

/// For each channel `[Σ f.0, Σ f.1]` over its columns and all rows, where `add(n, sums)` adds row `n` column by column.
#[inline(always)]
fn column_sums<T: Scalar>(
    d: &BatchNormDims,
    channels: usize,
    mut add: impl FnMut(usize, &mut [T], &mut [T]),
) -> Vec<[f64; 2]> {
    let columns = channels * d.s;
    let (mut a, mut b) = (vec![T::ZERO; columns], vec![T::ZERO; columns]);
    let mut totals = vec![[0.0; 2]; channels];
    for group in (0..d.n).step_by(ROWS) {
        a.fill(T::ZERO);
        b.fill(T::ZERO);
        for n in group..(group + ROWS).min(d.n) {
            add(n, &mut a, &mut b);
        }
        for (total, (a, b)) in totals.iter_mut().zip(a.chunks_exact(d.s).zip(b.chunks_exact(d.s))) {
            total[0] += a.iter().map(|v| v.to_f64()).sum::<f64>();
            total[1] += b.iter().map(|v| v.to_f64()).sum::<f64>();
        }
    }
    totals
}

/// One value a column.
fn spread<T: Scalar, C>(d: &BatchNormDims, channels: &[C], f: impl Fn(&C) -> T) -> Vec<T> {
    channels.iter().flat_map(|c| std::iter::repeat_n(f(c), d.s)).collect()
}

dispatch! {
    /// Statistics, then normalisation.
    pub(super) fn forward<I: Isa, T: Scalar>(
        d: &BatchNormDims, affine: &Affine<'_, T>, first: usize, x: &[T], residual: Option<&[T]>, y: &mut Columns<'_, T>
    ) -> Vec<Moments> {
        let channels = d.block().min(d.c - first);
        let count = d.count() as f64;
        let sums = column_sums::<T>(d, channels, |n, sum, _| {
            for (sum, &x) in sum.iter_mut().zip(row(d, first, channels, x, n)) {
                *sum += x;
            }
        });
        let means: Vec<T> = sums.iter().map(|s| T::from_f64(s[0] / count)).collect();
        let centers = spread(d, &means, |&m| m);
        let sums = column_sums::<T>(d, channels, |n, sum, squares| {
            let row = row(d, first, channels, x, n).iter().zip(&centers);
            for ((sum, squares), (&x, &center)) in sum.iter_mut().zip(squares).zip(row) {
                let d = x - center;
                *sum += d;
                *squares = I::fma(d, d, *squares);
            }
        });
        let about = |(m, s): (&T, &[f64; 2])| Moments::about(m.to_f64(), count, s[0], s[1]);
        let moments: Vec<Moments> = means.iter().zip(&sums).map(about).collect();
        let channel = |(i, m): (usize, &Moments)| Channel::new(affine, first + i, T::from_f64(m.mean), m.squares / count);
        let channels: Vec<Channel<T>> = moments.iter().enumerate().map(channel).collect();
        normalize_body::<I, T>(d, &channels, first, x, residual, y);
        moments
    }
}

dispatch! {
    pub(super) fn normalize<I: Isa, T: Scalar>(
        d: &BatchNormDims, channels: &[Channel<T>], first: usize, x: &[T], residual: Option<&[T]>,
        y: &mut Columns<'_, T>
    ) {
        normalize_body::<I, T>(d, channels, first, x, residual, y);
    }
}

#[inline(always)]
fn normalize_body<I: Isa, T: Scalar>(
    d: &BatchNormDims,
    channels: &[Channel<T>],
    first: usize,
    x: &[T],
    residual: Option<&[T]>,
    y: &mut Columns<'_, T>,
) {
    let (mean, scale) = (spread(d, channels, |c| c.mean), spread(d, channels, |c| c.scale));
    let bias = spread(d, channels, |c| c.bias);
    let relu = channels[0].relu;
    for n in 0..d.n {
        let values = row(d, first, channels.len(), x, n).iter().zip(&mean).zip(scale.iter().zip(&bias));
        if let Some(residual) = residual {
            let values = values.zip(row(d, first, channels.len(), residual, n));
            for (y, (((&x, &mean), (&scale, &bias)), &r)) in y.row(n).iter_mut().zip(values) {
                let v = I::fma(x - mean, scale, bias) + r;
                *y = if relu & (v < T::ZERO) { T::ZERO } else { v };
            }
        } else {
            for (y, ((&x, &mean), (&scale, &bias))) in y.row(n).iter_mut().zip(values) {
                let v = I::fma(x - mean, scale, bias);
                *y = if relu & (v < T::ZERO) { T::ZERO } else { v };
            }
        }
    }
}

dispatch! {
    pub(super) fn grad_sums<I: Isa, T: Scalar>(
        d: &BatchNormDims, channels: &[Channel<T>], first: usize, x: &[T], dy: &[T]
    ) -> Vec<GradSums> {
        let (mean, scale) = (spread(d, channels, |c| c.mean), spread(d, channels, |c| c.scale));
        let bias = spread(d, channels, |c| c.bias);
        let relu = channels[0].relu;
        let k = channels.len();
        let sums = column_sums::<T>(d, k, |n, sum, products| {
            let row = row(d, first, k, x, n).iter().zip(row(d, first, k, dy, n));
            let parameters = mean.iter().zip(scale.iter().zip(&bias));
            for ((sum, product), ((&x, &dy), (&mean, (&scale, &bias)))) in
                sum.iter_mut().zip(products).zip(row.zip(parameters))
            {
                let g = if relu & (I::fma(x - mean, scale, bias) <= T::ZERO) { T::ZERO } else { dy };
                *sum += g;
                *product = I::fma(g, x - mean, *product);
            }
        });
        sums.iter().map(|&[dy, dy_x]| GradSums { dy, dy_x }).collect()
    }
}

dispatch! {
    pub(super) fn input_grad<I: Isa, T: Scalar>(
        d: &BatchNormDims, channels: &[Channel<T>], slopes: &[Slope<T>], first: usize, x: &[T], dy: &[T],
        dx: &mut Columns<'_, T>
    ) {
        let (mean, scale) = (spread(d, channels, |c| c.mean), spread(d, channels, |c| c.scale));
        let bias = spread(d, channels, |c| c.bias);
        let (b, c) = (spread(d, slopes, |s| s.b), spread(d, slopes, |s| s.c));
        let relu = channels[0].relu;
        let k = channels.len();
        for n in 0..d.n {
            let row = row(d, first, k, x, n).iter().zip(row(d, first, k, dy, n));
            let parameters = mean.iter().zip(scale.iter().zip(&bias)).zip(b.iter().zip(&c));
            for (dx, ((&x, &dy), ((&mean, (&scale, &bias)), (&b, &c)))) in
                dx.row(n).iter_mut().zip(row.zip(parameters))
            {
                let g = if relu & (I::fma(x - mean, scale, bias) <= T::ZERO) { T::ZERO } else { dy };
                *dx = I::fma(scale, g, I::fma(b, x - mean, c));
            }
        }
    }
}
