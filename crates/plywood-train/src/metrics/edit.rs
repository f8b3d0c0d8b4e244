//! How many changes turn one sequence into another.

use plywood_tensor::{Scalar, Tensor};

use super::{Better, Metric, Update, fixed};
use crate::{Error, Result};

/// The least number of insertions, deletions and replacements that turn `a` into `b` (Levenshtein 1966), by dynamic
/// programming over one row (Wagner and Fischer 1974).
///
/// ```
/// use plywood_train::metrics::edit_distance;
///
/// let letters = |word: &str| word.chars().collect::<Vec<_>>();
/// assert_eq!(edit_distance(&letters("kitten"), &letters("sitting")), 3);
/// ```
pub fn edit_distance<X: PartialEq>(a: &[X], b: &[X]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Edits a token of truth: the word or character error rate of recognised text.
///
/// Feed it sequences with [`add`](Self::add), or as a metric the scores `[n, c, t]` of a model and labels `[n, t]`,
/// of which those equal to `pad` are left out on both sides.
#[derive(Clone, Debug)]
pub struct EditDistance {
    edits: f64,
    length: f64,
    pad: i64,
}

impl EditDistance {
    /// Nothing seen yet; `pad` is the label that is no token.
    pub fn new(pad: i64) -> Self {
        Self { edits: 0.0, length: 0.0, pad }
    }

    /// Takes in one recognised sequence and the true one.
    pub fn add<X: PartialEq>(&mut self, recognised: &[X], truth: &[X]) {
        self.edits += edit_distance(recognised, truth) as f64;
        self.length += truth.len() as f64;
    }
}

impl Metric for EditDistance {
    fn name(&self) -> String {
        "edit distance".into()
    }

    fn better(&self) -> Better {
        Better::Lower
    }

    fn value(&self) -> f64 {
        self.edits / self.length
    }

    fn reset(&mut self) {
        (self.edits, self.length) = (0.0, 0.0);
    }

    fn state(&self) -> Vec<f64> {
        vec![self.edits, self.length]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        [self.edits, self.length] = fixed("edit distance", state)?;
        Ok(())
    }
}

impl<T: Scalar> Update<T> for EditDistance {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        let [n, classes, steps] = output.dims("edit distance", "[n, c, t]")?;
        if target.shape() != &[n, steps] {
            return Err(Error::shape("edit distance", "target", format!("[{n}, {steps}]"), target.shape()));
        }
        let (scores, labels) = (output.to_vec(), target.to_vec());
        for i in 0..n {
            let score = |k: usize, t: usize| scores[(i * classes + k) * steps + t].to_f64();
            let best = |t: usize| (1..classes).fold(0, |best, k| if score(k, t) > score(best, t) { k } else { best });
            let kept = |tokens: &mut dyn Iterator<Item = i64>| tokens.filter(|&x| x != self.pad).collect::<Vec<_>>();
            let recognised = kept(&mut (0..steps).map(|t| best(t) as i64));
            let truth = kept(&mut labels[i * steps..(i + 1) * steps].iter().copied());
            self.add(&recognised, &truth);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_to_nothing_are_lengths() {
        assert_eq!(edit_distance(&[1, 2, 3], &[]), 3);
        assert_eq!(edit_distance::<i64>(&[], &[]), 0);
        assert_eq!(edit_distance(&[1, 2, 3], &[2, 3, 4]), 2);
    }

    #[test]
    fn the_rows_agree_with_the_definition() {
        fn defined(a: &[usize], b: &[usize]) -> usize {
            let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) else { return a.len() + b.len() };
            let replaced = defined(a_rest, b_rest) + usize::from(x != y);
            replaced.min(defined(a_rest, b) + 1).min(defined(a, b_rest) + 1)
        }
        let mut random = plywood_tensor::Stream::new(0);
        let mut word = || (0..random.below(7)).map(|_| random.below(3)).collect::<Vec<_>>();
        for _ in 0..200 {
            let (a, b) = (word(), word());
            assert_eq!(edit_distance(&a, &b), defined(&a, &b), "{a:?} to {b:?}");
        }
    }

    #[test]
    fn padding_is_left_out() {
        // Two steps of three classes; class 0 is padding. Recognised: 1, 2. True: 1.
        let scores = Tensor::from_vec([1, 3, 2], vec![0.0f32, 0.0, 1.0, 0.0, 0.0, 1.0]).unwrap();
        let mut metric = EditDistance::new(0);
        metric.update(&scores, &Tensor::from([[1i64, 0]])).unwrap();
        assert_eq!(metric.value(), 1.0);
    }
}
