//! Everything that a gradient property test needs: `use plywood_gradcheck::prelude::*;`.

pub use proptest::prelude::*;

#[cfg(feature = "nn")]
pub use crate::gradcheck_module;
pub use crate::{Gradcheck, booleans, broadcasting, cases, fixed, gradcheck, integers, shapes, tensors};
pub use plywood_autograd::{Error, Shape, Tensor, Var};
