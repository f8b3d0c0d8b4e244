//! Optimizers and learning-rate schedules.
//!
//! ```
//! use plywood_nn::{Context, Layer, Linear, Stream, Tensor};
//! use plywood_optim::{Optimizer, SGD};
//!
//! let mut model = Linear::<f32>::new(3, 1, &mut Stream::new(0));
//! let mut optimizer = SGD::new(&model, 0.1)?;
//! let y = model.forward(&Tensor::ones([1, 3]).into(), &mut Context::train(0))?;
//! optimizer.step(&mut model, &y.backward()?)?;
//! # Ok::<(), plywood_optim::Error>(())
//! ```
//!
//! Settings beyond the learning rate, and groups of parameters with settings of their own, go through a [`Config`]:
//!
//! ```
//! # use plywood_nn::{Linear, Stream};
//! use plywood_optim::{AdamWConfig, Group};
//!
//! # let model = Linear::<f32>::new(3, 1, &mut Stream::new(0));
//! let optimizer = AdamWConfig::new(1e-3).betas((0.9, 0.95)).group(Group::new("*bias").weight_decay(0.0)).build(&model)?;
//! # Ok::<(), plywood_optim::Error>(())
//! ```

mod accumulate;
mod clip;
mod config;
mod ema;
mod lbfgs;
mod optimizer;
mod optimizers;
mod schedule;
mod settings;
mod stepper;

pub use accumulate::GradientAccumulator;
pub use clip::{clip_grad_norm, clip_grad_value};
pub use config::{Config, Group};
pub use ema::Ema;
pub use lbfgs::LBFGS;
pub use optimizer::Optimizer;
pub use optimizers::*;
pub use plywood_nn::{Error, Result};
pub use schedule::*;
pub use settings::Settings;
pub use stepper::Stepper;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
