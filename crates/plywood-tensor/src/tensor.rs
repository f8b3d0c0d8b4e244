//! The tensor itself: how it is made, read and written.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use crate::layout::Layout;
use crate::shape::MAX_RANK;
use crate::storage::Storage;
use crate::{Element, Error, Result, Scalar, Shape};

/// An n-dimensional array of numbers.
///
/// A clone shares the values, and so does a view ([`reshape`](Tensor::reshape), [`permute`](Tensor::permute),
/// [`narrow`](Tensor::narrow), …); writing happens in place when nobody else shares them, and in a copy otherwise,
/// so a tensor never changes behind its owner's back.
///
/// ```
/// use plywood_tensor::Tensor;
///
/// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let t = x.transpose(0, 1)?;
/// assert_eq!(t.shape(), &[3, 2]);
/// assert_eq!(t.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # Ok::<(), plywood_tensor::Error>(())
/// ```
#[derive(Clone)]
pub struct Tensor<T: Element = f32> {
    storage: Arc<Storage<T>>,
    layout: Layout,
}

impl<T: Element> Tensor<T> {
    /// A tensor of the values in row-major order.
    ///
    /// # Errors
    /// If their number isn't what the shape holds.
    pub fn from_vec(shape: impl Into<Shape>, values: Vec<T>) -> Result<Self> {
        let shape = shape.into();
        if shape.checked_elements() != Some(values.len()) {
            let expected = format!("{} for shape {shape}", shape.iter().map(|&d| d as f64).product::<f64>());
            return Err(Error::shape("from_vec", "number of values", expected, values.len()));
        }
        Ok(Self::from_storage(shape, Storage::from_vec(values)))
    }

    /// A tensor of this shape whose values `write` sets, in row-major order.
    ///
    /// The slice holds arbitrary old values when `write` gets it, so all of them must be set. This is how an operation
    /// makes its result without first filling it with zeros.
    #[inline]
    pub fn build(shape: impl Into<Shape>, write: impl FnOnce(&mut [T])) -> Self {
        let shape = shape.into();
        let mut storage = Storage::stale(shape.elements());
        write(storage.as_mut_slice());
        Self::from_storage(shape, storage)
    }

    /// A tensor with every value equal to `value`.
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::build(shape, |out| out.fill(value))
    }

    /// A tensor whose value at flat index `i` is `f(i)`.
    pub fn from_fn(shape: impl Into<Shape>, mut f: impl FnMut(usize) -> T) -> Self {
        Self::build(shape, |out| out.iter_mut().enumerate().for_each(|(i, x)| *x = f(i)))
    }

    /// A tensor of no dimensions: one value.
    pub fn scalar(value: T) -> Self {
        Self::full([], value)
    }

    pub(crate) fn from_storage(shape: Shape, storage: Storage<T>) -> Self {
        Self { storage: Arc::new(storage), layout: Layout::contiguous(shape) }
    }

    /// The same values seen through another layout, which must stay within them.
    pub(crate) fn with_layout(&self, layout: Layout) -> Self {
        debug_assert!(layout.is_within(self.storage.as_slice().len()));
        Self { storage: self.storage.clone(), layout }
    }

    /// The extents, outermost first.
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.layout.shape
    }

    /// The extents as an array of known length.
    ///
    /// # Errors
    /// If the tensor has another number of dimensions; `op` names who asked, `names` says which ones it wants.
    pub fn dims<const N: usize>(&self, op: &'static str, names: &str) -> Result<[usize; N]> {
        <[usize; N]>::try_from(&**self.shape()).map_err(|_| {
            Error::shape(op, "number of dimensions", format!("{N}, {names}"), self.rank()).with_shapes(self.shape())
        })
    }

    /// The distance between neighbours along each dimension, in values; may be zero or negative.
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides[..self.rank()]
    }

    /// The number of dimensions.
    #[inline]
    pub fn rank(&self) -> usize {
        self.layout.shape.len()
    }

    /// The number of values.
    #[inline]
    pub fn elements(&self) -> usize {
        self.layout.shape.elements()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.elements() == 0
    }

    /// Whether the values lie in row-major order without gaps.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.layout.is_contiguous()
    }

    /// The values in row-major order, if they lie so in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        let start = self.layout.offset;
        self.is_contiguous().then(|| &self.storage.as_slice()[start..start + self.elements()])
    }

    /// The values in row-major order, copied only where they don't lie so in memory.
    #[inline]
    pub fn contiguous(&self) -> Contiguous<T> {
        if self.is_contiguous() {
            return Contiguous(self.clone());
        }
        let Layout { shape, strides, offset } = &self.layout;
        Contiguous(Self::build(shape, |out| {
            plywood_kernels::copy::strided(self.storage.as_slice(), *offset, shape, &strides[..shape.len()], out)
        }))
    }

    /// All memory behind the tensor, of which offset and strides select its values: for operations that read views
    /// without a copy.
    pub fn raw(&self) -> (&[T], usize, &[isize]) {
        (self.storage.as_slice(), self.layout.offset, self.strides())
    }

    /// The values in row-major order, borrowed where they lie so in memory.
    pub fn values(&self) -> Cow<'_, [T]> {
        match self.as_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(self.contiguous().to_vec()),
        }
    }

    /// A copy of the values in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        self.values().into_owned()
    }

    /// The values for writing, in row-major order; copied first if they are shared or lie otherwise.
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_contiguous() {
            *self = self.contiguous().into_tensor();
        }
        if Arc::get_mut(&mut self.storage).is_none() {
            let values = self.contiguous();
            *self = Self::build(self.layout.shape, |out| out.copy_from_slice(&values));
        }
        let (start, n) = (self.layout.offset, self.elements());
        let storage = Arc::get_mut(&mut self.storage).expect("a fresh copy has one owner");
        &mut storage.as_mut_slice()[start..start + n]
    }

    /// The only value of a tensor that has one, whatever its number of dimensions.
    ///
    /// # Errors
    /// If it has another number of values.
    pub fn item(&self) -> Result<T> {
        match self.elements() {
            1 => Ok(self.storage.as_slice()[self.layout.offset]),
            n => Err(Error::shape("item", "number of values", 1, n).with_shapes(self.shape())),
        }
    }

    /// The value at an index, one number a dimension.
    ///
    /// # Errors
    /// If there is no such value.
    pub fn get(&self, index: &[usize]) -> Result<T> {
        let fits = index.len() == self.rank() && index.iter().zip(&**self.shape()).all(|(i, d)| i < d);
        if !fits {
            return Err(Error::shape("get", "index", format!("one within {}", self.shape()), format!("{index:?}")));
        }
        let at: isize = index.iter().zip(self.strides()).map(|(&i, &s)| i as isize * s).sum();
        Ok(self.storage.as_slice()[self.layout.offset.wrapping_add_signed(at)])
    }

    /// A tensor of the same shape with `f` applied to each value.
    pub fn map<U: Element>(&self, f: impl Fn(T) -> U) -> Tensor<U> {
        let values = self.values();
        Tensor::build(self.shape(), |out| out.iter_mut().zip(&*values).for_each(|(y, &x)| *y = f(x)))
    }

    /// A tensor of `f(a, b)` over two tensors of shapes that broadcast to each other.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn zip_map<U: Element, V: Element>(&self, other: &Tensor<U>, f: impl Fn(T, U) -> V) -> Result<Tensor<V>> {
        let shape = self.shape().broadcast(other.shape(), "zip_map")?;
        let (a, b) = (self.expand(shape)?, other.expand(shape)?);
        let (a, b) = (a.values(), b.values());
        Ok(Tensor::build(shape, |out| out.iter_mut().zip(a.iter().zip(&*b)).for_each(|(y, (&a, &b))| *y = f(a, b))))
    }

    /// Whether both have the same shape and equal values.
    pub fn equals(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.values() == other.values()
    }

    /// Whether nobody else shares the values, so that writing happens in place.
    pub fn is_unique(&self) -> bool {
        Arc::strong_count(&self.storage) == 1
    }

    /// The values as a vector, without a copy where this tensor is the only owner of exactly them; where they begin
    /// in that vector comes second.
    pub(crate) fn into_raw_vec(self) -> (Vec<T>, usize) {
        let offset = self.layout.offset;
        if self.is_contiguous() {
            match Arc::try_unwrap(self.storage) {
                Ok(storage) => {
                    let (values, start) = storage.into_vec();
                    (values, start + offset)
                }
                Err(shared) => (shared.as_slice()[offset..offset + self.layout.shape.elements()].to_vec(), 0),
            }
        } else {
            (self.to_vec(), 0)
        }
    }
}

