//! Working memory that is kept and used again, so that a kernel takes no fresh pages from the system.
//!
//! Small buffers stay with the thread whose cache they are in; a helper that rests leaves them to the one that is woken next,
//! since more threads take turns at helping than help at once. Large ones are in nobody's cache, and threads share them: which
//! of them a task falls to changes from call to call, and each would come to own as much as any task needs.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use crate::Scalar;

/// A cache line; what buffers are made of, so that they begin at the start of one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

thread_local! {
    static KEPT: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

static SHARED: Mutex<Vec<Vec<Line>>> = Mutex::new(Vec::new());

/// What helpers that rest have left.
static RESTING: Mutex<Vec<Vec<Vec<Line>>>> = Mutex::new(Vec::new());

/// Lines of a buffer from which it is shared: a second-level cache.
const LARGE: usize = (1 << 20) / size_of::<Line>();

/// Buffers a thread keeps for the next time; a nest of kernels holds a handful at once.
const KEEP: usize = 8;

/// Large buffers that are kept.
const KEEP_LARGE: usize = 64;

/// Calls `f` with the buffers kept of that many lines, and how many they may become; `None` on a thread that is ending,
/// which keeps none any more.
fn kept<R>(lines: usize, f: impl FnOnce(&mut Vec<Vec<Line>>, usize) -> R) -> Option<R> {
    if lines >= LARGE {
        return Some(f(&mut SHARED.lock().unwrap_or_else(PoisonError::into_inner), KEEP_LARGE));
    }
    KEPT.try_with(|kept| f(&mut kept.borrow_mut(), KEEP)).ok()
}

/// Takes over what a helper has left that rests now, unless this thread has buffers of its own.
pub(crate) fn take_over() {
    // A thread that is ending keeps none.
    let _ = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.is_empty() {
            *kept = RESTING.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        }
    });
}

/// Leaves this thread's buffers to the next helper.
pub(crate) fn leave() {
    let _ = KEPT.try_with(|kept| {
        let kept = std::mem::take(&mut *kept.borrow_mut());
        if !kept.is_empty() {
            RESTING.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
    });
}

/// A buffer, given back when dropped. What it holds at first is left over from its last use.
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
        // The smallest that suffices, else the largest there is, which then grows.
        let fit = |lines: &Vec<Line>| (lines.len() < needed, lines.len().abs_diff(needed));
        let best =
            |kept: &mut Vec<Vec<Line>>, _| (0..kept.len()).min_by_key(|&i| fit(&kept[i])).map(|i| kept.swap_remove(i));
        let mut lines = kept(needed, best).flatten().unwrap_or_default();
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
        kept(lines.len(), |kept, most| {
            if kept.len() < most {
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
    fn a_large_buffer_goes_from_thread_to_thread() {
        // A fresh buffer holds zeros. Another test may take this one in between, so there is more than one try.
        let take = |mark: f32| {
            let mut buffer = Scratch::<f32>::take(LARGE * 16 * 40);
            std::mem::replace(&mut buffer[0], mark)
        };
        let on_a_thread = |mark| std::thread::spawn(move || take(mark)).join().unwrap();
        let returned = (1..=20).any(|mark| {
            on_a_thread(mark as f32);
            on_a_thread(0.0) == mark as f32
        });
        assert!(returned);
    }

    #[test]
    fn a_helper_that_rests_leaves_its_buffers() {
        // Helpers of other tests may take these over in between, so there is more than one try.
        let help = |mark: f32| {
            std::thread::spawn(move || {
                take_over();
                let before = std::mem::replace(&mut Scratch::<f32>::take(5000)[0], mark);
                leave();
                before
            })
            .join()
            .unwrap()
        };
        let taken_over = (1..=20).any(|mark| {
            help(mark as f32);
            help(0.0) == mark as f32
        });
        assert!(taken_over);
    }

    #[test]
    fn an_empty_buffer_is_fine() {
        assert!(Scratch::<f32>::take(0).is_empty());
    }
}
