//! Event files that TensorBoard reads: scalars, histograms, images, text, graphs, hyper-parameters, embeddings.
//!
//! Written by hand, since the format is small: a file is a list of records (`record`), each a protocol-buffer message
//! (`proto`) of the schemas `event.proto`, `summary.proto`, `graph.proto` and the hparams plugin's `plugin_data.proto`.
//! Fields are cited by name beside their numbers.

mod hparams;
mod projector;
mod proto;
mod record;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use plywood_autograd::Graph;
use plywood_tensor::{Scalar, Tensor};
use proto::Message;

use crate::plots::Bitmap;
use crate::{Error, Result};

/// Writes one run's events into a folder, which TensorBoard shows as a run of that name.
///
/// ```no_run
/// use plywood_train::tensorboard::EventWriter;
///
/// let mut events = EventWriter::create("runs/lenet")?;
/// for step in 0..100 {
///     events.scalar("loss", step, 1.0 / (step + 1) as f64)?;
/// }
/// events.flush()?; // also done when the writer is dropped
/// # Ok::<(), plywood_train::Error>(())
/// ```
pub struct EventWriter {
    out: BufWriter<File>,
    path: PathBuf,
    folder: PathBuf,
    projector: String,
}

/// Bins of a histogram.
const BINS: usize = 40;

impl EventWriter {
    /// Starts a new file in the folder, beside those of earlier runs of this name.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(folder: impl Into<PathBuf>) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|e| Error::io("make the folder", &folder, e))?;
        let (seconds, count) = (wall_time() as u64, COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(format!("events.out.tfevents.{seconds}.plywood.{}.{count}", std::process::id()));
        let file = File::create(&path).map_err(|e| Error::io("create", &path, e))?;
        let mut writer = Self { out: BufWriter::new(file), path, folder, projector: String::new() };
        writer.event(0, |event| event.text(3, "brain.Event:2"))?; // file_version
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number at a step.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn scalar(&mut self, tag: &str, step: usize, value: f64) -> Result<()> {
        self.summary(tag, step, |v| v.float(2, value as f32)) // simple_value
    }

    /// How the values of a tensor are spread. Values that aren't finite are left out.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn histogram<T: Scalar>(&mut self, tag: &str, step: usize, values: &Tensor<T>) -> Result<()> {
        let values: Vec<f64> = values.to_vec().into_iter().map(T::to_f64).filter(|v| v.is_finite()).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() {
            return Ok(());
        }
        let width = (high - low) / BINS as f64;
        let mut counts = vec![0.0; BINS];
        for v in &values {
            counts[if width > 0.0 { (((v - low) / width) as usize).min(BINS - 1) } else { 0 }] += 1.0;
        }
        let limits: Vec<f64> = (1..=BINS).map(|i| if i == BINS { high } else { low + width * i as f64 }).collect();
        self.summary(tag, step, |v| {
            // histo: min, max, num, sum, sum_squares, bucket_limit, bucket
            v.message(5, |h| {
                h.double(1, low).double(2, high).double(3, values.len() as f64);
                h.double(4, values.iter().sum()).double(5, values.iter().map(|v| v * v).sum());
                h.doubles(6, &limits).doubles(7, &counts)
            })
        })
    }

