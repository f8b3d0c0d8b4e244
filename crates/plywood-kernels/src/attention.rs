//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1): `softmax(scale · Q Kᵀ + mask) V`.
//!
//! Each matrix of a batch (one a head) is finished before the next one begins, so its scores stay in the cache; only the
//! weights after the softmax are kept for the adjoint.

use crate::dropout::Dropout;
use crate::gemm::{Epilogue, MatMut, MatRef, gemm};
use crate::isa::Isa;
use crate::{Mismatch, Scalar, dispatch, math, par};

/// The sizes of an attention: `batch` independent ones of `queries` over `keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionDims {
    /// Independent attentions: sequences times heads.
    pub batch: usize,
    /// Positions that attend.
    pub queries: usize,
    /// Positions attended to.
    pub keys: usize,
    /// Features of a query and of a key.
    pub width: usize,
    /// Features of a value.
    pub value_width: usize,
}

impl AttentionDims {
    /// From the shapes `[batch…, queries, width]`, `[batch…, keys, width]` and `[batch…, keys, value_width]`.
    ///
    /// # Errors
    /// If they have fewer than 2 dimensions or don't agree.
    pub fn new(query: &[usize], key: &[usize], value: &[usize]) -> Result<Self, Mismatch> {
        let (&[ref batch @ .., queries, width], &[ref key_batch @ .., keys, key_width]) = (query, key) else {
            let what = if query.len() < 2 { "query" } else { "key" };
            return Err(Mismatch::new(what, "2 dimensions or more", format!("{:?} and {key:?}", query)));
        };
        let &[ref value_batch @ .., value_keys, value_width] = value else {
            return Err(Mismatch::new("value", "2 dimensions or more", format!("{value:?}")));
        };
        if key_batch != batch || key_width != width {
            let expected = format!("{batch:?} keys of {width} features, since query is {query:?}");
            return Err(Mismatch::new("key", expected, format!("{key:?}")));
        }
        if value_batch != batch || value_keys != keys {
            return Err(Mismatch::new("value", format!("a row for each of key's, {key:?}"), format!("{value:?}")));
        }
        Ok(Self { batch: batch.iter().product(), queries, keys, width, value_width })
    }

    /// Elementary operations of one attention, 16 multiply-adds each.
    fn cost(&self) -> usize {
        self.queries * self.keys * (self.width + self.value_width + 16) / 16
    }
}

/// What bends the scores and the weights.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a, T> {
    /// Multiplies the scores, as a rule `1 / sqrt(width)`.
    pub scale: T,
    /// Whether a query attends only to keys at its own position and before.
    pub causal: bool,
    /// Added to the scores; negative infinity excludes a key. A query whose keys are all excluded yields zeros.
    pub mask: Option<Mask<'a, T>>,
    /// Drops weights after the softmax, by their position in `[batch, queries, keys]`.
    pub dropout: Option<Dropout>,
}

/// An additive mask in any layout: that of attention `b` for query `i` and key `j` is
/// `values[offsets[b] + i * query_stride + j * key_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Mask<'a, T> {
    /// Where the mask lies.
    pub values: &'a [T],
    /// Where the mask of each attention begins.
    pub offsets: &'a [usize],
    /// From one query to the next; 0 for a mask common to all.
    pub query_stride: usize,
    /// From one key to the next; 0 for a mask common to all.
    pub key_stride: usize,
}

