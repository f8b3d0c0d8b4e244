//! How well scores put positives before negatives: ROC and precision over recall.

use plywood_tensor::{Scalar, Tensor};

use super::classes::Classified;
use super::{Better, Metric, Update};
use crate::{Error, Result};

/// Scores of class 1 and whether each sample is of it, in order of falling score.
type Ranked = Vec<(f64, bool)>;

/// The score of a sample is its logit of class 1 over class 0, so `[n, 2]` and `[n, 1]` outputs rank alike.
fn scored<T: Scalar>(op: &'static str, output: &Tensor<T>, target: &Tensor<i64>) -> Result<Ranked> {
    let batch = Classified::new(op, output, target, None)?;
    if batch.classes() != 2 {
        return Err(Error::shape(op, "classes", "2, or one logit", batch.classes()));
    }
    Ok(batch.samples().map(|(label, scores)| (scores.get(1) - scores.get(0), label == 1)).collect())
}

/// Positives and negatives with at least each score that occurs, from the highest score down; starts at `[0, 0]`.
fn cumulative(samples: &Ranked) -> Vec<[f64; 2]> {
    let mut sorted = samples.clone();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps = vec![[0.0, 0.0]];
    for (i, &(score, positive)) in sorted.iter().enumerate() {
        let [p, n] = steps[steps.len() - 1];
        let now = if positive { [p + 1.0, n] } else { [p, n + 1.0] };
        // Samples of equal score can't be told apart by any threshold, so they make one step.
        if i > 0 && sorted[i - 1].0 == score {
            steps.pop();
        }
        steps.push(now);
    }
    steps
}

/// The ROC curve as `[false positive rate, true positive rate]`, from `[0, 0]` to `[1, 1]`, one point a threshold.
///
/// # Errors
/// If output and target don't fit together, or there aren't samples of both classes.
pub fn roc_curve<T: Scalar>(output: &Tensor<T>, target: &Tensor<i64>) -> Result<Vec<[f64; 2]>> {
    let steps = cumulative(&scored("roc_curve", output, target)?);
    let [positives, negatives] = steps[steps.len() - 1];
    if positives == 0.0 || negatives == 0.0 {
        let got = format!("{positives} of class 1 and {negatives} of class 0");
        return Err(Error::value("roc_curve", "samples", "some of both classes", got));
    }
    Ok(steps.into_iter().map(|[p, n]| [n / negatives, p / positives]).collect())
}

/// Precision over recall as `[recall, precision]`, by rising recall; starts at recall 0 with precision 1.
///
/// # Errors
/// If output and target don't fit together, or there is no sample of class 1.
pub fn precision_recall_curve<T: Scalar>(output: &Tensor<T>, target: &Tensor<i64>) -> Result<Vec<[f64; 2]>> {
    let steps = cumulative(&scored("precision_recall_curve", output, target)?);
    let positives = steps[steps.len() - 1][0];
    if positives == 0.0 {
        return Err(Error::value("precision_recall_curve", "samples", "some of class 1", "none"));
    }
    let point = |[p, n]: [f64; 2]| if p + n == 0.0 { [0.0, 1.0] } else { [p / positives, p / (p + n)] };
    Ok(steps.into_iter().map(point).collect())
}

/// The area under the ROC curve: how often a random positive scores above a random negative, ties half. NaN without
/// samples of both classes.
#[derive(Clone, Debug, Default)]
pub struct RocAuc(Ranked);

/// The area under precision over recall as steps: average precision. NaN without samples of class 1.
///
/// Steps and not trapezoids, since between two thresholds precision doesn't move in a straight line
/// (Davis and Goadrich 2006).
#[derive(Clone, Debug, Default)]
pub struct PrAuc(Ranked);

impl RocAuc {
    /// Nothing seen yet. All scores are kept, since the figure is exact.
    pub fn new() -> Self {
        Self::default()
    }

    fn area(&self) -> f64 {
        let steps = cumulative(&self.0);
        let [positives, negatives] = steps[steps.len() - 1];
        let area: f64 = steps.windows(2).map(|w| (w[1][1] - w[0][1]) * (w[0][0] + w[1][0]) / 2.0).sum();
        area / (positives * negatives)
    }
}

impl PrAuc {
    /// Nothing seen yet. All scores are kept, since the figure is exact.
    pub fn new() -> Self {
        Self::default()
    }

    fn area(&self) -> f64 {
        let steps = cumulative(&self.0);
        let area: f64 = steps.windows(2).map(|w| (w[1][0] - w[0][0]) * w[1][0] / (w[1][0] + w[1][1])).sum();
        area / steps[steps.len() - 1][0]
    }
}

macro_rules! ranking {
    ($name:ident, $label:literal) => {
        impl Metric for $name {
            fn name(&self) -> String {
                $label.into()
            }

            fn better(&self) -> Better {
                Better::Higher
            }

            fn value(&self) -> f64 {
                self.area()
            }

            fn reset(&mut self) {
                self.0.clear();
            }

            fn state(&self) -> Vec<f64> {
                self.0.iter().flat_map(|&(score, positive)| [score, f64::from(u8::from(positive))]).collect()
            }

            fn restore(&mut self, state: &[f64]) -> Result<()> {
                let (pairs, rest) = state.as_chunks();
                if !rest.is_empty() {
                    let what = concat!("numbers kept for ", $label);
                    return Err(Error::value("restore a metric", what, "an even number", state.len()));
                }
                self.0 = pairs.iter().map(|&[score, positive]| (score, positive == 1.0)).collect();
                Ok(())
            }
        }

        impl<T: Scalar> Update<T> for $name {
            fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
                self.0.extend(scored($label, output, target)?);
                Ok(())
            }
        }
    };
}
ranking!(RocAuc, "ROC-AUC");
ranking!(PrAuc, "PR-AUC");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_half() {
        let (scores, labels) = (Tensor::from([0.5f32, 0.5, 0.5, 0.5]), Tensor::from([1i64, 0, 1, 0]));
        let mut metric = RocAuc::new();
        metric.update(&scores, &labels).unwrap();
        assert_eq!(metric.value(), 0.5);
        assert_eq!(roc_curve(&scores, &labels).unwrap(), [[0.0, 0.0], [1.0, 1.0]]);
    }

    #[test]
    fn one_class_alone_has_no_curve() {
        let error = roc_curve(&Tensor::from([0.5f32]), &Tensor::from([1i64])).unwrap_err();
        assert!(error.to_string().contains("1 of class 1 and 0 of class 0"), "{error}");
        assert!(RocAuc::new().value().is_nan());
        assert!(PrAuc::new().value().is_nan());
        let three = roc_curve(&Tensor::from([[0.1f32, 0.2, 0.3]]), &Tensor::from([1i64]));
        assert!(three.unwrap_err().to_string().contains("2, or one logit"));
    }
}
