//! Memory that is kept for the next step instead of being given back to the system.
//!
//! A training step asks for the same blocks again and again. Fresh pages cost more than the arithmetic of an
//! elementwise operation, so freed blocks wait in a list by size class (eight classes an octave). A miss first gives
//! back waiting blocks of other sizes up to the size that it needs, so that changing shapes don't pile up memory;
//! a class that is missed after its own block was given back in this way is left to grow instead.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Blocks of fewer bytes than this come from the allocator, which serves them as fast.
const MIN_BYTES: usize = 4096;

/// Data of pooled blocks begin at a multiple of this, the width of a cache line and of the widest vector.
const ALIGN: usize = 64;

/// Freed blocks of one element type.
#[derive(Debug)]
pub struct Pool<T> {
    waiting: Mutex<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    classes: Vec<Class<T>>,
    bytes: usize,
}

#[derive(Debug)]
struct Class<T> {
    blocks: Vec<Vec<T>>,
    evicted: bool,
}

/// A block of memory, from the pool or owned by itself; `start` is where aligned data begin.
pub(crate) struct Block<T> {
    pub(crate) values: Vec<T>,
    pub(crate) start: usize,
}

impl<T: Copy + Default> Pool<T> {
    pub(crate) const fn new() -> Self {
        Self { waiting: Mutex::new(Waiting { classes: Vec::new(), bytes: 0 }) }
    }

    /// A block with room for `len` values at `start`; its contents are whatever was left there.
    pub(crate) fn take(&self, len: usize) -> Block<T> {
        if len * size_of::<T>() < MIN_BYTES {
            return Block { values: vec![T::default(); len], start: 0 };
        }
        let (class, capacity) = size_class::<T>(len);
        let values = self.lock().take(class, capacity).unwrap_or_else(|| vec![T::default(); capacity]);
        let start = values.as_ptr().align_offset(ALIGN).min(ALIGN / size_of::<T>());
        Block { values, start }
    }

    /// Keeps a block for later if it is of a size that this pool hands out, and frees it otherwise.
    pub(crate) fn put(&self, values: Vec<T>) {
        let bytes = values.len() * size_of::<T>();
        if bytes < MIN_BYTES || values.len() != values.capacity() {
            return;
        }
        let (class, capacity) = size_class::<T>(values.len() - ALIGN / size_of::<T>());
        if capacity == values.len() {
            let mut waiting = self.lock();
            waiting.class(class).blocks.push(values);
            waiting.bytes += bytes;
        }
    }

    /// Gives all waiting blocks back to the system.
    pub(crate) fn trim(&self) {
        *self.lock() = Waiting { classes: Vec::new(), bytes: 0 };
    }

    /// Bytes in waiting blocks.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Waiting<T> {
    fn class(&mut self, class: usize) -> &mut Class<T> {
        if self.classes.len() <= class {
            self.classes.resize_with(class + 1, || Class { blocks: Vec::new(), evicted: false });
        }
        &mut self.classes[class]
    }

    fn take(&mut self, class: usize, capacity: usize) -> Option<Vec<T>> {
        let hit = self.class(class).blocks.pop();
        if let Some(block) = hit {
            self.bytes -= block.len() * size_of::<T>();
            return Some(block);
        }
        if !self.class(class).evicted {
            self.evict(capacity * size_of::<T>());
        }
        None
    }

    /// Frees waiting blocks, the largest first, until `bytes` are free or nothing waits.
    fn evict(&mut self, bytes: usize) {
        let mut freed = 0;
        for class in self.classes.iter_mut().rev() {
            while freed < bytes {
                let Some(block) = class.blocks.pop() else { break };
                freed += block.len() * size_of::<T>();
                class.evicted = true;
            }
        }
        self.bytes -= freed;
    }
}

/// The class of a block with room for `len` values, and the number of values that the class's blocks have.
fn size_class<T>(len: usize) -> (usize, usize) {
    let size = size_of::<T>();
    let octave = (len * size).ilog2() as usize;
    let step = 1usize << (octave - 3);
    let steps = (len * size).div_ceil(step);
    (octave * 8 + steps - 8, steps * step / size + ALIGN / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_block_is_used_again() {
        let pool = Pool::<f32>::new();
        let block = pool.take(10_000);
        let address = block.values.as_ptr();
        pool.put(block.values);
        assert!(pool.waiting_bytes() >= 40_000);
        assert_eq!(pool.take(10_010).values.as_ptr(), address);
        assert_eq!(pool.waiting_bytes(), 0);
    }

    #[test]
    fn data_are_aligned_and_have_room() {
        let pool = Pool::<f64>::new();
        for len in [512, 513, 1000, 4095, 4096, 4097, 100_003] {
            let block = pool.take(len);
            assert_eq!(block.values[block.start..].as_ptr() as usize % ALIGN, 0);
            assert!(block.values.len() - block.start >= len && block.values.len() < len + len / 8 + 16);
        }
    }

    #[test]
    fn classes_never_mix_sizes() {
        let mut seen = std::collections::HashMap::new();
        for len in 1024..20_000 {
            let (class, capacity) = size_class::<f32>(len);
            assert_eq!(*seen.entry(class).or_insert(capacity), capacity);
        }
    }

    #[test]
    fn changing_shapes_do_not_pile_up_memory() {
        let pool = Pool::<u8>::new();
        for len in (10_000..1_000_000).step_by(10_000) {
            pool.put(pool.take(len).values);
        }
        assert!(pool.waiting_bytes() < 4_000_000);
    }
}
