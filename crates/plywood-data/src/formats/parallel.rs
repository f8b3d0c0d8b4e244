//! Jobs on all cores, with a progress bar: for reading many small files.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::Result;
use crate::progress::{Progress, bar};

/// What the threads share.
struct Shared<J, B> {
    jobs: J,
    bar: B,
    done: u64,
    /// The failure of the first job, in their order, that failed.
    failure: Option<(usize, crate::Error)>,
}

/// Does `work` for each of the jobs on as many threads as there are cores, and draws a bar called `name` if standard error
/// is a terminal.
///
/// # Errors
/// That of the first job in their order that fails, for any number of threads; no new ones are begun then.
pub(super) fn for_each<T: Send>(
    name: &str,
    jobs: impl ExactSizeIterator<Item = T> + Send,
    work: impl Fn(T) -> Result<()> + Sync,
) -> Result<()> {
    let total = jobs.len() as u64;
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len());
    let shared = Mutex::new(Shared { jobs: jobs.enumerate(), bar: bar(), done: 0, failure: None });
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || loop {
        // Jobs are handed out in order: when one has failed, all before it are done or on their way.
        let next = || {
            let mut shared = lock();
            if shared.failure.is_some() { None } else { shared.jobs.next() }
        };
        let Some((index, job)) = next() else { return };
        let result = work(job);
        let mut shared = lock();
        match result {
            Ok(()) => {
                shared.done += 1;
                let done = shared.done;
                (shared.bar)(&Progress { file: name, done, total });
            }
            Err(error) if shared.failure.as_ref().is_none_or(|(first, _)| index < *first) => {
                shared.failure = Some((index, error));
            }
            Err(_) => {}
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(run)));
        run();
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    shared.failure.map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn all_jobs_are_done_and_the_first_failure_is_told() {
        let mut squares = [0; 100];
        let square = |(i, out): (usize, &mut usize)| {
            *out = i * i;
            Ok(())
        };
        for_each("squares", squares.iter_mut().enumerate(), square).unwrap();
        assert!(squares.iter().enumerate().all(|(i, square)| *square == i * i));

        // The failure that comes first in time is made the last one in order.
        let fail = |i: usize| {
            if i % 10 != 7 {
                return Ok(());
            }
            thread::sleep(std::time::Duration::from_millis(if i == 7 { 20 } else { 0 }));
            Err(Error::state("job", i.to_string()))
        };
        assert_eq!(for_each("failures", 0..100, fail).unwrap_err().to_string(), "job: 7");
        for_each("none", 0..0, |_: i32| Err(Error::state("job", "never begun"))).unwrap();
    }
}
