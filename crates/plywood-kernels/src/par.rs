//! The one policy for splitting work over threads.
//!
//! Work is cut into blocks whose size depends on the problem alone, never on the number of threads, and each block
//! writes its own part of the output: so a result is the same to the bit for any `RAYON_NUM_THREADS`. Work too small
//! to be worth waking a thread for is done where it stands.
//!
//! The threads are those of rayon's current pool; the calling thread is always one of those at work. All work goes
//! through one function that isn't generic, `team::run`: machinery compiled anew for each closure was
//! a quarter of this crate's code. What belongs to a task waits behind a lock of its own, which only that task takes.

use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use crate::team::run;

/// Elementary operations (about a nanosecond's work for one vectorised loop iteration each) below which work stays
/// on the calling thread: waking another costs 5 to 20 µs.
pub const MIN_PARALLEL: usize = 1 << 16;

/// Elementary operations a block: enough to hide a block's hand-over, few enough to balance.
const GRAIN: usize = 1 << 14;

/// How many items of `cost` elementary operations each make up a block; at least one.
pub fn block_len(cost: usize) -> usize {
    (GRAIN / cost.max(1)).max(1)
}

/// Runs a task for each item, which it gets to itself.
fn run_each<X: Send>(items: impl Iterator<Item = X>, task: impl Fn(usize, X) + Sync) {
    let items: Vec<Mutex<Option<X>>> = items.map(|item| Mutex::new(Some(item))).collect();
    run(items.len(), &|i| {
        let item = items[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        task(i, item.expect("each task runs once"));
    });
}

/// Calls `f(first, chunk)` for each disjoint chunk of `len` elements of `out` (the last may be shorter), where `first`
/// is the index of the chunk. `cost` is the number of elementary operations of one element of `out`.
pub fn chunks_mut<T: Send>(out: &mut [T], len: usize, cost: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    let len = len.max(1);
    if out.len().saturating_mul(cost) < MIN_PARALLEL || out.len() <= len {
        out.chunks_mut(len).enumerate().for_each(|(i, c)| f(i, c));
    } else {
        run_each(out.chunks_mut(len), f);
    }
}

/// [`chunks_mut`] for two outputs that are cut into equally many chunks, of `a_len` and `b_len` elements; `cost` is that
/// of one pair of chunks.
pub fn zip_chunks_mut<A: Send, B: Send>(
    a: &mut [A],
    a_len: usize,
    b: &mut [B],
    b_len: usize,
    cost: usize,
    f: impl Fn(usize, &mut [A], &mut [B]) + Send + Sync,
) {
    let (a_len, b_len) = (a_len.max(1), b_len.max(1));
    let n = a.len().div_ceil(a_len);
    assert_eq!(n, b.len().div_ceil(b_len), "both outputs must have equally many chunks");
    if n <= 1 || n.saturating_mul(cost) < MIN_PARALLEL {
        a.chunks_mut(a_len).zip(b.chunks_mut(b_len)).enumerate().for_each(|(i, (a, b))| f(i, a, b));
    } else {
        run_each(a.chunks_mut(a_len).zip(b.chunks_mut(b_len)), |i, (a, b)| f(i, a, b));
    }
}

/// A block of columns of a row-major matrix, handed to one call of [`columns_mut`].
pub struct Columns<'a, T> {
    first: *mut T,
    rows: usize,
    stride: usize,
    len: usize,
    matrix: PhantomData<&'a mut [T]>,
}

impl<T> Columns<'_, T> {
    /// The block's part of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub fn row(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        // SAFETY: `columns_mut` made the block lie inside of the matrix, which it borrows mutably for as long as this
        // block lives, and no two blocks share a column; `&mut self` keeps the rows of one block apart.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(row * self.stride), self.len) }
    }
}

