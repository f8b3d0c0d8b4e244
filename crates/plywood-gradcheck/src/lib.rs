//! Property-testing kit for gradients: strategies, finite differences and assertions.
//!
//! A layer of your own in ten lines:
//!
//! ```
//! use plywood_autograd::{Result, Var};
//! use plywood_gradcheck::{gradcheck, shapes, tensors};
//! use proptest::prelude::*;
//!
//! fn my_layer(x: &Var<f64>) -> Result<Var<f64>> {
//!     x.transpose(0, 1)?.flatten(0)
//! }
//!
//! proptest! {
//!     # fn doc_test_wrapper(
//!     /* #[test] fn my_layer_has_right_gradients( */ x in tensors(shapes(2..=4, 1..=5))
//!     # )
//!     {
//!         gradcheck(|x| my_layer(&x[0]), &[x])?;
//!     }
//! }
//! # doc_test_wrapper();
//! ```

mod check;
mod derivative;
mod failure;
mod layout;
mod run;
mod shapes;
mod tensors;
mod values;

pub use check::{Gradcheck, gradcheck};
pub use failure::{Failure, Kind};
pub use layout::scatter;
pub use plywood_autograd::Var;
pub use plywood_tensor::{Shape, Tensor};
pub use run::Outputs;
pub use shapes::{broadcasting, fixed, shapes};
pub use tensors::{Shapes, Tensors, booleans, integers, tensors};
