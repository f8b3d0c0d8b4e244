//! Padding, rolling, flipping: operations that read through an index map a dimension.

use plywood_kernels::index::{self, Remap};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;

/// What stands beyond the ends of a dimension that is padded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// This value.
    Constant(f64),
    /// The values mirrored at the first and last one, which aren't repeated.
    Reflect,
    /// The first and last value.
    Replicate,
    /// The values from the other end.
    Circular,
}

impl<T: Scalar> Var<T> {
    /// Widens the last dimensions: `padding` is `[[before, after] of the last dimension, of the one before it, …]`, in
    /// PyTorch's order; negative numbers cut values off.
    ///
    /// ```
    /// use plywood_autograd::{PadMode, Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[1.0, 2.0, 3.0]]));
    /// assert_eq!(x.pad(&[[1, 0]], PadMode::Constant(0.0))?.value().to_vec(), [0.0, 1.0, 2.0, 3.0]);
    /// assert_eq!(x.pad(&[[2, -1]], PadMode::Reflect)?.value().to_vec(), [3.0, 2.0, 1.0, 2.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are more paddings than dimensions, nothing would be left of one, or the mode needs more values than a
    /// dimension has.
    pub fn pad(&self, padding: &[[isize; 2]], mode: PadMode) -> Result<Self> {
        let rank = self.shape().len();
        if padding.len() > rank {
            let expected = format!("at most {rank}, one a dimension");
            return Err(Error::shape("pad", "paddings", expected, padding.len()).with_shapes(self.shape()));
        }
        let (kind, fill) = match mode {
            PadMode::Constant(value) => (index::Padding::Constant, T::from_f64(value)),
            PadMode::Reflect => (index::Padding::Reflect, T::ZERO),
            PadMode::Replicate => (index::Padding::Replicate, T::ZERO),
            PadMode::Circular => (index::Padding::Circular, T::ZERO),
        };
        let mut maps = vec![None; rank];
        for (i, &[before, after]) in padding.iter().enumerate().filter(|&(_, p)| p != &[0, 0]) {
            let d = rank - 1 - i;
            let map = index::pad_map(self.shape()[d], before, after, kind).map_err(|e| {
                let what = format!("{} of dimension {d}", e.what);
                Error::shape("pad", what, e.expected, e.got).with_shapes(format!("input {}", self.shape()))
            })?;
            maps[d] = Some(map);
        }
        Ok(remap("pad", self, maps, fill))
    }

    /// Moves values along dimensions, `(dim, shift)` each; what leaves at the end comes in at the start.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn roll(&self, shifts: &[(isize, isize)]) -> Result<Self> {
        let mut maps: Vec<Option<Vec<usize>>> = vec![None; self.shape().len()];
        for &(dim, shift) in shifts {
            let d = self.shape().dim(dim, "roll")?;
            let map = index::roll_map(self.shape()[d], shift);
            maps[d] = Some(match maps[d].take() {
                Some(earlier) => map.into_iter().map(|i| earlier[i]).collect(),
                None => map,
            });
        }
        Ok(remap("roll", self, maps, T::ZERO))
    }

    /// The entries of these dimensions in reverse order: a view.
    ///
    /// # Errors
    /// If there is no such dimension, or one is named twice.
    pub fn flip(&self, dims: &[isize]) -> Result<Self> {
        let dims = dims.iter().map(|&d| self.shape().dim(d, "flip")).collect::<Result<Vec<usize>>>()?;
        if let Some(twice) = (1..dims.len()).find(|&i| dims[..i].contains(&dims[i])) {
            let expected = "each dimension once at most";
            return Err(Error::shape("flip", "dimensions", expected, format!("{} twice", dims[twice])));
        }
        let flip = move |x: &Tensor<T>| dims.iter().try_fold(x.clone(), |x, &d| x.slice(d as isize, -1, None, -1));
        let value = flip(self.value())?;
        Ok(Self::op("flip", &[self], value, |_| move |dy, sink| sink.add(0, || flip(dy))))
    }
}

/// Reads `x` through the maps, one for each dimension that has one.
pub(super) fn remap<T: Scalar>(op: &'static str, x: &Var<T>, maps: Vec<Option<Vec<usize>>>, fill: T) -> Var<T> {
    let (input, mut output): (Shape, Shape) = (*x.shape(), *x.shape());
    for (extent, map) in output.iter_mut().zip(&maps) {
        *extent = map.as_ref().map_or(*extent, Vec::len);
    }
    let remap = Remap::new(&input, maps);
    let values = x.value().contiguous();
    let value = Tensor::build(output, |y| remap.forward(&values, fill, y));
    Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.write(0, |dx, accumulate| remap.adjoint(&dy, dx, accumulate))
        }
    })
}
