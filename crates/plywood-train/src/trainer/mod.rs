//! The trainer: the loop that everyone writes, with what belongs around it.

mod fit;
mod measure;
mod snapshot;

use std::path::PathBuf;

use plywood_autograd::Var;
use plywood_data::preprocess::Pipeline;
use plywood_data::{Batch, DataLoader};
use plywood_nn::{Context, Layer, Module, Scalar, Tensor};
use plywood_optim::{Ema, Optimizer, Schedule};

use crate::Result;
use crate::callbacks::Callback;
use crate::checkpoint::Checkpoints;
use crate::metrics::Update;
use measure::{BatchMetric, OnTarget};
pub use measure::{Scores, predict};

/// What a forward pass gives for one batch.
#[derive(Clone, Debug)]
pub struct Pass<T: Scalar = f32> {
    /// The loss, one number, of which the gradients are taken.
    pub loss: Var<T>,
    /// What the metrics look at; its first dimension is the samples.
    pub output: Tensor<T>,
}

type Forward<'a, M, B, T> = Box<dyn Fn(&M, &B, &mut Context) -> Result<Pass<T>> + 'a>;

/// Starts a pass over the validation set.
type Validation<'a, B> = Box<dyn Fn() -> Box<dyn Iterator<Item = Result<B>> + 'a> + 'a>;

/// When a schedule moves on.
enum Pace {
    Step,
    Epoch,
}

/// Trains a model `M` on batches `B`, and evaluates it.
///
/// ```
/// # use plywood_autograd::{Var, cross_entropy};
/// # use plywood_data::{DataLoader, Dataset, digits, split};
/// # use plywood_nn::{Context, Layer, Linear, Module, Result, Scalar, Stream};
/// # use plywood_optim::Adam;
/// use plywood_train::{EarlyStopping, Trainer, metrics::Accuracy};
/// # #[derive(Module)]
/// # struct Net<T: Scalar = f32> { hidden: Linear<T>, output: Linear<T> }
/// # impl<T: Scalar> Layer<T> for Net<T> {
/// #     fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
/// #         self.output.forward(&self.hidden.forward(&x.flatten(1)?, cx)?, cx)
/// #     }
/// # }
/// # let random = &mut Stream::new(0);
/// # let mut model = Net { hidden: Linear::<f32>::new(64, 16, random), output: Linear::new(16, 10, random) };
/// # let (train, test) = split::stratified(digits().take(400), 0.2, 0)?;
/// # let train = DataLoader::new(&train).batch_size(64).shuffle(0);
/// # let test = DataLoader::new(&test).batch_size(256);
///
/// let mut trainer = Trainer::new(Adam::new(&model, 1e-2)?, |y, target| cross_entropy(y, target)).epochs(20);
/// trainer = trainer.metric(Accuracy::new()).validation(&test).callback(EarlyStopping::new("val_accuracy"));
/// let history = trainer.fit(&mut model, &train)?;
/// println!("{history}\nin the end: {}", trainer.evaluate(&model, &test)?);
/// # assert!(history.best("val_accuracy").unwrap().1 > 0.8);
/// # Ok::<(), plywood_train::Error>(())
/// ```
pub struct Trainer<'a, M, B = Batch, T: Scalar = f32> {
    optimizer: Box<dyn Optimizer<T> + 'a>,
    forward: Forward<'a, M, B, T>,
    metrics: Vec<Box<dyn BatchMetric<B, T> + 'a>>,
    callbacks: Vec<Box<dyn Callback<M, T> + 'a>>,
    validation: Option<Validation<'a, B>>,
    schedule: Option<(Pace, Box<dyn Schedule + 'a>)>,
    ema: Option<(f64, Option<Ema<T>>)>,
    checkpoints: Option<Checkpoints>,
    pipeline: Option<Pipeline>,
    resume: Option<Option<PathBuf>>,
    epochs: usize,
    steps: Option<usize>,
    accumulate: usize,
    clip_norm: Option<f64>,
    clip_value: Option<f64>,
    seed: u64,
    quiet: bool,
}

impl<'a, M: Layer<T> + 'a, T: Scalar, Y: Send + 'static> Trainer<'a, M, Batch<Tensor<T>, Y>, T> {
    /// A trainer of a model with one input, by a loss of its output and the target. One epoch, unless told otherwise.
    pub fn new(optimizer: impl Optimizer<T> + 'a, loss: impl Fn(&Var<T>, &Y) -> Result<Var<T>> + 'a) -> Self {
        Self::with_forward(optimizer, move |model: &M, batch: &Batch<Tensor<T>, Y>, cx: &mut Context| {
            let output = model.forward(&Var::from(&batch.input), cx)?;
            Ok(Pass { loss: loss(&output, &batch.target)?, output: output.value().clone() })
        })
    }
}

