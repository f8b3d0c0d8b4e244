//! Preprocessing that is fitted on the training part and kept with the model.

mod eigen;
mod label_encoder;
mod one_hot;
mod pipeline;
mod scaler;
mod whiten;

pub use label_encoder::LabelEncoder;
pub use pipeline::Pipeline;

use plywood_tensor::Tensor;

use crate::{Error, Result};

/// What a step learned: named tensors that are saved and loaded.
type State = Vec<(&'static str, Tensor<f64>)>;

/// One step of a [`Pipeline`], on tables `[rows, columns]`.
trait Step: Send + Sync {
    /// The step's name in files and messages.
    fn name(&self) -> &'static str;
    /// Learns from the training part, which has at least one row and finite numbers alone.
    fn fit(&mut self, table: &Tensor<f64>) -> Result<()>;
    /// Applies what was learned; `table` has as many columns as the training part had.
    fn apply(&self, table: &Tensor<f64>) -> Result<Tensor<f64>>;
    /// Undoes `apply`.
    fn undo(&self, table: &Tensor<f64>) -> Result<Tensor<f64>>;
    /// Columns that `apply` takes and gives; `None` before fitting.
    fn columns(&self) -> Option<(usize, usize)>;
    /// What was learned.
    fn state(&self) -> State;
    /// Takes over what another learned; `take(name)` gives its tensors.
    fn restore(&mut self, take: &mut dyn FnMut(&str) -> Result<Tensor<f64>>) -> Result<()>;
    /// A copy.
    fn boxed(&self) -> Box<dyn Step>;
}

/// A vector `[n]` from a file, or an error that names it.
fn vector(step: &'static str, name: &str, tensor: &Tensor<f64>) -> Result<Vec<f64>> {
    match tensor.rank() {
        1 => Ok(tensor.to_vec()),
        _ => Err(Error::shape(step, format!("shape of {name}"), "[n]", tensor.shape())),
    }
}
