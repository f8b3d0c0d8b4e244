//! Hugging Face's `.safetensors` files: named tensors behind a JSON header.
//!
//! Eight bytes of header length, the header, then all values, little-endian and without gaps
//! (<https://huggingface.co/docs/safetensors>). A reader holds the file's bytes and checks every entry before it is
//! touched, so a hostile header can't cause an allocation or a read outside the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::{Element, Error, Result, Scalar, Shape, Tensor, file};

/// A header of more bytes than this isn't believed; the reference implementation has the same limit.
const MAX_HEADER: usize = 100_000_000;

/// Tensors to be written, in the order in which they are added.
///
/// ```
/// use plywood_tensor::{Tensor, safetensors::{Reader, Writer}};
/// let mut writer = Writer::new();
/// writer.add("fc.bias", &Tensor::from([1.0f32, 2.0])).metadata("format", "pt");
/// let reader = Reader::from_bytes(writer.to_bytes(), "model.safetensors")?;
/// assert_eq!(reader.tensor::<f32>("fc.bias")?.to_vec(), [1.0, 2.0]);
/// # Ok::<(), plywood_tensor::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    header: Map<String, Value>,
    metadata: Map<String, Value>,
    values: Vec<u8>,
}

impl Writer {
    /// No tensors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor; one of the same name is hidden by it.
    pub fn add<T: Element>(&mut self, name: &str, tensor: &Tensor<T>) -> &mut Self {
        let start = self.values.len();
        T::append_le(&tensor.values(), &mut self.values);
        let entry =
            json!({ "dtype": T::SAFETENSORS, "shape": &**tensor.shape(), "data_offsets": [start, self.values.len()] });
        self.header.insert(name.into(), entry);
        self
    }

    /// Adds a line of text to the header's metadata.
    pub fn metadata(&mut self, key: &str, value: &str) -> &mut Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// The contents of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.values);
        bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write_atomically(path, |out| {
            out.write_all(&self.head())?;
            out.write_all(&self.values)
        })
    }

    /// Length and header, padded so that the values begin at a multiple of 8.
    fn head(&self) -> Vec<u8> {
        let mut header = self.header.clone();
        if !self.metadata.is_empty() {
            header.insert("__metadata__".into(), self.metadata.clone().into());
        }
        let mut text = Value::Object(header).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(8), b' ');
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.append(&mut text);
        bytes
    }
}

/// The named tensors of a file.
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    bytes: Vec<u8>,
    entries: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Entry {
    dtype: String,
    shape: Shape,
    start: usize,
    end: usize,
}

impl Reader {
    /// Reads a file and checks its header.
    ///
    /// # Errors
    /// If the system refuses, or the contents aren't safetensors.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_bytes(file::read(&path)?, path)
    }

    /// Checks the contents of a file; `path` is for messages.
    ///
    /// # Errors
    /// If they aren't safetensors.
    pub fn from_bytes(bytes: Vec<u8>, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let wrong = |what: &str, expected: &str, got: String| Error::format(&path, what, expected, got);
        let length = bytes.first_chunk::<8>().map(|b| u64::from_le_bytes(*b));
        let length = length.ok_or_else(|| wrong("length", "at least 8 bytes", format!("{} bytes", bytes.len())))?;
        let end = usize::try_from(length).ok().filter(|&n| n <= MAX_HEADER).and_then(|n| n.checked_add(8));
        let text = end.and_then(|end| bytes.get(8..end));
        let got = || format!("a length of {length} in a file of {} bytes", bytes.len());
        let text = text.ok_or_else(|| wrong("header", "one that fits the file", got()))?;
        let header: Map<String, Value> =
            serde_json::from_slice(text).map_err(|e| wrong("header", "a JSON object", e.to_string()))?;

        let mut reader =
            Self { path: path.clone(), entries: BTreeMap::new(), metadata: BTreeMap::new(), bytes: Vec::new() };
        let begin = 8 + text.len();
        let room = bytes.len() - begin;
        for (name, value) in header {
            if name == "__metadata__" {
                let pairs = value.as_object().into_iter().flatten();
                reader.metadata = pairs.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
            } else {
                let entry = Entry::parse(&value, begin, room)
                    .map_err(|(expected, got)| wrong(&format!("entry '{name}'"), &expected, got))?;
                reader.entries.insert(name, entry);
            }
        }
        let covered: usize = reader.entries.values().map(|e| e.end - e.start).sum();
        if covered != room {
            return Err(wrong("values", &format!("{covered} bytes, as the header says"), format!("{room} bytes")));
        }
        reader.bytes = bytes;
        Ok(reader)
    }

    /// The names of the tensors, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.entries.get(name).map(|e| &e.shape)
    }

    /// The element type of a tensor as the header spells it (`F32`, `I64`, …), if there is one of this name.
    pub fn dtype(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(|e| e.dtype.as_str())
    }

    /// The header's metadata.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// A tensor by name.
    ///
    /// # Errors
    /// If there is none of this name, or it holds another element type.
    pub fn tensor<T: Element>(&self, name: &str) -> Result<Tensor<T>> {
        let entry = self.entry(name)?;
        if entry.dtype != T::SAFETENSORS {
            return Err(Error::format(&self.path, format!("element type of '{name}'"), T::SAFETENSORS, &entry.dtype));
        }
        Ok(self.decode(entry, T::SIZE, T::from_le))
    }

    /// A tensor by name, of any floating-point type (`F64`, `F32`, `F16`, `BF16`), as the nearest `T`s.
    ///
    /// # Errors
    /// If there is none of this name, or it doesn't hold floating-point numbers.
    pub fn float<T: Scalar>(&self, name: &str) -> Result<Tensor<T>> {
        let entry = self.entry(name)?;
        match entry.dtype.as_str() {
            "F64" => Ok(self.decode(entry, 8, |b| T::from_f64(f64::from_le(b)))),
            "F32" => Ok(self.decode(entry, 4, |b| T::from_f64(f32::from_le(b).into()))),
            "F16" => Ok(self.decode(entry, 2, |b| T::from_f64(half(u16::from_le_bytes([b[0], b[1]]))))),
            "BF16" => Ok(self.decode(entry, 2, |b| T::from_f64(f32::from_le_bytes([0, 0, b[0], b[1]]).into()))),
            other => {
                Err(Error::format(&self.path, format!("element type of '{name}'"), "F64, F32, F16 or BF16", other))
            }
        }
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        self.entries.get(name).ok_or_else(|| {
            let known: Vec<_> = self.names().take(5).collect();
            let got = format!("{} others such as {}", self.entries.len(), known.join(", "));
            Error::format(&self.path, "tensors", format!("one named '{name}'"), got)
        })
    }

    fn decode<T: Element>(&self, entry: &Entry, size: usize, decode: impl Fn(&[u8]) -> T) -> Tensor<T> {
        let bytes = &self.bytes[entry.start..entry.end];
        Tensor::build(entry.shape, |out| out.iter_mut().zip(bytes.chunks_exact(size)).for_each(|(x, b)| *x = decode(b)))
    }
}

