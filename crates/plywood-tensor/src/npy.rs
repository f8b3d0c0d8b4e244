//! NumPy's `.npy` files, version 1 to 3 in, version 1 out: little-endian values in C order.
//!
//! Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".

use std::path::Path;

use crate::{Element, Error, Result, Shape, Tensor, file};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Writes a tensor to a file, whole or not at all.
///
/// # Errors
/// If the system refuses.
pub fn save<T: Element>(path: impl AsRef<Path>, tensor: &Tensor<T>) -> Result<()> {
    file::write_atomically(path, |out| out.write_all(&to_bytes(tensor)))
}

/// Reads a tensor from a file.
///
/// # Errors
/// If the system refuses, or the contents aren't a `.npy` of this element type.
pub fn load<T: Element>(path: impl AsRef<Path>) -> Result<Tensor<T>> {
    from_bytes(&file::read(&path)?, &path)
}

/// The contents of a `.npy` file.
pub fn to_bytes<T: Element>(tensor: &Tensor<T>) -> Vec<u8> {
    let comma = if tensor.rank() == 1 { "," } else { "" };
    let extents: Vec<_> = tensor.shape().iter().map(usize::to_string).collect();
    let shape = format!("({}{comma})", extents.join(", "));
    let mut header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}", T::NPY);
    // The header ends with a newline at a multiple of 64, so that the values are aligned in a mapped file.
    let unpadded = MAGIC.len() + 4 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + header.len() + tensor.elements() * T::SIZE);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    T::append_le(&tensor.values(), &mut bytes);
    bytes
}

/// A tensor from the contents of a `.npy` file; `path` is for messages.
///
/// # Errors
/// If they aren't a `.npy` of this element type.
pub fn from_bytes<T: Element>(bytes: &[u8], path: impl AsRef<Path>) -> Result<Tensor<T>> {
    let wrong = |what: &str, expected: &str, got: String| Error::format(&path, what, expected, got);
    let short = || wrong("length", "a whole .npy header", format!("{} bytes", bytes.len()));
    if bytes.get(..6) != Some(MAGIC) {
        let got = format!("{:02x?}", &bytes[..bytes.len().min(6)]);
        return Err(wrong("first bytes", "\\x93NUMPY", got));
    }
    let version = *bytes.get(6).ok_or_else(short)?;
    let (start, length) = match version {
        1 => (10, bytes.get(8..10).map(|b| u16::from_le_bytes([b[0], b[1]]) as usize)),
        2 | 3 => (12, bytes.get(8..12).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)),
        v => return Err(wrong("version", "1, 2 or 3", v.to_string())),
    };
    let end = length.and_then(|n| n.checked_add(start)).ok_or_else(short)?;
    let header = std::str::from_utf8(bytes.get(start..end).ok_or_else(short)?)
        .map_err(|_| wrong("header", "text", "other bytes".into()))?;

    let found = field(header, "'descr':").unwrap_or_default().trim_matches(['\'', '"']);
    if found != T::NPY {
        return Err(wrong("element type", T::NPY, found.into()));
    }
    let fortran = field(header, "'fortran_order':") == Some("True");
    let extents = header.split_once("'shape':").and_then(|(_, rest)| rest.split_once('(')?.1.split_once(')'));
    let extents = extents.ok_or_else(|| wrong("shape", "a tuple", header.trim_end().into()))?.0;
    let extents: Vec<usize> = extents
        .split(',')
        .map(str::trim)
        .filter(|e| !e.is_empty())
        .map(|e| e.parse().map_err(|_| wrong("shape", "whole numbers", e.into())))
        .collect::<Result<_>>()?;
    let mut shape = Shape::from_slice(&extents)?;
    let values = &bytes[end..];
    let size = shape.checked_elements().and_then(|n| n.checked_mul(T::SIZE));
    if size != Some(values.len()) {
        return Err(wrong(
            "length of the values",
            &format!("{} for shape {shape}", T::DTYPE),
            format!("{} bytes", values.len()),
        ));
    }
    if fortran {
        shape.reverse();
    }
    let tensor = Tensor::build(shape, |out| {
        out.iter_mut().zip(values.chunks_exact(T::SIZE)).for_each(|(x, bytes)| *x = T::from_le(bytes));
    });
    let reversed: Vec<usize> = (0..shape.len()).rev().collect();
    if fortran { tensor.permute(&reversed) } else { Ok(tensor) }
}

/// What follows a key of the header, up to the next comma or brace.
fn field<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let rest = header.split_once(key)?.1;
    Some(rest[..rest.find([',', '}'])?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_out_comes_back() {
        for shape in [&[][..], &[3], &[2, 3], &[0, 4], &[2, 1, 3]] {
            let x = Tensor::<f64>::from_fn(Shape::from_slice(shape).unwrap(), |i| i as f64 / 3.0);
            let bytes = to_bytes(&x);
            assert_eq!((bytes.len() - x.elements() * 8) % 64, 0);
            assert!(from_bytes::<f64>(&bytes, "x.npy").unwrap().equals(&x));
        }
    }

    #[test]
    fn fortran_order_is_understood() {
        let header = "{'descr': '<i8', 'fortran_order': True, 'shape': (2, 3), }\n";
        let mut bytes = [MAGIC.as_slice(), &[1, 0, header.len() as u8, 0], header.as_bytes()].concat();
        i64::append_le(&[1, 4, 2, 5, 3, 6], &mut bytes);
        assert_eq!(from_bytes::<i64>(&bytes, "x").unwrap().to_vec(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn hostile_files_are_named() {
        let good = to_bytes(&Tensor::from([1.0f32, 2.0]));
        let says = |bytes: &[u8]| from_bytes::<f32>(bytes, "bad.npy").unwrap_err().to_string();
        assert!(says(&good[..good.len() - 1]).contains("bad.npy: length of the values"));
        assert!(says(&good[..20]).contains("whole .npy header"));
        assert!(says(b"PK").contains("first bytes"));
        assert!(from_bytes::<f64>(&good, "x").unwrap_err().to_string().contains("expected <f8, got <f4"));
        let huge = String::from_utf8_lossy(&good[10..128]).replace("(2,)", "(9999999999, 9999999999)");
        let bytes = [MAGIC.as_slice(), &[1, 0, huge.len() as u8, 0], huge.as_bytes()].concat();
        assert!(says(&bytes).contains("length of the values"));
        for n in 0..good.len() {
            let _ = from_bytes::<f32>(&good[..n], "x");
        }
    }
}
