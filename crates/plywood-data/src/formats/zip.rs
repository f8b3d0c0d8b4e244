//! Reading `.zip` archives, the container of `.npz` and of EMNIST's download: entries stored or deflated.
//!
//! Format: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7, 4.3.12, 4.3.16 and 4.5.3.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use crate::{Error, Result};

/// An archive in memory, its directory checked.
pub(crate) struct Zip {
    path: PathBuf,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    method: u16,
    crc: u32,
    packed: usize,
    unpacked: usize,
    header: usize,
}

const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const LOCAL_HEADER: u32 = 0x0403_4b50;
const END: u32 = 0x0605_4b50;

impl Zip {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(plywood_tensor::file::read(path)?, path)
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, path: &Path) -> Result<Self> {
        let wrong = |what: &str, expected: &str| Error::format(path, what, expected, "something else");
        // The end record is 22 bytes and a comment of up to 65,535.
        let end = (0..=bytes.len().saturating_sub(22)).rev().take(1 << 16).find(|&at| u32_at(&bytes, at) == Some(END));
        let end = end.ok_or_else(|| wrong("last record", "a zip archive's end of directory"))?;
        let count = u16_at(&bytes, end + 10).unwrap_or(0);
        let mut at = u32_at(&bytes, end + 16).unwrap_or(0) as usize;
        let mut entries = Vec::new();
        for i in 0..count {
            let entry = Entry::read(&bytes, at).ok_or_else(|| {
                wrong(&format!("directory entry {i}"), "one within the file, without encryption, of less than 4 GiB")
            })?;
            at = entry.1;
            entries.push(entry.0);
        }
        Ok(Self { path: path.into(), bytes, entries })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The unpacked contents of an entry.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let wrong = |what: &str, expected: &str, got: String| {
            Err(Error::format(&self.path, format!("{what} of entry {name}"), expected, got))
        };
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else {
            let names: Vec<_> = self.names().collect();
            return wrong("presence", "one of the archive's", format!("only {}", names.join(", ")));
        };
        let Some(packed) = entry.packed(&self.bytes) else {
            return wrong("place", "one within the file", format!("{} bytes from {}", entry.packed, entry.header));
        };
        let mut bytes = Vec::new();
        // One byte more than promised is read, so that a longer stream is noticed and a bomb is not unpacked.
        let unpacked = match entry.method {
            0 => packed.take(entry.unpacked as u64 + 1).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(packed).take(entry.unpacked as u64 + 1).read_to_end(&mut bytes),
            method => return wrong("method", "0 (stored) or 8 (deflated)", method.to_string()),
        };
        unpacked.map_err(|e| Error::io("unpack", &self.path, e))?;
        if bytes.len() != entry.unpacked {
            return wrong("length", &format!("{} bytes", entry.unpacked), format!("{} or more", bytes.len()));
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() != entry.crc {
            return wrong("CRC-32", &format!("{:08x}", entry.crc), format!("{:08x}", crc.sum()));
        }
        Ok(bytes)
    }
}

impl Entry {
    /// The directory entry at `at` and where the next one begins.
    fn read(bytes: &[u8], at: usize) -> Option<(Self, usize)> {
        let u16 = |offset| u16_at(bytes, at + offset);
        let u32 = |offset| u32_at(bytes, at + offset);
        let encrypted = u16(8)? & 1 == 1;
        if u32(0)? != DIRECTORY_ENTRY || encrypted {
            return None;
        }
        let (name, extra, comment) = (u16(28)? as usize, u16(30)? as usize, u16(32)? as usize);
        let (packed, unpacked, header) = (u32(20)?, u32(24)?, u32(42)?);
        // Sizes of all ones stand for a 64-bit extension, which archives below 4 GiB don't need.
        if [packed, unpacked, header].contains(&u32::MAX) {
            return None;
        }
        let entry = Self {
            name: String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned(),
            method: u16(10)?,
            crc: u32(16)?,
            packed: packed as usize,
            unpacked: unpacked as usize,
            header: header as usize,
        };
        Some((entry, at + 46 + name + extra + comment))
    }

    fn packed<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let at = self.header;
        if u32_at(bytes, at)? != LOCAL_HEADER {
            return None;
        }
        let start = at + 30 + u16_at(bytes, at + 26)? as usize + u16_at(bytes, at + 28)? as usize;
        bytes.get(start..start.checked_add(self.packed)?)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}
