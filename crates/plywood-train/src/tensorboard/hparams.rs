//! Hyper-parameters of a run and what came of them, for TensorBoard's table of runs.

use super::proto::Message;
use super::{EventWriter, wall_time};
use crate::{Result, Setting};

/// Fills a `google.protobuf.Value`.
fn fill<'m>(setting: &Setting, value: &'m mut Message) -> &'m mut Message {
    match setting {
        Setting::Number(x) => value.double(2, *x),
        Setting::Text(x) => value.text(3, x),
        Setting::Flag(x) => value.int(4, u64::from(*x)),
    }
}

/// The plugin's `DataType`: string, bool or float64.
fn kind(setting: &Setting) -> u64 {
    match setting {
        Setting::Text(_) => 1,
        Setting::Flag(_) => 2,
        Setting::Number(_) => 3,
    }
}

impl EventWriter {
    /// The settings of this run and the figures that it reached.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn hparams(&mut self, settings: &[(&str, Setting)], figures: &[(&str, f64)]) -> Result<()> {
        let mut experiment = Message::default();
        experiment.message(2, |e| {
            e.double(3, wall_time()); // time_created_secs
            for (name, setting) in settings {
                e.message(4, |info| info.text(1, name).int(4, kind(setting))); // hparam_infos: name, type
            }
            for (name, _) in figures {
                e.message(5, |info| info.message(1, |m| m.text(2, name))); // metric_infos.name.tag
            }
            e
        });
        let mut start = Message::default();
        start.message(3, |s| {
            for (name, setting) in settings {
                s.message(1, |entry| entry.text(1, name).message(2, |v| fill(setting, v))); // hparams: key, value
            }
            s.double(5, wall_time()) // start_time_secs
        });
        let mut end = Message::default();
        end.message(4, |e| e.int(1, 1).double(2, wall_time())); // status (1 is success), end_time_secs
        for (tag, data) in [("experiment", experiment), ("session_start_info", start), ("session_end_info", end)] {
            self.summary(&format!("_hparams_/{tag}"), 0, |v| {
                // metadata.plugin_data: plugin_name, content
                v.message(9, |m| m.message(1, |plugin| plugin.text(1, "hparams").bytes(2, data.as_bytes())))
            })?;
        }
        figures.iter().try_for_each(|(name, value)| self.scalar(name, 0, *value))
    }
}
