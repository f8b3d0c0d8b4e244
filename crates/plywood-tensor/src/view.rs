//! Views: other shapes and selections of the same values, without a copy.

use crate::layout::Layout;
use crate::{Element, Error, Result, Shape, Tensor};

impl<T: Element> Tensor<T> {
    fn layout(&self) -> Layout {
        let (_, offset, strides) = self.raw();
        let mut layout = Layout { offset, ..Layout::contiguous(*self.shape()) };
        layout.strides[..strides.len()].copy_from_slice(strides);
        layout
    }

    /// The same values in the same order under another shape; copied only where strides can't express it.
    ///
    /// # Errors
    /// If the shape holds another number of values.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape.checked_elements() != Some(self.elements()) {
            let expected = format!("{}, from {}", self.elements(), self.shape());
            return Err(Error::shape("reshape", "number of values", expected, format!("shape {shape}")));
        }
        Ok(match self.layout().reshaped(shape) {
            Some(layout) => self.with_layout(layout),
            None => {
                let copy = self.contiguous().into_tensor();
                copy.with_layout(Layout::contiguous(shape))
            }
        })
    }

    /// The dimensions in another order: dimension `i` of the result is dimension `order[i]` of this.
    ///
    /// # Errors
    /// If `order` doesn't name each dimension once.
    pub fn permute(&self, order: &[usize]) -> Result<Self> {
        let mut seen = [false; crate::shape::MAX_RANK];
        let fits = order.len() == self.rank()
            && order.iter().all(|&d| d < self.rank() && !std::mem::replace(&mut seen[d], true));
        if !fits {
            let expected = format!("each of 0 to {} once", self.rank().saturating_sub(1));
            return Err(Error::shape("permute", "order", expected, format!("{order:?}")).with_shapes(self.shape()));
        }
        let old = self.layout();
        let mut new = old;
        for (i, &d) in order.iter().enumerate() {
            new.shape[i] = old.shape[d];
            new.strides[i] = old.strides[d];
        }
        Ok(self.with_layout(new))
    }

    /// Two dimensions exchanged; negative ones count from the end.
    ///
    /// # Errors
    /// If there are no such dimensions.
    pub fn transpose(&self, a: isize, b: isize) -> Result<Self> {
        let (a, b) = (self.shape().dim(a, "transpose")?, self.shape().dim(b, "transpose")?);
        let mut layout = self.layout();
        layout.shape.swap(a, b);
        layout.strides.swap(a, b);
        Ok(self.with_layout(layout))
    }

    /// A new dimension of extent 1 in front of dimension `at`; -1 puts it last.
    ///
    /// # Errors
    /// If there is no such place, or the tensor has the greatest number of dimensions already.
    pub fn unsqueeze(&self, at: isize) -> Result<Self> {
        let places = self.rank() as isize + 1;
        let place = if at < 0 { at + places } else { at };
        if !(0..places).contains(&place) {
            return Err(Error::shape("unsqueeze", "dimension", format!("{} to {}", -places, places - 1), at)
                .with_shapes(self.shape()));
        }
        self.reshape(self.shape().insert(place as usize, 1)?)
    }

    /// Without dimension `dim`, whose extent must be 1.
    ///
    /// # Errors
    /// If there is no such dimension, or its extent isn't 1.
    pub fn squeeze(&self, dim: isize) -> Result<Self> {
        let d = self.shape().dim(dim, "squeeze")?;
        match self.shape()[d] {
            1 => self.reshape(self.shape().remove(d)),
            n => Err(Error::shape("squeeze", format!("dimension {d}"), 1, n).with_shapes(self.shape())),
        }
    }

    /// Dimensions `first` and after drawn together into one; `flatten(1)` turns `[n, c, h, w]` into `[n, c·h·w]`.
    ///
    /// # Errors
    /// If there is no dimension `first`.
    pub fn flatten(&self, first: isize) -> Result<Self> {
        if self.rank() == 0 && matches!(first, 0 | -1) {
            return self.reshape([1]);
        }
        let first = self.shape().dim(first, "flatten")?;
        let mut extents = self.shape()[..first].to_vec();
        extents.push(self.shape()[first..].iter().product());
        self.reshape(Shape::from_slice(&extents)?)
    }

    /// Stretched to a shape that this broadcasts to: extents of 1 repeat without a copy.
    ///
    /// # Errors
    /// If the shape isn't one that this broadcasts to.
    pub fn expand(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if &shape == self.shape() {
            return Ok(self.clone());
        }
        let fits = self.rank() <= shape.len()
            && self.shape().iter().rev().zip(shape.iter().rev()).all(|(&mine, &theirs)| mine == theirs || mine == 1);
        if !fits {
            return Err(Error::shape("expand", "shape", format!("one that {} broadcasts to", self.shape()), shape));
        }
        let old = self.layout();
        let mut new = Layout { offset: old.offset, ..Layout::contiguous(shape) };
        let shift = shape.len() - self.rank();
        for i in 0..shape.len() {
            let repeats = i < shift || old.shape[i - shift] != shape[i];
            new.strides[i] = if repeats { 0 } else { old.strides[i - shift] };
        }
        Ok(self.with_layout(new))
    }

    /// `len` entries of dimension `dim` from `start` on.
    ///
    /// # Errors
    /// If the dimension has no such entries.
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Result<Self> {
        let d = self.shape().dim(dim, "narrow")?;
        let extent = self.shape()[d];
        if start.checked_add(len).is_none_or(|end| end > extent) {
            let (what, expected) = (format!("entries of dimension {d}"), format!("within 0..{extent}"));
            return Err(Error::shape("narrow", what, expected, format_args!("{start}..{start}+{len}"))
                .with_shapes(self.shape()));
        }
        self.slice(dim, start as isize, Some((start + len) as isize), 1)
    }

    /// Entries `start`, `start + step`, … of dimension `dim`, up to but without `end` (`None`: all that follow), as
    /// Python's `start:end:step`: negative bounds count from the end, bounds beyond the extent are drawn in, and a
    /// negative step goes backwards.
    ///
    /// # Errors
    /// If there is no such dimension, or the step is 0.
    pub fn slice(&self, dim: isize, start: isize, end: Option<isize>, step: isize) -> Result<Self> {
        let d = self.shape().dim(dim, "slice")?;
        if step == 0 {
            return Err(Error::value("slice", "step", "a number other than 0", 0));
        }
        let extent = self.shape()[d] as isize;
        let from_front = |i: isize| if i < 0 { i.saturating_add(extent) } else { i };
        let (first, count) = if step > 0 {
            let (first, end) = (from_front(start).clamp(0, extent), from_front(end.unwrap_or(extent)).clamp(0, extent));
            (first, (end - first).max(0).unsigned_abs().div_ceil(step.unsigned_abs()))
        } else {
            let first = from_front(start).clamp(-1, extent - 1);
            let end = end.map_or(-1, |e| from_front(e).clamp(-1, extent - 1));
            (first, (first - end).max(0).unsigned_abs().div_ceil(step.unsigned_abs()))
        };
        let mut layout = self.layout();
        if count > 0 && !self.is_empty() {
            layout.offset = layout.offset.wrapping_add_signed(first * layout.strides[d]);
        }
        layout.shape[d] = count;
        layout.strides[d] = layout.strides[d].wrapping_mul(step);
        Ok(self.with_layout(layout))
    }

    /// Entry `index` of dimension `dim`, without that dimension.
    ///
    /// # Errors
    /// If there is no such entry.
    pub fn select(&self, dim: isize, index: usize) -> Result<Self> {
        let d = self.shape().dim(dim, "select")?;
        let mut layout = self.narrow(dim, index, 1)?.layout();
        layout.shape = layout.shape.remove(d);
        layout.strides.copy_within(d + 1.., d);
        Ok(self.with_layout(layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: impl Into<Shape>) -> Tensor<i64> {
        Tensor::from_fn(shape, |i| i as i64)
    }

    #[test]
    fn views_of_views() {
        let x = counted([2, 3, 4]);
        let t = x.permute(&[2, 0, 1]).unwrap();
        assert_eq!(t.shape(), &[4, 2, 3]);
        assert_eq!(t.get(&[1, 1, 2]).unwrap(), 21);
        let r = t.slice(0, -1, None, -2).unwrap();
        assert_eq!(r.to_vec(), [3, 7, 11, 15, 19, 23, 1, 5, 9, 13, 17, 21]);
        assert_eq!(r.select(1, 1).unwrap().to_vec(), [15, 19, 23, 13, 17, 21]);
    }

    #[test]
    fn slices_follow_python() {
        let x = counted([5]);
        let slice = |start, end, step| x.slice(0, start, end, step).unwrap().to_vec();
        assert_eq!(slice(1, Some(4), 2), [1, 3]);
        assert_eq!(slice(-2, None, 1), [3, 4]);
        assert_eq!(slice(-100, Some(100), 3), [0, 3]);
        assert_eq!(slice(4, Some(1), -2), [4, 2]);
        assert_eq!(slice(100, None, -1), [4, 3, 2, 1, 0]);
        assert_eq!(slice(3, Some(1), 1), [0; 0]);
        assert!(x.slice(0, 0, None, 0).is_err());
    }

    #[test]
    fn reshape_shares_where_strides_allow() {
        let x = counted([4, 6]);
        let columns = x.narrow(1, 0, 4).unwrap();
        let cut = columns.reshape([2, 2, 2, 2]).unwrap();
        assert_eq!(cut.raw().0.as_ptr(), x.raw().0.as_ptr());
        assert_eq!(cut.to_vec(), columns.to_vec());
        let joined = columns.reshape([16]).unwrap();
        assert_eq!(joined.to_vec(), columns.to_vec());
        let t = x.transpose(0, 1).unwrap().reshape([3, 2, 4]).unwrap();
        assert_eq!(t.to_vec(), x.transpose(0, 1).unwrap().to_vec());
    }

    #[test]
    fn expanded_values_repeat() {
        let x = Tensor::from([[1.0], [2.0]]);
        assert_eq!(x.expand([2, 2, 3]).unwrap().to_vec(), [1., 1., 1., 2., 2., 2., 1., 1., 1., 2., 2., 2.]);
        assert!(x.expand([3, 3]).unwrap_err().to_string().contains("[2, 1]"));
    }

    #[test]
    fn writing_leaves_other_owners_alone() {
        let mut a = counted([3]);
        let b = a.clone();
        a.make_mut()[0] = 9;
        assert_eq!((a.to_vec(), b.to_vec()), (vec![9, 1, 2], vec![0, 1, 2]));
        let address = a.as_slice().unwrap().as_ptr();
        a.make_mut()[1] = 8;
        assert_eq!(a.as_slice().unwrap().as_ptr(), address);
    }

    #[test]
    fn empty_and_single() {
        let empty = counted([0, 3]);
        assert_eq!(empty.flatten(0).unwrap().shape(), &[0]);
        assert_eq!(empty.transpose(0, 1).unwrap().to_vec(), [0; 0]);
        assert_eq!(counted([]).flatten(0).unwrap().shape(), &[1]);
        assert!(counted([2]).item().is_err());
        assert_eq!(counted([1, 1]).item().unwrap(), 0);
    }
}
