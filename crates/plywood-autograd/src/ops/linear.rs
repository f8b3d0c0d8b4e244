//! The linear map of a layer: `x Wᵀ + b`.

use plywood_kernels::accumulate;
use plywood_kernels::gemm::{Bias, Epilogue, MatMut, MatRef, gemm};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `x Wᵀ + b` over the last dimension: `[…, in]` with `weight [out, in]` and `bias [out]` to `[…, out]`.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::from(Tensor::from([[1.0, 2.0]]));
    /// let (weight, bias) = (Var::leaf(Tensor::from([[3.0, 4.0]])), Var::leaf(Tensor::from([5.0])));
    /// let y = x.linear(&weight, Some(&bias))?;
    /// assert_eq!(y.item()?, 16.0);
    /// assert_eq!(y.backward()?.get(&weight).unwrap().to_vec(), [1.0, 2.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the last extent of the input isn't `in`, the weight hasn't two dimensions, or the bias isn't `[out]`.
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Result<Self> {
        let [out_features, in_features] =
            weight.value().dims("linear", "[out_features, in_features] for the weight")?;
        let (shape, rows) = output_shape(self.shape(), in_features, out_features)?;
        if let Some(bias) = bias.filter(|bias| bias.shape() != &[out_features]) {
            return Err(Error::shape("linear", "shape of the bias", format!("[{out_features}]"), bias.shape()));
        }
        let (x, w) = (self.value().contiguous(), weight.value().contiguous());
        let b = bias.map(|bias| bias.value().contiguous());
        let value = Tensor::build(shape, |y| {
            let epilogue = Epilogue { bias: b.as_deref().map_or(Bias::None, Bias::PerColumn), ..Epilogue::WRITE };
            let (x, w) = (MatRef::row_major(&x, rows, in_features), MatRef::row_major(&w, out_features, in_features));
            gemm(x, w.t(), MatMut::row_major(y, rows, out_features), epilogue);
        });
        let inputs = [self, weight, bias.unwrap_or(weight)];
        let inputs = if bias.is_some() { &inputs[..] } else { &inputs[..2] };
        let (wants_x, wants_w) = (self.requires_grad(), weight.requires_grad());
        Ok(Self::op("linear", inputs, value, |_| {
            // Each gradient needs the other operand alone.
            let (x, w) = (wants_w.then_some(x), wants_x.then_some(w));
            let has_bias = b.is_some();
            move |dy, sink| {
                let dy = dy.contiguous();
                let dy_matrix = MatRef::row_major(&dy, rows, out_features);
                let epilogue = |accumulate| if accumulate { Epilogue::ADD } else { Epilogue::WRITE };
                if let Some(w) = w {
                    let w = MatRef::row_major(&w, out_features, in_features);
                    sink.write(0, |dx, add| {
                        gemm(dy_matrix, w, MatMut::row_major(dx, rows, in_features), epilogue(add));
                    })?;
                }
                if let Some(x) = x {
                    let x = MatRef::row_major(&x, rows, in_features);
                    sink.write(1, |dw, add| {
                        gemm(dy_matrix.t(), x, MatMut::row_major(dw, out_features, in_features), epilogue(add));
                    })?;
                }
                if has_bias { sink.write(2, |db, add| accumulate::rows(db, &dy, add)) } else { Ok(()) }
            }
        }))
    }
}

/// The output's shape, and the number of rows of input and output as matrices.
fn output_shape(x: &Shape, in_features: usize, out_features: usize) -> Result<(Shape, usize)> {
    match x.split_last() {
        Some((&last, outer)) if last == in_features => {
            let mut shape = *x;
            shape[outer.len()] = out_features;
            Ok((shape, outer.iter().product()))
        }
        last => {
            let got = last.map_or("a single value".to_owned(), |(last, _)| last.to_string());
            let operands = format!("input {x}, weight [{out_features}, {in_features}]");
            Err(Error::shape("linear", "last extent of the input", in_features, got).with_shapes(operands))
        }
    }
}
