//! Single values by a tensor of indices: gather and scatter.

use plywood_kernels::index::{GatherDims, check_index, gather, scatter_add};
use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `y[i, j, …] = x[…, index[i, j, …], …]`, the index standing in for the coordinate of dimension `dim`: the result
    /// has the shape of `index`.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    /// let y = x.gather(1, &Tensor::from([[2], [0]]))?;
    /// assert_eq!(y.value().to_vec(), [3.0, 4.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such dimension, the numbers of dimensions differ, `index` reaches beyond the input in another
    /// dimension, or an index lies outside of the dimension.
    pub fn gather(&self, dim: isize, index: &Tensor<i64>) -> Result<Self> {
        let (dims, index) = check("gather", self.shape(), dim, index)?;
        let x = self.value().contiguous();
        let value = Tensor::build(index.clone().into_tensor().shape(), |y| gather(&dims, &x, &index, y));
        Ok(Self::op("gather", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.write(0, |dx, accumulate| {
                    if !accumulate {
                        dx.fill(T::ZERO);
                    }
                    scatter_add(&dims, &dy, &index, dx);
                })
            }
        }))
    }

    /// A copy of this to which `source[i, j, …]` is added at `[…, index[i, j, …], …]`, the index standing in for the
    /// coordinate of dimension `dim`. `source` may be larger than `index`; what lies beyond isn't used.
    ///
    /// # Errors
    /// As [`gather`](Self::gather), or if `source` is smaller than `index`.
    pub fn scatter_add(&self, dim: isize, index: &Tensor<i64>, source: &Self) -> Result<Self> {
        let (dims, index_values) = check("scatter_add", self.shape(), dim, index)?;
        let source = within("scatter_add", source, index.shape())?;
        let (mut value, src) = (self.value().clone(), source.value().contiguous());
        scatter_add(&dims, &src, &index_values, value.make_mut());
        let shape = *index.shape();
        Ok(Self::op("scatter_add", &[self, &source], value, |_| {
            move |dy, sink| {
                sink.add(0, || Ok(dy.clone()))?;
                let dy = dy.contiguous();
                sink.add(1, || Ok(Tensor::build(shape, |dx| gather(&dims, &dy, &index_values, dx))))
            }
        }))
    }
}

fn check(op: &'static str, shape: &Shape, dim: isize, index: &Tensor<i64>) -> Result<(GatherDims, Contiguous<i64>)> {
    let dim = shape.dim(dim, op)?;
    let error = |e| Error::mismatch(op, e, &[("input", shape), ("index", index.shape())]);
    let dims = GatherDims::new(shape, index.shape(), dim).map_err(error)?;
    let values = index.contiguous();
    check_index(&values, shape[dim]).map_err(error)?;
    Ok((dims, values))
}

/// The part of `source` that an index of this shape reaches.
fn within<T: Scalar>(op: &'static str, source: &Var<T>, index: &Shape) -> Result<Var<T>> {
    let fits = source.shape().len() == index.len() && source.shape().iter().zip(&**index).all(|(s, i)| s >= i);
    if !fits {
        let expected = format!("one that holds the index's {index}");
        return Err(Error::shape(op, "shape of the source", expected, source.shape()));
    }
    (0..index.len())
        .filter(|&d| source.shape()[d] != index[d])
        .try_fold(source.clone(), |s, d| s.narrow(d as isize, 0, index[d]))
}
