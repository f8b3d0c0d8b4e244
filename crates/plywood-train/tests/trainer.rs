//! The trainer as its users meet it.

mod common;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Net, Trained, broken, loader, loss, samples};
use plywood_data::{Batch, DataLoader, Samples};
use plywood_nn::{Module, Scalar, Stream, Tensor};
use plywood_optim::{Adam, CosineAnnealingLR, Goal, ReduceLROnPlateau, SGD, StepLR};
use plywood_train::metrics::{Accuracy, LogLoss};
use plywood_train::{
    Callback, Checkpoint, Checkpoints, CsvLog, EarlyStopping, Flow, JsonLog, RateFinder, ReduceOnPlateau, Result, Run,
    TimeBudget, Trainer, predict,
};

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("plywood-trainer-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn learns_and_measures() {
    let data = samples(96);
    let (train, test) = (loader(&data), DataLoader::new(samples(96)).batch_size(50));
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(Adam::new(&model, 1e-2).unwrap(), loss).epochs(12).validation(&test);
    trainer = trainer.metric(Accuracy::new()).metric(LogLoss::new());
    let history = trainer.fit(&mut model, &train).unwrap();
    let names: Vec<&str> = history.columns().iter().map(|c| c.0.as_str()).collect();
    assert_eq!(names, ["loss", "accuracy", "log loss", "val_loss", "val_accuracy", "val_log loss"]);
    assert_eq!((history.epochs().len(), history.epochs()[11].step), (12, 12 * 14));
    assert!(history.last("val_accuracy").unwrap() > 0.9, "{history}");
    // The mean of batch losses by size is the log loss of all samples, up to rounding in f32.
    for (a, b) in history.get("val_loss").iter().zip(history.get("val_log loss")) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let scores = trainer.evaluate(&model, &test).unwrap();
    assert_eq!(scores.get("accuracy"), history.last("val_accuracy"));
    let inputs = Tensor::from_fn([5, 6], |i| i as f32 * 0.1);
    // A matrix product may sum in another order for another number of rows.
    let parts = predict(&model, &inputs, 2).unwrap().to_vec();
    for (a, b) in parts.iter().zip(predict(&model, &inputs, 5).unwrap().to_vec()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
    assert_eq!(predict(&model, &Tensor::zeros([0, 6]), 4).unwrap().shape(), &[0, 3]);
    assert!(predict(&model, &inputs, 0).is_err());
}

#[test]
fn the_same_seed_gives_the_same_weights_and_another_does_not() {
    let data = samples(40);
    let run = |seed| {
        let mut model = Net::new(0);
        let mut trainer = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).epochs(2).seed(seed);
        trainer.fit(&mut model, &loader(&data)).unwrap();
        model.weights()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn accumulation_equals_the_large_batch() {
    // Without dropout's randomness: both see the same samples in the same order, so gradients are equal up to rounding.
    let data = samples(48);
    let run = |size: usize, accumulate: usize| {
        let mut model = plywood_nn::Linear::<f32>::new(6, 3, &mut Stream::new(0));
        let train: DataLoader<Batch> = DataLoader::new(data.clone()).batch_size(size);
        let mut trainer = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).epochs(3).accumulate(accumulate);
        let history = trainer.fit(&mut model, &train).unwrap();
        let weights: Vec<f32> = model.named_parameters().iter().flat_map(|(_, p)| p.value().to_vec()).collect();
        (weights, history.epochs()[2].step)
    };
    let ((large, steps), (small, same_steps)) = (run(12, 1), run(4, 3));
    assert_eq!((steps, same_steps), (12, 12));
    for (a, b) in large.iter().zip(&small) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
    // 48 = 5·4·2 + 2·4: the last step of an epoch has fewer batches.
    assert_eq!(run(4, 5).1, 9);
}

#[test]
fn schedules_move_by_step_or_epoch() {
    let data = samples(21);
    let model = &mut Net::new(0);
    let train = loader(&data); // 3 batches
    let mut by_epoch =
        Trainer::new(SGD::new(model, 0.4).unwrap(), loss).epochs(3).schedule_by_epoch(StepLR::new(1, 0.5).unwrap());
    let history = by_epoch.fit(model, &train).unwrap();
    assert_eq!(history.epochs().iter().map(|e| e.lr).collect::<Vec<_>>(), [0.4, 0.2, 0.1]);
    let cosine = CosineAnnealingLR::new(9).unwrap();
    let mut by_step = Trainer::new(SGD::new(model, 0.4).unwrap(), loss).epochs(3).schedule_by_step(cosine);
    by_step.fit(model, &train).unwrap();
    let last = 0.2 * (1.0 + (8.0 * std::f64::consts::PI / 9.0).cos());
    assert!((by_step.optimizer().lr() - last).abs() < 1e-12);
}

#[test]
fn clipping_bounds_the_step() {
    let data = samples(21);
    let moved = |trainer: fn(Trained<'static>) -> Trained<'static>| {
        let mut model = Net::new(0);
        let before = model.state_dict();
        trainer(Trainer::new(SGD::new(&model, 1.0).unwrap(), loss).steps(1)).fit(&mut model, &loader(&data)).unwrap();
        let after = model.state_dict();
        let change = |name: &str| match (before.get(name), after.get(name)) {
            (Some(plywood_nn::Entry::Float(a)), Some(plywood_nn::Entry::Float(b))) => {
                a.zip_map(b, |a, b| f64::from(a - b)).unwrap().to_vec()
            }
            _ => unreachable!(),
        };
        ["hidden.weight", "hidden.bias", "output.weight", "output.bias"].map(change).concat()
    };
    let norm = moved(|t| t.clip_norm(1e-3)).iter().map(|d| d * d).sum::<f64>().sqrt();
    // PyTorch's guard of 1e-6 against a division by 0, and f32.
    assert!((norm - 1e-3).abs() < 2e-6, "{norm}");
    let largest = moved(|t| t.clip_value(1e-4)).iter().fold(0.0f64, |m, d| m.max(d.abs()));
    assert!((largest - 1e-4).abs() < 1e-7, "{largest}");
}

/// Records what it is told.
struct Spy(Arc<Mutex<Vec<String>>>);

impl<M, T: Scalar> Callback<M, T> for Spy {
    fn name(&self) -> String {
        "spy".into()
    }
    fn on_start(&mut self, run: &mut Run<'_, M, T>) -> Result<()> {
        self.0.lock().unwrap().push(format!("start {}", run.step));
        Ok(())
    }
    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        assert!(run.gradients.is_some_and(|g| g.len() == 4));
        self.0.lock().unwrap().push(format!("step {} of epoch {}", run.step, run.epoch));
        Ok(Flow::Continue)
    }
    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        self.0.lock().unwrap().push(format!("epoch {} with {} recorded", run.epoch, run.history.epochs().len()));
        Ok(if run.epoch == 2 { Flow::Stop("seen enough".into()) } else { Flow::Continue })
    }
    fn on_end(&mut self, _run: &mut Run<'_, M, T>) -> Result<()> {
        self.0.lock().unwrap().push("end".into());
        Ok(())
    }
}

