//! Entries of a dimension by a list of indices.

use plywood_kernels::index::{SelectDims, check_index, index_add, index_select};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// The entries of dimension `dim` that `index [k]` names, in its order and as often: that dimension becomes `k`.
    ///
    /// # Errors
    /// If there is no such dimension, `index` hasn't one dimension, or an index lies outside of the dimension.
    pub fn index_select(&self, dim: isize, index: &Tensor<i64>) -> Result<Self> {
        let dim = self.shape().dim(dim, "index_select")?;
        let [count] = index.dims("index_select", "a list, for the index")?;
        let error = |e| Error::mismatch("index_select", e, &[("input", self.shape()), ("index", index.shape())]);
        let dims = SelectDims::new(self.shape(), dim).map_err(error)?;
        let index_values = index.contiguous();
        check_index(&index_values, dims.len).map_err(error)?;
        let mut shape = *self.shape();
        shape[dim] = count;
        let x = self.value().contiguous();
        let value = Tensor::build(shape, |y| index_select(&dims, &x, &index_values, y));
        Ok(Self::op("index_select", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.write(0, |dx, accumulate| {
                    if !accumulate {
                        dx.fill(T::ZERO);
                    }
                    index_add(&dims, &dy, &index_values, None, dx);
                })
            }
        }))
    }
}
