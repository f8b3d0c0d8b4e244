//! When checkpoints are written and which are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plywood_tensor::Scalar;
use serde_json::{Value, json};

use super::{Checkpoint, float, parse_float};
use crate::history::History;
use crate::metrics::Better;
use crate::{Error, Result};

/// Writes checkpoints into a folder: at the end of each epoch, and every so many steps or minutes where wanted.
///
/// Files are called `step-00001234.safetensors`, and `best-00001234.safetensors` for those kept for their value. What
/// is no longer to be kept is removed after the new file is complete.
///
/// ```
/// use plywood_train::Checkpoints;
///
/// let policy = Checkpoints::new("runs/lenet").every_steps(500).keep_last(2).keep_best(1, "val_accuracy");
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    every_steps: Option<usize>,
    every: Option<Duration>,
    last: usize,
    best: Option<(usize, String)>,
    /// Values and files of the best so far, the best first.
    ranked: Vec<(f64, PathBuf)>,
    written: Instant,
}

impl Checkpoints {
    /// At the end of each epoch, the last one kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            every_steps: None,
            every: None,
            last: 1,
            best: None,
            ranked: Vec::new(),
            written: Instant::now(),
        }
    }

    /// Also every `n` steps; 0 means never.
    pub fn every_steps(self, n: usize) -> Self {
        Self { every_steps: (n > 0).then_some(n), ..self }
    }

    /// Also when this long has passed since the last one.
    pub fn every(self, time: Duration) -> Self {
        Self { every: Some(time), ..self }
    }

    /// Keeps the last `n`, at least one.
    pub fn keep_last(self, n: usize) -> Self {
        Self { last: n.max(1), ..self }
    }

    /// Keeps the best `n` by a column of the history.
    pub fn keep_best(self, n: usize, column: impl Into<String>) -> Self {
        Self { best: Some((n, column.into())), ..self }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest checkpoint of a folder; `None` if there is none or no folder.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn latest(folder: impl AsRef<Path>) -> Result<Option<PathBuf>> {
        Ok(files(folder.as_ref(), "step-", "")?.pop())
    }

    /// The best checkpoint of the run so far.
    pub fn best(&self) -> Option<&Path> {
        self.ranked.first().map(|(_, path)| path.as_path())
    }

    /// Checks that the column exists that the best are chosen by.
    pub(crate) fn check(&self, history: &History) -> Result<()> {
        match &self.best {
            Some((_, column)) => crate::callbacks::column(history, "checkpoints", column).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Removes what a killed run left half written.
    pub(crate) fn tidy(&self) -> Result<()> {
        for path in ["step-", "best-"].map(|prefix| files(&self.folder, prefix, ".tmp")).into_iter().flatten().flatten()
        {
            fs::remove_file(&path).map_err(|e| Error::io("remove the unfinished checkpoint", &path, e))?;
        }
        Ok(())
    }

    /// Whether one is due after step `step`.
    pub(crate) fn due(&self, step: usize) -> bool {
        self.every_steps.is_some_and(|n| step.is_multiple_of(n))
            || self.every.is_some_and(|t| self.written.elapsed() >= t)
    }

    /// Takes note of an epoch's value before its checkpoint is made, so that the file itself tells the best so far.
    /// Returns the name under which this epoch's checkpoint is to be kept, if it is among the best.
    pub(crate) fn rank(&mut self, history: &History, step: usize) -> Option<PathBuf> {
        let (n, column) = self.best.as_ref()?;
        let (value, better) = (history.last(column)?, history.columns().iter().find(|(name, _)| name == column)?.1);
        let place = self.ranked.iter().position(|(old, _)| better.wins(value, *old)).unwrap_or(self.ranked.len());
        if place >= *n {
            return None;
        }
        let path = self.folder.join(format!("best-{step:08}.safetensors"));
        self.ranked.insert(place, (value, path.clone()));
        self.ranked.truncate(*n);
        Some(path)
    }

    /// Writes the newest checkpoint, and under `best` too, then removes what is no longer kept.
    pub(crate) fn write<T: Scalar>(
        &mut self,
        checkpoint: &Checkpoint<T>,
        step: usize,
        best: Option<PathBuf>,
    ) -> Result<()> {
        if let Some(path) = best {
            checkpoint.save(path)?;
        }
        checkpoint.save(self.folder.join(format!("step-{step:08}.safetensors")))?;
        self.written = Instant::now();
        let last = files(&self.folder, "step-", "")?;
        let surplus = last.len().saturating_sub(self.last);
        let fallen =
            files(&self.folder, "best-", "")?.into_iter().filter(|path| !self.ranked.iter().any(|(_, p)| p == path));
        for path in last.into_iter().take(surplus).chain(fallen) {
            fs::remove_file(&path).map_err(|e| Error::io("remove the old checkpoint", &path, e))?;
        }
        Ok(())
    }

    pub(crate) fn state(&self) -> Value {
        self.ranked.iter().map(|(value, path)| json!([float(*value), name(path)])).collect()
    }

    pub(crate) fn restore(&mut self, state: &Value) -> Option<()> {
        let entry = |entry: &Value| Some((parse_float(&entry[0])?, self.folder.join(entry[1].as_str()?)));
        self.ranked = state.as_array()?.iter().map(entry).collect::<Option<_>>()?;
        Some(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The checkpoints of a folder whose names begin and end so, by rising step. With an ending, it stands behind the
/// name of the file that was being written and a few numbers.
fn files(folder: &Path, prefix: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("list", folder, e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Error::io("list", folder, e))?.path();
        let name = name(&path);
        let Some((step, rest)) = name.strip_prefix(prefix).and_then(|rest| rest.split_once(".safetensors")) else {
            continue;
        };
        if let Ok(step) = step.parse::<u64>()
            && (if ending.is_empty() { rest.is_empty() } else { rest.ends_with(ending) })
        {
            found.push((step, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

impl Better {
    /// The direction in words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Lower, Self::Higher].into_iter().find(|b| b.describe() == text)
    }
}
