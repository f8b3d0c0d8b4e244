//! Several models that decide together.

use plywood_nn::{Context, Error, Layer, Module, Result, Scalar, Tensor, Var};

/// Classifiers whose predictions are put together; each takes `[n, …]` to logits `[n, num_classes]`.
///
/// Source: Hansen and Salamon 1990, "Neural network ensembles".
///
/// ```
/// use plywood_models::{Ensemble, MLP, SoftmaxRegression};
/// use plywood_nn::{Stream, Tensor, Var};
///
/// let random = &mut Stream::new(0);
/// let ensemble = Ensemble::<f32>::new()
///     .with(SoftmaxRegression::new(4, 2, random))
///     .with(MLP::new(&[4, 8, 2], Var::relu, random)?);
/// let x = Tensor::ones([5, 4]).into();
/// assert_eq!(ensemble.probabilities(&x)?.shape(), &[5, 2]);
/// assert_eq!(ensemble.vote(&x)?.shape(), &[5]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Default, Module)]
pub struct Ensemble<T: Scalar = f32> {
    members: Vec<Box<dyn Layer<T> + Send + Sync>>,
}

impl<T: Scalar> Ensemble<T> {
    /// No models yet.
    pub fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// With one more model.
    pub fn with(mut self, model: impl Layer<T> + Send + Sync + 'static) -> Self {
        self.members.push(Box::new(model));
        self
    }

    /// The mean of the members' probabilities, `[n, num_classes]`.
    ///
    /// # Errors
    /// If there are no members, or one doesn't take the input.
    pub fn probabilities(&self, x: &Var<T>) -> Result<Tensor<T>> {
        let mut mean: Option<Tensor<T>> = None;
        for logits in self.logits(x)? {
            let probabilities = logits.softmax(-1)?.into_value();
            mean = Some(match mean {
                None => probabilities,
                Some(sum) => sum.zip_map(&probabilities, |a, b| a + b)?,
            });
        }
        let count = T::from_usize(self.members.len());
        mean.map(|sum| sum.map(|p| p / count)).ok_or_else(none)
    }

    /// The class that most members choose for each row, `[n]`; among those with equally many votes, the one with the
    /// greatest mean probability.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    pub fn vote(&self, x: &Var<T>) -> Result<Tensor<i64>> {
        let mean = self.probabilities(x)?;
        let [rows, classes] = mean.dims("vote", "[n, num_classes]")?;
        let mut votes = vec![0.0; rows * classes];
        for logits in self.logits(x)? {
            for (row, logits) in logits.value().contiguous().chunks_exact(classes.max(1)).enumerate() {
                votes[row * classes + greatest(logits.iter().map(|l| l.to_f64()))] += 1.0;
            }
        }
        // A mean probability is at most 1, half of it less than a vote.
        let mean = mean.contiguous();
        let scores: Vec<f64> = votes.iter().zip(mean.iter()).map(|(votes, p)| votes + p.to_f64() / 2.0).collect();
        Ok(Tensor::from_fn([rows], |row| greatest(scores[row * classes..][..classes].iter().copied()) as i64))
    }

    fn logits(&self, x: &Var<T>) -> Result<Vec<Var<T>>> {
        if self.members.is_empty() {
            return Err(none());
        }
        self.members.iter().map(|member| member.forward(x, &mut Context::eval())).collect()
    }
}

/// The position of the greatest value, the first of several; 0 where there is none.
fn greatest(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, (i, x)| if x > best.1 { (i, x) } else { best }).0
}

fn none() -> Error {
    Error::state("Ensemble", "there are no members to ask; add some with `with`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use plywood_nn::Linear;

    /// A model whose logits are these, whatever the input.
    fn fixed(logits: [f64; 3]) -> Linear<f64> {
        let mut layer = Linear::new(1, 3, &mut plywood_nn::Stream::new(0));
        layer.weight.make_mut().fill(0.0);
        layer.bias.as_mut().unwrap().make_mut().copy_from_slice(&logits);
        layer
    }

    #[test]
    fn the_majority_wins_and_a_tie_goes_to_the_surer() {
        let x = Tensor::ones([2, 1]).into();
        let vote = |members: &[[f64; 3]]| {
            let ensemble = members.iter().fold(Ensemble::new(), |e, &logits| e.with(fixed(logits)));
            ensemble.vote(&x).unwrap().to_vec()
        };
        assert_eq!(vote(&[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 9.0, 0.0]]), [0, 0]);
        assert_eq!(vote(&[[1.0, 0.0, 0.0], [0.0, 9.0, 0.0]]), [1, 1]);
        let ensemble = Ensemble::new().with(fixed([0.0; 3])).with(fixed([2f64.ln(), 0.0, 0.0]));
        let p = ensemble.probabilities(&x).unwrap().to_vec();
        assert!((p[0] - (1.0 / 3.0 + 0.5) / 2.0).abs() < 1e-15);
        assert!(Ensemble::<f32>::new().vote(&Tensor::ones([2, 1]).into()).is_err());
    }
}
