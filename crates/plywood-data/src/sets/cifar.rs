//! CIFAR-10 and CIFAR-100 in their binary form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plywood_tensor::Tensor;

use super::remote::{self, Remote};
use super::source::Source;
use crate::formats::{gzip, tar};
use crate::images::Images;
use crate::progress::Progress;
use crate::{Error, Result};

/// Bytes of an image: red, green and blue planes of 32×32.
pub(crate) const PIXELS: usize = 3 * 32 * 32;

/// CIFAR-10: 50,000 and 10,000 photographs of 10 things, 32×32 in colour.
///
/// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009), section 3.1.
pub fn cifar10() -> Cifar {
    let train = (1..=5).map(|i| format!("data_batch_{i}.bin")).collect();
    Cifar::new(remote::cifar10(), train, "test_batch.bin", "batches.meta.txt", 1)
}

/// CIFAR-100: 50,000 and 10,000 photographs of 100 things, 32×32 in colour; the labels are the fine ones.
///
/// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009), section 3.2.
pub fn cifar100() -> Cifar {
    Cifar::new(remote::cifar100(), vec!["train.bin".into()], "test.bin", "fine_label_names.txt", 2)
}

/// CIFAR: where to look for it, how to fetch it, and its loading.
///
/// Looks in the places that [`MnistLike`](super::MnistLike) does, for the binary version's unpacked files or the
/// `.tar.gz` as published.
///
/// ```no_run
/// let (train, test) = plywood_data::cifar10().load()?;
/// assert_eq!(train.image_shape(), [3, 32, 32]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub struct Cifar {
    source: Source,
    train: Vec<String>,
    test: &'static str,
    names: &'static str,
    /// Label bytes before each image; the last of them counts.
    labels: usize,
}

impl Cifar {
    fn new(remote: Remote, train: Vec<String>, test: &'static str, names: &'static str, labels: usize) -> Self {
        Self { source: Source::new(remote), train, test, names, labels }
    }

    /// Looks in `dir` and nowhere else; `None` changes nothing.
    pub fn dir(mut self, dir: impl Into<Option<PathBuf>>) -> Self {
        self.source.dir = dir.into().or(self.source.dir);
        self
    }

    /// Calls `progress` while the archive is downloaded, instead of drawing a bar on a terminal.
    pub fn progress(mut self, progress: impl FnMut(&Progress) + 'static) -> Self {
        self.source.progress = Box::new(progress);
        self
    }

    /// The training and the test part.
    ///
    /// # Errors
    /// If the files are nowhere to be found (the message says where it looked, what it tried, and how to place them), a
    /// file is broken, or a label is outside the classes.
    pub fn load(mut self) -> Result<(Images, Images)> {
        let names: Vec<&str> = self.train.iter().map(String::as_str).chain([self.test, self.names]).collect();
        let files: Vec<(PathBuf, Vec<u8>)> = match self.source.find(&names) {
            Some(paths) => paths
                .into_iter()
                .map(|path| {
                    let bytes = plywood_tensor::file::read(&path)?;
                    Ok((path, bytes))
                })
                .collect::<Result<_>>()?,
            None => unpack(&self.source.files()?[0], &names)?,
        };
        let [train @ .., test, (_, classes)] = files.as_slice() else {
            return Err(Error::state("cifar", "there are fewer files than parts"));
        };
        let classes = String::from_utf8_lossy(classes);
        let classes: Vec<&str> = classes.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let part = |files: &[(PathBuf, Vec<u8>)]| {
            let (mut pixels, mut labels) = (Vec::new(), Vec::new());
            for (path, bytes) in files {
                read_records(path, bytes, self.labels, classes.len(), &mut pixels, &mut labels)?;
            }
            let pixels = Tensor::from_vec([labels.len(), 3, 32, 32], pixels)?;
            Images::new(pixels, Tensor::from(labels), classes.iter().copied())
        };
        Ok((part(train)?, part(std::slice::from_ref(test))?))
    }
}

/// The named files of the archive at `path`, in that order.
fn unpack(path: &Path, names: &[&str]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let (mut reader, _) = gzip::open(path)?;
    let base = |name: &str| name.rsplit('/').next().unwrap_or(name).to_string();
    let mut found = BTreeMap::new();
    let wanted = |name: &str| names.contains(&base(name).as_str());
    tar::each_file(&mut *reader, path, wanted, |name, bytes| {
        found.insert(base(name), bytes);
    })?;
    let take = |name: &&str| {
        let bytes = found.remove(*name);
        let bytes = bytes.ok_or_else(|| Error::format(path, "contents", format!("a file {name}"), "none of that name"));
        Ok((path.join(name), bytes?))
    };
    names.iter().map(take).collect()
}