/// Calls `f(i, columns)` for each block of `len` columns of `out`, a row-major matrix with rows of `row_len` (the last
/// block may be narrower), and returns what the calls return, in order: the split for work that is independent by column,
/// such as statistics by channel. `cost` is the number of elementary operations of one element of `out`.
///
/// # Panics
/// If the length of `out` is no multiple of `row_len`.
pub fn columns_mut<T: Send, R: Send>(
    out: &mut [T],
    row_len: usize,
    len: usize,
    cost: usize,
    f: impl Fn(usize, Columns<'_, T>) -> R + Send + Sync,
) -> Vec<R> {
    struct Shared<T>(*mut T);
    // SAFETY: the pointer is only used through `Columns`, whose blocks are disjoint and whose elements may be sent.
    unsafe impl<T: Send> Sync for Shared<T> {}
    impl<T> Shared<T> {
        fn get(&self) -> *mut T {
            self.0
        }
    }

    if out.is_empty() {
        return Vec::new();
    }
    assert_eq!(out.len() % row_len, 0, "a matrix of whole rows");
    let (rows, len) = (out.len() / row_len, len.max(1));
    let matrix = Shared(out.as_mut_ptr());
    map(row_len.div_ceil(len), (rows * len).saturating_mul(cost), |i| {
        // SAFETY: block `i` starts at column `i * len`, which is less than `row_len`.
        let first = unsafe { matrix.get().add(i * len) };
        f(i, Columns { first, rows, stride: row_len, len: len.min(row_len - i * len), matrix: PhantomData })
    })
}

/// Calls `f(i)` for each `i` in `0..n`, where one call costs `cost` elementary operations.
pub fn for_each(n: usize, cost: usize, f: impl Fn(usize) + Send + Sync) {
    if n <= 1 || n.saturating_mul(cost) < MIN_PARALLEL {
        (0..n).for_each(f);
    } else {
        run(n, &f);
    }
}

/// Calls `f` with each of some items, where one call costs `cost` elementary operations: for outputs that aren't cut evenly.
pub fn each<X: Send>(items: Vec<X>, cost: usize, f: impl Fn(X) + Send + Sync) {
    if items.len() <= 1 || items.len().saturating_mul(cost) < MIN_PARALLEL {
        items.into_iter().for_each(f);
    } else {
        run_each(items.into_iter(), |_, item| f(item));
    }
}

/// `f(0), f(1), … f(n - 1)` in that order, computed in parallel where `n` calls of `cost` operations are worth it.
pub fn map<R: Send>(n: usize, cost: usize, f: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    if n <= 1 || n.saturating_mul(cost) < MIN_PARALLEL {
        (0..n).map(f).collect()
    } else {
        let mut results: Vec<Option<R>> = (0..n).map(|_| None).collect();
        run_each(results.iter_mut(), |i, result| *result = Some(f(i)));
        results.into_iter().map(|result| result.expect("each task runs once")).collect()
    }
}

/// Runs both, in parallel where their `cost` together is worth it.
pub fn join<A: Send, B: Send>(cost: usize, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if cost < MIN_PARALLEL {
        return (a(), b());
    }
    let (mut first, mut second) = (None, None);
    let halves: [Box<dyn FnOnce() + Send + '_>; 2] = [Box::new(|| first = Some(a())), Box::new(|| second = Some(b()))];
    run_each(halves.into_iter(), |_, half| half());
    (first.expect("each task runs once"), second.expect("each task runs once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        for n in [0, 1, 7, 100, 70_000] {
            let mut out = vec![0usize; n];
            chunks_mut(&mut out, 1000, 1, |first, c| {
                c.iter_mut().enumerate().for_each(|(i, x)| *x += first * 1000 + i)
            });
            assert!(out.iter().enumerate().all(|(i, &x)| i == x));
        }
    }

    #[test]
    fn paired_chunks_cover_both_once() {
        let (mut a, mut b) = (vec![0usize; 2 * 70_001], vec![0usize; 70_001]);
        zip_chunks_mut(&mut a, 200, &mut b, 100, 100, |i, a, b| {
            a.iter_mut().for_each(|a| *a += i);
            b.iter_mut().for_each(|b| *b += i);
        });
        assert!(b.iter().enumerate().all(|(i, &x)| i / 100 == x));
        assert!(a.iter().enumerate().all(|(i, &x)| i / 200 == x));
    }

    #[test]
    fn each_item_has_its_turn() {
        for n in [0, 1, 5, 3000] {
            let mut out = vec![0usize; n];
            each(out.iter_mut().enumerate().collect(), 100, |(i, x)| *x = i + 1);
            assert!(out.iter().enumerate().all(|(i, &x)| x == i + 1));
        }
    }

    #[test]
    fn columns_cover_everything_once() {
        for (rows, row_len, len) in [(0, 5, 2), (1, 1, 1), (3, 7, 2), (300, 700, 64), (2, 3, 10)] {
            let mut out = vec![0usize; rows * row_len];
            columns_mut(&mut out, row_len, len, 1, |block, mut columns| {
                for row in 0..rows {
                    let columns = columns.row(row);
                    columns.iter_mut().enumerate().for_each(|(i, x)| *x += row * row_len + block * len + i);
                }
            });
            assert!(out.iter().enumerate().all(|(i, &x)| i == x), "{rows} rows of {row_len} by {len}");
        }
    }
}
