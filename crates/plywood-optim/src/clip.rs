//! Keeping gradients small.

use plywood_autograd::{Error, Gradients, Result, Scalar};
use plywood_kernels::optim::squared_norm;

use crate::settings::at_least_0;

/// Scales all gradients by one factor so that their norm, taken over all of them together, is at most `max_norm`.
/// Returns the norm before.
///
/// Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
///
/// ```
/// use plywood_autograd::{Tensor, Var};
/// use plywood_optim::clip_grad_norm;
///
/// let w = Var::leaf(Tensor::from([0.0f64, 0.0]));
/// let mut grads = w.backward_with(Tensor::from([3.0, 4.0]))?;
/// assert_eq!(clip_grad_norm(&mut grads, 1.0)?, 5.0);
/// let clipped = grads.of(&w)?.to_vec();
/// assert!((clipped[0] - 0.6).abs() < 1e-6 && (clipped[1] - 0.8).abs() < 1e-6);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
///
/// # Errors
/// Unless `max_norm` is a finite number of at least 0 and the norm is finite; the gradients are then unchanged.
pub fn clip_grad_norm<T: Scalar>(grads: &mut Gradients<T>, max_norm: f64) -> Result<f64> {
    at_least_0("clip_grad_norm", "max_norm", max_norm)?;
    let total: f64 = grads.iter().map(|(_, gradient)| squared_norm(&gradient.contiguous())).sum();
    let norm = total.sqrt();
    if !norm.is_finite() {
        let message = format!("the norm of the gradients is {norm}, so no factor makes it finite");
        return Err(Error::state("clip_grad_norm", message));
    }
    // The small number is PyTorch's guard against a division by 0.
    let factor = max_norm / (norm + 1e-6);
    if factor < 1.0 {
        scale(grads, factor);
    }
    Ok(norm)
}

/// Limits each value of each gradient to between `-limit` and `limit`.
///
/// # Errors
/// Unless `limit` is a finite number of at least 0.
pub fn clip_grad_value<T: Scalar>(grads: &mut Gradients<T>, limit: f64) -> Result<()> {
    at_least_0("clip_grad_value", "limit", limit)?;
    let limit = T::from_f64(limit);
    for (_, gradient) in grads.iter_mut() {
        // Comparisons let NaN through, which a clamp by minimum and maximum would hide.
        gradient.make_mut().iter_mut().for_each(|g| {
            *g = if *g > limit {
                limit
            } else if *g < -limit {
                -limit
            } else {
                *g
            }
        });
    }
    Ok(())
}

/// Multiplies all gradients by a factor.
pub(crate) fn scale<T: Scalar>(grads: &mut Gradients<T>, factor: f64) {
    let factor = T::from_f64(factor);
    grads.iter_mut().for_each(|(_, gradient)| gradient.make_mut().iter_mut().for_each(|g| *g *= factor));
}
