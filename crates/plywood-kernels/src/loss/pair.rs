//! Losses that compare an input and a target value by value.
//!
//! Each is one `impl` of [`Pair`]: its value, and its derivatives by the input and by the target.

use super::Upstream;
use crate::isa::Isa;
use crate::math::{exp, ln, log1p, sigmoid, softplus};
use crate::{Scalar, dispatch, par};

/// A loss of one input `x` and one target `t`; `p` is a parameter that may differ from value to value, 1 if unused.
pub trait Pair<T: Scalar>: Copy + Send + Sync {
    /// The loss.
    fn value<I: Isa>(self, x: T, t: T, p: T) -> T;
    /// Its derivative by the input.
    fn by_input<I: Isa>(self, x: T, t: T, p: T) -> T;
    /// Its derivative by the target.
    fn by_target<I: Isa>(self, x: T, t: T, p: T) -> T;
}

/// `(x − t)²`.
#[derive(Clone, Copy, Debug)]
pub struct Mse;

impl<T: Scalar> Pair<T> for Mse {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        (x - t) * (x - t)
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, _: T) -> T {
        (x - t) + (x - t)
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, t: T, p: T) -> T {
        -self.by_input::<I>(x, t, p)
    }
}

/// `|x − t|`, with derivative 0 where they are equal.
#[derive(Clone, Copy, Debug)]
pub struct L1;

impl<T: Scalar> Pair<T> for L1 {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        (x - t).abs()
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, _: T) -> T {
        sign(x - t)
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, t: T, _: T) -> T {
        -sign(x - t)
    }
}

/// Half the square up to a distance of `delta`, `delta (|x − t| − delta/2)` beyond (Huber 1964), all times `scale`:
/// 1 for the Huber loss, `1/delta` for the smooth L1 loss.
#[derive(Clone, Copy, Debug)]
pub struct Huber<T> {
    /// Where the parabola ends.
    pub delta: T,
    /// A factor.
    pub scale: T,
}

impl<T: Scalar> Pair<T> for Huber<T> {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        let (d, half) = ((x - t).abs(), T::from_f64(0.5));
        self.scale * if d < self.delta { half * d * d } else { self.delta * (d - half * self.delta) }
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, _: T) -> T {
        let d = x - t;
        self.scale * if d.abs() < self.delta { d } else { self.delta * sign(d) }
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, t: T, p: T) -> T {
        -self.by_input::<I>(x, t, p)
    }
}

/// `−(t ln x + (1 − t) ln(1 − x))` of probabilities `x`; logarithms stop at −100, as in PyTorch, so that a certain
/// wrong answer has a finite loss.
#[derive(Clone, Copy, Debug)]
pub struct Bce;

impl<T: Scalar> Pair<T> for Bce {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        let floor = T::from_f64(-100.0);
        -(t * ln::<I, T>(x).max(floor) + (T::ONE - t) * log1p::<I, T>(-x).max(floor))
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, _: T) -> T {
        (x - t) / (x * (T::ONE - x)).max(T::from_f64(1e-12))
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, _: T, _: T) -> T {
        let floor = T::from_f64(-100.0);
        log1p::<I, T>(-x).max(floor) - ln::<I, T>(x).max(floor)
    }
}

/// [`Bce`] of `sigmoid(x)`, without the loss of accuracy; `p` is the weight of positive targets.
#[derive(Clone, Copy, Debug)]
pub struct BceWithLogits;

impl<T: Scalar> Pair<T> for BceWithLogits {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, p: T) -> T {
        (T::ONE - t) * x + (T::ONE + (p - T::ONE) * t) * softplus::<I, T>(-x)
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, p: T) -> T {
        (T::ONE - t) - (T::ONE + (p - T::ONE) * t) * sigmoid::<I, T>(-x)
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, _: T, p: T) -> T {
        (p - T::ONE) * softplus::<I, T>(-x) - x
    }
}

/// `t (ln t − x)` of log-probabilities `x` and probabilities `t`; 0 where `t` is 0.
#[derive(Clone, Copy, Debug)]
pub struct KlDiv;

impl<T: Scalar> Pair<T> for KlDiv {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        if t > T::ZERO { t * (ln::<I, T>(t) - x) } else { T::ZERO }
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, _: T, t: T, _: T) -> T {
        -t
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, t: T, _: T) -> T {
        if t > T::ZERO { ln::<I, T>(t) + T::ONE - x } else { T::ZERO }
    }
}

