//! Reading a file that may or may not be compressed with gzip.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{Error, Result};

/// The two bytes that every gzip file begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A reader of the contents of `path`, unpacked if the file begins as gzip does, whatever its name ends in; with the
/// number of bytes that will come, where that is known without unpacking.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>)> {
    let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let length = file.metadata().map_err(|e| Error::io("read the length of", path, e))?.len();
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(|e| Error::io("read", path, e))?;
    file.rewind().map_err(|e| Error::io("read", path, e))?;
    if start == MAGIC {
        Ok((Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))), None))
    } else {
        Ok((Box::new(BufReader::with_capacity(1 << 16, file)), Some(length)))
    }
}

/// A reader of gzip data in memory.
pub(crate) fn unpack(bytes: &[u8]) -> impl Read {
    MultiGzDecoder::new(bytes)
}

/// Up to `limit` bytes of `reader`; what is allocated follows what arrives, not what a header promised.
pub(crate) fn read_up_to(reader: &mut dyn Read, limit: u64, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader.take(limit).read_to_end(&mut bytes) {
        // A gzip stream that stops short: the caller knows better what is missing.
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(bytes),
        Err(e) => Err(Error::io("unpack", path, e)),
        Ok(_) => Ok(bytes),
    }
}
