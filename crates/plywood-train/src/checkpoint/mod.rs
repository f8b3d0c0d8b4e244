//! Checkpoints: all that a run needs to go on as if it had never stopped, in one file.
//!
//! A checkpoint is a `.safetensors` file. Its tensors are grouped (`model/conv1.weight`, `optimizer/conv1.weight.exp_avg`)
//! so that any tool reads the weights; everything else (positions, random streams, figures) is JSON in the header. One
//! file can be replaced in one step: it is written beside the old one, synced and renamed over it, so a kill or a full
//! disk at any moment leaves the old checkpoint whole.

mod exact;
mod policy;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use exact::{float, parse_float};
use plywood_data::Position;
use plywood_data::preprocess::Pipeline;
use plywood_nn::{Entry, Module, StateDict};
use plywood_optim::Optimizer;
use plywood_tensor::safetensors::{Reader, Writer};
use plywood_tensor::{Scalar, Stream, StreamState};
pub use policy::Checkpoints;
use serde_json::{Map, Value, json};

use crate::{Error, Result};

/// The version of the file format; a file of another one is refused.
const VERSION: u64 = 1;
/// The key of the header's metadata under which the JSON stands.
const KEY: &str = "plywood.checkpoint";
/// What the names of a pipeline's parts begin with. They aren't a group, since they are `f64` whatever the model is.
const PIPELINE: &str = "preprocessing/";

/// Tensors in groups and small values by name, to be written to a file or as read from one.
///
/// The [`Trainer`](crate::Trainer) makes and reads them by itself. A hand-written loop does it so:
///
/// ```
/// # use plywood_nn::{Context, Linear, Mode, Stream};
/// # use plywood_optim::{Adam, Optimizer};
/// use plywood_train::Checkpoint;
///
/// # let mut model = Linear::<f32>::new(2, 1, &mut Stream::new(0));
/// # let mut optimizer = Adam::new(&model, 1e-3)?;
/// # let mut cx = Context::train(0);
/// # let path = std::env::temp_dir().join("plywood-doc/step.safetensors");
/// let mut checkpoint = Checkpoint::new();
/// checkpoint.put_model(&model).put_optimizer(&optimizer).put_stream("dropout", &cx.random().state());
/// checkpoint.put_float("best", 0.98).save(&path)?;
///
/// let checkpoint = Checkpoint::open(&path)?;
/// checkpoint.load_model(&mut model)?;
/// checkpoint.load_optimizer(&mut optimizer)?;
/// let mut cx = Context::new(Mode::Train, checkpoint.stream("dropout")?);
/// assert_eq!(checkpoint.float("best")?, 0.98);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint<T: Scalar = f32> {
    groups: BTreeMap<String, StateDict<T>>,
    values: Map<String, Value>,
    pipeline: Option<Pipeline>,
    path: PathBuf,
}

impl<T: Scalar> Default for Checkpoint<T> {
    fn default() -> Self {
        let path = PathBuf::from("checkpoint in memory");
        Self { groups: BTreeMap::new(), values: Map::new(), pipeline: None, path }
    }
}

