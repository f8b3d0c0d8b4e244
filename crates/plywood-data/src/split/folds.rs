//! Cross-validation: every sample is held out once.

use std::collections::BTreeMap;

use super::{Parts, parts};
use crate::random::stream;
use crate::{Dataset, Error, Labelled, Result};

/// `k` folds in random order: for each, the rest and the fold itself.
///
/// ```
/// use plywood_data::{Dataset, Samples, split};
/// for (train, test) in split::k_fold(Samples::from([1, 2, 3, 4, 5, 6, 7]), 3, 0)? {
///     assert!(test.len() == 2 || test.len() == 3);
///     assert_eq!(train.len() + test.len(), 7);
/// }
/// # Ok::<(), plywood_data::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two folds, or fewer samples than folds.
pub fn k_fold<D: Dataset + Clone>(dataset: D, k: usize, seed: u64) -> Result<Vec<Parts<D>>> {
    check(k, dataset.len(), "samples")?;
    let order = stream(&[seed]).permutation(dataset.len());
    Ok(deal(dataset, k, order.into_iter()))
}

/// `k` folds in random order, each with the classes in proportion.
///
/// # Errors
/// If there are fewer than two folds, or a class has fewer samples than there are folds.
pub fn stratified_k_fold<D: Labelled + Clone>(dataset: D, k: usize, seed: u64) -> Result<Vec<Parts<D>>> {
    let mut classes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    dataset.labels().into_iter().enumerate().for_each(|(i, label)| classes.entry(label).or_default().push(i));
    check(k, dataset.len(), "samples")?;
    for (&label, members) in &mut classes {
        check(k, members.len(), &format!("samples of class {label}"))?;
        stream(&[seed, label as u64]).shuffle(members);
    }
    // Dealt class after class like cards, so that every fold gets its share of each and sizes differ by one at most.
    Ok(deal(dataset, k, classes.into_values().flatten()))
}

/// `k` folds in which all samples of a group stay together: no patient, speaker or user on both sides.
///
/// Groups go, largest first, to the fold that is smallest then, so that sizes come out about equal.
///
/// # Errors
/// If there are fewer than two folds, fewer groups than folds, or not one group a sample.
pub fn grouped_k_fold<D: Dataset + Clone>(dataset: D, groups: &[i64], k: usize) -> Result<Vec<Parts<D>>> {
    let members = members(&dataset, groups)?;
    check(k, members.len(), "groups")?;
    let mut by_size: Vec<&Vec<usize>> = members.values().collect();
    by_size.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut folds = vec![Vec::new(); k];
    for group in by_size {
        let smallest = folds.iter_mut().min_by_key(|fold| fold.len()).expect("at least two folds");
        smallest.extend_from_slice(group);
    }
    Ok(folds.into_iter().map(|fold| held(dataset.clone(), fold)).collect())
}

/// Holds out whole groups, in random order, until they are `fraction` of the samples or the least more.
///
/// # Errors
/// If `fraction` is not between 0 and 1, there is not one group a sample, or either part would be empty.
pub fn grouped<D: Dataset + Clone>(dataset: D, groups: &[i64], fraction: f64, seed: u64) -> Result<Parts<D>> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(Error::value("split", "fraction", "a number between 0 and 1", fraction));
    }
    let mut members: Vec<Vec<usize>> = members(&dataset, groups)?.into_values().collect();
    stream(&[seed]).shuffle(&mut members);
    let (enough, mut held_out) = (dataset.len() as f64 * fraction, Vec::new());
    for group in members {
        if held_out.len() as f64 >= enough {
            break;
        }
        held_out.extend(group);
    }
    if held_out.is_empty() || held_out.len() == dataset.len() {
        let got = format!("{} of {} samples", held_out.len(), dataset.len());
        return Err(Error::value("split", "groups held out", "at least one group in each part", got));
    }
    Ok(held(dataset, held_out))
}

fn members<D: Dataset>(dataset: &D, groups: &[i64]) -> Result<BTreeMap<i64, Vec<usize>>> {
    if groups.len() != dataset.len() {
        let expected = format!("{}, one a sample", dataset.len());
        return Err(Error::value("split", "number of groups", expected, groups.len()));
    }
    let mut members: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(i, &group)| members.entry(group).or_default().push(i));
    Ok(members)
}

