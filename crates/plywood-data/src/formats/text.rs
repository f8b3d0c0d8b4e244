//! Text files.

use std::path::Path;

use plywood_tensor::file;

use crate::{Error, Result};

/// A whole text file.
///
/// # Errors
/// If it can't be read or isn't UTF-8.
pub fn text(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    String::from_utf8(file::read(path)?).map_err(|e| {
        let bytes = e.as_bytes();
        let line = bytes[..e.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
        Error::format(path, format!("line {line}"), "UTF-8", "other bytes")
    })
}

/// The lines of a text file, a sample each, without their ends.
///
/// # Errors
/// If it can't be read or isn't UTF-8.
pub fn lines(path: impl AsRef<Path>) -> Result<Vec<String>> {
    Ok(text(path)?.lines().map(str::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn lines_are_samples_and_other_encodings_are_errors() {
        let dir = TempDir::new("text");
        assert_eq!(lines(dir.write("a.txt", "eins\r\nzwei\n\ndrei".as_bytes())).unwrap(), ["eins", "zwei", "", "drei"]);
        let error = text(dir.write("b.txt", b"ok\nn\xe4\n")).unwrap_err().to_string();
        assert!(error.ends_with("b.txt: line 2: expected UTF-8, got other bytes"), "{error}");
        assert!(text(dir.path().join("absent")).is_err());
    }
}