/// `out [batch, queries, value_width]`; keeps the softmax in `weights [batch, queries, keys]` for [`backward`].
///
/// # Panics
/// If the length of a slice doesn't fit `dims`.
pub fn forward<T: Scalar>(
    dims: &AttentionDims,
    how: &Attention<'_, T>,
    [q, k, v]: [&[T]; 3],
    out: &mut [T],
    weights: &mut [T],
) {
    let &AttentionDims { batch, queries, keys, width, value_width } = dims;
    assert_eq!(out.len(), batch * queries * value_width, "length of the output");
    assert_eq!(weights.len(), batch * queries * keys, "length of the weights");
    let mut jobs = parts(out, batch).zip(parts(weights, batch)).collect::<Vec<_>>();
    par::chunks_mut(&mut jobs, 1, dims.cost(), |b, job| {
        let (out, weights) = &mut job[0];
        let (q, k) = (matrix(q, b, queries, width), matrix(k, b, keys, width));
        gemm(q, k.t(), MatMut::row_major(weights, queries, keys), Epilogue::WRITE);
        for (i, row) in weights.chunks_exact_mut(keys.max(1)).enumerate() {
            let (row, future) = row.split_at_mut(if how.causal { keys.min(i + 1) } else { keys });
            future.fill(T::ZERO);
            match &how.mask {
                Some(m) if m.key_stride == 1 => {
                    let mask = &m.values[m.offsets[b] + i * m.query_stride..];
                    masked_softmax(row, how.scale, mask);
                }
                Some(m) => {
                    let first = m.offsets[b] + i * m.query_stride;
                    let mask = (0..row.len()).map(|j| m.values[first + j * m.key_stride]).collect::<Vec<_>>();
                    masked_softmax(row, how.scale, &mask);
                }
                None => softmax(row, how.scale),
            }
        }
        let v = matrix(v, b, keys, value_width);
        let out = MatMut::row_major(out, queries, value_width);
        match how.dropout {
            Some(drawing) => {
                let dropped = drop_some(drawing, b * queries * keys, weights);
                gemm(MatRef::row_major(&dropped, queries, keys), v, out, Epilogue::WRITE);
            }
            None => gemm(MatRef::row_major(weights, queries, keys), v, out, Epilogue::WRITE),
        }
    });
}

/// The adjoint of [`forward`]: writes the gradients of query, key and value that are wanted.
///
/// # Panics
/// If the length of a slice doesn't fit `dims`.
pub fn backward<T: Scalar>(
    dims: &AttentionDims,
    how: &Attention<'_, T>,
    [q, k, v]: [&[T]; 3],
    weights: &[T],
    dout: &[T],
    [dq, dk, dv]: [Option<&mut [T]>; 3],
) {
    let &AttentionDims { batch, queries, keys, width, value_width } = dims;
    assert_eq!(dout.len(), batch * queries * value_width, "length of the output's gradient");
    let (mut dq, mut dk, mut dv) = (wanted(dq, batch), wanted(dk, batch), wanted(dv, batch));
    let mut jobs =
        (0..batch).map(|_| (dq.next().flatten(), dk.next().flatten(), dv.next().flatten())).collect::<Vec<_>>();
    par::chunks_mut(&mut jobs, 1, 2 * dims.cost(), |b, job| {
        let (dq, dk, dv) = &mut job[0];
        let all = b * queries * keys..(b + 1) * queries * keys;
        let (dout, weights) = (matrix(dout, b, queries, value_width), &weights[all.clone()]);
        let drop_some = |x: &[T]| how.dropout.map(|drawing| drop_some(drawing, all.start, x));
        if let Some(dv) = dv {
            let dropped = drop_some(weights);
            let used = MatRef::row_major(dropped.as_deref().unwrap_or(weights), queries, keys);
            gemm(used.t(), dout, MatMut::row_major(dv, keys, value_width), Epilogue::WRITE);
        }
        if dq.is_none() && dk.is_none() {
            return;
        }
        let mut scores = vec![T::ZERO; queries * keys];
        gemm(dout, matrix(v, b, keys, value_width).t(), MatMut::row_major(&mut scores, queries, keys), Epilogue::WRITE);
        scores = drop_some(&scores).unwrap_or(scores);
        for (d, w) in scores.chunks_exact_mut(keys.max(1)).zip(weights.chunks_exact(keys.max(1))) {
            softmax_adjoint(d, w, how.scale);
        }
        let scores = MatRef::row_major(&scores, queries, keys);
        if let Some(dq) = dq {
            gemm(scores, matrix(k, b, keys, width), MatMut::row_major(dq, queries, width), Epilogue::WRITE);
        }
        if let Some(dk) = dk {
            gemm(scores.t(), matrix(q, b, queries, width), MatMut::row_major(dk, keys, width), Epilogue::WRITE);
        }
    });
}

fn matrix<T: Scalar>(data: &[T], b: usize, rows: usize, cols: usize) -> MatRef<'_, T> {
    MatRef::row_major(&data[b * rows * cols..(b + 1) * rows * cols], rows, cols)
}