impl Entry {
    /// An entry of the header, checked against the `room` bytes of values that begin at `begin`; what was expected
    /// and what came otherwise.
    fn parse(value: &Value, begin: usize, room: usize) -> std::result::Result<Self, (String, String)> {
        let wrong = |expected: &str| (expected.to_owned(), value.to_string().chars().take(200).collect());
        let dtype = value["dtype"].as_str().ok_or_else(|| wrong("a dtype"))?;
        let numbers = |key: &str| -> Option<Vec<usize>> {
            value[key].as_array()?.iter().map(|v| usize::try_from(v.as_u64()?).ok()).collect()
        };
        let extents = numbers("shape").ok_or_else(|| wrong("a shape of whole numbers"))?;
        let shape = Shape::from_slice(&extents).map_err(|_| wrong("at most 8 dimensions"))?;
        let offsets = numbers("data_offsets").filter(|o| o.len() == 2 && o[0] <= o[1] && o[1] <= room);
        let offsets = offsets.ok_or_else(|| wrong(&format!("data_offsets within {room} bytes")))?;
        let size = size_of_dtype(dtype).ok_or_else(|| wrong("a known dtype"))?;
        let bytes = shape.checked_elements().and_then(|n| n.checked_mul(size));
        if bytes != Some(offsets[1] - offsets[0]) {
            return Err(wrong("data_offsets that fit dtype and shape"));
        }
        Ok(Self { dtype: dtype.into(), shape, start: begin + offsets[0], end: begin + offsets[1] })
    }
}

fn size_of_dtype(dtype: &str) -> Option<usize> {
    Some(match dtype {
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" => 1,
        "I16" | "U16" | "F16" | "BF16" => 2,
        "I32" | "U32" | "F32" => 4,
        "I64" | "U64" | "F64" => 8,
        _ => return None,
    })
}

/// The value of an IEEE 754 half-precision number, from its bits.
pub fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * f64::powi(2.0, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1024.0 + fraction) * f64::powi(2.0, e - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new();
        writer.add("b", &Tensor::from([[1.5f32, -2.0]])).add("a", &Tensor::from([7i64])).metadata("format", "pt");
        writer.to_bytes()
    }

    fn says(bytes: Vec<u8>) -> String {
        Reader::from_bytes(bytes, "bad.safetensors").unwrap_err().to_string()
    }

    #[test]
    fn what_goes_out_comes_back() {
        let reader = Reader::from_bytes(sample(), "x").unwrap();
        assert_eq!(reader.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(reader.tensor::<i64>("a").unwrap().to_vec(), [7]);
        assert_eq!(reader.float::<f64>("b").unwrap().to_vec(), [1.5, -2.0]);
        assert_eq!(reader.shape("b").unwrap(), &[1, 2]);
        assert_eq!(reader.metadata()["format"], "pt");
        assert!(reader.tensor::<f64>("b").unwrap_err().to_string().contains("expected F64, got F32"));
        assert!(reader.tensor::<f64>("c").unwrap_err().to_string().contains("one named 'c'"));
    }

    #[test]
    fn halves() {
        assert_eq!([half(0x3C00), half(0xC000), half(0x0001), half(0x7BFF)], [1.0, -2.0, f64::powi(2.0, -24), 65504.0]);
        assert!(half(0x7C00) == f64::INFINITY && half(0x7E00).is_nan());
    }

    #[test]
    fn hostile_files_are_named() {
        let good = sample();
        for n in 0..good.len() {
            assert!(Reader::from_bytes(good[..n].to_vec(), "x").is_err(), "cut at {n}");
        }
        assert!(says([&good[..], &[0]].concat()).contains("bad.safetensors: values"));
        assert!(says([&u64::MAX.to_le_bytes()[..], b"{}"].concat()).contains("header: expected one that fits"));
        let with = |header: &str| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        assert!(says(with("[]")).contains("a JSON object"));
        let overflow = r#"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
        assert!(says(with(overflow)).contains("entry 'w': expected data_offsets that fit"));
        assert!(says(with(r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#)).contains("within 0 bytes"));
        assert!(says(with(r#"{"w":{"dtype":"Q3","shape":[0],"data_offsets":[0,0]}}"#)).contains("a known dtype"));
    }
}
