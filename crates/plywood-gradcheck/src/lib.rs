//! Property-testing kit for gradients: strategies, finite differences and assertions.
//!
//! A layer of your own gets its test in ten lines:
//!
//! ```
//! use plywood_gradcheck::prelude::*;
//!
//! fn my_layer(x: &Var<f64>) -> Result<Var<f64>, Error> {
//!     x.transpose(0, 1)?.flatten(0)
//! }
//!
//! proptest! {
//!     #[test]
//!     fn my_layer_has_right_gradients(x in tensors(shapes(2..=4, 1..=5))) {
//!         gradcheck(|x| my_layer(&x[0]), &[x])?;
//!     }
//! }
//! ```

#![allow(clippy::test_attr_in_doctest, reason = "examples of tests are what this crate has to show")]

mod check;
mod derivative;
mod failure;
mod layout;
pub mod prelude;
mod run;
mod shapes;
mod tensors;
mod values;

pub use check::{Gradcheck, Input, gradcheck};
pub use failure::{Failure, Kind};
pub use layout::scatter;
pub use plywood_autograd::Var;
pub use plywood_tensor::{Shape, Tensor};
pub use run::Outputs;
pub use shapes::{broadcasting, fixed, shapes};
pub use tensors::{Shapes, Tensors, booleans, integers, tensors};

#[doc(no_inline)]
pub use proptest;

/// A configuration of `proptest!` with this many cases a property: `#![proptest_config(cases(32))]`.
///
/// Failing seeds are not written to files: the shrunk example is in the message.
pub fn cases(n: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config { cases: n, failure_persistence: None, ..Default::default() }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
