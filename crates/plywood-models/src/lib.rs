//! Neural networks from a straight line to ResNet.
//!
//! Each model is a plain struct of layers, generic over the scalar type, with the paper that it comes from. Where
//! torchvision has it, names, shapes and order of parameters are torchvision's, so that a state dict saved there loads
//! here, and the reverse.

mod basic;
mod ensemble;
mod sequences;
mod vision;

pub use basic::*;
pub use ensemble::Ensemble;
pub use sequences::*;
pub use vision::*;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
