//! Reading a tensor through one index map a dimension, `out[i, j, …] = x[maps₀[i], maps₁[j], …]`, and its adjoint: what
//! padding, rolling, slicing and nearest-neighbour resizing have in common.

use crate::{Scalar, par};

/// The entry of a map that reads from nowhere: a given value in forward, nothing in the adjoint.
pub const OUTSIDE: usize = usize::MAX;

/// One dimension that is mapped.
#[derive(Clone, Debug)]
struct Axis {
    input: usize,
    map: Vec<usize>,
}

/// A tensor's dimensions with their maps; neighbouring dimensions without one are drawn together.
#[derive(Clone, Debug)]
pub struct Remap {
    /// Product of the extents before the first mapped dimension.
    outer: usize,
    axes: Vec<Axis>,
    /// Product of the extents after the last mapped dimension.
    inner: usize,
}

impl Remap {
    /// The extents of the input with a map for each dimension that has one.
    ///
    /// # Panics
    /// If there aren't as many maps as extents, or a map reaches beyond its extent.
    pub fn new(extents: &[usize], maps: Vec<Option<Vec<usize>>>) -> Self {
        assert_eq!(extents.len(), maps.len(), "one map for each dimension");
        let mapped = |m: &Option<Vec<usize>>| m.is_some();
        let first = maps.iter().position(mapped).unwrap_or(extents.len());
        let end = maps.iter().rposition(mapped).map_or(extents.len(), |last| last + 1);
        let axes: Vec<Axis> = extents[first..end]
            .iter()
            .zip(maps.into_iter().skip(first))
            .map(|(&input, map)| Axis { input, map: map.unwrap_or_else(|| (0..input).collect()) })
            .collect();
        let fits = |a: &Axis| a.map.iter().all(|&i| i < a.input || i == OUTSIDE);
        assert!(axes.iter().all(fits), "a map reaches beyond its dimension");
        Self { outer: extents[..first].iter().product(), axes, inner: extents[end..].iter().product() }
    }

    fn input_part(&self) -> usize {
        self.axes.iter().map(|a| a.input).product::<usize>() * self.inner
    }

    fn output_part(&self) -> usize {
        self.axes.iter().map(|a| a.map.len()).product::<usize>() * self.inner
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.outer * self.input_part()
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.outer * self.output_part()
    }

    /// Calls `f` for the runs of one outer part.
    fn runs(&self, f: &mut impl FnMut(Run)) {
        descend(&self.axes, self.inner, 0, Some(0), f);
    }

    /// Writes `out` from `x`, and `fill` where the maps read from nowhere.
    ///
    /// # Panics
    /// If a length differs.
    pub fn forward<T: Copy + Send + Sync>(&self, x: &[T], fill: T, out: &mut [T]) {
        assert_eq!([x.len(), out.len()], [self.input_len(), self.output_len()], "lengths of input and output");
        if out.is_empty() {
            return;
        }
        let (input, output) = (self.input_part(), self.output_part());
        let block = par::block_len(output);
        par::chunks_mut(out, block * output, 1, |b, out| {
            for (i, out) in out.chunks_exact_mut(output).enumerate() {
                let x = &x[(b * block + i) * input..][..input];
                self.runs(&mut |Run { at, from, step, len }| {
                    let out = &mut out[at..at + len];
                    match from {
                        Some(from) if step == 1 => out.copy_from_slice(&x[from..from + len]),
                        Some(from) => out.iter_mut().zip(x[from..].iter().step_by(step)).for_each(|(out, &x)| *out = x),
                        None => out.fill(fill),
                    }
                });
            }
        });
    }

    /// The adjoint: writes `grad_in`, adding up what was read more than once; or adds to it, if told to `accumulate`.
    ///
    /// # Panics
    /// If a length differs.
    pub fn adjoint<T: Scalar>(&self, grad_out: &[T], grad_in: &mut [T], accumulate: bool) {
        assert_eq!([grad_in.len(), grad_out.len()], [self.input_len(), self.output_len()], "lengths of the gradients");
        let (input, output) = (self.input_part(), self.output_part());
        let block = par::block_len(input.max(output));
        par::chunks_mut(grad_in, block * input, 1, |b, grad_in| {
            if !accumulate {
                grad_in.fill(T::ZERO);
            }
            for (i, grad_in) in grad_in.chunks_exact_mut(input).enumerate() {
                let grad_out = &grad_out[(b * block + i) * output..][..output];
                self.runs(&mut |Run { at, from, step, len }| {
                    let grad_out = &grad_out[at..at + len];
                    match from {
                        Some(from) if step == 1 => {
                            grad_in[from..from + len].iter_mut().zip(grad_out).for_each(|(d, &g)| *d += g);
                        }
                        Some(from) => {
                            grad_in[from..].iter_mut().step_by(step).zip(grad_out).for_each(|(d, &g)| *d += g);
                        }
                        None => {}
                    }
                });
            }
        });
    }
}

/// Neighbouring values of the output, from `at` on, that are read at even steps from `from` on, or from nowhere.
struct Run {
    at: usize,
    from: Option<usize>,
    step: usize,
    len: usize,
}

/// [`Remap::runs`] from output position `at` and input position `from` on.
fn descend(axes: &[Axis], inner: usize, at: usize, from: Option<usize>, f: &mut impl FnMut(Run)) {
    let Some((axis, rest)) = axes.split_first() else {
        f(Run { at, from, step: 1, len: inner });
        return;
    };
    let input: usize = rest.iter().map(|a| a.input).product::<usize>() * inner;
    let output: usize = rest.iter().map(|a| a.map.len()).product::<usize>() * inner;
    let whole = rest.is_empty();
    let mut i = 0;
    while i < axis.map.len() {
        let source = axis.map[i];
        // Of the last dimension those neighbours are one run that read at even steps, or all from nowhere; what stands
        // behind each of them is read as well, so the steps are of 1 then.
        let step = match axis.map.get(i + 1) {
            Some(&next) if inner == 1 && source < next && next != OUTSIDE => next - source,
            _ => 1,
        };
        let follows = |n: usize| match axis.map.get(i + n) {
            Some(&next) if source == OUTSIDE => next == OUTSIDE,
            Some(&next) => next == source + n * step,
            None => false,
        };
        let n = if whole { (1..).find(|&n| !follows(n)).unwrap_or(1) } else { 1 };
        let from = from.filter(|_| source != OUTSIDE).map(|from| from + source * input);
        if whole {
            f(Run { at: at + i * output, from, step, len: n * inner });
        } else if from.is_none() {
            f(Run { at: at + i * output, from: None, step: 1, len: output });
        } else {
            descend(rest, inner, at + i * output, from, f);
        }
        i += n;
    }
}
