//! Everything that a gradient property test needs: `use plywood_gradcheck::prelude::*;`.

pub use proptest::prelude::*;

pub use crate::{Gradcheck, booleans, broadcasting, cases, fixed, gradcheck, integers, shapes, tensors};
pub use plywood_autograd::{Error, Shape, Tensor, Var};
