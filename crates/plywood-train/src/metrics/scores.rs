//! Precision, recall and F1 of a classifier.

use plywood_tensor::{Scalar, Tensor};

use super::{Better, ConfusionMatrix, Metric, Update};
use crate::Result;

/// How the figures of several classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// All samples in one pot: equals accuracy where each sample has one class.
    Micro,
    /// The mean over the classes that occur, true or predicted.
    Macro,
    /// The mean over classes, each weighted by how often it is true.
    Weighted,
    /// One class alone, e.g. the positive one of two.
    Class(usize),
}

impl ConfusionMatrix {
    /// Of the samples taken for a class, the share that is of it; 0 for a class never predicted.
    pub fn precision(&self, average: Average) -> f64 {
        self.average(average, |[found, _, taken]| ratio(found, taken))
    }

    /// Of the samples of a class, the share that was found; 0 for a class that never occurs.
    pub fn recall(&self, average: Average) -> f64 {
        self.average(average, |[found, own, _]| ratio(found, own))
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self, average: Average) -> f64 {
        self.average(average, |[found, own, taken]| ratio(2 * found, own + taken))
    }

    fn average(&self, average: Average, figure: impl Fn([u64; 3]) -> f64) -> f64 {
        let classes: Vec<[u64; 3]> = (0..self.classes()).map(|k| self.class(k)).collect();
        if self.total() == 0 {
            return f64::NAN;
        }
        match average {
            Average::Micro => {
                let sum = |i: usize| classes.iter().map(|c| c[i]).sum();
                figure([sum(0), sum(1), sum(2)])
            }
            Average::Macro => {
                let present: Vec<f64> =
                    classes.into_iter().filter(|[_, own, taken]| own + taken > 0).map(figure).collect();
                present.iter().sum::<f64>() / present.len() as f64
            }
            Average::Weighted => {
                let total = self.total() as f64;
                classes.into_iter().map(|class| figure(class) * class[1] as f64 / total).sum()
            }
            Average::Class(k) => classes.get(k).map_or(f64::NAN, |&class| figure(class)),
        }
    }
}

/// Nothing of nothing is 0, as scikit-learn has it.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

macro_rules! score {
    ($(#[$doc:meta])* $name:ident, $label:literal, $figure:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            matrix: ConfusionMatrix,
            average: Average,
        }

        impl $name {
            /// Over `classes` classes.
            pub fn new(classes: usize, average: Average) -> Self {
                Self { matrix: ConfusionMatrix::new(classes), average }
            }
        }

        impl Metric for $name {
            fn name(&self) -> String {
                match self.average {
                    Average::Micro => concat!("micro ", $label).into(),
                    Average::Macro => concat!("macro ", $label).into(),
                    Average::Weighted => concat!("weighted ", $label).into(),
                    Average::Class(k) => format!(concat!($label, " of class {}"), k),
                }
            }

            fn better(&self) -> Better {
                Better::Higher
            }

            fn value(&self) -> f64 {
                self.matrix.$figure(self.average)
            }

            fn reset(&mut self) {
                self.matrix.reset();
            }

            fn state(&self) -> Vec<f64> {
                self.matrix.state()
            }

            fn restore(&mut self, state: &[f64]) -> Result<()> {
                self.matrix.restore(state)
            }
        }

        impl<T: Scalar> Update<T> for $name {
            fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
                self.matrix.update(output, target)
            }
        }
    };
}
score! {
    /// [Precision](ConfusionMatrix::precision) as a metric.
    Precision, "precision", precision
}
score! {
    /// [Recall](ConfusionMatrix::recall) as a metric.
    Recall, "recall", recall
}
score! {
    /// [F1](ConfusionMatrix::f1) as a metric.
    F1, "F1", f1
}
