//! Views: the value's view forwards; backwards the gradient's view, or the gradient put where the view looked.

use plywood_kernels::index::Remap;
use plywood_tensor::{Result, Scalar, Shape, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// The same values in the same order under another shape; see [`Tensor::reshape`].
    ///
    /// # Errors
    /// If the shape holds another number of values.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self> {
        self.reshaped("reshape", self.value().reshape(shape)?)
    }

    /// Dimensions `first` and after drawn together into one: `flatten(1)` turns `[n, c, h, w]` into `[n, c·h·w]`.
    ///
    /// # Errors
    /// If there is no dimension `first`.
    pub fn flatten(&self, first: isize) -> Result<Self> {
        self.reshaped("flatten", self.value().flatten(first)?)
    }

    /// A new dimension of extent 1 in front of dimension `at`; -1 puts it last.
    ///
    /// # Errors
    /// If there is no such place.
    pub fn unsqueeze(&self, at: isize) -> Result<Self> {
        self.reshaped("unsqueeze", self.value().unsqueeze(at)?)
    }

    /// Without dimension `dim`, whose extent must be 1.
    ///
    /// # Errors
    /// If there is no such dimension, or its extent isn't 1.
    pub fn squeeze(&self, dim: isize) -> Result<Self> {
        self.reshaped("squeeze", self.value().squeeze(dim)?)
    }

    fn reshaped(&self, op: &'static str, value: Tensor<T>) -> Result<Self> {
        let shape = *self.shape();
        Ok(Self::op(op, &[self], value, |_| move |dy, sink| sink.add(0, || dy.reshape(shape))))
    }

    /// The dimensions in another order: dimension `i` of the result is dimension `order[i]` of this.
    ///
    /// # Errors
    /// If `order` doesn't name each dimension once.
    pub fn permute(&self, order: &[usize]) -> Result<Self> {
        let value = self.value().permute(order)?;
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
        Ok(Self::op("permute", &[self], value, |_| move |dy, sink| sink.add(0, || dy.permute(&back))))
    }

    /// Two dimensions exchanged; negative ones count from the end.
    ///
    /// # Errors
    /// If there are no such dimensions.
    pub fn transpose(&self, a: isize, b: isize) -> Result<Self> {
        let value = self.value().transpose(a, b)?;
        Ok(Self::op("transpose", &[self], value, |_| move |dy, sink| sink.add(0, || dy.transpose(a, b))))
    }

    /// `len` entries of dimension `dim` from `start` on.
    ///
    /// # Errors
    /// If the dimension has no such entries.
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Result<Self> {
        let value = self.value().narrow(dim, start, len)?;
        self.selected("narrow", value, dim, move |places| places.narrow(0, start, len))
    }

    /// Entries `start`, `start + step`, … of dimension `dim`, up to but without `end`, as Python's `start:end:step`;
    /// see [`Tensor::slice`].
    ///
    /// # Errors
    /// If there is no such dimension, or the step is 0.
    pub fn slice(&self, dim: isize, start: isize, end: Option<isize>, step: isize) -> Result<Self> {
        let value = self.value().slice(dim, start, end, step)?;
        self.selected("slice", value, dim, move |places| places.slice(0, start, end, step))
    }

    /// Entry `index` of dimension `dim`, without that dimension.
    ///
    /// # Errors
    /// If there is no such entry.
    pub fn select(&self, dim: isize, index: usize) -> Result<Self> {
        let value = self.value().select(dim, index)?;
        self.selected("select", value, dim, move |places| places.narrow(0, index, 1))
    }

    /// A view that shows some places of one dimension; `view` picks the same from the numbers of its places.
    fn selected(
        &self,
        op: &'static str,
        value: Tensor<T>,
        dim: isize,
        view: impl FnOnce(&Tensor<i64>) -> Result<Tensor<i64>> + Send + 'static,
    ) -> Result<Self> {
        let shape = *self.shape();
        let dim = shape.dim(dim, op)?;
        Ok(Self::op(op, &[self], value, |_| {
            move |dy, sink| {
                let places = view(&Tensor::from_fn([shape[dim]], |i| i as i64))?;
                let mut maps = vec![None; shape.len()];
                maps[dim] = Some(places.values().iter().map(|&place| place as usize).collect());
                let (remap, dy) = (Remap::new(&shape, maps), dy.contiguous());
                sink.write(0, |dx, accumulate| remap.adjoint(&dy, dx, accumulate))
            }
        }))
    }
}
