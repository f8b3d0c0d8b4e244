//! Ctrl-C as a wish to stop, not a kill.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plywood_nn::Scalar;

use super::{Callback, Flow, Run};
use crate::{Error, Result};

/// Ends the run after the present step once Ctrl-C is pressed, so that a checkpoint is written where the trainer has a
/// policy of them; a second Ctrl-C kills the process as usual.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes over Ctrl-C for this process.
    ///
    /// # Errors
    /// If something else has taken it over before.
    pub fn new() -> Result<Self> {
        let pressed = Arc::new(AtomicBool::new(false));
        let seen = pressed.clone();
        let handler = move || {
            if seen.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        };
        ctrlc::set_handler(handler).map_err(Error::other)?;
        Ok(Self(pressed))
    }
}

impl<M, T: Scalar> Callback<M, T> for Interrupt {
    fn name(&self) -> String {
        "interrupt".into()
    }

    fn on_step(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        match self.0.load(Ordering::SeqCst) {
            true => Ok(Flow::Stop("Ctrl-C was pressed".into())),
            false => Ok(Flow::Continue),
        }
    }
}
