//! The matrix product over any number of dimensions.

use plywood_kernels::gemm::{Epilogue, MatMut, MatRef, gemm, gemm_batched};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// The matrix product as PyTorch's `matmul` defines it: `[…, m, k]` times `[…, k, n]` to `[…, m, n]`, the leading
    /// dimensions broadcast against each other. A vector on the left is a row, one on the right a column, and the
    /// result lacks that dimension.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let a = Var::leaf(Tensor::<f32>::ones([5, 2, 3]));
    /// let b = Var::from(Tensor::ones([3, 4]));
    /// assert_eq!(a.matmul(&b)?.shape(), &[5, 2, 4]);
    /// let v = Var::from(Tensor::<f32>::ones([3]));
    /// assert_eq!(v.matmul(&v)?.item()?, 3.0);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand is a single value, the inner extents differ, or the leading ones can't be broadcast.
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        let (a, b) = (self.shape(), other.shape());
        let inner = |s: &Shape, at: usize| {
            s.get(at).copied().ok_or_else(|| {
                Error::shape("matmul", "operand", "at least one dimension", "a single value")
                    .with_shapes(format!("{a} and {b}"))
            })
        };
        let (left, right) = (inner(a, a.len().wrapping_sub(1))?, inner(b, b.len().saturating_sub(2))?);
        if left != right {
            let what = "last extent of the left operand";
            let expected = format!("{right}, as the right one has");
            return Err(Error::shape("matmul", what, expected, left).with_shapes(format!("{a} and {b}")));
        }
        match (a.len(), b.len()) {
            (1, 1) => self.unsqueeze(0)?.matmul(&other.unsqueeze(1)?)?.reshape([]),
            (1, _) => self.unsqueeze(0)?.matmul(other)?.squeeze(-2),
            (_, 1) => self.matmul(&other.unsqueeze(1)?)?.squeeze(-1),
            // One matrix on the right of many: their rows stand in one tall matrix, and its gradient is one product.
            (3.., 2) => {
                let mut shape = *a;
                shape[a.len() - 1] = b[1];
                let rows = a[..a.len() - 1].iter().product::<usize>();
                self.reshape([rows, left])?.matmul(other)?.reshape(shape)
            }
            _ => product(self, other),
        }
    }
}

/// The product of operands of at least two dimensions each.
fn product<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Result<Var<T>> {
    let batch = batch(a.shape())?.broadcast(&batch(b.shape())?, "matmul")?;
    let (m, n) = (matrix(a.shape())[0], matrix(b.shape())[1]);
    let (left, right) = (Matrices::new(a.value(), &batch)?, Matrices::new(b.value(), &batch)?);
    let value = Tensor::build(with_matrix(&batch, m, n)?, |c| {
        multiply(&left, &right, c, (0..left.offsets.len()).map(|i| (i, false)), false);
    });
    let shapes = [*a.shape(), *b.shape()];
    Ok(Var::op("matmul", &[a, b], value, |_| {
        // Each gradient needs the other operand alone.
        let (left, right) = (b.requires_grad().then_some(left), a.requires_grad().then_some(right));
        move |dy, sink| {
            let dy = Matrices::new(dy, &batch)?;
            if let Some(right) = right {
                let places = places(&shapes[0], &batch)?;
                sink.write(0, |da, add| multiply(&dy, &right.transposed(), da, once(&places, add), add))?;
            }
            if let Some(left) = left {
                let places = places(&shapes[1], &batch)?;
                sink.write(1, |db, add| multiply(&left.transposed(), &dy, db, once(&places, add), add))?;
            }
            Ok(())
        }
    }))
}

/// The leading dimensions.
fn batch(shape: &Shape) -> Result<Shape> {
    Shape::from_slice(&shape[..shape.len() - 2])
}

/// The last two extents.
fn matrix(shape: &Shape) -> [usize; 2] {
    [shape[shape.len() - 2], shape[shape.len() - 1]]
}

fn with_matrix(batch: &Shape, rows: usize, cols: usize) -> Result<Shape> {
    batch.insert(batch.len(), rows)?.insert(batch.len() + 1, cols)
}