/// [`KlDiv`] with targets that are log-probabilities too: `eᵗ (t − x)`.
#[derive(Clone, Copy, Debug)]
pub struct KlDivLogTarget;

impl<T: Scalar> Pair<T> for KlDivLogTarget {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        exp::<I, T>(t) * (t - x)
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, _: T, t: T, _: T) -> T {
        -exp::<I, T>(t)
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, x: T, t: T, _: T) -> T {
        exp::<I, T>(t) * (t - x + T::ONE)
    }
}

/// `x` for targets 1, `max(0, margin − x)` for targets −1.
#[derive(Clone, Copy, Debug)]
pub struct HingeEmbedding<T> {
    /// The distance beyond which a dissimilar pair costs nothing.
    pub margin: T,
}

impl<T: Scalar> Pair<T> for HingeEmbedding<T> {
    #[inline(always)]
    fn value<I: Isa>(self, x: T, t: T, _: T) -> T {
        let dissimilar = if x < self.margin { self.margin - x } else { T::ZERO };
        if t > T::ZERO { x } else { dissimilar }
    }
    #[inline(always)]
    fn by_input<I: Isa>(self, x: T, t: T, _: T) -> T {
        let dissimilar = if x < self.margin { -T::ONE } else { T::ZERO };
        if t > T::ZERO { T::ONE } else { dissimilar }
    }
    #[inline(always)]
    fn by_target<I: Isa>(self, _: T, _: T, _: T) -> T {
        T::ZERO
    }
}

/// −1, 0 or 1; NaN of NaN.
#[inline(always)]
fn sign<T: Scalar>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

dispatch! {
    fn value_block<I: Isa, T: Scalar, P: Pair<T>>(op: P, x: &[T], t: &[T], p: Option<&[T]>, y: &mut [T]) {
        for i in 0..y.len() {
            y[i] = op.value::<I>(x[i], t[i], p.map_or(T::ONE, |p| p[i]));
        }
    }
}

dispatch! {
    fn derivative_block<I: Isa, T: Scalar, P: Pair<T>>(
        op: P, x: &[T], t: &[T], p: Option<&[T]>, g: Upstream<'_, T>, by_input: bool, accumulate: bool, d: &mut [T]
    ) {
        for i in 0..d.len() {
            let p = p.map_or(T::ONE, |p| p[i]);
            let slope = if by_input { op.by_input::<I>(x[i], t[i], p) } else { op.by_target::<I>(x[i], t[i], p) };
            d[i] = g.at(i) * slope + if accumulate { d[i] } else { T::ZERO };
        }
    }
}

/// About how many elementary operations a value takes.
const COST: usize = 8;

/// The loss of each pair.
///
/// # Panics
/// If the lengths differ.
pub fn forward<T: Scalar, P: Pair<T>>(op: P, x: &[T], t: &[T], p: Option<&[T]>, y: &mut [T]) {
    assert!(x.len() == y.len() && t.len() == y.len() && p.is_none_or(|p| p.len() == y.len()));
    let len = par::block_len(COST);
    par::chunks_mut(y, len, COST, |i, y| {
        let part = |s| part(s, i * len, y.len());
        value_block(op, part(x), part(t), p.map(part), y);
    });
}

/// Which derivative of a pair loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the input.
    Input,
    /// By the target.
    Target,
}

/// The gradient by input or target, times `g`; written to `d`, or added to it if `accumulate`.
///
/// # Panics
/// If the lengths differ.
#[allow(clippy::too_many_arguments, reason = "two operands, their parameter, and where the result goes")]
pub fn adjoint<T: Scalar, P: Pair<T>>(
    op: P,
    by: By,
    x: &[T],
    t: &[T],
    p: Option<&[T]>,
    g: Upstream<'_, T>,
    d: &mut [T],
    accumulate: bool,
) {
    assert!(x.len() == d.len() && t.len() == d.len() && p.is_none_or(|p| p.len() == d.len()));
    let len = par::block_len(COST);
    par::chunks_mut(d, len, COST, |i, d| {
        let part = |s| part(s, i * len, d.len());
        let g = match g {
            Upstream::Each(g) => Upstream::Each(part(g)),
            all => all,
        };
        derivative_block(op, part(x), part(t), p.map(part), g, by == By::Input, accumulate, d);
    });
}

fn part<T>(all: &[T], first: usize, len: usize) -> &[T] {
    &all[first..first + len]
}
