//! Pointwise functions of two tensors, which broadcast against each other.
//!
//! Like [`unary`](crate::unary), a function is one row of a table: its formula and its two partial derivatives. Operands
//! are [`Strided`] views under the extents of the result, so that broadcasting and transposed operands are read without
//! a copy. The adjoints give gradients of the result's extents; an operand that was broadcast gets the sum of its own
//! over the dimensions that it repeats in ([`reduce`](crate::reduce)).
//!
//! ```
//! use plywood_kernels::{Strided, binary};
//!
//! // [2, 3] plus a row of 3.
//! let x = Strided { data: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], offset: 0, strides: &[3, 1] };
//! let row = Strided { data: &[10.0, 20.0, 30.0], offset: 0, strides: &[0, 1] };
//! let mut y = [0.0; 6];
//! binary::add::<f32>().forward(&[2, 3], x, row, &mut y);
//! assert_eq!(y, [11.0, 22.0, 33.0, 14.0, 25.0, 36.0]);
//! ```

mod table;
#[cfg(test)]
mod tests;

pub use table::*;

use crate::strided::{Reader, Strided, tile};
use crate::{Scalar, dispatch, isa::Isa, par};

/// A pointwise function of two operands; cheap to copy.
#[derive(Clone, Copy)]
pub struct Binary<T: 'static> {
    row: &'static Row<T>,
}

/// One function for one type.
struct Row<T> {
    name: &'static str,
    cost: usize,
    forward: Forward<T>,
    partials: [Adjoint<T>; 2],
    /// The names of the operands that each derivative is computed from.
    uses: [&'static [&'static str]; 2],
}

/// Of both operands.
type Forward<T> = fn(&[T], &[T], &mut [T]);
/// Of both operands and `dy`.
type Adjoint<T> = fn(&[T], &[T], &[T], &mut [T]);

/// One of the two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Left = 0,
    /// The second.
    Right = 1,
}

impl<T: Scalar> Binary<T> {
    /// The function's name, as PyTorch spells it.
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// Whether the derivative with respect to one operand is computed from the other (or the same) one, so that its
    /// values must be kept until the backward pass.
    pub fn uses(&self, derivative: Side, operand: Side) -> bool {
        self.row.uses[derivative as usize].contains(&["a", "b"][operand as usize])
    }

    /// `y = f(a, b)`, all under the same extents.
    ///
    /// # Panics
    /// Where `y` isn't as long as the extents say, or an operand reaches outside its memory.
    pub fn forward(&self, extents: &[usize], a: Strided<'_, T>, b: Strided<'_, T>, y: &mut [T]) {
        assert_eq!(y.len(), extents.iter().product::<usize>(), "{}: output length", self.row.name);
        let len = par::block_len(self.row.cost);
        if let (Some(a), Some(b)) = (a.dense(extents), b.dense(extents)) {
            return par::chunks_mut(y, len, self.row.cost, |block, y| {
                let part = block * len..block * len + y.len();
                (self.row.forward)(&a[part.clone()], &b[part], y);
            });
        }
        par::chunks_mut(y, len, self.row.cost, |block, y| {
            let [mut a, mut b] = [a, b].map(|operand| Reader::new(operand, extents, block * len));
            let mut done = 0;
            while done < y.len() {
                let n = tile([a.direct(), b.direct()], y.len() - done);
                (self.row.forward)(a.next(n), b.next(n), &mut y[done..done + n]);
                done += n;
            }
        });
    }

    /// `dx = dy · ∂f/∂x`, with x the operand on the given side; under the same extents as the result. Operands that
    /// the derivative doesn't [use](Self::uses) are arbitrary.
    ///
    /// # Panics
    /// Where `dx` isn't as long as the extents say, or an operand reaches outside its memory.
    pub fn adjoint(&self, side: Side, extents: &[usize], [a, b, dy]: [Strided<'_, T>; 3], dx: &mut [T]) {
        assert_eq!(dx.len(), extents.iter().product::<usize>(), "{}: gradient length", self.row.name);
        let partial = self.row.partials[side as usize];
        let len = par::block_len(self.row.cost);
        if let (Some(a), Some(b), Some(dy)) = (a.dense(extents), b.dense(extents), dy.dense(extents)) {
            return par::chunks_mut(dx, len, self.row.cost, |block, dx| {
                let part = || block * len..block * len + dx.len();
                partial(&a[part()], &b[part()], &dy[part()], dx);
            });
        }
        par::chunks_mut(dx, len, self.row.cost, |block, dx| {
            let [mut a, mut b, mut dy] = [a, b, dy].map(|operand| Reader::new(operand, extents, block * len));
            let mut done = 0;
            while done < dx.len() {
                let n = tile([a.direct(), b.direct(), dy.direct()], dx.len() - done);
                partial(a.next(n), b.next(n), dy.next(n), &mut dx[done..done + n]);
                done += n;
            }
        });
    }
}

/// What a row of the table consists of.
trait Formula<T: Scalar> {
    const NAME: &'static str;
    const COST: usize;
    const USES: [&'static [&'static str]; 2];
    fn forward<I: Isa>(a: T, b: T) -> T;
    fn left<I: Isa>(a: T, b: T) -> T;
    fn right<I: Isa>(a: T, b: T) -> T;
}

impl<T: Scalar> Row<T> {
    const fn of<F: Formula<T>>() -> &'static Self {
        const {
            &Self {
                name: F::NAME,
                cost: F::COST,
                forward: run_forward::<T, F>,
                partials: [run_left::<T, F>, run_right::<T, F>],
                uses: F::USES,
            }
        }
    }
}

dispatch! {
    fn run_forward<I: Isa, T: Scalar, F: Formula<T>>(a: &[T], b: &[T], y: &mut [T]) {
        for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
            *y = F::forward::<I>(a, b);
        }
    }
}

dispatch! {
    fn run_left<I: Isa, T: Scalar, F: Formula<T>>(a: &[T], b: &[T], dy: &[T], dx: &mut [T]) {
        for (((dx, &a), &b), &dy) in dx.iter_mut().zip(a).zip(b).zip(dy) {
            *dx = dy * F::left::<I>(a, b);
        }
    }
}

dispatch! {
    fn run_right<I: Isa, T: Scalar, F: Formula<T>>(a: &[T], b: &[T], dy: &[T], dx: &mut [T]) {
        for (((dx, &a), &b), &dy) in dx.iter_mut().zip(a).zip(b).zip(dy) {
            *dx = dy * F::right::<I>(a, b);
        }
    }
}
