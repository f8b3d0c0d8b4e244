//! What differs between recurrent cells: the arithmetic of one time step.

use crate::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::super::Rnn {}
    impl Sealed for super::super::Lstm {}
    impl Sealed for super::super::Gru {}
}

/// A kind of recurrent cell. Sealed: [`Rnn`](super::Rnn), [`Lstm`](super::Lstm), [`Gru`](super::Gru).
///
/// In the buffer of gates a time step of one sequence is a row of `WIDTH` groups of `hidden` values. The products with
/// the state add to the first `GATES` groups and those with the input write the last `GATES` groups. Where `WIDTH` is one
/// more than `GATES`, the last gate needs its two products apart: that of the state comes first, that of the input last.
pub trait Cell: sealed::Sealed + Copy + Send + Sync + 'static {
    /// Gates that have weights: rows of a weight matrix per hidden unit.
    const GATES: usize;
    /// Groups of values that a step keeps.
    const WIDTH: usize;
    /// Whether there is a cell state `c` besides the hidden state `h`.
    const HAS_C: bool;
    /// Whether the state reaches the next one directly as well, not only through the gates.
    const DIRECT: bool;

    /// One step of some sequences: turns sums into gates in place, and the states before the step into those after it.
    /// `c_before` receives the cell state before the step.
    #[doc(hidden)]
    fn advance<T: Scalar>(self, hidden: usize, gates: &mut [T], h: &mut [T], c: &mut [T], c_before: &mut [T]);

    /// The adjoint of [`advance`](Self::advance): turns gates into the gradients of the sums in place, and the gradients
    /// of the states after the step into those before it (of `h` only the direct part, if there is one). Adds the
    /// gradients of the sums to `totals [WIDTH * hidden]`.
    #[doc(hidden)]
    fn retreat<T: Scalar>(self, hidden: usize, gates: &mut [T], before: Before<'_, T>, grad: Grad<'_, T>);
}

/// The states before a step, `[sequences, hidden]`.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Before<'a, T> {
    pub h: &'a [T],
    pub c: &'a [T],
}

/// Gradients of the states, `[sequences, hidden]`, and the totals over sequences and steps of the gates' gradients.
#[doc(hidden)]
pub struct Grad<'a, T> {
    pub h: &'a mut [T],
    pub c: &'a mut [T],
    pub totals: &'a mut [T],
}

/// The derivative of the sigmoid where its value is `s`.
#[inline(always)]
pub(super) fn slope<T: Scalar>(s: T) -> T {
    s * (T::ONE - s)
}

/// The four groups of a row of gates, each seen to be `hidden` long so that loops over them need no checks.
#[inline(always)]
pub(super) fn quarters<T>(row: &mut [T], hidden: usize) -> (&mut [T], &mut [T], &mut [T], &mut [T]) {
    let (left, right) = row.split_at_mut(2 * hidden);
    let ((a, b), (c, d)) = (left.split_at_mut(hidden), right.split_at_mut(hidden));
    (a, b, c, &mut d[..hidden])
}

/// Values of a row that [`each`] works on together.
const BLOCK: usize = 16;

/// Puts what `f` makes of the values at the same place of all rows back into those of `rows`; all are equally long.
///
/// A block of each row is taken out first: a loop over many slices at once isn't vectorised, since for all the compiler
/// knows they overlap.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Plain loops are inlined whatever the profile, closures in iterators aren't.
pub(super) fn each<T: Scalar, const R: usize, const N: usize>(
    seen: [&[T]; R],
    mut rows: [&mut [T]; N],
    f: impl Fn([T; R], [T; N]) -> [T; N],
) {
    let len = rows[0].len();
    for start in (0..len).step_by(BLOCK) {
        let end = len.min(start + BLOCK);
        let (mut a, mut b) = ([[T::ZERO; BLOCK]; R], [[T::ZERO; BLOCK]; N]);
        a.iter_mut().zip(&seen).for_each(|(block, row)| take(&row[start..end], block));
        b.iter_mut().zip(&rows).for_each(|(block, row)| take(&row[start..end], block));
        for k in 0..BLOCK {
            let (mut x, mut y) = ([T::ZERO; R], [T::ZERO; N]);
            for r in 0..R {
                x[r] = a[r][k];
            }
            for r in 0..N {
                y[r] = b[r][k];
            }
            let made = f(x, y);
            for r in 0..N {
                b[r][k] = made[r];
            }
        }
        b.iter().zip(&mut rows).for_each(|(block, row)| put(block, &mut row[start..end]));
    }
}

/// Copies a part of a row, mostly as long as a block, to the front of a block.
#[inline(always)]
fn take<T: Scalar>(part: &[T], block: &mut [T; BLOCK]) {
    match part.first_chunk() {
        Some(whole) => *block = *whole,
        None => block[..part.len()].copy_from_slice(part),
    }
}

/// Copies the front of a block to where [`take`] found it.
#[inline(always)]
fn put<T: Scalar>(block: &[T; BLOCK], part: &mut [T]) {
    match part.first_chunk_mut() {
        Some(whole) => *whole = *block,
        None => part.copy_from_slice(&block[..part.len()]),
    }
}
