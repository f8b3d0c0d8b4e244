//! The values of a model by name, as files hold them.

use std::collections::HashSet;
use std::path::Path;

use plywood_autograd::{Error, Result, Scalar, Tensor};
use plywood_tensor::safetensors::{Reader, Writer};

use crate::module::{self, Module, Part, PartMut};

/// A value of a state dict.
#[derive(Clone, Debug)]
pub enum Entry<T: Scalar = f32> {
    /// A parameter or a buffer.
    Float(Tensor<T>),
    /// A count.
    Int(Tensor<i64>),
}

/// Parameters and buffers by name, in the model's order. Names and layouts are those of PyTorch's `state_dict`.
#[derive(Clone, Debug)]
pub struct StateDict<T: Scalar = f32> {
    entries: Vec<(String, Entry<T>)>,
}

/// What a load found: by name, what fitted and what didn't.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Names whose values were taken over.
    pub loaded: Vec<String>,
    /// Names of the model that the state dict lacks.
    pub missing: Vec<String>,
    /// Names of the state dict that the model lacks.
    pub unexpected: Vec<String>,
    /// Names whose shapes differ: `name: expected SHAPE, got SHAPE`.
    pub misshapen: Vec<String>,
}

impl LoadReport {
    /// Whether everything fitted.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshapen.is_empty()
    }
}

impl std::fmt::Display for LoadReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} loaded", self.loaded.len())?;
        for (what, names) in
            [("missing", &self.missing), ("unexpected", &self.unexpected), ("of another shape", &self.misshapen)]
        {
            if !names.is_empty() {
                write!(f, "; {} {what}: {}", names.len(), names.join(", "))?;
            }
        }
        Ok(())
    }
}

impl<T: Scalar> Default for StateDict<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Scalar> StateDict<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The values of a module.
    pub fn of(module: &(impl Module<T> + ?Sized)) -> Self {
        let mut state = Self::new();
        module::visit(module, &mut |path, part| {
            let entry = match part {
                Part::Param(param) => Entry::Float(param.value().clone()),
                Part::Buffer(buffer) => Entry::Float(buffer.value()),
                Part::Counter(counter) => Entry::Int(Tensor::scalar(counter.value())),
            };
            state.entries.push((path.to_owned(), entry));
        });
        state
    }

    /// Adds a value, or replaces the one of this name.
    pub fn insert(&mut self, name: &str, entry: Entry<T>) {
        match self.entries.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = entry,
            None => self.entries.push((name.to_owned(), entry)),
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Entry<T>> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry<T>)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The same values under other names: `rename` returns the new name, or `None` to leave the entry out.
    pub fn renamed(&self, rename: impl Fn(&str) -> Option<String>) -> Self {
        let entries = self.entries.iter().filter_map(|(name, entry)| Some((rename(name)?, entry.clone())));
        Self { entries: entries.collect() }
    }

    /// Reads a `.safetensors` file. Numbers of any floating-point type become `T`; whole numbers stay whole.
    ///
    /// # Errors
    /// If the system refuses, or the contents aren't what the format demands.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_safetensors(&Reader::open(path)?)
    }

    /// All tensors of a `.safetensors` file.
    ///
    /// # Errors
    /// If one is of a type that no state dict holds.
    pub fn from_safetensors(reader: &Reader) -> Result<Self> {
        let entry = |name: &str| match reader.dtype(name) {
            Some("I64") => reader.tensor(name).map(Entry::Int),
            _ => reader.float(name).map(Entry::Float),
        };
        let entries = reader.names().map(|name| Ok((name.to_owned(), entry(name)?))).collect::<Result<_>>()?;
        Ok(Self { entries })
    }

    /// The contents of a `.safetensors` file.
    pub fn to_safetensors(&self) -> Writer {
        let mut writer = Writer::new();
        // The tag that Hugging Face's tools look for to know that names and layouts are PyTorch's.
        writer.metadata("format", "pt");
        for (name, entry) in self.iter() {
            match entry {
                Entry::Float(tensor) => writer.add(name, tensor),
                Entry::Int(tensor) => writer.add(name, tensor),
            };
        }
        writer
    }

    /// Writes a `.safetensors` file, whole or not at all.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.to_safetensors().save(path)
    }

    /// Gives a module these values: all of them or none if `strict`, those that fit otherwise.
    pub(crate) fn load_into(&self, module: &mut (impl Module<T> + ?Sized), strict: bool) -> Result<LoadReport> {
        let report = self.compare(module);
        if strict && !report.is_complete() {
            let message = format!("the state dict doesn't fit the model: {report}");
            return Err(Error::state("load_state_dict", message));
        }
        let loaded: HashSet<&str> = report.loaded.iter().map(String::as_str).collect();
        module::visit_mut(module, &mut |path, part| {
            if !loaded.contains(path) {
                return;
            }
            match (part, self.get(path)) {
                (PartMut::Param(param), Some(Entry::Float(value))) => {
                    param.set(value.clone()).expect("shapes were compared");
                }
                (PartMut::Buffer(buffer), Some(Entry::Float(value))) => buffer.set(value.clone()),
                (PartMut::Counter(counter), Some(Entry::Int(value))) => {
                    counter.set(value.item().expect("shapes were compared"));
                }
                _ => unreachable!("kinds were compared"),
            }
        });
        Ok(report)
    }

    fn compare(&self, module: &(impl Module<T> + ?Sized)) -> LoadReport {
        let mut report = LoadReport::default();
        let mut known = HashSet::new();
        for (name, wanted) in Self::of(module).iter() {
            known.insert(name.to_owned());
            match (wanted, self.get(name)) {
                (_, None) => report.missing.push(name.to_owned()),
                (Entry::Float(a), Some(Entry::Float(b))) if a.shape() == b.shape() => {
                    report.loaded.push(name.to_owned());
                }
                // A counter is one number, whatever its number of dimensions.
                (Entry::Int(_), Some(Entry::Int(b))) if b.elements() == 1 => report.loaded.push(name.to_owned()),
                (a, Some(b)) => report.misshapen.push(format!("{name}: expected {}, got {}", a.kind(), b.kind())),
            }
        }
        report.unexpected =
            self.iter().map(|(name, _)| name).filter(|&n| !known.contains(n)).map(str::to_owned).collect();
        report
    }
}

impl<T: Scalar> Entry<T> {
    fn kind(&self) -> String {
        match self {
            Self::Float(tensor) => tensor.shape().to_string(),
            Self::Int(tensor) => format!("integers {}", tensor.shape()),
        }
    }
}
