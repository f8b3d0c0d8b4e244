//! Zip archives without compression, as PyTorch writes them.
//!
//! Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.

use std::collections::BTreeMap;

use super::{Wrong, wrong};

/// How PyTorch's files began before they were archives: a pickle of a number that served to tell them.
const OLD: &[u8] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";

/// The files of an archive by name, where they lie in its bytes.
pub struct Archive<'a> {
    files: BTreeMap<String, &'a [u8]>,
}

impl<'a> Archive<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        if bytes.starts_with(OLD) {
            let got = "the format before PyTorch 1.6; `torch.save(torch.load(path), path)` there converts it";
            return Err(wrong("zip archive", "one, as `torch.save` writes it", got));
        }
        let broken = |what: &str| wrong("zip archive", what, format!("{} bytes that don't hold it", bytes.len()));
        // The end record is 22 bytes and a comment of at most 65,535.
        let earliest = bytes.len().saturating_sub(22 + 0xFFFF);
        let end = (earliest..bytes.len().saturating_sub(21)).rev().find(|&at| bytes[at..].starts_with(b"PK\x05\x06"));
        let end = end.ok_or_else(|| broken("an end record"))?;
        let (count, mut at) = (word(bytes, end + 10, 2), word(bytes, end + 16, 4));
        let mut files = BTreeMap::new();
        for _ in 0..count.ok_or_else(|| broken("an end record"))? {
            let here = at.filter(|&at| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")));
            let here = here.ok_or_else(|| broken("an entry in the directory"))?;
            let field =
                |offset, width| word(bytes, here + offset, width).ok_or_else(|| broken("an entry in the directory"));
            let (method, packed, size) = (field(10, 2)?, field(20, 4)?, field(24, 4)?);
            let (name, extra, comment, local) = (field(28, 2)?, field(30, 2)?, field(32, 2)?, field(42, 4)?);
            let text = bytes.get(here + 46..here + 46 + name).ok_or_else(|| broken("a name"))?;
            let text = String::from_utf8_lossy(text).into_owned();
            if method != 0 || packed != size {
                return Err(wrong(
                    text,
                    "a file without compression, as PyTorch writes it",
                    format!("method {method}"),
                ));
            }
            let begin = word(bytes, local.saturating_add(26), 2).zip(word(bytes, local.saturating_add(28), 2));
            let begin = begin.map(|(name, extra)| local + 30 + name + extra);
            let content = begin.and_then(|begin| bytes.get(begin..begin.checked_add(size)?));
            files.insert(text, content.ok_or_else(|| broken("a file's contents"))?);
            at = Some(here + 46 + name + extra + comment);
        }
        Ok(Self { files })
    }

    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.files.get(name).copied()
    }

    /// A file of this name in whatever folder: the folder, with its slash, and the contents.
    pub fn find(&self, name: &str) -> Result<(&str, &'a [u8]), Wrong> {
        let found = self.files.iter().find_map(|(path, content)| {
            let folder = path.strip_suffix(name)?;
            (folder.is_empty() || folder.ends_with('/')).then_some((folder, *content))
        });
        found.ok_or_else(|| wrong("zip archive", format!("a file {name}"), "none"))
    }
}

/// A little-endian number.
fn word(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)))
}
