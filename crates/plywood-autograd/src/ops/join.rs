//! Joining along a dimension, and taking apart again.

use plywood_kernels::index;
use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::Var;

/// The variables one after the other along dimension `dim`; their other extents must agree.
///
/// ```
/// use plywood_autograd::{Tensor, Var, cat};
/// let (a, b) = (Var::leaf(Tensor::from([[1.0], [2.0]])), Var::leaf(Tensor::from([[3.0, 4.0], [5.0, 6.0]])));
/// assert_eq!(cat(&[&a, &b], 1)?.value().to_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If there are no variables, no such dimension, or other extents differ.
pub fn cat<T: Scalar>(vars: &[&Var<T>], dim: isize) -> Result<Var<T>> {
    let first = first("cat", vars)?;
    let dim = first.shape().dim(dim, "cat")?;
    let mut shape = *first.shape();
    for (i, var) in vars.iter().enumerate() {
        let agrees = |d: usize| d == dim || var.shape()[d] == first.shape()[d];
        if var.shape().len() != first.shape().len() || !(0..shape.len()).all(agrees) {
            let expected = format!("{} but for dimension {dim}", first.shape());
            return Err(Error::shape("cat", format!("shape of tensor {i}"), expected, var.shape()));
        }
    }
    let lens: Vec<usize> = vars.iter().map(|v| v.shape()[dim]).collect();
    shape[dim] = lens.iter().sum();
    let value = joined(vars, dim, shape);
    Ok(Var::op("cat", vars, value, |_| {
        move |dy, sink| {
            let mut start = 0;
            for (i, len) in lens.into_iter().enumerate() {
                sink.add(i, || dy.narrow(dim as isize, start, len))?;
                start += len;
            }
            Ok(())
        }
    }))
}

/// Variables of one shape side by side along a new dimension `dim`.
///
/// # Errors
/// If there are no variables, no such place for a dimension, or the shapes differ.
pub fn stack<T: Scalar>(vars: &[&Var<T>], dim: isize) -> Result<Var<T>> {
    let first = first("stack", vars)?;
    let shape = first.value().unsqueeze(dim)?;
    let dim = if dim < 0 { dim + shape.rank() as isize } else { dim } as usize;
    if let Some(i) = vars.iter().position(|v| v.shape() != first.shape()) {
        return Err(Error::shape("stack", format!("shape of tensor {i}"), first.shape(), vars[i].shape()));
    }
    let mut shape = *shape.shape();
    shape[dim] = vars.len();
    let value = joined(vars, dim, shape);
    let n = vars.len();
    Ok(Var::op("stack", vars, value, |_| {
        move |dy, sink| (0..n).try_for_each(|i| sink.add(i, || dy.select(dim as isize, i)))
    }))
}

fn first<'a, T: Scalar>(op: &'static str, vars: &[&'a Var<T>]) -> Result<&'a Var<T>> {
    vars.first().copied().ok_or_else(|| Error::value(op, "number of tensors", "1 or more", 0))
}

/// The values of shape `shape`, of whose dimension `dim` each variable makes up a part.
fn joined<T: Scalar>(vars: &[&Var<T>], dim: usize, shape: Shape) -> Tensor<T> {
    let outer = shape[..dim].iter().product();
    let values: Vec<Contiguous<T>> = vars.iter().map(|v| v.value().contiguous()).collect();
    let pieces: Vec<(&[T], usize)> = values.iter().map(|v| (&**v, v.len() / usize::max(outer, 1))).collect();
    Tensor::build(shape, |out| index::cat(outer, &pieces, out))
}

impl<T: Scalar> Var<T> {
    /// Parts of dimension `dim` with these extents, one after the other.
    ///
    /// # Errors
    /// If there is no such dimension, or the extents don't add up to its own.
    pub fn split(&self, dim: isize, lens: &[usize]) -> Result<Vec<Self>> {
        let dim = self.shape().dim(dim, "split")?;
        if lens.iter().sum::<usize>() != self.shape()[dim] {
            let (expected, got) = (self.shape()[dim], format!("{lens:?}"));
            return Err(Error::shape("split", "sum of the parts", expected, got).with_shapes(self.shape()));
        }
        let mut start = 0;
        let part = |&len: &usize| {
            start += len;
            self.narrow(dim as isize, start - len, len)
        };
        lens.iter().map(part).collect()
    }

    /// Up to `chunks` parts of dimension `dim` with equal extents; the last may be smaller. As PyTorch's, it may make
    /// fewer: six entries in four chunks are three of two.
    ///
    /// # Errors
    /// If there is no such dimension, or `chunks` is 0.
    pub fn chunk(&self, dim: isize, chunks: usize) -> Result<Vec<Self>> {
        let d = self.shape().dim(dim, "chunk")?;
        if chunks == 0 {
            return Err(Error::value("chunk", "number of chunks", "1 or more", 0));
        }
        let extent = self.shape()[d];
        let len = extent.div_ceil(chunks).max(1);
        let starts = (0..extent.max(1)).step_by(len);
        self.split(dim, &starts.map(|start| len.min(extent - start)).collect::<Vec<_>>())
    }

    /// The entries of dimension `dim`, without that dimension.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn unbind(&self, dim: isize) -> Result<Vec<Self>> {
        let d = self.shape().dim(dim, "unbind")?;
        (0..self.shape()[d]).map(|i| self.select(dim, i)).collect()
    }
}
