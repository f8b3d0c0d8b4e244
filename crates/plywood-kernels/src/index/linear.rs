//! Resizing by linear interpolation along one or two dimensions, and its adjoint.

use crate::{Scalar, dispatch, par};

/// How each output of one dimension mixes two inputs: `(1 - weight) · x[low] + weight · x[high]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearAxis {
    input: usize,
    low: Vec<usize>,
    high: Vec<usize>,
    weight: Vec<f64>,
}

impl LinearAxis {
    /// A dimension of `input` values resized to `output`. With `align_corners` the first and last values of both
    /// coincide; without, their outer edges do, and `scale` is the factor that the user gave, if it was one rather than a
    /// size. As PyTorch's `interpolate`.
    ///
    /// # Panics
    /// If `input` is 0 and `output` isn't.
    pub fn new(input: usize, output: usize, align_corners: bool, scale: Option<f64>) -> Self {
        assert!(input > 0 || output == 0, "no value to interpolate");
        let step = match (align_corners, scale) {
            (true, _) if output > 1 => (input as f64 - 1.0) / (output as f64 - 1.0),
            (true, _) => 0.0,
            (false, Some(scale)) => 1.0 / scale,
            (false, None) => input as f64 / output as f64,
        };
        let position = |o: usize| {
            let o = o as f64;
            if align_corners { step * o } else { (step * (o + 0.5) - 0.5).max(0.0) }
        };
        let low = |o: usize| (position(o) as usize).min(input - 1);
        Self {
            input,
            low: (0..output).map(low).collect(),
            high: (0..output).map(|o| (low(o) + 1).min(input - 1)).collect(),
            weight: (0..output).map(|o| (position(o) - low(o) as f64).clamp(0.0, 1.0)).collect(),
        }
    }

    fn output(&self) -> usize {
        self.low.len()
    }
}

monomorphic! {
    /// Bilinear resizing of planes: `x` is `[planes, h, w]`, `out` is `[planes, oh, ow]`. One dimension is `h = oh = 1`.
    ///
    /// # Panics
    /// If a length differs from the axes.
    pub fn bilinear<T: Scalar>(h: &LinearAxis, w: &LinearAxis, x: &[T], out: &mut [T]) {
        let (input, output) = (h.input * w.input, h.output() * w.output());
        if out.is_empty() {
            return;
        }
        assert_eq!(x.len() / input * output, out.len(), "lengths of input and output");
        let block = par::block_len(4 * output);
        par::chunks_mut(out, block * output, 4, |b, out| {
            planes(h, w, &x[b * block * input..][..out.len() / output * input], out);
        });
    }
}

dispatch! {
    fn planes<I: Isa, T: Scalar>(h: &LinearAxis, w: &LinearAxis, x: &[T], out: &mut [T]) {
        let mut row = vec![T::ZERO; w.input];
        let planes = x.chunks_exact(h.input * w.input).zip(out.chunks_exact_mut(h.output() * w.output()));
        for (x, out) in planes {
            for (oy, out) in out.chunks_exact_mut(w.output()).enumerate() {
                let (top, bottom) = (&x[h.low[oy] * w.input..][..w.input], &x[h.high[oy] * w.input..][..w.input]);
                let (above, below) = (T::from_f64(1.0 - h.weight[oy]), T::from_f64(h.weight[oy]));
                for (row, (&top, &bottom)) in row.iter_mut().zip(top.iter().zip(bottom)) {
                    *row = above * top + below * bottom;
                }
                for (ox, out) in out.iter_mut().enumerate() {
                    let right = T::from_f64(w.weight[ox]);
                    *out = (T::ONE - right) * row[w.low[ox]] + right * row[w.high[ox]];
                }
            }
        }
    }
}

monomorphic! {
    /// The adjoint of [`bilinear`]: writes `grad_in [planes, h, w]` from `grad_out [planes, oh, ow]`.
    ///
    /// # Panics
    /// If a length differs from the axes.
    pub fn bilinear_adjoint<T: Scalar>(h: &LinearAxis, w: &LinearAxis, grad_out: &[T], grad_in: &mut [T]) {
        let (input, output) = (h.input * w.input, h.output() * w.output());
        if grad_in.is_empty() {
            return;
        }
        assert_eq!(grad_in.len() / input * output, grad_out.len(), "lengths of the gradients");
        let block = par::block_len(4 * output.max(input));
        par::chunks_mut(grad_in, block * input, 4, |b, grad_in| {
            let grad_out = &grad_out[b * block * output..][..grad_in.len() / input * output];
            adjoint_planes(h, w, grad_out, grad_in);
        });
    }
}

dispatch! {
    fn adjoint_planes<I: Isa, T: Scalar>(h: &LinearAxis, w: &LinearAxis, grad_out: &[T], grad_in: &mut [T]) {
        grad_in.fill(T::ZERO);
        let mut row = vec![T::ZERO; w.input];
        for (p, grad_in) in grad_in.chunks_exact_mut(h.input * w.input).enumerate() {
            for oy in 0..h.output() {
                let grad_out = &grad_out[(p * h.output() + oy) * w.output()..][..w.output()];
                row.fill(T::ZERO);
                for (ox, &g) in grad_out.iter().enumerate() {
                    let right = T::from_f64(w.weight[ox]);
                    row[w.low[ox]] += (T::ONE - right) * g;
                    row[w.high[ox]] += right * g;
                }
                for (y, weight) in [(h.low[oy], 1.0 - h.weight[oy]), (h.high[oy], h.weight[oy])] {
                    let weight = T::from_f64(weight);
                    for (d, &g) in grad_in[y * w.input..][..w.input].iter_mut().zip(&row) {
                        *d += weight * g;
                    }
                }
            }
        }
    }
}
