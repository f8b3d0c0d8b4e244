//! Parts of a data set: training, validation and test, and folds.

mod folds;
mod fraction;
mod time_series;

pub use folds::{grouped, grouped_k_fold, k_fold, stratified_k_fold};
pub use fraction::{random, stratified};
pub use time_series::{last, time_series};

use crate::{Dataset, Subset};

/// A data set cut in two.
pub type Parts<D> = (Subset<D>, Subset<D>);

/// The complement of `held` within `0..n`, both as subsets of `dataset`: the rest first.
fn parts<D: Dataset + Clone>(dataset: D, held: Vec<usize>) -> Parts<D> {
    let mut is_held = vec![false; dataset.len()];
    held.iter().for_each(|&i| is_held[i] = true);
    let rest: Vec<usize> = (0..dataset.len()).filter(|&i| !is_held[i]).collect();
    (Subset::unchecked(dataset.clone(), rest.into()), Subset::unchecked(dataset, held.into()))
}
