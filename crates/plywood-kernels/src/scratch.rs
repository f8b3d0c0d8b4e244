//! Working memory that a thread keeps and uses again, so that a kernel takes no fresh pages from the system.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use crate::Scalar;

/// A cache line; what buffers are made of, so that they begin at the start of one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

thread_local! {
    static KEPT: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Buffers a thread keeps for the next time; a nest of kernels holds a handful at once.
const KEEP: usize = 8;

/// A buffer lent by the thread that asked for it. What it holds at first is left over from its last use.
pub(crate) struct Scratch<T> {
    lines: Vec<Line>,
    len: usize,
    of: PhantomData<T>,
}

impl<T: Scalar> Scratch<T> {
    /// A buffer of `len` numbers of unknown value, aligned to a cache line.
    pub(crate) fn take(len: usize) -> Self {
        if len == 0 {
            return Self { lines: Vec::new(), len, of: PhantomData };
        }
        let needed = (len * size_of::<T>()).div_ceil(64);
        let mut lines = KEPT.with_borrow_mut(|kept| {
            // The smallest that suffices, else the largest there is, which then grows.
            let fit = |lines: &Vec<Line>| (lines.len() < needed, lines.len().abs_diff(needed));
            match (0..kept.len()).min_by_key(|&i| fit(&kept[i])) {
                Some(i) => kept.swap_remove(i),
                None => Vec::new(),
            }
        });
        if lines.len() < needed {
            lines = vec![Line([0; 64]); needed];
        }
        Self { lines, len, of: PhantomData }
    }
}

impl<T> Drop for Scratch<T> {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return;
        }
        // A thread that is ending has no pool any more: then the buffer is just freed.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < KEEP {
                kept.push(lines);
            }
        });
    }
}

impl<T: Scalar> Deref for Scratch<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the lines hold at least `len` numbers, initialised, aligned to 64 bytes; any bits are a valid `T`,
        // which is `f32` or `f64`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Scalar> DerefMut for Scratch<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`; the buffer is borrowed uniquely.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl<T> fmt::Debug for Scratch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_buffer_is_lent_again() {
        let first = Scratch::<f32>::take(1000).as_ptr();
        let mut second = Scratch::<f64>::take(400);
        assert_eq!(first.addr(), second.as_ptr().addr());
        assert_eq!(second.len(), 400);
        assert_eq!(second.as_ptr().addr() % 64, 0);
        second.fill(1.0);
        let third = Scratch::<f32>::take(1000);
        assert_ne!(third.as_ptr().addr(), second.as_ptr().addr());
    }

    #[test]
    fn an_empty_buffer_is_fine() {
        assert!(Scratch::<f32>::take(0).is_empty());
    }
}
