//! Layer and RMS normalisation: each row of features by its own statistics, `y = (x - mean) / √(var + eps) · weight + bias`.
//!
//! Ba, Kiros and Hinton, "Layer Normalization", 2016; Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019,
//! which is the same with a mean of 0. Rows are worked off one by one, while they are cached.

use super::sums::{LANES, Moments, add, add_deviations, total};
use crate::{Mismatch, Scalar, dispatch, par};

/// The checked shape of a normalisation of the last dimensions: `[…, normalized_shape…]` seen as `[rows, features]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerNormDims {
    /// Rows, each with statistics of its own.
    pub rows: usize,
    /// Values of a row.
    pub features: usize,
    /// Whether rows are centred on their mean; RMS normalisation doesn't.
    pub centered: bool,
}

impl LayerNormDims {
    /// Checks that the last dimensions of an input are `normalized_shape`.
    ///
    /// # Errors
    /// If they aren't, or `normalized_shape` is empty or holds a 0.
    pub fn new(input: &[usize], normalized_shape: &[usize], centered: bool) -> Result<Self, Mismatch> {
        if normalized_shape.is_empty() || normalized_shape.contains(&0) {
            let got = format_args!("{normalized_shape:?}");
            return Err(Mismatch::new("normalized_shape", "one or more sizes above 0", got));
        }
        let Some(leading) = input.strip_suffix(normalized_shape) else {
            let expected = format_args!("{normalized_shape:?}, the normalized_shape");
            return Err(Mismatch::new("last dimensions of the input", expected, format_args!("{input:?}")));
        };
        Ok(Self { rows: leading.iter().product(), features: normalized_shape.iter().product(), centered })
    }

    /// Elements of input and output.
    pub fn len(&self) -> usize {
        self.rows * self.features
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Mean and variance of one row; an uncentred one has mean 0 and its mean square for a variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowStatistics<T> {
    /// Mean.
    pub mean: T,
    /// Variance about that mean, divided by the number of values.
    pub var: T,
}

impl<T: Scalar> RowStatistics<T> {
    fn inverse_deviation(&self, eps: f64) -> f64 {
        1.0 / (self.var.to_f64() + eps).sqrt()
    }
}

monomorphic! {
    /// Normalises the rows of `x` into `y` and writes each row's statistics; `weight` and `bias` are `[features]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn layer_norm<T: Scalar>(
        d: &LayerNormDims,
        weight: Option<&[T]>,
        bias: Option<&[T]>,
        eps: f64,
        x: &[T],
        y: &mut [T],
        statistics: &mut [RowStatistics<T>],
    ) {
        assert_eq!([x.len(), y.len(), statistics.len()], [d.len(), d.len(), d.rows], "lengths of a layer norm");
        for parameter in [weight, bias].into_iter().flatten() {
            assert_eq!(parameter.len(), d.features, "length of weight or bias");
        }
        let block = par::block_len(d.features);
        par::zip_chunks_mut(y, block * d.features, statistics, block, block * d.features, |b, y, statistics| {
            rows(d, weight, bias, eps, &x[b * block * d.features..][..y.len()], y, statistics);
        });
    }
}

dispatch! {
    fn rows<I: Isa, T: Scalar>(
        d: &LayerNormDims, weight: Option<&[T]>, bias: Option<&[T]>, eps: f64, x: &[T], y: &mut [T],
        statistics: &mut [RowStatistics<T>]
    ) {
        let n = d.features as f64;
        let rows = x.chunks_exact(d.features).zip(y.chunks_exact_mut(d.features));
        for ((x, y), statistics) in rows.zip(statistics) {
            let mut center = T::ZERO;
            if d.centered {
                let mut sum = [T::ZERO; LANES];
                add(x, &mut sum);
                center = T::from_f64(total(sum) / n);
            }
            let (mut sum, mut squares) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            add_deviations::<I, T>(x, center, &mut sum, &mut squares);
            *statistics = if d.centered {
                let moments = Moments::about(center.to_f64(), n, total(sum), total(squares));
                RowStatistics { mean: T::from_f64(moments.mean), var: T::from_f64(moments.squares / n) }
            } else {
                RowStatistics { mean: T::ZERO, var: T::from_f64(total(squares) / n) }
            };
            let (mean, scale) = (statistics.mean, T::from_f64(statistics.inverse_deviation(eps)));
            match (weight, bias) {
                (Some(weight), Some(bias)) => {
                    for ((y, &x), (&weight, &bias)) in y.iter_mut().zip(x).zip(weight.iter().zip(bias)) {
                        *y = I::fma((x - mean) * scale, weight, bias);
                    }
                }
                (Some(weight), None) => {
                    for ((y, &x), &weight) in y.iter_mut().zip(x).zip(weight) {
                        *y = (x - mean) * scale * weight;
                    }
                }
                (None, Some(bias)) => {
                    for ((y, &x), &bias) in y.iter_mut().zip(x).zip(bias) {
                        *y = I::fma(x - mean, scale, bias);
                    }
                }
                (None, None) => {
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y = (x - mean) * scale;
                    }
                }
            }
        }
    }
}

