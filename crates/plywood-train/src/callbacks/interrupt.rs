//! Ctrl-C as a wish to stop, not a kill.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plywood_nn::Scalar;

use super::{Callback, Flow, Run};
use crate::{Error, Result};

/// Ends the run after the present step, or validation, once Ctrl-C is pressed: a checkpoint is written where the
/// trainer has a policy of them, and [`Trainer::fit`](crate::Trainer::fit) returns as if the run had come to its end,
/// with the reason in [`History::stopped`](crate::History::stopped). Run again with
/// [`resume`](crate::Trainer::resume), it goes on exactly there.
///
/// Whoever can't wait for the step presses Ctrl-C a second time: the process then ends at once, with status 130 as
/// shells report it. What was trained since the last checkpoint is lost, but that checkpoint is whole.
///
/// ```no_run
/// # use plywood_autograd::cross_entropy;
/// # use plywood_data::{DataLoader, digits};
/// # use plywood_nn::{Flatten, Linear, Sequential, Stream};
/// # use plywood_optim::Adam;
/// use plywood_train::{Checkpoints, Trainer, callbacks::Interrupt};
///
/// # let mut model = Sequential::<f32>::new().then(Flatten::new()).then(Linear::new(64, 10, &mut Stream::new(0)));
/// # let train = DataLoader::new(digits()).batch_size(64).shuffle(0);
/// let mut trainer = Trainer::new(Adam::new(&model, 1e-3)?, |y, target| cross_entropy(y, target)).epochs(100);
/// trainer = trainer.checkpoints(Checkpoints::new("runs/a")).resume().callback(Interrupt::new()?);
/// let history = trainer.fit(&mut model, &train)?;
/// if let Some(reason) = history.stopped() {
///     println!("{reason}; run this again to go on");
/// }
/// # Ok::<(), plywood_train::Error>(())
/// ```
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

    fn flow(&self) -> Flow {
        match self.0.load(Ordering::SeqCst) {
            true => Flow::Stop("Ctrl-C was pressed".into()),
            false => Flow::Continue,
        }
    }
}

impl<M, T: Scalar> Callback<M, T> for Interrupt {
    fn name(&self) -> String {
        "interrupt".into()
    }

    fn on_step(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        Ok(self.flow())
    }

    fn on_epoch(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        Ok(self.flow())
    }
}
