//! Looking for the first NaN or infinity.
//!
//! Within [`detect_anomaly`] every result and every gradient of this thread is looked at, and the first one that isn't
//! finite is named with its operation and, where layers tell it, its place in the model. Outside, the cost is one look
//! at a flag.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use plywood_tensor::{Error, Result, Scalar, Tensor};

thread_local! {
    static LOOKING: Cell<bool> = const { Cell::new(false) };
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
    static PLACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f`, forward and backward passes included, and fails with the operation and place where the first NaN or
/// infinity arose. Slower than running `f` alone: for finding out, not for training.
///
/// ```
/// use plywood_autograd::{Var, anomaly::detect_anomaly};
/// use plywood_tensor::Tensor;
///
/// let x = Var::leaf(Tensor::from([1.0, 0.0]));
/// let inverse = |x: &Var| Var::op("inverse", &[x], x.value().map(|x| 1.0 / x), |_| |_, _| Ok(()));
/// let error = detect_anomaly(|| Ok(inverse(&x))).unwrap_err();
/// assert_eq!(error.to_string(), "detect_anomaly: inf in the result of inverse, at flat index 1 of shape [2]");
/// ```
///
/// # Errors
/// The anomaly, or the error of `f`.
pub fn detect_anomaly<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            LOOKING.set(self.0);
        }
    }
    let _reset = Reset(LOOKING.replace(true));
    FIRST.take();
    let result = f();
    match FIRST.take() {
        Some(message) => Err(Error::state("detect_anomaly", message)),
        None => result,
    }
}

/// Names the part of a model that `f` runs; nested names are joined by dots. Costs nothing unless anomalies are looked for.
pub fn scope<R>(name: &str, f: impl FnOnce() -> R) -> R {
    if !LOOKING.get() || name.is_empty() {
        return f();
    }
    PLACE.with_borrow_mut(|place| place.push(name.to_owned()));
    let result = f();
    PLACE.with_borrow_mut(|place| place.pop());
    result
}

/// The present place, where anomalies are looked for and a layer has told it.
pub(crate) fn place() -> Option<Arc<str>> {
    if !LOOKING.get() {
        return None;
    }
    PLACE.with_borrow(|place| (!place.is_empty()).then(|| place.join(".").into()))
}

#[inline]
pub(crate) fn check_forward<T: Scalar>(op: &'static str, value: &Tensor<T>) {
    if LOOKING.get() && FIRST.with_borrow(Option::is_none) {
        FIRST.set(find("the result of", op, place().as_deref(), value));
    }
}

#[inline]
pub(crate) fn check_backward<T: Scalar>(
    op: &'static str,
    place: Option<&str>,
    input: usize,
    gradient: &Tensor<T>,
) -> Result<()> {
    if !LOOKING.get() || FIRST.with_borrow(Option::is_some) {
        return Ok(());
    }
    match find(&format!("the gradient of input {input} of"), op, place, gradient) {
        None => Ok(()),
        Some(message) => {
            FIRST.set(Some(message.clone()));
            Err(Error::state("detect_anomaly", message))
        }
    }
}

/// A sentence about the first value that isn't finite, if there is one.
fn find<T: Scalar>(subject: &str, op: &str, place: Option<&str>, values: &Tensor<T>) -> Option<String> {
    let values_in_order = values.values();
    let (i, x) = values_in_order.iter().enumerate().find(|(_, x)| !x.is_finite())?;
    let place = place.map_or(String::new(), |place| format!(" in {place}"));
    Some(format!("{x} in {subject} {op}{place}, at flat index {i} of shape {}", values.shape()))
}
