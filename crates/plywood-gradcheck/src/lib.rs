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
//!
//! Such tests stand in an integration test (`tests/….rs`). `cargo test` then draws inputs, and a failing one is shrunk:
//!
//! ```text
//! 1 of 1 entries of the Jacobian are wrong; the worst:
//!   d output 0 [0] / d input 0 [0]: analytical 4.5, numerical 3.0000000000861 (input value 1.5)
//!   input 0 [1]: [1.5]
//! ```
//!
//! # What is checked
//! [`gradcheck`] runs the function forwards and backwards in double precision and compares
//! 1. a second run with the first, bit for bit ([`Kind::Nondeterministic`]), and one without a graph
//!    ([`Kind::Recording`]);
//! 2. three times the incoming gradient with three times the result ([`Kind::IncomingIgnored`]);
//! 3. every entry of the Jacobian with a central difference ([`Kind::Wrong`]). For large inputs and outputs these are
//!    random projections and random entries instead; [`Gradcheck::max_passes`] draws the line. Step and tolerances are
//!    those of `torch.autograd.gradcheck`;
//! 4. an input that is used elsewhere too with the sum of both gradients ([`Kind::NotAdded`]);
//! 5. inputs and incoming gradients that are views with those that aren't ([`Kind::View`], [`Kind::IncomingView`]).
//!
//! # Where a function has no derivative
//! A difference quotient across the kink of `relu` says nothing. The strategies keep away from such points:
//!
//! ```
//! use plywood_gradcheck::prelude::*;
//!
//! # fn elementwise(x: &Var<f64>) -> Var<f64> { x.clone() }
//! # fn pairwise(a: &Var<f64>, _: &Var<f64>) -> Var<f64> { a.clone() }
//! proptest! {
//!     #![proptest_config(cases(64))]
//!
//!     #[test]
//!     fn smooth_where_tested(
//!         x in tensors(shapes(0..=3, 1..=4)).away_from(&[0.0], 0.01), // relu, abs
//!         y in tensors(shapes(1..=3, 1..=4)).distinct(0.01),          // max, sort, median
//!         z in tensors(shapes(1..=3, 1..=4)).positive(),              // log, sqrt
//!         (a, b) in tensors(broadcasting(shapes(0..=3, 1..=4))),      // add, mul
//!         labels in integers(shapes(1..=1, 1..=5), 0, 10),            // not differentiated: the closure captures it
//!     ) {
//!         gradcheck(|x| elementwise(&x[0]), &[x])?;
//!         gradcheck(|x| pairwise(&x[0], &x[1]), &[a, b])?;
//!     }
//! }
//! ```
//!
//! Shapes that depend on each other are a strategy of one's own, and [`tensors`] fills any tuple or `Vec` of them:
//! `tensors((1..4usize, 1..4usize).prop_map(|(n, k)| (Shape::from([n, k]), Shape::from([k]))))`.
//!
//! # Modules
#![cfg_attr(
    feature = "nn",
    doc = "[`gradcheck_module`] checks a layer or a model: its parameters, by name, and its inputs."
)]
#![cfg_attr(not(feature = "nn"), doc = "With the feature `nn` there is a check for layers and models.")]
#![allow(clippy::test_attr_in_doctest, reason = "examples of tests are what this crate has to show")]

mod check;
mod derivative;
mod failure;
mod layout;
#[cfg(feature = "nn")]
mod module;
pub mod prelude;
mod run;
mod shapes;
mod tensors;
mod values;

pub use check::{Gradcheck, Input, gradcheck};
pub use failure::{Failure, Kind};
pub use layout::scatter;
#[cfg(feature = "nn")]
pub use module::gradcheck_module;
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
