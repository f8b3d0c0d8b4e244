//! The loader as a user meets it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood_tensor::Tensor;
use proptest::prelude::*;

use crate::{Batch, DataLoader, Dataset, Error, Position, Result, Sample, Samples, digits};

fn numbers(n: i64) -> Samples<i64> {
    (0..n).collect()
}

fn values<'a>(batches: impl Iterator<Item = Result<Tensor<i64>>> + 'a) -> Vec<Vec<i64>> {
    batches.map(|batch| batch.unwrap().to_vec()).collect()
}

fn error<B>(batches: impl IntoIterator<Item = Result<B>>) -> String {
    let mut batches = batches.into_iter();
    let error = batches.next().unwrap().err().unwrap().to_string();
    assert!(batches.next().is_none(), "an error ends the iteration");
    error
}

#[test]
fn in_order_without_settings() {
    let loader = DataLoader::new(numbers(3));
    assert_eq!(loader.len(), 3);
    assert_eq!(values(loader.iter()), [[0], [1], [2]]);
}

#[test]
fn the_last_batch_is_smaller_or_dropped() {
    let set = numbers(5);
    let loader = DataLoader::new(&set).batch_size(2);
    assert_eq!((loader.len(), values(loader.iter())), (3, vec![vec![0, 1], vec![2, 3], vec![4]]));
    let loader = loader.drop_last(true);
    assert_eq!((loader.len(), values(loader.iter())), (2, vec![vec![0, 1], vec![2, 3]]));
    assert_eq!(values(DataLoader::new(&set).batch_size(9).iter()), [[0, 1, 2, 3, 4]]);
}

#[test]
fn each_epoch_has_an_order_of_its_own() {
    let loader = DataLoader::new(numbers(20)).batch_size(20).shuffle(1);
    let (first, second) = (values(loader.iter()), values(loader.iter()));
    assert_ne!(first, second);
    assert_eq!(first, values(loader.epoch(0)));
    assert_eq!(second, values(loader.epoch(1)));
    assert_ne!(first, values(DataLoader::new(numbers(20)).batch_size(20).shuffle(2).epoch(0)));
}

#[test]
fn empty_sets_and_batches_are_errors() {
    assert_eq!(
        error(DataLoader::new(numbers(0)).batch_size(4).iter()),
        "data loader: data set: expected at least one sample, got an empty set"
    );
    assert_eq!(
        error(DataLoader::new(numbers(3)).batch_size(0).iter()),
        "data loader: batch size: expected at least 1, got 0"
    );
    let too_few = error(DataLoader::new(numbers(3)).batch_size(4).drop_last(true).iter());
    assert!(too_few.contains("at least one batch of 4 samples"), "{too_few}");
}

#[test]
fn a_set_in_memory_gives_images_and_labels() {
    let train = digits();
    let batch: Batch = DataLoader::new(&train).batch_size(64).shuffle(3).iter().next().unwrap().unwrap();
    assert_eq!(batch.input.shape(), &[64, 1, 8, 8]);
    assert_eq!((batch.target.shape(), batch.len()), (&[64].into(), 64));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn workers_and_interruptions_change_nothing(
        n in 1i64..60, size in 1usize..9, workers in 1usize..4, prefetch in 1usize..5, stop in 0usize..20, seed: u64,
    ) {
        let loader = || DataLoader::new(numbers(n)).batch_size(size).shuffle(seed);
        let expected = values(loader().epoch(2));
        let busy = loader().workers(workers).prefetch(prefetch);
        prop_assert_eq!(&values(busy.epoch(2)), &expected);

        let stop = stop.min(expected.len());
        let mut before = busy.epoch(2);
        let mut seen: Vec<Vec<i64>> = before.by_ref().take(stop).map(|b| b.unwrap().to_vec()).collect();
        let position: Position = before.position().to_string().parse().unwrap();
        let resumed = loader();
        let rest = resumed.resume(&position).unwrap();
        if stop == expected.len() {
            prop_assert_eq!((position.epoch, position.batch), (3, 0));
        } else {
            seen.extend(values(rest));
            prop_assert_eq!(&seen, &expected);
            prop_assert_eq!(values(resumed.iter()), values(loader().epoch(3)));
        }
    }
}

#[test]
fn a_position_of_another_loader_is_refused() {
    let position = DataLoader::new(numbers(9)).batch_size(2).shuffle(1).epoch(0).position();
    let refused = |loader: DataLoader<Tensor<i64>>| loader.resume(&position).err().unwrap().to_string();
    assert_eq!(
        refused(DataLoader::new(numbers(9)).batch_size(3).shuffle(1)),
        "resume: batch size: expected 2, as when the position was saved, got 3"
    );
    assert!(refused(DataLoader::new(numbers(8)).batch_size(2).shuffle(1)).contains("samples"));
    assert!(refused(DataLoader::new(numbers(9)).batch_size(2).shuffle(2)).contains("order"));
}

/// Fails in its own way at one index.
struct Faulty(fn() -> Result<i64>);

impl Dataset for Faulty {
    type Item = i64;
    fn len(&self) -> usize {
        10
    }
    fn get(&self, index: usize) -> Result<i64> {
        if index == 6 { (self.0)() } else { Ok(index as i64) }
    }
}

#[test]
fn an_error_or_panic_ends_the_iteration_in_its_place() {
    let fails: fn() -> Result<i64> = || Err(Error::state("test", "no such picture"));
    for workers in [0, 1, 3] {
        let mut batches = DataLoader::new(Faulty(fails)).batch_size(2).workers(workers).iter();
        assert_eq!(values(batches.by_ref().take(3)), [[0, 1], [2, 3], [4, 5]]);
        assert_eq!(error(batches), "epoch 0, batch 3: test: no such picture");
    }
    let panics: fn() -> Result<i64> = || panic!("a hole in picture {}", 6);
    for workers in [1, 3] {
        let mut batches = DataLoader::new(Faulty(panics)).batch_size(2).workers(workers).iter();
        assert_eq!(values(batches.by_ref().take(3)), [[0, 1], [2, 3], [4, 5]]);
        assert_eq!(error(batches), "epoch 0, batch 3: data loader: a worker panicked: a hole in picture 6");
    }
}

#[test]
fn workers_run_ahead_by_no_more_than_asked() {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = made.clone();
    let set = numbers(100).map(move |x| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(x)
    });
    let mut batches = DataLoader::new(set).workers(2).prefetch(3).iter();
    batches.next().unwrap().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(30));
    assert!(made.load(Ordering::SeqCst) <= 4);
    drop(batches);
    assert!(made.load(Ordering::SeqCst) <= 4, "dropping the iterator stops the workers");
}

#[test]
fn transforms_know_epoch_and_indices() {
    let samples: Samples<Sample<f32, i64>> = (0..6).map(|i| Sample { input: i as f32, target: i }).collect();
    let loader = DataLoader::new(samples).batch_size(2).shuffle(4).map(|batch, info| {
        assert_eq!(batch.target.to_vec(), info.indices.iter().map(|&i| i as i64).collect::<Vec<_>>());
        Ok((info.epoch, info.number))
    });
    let loader = loader.workers(2);
    assert_eq!(loader.epoch(5).map(Result::unwrap).collect::<Vec<_>>(), [(5, 0), (5, 1), (5, 2)]);
}