monomorphic! {
    /// The adjoint with respect to the input: writes `dx` from `x`, the rows' statistics and `dy`, all `[rows, features]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn layer_norm_input_grad<T: Scalar>(
        d: &LayerNormDims,
        weight: Option<&[T]>,
        eps: f64,
        x: &[T],
        statistics: &[RowStatistics<T>],
        dy: &[T],
        dx: &mut [T],
    ) {
        assert_eq!([x.len(), dy.len(), dx.len()], [d.len(); 3], "lengths of a layer norm");
        assert_eq!(statistics.len(), d.rows, "length of the statistics");
        let ones;
        let weight = match weight {
            Some(weight) => weight,
            None => {
                ones = vec![T::ONE; d.features];
                &ones
            }
        };
        assert_eq!(weight.len(), d.features, "length of the weight");
        let block = par::block_len(d.features);
        par::chunks_mut(dx, block * d.features, 2, |b, dx| {
            let at = b * block * d.features..b * block * d.features + dx.len();
            input_grad_rows(d, weight, eps, &x[at.clone()], &statistics[b * block..], &dy[at], dx);
        });
    }
}

dispatch! {
    fn input_grad_rows<I: Isa, T: Scalar>(
        d: &LayerNormDims, weight: &[T], eps: f64, x: &[T], statistics: &[RowStatistics<T>], dy: &[T], dx: &mut [T]
    ) {
        let n = d.features as f64;
        let rows = x.chunks_exact(d.features).zip(dy.chunks_exact(d.features)).zip(statistics);
        for (dx, ((x, dy), statistics)) in dx.chunks_exact_mut(d.features).zip(rows) {
            let mean = statistics.mean;
            let (mut sum, mut products) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            let chunks = x.chunks(LANES).zip(dy.chunks(LANES)).zip(weight.chunks(LANES));
            for ((x, dy), weight) in chunks {
                let lanes = sum.iter_mut().zip(&mut products);
                for ((sum, product), ((&x, &dy), &weight)) in lanes.zip(x.iter().zip(dy).zip(weight)) {
                    let g = dy * weight;
                    *sum += g;
                    *product = I::fma(g, x - mean, *product);
                }
            }
            let scale = statistics.inverse_deviation(eps);
            let through_mean = if d.centered { T::from_f64(-scale * total(sum) / n) } else { T::ZERO };
            let through_var = T::from_f64(-scale * scale * scale * total(products) / n);
            let scale = T::from_f64(scale);
            let row = x.iter().zip(dy).zip(weight);
            for (dx, ((&x, &dy), &weight)) in dx.iter_mut().zip(row) {
                *dx = I::fma(dy * weight, scale, I::fma(through_var, x - mean, through_mean));
            }
        }
    }
}

monomorphic! {
    /// The adjoint with respect to `weight` and `bias`: writes `dweight` and `dbias`, each `[features]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn layer_norm_affine_grad<T: Scalar>(
        d: &LayerNormDims,
        eps: f64,
        x: &[T],
        statistics: &[RowStatistics<T>],
        dy: &[T],
        dweight: &mut [T],
        dbias: &mut [T],
    ) {
        assert_eq!([x.len(), dy.len()], [d.len(); 2], "lengths of a layer norm");
        assert_eq!(statistics.len(), d.rows, "length of the statistics");
        assert_eq!([dweight.len(), dbias.len()], [d.features; 2], "lengths of the gradients of weight and bias");
        // Columns side by side in lanes, so that no sums of several threads need adding up.
        par::zip_chunks_mut(dweight, LANES, dbias, LANES, d.rows * LANES, |b, dweight, dbias| {
            affine_grad_columns(d, b * LANES, eps, x, statistics, dy, dweight, dbias);
        });
    }
}

dispatch! {
    #[allow(clippy::too_many_arguments)]
    fn affine_grad_columns<I: Isa, T: Scalar>(
        d: &LayerNormDims, first: usize, eps: f64, x: &[T], statistics: &[RowStatistics<T>], dy: &[T],
        dweight: &mut [T], dbias: &mut [T]
    ) {
        /// Rows that are summed in `T` before `f64` takes over.
        const ROWS: usize = 64;
        let n = dweight.len();
        let (mut total_dy, mut total_product) = ([0.0; LANES], [0.0; LANES]);
        for group in (0..d.rows).step_by(ROWS) {
            let (mut sum, mut products) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            for (i, statistics) in statistics[group..(group + ROWS).min(d.rows)].iter().enumerate() {
                let at = (group + i) * d.features + first;
                let (x, dy) = (&x[at..at + n], &dy[at..at + n]);
                let (mean, scale) = (statistics.mean, T::from_f64(statistics.inverse_deviation(eps)));
                for ((sum, product), (&x, &dy)) in sum.iter_mut().zip(&mut products).zip(x.iter().zip(dy)) {
                    *sum += dy;
                    *product = I::fma(dy, (x - mean) * scale, *product);
                }
            }
            for i in 0..LANES {
                total_dy[i] += sum[i].to_f64();
                total_product[i] += products[i].to_f64();
            }
        }
        for (i, (dweight, dbias)) in dweight.iter_mut().zip(dbias).enumerate() {
            *dweight = T::from_f64(total_product[i]);
            *dbias = T::from_f64(total_dy[i]);
        }
    }
}