/// `data` in `n` equal parts, each empty if `data` is.
fn parts<T>(mut data: &mut [T], n: usize) -> impl Iterator<Item = &mut [T]> {
    let len = data.len().checked_div(n).unwrap_or(0);
    (0..n).map(move |_| {
        let (head, tail) = std::mem::take(&mut data).split_at_mut(len);
        data = tail;
        head
    })
}

fn wanted<T>(gradient: Option<&mut [T]>, n: usize) -> impl Iterator<Item = Option<&mut [T]>> {
    gradient.into_iter().flat_map(move |g| parts(g, n)).map(Some)
}

/// The values that stand from `first` on, with those dropped that the drawing says.
fn drop_some<T: Scalar>(drawing: Dropout, first: usize, x: &[T]) -> Vec<T> {
    let scale = T::from_f64(drawing.scale());
    x.iter().zip(first..).map(|(&x, i)| if drawing.keeps(i) { x * scale } else { T::ZERO }).collect()
}

dispatch! {
    fn softmax<I: Isa, T: Scalar>(row: &mut [T], scale: T) {
        row.iter_mut().for_each(|x| *x *= scale);
        normalize::<I, T>(row);
    }
}

dispatch! {
    fn masked_softmax<I: Isa, T: Scalar>(row: &mut [T], scale: T, mask: &[T]) {
        row.iter_mut().zip(mask).for_each(|(x, &m)| *x = I::fma(*x, scale, m));
        normalize::<I, T>(row);
    }
}

/// The softmax of a row that isn't wholly negative infinity, else zeros.
#[inline(always)]
fn normalize<I: Isa, T: Scalar>(row: &mut [T]) {
    let greatest = lanes_reduce(row, T::NEG_INFINITY, |a, b| if b > a { b } else { a });
    if greatest == T::NEG_INFINITY && !row.iter().any(|x| x.is_nan()) {
        return row.fill(T::ZERO);
    }
    row.iter_mut().for_each(|x| *x = math::exp::<I, T>(*x - greatest));
    let inverse = T::ONE / lanes_reduce(row, T::ZERO, |a, b| a + b);
    row.iter_mut().for_each(|x| *x *= inverse);
}

dispatch! {
    /// Turns the gradient of a row of weights into that of its scores before scaling.
    fn softmax_adjoint<I: Isa, T: Scalar>(d: &mut [T], weights: &[T], scale: T) {
        let mut sums = [T::ZERO; LANES];
        for (d, w) in d.chunks(LANES).zip(weights.chunks(LANES)) {
            for ((sum, &d), &w) in sums.iter_mut().zip(d).zip(w) {
                *sum = I::fma(d, w, *sum);
            }
        }
        let mean = sums.into_iter().fold(T::ZERO, |a, b| a + b);
        for (d, &w) in d.iter_mut().zip(weights) {
            *d = (*d - mean) * w * scale;
        }
    }
}

/// Partial results that a reduction runs in, so that it vectorises in a fixed order.
const LANES: usize = 16;

