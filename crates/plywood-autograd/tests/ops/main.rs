//! A gradient property test for each file under `src/ops/`, in a module of the same name.
//!
//! They stand here and not beside the operations because plywood-gradcheck is built on this crate: a unit test would
//! see two different `Var`s.

mod linear;
mod loss;
mod unary;
mod view;
