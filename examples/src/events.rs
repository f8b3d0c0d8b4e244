//! Reads TensorBoard's files back.

use std::fs;
use std::path::Path;

use plywood::prelude::*;

/// The records of all event files in a folder.
///
/// # Errors
/// If they can't be read, or one is cut off.
pub fn records(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let io = |error| Error::io("read", folder, error);
    let mut records = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let file = fs::read(entry.map_err(io)?.path()).map_err(io)?;
        let mut rest = &file[..];
        // A record is a length of 8 bytes, its checksum of 4, the data, and their checksum of 4.
        while let Some((length, after)) = rest.split_first_chunk::<8>() {
            let end = 4 + u64::from_le_bytes(*length) as usize;
            let data = after.get(4..end).ok_or_else(|| Error::format(folder, "record", "whole", "one cut off"))?;
            records.push(data.to_vec());
            rest = after.get(end + 4..).unwrap_or_default();
        }
    }
    Ok(records)
}

/// How many records hold a tag, such as the name of a curve.
pub fn count(records: &[Vec<u8>], tag: &str) -> usize {
    records.iter().filter(|record| record.windows(tag.len()).any(|part| part == tag.as_bytes())).count()
}
