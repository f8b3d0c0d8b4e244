//! NumPy's `.npz`: several named arrays in a zip archive, compressed or not.

use std::path::{Path, PathBuf};

use plywood_tensor::{Element, Tensor, npy};

use super::zip::Zip;
use crate::Result;

/// An `.npz` file, opened for reading; `.npy` files are read by [`plywood_tensor::npy`].
///
/// ```no_run
/// use plywood_data::{TensorDataset, formats::Npz};
/// let file = Npz::open("train.npz")?;
/// let train = TensorDataset::new(file.array::<f32>("x")?, file.array::<i64>("y")?)?;
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub struct Npz {
    path: PathBuf,
    zip: Zip,
}

impl Npz {
    /// Reads a file's contents and directory.
    ///
    /// # Errors
    /// If it can't be read or is no zip archive.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Ok(Self { path: path.into(), zip: Zip::open(path)? })
    }

    /// The names of the arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.zip.names().filter_map(|name| name.strip_suffix(".npy"))
    }

    /// An array by name.
    ///
    /// # Errors
    /// If there is none of this name, it is damaged, or it holds another element type.
    pub fn array<T: Element>(&self, name: &str) -> Result<Tensor<T>> {
        let bytes = self.zip.read(&format!("{name}.npy"))?;
        npy::from_bytes(&bytes, self.path.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    /// `numpy.savez_compressed` of `x = [[1.0f32, 2], [3, 4]]` and `y = [5i64, 6]`, and `numpy.savez` of the same.
    const DEFLATED: &[u8] = include_bytes!("../../tests/data/deflated.npz");
    const STORED: &[u8] = include_bytes!("../../tests/data/stored.npz");

    #[test]
    fn numpys_files_are_read() {
        let dir = TempDir::new("npz");
        for (name, bytes) in [("deflated.npz", DEFLATED), ("stored.npz", STORED)] {
            let file = Npz::open(dir.write(name, bytes)).unwrap();
            assert_eq!(file.names().collect::<Vec<_>>(), ["x", "y"]);
            let x = file.array::<f32>("x").unwrap();
            assert_eq!((x.shape(), x.to_vec()), (&[2, 2].into(), vec![1.0, 2.0, 3.0, 4.0]));
            assert_eq!(file.array::<i64>("y").unwrap().to_vec(), [5, 6]);
            assert!(file.array::<f32>("y").is_err());
            assert!(file.array::<f32>("z").unwrap_err().to_string().contains("only x.npy, y.npy"));
        }
    }

    #[test]
    fn damaged_archives_are_errors() {
        let dir = TempDir::new("npz");
        let error = |bytes: &[u8]| {
            let file = Npz::open(dir.write("bad.npz", bytes))?;
            file.array::<f32>("x").map(|_| ())
        };
        assert!(error(b"").is_err() && error(&[0; 100]).is_err());
        for cut in [1, 10, 30, STORED.len() / 2] {
            assert!(error(&STORED[..STORED.len() - cut]).is_err());
        }
        let mut flipped = STORED.to_vec();
        let value = STORED.windows(4).position(|w| w == 3.0f32.to_le_bytes()).unwrap();
        flipped[value] ^= 1;
        assert!(error(&flipped).unwrap_err().to_string().contains("CRC-32"));
    }

    #[test]
    fn no_single_flipped_byte_is_taken_for_the_truth() {
        let dir = TempDir::new("npz");
        for i in 0..DEFLATED.len() {
            let mut bytes = DEFLATED.to_vec();
            bytes[i] ^= 0x55;
            let read = Npz::open(dir.write("bad.npz", &bytes)).and_then(|file| file.array::<f32>("x"));
            assert!(read.is_err() || read.unwrap().to_vec() == [1.0, 2.0, 3.0, 4.0], "byte {i}");
        }
    }
}
