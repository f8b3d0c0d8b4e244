//! The seam to `ndarray`: arrays in, arrays and views out, without copying the values.

use ndarray::{Array, ArrayD, ArrayViewD, Axis, IxDyn, ShapeBuilder, Slice};

use crate::layout::Layout;
use crate::storage::Storage;
use crate::{Element, Error, Result, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// The values as an `ndarray` view with the same shape and strides.
    ///
    /// ```
    /// use plywood_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).transpose(0, 1)?;
    /// assert_eq!(x.view()[[1, 0]], 2.0);
    /// # Ok::<(), plywood_tensor::Error>(())
    /// ```
    pub fn view(&self) -> ArrayViewD<'_, T> {
        let (memory, offset, strides) = self.raw();
        let first = if self.is_empty() { 0 } else { offset.wrapping_add_signed(lowest(self.shape(), strides)) };
        let forward: Vec<usize> = strides.iter().map(|s| s.unsigned_abs()).collect();
        let shape = IxDyn(self.shape()).strides(IxDyn(&forward));
        let mut view = ArrayViewD::from_shape(shape, &memory[first..]).expect("a tensor's layout lies in its memory");
        for (axis, &stride) in strides.iter().enumerate() {
            if stride < 0 {
                view.invert_axis(Axis(axis));
            }
        }
        view
    }

    fn from_array(array: ArrayD<T>) -> Result<Self> {
        let mut layout = Layout::contiguous(Shape::from_slice(array.shape())?);
        layout.strides[..array.ndim()].copy_from_slice(array.strides());
        let (values, offset) = array.into_raw_vec_and_offset();
        layout.offset = offset.unwrap_or(0);
        let flat = Self::from_storage(Shape::from(values.len()), Storage::from_vec(values));
        Ok(flat.with_layout(layout))
    }
}

/// How far the value with the least address lies before the first one; zero or negative.
fn lowest(shape: &Shape, strides: &[isize]) -> isize {
    shape.iter().zip(strides).map(|(&extent, &stride)| (extent as isize - 1) * stride.min(0)).sum()
}

impl<T: Element> TryFrom<ArrayD<T>> for Tensor<T> {
    type Error = Error;

    /// Takes over the array's values. Fails if it has more than [`MAX_RANK`](crate::MAX_RANK) dimensions.
    fn try_from(array: ArrayD<T>) -> Result<Self> {
        Self::from_array(array)
    }
}

macro_rules! from_array {
    ($($dim:ident)+) => {
        $(impl<T: Element> From<Array<T, ndarray::$dim>> for Tensor<T> {
            /// Takes over the array's values without a copy.
            fn from(array: Array<T, ndarray::$dim>) -> Self {
                Self::from_array(array.into_dyn()).expect("at most six dimensions")
            }
        })+
    };
}
from_array!(Ix0 Ix1 Ix2 Ix3 Ix4 Ix5 Ix6);

impl<T: Element> From<Tensor<T>> for ArrayD<T> {
    /// Hands over the values: without a copy if they are contiguous and nobody shares them.
    fn from(tensor: Tensor<T>) -> Self {
        let shape = *tensor.shape();
        let (values, start) = tensor.into_raw_vec();
        let mut flat = ndarray::Array1::from_vec(values);
        flat.slice_axis_inplace(Axis(0), Slice::from(start..start + shape.elements()));
        flat.into_shape_with_order(IxDyn(&shape)).expect("contiguous values of this number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn arrays_come_and_go_without_a_copy() {
        let array = Array::from_shape_fn((100, 50), |(i, j)| (i * 50 + j) as f32);
        let address = array.as_ptr();
        let tensor = Tensor::from(array);
        assert_eq!(tensor.view().as_ptr(), address);
        let back = ArrayD::from(tensor);
        assert_eq!((back.as_ptr(), back[[7, 3]]), (address, 353.0));

        let pooled = Tensor::<f64>::from_fn([40, 50], |i| i as f64);
        let address = pooled.as_slice().unwrap().as_ptr();
        let array = ArrayD::from(pooled);
        assert_eq!((array.as_ptr(), array[[1, 1]]), (address, 51.0));
    }

    #[test]
    fn strides_and_offsets_are_kept() {
        let array = array![[1, 2, 3], [4, 5, 6]].mapv(i64::from).reversed_axes();
        let tensor = Tensor::from(array.clone());
        assert_eq!(tensor.to_vec(), [1, 4, 2, 5, 3, 6]);
        let mut cut = array;
        cut.slice_axis_inplace(Axis(0), Slice::new(1, None, -1));
        let cut = Tensor::from(cut);
        assert_eq!(cut.to_vec(), [3, 6, 2, 5]);
        assert_eq!(cut.view(), array![[3, 6], [2, 5]].mapv(i64::from).into_dyn());
        let wide = Tensor::from([[1.0], [2.0]]).expand([2, 3]).unwrap();
        assert_eq!(wide.view(), array![[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]].into_dyn());
        assert_eq!(Tensor::from(Array::<f32, _>::zeros((0, 3))).view().shape(), [0, 3]);
    }

    #[test]
    fn a_shared_tensor_stays_whole() {
        let a = Tensor::from([1.0, 2.0, 3.0]);
        let array = ArrayD::from(a.clone().narrow(0, 1, 2).unwrap());
        assert_eq!(array, array![2.0, 3.0].into_dyn());
        assert_eq!(a.to_vec(), [1.0, 2.0, 3.0]);
    }
}
