//! Worker threads that make batches ahead of their use, in order and not too far ahead.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::batches::Plan;
use crate::{Error, Result};

/// Running workers and the batches that they have finished.
pub(crate) struct Prefetch<B> {
    shared: Arc<Shared<B>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<B> {
    state: Mutex<State<B>>,
    /// Signalled when there is room for another batch, or no more are wanted.
    room: Condvar,
    /// Signalled when a batch is finished.
    ready: Condvar,
}

/// Batches `first .. first + window` may be made or wait; those before are gone.
struct State<B> {
    /// The batch that is handed out next.
    first: usize,
    /// The batch that a worker takes on next.
    next: usize,
    /// One more than the last batch; lowered to stop.
    end: usize,
    window: usize,
    /// Finished batches; the front is number `first`.
    slots: VecDeque<Option<Result<B>>>,
}

impl<B> Shared<B> {
    fn lock(&self) -> MutexGuard<'_, State<B>> {
        // Nothing panics while holding the lock, and a half-done state is none: every change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a batch to take on; none when all are taken or no more are wanted.
    fn take_on(&self) -> Option<usize> {
        let state = self.lock();
        let wait = |s: &mut State<B>| s.next < s.end && s.next >= s.first + s.window;
        let mut state = self.room.wait_while(state, wait).unwrap_or_else(PoisonError::into_inner);
        if state.next >= state.end {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn finish(&self, number: usize, result: Result<B>) {
        let mut state = self.lock();
        if result.is_err() {
            // Nothing after an error is handed out, so nothing after it need be made.
            state.end = state.end.min(number + 1);
            self.room.notify_all();
        }
        let slot = number - state.first;
        while state.slots.len() <= slot {
            state.slots.push_back(None);
        }
        state.slots[slot] = Some(result);
        self.ready.notify_all();
    }
}

/// What a worker does from start to end.
type Job<'a> = Arc<dyn Fn() + Send + Sync + 'a>;

/// How many workers there are and how they are started.
#[derive(Clone, Copy)]
pub(crate) struct Threads<'a> {
    pub(crate) workers: usize,
    /// How many batches may be in the making or wait.
    pub(crate) window: usize,
    /// Always [`spawn`], which exists for `'static` jobs alone: so a loader that borrows its data can't have workers,
    /// and yet the code between here and there need not know whether it does.
    pub(crate) spawn: fn(Job<'a>) -> JoinHandle<()>,
}

/// Starts a thread.
pub(crate) fn spawn(job: Job<'static>) -> JoinHandle<()> {
    thread::spawn(move || job())
}

impl<B: Send> Prefetch<B> {
    /// Starts workers on the batches of `plan` from number `first` on.
    pub(crate) fn start<'a>(plan: Plan<'a, B>, first: usize, threads: Threads<'a>) -> Self
    where
        B: 'a,
    {
        let state = State { first, next: first, end: plan.len(), window: threads.window, slots: VecDeque::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), room: Condvar::new(), ready: Condvar::new() });
        let job: Job = {
            let shared = shared.clone();
            Arc::new(move || work(&shared, &plan))
        };
        let threads = (0..threads.workers).map(|_| (threads.spawn)(job.clone())).collect();
        Self { shared, threads }
    }
}

impl<B> Prefetch<B> {
    /// Waits for batch `number`, which must be asked for in turn.
    pub(crate) fn next(&mut self, number: usize) -> Result<B> {
        let mut state = self.shared.lock();
        debug_assert_eq!(number, state.first);
        loop {
            if let Some(result) = state.slots.front_mut().and_then(Option::take) {
                state.slots.pop_front();
                state.first += 1;
                self.shared.room.notify_all();
                return result;
            }
            state = self.shared.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<B> Drop for Prefetch<B> {
    fn drop(&mut self) {
        self.shared.lock().end = 0;
        self.shared.room.notify_all();
        for thread in self.threads.drain(..) {
            // A worker catches its panics, so there is nothing to hear from it.
            let _ = thread.join();
        }
    }
}

fn work<B>(shared: &Shared<B>, plan: &Plan<'_, B>) {
    while let Some(number) = shared.take_on() {
        let result = catch_unwind(AssertUnwindSafe(|| plan.fetch(number)));
        let result = result.unwrap_or_else(|panic| Err(Error::state("data loader", message(&*panic))));
        let failed = result.is_err();
        shared.finish(number, result);
        if failed {
            return;
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a worker panicked: {}", text.unwrap_or("(no message)"))
}
