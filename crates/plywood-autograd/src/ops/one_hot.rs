//! One-hot vectors: the one operation here on integers, hence without gradient.

use plywood_kernels::index;
use plywood_tensor::{Error, Result, Shape, Tensor};

/// For each index a vector of `num_classes` zeros with a one at the index, `[…, num_classes]`; without a number, as many
/// classes as the greatest index needs.
///
/// ```
/// use plywood_autograd::{Tensor, one_hot};
/// assert_eq!(one_hot(&Tensor::from([2, 0]), None)?.to_vec(), [0, 0, 1, 1, 0, 0]);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If an index is negative or no class, or there are neither indices nor a number of classes.
pub fn one_hot(index: &Tensor<i64>, num_classes: Option<usize>) -> Result<Tensor<i64>> {
    let values = index.contiguous();
    let classes = match (num_classes, values.iter().max()) {
        (Some(n), _) => n,
        (None, Some(&greatest)) => usize::try_from(greatest).map_or(0, |greatest| greatest + 1),
        (None, None) => {
            return Err(Error::value("one_hot", "num_classes", "a number, as there are no indices", "none"));
        }
    };
    index::check_index(&values, classes).map_err(|e| Error::mismatch("one_hot", e, &[("input", index.shape())]))?;
    let shape = Shape::from_slice(&[index.shape(), &[classes][..]].concat())?;
    Ok(Tensor::build(shape, |out| index::one_hot(&values, classes, out)))
}
