//! Threads that work through numbered tasks together with the one that asks.
//!
//! The calling thread begins at once and helpers join when they wake up. Whoever comes after the last task was taken
//! finds the door closed, so nobody waits for a thread that the system hasn't run yet: a call is as fast as the calling
//! thread alone, at worst, even where another program keeps the other processors busy.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};

use crate::scratch;

/// Set in [`Team::inside`] when all tasks have been taken.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// How often the caller looks for the last helper to leave before it sleeps: some 20 µs.
const SPINS: usize = 1 << 10;

/// Threads that are at work in all teams. A pool has one thread more than a caller from outside needs; without this
/// count it would join where tasks have tasks of their own, and all would take turns on too few processors.
static WORKING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is one of them.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Tasks and those who work at them.
struct Team {
    /// What the caller wants done; good for as long as a helper is inside.
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    /// Threads of the pool.
    threads: usize,
    /// For each member the next task of a range of its own; who is done goes on with the others' ranges. So a member's
    /// tasks lie side by side, and the same ones fall to it when a caller comes back.
    next: Vec<AtomicUsize>,
    /// Helpers at work, and [`CLOSED`].
    inside: AtomicUsize,
    caller: Thread,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `task` is used by those inside only, whom the caller, to whom it belongs, waits for; it may be called from any
// thread. All else may be shared anyhow.
unsafe impl Send for Team {}
// SAFETY: as above.
unsafe impl Sync for Team {}

/// Runs tasks `0..n` on this thread and others of the current pool.
#[inline(never)]
pub(crate) fn run(n: usize, task: &(dyn Fn(usize) + Sync)) {
    let threads = rayon::current_num_threads();
    let members = threads.min(n);
    // Where this is a task itself and all threads have theirs, whoever was woken would find nothing to do.
    let all_at_work = AT_WORK.get() && WORKING.load(Ordering::Relaxed) >= threads;
    if members <= 1 || all_at_work {
        return (0..n).for_each(task);
    }
    // SAFETY: only the lifetime is changed; the team's door is closed and all helpers have left when this call ends.
    let task =
        unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(task) };
    let team = Arc::new(Team {
        task,
        tasks: n,
        threads,
        next: (0..members).map(|i| AtomicUsize::new(i * n / members)).collect(),
        inside: AtomicUsize::new(0),
        caller: thread::current(),
        panic: Mutex::new(None),
    });
    let outermost = !AT_WORK.replace(true);
    if outermost {
        WORKING.fetch_add(1, Ordering::Relaxed);
    }
    for member in 1..members {
        let team = team.clone();
        rayon::spawn(move || team.help(member));
    }
    team.work(0);
    if outermost {
        AT_WORK.set(false);
        WORKING.fetch_sub(1, Ordering::Relaxed);
    }
    team.close();
    let panic = team.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

impl Team {
    /// Takes tasks until there are none; what panics is kept for the caller.
    fn work(&self, member: usize) {
        let members = self.next.len();
        let result = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the caller is inside until all helpers have left, and so is whoever calls this.
            let task = unsafe { &*self.task };
            for range in (0..members).map(|i| (member + i) % members) {
                let end = (range + 1) * self.tasks / members;
                loop {
                    let i = self.next[range].fetch_add(1, Ordering::Relaxed);
                    if i >= end {
                        break;
                    }
                    task(i);
                }
            }
        }));
        if let Err(panic) = result {
            self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
    }

    /// What a helper does.
    fn help(&self, member: usize) {
        if AT_WORK.get() || self.inside.load(Ordering::Relaxed) & CLOSED != 0 {
            return;
        }
        if self.inside.fetch_add(1, Ordering::Acquire) & CLOSED == 0 {
            if WORKING.fetch_add(1, Ordering::Relaxed) < self.threads {
                AT_WORK.set(true);
                scratch::take_over();
                self.work(member);
                scratch::leave();
                AT_WORK.set(false);
            }
            WORKING.fetch_sub(1, Ordering::Relaxed);
        }
        if self.inside.fetch_sub(1, Ordering::Release) == CLOSED + 1 {
            self.caller.unpark();
        }
    }

    /// Lets nobody in any more and waits for those inside.
    fn close(&self) {
        self.inside.fetch_or(CLOSED, Ordering::Acquire);
        let mut spins = 0;
        while self.inside.load(Ordering::Acquire) != CLOSED {
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                thread::park();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_runs_once() {
        for n in [0, 1, 2, 3, 17, 1000] {
            let counts: Vec<AtomicUsize> = (0..n).map(|_| AtomicUsize::new(0)).collect();
            run(n, &|i| {
                counts[i].fetch_add(1, Ordering::Relaxed);
            });
            assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "{n} tasks");
        }
    }

    #[test]
    fn tasks_may_have_tasks() {
        let count = AtomicUsize::new(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads for a test");
        pool.install(|| {
            run(20, &|_| {
                run(20, &|_| {
                    count.fetch_add(1, Ordering::Relaxed);
                });
            });
        });
        assert_eq!(count.into_inner(), 400);
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let result = catch_unwind(|| run(100, &|i| assert!(i != 70, "task 70")));
        let message = result.expect_err("task 70 panics");
        assert_eq!(message.downcast_ref::<&str>(), Some(&"task 70"));
    }
}
