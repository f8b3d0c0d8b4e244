//! A part of a given size, drawn at random or class by class.

use std::collections::BTreeMap;

use super::{Parts, parts};
use crate::random::stream;
use crate::{Dataset, Error, Labelled, Result};

/// Holds out a random `fraction` of the samples: the rest and the held-out part, each in the order of the set.
///
/// ```
/// use plywood_data::{Dataset, Samples, split};
/// let (train, test) = split::random(Samples::from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.2, 0)?;
/// let (train, validation) = split::random(train, 0.5, 1)?;
/// assert_eq!((train.len(), validation.len(), test.len()), (4, 4, 2));
/// # Ok::<(), plywood_data::Error>(())
/// ```
///
/// # Errors
/// If `fraction` is not between 0 and 1, or either part would be empty.
pub fn random<D: Dataset + Clone>(dataset: D, fraction: f64, seed: u64) -> Result<Parts<D>> {
    let held = size(dataset.len(), fraction)?;
    let mut order = stream(&[seed]).permutation(dataset.len());
    order.truncate(held);
    order.sort_unstable();
    Ok(parts(dataset, order))
}

/// Holds out a `fraction` of the samples with each class in proportion: the rest and the held-out part, each in the
/// order of the set.
///
/// The size of the held-out part is the nearest whole number, and so is each class's share of it, by the method of
/// largest remainders.
///
/// # Errors
/// If `fraction` is not between 0 and 1, or either part would be empty.
pub fn stratified<D: Labelled + Clone>(dataset: D, fraction: f64, seed: u64) -> Result<Parts<D>> {
    let mut missing = size(dataset.len(), fraction)?;
    let mut classes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    dataset.labels().into_iter().enumerate().for_each(|(i, label)| classes.entry(label).or_default().push(i));
    // Whole parts first; what is missing goes to the largest remainders, ties to the lower class.
    let mut shares: Vec<(usize, f64)> = classes.values().map(|c| exact(c.len(), fraction)).collect();
    missing -= shares.iter().map(|(whole, _)| whole).sum::<usize>();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| shares[b].1.total_cmp(&shares[a].1));
    by_remainder.iter().take(missing).for_each(|&class| shares[class].0 += 1);
    let mut held = Vec::new();
    for ((&label, members), (share, _)) in classes.iter_mut().zip(shares) {
        stream(&[seed, label as u64]).shuffle(members);
        held.extend_from_slice(&members[..share]);
    }
    held.sort_unstable();
    Ok(parts(dataset, held))
}

/// The whole part of a fraction of `n`, and what remains.
fn exact(n: usize, fraction: f64) -> (usize, f64) {
    let share = n as f64 * fraction;
    (share.floor() as usize, share.fract())
}

/// How many of `n` samples a fraction is, where that leaves none of the two parts empty.
pub(super) fn size(n: usize, fraction: f64) -> Result<usize> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(Error::value("split", "fraction", "a number between 0 and 1", fraction));
    }
    match (n as f64 * fraction).round() as usize {
        held if held == 0 || held == n => {
            let got = format!("{held} of {n}");
            Err(Error::value("split", "samples held out", "at least one in each part", got))
        }
        held => Ok(held),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Samples, TensorDataset};
    use plywood_tensor::Tensor;

    fn labelled(labels: &[i64]) -> TensorDataset {
        TensorDataset::new(Tensor::zeros([labels.len(), 1]), Tensor::from(labels.to_vec())).unwrap()
    }

    proptest! {
        #[test]
        fn parts_are_disjoint_complete_and_in_proportion(
            labels in prop::collection::vec(0i64..4, 2..80),
            fraction in 0.05f64..0.95,
            seed: u64,
        ) {
            let set = labelled(&labels);
            let expected = (labels.len() as f64 * fraction).round() as usize;
            match stratified(&set, fraction, seed) {
                Err(_) => prop_assert!(expected == 0 || expected == labels.len()),
                Ok((rest, held)) => {
                    prop_assert_eq!(held.len(), expected);
                    let mut all = [rest.indices(), held.indices()].concat();
                    all.sort();
                    prop_assert!(all.into_iter().eq(0..labels.len()));
                    for class in 0..4 {
                        let n = labels.iter().filter(|&&l| l == class).count() as f64;
                        let share = held.labels().iter().filter(|&&l| l == class).count() as f64;
                        prop_assert!((share - n * fraction).abs() < 1.0 + 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let digits = crate::digits();
        let test = |seed| stratified(&digits, 0.2, seed).unwrap().1.indices().to_vec();
        assert_eq!(test(3), test(3));
        assert_ne!(test(3), test(4));
        let test = |seed| random(&digits, 0.2, seed).unwrap().1.indices().to_vec();
        assert_eq!((test(3), test(3).len()), (test(3), 359));
        assert_ne!(test(3), test(4));
    }

    #[test]
    fn empty_parts_and_odd_fractions_are_errors() {
        let error = |labels: &[i64], f| stratified(labelled(labels), f, 0).err().unwrap().to_string();
        assert_eq!(error(&[0, 1], 0.1), "split: samples held out: expected at least one in each part, got 0 of 2");
        assert!(error(&[], 0.5).contains("0 of 0"));
        assert!([0.0, 1.0, -0.1, f64::NAN].iter().all(|&f| error(&[0, 1], f).contains("between 0 and 1")));
        assert!(random(Samples::from([1]), 0.5, 0).is_err());
    }
}
