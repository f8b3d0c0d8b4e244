//! Rows of a tensor by index.

use plywood_tensor::{Element, Tensor};

use crate::Result;

/// Rows `indices` (along dimension 0) of a contiguous tensor, which has them all, as a tensor of `[indices.len(), …]`.
pub(crate) fn rows<T: Element>(tensor: &Tensor<T>, indices: &[usize]) -> Result<Tensor<T>> {
    let shape = tensor.shape().remove(0);
    let row = shape.elements();
    let values = tensor.values();
    Ok(Tensor::build(shape.insert(0, indices.len())?, |out| {
        if row == 1 {
            out.iter_mut().zip(indices).for_each(|(x, &i)| *x = values[i]);
        } else if row > 0 {
            let rows = out.chunks_exact_mut(row).zip(indices);
            rows.for_each(|(out, &i)| out.copy_from_slice(&values[i * row..][..row]));
        }
    }))
}
