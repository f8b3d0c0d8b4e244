//! EMNIST, whose six ways to divide its characters are published in one archive.

use std::path::Path;

use super::mnist::MnistLike;
use super::remote;
use crate::Result;
use crate::formats::{Idx, gzip, zip::Zip};

/// How [`emnist`] divides its characters into classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emnist {
    /// Digits, capitals and small letters, 62 classes.
    ByClass,
    /// As `ByClass`, with look-alike small letters merged into their capitals, 47 classes.
    ByMerge,
    /// The classes of `ByMerge`, equally often.
    Balanced,
    /// Letters without case, 26 classes.
    Letters,
    /// Digits, 10 classes.
    Digits,
    /// Digits in the sizes of MNIST, 10 classes.
    Mnist,
}

/// EMNIST: handwritten characters, 28×28, turned upright. Served over TLS alone, so it is placed by hand: the published
/// `gzip.zip`, checked by its SHA-256 before it is read, or the split's four files out of it.
///
/// Source: G. Cohen, S. Afshar, J. Tapson, A. van Schaik, arXiv:1702.05373 (2017); public domain (NIST).
pub fn emnist(split: Emnist) -> MnistLike {
    const ALL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const MERGED: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
    let (name, classes) = match split {
        Emnist::ByClass => ("byclass", ALL),
        Emnist::ByMerge => ("bymerge", MERGED),
        Emnist::Balanced => ("balanced", MERGED),
        Emnist::Letters => ("letters", &ALL[36..]),
        Emnist::Digits => ("digits", &ALL[..10]),
        Emnist::Mnist => ("mnist", &ALL[..10]),
    };
    let classes: Vec<&str> = classes.split("").filter(|class| !class.is_empty()).collect();
    let file = |part, what| format!("emnist-{name}-{part}-{what}-ubyte.gz");
    let parts = [("train", "images-idx3"), ("train", "labels-idx1"), ("test", "images-idx3"), ("test", "labels-idx1")];
    let mut set = MnistLike::new(remote::emnist(), &classes);
    set.archived = Some(parts.map(|(part, what)| file(part, what)));
    (set.transposed, set.first_label) = (true, (split == Emnist::Letters) as i64);
    set
}

/// The files of these names in the archive at `path`, in whichever folder of it.
pub(super) fn unpack(path: &Path, names: &[String; 4]) -> Result<[Idx; 4]> {
    let zip = Zip::open(path)?;
    let read = |name: &String| {
        let entry = zip.names().find(|entry| entry.rsplit('/').next() == Some(name));
        let bytes = zip.read(entry.unwrap_or(name))?;
        Idx::decode(&mut gzip::unpack(&bytes), None, &path.join(name))
    };
    let [a, b, c, d] = names;
    Ok([read(a)?, read(b)?, read(c)?, read(d)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Labelled;
    use crate::testing::TempDir;

    /// The four files of `letters`, packed as the published archive is: two training images of 1×2 pixels with the
    /// labels 26 and 1, and one test image with the label 3.
    const ARCHIVE: &[u8] = include_bytes!("../../tests/data/emnist.zip");

    fn letters() -> [String; 4] {
        emnist(Emnist::Letters).archived.unwrap()
    }

    #[test]
    fn the_archive_is_read() {
        let dir = TempDir::new("emnist");
        let [train, labels, test, _] = unpack(&dir.write("gzip.zip", ARCHIVE), &letters()).unwrap();
        assert_eq!((train.shape(), test.shape()), ([2, 1, 2].into(), [1, 1, 2].into()));
        assert_eq!(labels.to_i64().unwrap().to_vec(), [26, 1]);
        let digits = emnist(Emnist::Digits).archived.unwrap();
        let error = unpack(&dir.path().join("gzip.zip"), &digits).unwrap_err().to_string();
        let expected = "gzip.zip: presence of entry emnist-digits-train-images-idx3-ubyte.gz: expected";
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn another_archive_of_that_name_is_refused() {
        let dir = TempDir::new("emnist");
        dir.write("emnist/gzip.zip", ARCHIVE);
        let error = emnist(Emnist::Letters).dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        let expected = "gzip.zip: SHA-256: expected fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e";
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn unpacked_files_are_turned_upright_and_count_from_0() {
        let dir = TempDir::new("emnist");
        let archive = dir.write("gzip.zip", ARCHIVE);
        let zip = Zip::open(&archive).unwrap();
        for name in letters() {
            dir.write(&format!("emnist/{name}"), &zip.read(&format!("gzip/{name}")).unwrap());
        }
        let (train, test) = emnist(Emnist::Letters).dir(dir.path().to_path_buf()).load().unwrap();
        assert_eq!((train.image_shape(), train.labels(), test.labels()), ([1, 2, 1].into(), vec![25, 0], vec![2]));
        assert_eq!((train.classes().len(), train.classes()[25].as_str()), (26, "z"));
    }

    #[test]
    fn each_division_has_its_classes() {
        let classes =
            [Emnist::ByClass, Emnist::ByMerge, Emnist::Balanced, Emnist::Letters, Emnist::Digits, Emnist::Mnist]
                .map(|split| emnist(split).classes.len());
        assert_eq!(classes, [62, 47, 47, 26, 10, 10]);
    }

    #[test]
    fn it_is_said_what_to_put_and_from_where() {
        let dir = TempDir::new("emnist");
        let error = emnist(Emnist::Balanced).dir(dir.path().to_path_buf()).load().unwrap_err().to_string();
        let expected = "put gzip.zip (from https://www.nist.gov/itl/products-and-services/emnist-dataset) into a folder and \
                        name it in PLYWOOD_DATA or to the loader";
        assert!(error.ends_with(expected), "{error}");
    }
}
