//! The greatest of several linear pieces.

use plywood_kernels::pool::Window;
use plywood_tensor::{Error, Result, Scalar, Shape};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// The greatest of each `pieces` neighbouring values of the last dimension, `[…, units·pieces]` to `[…, units]`
    /// (Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout Networks", 2013).
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[1.0, 5.0, 2.0, -3.0]]));
    /// assert_eq!(x.maxout(2)?.value().to_vec(), [5.0, 2.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the last extent isn't a multiple of `pieces`, or anything is 0.
    pub fn maxout(&self, pieces: usize) -> Result<Self> {
        let shape = *self.shape();
        let Some((&last, outer)) =
            shape.split_last().filter(|&(&last, _)| pieces > 0 && last > 0 && last % pieces == 0)
        else {
            let expected = format!("a multiple of the {pieces} pieces");
            let got = shape.last().map_or("a single value".into(), usize::to_string);
            return Err(Error::shape("maxout", "last extent of the input", expected, got).with_shapes(shape));
        };
        // Windows side by side along one row are a max pooling.
        let rows = self.reshape([1, outer.iter().product(), last])?;
        let pooled = rows.max_pool1d(Window::from(pieces))?;
        pooled.reshape(Shape::from_slice(&[outer, &[last / pieces][..]].concat())?)
    }
}
