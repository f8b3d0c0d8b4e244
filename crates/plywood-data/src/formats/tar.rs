//! Reading `.tar` archives, the container of CIFAR.
//!
//! Format: POSIX.1-1988 ustar, the header block's name, size and type.

use std::io::Read;
use std::path::Path;

use super::gzip::read_up_to;
use crate::{Error, Result};

const BLOCK: u64 = 512;

/// Calls `visit(name, contents)` for each regular file that `wanted(name)` asks for; the others are skipped.
pub(crate) fn each_file(
    reader: &mut dyn Read,
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut visit: impl FnMut(&str, Vec<u8>),
) -> Result<()> {
    let cut = |got: usize| {
        Error::format(path, "length", "a whole number of blocks and files", format!("an end after {got} bytes of one"))
    };
    loop {
        let header = read_up_to(reader, BLOCK, path)?;
        if header.is_empty() || header.iter().all(|&b| b == 0) {
            return Ok(());
        }
        if header.len() < BLOCK as usize {
            return Err(cut(header.len()));
        }
        let text = |from: usize, to: usize| {
            let field = &header[from..to];
            String::from_utf8_lossy(&field[..field.iter().position(|&b| b == 0).unwrap_or(field.len())]).into_owned()
        };
        let name = text(0, 100);
        let size = text(124, 136);
        let size = u64::from_str_radix(size.trim(), 8).map_err(|_| {
            Error::format(path, format!("size of entry `{name}`"), "an octal number", format!("`{size}`"))
        })?;
        let regular = header[156] == b'0' || header[156] == 0;
        let padding = size.div_ceil(BLOCK) * BLOCK - size;
        if regular && wanted(&name) {
            let contents = read_up_to(reader, size, path)?;
            if (contents.len() as u64) < size {
                return Err(cut(contents.len()));
            }
            visit(&name, contents);
            skip(reader, padding, path)?;
        } else {
            skip(reader, size + padding, path)?;
        }
    }
}

fn skip(reader: &mut dyn Read, n: u64, path: &Path) -> Result<()> {
    std::io::copy(&mut reader.take(n), &mut std::io::sink()).map(|_| ()).map_err(|e| Error::io("unpack", path, e))
}