/// The matrices of an operand, one for each of the broadcast batch, where they stand.
struct Matrices<T: Scalar> {
    tensor: Tensor<T>,
    offsets: Vec<usize>,
    /// Rows and columns, and the distances between them.
    size: [usize; 2],
    strides: [usize; 2],
}

impl<T: Scalar> Matrices<T> {
    fn new(tensor: &Tensor<T>, batch: &Shape) -> Result<Self> {
        let size = matrix(tensor.shape());
        // The product reads any strides but backwards.
        let forwards = tensor.strides().iter().all(|&s| s >= 0);
        let tensor = if forwards { tensor.clone() } else { tensor.contiguous().into_tensor() };
        let tensor = tensor.expand(with_matrix(batch, size[0], size[1])?)?;
        let (_, start, strides) = tensor.raw();
        let strides: Vec<usize> = strides.iter().map(|&s| s as usize).collect();
        let mut offsets = vec![start];
        for (&extent, &stride) in batch.iter().zip(&strides) {
            offsets = offsets.iter().flat_map(|&o| (0..extent).map(move |i| o + i * stride)).collect();
        }
        let strides = [strides[batch.len()], strides[batch.len() + 1]];
        Ok(Self { tensor, offsets, size, strides })
    }

    fn transposed(mut self) -> Self {
        self.size.reverse();
        self.strides.reverse();
        self
    }

    fn view(&self, at: usize) -> MatRef<'_, T> {
        // Where there are no elements, an offset may lie past the end.
        let data = self.tensor.raw().0.get(at..).unwrap_or(&[]);
        MatRef::new(data, self.size[0], self.size[1], self.strides[0], self.strides[1])
    }

    /// The distance from each matrix to the next, if it is the same throughout.
    fn step(&self) -> Option<usize> {
        let step = self.offsets.get(1)?.checked_sub(self.offsets[0])?;
        self.offsets.windows(2).all(|w| w[0] + step == w[1]).then_some(step)
    }
}

/// For each matrix of the broadcast batch, which one of an operand's own it is.
fn places(shape: &Shape, to: &Shape) -> Result<Vec<usize>> {
    let own = batch(shape)?;
    let indices = Tensor::<i64>::from_fn(own, |i| i as i64).expand(*to)?;
    Ok(indices.values().iter().map(|&i| i as usize).collect())
}

/// Where each product goes, and whether it is added: the first one to a place is written, unless there was something.
fn once(places: &[usize], add: bool) -> impl Iterator<Item = (usize, bool)> {
    let mut seen = vec![add; places.iter().max().map_or(0, |&p| p + 1)];
    places.iter().map(move |&p| (p, std::mem::replace(&mut seen[p], true)))
}

/// The products of all pairs of matrices, the `i`th to the dense matrix of `out` that `to` names; without any pair the
/// sum of none is what is written, or added.
fn multiply<T: Scalar>(
    a: &Matrices<T>,
    b: &Matrices<T>,
    out: &mut [T],
    to: impl Iterator<Item = (usize, bool)>,
    add: bool,
) {
    let (m, n) = (a.size[0], b.size[1]);
    let to: Vec<_> = to.collect();
    let epilogue = |add| if add { Epilogue::ADD } else { Epilogue::WRITE };
    if to.is_empty() && !add {
        out.fill(T::ZERO);
    }
    let in_order = to.iter().enumerate().all(|(i, &t)| t == (i, to[0].1));
    if let (true, Some(a_step), Some(b_step)) = (in_order, a.step(), b.step()) {
        let (a, b) = ((a.view(a.offsets[0]), a_step), (b.view(b.offsets[0]), b_step));
        return gemm_batched(to.len(), a, b, out, epilogue(to[0].1));
    }
    for (i, (place, add)) in to.into_iter().enumerate() {
        let c = &mut out[place * m * n..][..m * n];
        gemm(a.view(a.offsets[i]), b.view(b.offsets[i]), MatMut::row_major(c, m, n), epilogue(add));
    }
}
