//! Images read from disk when they are asked for, for sets larger than memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use plywood_tensor::{Shape, Tensor};

use super::idx::{Idx, IdxHeader, IdxType};
use crate::sets::cifar::PIXELS;
use crate::{Dataset, Error, Labelled, Result, Sample};

/// Labelled images of one size in files of fixed-size records, each read when it is asked for.
///
/// Samples are `[channels, height, width]` from 0 to 1, as [`Images`](crate::Images) gives them. The files must be
/// unpacked, and must not change while they are read; the labels are kept in memory.
#[derive(Clone)]
pub struct ImageStream {
    files: Arc<[Records]>,
    labels: Arc<[i64]>,
    shape: Shape,
}

/// A file of records, of which a part is an image.
struct Records {
    path: PathBuf,
    file: Mutex<File>,
    /// The index of the first image.
    first: usize,
    /// Where the first image begins, in bytes.
    start: u64,
    /// The distance from one image to the next, in bytes.
    stride: u64,
}

impl ImageStream {
    /// Images of an IDX file `[n, height, width]` or `[n, channels, height, width]` with the labels of another, `[n]`.
    ///
    /// # Errors
    /// If a file can't be read, is packed or broken, or images and labels differ in number.
    pub fn idx(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Self> {
        let (path, labels) = (images.as_ref(), labels.as_ref());
        let (mut file, length) = open(path)?;
        let mut start = [0; 2];
        if file.read(&mut start).map_err(|e| Error::io("read", path, e))? == 2 && start == [0x1f, 0x8b] {
            return Err(Error::format(path, "contents", "an unpacked IDX file, to be read in parts", "gzip"));
        }
        file.rewind().map_err(|e| Error::io("read", path, e))?;
        let header = IdxHeader::read(&mut file, path)?;
        if header.kind != IdxType::U8 {
            return Err(Error::format(path, "type of the values", "unsigned bytes (08)", format!("{:?}", header.kind)));
        }
        if header.bytes() + header.data_len != length {
            let expected = format!("{} bytes for shape {}", header.bytes() + header.data_len, header.shape);
            return Err(Error::format(path, "length", expected, length));
        }
        let (n, shape) = match *header.shape {
            [n, height, width] => (n, Shape::from([1, height, width])),
            [n, channels, height, width] => (n, Shape::from([channels, height, width])),
            _ => return Err(Error::format(path, "shape", "[n, height, width]", header.shape)),
        };
        let idx = Idx::read(labels)?;
        if idx.shape() != [n] {
            let expected = format!("[{n}], a label for each image in {}", path.display());
            return Err(Error::format(labels, "shape", expected, idx.shape()));
        }
        let stride = shape.elements() as u64;
        let records = Records { path: path.into(), file: Mutex::new(file), first: 0, start: header.bytes(), stride };
        Ok(Self { files: [records].into(), labels: idx.to_i64()?.to_vec().into(), shape })
    }

    /// CIFAR's binary files, one after the other; `label_bytes` stand before each image (1 for CIFAR-10, 2 for CIFAR-100),
    /// of which the last is its label.
    ///
    /// # Errors
    /// If a file can't be read or isn't made of whole records.
    pub fn cifar(paths: &[impl AsRef<Path>], label_bytes: usize) -> Result<Self> {
        if label_bytes == 0 {
            return Err(Error::value("image stream", "label bytes", "at least 1", 0));
        }
        let (mut files, mut labels) = (Vec::new(), Vec::new());
        let record = label_bytes + PIXELS;
        for path in paths {
            let path = path.as_ref();
            let (mut file, length) = open(path)?;
            if length % record as u64 != 0 || length == 0 {
                let expected = format!("a multiple of {record} bytes, the size of a record, and at least one");
                return Err(Error::format(path, "length", expected, length));
            }
            let first = labels.len();
            let mut buffer = vec![0; record];
            for _ in 0..length / record as u64 {
                file.read_exact(&mut buffer).map_err(|e| Error::io("read", path, e))?;
                labels.push(buffer[label_bytes - 1] as i64);
            }
            let (start, stride) = (label_bytes as u64, record as u64);
            files.push(Records { path: path.into(), file: Mutex::new(file), first, start, stride });
        }
        Ok(Self { files: files.into(), labels: labels.into(), shape: Shape::from([3, 32, 32]) })
    }
}

impl Records {
    /// The bytes of image `number` of this file.
    fn read(&self, number: usize, size: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; size];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + number as u64 * self.stride))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| Error::io("read an image of", &self.path, e))?;
        Ok(bytes)
    }
}

