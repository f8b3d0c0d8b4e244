//! Checksums: whether a file is, to the bit, the one that was published.

mod sha256;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::{Error, Result};
pub(crate) use sha256::Sha256;

/// What is known of a published file; hashes in lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pin {
    /// Its length and SHA-256, with which it may be fetched from anywhere.
    Sha256 { bytes: u64, hash: &'static str },
    /// Its MD5, where its publisher gives no more: that finds what broke on the way, but no forgery.
    Md5(&'static str),
}

/// Whether the file at `path` is the one that `pin` is of.
///
/// # Errors
/// If it can't be read, or is another; with both hashes.
pub(crate) fn verify(path: &Path, pin: Pin) -> Result<()> {
    let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let mut each = |take: &mut dyn FnMut(&[u8])| {
        each_piece(&mut file, |piece| {
            take(piece);
            Ok(())
        })
    };
    let (name, expected, got) = match pin {
        Pin::Sha256 { hash: expected, .. } => {
            let mut hash = Sha256::new();
            each(&mut |piece| hash.update(piece)).map(|()| ("SHA-256", expected, hash.finish()))
        }
        Pin::Md5(expected) => {
            let mut hash = md5::Context::new();
            each(&mut |piece| hash.consume(piece)).map(|()| ("MD5", expected, format!("{:x}", hash.finalize())))
        }
    }
    .map_err(|e| Error::io("read", path, e))?;
    match got == expected {
        true => Ok(()),
        false => Err(Error::format(path, name, format!("{expected}, that of the published file"), got)),
    }
}

/// Calls `take` with all that comes from `reader`, until either fails.
pub(crate) fn each_piece(reader: &mut dyn Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => take(&buffer[..n])?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn a_file_is_told_from_another_by_either_hash() {
        let dir = TempDir::new("checksum");
        let (right, wrong) = (dir.write("abc", b"abc"), dir.write("abd", b"abd"));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for (pin, name) in [
            (Pin::Sha256 { bytes: 3, hash: sha256 }, "SHA-256: expected ba7816bf"),
            (Pin::Md5("900150983cd24fb0d6963f7d28e17f72"), "MD5: expected 90015098"),
        ] {
            verify(&right, pin).unwrap();
            let error = verify(&wrong, pin).unwrap_err().to_string();
            assert!(error.contains(&format!("abd: {name}")) && error.contains(", got "), "{error}");
        }
        assert!(verify(&dir.path().join("none"), Pin::Md5("")).unwrap_err().to_string().contains("open"));
    }
}