impl<T: Scalar> Tensor<T> {
    /// A tensor of zeros.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::ZERO)
    }

    /// A tensor of ones.
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::ONE)
    }

    /// The same values as the nearest numbers of another type.
    pub fn cast<U: Scalar>(&self) -> Tensor<U> {
        self.map(|x| U::from_f64(x.to_f64()))
    }
}

/// A tensor whose values lie in row-major order without gaps; derefs to them.
///
/// What [`Tensor::contiguous`] returns: kernels take `&[T]`, so an operation reads `&x.contiguous()`.
#[derive(Clone)]
pub struct Contiguous<T: Element>(Tensor<T>);

impl<T: Element> Contiguous<T> {
    /// The tensor itself.
    pub fn into_tensor(self) -> Tensor<T> {
        self.0
    }
}

impl<T: Element> Deref for Contiguous<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        self.0.as_slice().expect("checked when it was made")
    }
}

impl<T: Element> From<T> for Tensor<T> {
    fn from(value: T) -> Self {
        Self::scalar(value)
    }
}

impl<T: Element> From<Vec<T>> for Tensor<T> {
    fn from(values: Vec<T>) -> Self {
        Self::from_storage(Shape::from(values.len()), Storage::from_vec(values))
    }
}

macro_rules! from_nested_arrays {
    ($($ty:ty, [$($n:ident),+], |$array:ident| $flat:expr;)+) => {
        $(impl<T: Element, $(const $n: usize),+> From<$ty> for Tensor<T> {
            fn from($array: $ty) -> Self {
                let values: &[T] = $flat;
                Self::build([$($n),+], |out| out.copy_from_slice(values))
            }
        })+
    };
}
from_nested_arrays! {
    [T; A], [A], |x| x.as_slice();
    [[T; B]; A], [A, B], |x| x.as_flattened();
    [[[T; C]; B]; A], [A, B, C], |x| x.as_flattened().as_flattened();
    [[[[T; D]; C]; B]; A], [A, B, C, D], |x| x.as_flattened().as_flattened().as_flattened();
}

impl<T: Element> std::fmt::Debug for Tensor<T> {
    /// Type, shape and the first values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        let values = self.values();
        write!(f, "Tensor<{}>{} {:?}", T::DTYPE, self.shape(), &values[..values.len().min(SHOWN)])?;
        if values.len() > SHOWN { write!(f, " and {} more", values.len() - SHOWN) } else { Ok(()) }
    }
}

const _: () = assert!(MAX_RANK == 8, "messages and the array constructors name this number");
