//! Losses: functions of an input and a target, reduced to one number or not at all.

mod cross_entropy;
mod ctc;
mod metric;
mod nll;
mod pairwise;

use plywood_kernels::loss::{Reduction, Upstream};
use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::{Sink, Var};

pub use cross_entropy::{ClassTarget, CrossEntropy, cross_entropy, cross_entropy_with};
pub use ctc::{CtcLoss, ctc_loss};
pub use metric::{TripletMargin, cosine_embedding_loss, triplet_margin_loss, triplet_margin_loss_with};
pub use nll::{NllLoss, nll_loss, nll_loss_with};
pub use pairwise::{
    binary_cross_entropy, binary_cross_entropy_with_logits, binary_cross_entropy_with_logits_weighted,
    hinge_embedding_loss, huber_loss, kl_div, l1_loss, mse_loss, smooth_l1_loss,
};

/// Makes the result of a loss from the losses of single values.
///
/// A mean divides by `count`. The rule gets what each single loss's gradient is multiplied by.
fn reduce<T, R>(
    op: &'static str,
    inputs: &[&Var<T>],
    losses: Tensor<T>,
    reduction: Reduction,
    count: T,
    rule: impl FnOnce() -> R,
) -> Var<T>
where
    T: Scalar,
    R: FnOnce(Upstream<'_, T>, &mut Sink<'_, T>) -> Result<()> + Send + 'static,
{
    let value = match reduction {
        Reduction::None => losses,
        Reduction::Mean => Tensor::scalar(losses.sum() / count),
        Reduction::Sum => Tensor::scalar(losses.sum()),
    };
    Var::op(op, inputs, value, |_| {
        let rule = rule();
        move |dy, sink| match reduction {
            Reduction::None => rule(Upstream::Each(&dy.contiguous()), sink),
            Reduction::Mean => rule(Upstream::All(dy.item()? / count), sink),
            Reduction::Sum => rule(Upstream::All(dy.item()?), sink),
        }
    })
}

/// Scores `[n, classes, d1, …]` as rows: one row of classes a place, `[n·d1·…, classes]`.
struct Rows<T: Scalar> {
    values: Contiguous<T>,
    classes: usize,
    /// The shape without the class dimension.
    places: Shape,
    /// Which dimension holds the classes.
    dim: usize,
}

impl<T: Scalar> Rows<T> {
    /// `[classes]`, `[n, classes]` or `[n, classes, d1, …]`, as PyTorch's losses take them.
    fn of(op: &'static str, scores: &Tensor<T>) -> Result<Self> {
        let dim = match scores.rank() {
            0 => {
                return Err(Error::shape(op, "number of dimensions of the input", "[n, classes, …]", "a single value"));
            }
            1 => 0,
            _ => 1,
        };
        let classes = scores.shape()[dim];
        Ok(Self { values: last(scores, dim)?.contiguous(), classes, places: scores.shape().remove(dim), dim })
    }

    /// Rows back in the shape of the scores.
    fn restore(&self, rows: Tensor<T>) -> Result<Tensor<T>> {
        let shape = self.places.insert(self.places.len(), self.classes)?;
        let mut order: Vec<usize> = (0..shape.len() - 1).collect();
        order.insert(self.dim, shape.len() - 1);
        rows.reshape(shape)?.permute(&order)
    }

    /// Checks that there is one class a place, and each is a class or `ignore`.
    fn check(&self, op: &'static str, classes: &Tensor<i64>, ignore: i64) -> Result<()> {
        if classes.shape() != &self.places {
            return Err(Error::shape(op, "shape of the target", self.places, classes.shape()));
        }
        match classes.values().iter().enumerate().find(|&(_, &c)| c != ignore && !(0..self.classes as i64).contains(&c))
        {
            None => Ok(()),
            Some((i, c)) => {
                let expected = format!("0 to {}", self.classes as i64 - 1);
                Err(Error::value(op, format!("label at flat index {i}"), expected, c))
            }
        }
    }
}

/// Dimension `dim` moved to the end.
fn last<T: Scalar>(x: &Tensor<T>, dim: usize) -> Result<Tensor<T>> {
    let mut order: Vec<usize> = (0..x.rank()).filter(|&d| d != dim).collect();
    order.push(dim);
    x.permute(&order)
}

/// Checks that there is one weight a class.
fn check_weight<T: Scalar>(op: &'static str, weight: Option<&Tensor<T>>, classes: usize) -> Result<()> {
    match weight.filter(|weight| weight.shape() != &[classes]) {
        Some(weight) => Err(Error::shape(op, "shape of the class weights", format!("[{classes}]"), weight.shape())),
        None => Ok(()),
    }
}