/// Takes apart a file of records: label bytes, then an image.
pub(crate) fn read_records(
    path: &Path,
    bytes: &[u8],
    label_bytes: usize,
    classes: usize,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<i64>,
) -> Result<()> {
    let record = label_bytes + PIXELS;
    if !bytes.len().is_multiple_of(record) || bytes.is_empty() {
        let expected = format!("a multiple of {record} bytes, the size of a record, and at least one");
        return Err(Error::format(path, "length", expected, bytes.len()));
    }
    for (i, record) in bytes.chunks_exact(record).enumerate() {
        let label = record[label_bytes - 1];
        if label as usize >= classes {
            return Err(Error::format(path, format!("label {i}"), format!("less than the {classes} classes"), label));
        }
        labels.push(label as i64);
        pixels.extend_from_slice(&record[label_bytes..]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::testing::TempDir;
    use crate::{Dataset, Labelled};

    fn record(labels: &[u8], tone: u8) -> Vec<u8> {
        [labels, &[tone; PIXELS]].concat()
    }

    fn files() -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> =
            (1..=5).map(|i| (format!("data_batch_{i}.bin"), record(&[i], 10 * i))).collect();
        files.push(("test_batch.bin".into(), [record(&[0], 1), record(&[9], 255)].concat()));
        let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
        files.push(("batches.meta.txt".into(), names.into()));
        files
    }

    fn check(dir: &TempDir) {
        let (train, test) = cifar10().dir(dir.path().to_path_buf()).load().unwrap();
        assert_eq!((train.labels(), test.labels()), (vec![1, 2, 3, 4, 5], vec![0, 9]));
        assert_eq!((train.classes()[9].as_str(), train.image_shape()), ("truck", [3, 32, 32].into()));
        assert!(test.get(1).unwrap().input.to_vec().iter().all(|&x| x == 1.0));
    }

    #[test]
    fn unpacked_files_and_the_archive_are_read() {
        let dir = TempDir::new("cifar");
        for (name, bytes) in files() {
            dir.write(&format!("cifar-10-batches-bin/{name}"), &bytes);
        }
        check(&dir);

        let mut archive = Vec::new();
        for (name, bytes) in [("README".to_string(), vec![7; 600])].into_iter().chain(files()) {
            let mut header = [0u8; 512];
            let full = format!("cifar-10-batches-bin/{name}");
            header[..full.len()].copy_from_slice(full.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
            header[156] = b'0';
            archive.extend(header);
            archive.extend(&bytes);
            archive.resize(archive.len().next_multiple_of(512), 0);
        }
        archive.extend([0; 1024]);
        let pack = |bytes: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        };
        let dir = TempDir::new("cifar");
        dir.write("cifar-10-binary.tar.gz", &pack(&archive));
        check(&dir);
        dir.write("cifar-10-binary.tar.gz", &pack(&archive[..5000]));
        assert!(cifar10().dir(dir.path().to_path_buf()).load().is_err());
        dir.write("cifar-10-binary.tar.gz", &pack(&archive[..1536]));
        let error = cifar10().dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        assert!(error.contains("contents: expected a file data_batch_1.bin"), "{error}");
    }

    #[test]
    fn hundred_classes_have_two_labels() {
        let dir = TempDir::new("cifar");
        dir.write("train.bin", &record(&[3, 99], 5));
        dir.write("test.bin", &record(&[19, 0], 5));
        let names: Vec<String> = (0..100).map(|i| format!("thing {i}")).collect();
        dir.write("fine_label_names.txt", names.join("\n").as_bytes());
        let (train, test) = cifar100().dir(dir.path().to_path_buf()).load().unwrap();
        assert_eq!((train.labels(), test.labels()), (vec![99], vec![0]));
    }

    #[test]
    fn broken_records_name_the_file() {
        let error = |bytes: &[u8]| {
            read_records(Path::new("a.bin"), bytes, 1, 10, &mut vec![], &mut vec![]).unwrap_err().to_string()
        };
        assert!(error(&record(&[1], 0)[1..]).contains("a.bin: length: expected a multiple of 3073 bytes"));
        assert!(error(&[]).contains("and at least one, got 0"));
        assert_eq!(error(&record(&[10], 0)), "a.bin: label 0: expected less than the 10 classes, got 10");
        let dir = TempDir::new("cifar");
        let error = cifar10().dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        assert!(error.contains("put cifar-10-binary.tar.gz (from"), "{error}");
    }
}
