//! Data sets made of other data sets; see the methods of [`Dataset`](crate::Dataset).

mod batched;
mod cache;
mod concat;
mod map;
mod subset;
mod window;
mod zip;

pub use batched::Batched;
pub use cache::Cache;
pub use concat::Concat;
pub use map::Map;
pub use subset::{Filter, Shuffle, Subset};
pub use window::Window;
pub use zip::Zip;

#[cfg(test)]
mod tests {
    use crate::{Dataset, Result, Samples};

    fn numbers(n: i64) -> Samples<i64> {
        (0..n).collect()
    }

    fn all<D: Dataset>(set: &D) -> Result<Vec<D::Item>> {
        (0..set.len()).map(|i| set.get(i)).collect()
    }

    #[test]
    fn combinators_compose() {
        let set = numbers(10).filter(|x| x % 2 == 0).unwrap().map(|x| Ok(x * 10)).concat(numbers(2)).skip(1).take(5);
        assert_eq!(all(&set).unwrap(), [20, 40, 60, 80, 0]);
        assert!(set.get(5).unwrap_err().to_string().contains("less than the 5 samples, got 5"));
        assert_eq!(set.batch(&[4, 0]).unwrap().to_vec(), [0, 20]);
    }

    #[test]
    fn shuffling_permutes_and_depends_on_the_seed_alone() {
        let shuffled = |seed| all(&numbers(100).shuffle(seed)).unwrap();
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(1);
        sorted.sort();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert!(all(&numbers(0).shuffle(1)).unwrap().is_empty());
    }

    #[test]
    fn zip_wants_equal_lengths() {
        assert_eq!(numbers(3).zip(Samples::from(vec!["a", "b", "c"])).unwrap().get(1).unwrap(), (1, "b"));
        let error = numbers(3).zip(numbers(2)).err().unwrap().to_string();
        assert_eq!(error, "zip: length of the second set: expected 3, as the first, got 2");
    }

    #[test]
    fn batches_and_windows_are_samples() {
        let batches = numbers(5).batched(2).unwrap();
        assert_eq!(batches.len(), 3);
        assert_eq!(batches.get(2).unwrap().to_vec(), [4]);
        assert!(batches.get(3).is_err() && numbers(5).batched(0).is_err());
        let windows = numbers(7).window(3, 2).unwrap();
        assert_eq!(all(&windows).unwrap(), [[0, 1, 2], [2, 3, 4], [4, 5, 6]]);
        assert!(
            numbers(2).window(3, 1).is_err() && numbers(2).window(1, 0).is_err() && numbers(2).window(0, 1).is_err()
        );
    }

    #[test]
    fn a_cache_asks_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let calls = AtomicUsize::new(0);
        let set = numbers(4).map(|x| {
            calls.fetch_add(1, Ordering::Relaxed);
            if x == 3 { Err(crate::Error::state("test", "no")) } else { Ok(x) }
        });
        let set = set.cache();
        assert_eq!((set.get(1).unwrap(), set.get(1).unwrap(), set.get(2).unwrap()), (1, 1, 2));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        assert!(set.get(3).is_err() && set.get(3).is_err() && set.get(4).is_err());
    }

    #[test]
    fn subsets_check_their_indices() {
        let error = numbers(3).subset(vec![0, 3]).err().unwrap().to_string();
        assert_eq!(error, "subset: index 1: expected less than the 3 samples, got 3");
        assert_eq!(all(&numbers(3).subset(vec![2, 2, 0]).unwrap()).unwrap(), [2, 2, 0]);
    }
}
