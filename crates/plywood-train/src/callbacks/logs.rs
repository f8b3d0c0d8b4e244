//! The history as a file: CSV or JSON lines.

use std::io::Write;
use std::path::PathBuf;

use plywood_nn::Scalar;
use plywood_tensor::file::write_atomically;
use serde_json::{Map, Value, json};

use super::{Callback, Flow, Run};
use crate::Result;
use crate::history::History;

/// Writes the history as CSV after each epoch: a row an epoch, columns `epoch,step,seconds,lr,loss,…`.
///
/// The whole file is written anew each time, so that it is always complete and a resumed run repeats no row.
#[derive(Clone, Debug)]
pub struct CsvLog(PathBuf);

impl CsvLog {
    /// Into this file; missing folders are made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl<M, T: Scalar> Callback<M, T> for CsvLog {
    fn name(&self) -> String {
        "CSV log".into()
    }

    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        write_atomically(&self.0, |out| csv(run.history, out))?;
        Ok(Flow::Continue)
    }
}

/// Writes the history as JSON lines after each epoch: an object an epoch. A value that isn't finite is `null`.
///
/// The whole file is written anew each time, so that it is always complete and a resumed run repeats no line.
#[derive(Clone, Debug)]
pub struct JsonLog(PathBuf);

impl JsonLog {
    /// Into this file; missing folders are made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl<M, T: Scalar> Callback<M, T> for JsonLog {
    fn name(&self) -> String {
        "JSON log".into()
    }

    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        write_atomically(&self.0, |out| json_lines(run.history, out))?;
        Ok(Flow::Continue)
    }
}

fn csv(history: &History, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, "epoch,step,seconds,lr")?;
    for (name, _) in history.columns() {
        // A name with a comma or a quote is quoted as RFC 4180 has it.
        match name.contains([',', '"', '\n']) {
            true => write!(out, ",\"{}\"", name.replace('"', "\"\""))?,
            false => write!(out, ",{name}")?,
        }
    }
    writeln!(out)?;
    for epoch in history.epochs() {
        write!(out, "{},{},{:.3},{}", epoch.epoch, epoch.step, epoch.seconds, epoch.lr)?;
        epoch.values.iter().try_for_each(|value| write!(out, ",{value}"))?;
        writeln!(out)?;
    }
    Ok(())
}

fn json_lines(history: &History, out: &mut dyn Write) -> std::io::Result<()> {
    for epoch in history.epochs() {
        let mut line = Map::new();
        line.insert("epoch".into(), json!(epoch.epoch));
        line.insert("step".into(), json!(epoch.step));
        line.insert("seconds".into(), json!(epoch.seconds));
        line.insert("lr".into(), json!(epoch.lr));
        for ((name, _), value) in history.columns().iter().zip(&epoch.values) {
            line.insert(name.clone(), json!(value));
        }
        writeln!(out, "{}", Value::Object(line))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::EpochRecord;
    use crate::metrics::Better;

    #[test]
    fn rows_and_lines_hold_every_column() {
        let columns = vec![("loss".into(), Better::Lower), ("a,b".into(), Better::Higher)];
        let mut history = History::new(columns);
        history.push(EpochRecord { epoch: 1, step: 7, seconds: 1.5, lr: 0.1, values: vec![0.25, f64::NAN] });
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        csv(&history, &mut rows).unwrap();
        json_lines(&history, &mut lines).unwrap();
        assert_eq!(String::from_utf8(rows).unwrap(), "epoch,step,seconds,lr,loss,\"a,b\"\n1,7,1.500,0.1,0.25,NaN\n");
        let line: Value = serde_json::from_slice(&lines).unwrap();
        let want = json!({ "epoch": 1, "step": 7, "seconds": 1.5, "lr": 0.1, "loss": 0.25, "a,b": null });
        assert_eq!(line, want);
    }
}