#[inline(always)]
fn lanes_reduce<T: Scalar>(row: &[T], start: T, f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [start; LANES];
    for chunk in row.chunks(LANES) {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = f(*lane, x));
    }
    lanes.into_iter().fold(start, f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(stream: u64, n: usize) -> Vec<f64> {
        let mut z = stream.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            z ^= z << 13;
            z ^= z >> 7;
            z ^= z << 17;
            (z >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    /// The definition, one number at a time.
    fn naive(dims: &AttentionDims, how: &Attention<'_, f64>, [q, k, v]: [&[f64]; 3]) -> Vec<f64> {
        let &AttentionDims { batch, queries, keys, width, value_width } = dims;
        let mut out = Vec::new();
        for b in 0..batch {
            for i in 0..queries {
                let score = |j: usize| {
                    let dot = (0..width).map(|e| q[(b * queries + i) * width + e] * k[(b * keys + j) * width + e]);
                    let mask = how.mask.map_or(0.0, |m| m.values[m.offsets[b] + i * m.query_stride + j * m.key_stride]);
                    let future = if how.causal && j > i { f64::NEG_INFINITY } else { 0.0 };
                    (dot.sum::<f64>() * how.scale + mask + future).exp()
                };
                let total = (0..keys).map(score).sum::<f64>();
                for e in 0..value_width {
                    let term = |j: usize| {
                        let keep = how
                            .dropout
                            .map_or(1.0, |d| if d.keeps((b * queries + i) * keys + j) { d.scale() } else { 0.0 });
                        score(j) / total * keep * v[(b * keys + j) * value_width + e]
                    };
                    out.push(if total == 0.0 { 0.0 } else { (0..keys).map(term).sum() });
                }
            }
        }
        out
    }

    #[test]
    fn values_and_gradients_follow_the_definition() {
        let inf = f64::NEG_INFINITY;
        let mask = [[0.0, inf, 0.3], [inf, inf, inf], [0.1, 0.2, 0.0], [1.0, 0.0, inf]].concat();
        let offsets = [0, 0];
        let by_row = Mask { values: &mask, offsets: &offsets, query_stride: 3, key_stride: 1 };
        let by_key = Mask { values: &[0.5, inf, inf, 0.0, 0.0, 0.0], offsets: &[0, 1], query_stride: 0, key_stride: 2 };
        let plain = Attention { scale: 0.7, causal: false, mask: None, dropout: None };
        let cases = [
            plain,
            Attention { causal: true, ..plain },
            Attention { mask: Some(by_row), ..plain },
            Attention { mask: Some(by_key), causal: true, ..plain },
            Attention { dropout: Some(Dropout::new(9, 0.5)), ..plain },
        ];
        let dims = AttentionDims::new(&[2, 4, 5], &[2, 3, 5], &[2, 3, 2]).unwrap();
        let cotangent = values(4, 16);
        for how in cases {
            let mut inputs = [values(1, 40), values(2, 30), values(3, 12)];
            let (mut out, mut weights) = (vec![f64::NAN; 16], vec![f64::NAN; 24]);
            forward(&dims, &how, inputs.each_ref().map(Vec::as_slice), &mut out, &mut weights);
            let expected = naive(&dims, &how, inputs.each_ref().map(Vec::as_slice));
            assert!(out.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{how:?}: {out:?} {expected:?}");

            let mut grads = inputs.each_ref().map(|x| vec![f64::NAN; x.len()]);
            let slices = grads.each_mut().map(|g| Some(g.as_mut_slice()));
            backward(&dims, &how, inputs.each_ref().map(Vec::as_slice), &weights, &cotangent, slices);
            for k in 0..3 {
                for i in 0..inputs[k].len() {
                    let mut loss = |step: f64| {
                        inputs[k][i] += step;
                        let out = naive(&dims, &how, inputs.each_ref().map(Vec::as_slice));
                        inputs[k][i] -= step;
                        out.iter().zip(&cotangent).map(|(o, c)| o * c).sum::<f64>()
                    };
                    let expected = (loss(1e-6) - loss(-1e-6)) / 2e-6;
                    assert!((grads[k][i] - expected).abs() < 1e-8, "{how:?}, input {k}, {i}");
                }
            }
        }
    }

    #[test]
    fn empty_sizes_give_zeros_or_nothing() {
        for (batch, queries, keys) in [(0, 2, 2), (2, 0, 2), (2, 2, 0)] {
            let dims = AttentionDims { batch, queries, keys, width: 3, value_width: 4 };
            let how = Attention { scale: 1.0f32, causal: false, mask: None, dropout: None };
            let (q, k, v) = (vec![1.0; batch * queries * 3], vec![1.0; batch * keys * 3], vec![1.0; batch * keys * 4]);
            let (mut out, mut weights) = (vec![f32::NAN; batch * queries * 4], vec![0.0; batch * queries * keys]);
            forward(&dims, &how, [&q, &k, &v], &mut out, &mut weights);
            assert!(out.iter().all(|&x| x == 0.0));
        }
    }

    #[test]
    fn wrong_shapes_are_named() {
        let e = AttentionDims::new(&[2, 4, 5], &[2, 3, 4], &[2, 3, 2]).unwrap_err();
        assert_eq!(e.to_string(), "key: expected [2] keys of 5 features, since query is [2, 4, 5], got [2, 3, 4]");
        let e = AttentionDims::new(&[2, 4, 5], &[2, 3, 5], &[2, 4, 2]).unwrap_err();
        assert_eq!(e.to_string(), "value: expected a row for each of key's, [2, 3, 5], got [2, 4, 2]");
    }
}