fn open(path: &Path) -> Result<(File, u64)> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let length = file.metadata().map_err(|e| Error::io("read the length of", path, e))?.len();
    Ok((file, length))
}

impl Dataset for ImageStream {
    type Item = Sample<Tensor<f32>, i64>;

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let records = &self.files[self.files.partition_point(|records| records.first <= index) - 1];
        let bytes = records.read(index - records.first, self.shape.elements())?;
        let input = Tensor::from_fn(self.shape, |i| bytes[i] as f32 / 255.0);
        Ok(Sample { input, target: self.labels[index] })
    }
}

impl Labelled for ImageStream {
    fn labels(&self) -> Vec<i64> {
        self.labels.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataLoader;
    use crate::testing::TempDir;

    fn idx(extents: &[u32], data: &[u8]) -> Vec<u8> {
        let extents_bytes: Vec<u8> = extents.iter().flat_map(|e| e.to_be_bytes()).collect();
        [&[0, 0, 8, extents.len() as u8], &extents_bytes[..], data].concat()
    }

    #[test]
    fn idx_is_read_in_parts_by_several_workers() {
        let dir = TempDir::new("stream");
        let pixels: Vec<u8> = (0..50 * 6).map(|i| i as u8).collect();
        let images = dir.write("images", &idx(&[50, 2, 3], &pixels));
        let labels = dir.write("labels", &idx(&[50], &(0..50).collect::<Vec<u8>>()));
        let set = ImageStream::idx(&images, &labels).unwrap();
        let sample = set.get(49).unwrap();
        assert_eq!((sample.input.shape(), sample.target), (&[1, 2, 3].into(), 49));
        assert_eq!(sample.input.to_vec(), (294..300).map(|i| i as u8 as f32 / 255.0).collect::<Vec<_>>());
        let loader = DataLoader::new(set).batch_size(8).shuffle(0).workers(3);
        for batch in loader.iter() {
            let batch = batch.unwrap();
            for (i, &label) in batch.target.to_vec().iter().enumerate() {
                let first = batch.input.get(&[i, 0, 0, 0]).unwrap();
                assert_eq!(first, (label * 6) as u8 as f32 / 255.0);
            }
        }
        let short = dir.write("short", &idx(&[51, 2, 3], &pixels));
        assert!(ImageStream::idx(&short, &labels).err().unwrap().to_string().contains("length: expected 322 bytes"));
        assert!(ImageStream::idx(&labels, &labels).err().unwrap().to_string().contains("expected [n, height, width]"));
        let few = dir.write("few", &idx(&[1], &[0]));
        assert!(ImageStream::idx(&images, &few).err().unwrap().to_string().contains("a label for each image"));
        let packed = dir.write("packed", &[0x1f, 0x8b, 8, 0]);
        assert!(ImageStream::idx(&packed, &labels).err().unwrap().to_string().contains("an unpacked IDX file"));
    }

    #[test]
    fn a_file_that_shrinks_is_an_error_and_not_a_hang() {
        let dir = TempDir::new("stream");
        let images = dir.write("images", &idx(&[2, 1, 2], &[1, 2, 3, 4]));
        let labels = dir.write("labels", &idx(&[2], &[0, 1]));
        let set = ImageStream::idx(&images, &labels).unwrap();
        dir.write("images", &idx(&[2, 1, 2], &[1]));
        assert!(set.get(1).unwrap_err().to_string().contains("could not read an image of"));
    }

    #[test]
    fn cifars_files_follow_each_other() {
        let dir = TempDir::new("stream");
        let record = |label: u8| [&[label][..], &[label; PIXELS]].concat();
        let a = dir.write("a.bin", &[record(3), record(4)].concat());
        let b = dir.write("b.bin", &record(5));
        let set = ImageStream::cifar(&[&a, &b], 1).unwrap();
        assert_eq!(set.labels(), [3, 4, 5]);
        for (i, label) in [3u8, 4, 5].into_iter().enumerate() {
            assert!(set.get(i).unwrap().input.to_vec().iter().all(|&x| x == label as f32 / 255.0));
        }
        let c = dir.write("c.bin", &record(1)[1..]);
        assert!(ImageStream::cifar(&[&a, &c], 1).err().unwrap().to_string().contains("c.bin: length"));
    }
}