#[test]
fn callbacks_are_called_in_order_and_can_stop() {
    let data = samples(14);
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).epochs(9).callback(Spy(told.clone()));
    let history = trainer.fit(&mut model, &loader(&data)).unwrap();
    assert_eq!(history.stopped(), Some("seen enough"));
    let want = [
        "start 0",
        "step 1 of epoch 1",
        "step 2 of epoch 1",
        "epoch 1 with 1 recorded",
        "step 3 of epoch 2",
        "step 4 of epoch 2",
        "epoch 2 with 2 recorded",
        "end",
    ];
    assert_eq!(*told.lock().unwrap(), want);
}

#[test]
fn early_stopping_gives_the_best_weights_back() {
    let (data, other) = (samples(30), samples(60));
    let test = DataLoader::new(other).batch_size(60);
    let mut model = Net::new(0);
    // A rate far too high: after a few epochs it gets no better.
    let mut trainer = Trainer::new(SGD::new(&model, 1.5).unwrap(), loss).epochs(60).validation(&test);
    trainer = trainer.callback(EarlyStopping::new("val_loss").patience(3));
    let history = trainer.fit(&mut model, &loader(&data)).unwrap();
    let (best_epoch, best) = history.best("val_loss").unwrap();
    assert_eq!(history.epochs().len(), best_epoch + 4, "{history}");
    assert!(history.stopped().unwrap().contains("val_loss has not improved"));
    assert_eq!(trainer.evaluate(&model, &test).unwrap().get("loss"), Some(best));
}

#[test]
fn unknown_columns_are_named_before_the_first_step() {
    let data = samples(14);
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).callback(EarlyStopping::new("val_loss"));
    let error = trainer.fit(&mut model, &loader(&data)).unwrap_err().to_string();
    assert_eq!(error, "early stopping: column: expected one of loss, got `val_loss`");
    let policy = Checkpoints::new(folder("columns")).keep_best(1, "f1");
    let error = Trained::new(SGD::new(&model, 0.1).unwrap(), loss).checkpoints(policy).fit(&mut model, &loader(&data));
    assert!(error.unwrap_err().to_string().contains("one of loss, got `f1`"));
}