fn check(k: usize, n: usize, of: &str) -> Result<()> {
    if k < 2 {
        return Err(Error::value("k-fold", "number of folds", "at least 2", k));
    }
    if n < k {
        return Err(Error::value("k-fold", of, format!("at least {k}, one a fold"), n));
    }
    Ok(())
}

fn deal<D: Dataset + Clone>(dataset: D, k: usize, order: impl Iterator<Item = usize>) -> Vec<Parts<D>> {
    let mut folds = vec![Vec::new(); k];
    order.enumerate().for_each(|(place, i)| folds[place % k].push(i));
    folds.into_iter().map(|fold| held(dataset.clone(), fold)).collect()
}

fn held<D: Dataset + Clone>(dataset: D, mut fold: Vec<usize>) -> Parts<D> {
    fold.sort_unstable();
    parts(dataset, fold)
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

    /// Checks that each sample is held out once and returns the held-out indices.
    fn folds<D: Dataset>(folds: Vec<Parts<D>>, n: usize) -> Vec<Vec<usize>> {
        let mut all = Vec::new();
        for (rest, fold) in &folds {
            let mut both = [rest.indices(), fold.indices()].concat();
            both.sort();
            assert!(both.into_iter().eq(0..n));
            all.extend_from_slice(fold.indices());
        }
        all.sort();
        assert!(all.into_iter().eq(0..n));
        folds.into_iter().map(|(_, fold)| fold.indices().to_vec()).collect()
    }

    proptest! {
        #[test]
        fn folds_hold_each_sample_once(labels in prop::collection::vec(0i64..3, 6..60), k in 2usize..6, seed: u64) {
            let (set, n) = (labelled(&labels), labels.len());
            let sizes: Vec<usize> = folds(k_fold(&set, k, seed).unwrap(), n).iter().map(Vec::len).collect();
            prop_assert!(sizes.iter().all(|&s| s == n / k || s == n / k + 1));
            let count = |fold: &[usize], class| fold.iter().filter(|&&i| labels[i] == class).count();
            let all: Vec<usize> = (0..n).collect();
            match stratified_k_fold(&set, k, seed) {
                Ok(stratified) => for fold in folds(stratified, n) {
                    prop_assert!(fold.len() == n / k || fold.len() == n / k + 1);
                    for class in 0..3 {
                        let n = count(&all, class);
                        prop_assert!(count(&fold, class) == n / k || count(&fold, class) == n / k + 1);
                    }
                },
                Err(_) => prop_assert!((0..3).any(|class| (1..k).contains(&count(&all, class)))),
            }
            let groups = &labels;
            if let Ok(grouped) = grouped_k_fold(&set, groups, 2) {
                for fold in folds(grouped, n) {
                    prop_assert!((0..3).all(|g| [0, count(&all, g)].contains(&count(&fold, g))));
                }
            }
            if let Ok((_, held)) = grouped(&set, groups, 0.3, seed) {
                prop_assert!((0..3).all(|g| [0, count(&all, g)].contains(&count(held.indices(), g))));
                prop_assert!(held.len() as f64 >= 0.3 * n as f64);
            }
        }
    }

    #[test]
    fn folds_larger_than_the_data_are_errors() {
        let error = |k| k_fold(Samples::from([1, 2, 3]), k, 0).err().unwrap().to_string();
        assert_eq!(error(4), "k-fold: samples: expected at least 4, one a fold, got 3");
        assert_eq!(error(1), "k-fold: number of folds: expected at least 2, got 1");
        let error = stratified_k_fold(labelled(&[0, 0, 1]), 2, 0).err().unwrap().to_string();
        assert_eq!(error, "k-fold: samples of class 1: expected at least 2, one a fold, got 1");
        assert!(grouped_k_fold(Samples::from([1, 2, 3]), &[0, 0, 0], 2).is_err());
        assert!(grouped_k_fold(Samples::from([1, 2, 3]), &[0, 1], 2).is_err());
        assert!(grouped(Samples::from([1, 2]), &[0, 0], 0.5, 0).is_err());
        assert!(grouped(Samples::from([1, 2]), &[0, 1], 1.5, 0).is_err());
    }
}
