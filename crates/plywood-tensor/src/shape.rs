//! The extents of a tensor, as a small value that is copied around.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::{Error, Result};

/// The greatest number of dimensions that a tensor can have.
pub const MAX_RANK: usize = 8;

/// The extents of a tensor, outermost first; at most [`MAX_RANK`] of them. No dimensions at all is a single value.
///
/// A shape behaves as a slice of `usize` and is written from an array:
///
/// ```
/// use plywood_tensor::Shape;
/// let shape = Shape::from([64, 1, 28, 28]);
/// assert_eq!((shape.len(), shape[1], shape.elements()), (4, 1, 50_176));
/// assert_eq!(shape.to_string(), "[64, 1, 28, 28]");
/// ```
#[derive(Clone, Copy)]
pub struct Shape {
    dims: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// The number of values: the product of the extents, 1 for no dimensions.
    pub fn elements(&self) -> usize {
        self.iter().product()
    }

    /// The number of values, or `None` where it doesn't fit a `usize`; for extents that come from a file.
    pub fn checked_elements(&self) -> Option<usize> {
        self.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
    }

    /// The strides of a contiguous row-major tensor of this shape, in elements.
    pub fn strides(&self) -> [isize; MAX_RANK] {
        let mut strides = [0; MAX_RANK];
        let mut step = 1;
        for i in (0..self.rank).rev() {
            strides[i] = step;
            step *= self.dims[i] as isize;
        }
        strides
    }

    /// This shape with one more extent, put in front of dimension `at`.
    ///
    /// # Errors
    /// If `at` is greater than the rank, or the rank is already [`MAX_RANK`].
    pub fn insert(&self, at: usize, extent: usize) -> Result<Self> {
        if at > self.rank || self.rank == MAX_RANK {
            return Err(Error::shape(
                "insert a dimension",
                "position",
                format!("0 to {} of at most {MAX_RANK}", self.rank),
                at,
            ));
        }
        let mut out = *self;
        out.dims.copy_within(at..self.rank, at + 1);
        out.dims[at] = extent;
        out.rank += 1;
        Ok(out)
    }

    /// This shape without dimension `at`, which must exist.
    pub fn remove(&self, at: usize) -> Self {
        let mut out = *self;
        out.dims.copy_within(at + 1..self.rank, at);
        out.rank -= 1;
        out
    }

    /// The shape that both broadcast to: aligned at the last dimension, where an extent of 1 stretches.
    ///
    /// ```
    /// use plywood_tensor::Shape;
    /// let both = Shape::from([8, 1, 3]).broadcast(&Shape::from([4, 1]), "add").unwrap();
    /// assert_eq!(both, [8, 4, 3]);
    /// ```
    ///
    /// # Errors
    /// If two extents differ and neither is 1; `op` names who asked.
    pub fn broadcast(&self, other: &Shape, op: &'static str) -> Result<Shape> {
        let (long, short) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let mut out = *long;
        let shift = long.rank - short.rank;
        for (i, &extent) in short.iter().enumerate() {
            let mine = &mut out.dims[shift + i];
            match (*mine, extent) {
                (a, b) if a == b || b == 1 => {}
                (1, b) => *mine = b,
                (a, b) => {
                    let (what, expected) = (format!("dimension {}", shift + i), "equal extents, or 1 in one of them");
                    let shapes = format!("{self} and {other}");
                    return Err(Error::shape(op, what, expected, format_args!("{a} and {b}")).with_shapes(shapes));
                }
            }
        }
        Ok(out)
    }

    /// Turns a dimension counted from the end (-1 is the last) into one counted from the front.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn dim(&self, dim: isize, op: &'static str) -> Result<usize> {
        let rank = self.rank as isize;
        if (-rank..rank).contains(&dim) {
            Ok(if dim < 0 { dim + rank } else { dim } as usize)
        } else {
            let expected =
                if rank == 0 { "none, for a single value".into() } else { format!("{} to {}", -rank, rank - 1) };
            Err(Error::shape(op, "dimension", expected, dim).with_shapes(self))
        }
    }

    /// A shape from extents known only at run time.
    ///
    /// # Errors
    /// If there are more than [`MAX_RANK`].
    pub fn from_slice(extents: &[usize]) -> Result<Self> {
        if extents.len() > MAX_RANK {
            return Err(Error::shape("shape", "number of dimensions", format!("at most {MAX_RANK}"), extents.len()));
        }
        let mut dims = [0; MAX_RANK];
        dims[..extents.len()].copy_from_slice(extents);
        Ok(Self { dims, rank: extents.len() })
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(extents: [usize; N]) -> Self {
        const { assert!(N <= MAX_RANK, "a tensor has at most 8 dimensions") };
        let mut dims = [0; MAX_RANK];
        dims[..N].copy_from_slice(&extents);
        Self { dims, rank: N }
    }
}

impl From<usize> for Shape {
    fn from(extent: usize) -> Self {
        Self::from([extent])
    }
}

impl From<()> for Shape {
    fn from((): ()) -> Self {
        Self::from([])
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        *shape
    }
}

impl Deref for Shape {
    type Target = [usize];
    #[inline]
    fn deref(&self) -> &[usize] {
        &self.dims[..self.rank]
    }
}

impl DerefMut for Shape {
    #[inline]
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.dims[..self.rank]
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Shape {}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == other[..]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &**self)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_aligns_at_the_end() {
        let b = |a: &[usize], b: &[usize]| {
            Shape::from_slice(a).unwrap().broadcast(&Shape::from_slice(b).unwrap(), "add").map(|s| s.to_vec())
        };
        assert_eq!(b(&[], &[2, 3]).unwrap(), [2, 3]);
        assert_eq!(b(&[5, 1], &[4]).unwrap(), [5, 4]);
        assert_eq!(b(&[0], &[1]).unwrap(), [0]);
        assert_eq!(b(&[1, 3], &[7, 1, 3]).unwrap(), [7, 1, 3]);
        let error = b(&[2, 3], &[4]).unwrap_err().to_string();
        assert_eq!(
            error,
            "add: dimension 1: expected equal extents, or 1 in one of them, got 3 and 4 ([2, 3] and [4])"
        );
    }

    #[test]
    fn dimensions_count_from_either_end() {
        let shape = Shape::from([2, 3]);
        assert_eq!(shape.dim(-1, "sum").unwrap(), 1);
        assert_eq!(shape.dim(0, "sum").unwrap(), 0);
        assert!(shape.dim(2, "sum").unwrap_err().to_string().contains("expected -2 to 1, got 2"));
    }

    #[test]
    fn insert_and_remove() {
        let shape = Shape::from([2, 3]);
        assert_eq!(shape.insert(1, 9).unwrap(), [2, 9, 3]);
        assert_eq!(shape.insert(2, 9).unwrap(), [2, 3, 9]);
        assert!(shape.insert(3, 9).is_err());
        assert_eq!(shape.remove(0), [3]);
    }
}