#[test]
fn a_loss_that_is_not_finite_names_where_it_began() {
    let mut model = Net::new(0);
    let train = DataLoader::new(broken(samples(9))).batch_size(9);
    let error = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).fit(&mut model, &train).unwrap_err().to_string();
    assert!(error.contains("the loss of step 1 in epoch 1 is NaN"), "{error}");
    assert!(error.contains("in hidden"), "names the layer: {error}");

    let data = samples(70);
    let error = Trainer::new(SGD::new(&model, 1e30).unwrap(), loss).epochs(5).fit(&mut model, &loader(&data));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("with a learning rate of 1"), "{error}");
    assert!(error.contains("weight") || error.contains("bias") || error.contains("in output"), "{error}");
}

#[test]
fn averages_are_validated_and_kept() {
    let data = samples(42);
    let test = DataLoader::new(samples(60)).batch_size(60);
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(SGD::new(&model, 0.5).unwrap(), loss).epochs(4).ema(0.8).validation(&test);
    let history = trainer.fit(&mut model, &loader(&data)).unwrap();
    assert_eq!(trainer.evaluate(&model, &test).unwrap().get("loss"), history.last("val_loss"));
}

/// Cuts a run after each possible number of steps, goes on from the checkpoint in a new process's stead (new model,
/// new optimizer, new trainer), and wants the weights, the history and the best of the uncut run.
#[test]
fn a_cut_run_resumes_to_the_same_bits() {
    let data = samples(40); // 6 batches, of which each 2 make a step: 3 steps an epoch
    let test = DataLoader::new(samples(30)).batch_size(30);
    let folder = folder("resume");
    let trainer = |model: &Net, limit: usize| {
        let policy = Checkpoints::new(&folder).every_steps(1).keep_best(1, "val_loss");
        let cut = Cut(limit);
        Trained::new(Adam::new(model, 0.02).unwrap(), loss)
            .epochs(4)
            .metric(Accuracy::new())
            .accumulate(2)
            .ema(0.9)
            .clip_norm(1.0)
            .schedule_by_step(CosineAnnealingLR::new(12).unwrap())
            .checkpoints(policy)
            .resume()
            .callback(EarlyStopping::new("val_loss").patience(9))
            .callback(cut)
    };
    let rows = |history: &plywood_train::History| {
        let row = |e: &plywood_train::EpochRecord| (e.epoch, e.step, e.lr.to_bits(), e.values.clone());
        history.epochs().iter().map(row).collect::<Vec<_>>()
    };
    let mut whole = Net::new(3);
    let history = trainer(&whole, usize::MAX).validation(&test).fit(&mut whole, &loader(&data)).unwrap();
    for cut in 1..12 {
        std::fs::remove_dir_all(&folder).unwrap();
        let mut model = Net::new(3);
        let part = trainer(&model, cut).validation(&test).fit(&mut model, &loader(&data)).unwrap();
        assert_eq!(part.stopped(), Some("cut"));
        let mut resumed = Net::new(99);
        let rest = trainer(&resumed, usize::MAX).validation(&test).fit(&mut resumed, &loader(&data)).unwrap();
        assert_eq!(resumed.weights(), whole.weights(), "cut after step {cut}");
        assert_eq!(rows(&rest), rows(&history), "cut after step {cut}");
    }
    let files: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let best = history.epochs()[history.best("val_loss").unwrap().0 - 1].step;
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.contains(&"step-00000012.safetensors".to_owned()), "{files:?}");
    assert!(files.contains(&format!("best-{best:08}.safetensors")), "{files:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Ends the run at a step.
struct Cut(usize);

impl<M, T: Scalar> Callback<M, T> for Cut {
    fn name(&self) -> String {
        "cut".into()
    }
    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        Ok(if run.step == self.0 { Flow::Stop("cut".into()) } else { Flow::Continue })
    }
}

