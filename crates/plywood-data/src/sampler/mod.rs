//! In which order, and how often, the samples of an epoch come.

mod by_length;
mod random;
mod sequential;
mod stratified;
mod weighted;

pub use by_length::ByLength;
pub use random::Random;
pub use sequential::Sequential;
pub use stratified::Stratified;
pub use weighted::Weighted;

use crate::Result;

/// Draws the indices of an epoch, as a pure function of its settings and the epoch's number.
pub trait Sampler: Send + Sync {
    /// The indices of epoch `epoch`, in order; the loader cuts them into batches of `batch_size`.
    ///
    /// # Errors
    /// If the sampler doesn't fit a set of `samples` samples.
    fn order(&self, samples: usize, batch_size: usize, epoch: u64) -> Result<Vec<usize>>;

    /// How many indices an epoch has, for a set of `samples` samples.
    fn drawn(&self, samples: usize) -> usize {
        samples
    }

    /// What the order depends on, in words: compared when an iteration is resumed.
    fn describe(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut order: Vec<usize>) -> Vec<usize> {
        order.sort();
        order
    }

    #[test]
    fn random_orders_are_permutations_that_change_with_the_epoch() {
        let order = |seed, epoch| Random::new(seed).order(50, 8, epoch).unwrap();
        assert_eq!(sorted(order(1, 0)), (0..50).collect::<Vec<_>>());
        assert_eq!(order(1, 3), order(1, 3));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
    }

    #[test]
    fn weighted_sampling_follows_the_weights() {
        let sampler = Weighted::new(vec![0.0, 1.0, 3.0], 4000, 5).unwrap();
        let order = sampler.order(3, 8, 0).unwrap();
        let count = |i| order.iter().filter(|&&x| x == i).count();
        assert_eq!((order.len(), count(0)), (4000, 0));
        // Binomial with p = 3/4: four standard deviations are 110.
        assert!((2890..=3110).contains(&count(2)), "{}", count(2));
        assert!(sampler.order(4, 8, 0).unwrap_err().to_string().contains("number of weights"));
        assert!(Weighted::new(vec![0.0, 0.0], 1, 0).is_err());
        assert!(Weighted::new(vec![1.0, -1.0], 1, 0).is_err());
        assert!(Weighted::new(vec![1.0, f64::NAN], 1, 0).is_err());
        assert!(Weighted::new(vec![], 1, 0).is_err());
    }

    #[test]
    fn stratified_batches_hold_each_class_in_proportion() {
        let labels: Vec<i64> = (0..120).map(|i| if i % 4 == 0 { 1 } else { 0 }).collect();
        let sampler = Stratified::new(labels.clone(), 9);
        let order = sampler.order(120, 12, 2).unwrap();
        assert_eq!(sorted(order.clone()), (0..120).collect::<Vec<_>>());
        for batch in order.chunks(12) {
            let ones = batch.iter().filter(|&&i| labels[i] == 1).count();
            assert!((2..=4).contains(&ones), "{ones}");
        }
        assert!(sampler.order(119, 12, 0).is_err());
        assert_ne!(order, sampler.order(120, 12, 3).unwrap());
    }

    #[test]
    fn batches_by_length_hold_neighbours_and_every_sample_once() {
        let lengths: Vec<usize> = (0..103).map(|i| i * 37 % 101).collect();
        let sampler = ByLength::new(lengths.clone(), 5, 1);
        let order = sampler.order(103, 10, 0).unwrap();
        assert_eq!(sorted(order.clone()), (0..103).collect::<Vec<_>>());
        let padding = |order: &[usize]| -> usize {
            order
                .chunks(10)
                .map(|b| {
                    let longest = b.iter().map(|&i| lengths[i]).max().unwrap();
                    b.iter().map(|&i| longest - lengths[i]).sum::<usize>()
                })
                .sum()
        };
        let shuffled = Random::new(1).order(103, 10, 0).unwrap();
        assert!(padding(&order) * 3 < padding(&shuffled), "{} {}", padding(&order), padding(&shuffled));
        assert_eq!(order.chunks(10).last().unwrap().len(), 3);
        assert!(sampler.order(5, 10, 0).is_err());
    }
}
