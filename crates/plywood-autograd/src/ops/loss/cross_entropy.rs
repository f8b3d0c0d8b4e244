//! Cross-entropy of logits, with classes or probabilities as targets.

use plywood_kernels::loss::Reduction;
use plywood_kernels::loss::cross_entropy::{self as kernel, Target, Weighting};
use plywood_tensor::{Contiguous, Error, Result, Scalar, Tensor};

use super::{Rows, check_weight, last, reduce};
use crate::Var;

/// How [`cross_entropy_with`] counts.
#[derive(Clone, Debug)]
pub struct CrossEntropy<T: Scalar = f32> {
    /// The weight of each class, `[classes]`; a mean divides by the weights of the targets.
    pub weight: Option<Tensor<T>>,
    /// Targets of this class count for nothing.
    pub ignore_index: i64,
    /// The part of each target that is spread evenly over all classes, 0 to 1 (Szegedy et al. 2016, section 7).
    pub label_smoothing: f64,
    /// How the losses become one number.
    pub reduction: Reduction,
}

impl<T: Scalar> Default for CrossEntropy<T> {
    /// No weights, `ignore_index` −100, no smoothing, the mean: PyTorch's.
    fn default() -> Self {
        Self { weight: None, ignore_index: -100, label_smoothing: 0.0, reduction: Reduction::Mean }
    }
}

/// What a classifier should have said.
#[derive(Clone, Copy, Debug)]
pub enum ClassTarget<'a, T: Scalar = f32> {
    /// The right class of each place, in the shape of the scores without the class dimension.
    Classes(&'a Tensor<i64>),
    /// The right probabilities, in the shape of the scores.
    Probabilities(&'a Var<T>),
}

impl<'a, T: Scalar> From<&'a Tensor<i64>> for ClassTarget<'a, T> {
    fn from(classes: &'a Tensor<i64>) -> Self {
        Self::Classes(classes)
    }
}

impl<'a, T: Scalar> From<&'a Var<T>> for ClassTarget<'a, T> {
    fn from(probabilities: &'a Var<T>) -> Self {
        Self::Probabilities(probabilities)
    }
}

/// The mean cross-entropy of logits `[n, classes, …]` with targets: class numbers `[n, …]`, or probabilities of the
/// logits' shape. The softmax is inside.
///
/// ```
/// use plywood_autograd::{Tensor, Var, cross_entropy};
/// let logits = Var::<f32>::leaf(Tensor::from([[2.0, 0.0], [0.0, 0.0]]));
/// let loss = cross_entropy(&logits, &Tensor::from([0, 1]))?;
/// assert!((loss.item()? - 0.410).abs() < 1e-3);
/// let error = cross_entropy(&logits, &Tensor::from([0, 2])).unwrap_err().to_string();
/// assert_eq!(error, "cross_entropy: label at flat index 1: expected 0 to 1, got 2");
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If the shapes don't fit, or a class is out of range.
pub fn cross_entropy<'a, T: Scalar>(input: &Var<T>, target: impl Into<ClassTarget<'a, T>>) -> Result<Var<T>> {
    cross_entropy_with(input, target, &CrossEntropy::default())
}

/// [`cross_entropy`] with class weights, a class left out, smoothed labels or another reduction.
///
/// # Errors
/// As [`cross_entropy`], and if the weights' shape or the smoothing is wrong.
pub fn cross_entropy_with<'a, T: Scalar>(
    input: &Var<T>,
    target: impl Into<ClassTarget<'a, T>>,
    options: &CrossEntropy<T>,
) -> Result<Var<T>> {
    const OP: &str = "cross_entropy";
    if !(0.0..=1.0).contains(&options.label_smoothing) {
        return Err(Error::value(OP, "label_smoothing", "a number from 0 to 1", options.label_smoothing));
    }
    let rows = Rows::of(OP, input.value())?;
    check_weight(OP, options.weight.as_ref(), rows.classes)?;
    let weight = options.weight.as_ref().map(Tensor::contiguous);
    let target = target.into();
    let saved = SavedTarget::of(target, &rows, options.ignore_index, input)?;
    let how = Weighting { weight: weight.as_deref(), smoothing: T::from_f64(options.label_smoothing) };

    let mut log_sums = Tensor::zeros(rows.places);
    let losses = Tensor::build(rows.places, |losses| {
        kernel::forward(&rows.values, saved.as_target(), how, losses, log_sums.make_mut());
    });
    let count = saved.count(&rows, weight.as_deref());
    let inputs = match &target {
        ClassTarget::Classes(_) => &[input][..],
        ClassTarget::Probabilities(q) => &[input, q],
    };
    let smoothing = options.label_smoothing;
    Ok(reduce(OP, inputs, losses, options.reduction, count, || {
        move |g, sink| {
            let how = Weighting { weight: weight.as_deref(), smoothing: T::from_f64(smoothing) };
            let log_sums = log_sums.contiguous();
            if rows.dim + 1 == sink.shape(0).len() {
                sink.write(0, |dx, add| kernel::adjoint(&rows.values, saved.as_target(), how, &log_sums, g, dx, add))?;
            } else {
                sink.add(0, || {
                    rows.restore(Tensor::build(rows.values.len(), |dx| {
                        kernel::adjoint(&rows.values, saved.as_target(), how, &log_sums, g, dx, false);
                    }))
                })?;
            }
            match saved {
                SavedTarget::Classes { .. } => Ok(()),
                SavedTarget::Probabilities(_) => sink.add(1, || {
                    rows.restore(Tensor::build(rows.values.len(), |dq| {
                        kernel::target_adjoint(&rows.values, how, &log_sums, g, dq, false);
                    }))
                }),
            }
        }
    }))
}

/// The target in row order.
enum SavedTarget<T: Scalar> {
    Classes { classes: Contiguous<i64>, ignore: i64 },
    Probabilities(Contiguous<T>),
}

impl<T: Scalar> SavedTarget<T> {
    fn of(target: ClassTarget<'_, T>, rows: &Rows<T>, ignore: i64, input: &Var<T>) -> Result<Self> {
        match target {
            ClassTarget::Classes(classes) => {
                rows.check("cross_entropy", classes, ignore)?;
                Ok(Self::Classes { classes: classes.contiguous(), ignore })
            }
            ClassTarget::Probabilities(q) if q.shape() == input.shape() => {
                Ok(Self::Probabilities(last(q.value(), rows.dim)?.contiguous()))
            }
            ClassTarget::Probabilities(q) => {
                Err(Error::shape("cross_entropy", "shape of the target", input.shape(), q.shape()))
            }
        }
    }

    fn as_target(&self) -> Target<'_, T> {
        match self {
            Self::Classes { classes, ignore } => Target::Classes { classes, ignore: *ignore },
            Self::Probabilities(q) => Target::Probabilities(q),
        }
    }

    /// What a mean divides by: the weight of all targets, or the number of rows.
    fn count(&self, rows: &Rows<T>, weight: Option<&[T]>) -> T {
        match self {
            Self::Classes { classes, ignore } => {
                let counted = classes.iter().filter(|&c| c != ignore);
                counted.map(|&c| weight.map_or(T::ONE, |w| w[c as usize])).sum()
            }
            Self::Probabilities(_) => T::from_usize(rows.places.elements()),
        }
    }
}