impl<T: Scalar> Checkpoint<T> {
    /// Nothing in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If the system refuses, or the file isn't a checkpoint of this version and of numbers of this type.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let reader = Reader::open(path)?;
        let wrong = |what: &str, expected: &str, got: String| Error::format(path, what, expected, got);
        let Some(text) = reader.metadata().get(KEY) else {
            return Err(wrong("header", "a checkpoint's metadata", "none: these may be weights alone".into()));
        };
        let header: Value = serde_json::from_str(text).map_err(|e| wrong("metadata", "JSON", e.to_string()))?;
        if header["version"] != json!(VERSION) {
            return Err(wrong("version of the checkpoint", &VERSION.to_string(), header["version"].to_string()));
        }
        if header["dtype"] != json!(T::DTYPE) {
            return Err(wrong("type of the numbers", T::DTYPE, header["dtype"].to_string()));
        }
        let Value::Object(values) = header["values"].clone() else {
            return Err(wrong("values in the metadata", "an object", header["values"].to_string()));
        };
        let mut groups: BTreeMap<String, StateDict<T>> = BTreeMap::new();
        for (name, entry) in StateDict::from_safetensors(&reader)?.iter() {
            if name.starts_with(PIPELINE) {
                continue;
            }
            let Some((group, name)) = name.split_once('/') else {
                return Err(wrong("name of a tensor", "GROUP/NAME", name.to_owned()));
            };
            groups.entry(group.to_owned()).or_default().insert(name, entry.clone());
        }
        let has_pipeline = reader.metadata().keys().any(|key| key.starts_with(PIPELINE));
        let pipeline = has_pipeline.then(|| Pipeline::read(&reader, PIPELINE)).transpose();
        let pipeline = pipeline.map_err(|e| e.at(path.display().to_string()))?;
        Ok(Self { groups, values, pipeline, path: path.to_owned() })
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If the system refuses, or a pipeline isn't fitted; an older file of this name is then untouched.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut writer = Writer::new();
        let header = json!({ "version": VERSION, "dtype": T::DTYPE, "values": self.values });
        writer.metadata(KEY, &header.to_string());
        for (group, state) in &self.groups {
            for (name, entry) in state.iter() {
                match entry {
                    Entry::Float(tensor) => writer.add(&format!("{group}/{name}"), tensor),
                    Entry::Int(tensor) => writer.add(&format!("{group}/{name}"), tensor),
                };
            }
        }
        if let Some(pipeline) = &self.pipeline {
            pipeline.write(&mut writer, PIPELINE)?;
        }
        writer.save(path)
    }

    /// Puts tensors in under a group's name, which has no `/`.
    pub fn put_group(&mut self, group: &str, state: StateDict<T>) -> &mut Self {
        debug_assert!(!group.contains('/'), "the first / ends a group's name");
        self.groups.insert(group.to_owned(), state);
        self
    }

    /// The tensors of a group; none if there is no such group.
    pub fn group(&self, group: &str) -> StateDict<T> {
        self.groups.get(group).cloned().unwrap_or_default()
    }

    /// Puts in parameters and buffers.
    pub fn put_model(&mut self, model: &(impl Module<T> + ?Sized)) -> &mut Self {
        self.put_group("model", StateDict::of(model))
    }

    /// Gives the model its parameters and buffers back.
    ///
    /// # Errors
    /// If they are another model's; the message lists every difference, and the model is unchanged.
    pub fn load_model(&self, model: &mut impl Module<T>) -> Result<()> {
        model.load_state_dict(&self.group("model")).map_err(|e| self.place(e))
    }

    /// Puts in an optimizer's state.
    pub fn put_optimizer(&mut self, optimizer: &(impl Optimizer<T> + ?Sized)) -> &mut Self {
        self.put_group("optimizer", optimizer.state_dict())
    }

    /// Gives the optimizer its state back.
    ///
    /// # Errors
    /// If it is another optimizer's.
    pub fn load_optimizer(&self, optimizer: &mut (impl Optimizer<T> + ?Sized)) -> Result<()> {
        optimizer.load_state_dict(&self.group("optimizer")).map_err(|e| self.place(e))
    }

    /// Puts in the fitted preprocessing that the model's inputs go through.
    pub fn put_pipeline(&mut self, pipeline: &Pipeline) -> &mut Self {
        self.pipeline = Some(pipeline.clone());
        self
    }

    /// The preprocessing that was put in, as it was fitted, to the last bit.
    ///
    /// # Errors
    /// If there is none.
    pub fn pipeline(&self) -> Result<&Pipeline> {
        self.pipeline.as_ref().ok_or_else(|| self.wrong("preprocessing", "a pipeline", "none"))
    }

    /// Puts in where a random stream stands.
    pub fn put_stream(&mut self, name: &str, state: &StreamState) -> &mut Self {
        // Text, since JSON's numbers don't hold 64 bits everywhere.
        self.put(&format!("stream {name}"), json!(format!("{} {} {}", state.seed, state.stream, state.position)))
    }

    /// The random stream that was put in under this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn stream(&self, name: &str) -> Result<Stream> {
        let key = format!("stream {name}");
        let text = self.text(&key)?;
        let parts: Vec<&str> = text.split(' ').collect();
        let state = match parts[..] {
            [seed, stream, position] => (seed.parse(), stream.parse(), position.parse()),
            _ => return Err(self.wrong(&key, "three numbers", text)),
        };
        match state {
            (Ok(seed), Ok(stream), Ok(position)) => Ok(Stream::restore(StreamState { seed, stream, position })),
            _ => Err(self.wrong(&key, "three numbers", text)),
        }
    }

    /// Puts in a loader's position.
    pub fn put_position(&mut self, position: &Position) -> &mut Self {
        self.put("position", json!(position.to_string()))
    }

    /// The loader's position.
    ///
    /// # Errors
    /// If there is none.
    pub fn position(&self) -> Result<Position> {
        self.text("position")?.parse().map_err(|e| self.place(e))
    }

    /// Puts in a number, which comes back exactly: NaN and infinities too.
    pub fn put_float(&mut self, name: &str, value: f64) -> &mut Self {
        self.put(name, float(value))
    }

    /// A number by name.
    ///
    /// # Errors
    /// If there is none.
    pub fn float(&self, name: &str) -> Result<f64> {
        let value = self.value(name)?;
        parse_float(value).ok_or_else(|| self.wrong(name, "a number", &value.to_string()))
    }

    /// Puts in any JSON.
    pub fn put(&mut self, name: &str, value: Value) -> &mut Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// JSON by name.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&self, name: &str) -> Result<&Value> {
        self.values.get(name).ok_or_else(|| self.wrong(name, "a value", "none of this name"))
    }

    fn text(&self, name: &str) -> Result<&str> {
        let value = self.value(name)?;
        value.as_str().ok_or_else(|| self.wrong(name, "text", &value.to_string()))
    }

    /// A value that isn't what it should be.
    pub(crate) fn wrong(&self, what: &str, expected: &str, got: &str) -> Error {
        Error::format(&self.path, format!("`{what}` of the checkpoint"), expected, got)
    }

    fn place(&self, error: Error) -> Error {
        error.at(self.path.display().to_string())
    }
}
