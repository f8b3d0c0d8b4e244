//! MNIST and its relatives: sets of four IDX files.

use std::path::PathBuf;

use super::emnist;
use super::remote::{self, Remote};
use super::source::Source;
use crate::formats::Idx;
use crate::images::Images;
use crate::progress::Progress;
use crate::{Error, Result};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// MNIST: 60,000 and 10,000 handwritten digits, 28×28.
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998); CC BY-SA 3.0.
pub fn mnist() -> MnistLike {
    MnistLike::new(remote::mnist(), &DIGITS)
}

/// Fashion-MNIST: 60,000 and 10,000 pictures of clothes, 28×28.
///
/// Source: H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747 (2017); MIT.
pub fn fashion_mnist() -> MnistLike {
    let clothes =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
    MnistLike::new(remote::fashion_mnist(), &clothes)
}

/// Kuzushiji-MNIST: 60,000 and 10,000 cursive Japanese characters, 28×28.
///
/// Source: T. Clanuwat et al., arXiv:1812.01718 (2018); CC BY-SA 4.0.
pub fn kmnist() -> MnistLike {
    MnistLike::new(remote::kmnist(), &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"])
}

/// QMNIST: MNIST with all 60,000 test digits. Served over TLS alone, so its files are placed by hand; those still packed
/// are checked against their published MD5.
///
/// Source: C. Yadav, L. Bottou, arXiv:1905.10498 (2019); BSD 3-clause.
pub fn qmnist() -> MnistLike {
    MnistLike::new(remote::qmnist(), &DIGITS)
}

/// A set in the form of MNIST: where to look for it, how to fetch it, and its loading.
///
/// [`load`](Self::load) takes the first of: the folder that [`dir`](Self::dir) names (and no other, if it does), the
/// folder that `PLYWOOD_DATA` names, the [cache folder](super::cache_folder), and, with the feature `download`, the
/// set's mirrors, whose files are checked by SHA-256 and kept in the cache folder. In each folder the files may lie
/// directly, in a folder of the set's name or where torchvision puts them, packed with gzip or not.
///
/// ```no_run
/// let (train, test) = plywood_data::mnist().load()?;
/// let (train, test) = (train.normalize(&[0.1307], &[0.3081])?, test.normalize(&[0.1307], &[0.3081])?);
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub struct MnistLike {
    pub(super) source: Source,
    pub(super) classes: Vec<String>,
    /// The names of the four files within the archive, where they are published in one.
    pub(super) archived: Option<[String; 4]>,
    /// Whether the pixels of an image lie column by column.
    pub(super) transposed: bool,
    /// The label of the first class in the files.
    pub(super) first_label: i64,
}

impl MnistLike {
    pub(super) fn new(remote: Remote, classes: &[&str]) -> Self {
        let classes = classes.iter().map(|class| class.to_string()).collect();
        Self { source: Source::new(remote), classes, archived: None, transposed: false, first_label: 0 }
    }

    /// Looks in `dir` and nowhere else; `None` changes nothing.
    pub fn dir(mut self, dir: impl Into<Option<PathBuf>>) -> Self {
        self.source.dir = dir.into().or(self.source.dir);
        self
    }

    /// Calls `progress` while a file is downloaded, instead of drawing a bar on a terminal.
    pub fn progress(mut self, progress: impl FnMut(&Progress) + 'static) -> Self {
        self.source.progress = Box::new(progress);
        self
    }

    /// The training and the test part.
    ///
    /// # Errors
    /// If the files are nowhere to be found (the message says where it looked, what it tried, and how to place them),
    /// a file is broken or not the published one, images and labels differ in number, or a label is outside the classes.
    pub fn load(mut self) -> Result<(Images, Images)> {
        let [train, train_labels, test, test_labels] = match self.archived.take() {
            None => read(self.source.files()?)?,
            Some(names) => match self.source.find(&names.each_ref().map(String::as_str)) {
                Some(paths) => read(paths)?,
                None => emnist::unpack(&self.source.files()?[0], &names)?,
            },
        };
        Ok((self.part(train, train_labels)?, self.part(test, test_labels)?))
    }

    fn part(&self, images: Idx, labels: Idx) -> Result<Images> {
        let (image_file, label_file) = (images.path().to_path_buf(), labels.path().to_path_buf());
        let pixels = images.into_u8()?;
        let [n, height, width] = <[usize; 3]>::try_from(&**pixels.shape())
            .map_err(|_| Error::format(&image_file, "shape", "[n, height, width]", pixels.shape()))?;
        let mut pixels = pixels.reshape([n, 1, height, width])?;
        if self.transposed {
            pixels = pixels.transpose(2, 3)?;
        }
        let mut targets = labels.to_i64()?;
        if targets.rank() == 2 && targets.shape()[1] > 0 {
            // QMNIST tells more of each digit; the class comes first.
            targets = targets.select(1, 0)?;
        }
        if **targets.shape() != [n] {
            let expected = format!("[{n}], a label for each image in {}", image_file.display());
            return Err(Error::format(&label_file, "shape", expected, targets.shape()));
        }
        let (first, last) = (self.first_label, self.first_label + self.classes.len() as i64 - 1);
        if let Some((i, label)) = targets.values().iter().enumerate().find(|(_, l)| !(first..=last).contains(l)) {
            return Err(Error::format(&label_file, format!("label {i}"), format!("{first} to {last}"), label));
        }
        Images::new(pixels, targets.map(|label| label - first), self.classes.iter().cloned())
    }
}

fn read(paths: Vec<PathBuf>) -> Result<[Idx; 4]> {
    let files = paths.iter().map(Idx::read).collect::<Result<Vec<_>>>()?;
    files.try_into().map_err(|_| Error::state("mnist", "there are not four files"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;
    use crate::{Dataset, Labelled};

    fn idx(kind: u8, extents: &[u32], data: &[u8]) -> Vec<u8> {
        let extents_bytes: Vec<u8> = extents.iter().flat_map(|e| e.to_be_bytes()).collect();
        [&[0, 0, kind, extents.len() as u8], &extents_bytes[..], data].concat()
    }

    /// A folder with two training images of 1×2 pixels and one test image, by these names.
    fn folder(set: &MnistLike, train_labels: &[u8]) -> TempDir {
        let dir = TempDir::new("mnist");
        let names: Vec<&str> = set.source.remote.files.iter().map(|f| f.name.strip_suffix(".gz").unwrap()).collect();
        dir.write(names[0], &idx(8, &[2, 1, 2], &[0, 51, 102, 255]));
        dir.write(names[1], &idx(8, &[train_labels.len() as u32], train_labels));
        dir.write(names[2], &idx(8, &[1, 1, 2], &[1, 2]));
        dir.write(names[3], &idx(8, &[1], &[3]));
        dir
    }

    fn load(set: MnistLike, labels: &[u8]) -> Result<(Images, Images)> {
        let dir = folder(&set, labels);
        set.dir(dir.path().to_path_buf()).load()
    }

    #[test]
    fn images_and_labels_are_read() {
        let (train, test) = load(mnist(), &[9, 0]).unwrap();
        assert_eq!((train.len(), test.len(), train.labels()), (2, 1, vec![9, 0]));
        assert_eq!(train.get(1).unwrap().input.to_vec(), [0.4, 1.0]);
        assert_eq!(train.image_shape(), [1, 1, 2]);
    }

    #[test]
    fn qmnist_has_the_class_first() {
        let set = qmnist();
        let dir = folder(&set, &[1, 2]);
        let row = |class: u32| (0..8).flat_map(|i| (if i == 0 { class } else { 77 }).to_be_bytes()).collect::<Vec<_>>();
        dir.write("qmnist-train-labels-idx2-int", &idx(12, &[2, 8], &[row(4), row(7)].concat()));
        assert_eq!(set.dir(dir.path().to_path_buf()).load().unwrap().0.labels(), [4, 7]);
    }

    #[test]
    fn mismatches_name_the_file() {
        let error = |labels: &[u8]| load(mnist(), labels).unwrap_err().to_string();
        assert!(error(&[1, 10]).contains("train-labels-idx1-ubyte: label 1: expected 0 to 9, got 10"));
        assert!(error(&[1]).contains("train-labels-idx1-ubyte: shape: expected [2], a label for each image in"));
    }

    #[test]
    fn a_missing_set_is_explained_in_a_sentence() {
        let dir = TempDir::new("mnist");
        let error = mnist().dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        let expected = format!(
            "mnist: the files are not in {}, and a folder was named, so nothing was downloaded; put \
             train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, \
             t10k-labels-idx1-ubyte.gz (from https://storage.googleapis.com/cvdf-datasets/mnist/) into a folder and name \
             it in PLYWOOD_DATA or to the loader",
            dir.path().display()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn qmnist_is_placed_by_hand_and_checked_if_packed() {
        let dir = TempDir::new("mnist");
        let error = || qmnist().dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        let expected = "put qmnist-train-images-idx3-ubyte.gz, qmnist-train-labels-idx2-int.gz, \
                        qmnist-test-images-idx3-ubyte.gz, qmnist-test-labels-idx2-int.gz (from \
                        https://github.com/facebookresearch/qmnist) into a folder and name it in PLYWOOD_DATA or to \
                        the loader";
        assert!(error().ends_with(expected), "{}", error());
        for file in &qmnist().source.remote.files {
            dir.write(file.name, b"not what was published");
        }
        let expected = "qmnist-train-images-idx3-ubyte.gz: MD5: expected ed72d4157d28c017586c42bc6afe6370, that of the \
                        published file, got a7bbfc26f084ba5ee3bc3bfaf2d6d735";
        assert!(error().ends_with(expected), "{}", error());
    }

    #[test]
    fn the_real_set_is_as_published() {
        if super::super::data_folder().is_none() {
            println!("skipped: PLYWOOD_DATA names no folder with MNIST");
            return;
        }
        let (train, test) = mnist().load().unwrap();
        assert_eq!((train.len(), test.len(), train.image_shape()), (60_000, 10_000, [1, 28, 28].into()));
        assert_eq!((train.labels()[..5].to_vec(), test.labels()[..3].to_vec()), (vec![5, 0, 4, 1, 9], vec![7, 2, 1]));
        let (mean, std) = train.channel_statistics();
        assert!((mean[0] - 0.1307).abs() < 5e-5 && (std[0] - 0.3081).abs() < 5e-5, "{mean:?} {std:?}");
    }
}
