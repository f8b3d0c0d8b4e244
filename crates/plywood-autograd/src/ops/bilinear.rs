//! A bilinear map of two inputs.

use plywood_tensor::{Error, Result, Scalar};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `y[o] = xᵀ W[o] z + b[o]` over the last dimensions: `[…, in1]` and `[…, in2]` with `weight [out, in1, in2]` and
    /// `bias [out]` to `[…, out]`.
    ///
    /// # Errors
    /// If the extents don't fit each other.
    pub fn bilinear(&self, other: &Self, weight: &Self, bias: Option<&Self>) -> Result<Self> {
        let [out, in1, in2] = weight.value().dims("bilinear", "[out_features, in1, in2] for the weight")?;
        let ends = |x: &Self, extent| x.shape().last() == Some(&extent);
        let outer = |x: &Self| x.shape().len().checked_sub(1).map(|rank| x.shape()[..rank].to_vec());
        if !ends(self, in1) || !ends(other, in2) || outer(self) != outer(other) {
            let got = format!("{} and {}", self.shape(), other.shape());
            return Err(Error::shape("bilinear", "inputs", format!("[…, {in1}] and […, {in2}]"), got)
                .with_shapes(format!("weight {}", weight.shape())));
        }
        let mut shape = *self.shape();
        let rank = shape.len();
        shape[rank - 1] = out;
        let rows = shape[..rank - 1].iter().product::<usize>();
        // All of x's products with W at once, then a small product with z for each row.
        let flat = weight.permute(&[1, 0, 2])?.reshape([in1, out * in2])?;
        let half = self.reshape([rows, in1])?.matmul(&flat)?.reshape([rows, out, in2])?;
        let y = half.matmul(&other.reshape([rows, in2, 1])?)?.reshape(shape)?;
        match bias {
            Some(bias) if bias.shape() == &[out] => y.add(bias),
            Some(bias) => Err(Error::shape("bilinear", "shape of the bias", format!("[{out}]"), bias.shape())),
            None => Ok(y),
        }
    }
}
