//! Pointwise functions of one tensor: `y = f(x)` and `dx = dy · f'(x)`.
//!
//! A function is one row of the [table](self): its formula, its derivative, and what the derivative is computed from.
//! What callers hold is a [`Unary`], a reference to a row and the parameters of the function, so that code above is not
//! compiled anew for each function; and a function that nobody calls is not compiled at all.
//!
//! ```
//! use plywood_kernels::unary;
//!
//! let relu = unary::relu::<f32>();
//! let (x, mut y) = ([-1.0, 2.0], [0.0; 2]);
//! relu.forward(&x, &mut y);
//! assert_eq!(y, [0.0, 2.0]);
//!
//! let mut dx = [0.0; 2];
//! relu.adjoint(&y, &[10.0, 10.0], &mut dx); // relu saves its output
//! assert_eq!(dx, [0.0, 10.0]);
//! ```

mod table;
#[cfg(test)]
mod tests;

pub use table::*;

use crate::{Scalar, dispatch, isa::Isa, par};

/// What the derivative of a function is computed from, hence what must be kept until the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Nothing: the derivative is constant.
    Nothing,
    /// The input.
    Input,
    /// The output, which the next operation often keeps anyway.
    Output,
}

/// A pointwise function with its parameters; cheap to copy.
#[derive(Clone, Copy)]
pub struct Unary<T: 'static> {
    row: &'static Row<T>,
    p: [T; 2],
}

/// One function for one type.
struct Row<T> {
    name: &'static str,
    cost: usize,
    saved: fn([T; 2]) -> Saved,
    forward: fn([T; 2], &[T], &mut [T]),
    adjoint: Adjoint<T>,
}

/// Of the parameters, what was saved and `dy`, to `dx`.
type Adjoint<T> = fn([T; 2], &[T], &[T], &mut [T]);

/// Values that are handled at a time where a result can't be written straight to its place.
const TILE: usize = 512;

impl<T: Scalar> Unary<T> {
    /// The function's name, as PyTorch spells it.
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// What [`adjoint`](Self::adjoint) wants as `saved`.
    pub fn saved(&self) -> Saved {
        (self.row.saved)(self.p)
    }

    /// `y = f(x)`.
    ///
    /// # Panics
    /// Where the lengths differ.
    pub fn forward(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "{}: input and output differ in length", self.row.name);
        let len = par::block_len(self.row.cost);
        par::chunks_mut(y, len, self.row.cost, |i, y| (self.row.forward)(self.p, &x[i * len..][..y.len()], y));
    }

    /// `y = f(y)`.
    pub fn forward_in_place(&self, y: &mut [T]) {
        par::chunks_mut(y, par::block_len(self.row.cost), self.row.cost, |_, y| {
            let mut x = [T::ZERO; TILE];
            for y in y.chunks_mut(TILE) {
                let x = &mut x[..y.len()];
                x.copy_from_slice(y);
                (self.row.forward)(self.p, x, y);
            }
        });
    }

    /// `dx = dy · f'`, where `saved` is what [`saved`](Self::saved) names (anything, e.g. empty, for `Nothing`).
    ///
    /// # Panics
    /// Where the lengths differ.
    pub fn adjoint(&self, saved: &[T], dy: &[T], dx: &mut [T]) {
        let saved = self.check(saved, dy, dx.len());
        let len = par::block_len(self.row.cost);
        par::chunks_mut(dx, len, self.row.cost, |i, dx| {
            let part = i * len..i * len + dx.len();
            (self.row.adjoint)(self.p, &saved[part.clone()], &dy[part], dx);
        });
    }

    /// `dx += dy · f'`; otherwise as [`adjoint`](Self::adjoint).
    pub fn adjoint_add(&self, saved: &[T], dy: &[T], dx: &mut [T]) {
        let saved = self.check(saved, dy, dx.len());
        let len = par::block_len(self.row.cost);
        par::chunks_mut(dx, len, self.row.cost, |i, dx| {
            let mut part = [T::ZERO; TILE];
            for (j, dx) in dx.chunks_mut(TILE).enumerate() {
                let from = i * len + j * TILE;
                let part = &mut part[..dx.len()];
                (self.row.adjoint)(self.p, &saved[from..][..dx.len()], &dy[from..][..dx.len()], part);
                dx.iter_mut().zip(part).for_each(|(dx, part)| *dx += *part);
            }
        });
    }

    /// `dy = dy · f'`; otherwise as [`adjoint`](Self::adjoint).
    pub fn adjoint_in_place(&self, saved: &[T], dy: &mut [T]) {
        let nothing = self.saved() == Saved::Nothing;
        assert!(nothing || saved.len() == dy.len(), "{}: saved and gradient differ in length", self.row.name);
        let len = par::block_len(self.row.cost);
        par::chunks_mut(dy, len, self.row.cost, |i, dy| {
            let mut copy = [T::ZERO; TILE];
            for (j, dy) in dy.chunks_mut(TILE).enumerate() {
                let copy = &mut copy[..dy.len()];
                copy.copy_from_slice(dy);
                let saved = if nothing { &*copy } else { &saved[i * len + j * TILE..][..dy.len()] };
                (self.row.adjoint)(self.p, saved, copy, dy);
            }
        });
    }

    fn check<'a>(&self, saved: &'a [T], dy: &'a [T], len: usize) -> &'a [T] {
        let saved = if self.saved() == Saved::Nothing { dy } else { saved };
        assert_eq!(saved.len(), len, "{}: saved and gradient differ in length", self.row.name);
        assert_eq!(dy.len(), len, "{}: incoming and outgoing gradient differ in length", self.row.name);
        saved
    }
}

/// What a row of the table consists of.
trait Formula<T: Scalar> {
    const NAME: &'static str;
    const COST: usize;
    fn saved(p: [T; 2]) -> Saved;
    fn forward<I: Isa>(p: [T; 2], x: T) -> T;
    fn derivative<I: Isa>(p: [T; 2], saved: T) -> T;
}

impl<T: Scalar> Row<T> {
    const fn of<F: Formula<T>>() -> &'static Self {
        const {
            &Self {
                name: F::NAME,
                cost: F::COST,
                saved: F::saved,
                forward: run_forward::<T, F>,
                adjoint: run_adjoint::<T, F>,
            }
        }
    }
}

dispatch! {
    fn run_forward<I: Isa, T: Scalar, F: Formula<T>>(p: [T; 2], x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = F::forward::<I>(p, x);
        }
    }
}

dispatch! {
    fn run_adjoint<I: Isa, T: Scalar, F: Formula<T>>(p: [T; 2], saved: &[T], dy: &[T], dx: &mut [T]) {
        for ((dx, &s), &dy) in dx.iter_mut().zip(saved).zip(dy) {
            *dx = dy * F::derivative::<I>(p, s);
        }
    }
}