impl<'a, M: Module<T>, I: 'static, Y: 'static, T: Scalar> Trainer<'a, M, Batch<I, Y>, T> {
    /// Adds a metric of output and target, measured in training and validation.
    pub fn metric(mut self, metric: impl Update<T, Y> + 'a) -> Self {
        self.metrics.push(Box::new(OnTarget(metric)));
        self
    }
}

impl<'a, M: Module<T>, B: Send + 'static, T: Scalar> Trainer<'a, M, B, T> {
    /// A trainer of any model on any batches, by a function from a batch to loss and output.
    pub fn with_forward(
        optimizer: impl Optimizer<T> + 'a,
        forward: impl Fn(&M, &B, &mut Context) -> Result<Pass<T>> + 'a,
    ) -> Self {
        Self {
            optimizer: Box::new(optimizer),
            forward: Box::new(forward),
            metrics: Vec::new(),
            callbacks: Vec::new(),
            validation: None,
            schedule: None,
            ema: None,
            checkpoints: None,
            pipeline: None,
            resume: None,
            epochs: 1,
            steps: None,
            accumulate: 1,
            clip_norm: None,
            clip_value: None,
            seed: 0,
            quiet: false,
        }
    }

    /// How many times to go through the training set.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Ends after this many optimizer steps, with whatever epoch that is in; sets no limit of epochs.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps: Some(steps), epochs: usize::MAX, ..self }
    }

    /// Evaluates on this set after each epoch; its figures are called `val_loss` and so on.
    pub fn validation<'d: 'a>(self, data: &'a DataLoader<'d, B>) -> Self {
        Self { validation: Some(Box::new(move || Box::new(data.epoch(0)))), ..self }
    }

    /// Adds a callback; they are called in the order in which they were added.
    pub fn callback(mut self, callback: impl Callback<M, T> + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Takes the mean gradient of this many batches for each optimizer step; at least 1.
    pub fn accumulate(self, batches: usize) -> Self {
        Self { accumulate: batches.max(1), ..self }
    }

    /// Scales gradients down where their norm over all parameters exceeds this.
    pub fn clip_norm(self, norm: f64) -> Self {
        Self { clip_norm: Some(norm), ..self }
    }

    /// Limits each number of each gradient to this size.
    pub fn clip_value(self, limit: f64) -> Self {
        Self { clip_value: Some(limit), ..self }
    }

    /// Sets the learning rate of each optimizer step by a schedule that starts from the optimizer's rate.
    pub fn schedule_by_step(self, schedule: impl Schedule + 'a) -> Self {
        Self { schedule: Some((Pace::Step, Box::new(schedule))), ..self }
    }

    /// Sets the learning rate of each epoch by a schedule that starts from the optimizer's rate.
    pub fn schedule_by_epoch(self, schedule: impl Schedule + 'a) -> Self {
        Self { schedule: Some((Pace::Epoch, Box::new(schedule))), ..self }
    }

    /// Keeps an exponential moving average of the parameters, which validation uses and which the model gets at the
    /// end.
    pub fn ema(self, decay: f64) -> Self {
        Self { ema: Some((decay, None)), ..self }
    }

    /// Seeds the randomness of forward passes, such as dropout; 0 otherwise.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Writes checkpoints.
    pub fn checkpoints(self, policy: Checkpoints) -> Self {
        Self { checkpoints: Some(policy), ..self }
    }

    /// Keeps the fitted preprocessing that the inputs went through in each checkpoint, for whoever uses the model later:
    /// [`Checkpoint::pipeline`](crate::Checkpoint::pipeline).
    pub fn pipeline(self, pipeline: Pipeline) -> Self {
        Self { pipeline: Some(pipeline), ..self }
    }

    /// Goes on from the newest checkpoint in the folder of [`checkpoints`](Self::checkpoints), exactly; starts afresh
    /// if there is none.
    pub fn resume(self) -> Self {
        Self { resume: Some(None), ..self }
    }

    /// Goes on from a checkpoint, exactly.
    pub fn resume_from(self, path: impl Into<PathBuf>) -> Self {
        Self { resume: Some(Some(path.into())), ..self }
    }

    /// Shows neither progress nor a table, not even in a terminal.
    pub fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// The optimizer and the forward pass, for a loop of another kind.
    pub(crate) fn parts(&mut self) -> (&mut (dyn Optimizer<T> + 'a), &Forward<'a, M, B, T>) {
        (&mut *self.optimizer, &self.forward)
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &(dyn Optimizer<T> + 'a) {
        &*self.optimizer
    }

    /// The policy of checkpoints, which knows the best one.
    pub fn checkpoint_policy(&self) -> Option<&Checkpoints> {
        self.checkpoints.as_ref()
    }
}