    /// A picture.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn image(&mut self, tag: &str, step: usize, image: &Bitmap) -> Result<()> {
        self.summary(tag, step, |v| {
            // image: height, width, colorspace (3 is RGB), encoded_image_string
            v.message(4, |i| {
                i.int(1, image.height as u64).int(2, image.width as u64).int(3, 3).bytes(4, &image.to_png())
            })
        })
    }

    /// Text, shown as Markdown.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn text(&mut self, tag: &str, step: usize, markdown: &str) -> Result<()> {
        self.summary(tag, step, |v| {
            v.message(9, |m| m.message(1, |plugin| plugin.text(1, "text"))); // metadata.plugin_data.plugin_name
            // tensor: dtype (7 is DT_STRING), tensor_shape.dim.size, string_val
            v.message(8, |t| t.int(1, 7).message(2, |s| s.message(2, |d| d.int(1, 1))).bytes(8, markdown.as_bytes()))
        })
    }

    /// The graph behind a value, as [`Var::graph`](plywood_autograd::Var::graph) gives it. Names with dots become
    /// nested boxes: those of parameters always, those of operations where the value was computed within
    /// [`detect_anomaly`](plywood_autograd::anomaly::detect_anomaly), which notes the layer of each.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn graph(&mut self, graph: &Graph) -> Result<()> {
        let name = |i: usize| match (&graph.nodes[i].name, graph.nodes[i].op) {
            (Some(name), "leaf") => name.replace('.', "/"),
            (Some(layer), op) => format!("{}/{op}_{i}", layer.replace('.', "/")),
            (None, op) => format!("{op}_{i}"),
        };
        let (mut def, mut written) = (Message::default(), HashSet::new());
        for (i, node) in graph.nodes.iter().enumerate() {
            // A parameter that is used in several places is a leaf in each, and one node on the page.
            if !written.insert(name(i)) {
                continue;
            }
            // node: name, op, input, attr; the shape is what the page shows on an edge.
            def.message(1, |n| {
                n.text(1, &name(i)).text(2, node.op);
                node.inputs.iter().for_each(|&input| {
                    n.text(3, &name(input));
                });
                n.message(5, |entry| {
                    entry.text(1, "_output_shapes");
                    entry.message(2, |value| {
                        value.message(1, |list| {
                            list.message(7, |shape| {
                                node.shape.iter().for_each(|&d| {
                                    shape.message(2, |dim| dim.int(1, d as u64));
                                });
                                shape
                            })
                        })
                    })
                })
            });
        }
        def.message(4, |versions| versions.int(1, 22)); // producer
        self.event(0, |event| event.bytes(4, def.as_bytes())) // graph_def
    }

    /// Hands everything to the system.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn flush(&mut self) -> Result<()> {
        std::io::Write::flush(&mut self.out).map_err(|e| Error::io("write", &self.path, e))
    }

    /// An event with one value of a summary.
    fn summary(&mut self, tag: &str, step: usize, fill: impl FnOnce(&mut Message) -> &mut Message) -> Result<()> {
        self.event(step, |event| {
            // summary.value.tag
            event.message(5, |summary| summary.message(1, |value| fill(value.text(1, tag))))
        })
    }

    fn event(&mut self, step: usize, fill: impl FnOnce(&mut Message) -> &mut Message) -> Result<()> {
        let mut event = Message::default();
        event.double(1, wall_time()).int(2, step as u64);
        fill(&mut event);
        record::write(&mut self.out, event.as_bytes()).map_err(|e| Error::io("write", &self.path, e))
    }
}

/// Seconds since 1970.
fn wall_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of each record, by the lengths in the frames.
    fn records(bytes: &[u8]) -> Vec<&[u8]> {
        let (mut records, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            records.push(&rest[12..12 + length]);
            rest = &rest[16 + length..];
        }
        records
    }

    #[test]
    fn a_file_is_a_version_and_the_events() {
        let folder = std::env::temp_dir().join(format!("plywood-events-{}", std::process::id()));
        let mut events = EventWriter::create(&folder).unwrap();
        events.scalar("loss", 300, 0.5).unwrap();
        events.histogram("empty", 0, &Tensor::from([f32::NAN])).unwrap();
        events.histogram("one", 0, &Tensor::from([2.0f32, 2.0])).unwrap();
        events.flush().unwrap();
        let bytes = std::fs::read(events.path()).unwrap();
        let records = records(&bytes);
        assert_eq!(records.len(), 3, "nothing finite makes no histogram");
        assert!(records[0].ends_with(b"\x1a\x0dbrain.Event:2"));
        // step 300, then summary { value { tag "loss", simple_value 0.5 } }
        assert_eq!(records[1][9..], *b"\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x00\x3f");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn embeddings_must_fit_their_labels() {
        let folder = std::env::temp_dir().join(format!("plywood-embeddings-{}", std::process::id()));
        let mut events = EventWriter::create(&folder).unwrap();
        let vectors = Tensor::<f32>::zeros([2, 3]);
        let error = events.embedding("a", &vectors, &["x"], &[]).unwrap_err().to_string();
        assert_eq!(error, "embedding: labels: expected 2, as vectors, got 1");
        assert!(events.embedding("a", &vectors, &["x", "y\tz"], &[]).is_err());
        assert!(events.embedding("a", &vectors, &["x", "y"], &[Bitmap::new(1, 1)]).is_err());
        events.embedding("a", &vectors, &["x", "y"], &[]).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