#[test]
fn what_can_not_be_resumed_says_why() {
    let data = samples(14);
    let folder = folder("refused");
    let path = folder.join("step-00000002.safetensors");
    let mut model = Net::new(0);
    let start = |model: &Net| Trained::new(SGD::new(model, 0.1).unwrap(), loss).epochs(2);
    let policy = || Checkpoints::new(&folder).keep_last(5);
    start(&model).checkpoints(policy()).fit(&mut model, &loader(&data)).unwrap();

    let resume = |trainer: Trained, model: &mut Net| {
        trainer.resume_from(&path).fit(model, &loader(&samples(14))).unwrap_err().to_string()
    };
    let error = resume(start(&model).metric(Accuracy::new()), &mut model);
    assert!(error.contains("expected loss, accuracy, got loss"), "{error}");
    let error = start(&model).resume_from(&path).fit(&mut model, &loader(&samples(15))).unwrap_err().to_string();
    assert!(error.contains("resume: samples: expected 14"), "{error}");
    let error = resume(start(&model).callback(Cut(0)), &mut model);
    assert!(error.contains("callback 0") && error.contains("none of this name"), "{error}");
    assert!(resume(Trained::new(Adam::new(&model, 0.1).unwrap(), loss), &mut model).contains("refused"));
    let error = start(&model).resume().fit(&mut model, &loader(&data)).unwrap_err().to_string();
    assert!(error.contains("there is no folder of checkpoints"), "{error}");

    let mut other = plywood_nn::Linear::<f32>::new(6, 3, &mut Stream::new(0));
    let mut trainer = Trainer::new(SGD::new(&other, 0.1).unwrap(), loss).resume_from(&path);
    let error = trainer.fit(&mut other, &loader(&data)).unwrap_err().to_string();
    assert!(error.contains("refused") && error.contains("hidden.weight"), "names file and parameter: {error}");

    model.save(folder.join("weights.safetensors")).unwrap();
    let error = Checkpoint::<f32>::open(folder.join("weights.safetensors")).unwrap_err().to_string();
    assert!(error.contains("weights.safetensors: header: expected a checkpoint's metadata"), "{error}");
    let error = Checkpoint::<f64>::open(&path).unwrap_err().to_string();
    assert!(error.contains("type of the numbers: expected f64, got \"f32\""), "{error}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(resume(start(&model), &mut model).contains("step-00000002.safetensors"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn preprocessing_travels_in_the_checkpoint() {
    use plywood_data::preprocess::Pipeline;
    let folder = folder("pipeline");
    let inputs = Tensor::from_fn([14, 6], |i| (i as f32).sin() * 3.0);
    let fitted = Pipeline::new().standardize().pca_whiten(2).fit(&inputs).unwrap();
    let mut model = Net::new(0);
    let start = |model: &Net| Trained::new(SGD::new(model, 0.1).unwrap(), loss).checkpoints(Checkpoints::new(&folder));
    start(&model).pipeline(fitted.clone()).fit(&mut model, &loader(&samples(14))).unwrap();
    let path = Checkpoints::latest(&folder).unwrap().unwrap();
    let kept = Checkpoint::<f32>::open(&path).unwrap();
    let again = kept.pipeline().unwrap().apply(&inputs).unwrap();
    assert!(again.equals(&fitted.apply(&inputs).unwrap()), "to the last bit");

    let error = start(&model).pipeline(Pipeline::new().robust()).fit(&mut model, &loader(&samples(14)));
    assert!(error.unwrap_err().to_string().contains("robust: it has not been fitted"));
    assert!(Checkpoint::<f32>::open(&path).unwrap().pipeline().is_ok(), "the older checkpoint is untouched");
    Checkpoint::<f32>::new().save(&path).unwrap();
    let error = Checkpoint::<f32>::open(&path).unwrap().pipeline().unwrap_err().to_string();
    assert!(error.contains("`preprocessing` of the checkpoint: expected a pipeline, got none"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn another_version_is_refused() {
    let folder = folder("version");
    let path = folder.join("c.safetensors");
    Checkpoint::<f32>::new().put_float("x", 0.5).save(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(11).position(|w| w == b"version\\\":1").unwrap();
    bytes[at + 10] = b'9';
    std::fs::write(&path, bytes).unwrap();
    let error = Checkpoint::<f32>::open(&path).unwrap_err().to_string();
    assert!(error.ends_with("version of the checkpoint: expected 1, got 9"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_checkpoint_that_can_not_be_written_leaves_the_old_one() {
    let folder = folder("full");
    let path = folder.join("c.safetensors");
    Checkpoint::<f32>::new().put_float("x", 0.5).save(&path).unwrap();
    // A folder in the way of the final name makes the rename fail, as a full disk makes the write fail.
    let blocked = folder.join("blocked.safetensors");
    std::fs::create_dir_all(blocked.join("x")).unwrap();
    let error = Checkpoint::<f32>::new().put_float("x", 0.7).save(&blocked).unwrap_err().to_string();
    assert!(error.contains("blocked.safetensors"), "{error}");
    assert_eq!(Checkpoint::<f32>::open(&path).unwrap().float("x").unwrap(), 0.5);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "no temporary file is left");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn logs_have_a_row_an_epoch() {
    let folder = folder("logs");
    let data = samples(14);
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(SGD::new(&model, 0.1).unwrap(), loss).epochs(3);
    trainer = trainer.callback(CsvLog::new(folder.join("log.csv"))).callback(JsonLog::new(folder.join("log.jsonl")));
    trainer.fit(&mut model, &loader(&data)).unwrap();
    let rows = std::fs::read_to_string(folder.join("log.csv")).unwrap();
    assert_eq!(rows.lines().map(|l| l.split(',').next().unwrap()).collect::<Vec<_>>(), ["epoch", "1", "2", "3"]);
    assert_eq!(std::fs::read_to_string(folder.join("log.jsonl")).unwrap().lines().count(), 3);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_time_budget_ends_the_run() {
    let data = samples(70);
    let mut model = Net::new(0);
    let mut trainer = Trainer::new(SGD::new(&model, 0.01).unwrap(), loss).epochs(usize::MAX);
    trainer = trainer.callback(TimeBudget::new(Duration::from_millis(50)));
    let history = trainer.fit(&mut model, &loader(&data)).unwrap();
    assert_eq!(history.stopped(), Some("the budget of 0.05 s is used up"));
}

#[test]
fn any_batch_and_any_step_will_do() {
    // Pairs of numbers and a model of one parameter: nothing but `with_forward` fits them.
    use plywood_autograd::{Reduction, Var, mse_loss};
    let pairs: Samples<(f64, f64)> = (0..20).map(|i| (f64::from(i) / 10.0, f64::from(i) * 0.3)).collect();
    let train = DataLoader::new(pairs).batch_size(5).shuffle(0);
    let mut model = plywood_nn::Linear::<f64>::new(1, 1, &mut Stream::new(0));
    let optimizer = SGD::new(&model, 0.2).unwrap();
    let mut trainer = Trainer::with_forward(optimizer, |model: &plywood_nn::Linear<f64>, batch, cx| {
        let (x, y): &(Tensor<f64>, Tensor<f64>) = batch;
        let output = plywood_nn::Layer::forward(model, &Var::from(&x.unsqueeze(1)?), cx)?;
        let loss = mse_loss(&output, &Var::from(&y.unsqueeze(1)?), Reduction::Mean)?;
        Ok(plywood_train::Pass { loss, output: output.into_value() })
    })
    .epochs(150);
    let history = trainer.fit(&mut model, &train).unwrap();
    assert!(history.last("loss").unwrap() < 1e-3, "{history}");
}

#[test]
fn errors_of_the_data_come_through() {
    let mut model = Net::new(0);
    let empty: Samples<plywood_data::Sample<Tensor, i64>> = Samples::default();
    let train = DataLoader::new(empty).batch_size(4);
    let error = Trained::new(SGD::new(&model, 0.1).unwrap(), loss).fit(&mut model, &train).unwrap_err();
    assert!(error.to_string().contains("expected at least one sample"), "{error}");
}

#[test]
fn the_range_test_leaves_model_and_optimizer_as_they_were() {
    let data = samples(84);
    let mut model = Net::new(0);
    let before = model.weights();
    let mut trainer = Trained::new(Adam::new(&model, 1e-3).unwrap(), loss);
    let curve = trainer.find_rate(&mut model, &loader(&data), RateFinder::new(1e-5, 10.0, 120).unwrap()).unwrap();
    let rate = curve.suggestion().unwrap();
    assert!((1e-4..1.0).contains(&rate), "{rate}");
    assert_eq!(model.weights(), before);
    assert_eq!(trainer.optimizer().lr(), 1e-3);
}

#[test]
fn a_plateau_lowers_the_rate_also_after_a_restart() {
    let data = samples(21);
    let folder = folder("plateau");
    let run = |epochs: usize| {
        let mut model = Net::new(0);
        // No value is ever better by so much, so each second epoch is one too many.
        let never = ReduceLROnPlateau::new(Goal::Min).absolute_threshold(1e9).unwrap().patience(1).factor(0.5).unwrap();
        let mut trainer = Trained::new(SGD::new(&model, 0.1).unwrap(), loss).epochs(epochs);
        trainer = trainer.callback(ReduceOnPlateau::new("loss", never)).checkpoints(Checkpoints::new(&folder)).resume();
        let history = trainer.fit(&mut model, &loader(&data)).unwrap();
        history.epochs().iter().map(|e| e.lr).collect::<Vec<_>>()
    };
    run(2);
    let rates = run(7);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(rates, run(7));
    assert!(rates[6] < 0.1, "{rates:?}");
    std::fs::remove_dir_all(folder).unwrap();
}
