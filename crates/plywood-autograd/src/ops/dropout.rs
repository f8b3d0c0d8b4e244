//! Dropout of values and of channels.

use plywood_kernels::dropout::Dropout;
use plywood_tensor::{Error, Result, Scalar, Stream, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// Sets each value to 0 with probability `p` and multiplies the others by `1 / (1 - p)`. The random stream is
    /// advanced by one number, from which all decisions follow.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// use plywood_tensor::Stream;
    /// let x = Var::leaf(Tensor::<f32>::ones([1000]));
    /// let y = x.dropout(0.5, &mut Stream::new(0))?;
    /// assert!(y.value().to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `p` isn't between 0 and 1.
    pub fn dropout(&self, p: f64, random: &mut Stream) -> Result<Self> {
        let drawing = drawing("dropout", p, random)?;
        Ok(drop("dropout", self, drawing, 1))
    }

    /// Sets each channel of each sample of `[n, c, …]` to 0 with probability `p` and multiplies the others by
    /// `1 / (1 - p)` (Tompson et al., "Efficient Object Localization Using Convolutional Networks", 2015).
    ///
    /// # Errors
    /// If `p` isn't between 0 and 1, or the input has fewer than two dimensions.
    pub fn dropout2d(&self, p: f64, random: &mut Stream) -> Result<Self> {
        let [_, _, ref spatial @ ..] = **self.shape() else {
            let (expected, got) = ("2 or more, [n, c, …]", self.shape().len());
            return Err(Error::shape("dropout2d", "number of dimensions", expected, got).with_shapes(self.shape()));
        };
        let run = spatial.iter().product();
        let drawing = drawing("dropout2d", p, random)?;
        Ok(drop("dropout2d", self, drawing, usize::max(run, 1)))
    }

    /// Dropout that keeps mean and variance of what SELU makes: values are set to SELU's lower limit with probability
    /// `p`, then all are scaled and moved (Klambauer et al., "Self-Normalizing Neural Networks", 2017, section 2).
    ///
    /// # Errors
    /// If `p` isn't between 0 and 1.
    pub fn alpha_dropout(&self, p: f64, random: &mut Stream) -> Result<Self> {
        const LIMIT: f64 = -1.758_099_340_847_376_6;
        let drawing = drawing("alpha_dropout", p, random)?;
        // All of them at the limit: their mean can't be moved back to that of nothing.
        let a = if p < 1.0 { ((1.0 - p) * (1.0 + p * LIMIT * LIMIT)).powf(-0.5) } else { 0.0 };
        let b = -a * p * LIMIT;
        let (kept, dropped) = (T::from_f64(a), T::from_f64(a * LIMIT + b));
        let shift = T::from_f64(b);
        let x = self.value().contiguous();
        let value = Tensor::build(self.shape(), |y| {
            for (i, (y, &x)) in y.iter_mut().zip(&*x).enumerate() {
                *y = if drawing.keeps(i) { kept * x + shift } else { dropped };
            }
        });
        let shape = *self.shape();
        Ok(Self::op("alpha_dropout", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                let slope = |i: usize| if drawing.keeps(i) { kept * dy[i] } else { T::ZERO };
                sink.add(0, || Ok(Tensor::from_fn(shape, slope)))
            }
        }))
    }
}

fn drawing(op: &'static str, p: f64, random: &mut Stream) -> Result<Dropout> {
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::value(op, "p", "a probability between 0 and 1", p));
    }
    Ok(Dropout::new(random.bits(), p))
}

fn drop<T: Scalar>(op: &'static str, x: &Var<T>, drawing: Dropout, run: usize) -> Var<T> {
    let (values, shape) = (x.value().contiguous(), *x.shape());
    let value = Tensor::build(shape, |y| drawing.apply(run, &values, y));
    Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || Ok(Tensor::build(shape, |dx| drawing.apply(run, &dy, dx))))
        }
    })
}
