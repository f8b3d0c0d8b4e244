//! IDX, the format of MNIST and its relatives: a magic number, extents, then the values in big-endian order.
//!
//! Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".

use std::io::Read;
use std::path::{Path, PathBuf};

use plywood_tensor::{MAX_RANK, Shape, Tensor};

use super::gzip;
use crate::{Error, Result};

/// The type of the values in an IDX file, as the third byte of the magic number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdxType {
    /// Unsigned bytes (`0x08`).
    U8,
    /// Signed bytes (`0x09`).
    I8,
    /// Signed 16-bit integers (`0x0b`).
    I16,
    /// Signed 32-bit integers (`0x0c`).
    I32,
    /// 32-bit floating-point numbers (`0x0d`).
    F32,
    /// 64-bit floating-point numbers (`0x0e`).
    F64,
}

impl IdxType {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x08 => Self::U8,
            0x09 => Self::I8,
            0x0b => Self::I16,
            0x0c => Self::I32,
            0x0d => Self::F32,
            0x0e => Self::F64,
            _ => return None,
        })
    }

    /// Bytes a value.
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// What the first bytes of an IDX file say: the values' type and the extents.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxHeader {
    /// The type of the values.
    pub kind: IdxType,
    /// The extents, outermost first.
    pub shape: Shape,
    /// Bytes of all values together.
    pub data_len: u64,
}

impl IdxHeader {
    /// Reads the header from the start of `reader`; `path` is for messages.
    ///
    /// # Errors
    /// If the file ends too early, the magic number is not one of IDX, there are more than 8 dimensions, or the extents
    /// multiply to more than memory can address.
    pub fn read(reader: &mut dyn Read, path: &Path) -> Result<Self> {
        let magic = gzip::read_up_to(reader, 4, path)?;
        let &[0, 0, code, rank] = magic.as_slice() else {
            let got = format!("{magic:02x?}");
            return Err(Error::format(path, "magic number", "2 bytes of 0, a type and a number of dimensions", got));
        };
        let kind = IdxType::from_code(code).ok_or_else(|| {
            Error::format(path, "type in the magic number", "08, 09, 0b, 0c, 0d or 0e", format_args!("{code:02x}"))
        })?;
        if rank as usize > MAX_RANK {
            let expected = format_args!("at most {MAX_RANK}").to_string();
            return Err(Error::format(path, "number of dimensions in the magic number", expected, rank));
        }
        let extents = gzip::read_up_to(reader, 4 * rank as u64, path)?;
        if extents.len() < 4 * rank as usize {
            let got = format!("{} bytes", 4 + extents.len());
            return Err(Error::format(path, "header", format!("{} bytes", 4 + 4 * rank as usize), got));
        }
        let extents: Vec<usize> =
            extents.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
        let shape = Shape::from_slice(&extents)?;
        let data_len = shape.checked_elements().and_then(|n| n.checked_mul(kind.size()));
        let Some(data_len) = data_len.filter(|&n| n <= isize::MAX as usize) else {
            return Err(Error::format(path, "extents", "a size that fits memory", shape));
        };
        Ok(Self { kind, shape, data_len: data_len as u64 })
    }

    /// Bytes of the header itself.
    pub fn bytes(&self) -> u64 {
        4 + 4 * self.shape.len() as u64
    }
}

/// The contents of an IDX file.
///
/// ```no_run
/// use plywood_data::Idx;
/// let images = Idx::read("train-images-idx3-ubyte.gz")?.into_u8()?; // [60000, 28, 28]
/// let labels = Idx::read("train-labels-idx1-ubyte.gz")?.to_i64()?; // [60000]
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Idx {
    path: PathBuf,
    header: IdxHeader,
    bytes: Vec<u8>,
}

impl Idx {
    /// Reads a file, unpacking it if it is compressed with gzip.
    ///
    /// # Errors
    /// If it can't be read, has no right header, or holds fewer or more bytes than the header's extents ask for.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (mut reader, length) = gzip::open(path)?;
        Self::decode(&mut *reader, length, path)
    }

    /// Reads from memory; `name` stands in for the path in messages.
    ///
    /// # Errors
    /// As [`Idx::read`].
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self> {
        Self::decode(&mut { bytes }, Some(bytes.len() as u64), Path::new(name))
    }

    pub(crate) fn decode(reader: &mut dyn Read, length: Option<u64>, path: &Path) -> Result<Self> {
        let header = IdxHeader::read(reader, path)?;
        let (start, shape) = (header.bytes(), header.shape);
        let check = |length: u64, more: &str| {
            if length == start + header.data_len {
                return Ok(());
            }
            let expected = format!("{} bytes for shape {shape}", start + header.data_len);
            Err(Error::format(path, "length", expected, format!("{length}{more}")))
        };
        // A plain file's length is checked before anything is read or allocated.
        length.map_or(Ok(()), |length| check(length, ""))?;
        let bytes = gzip::read_up_to(reader, header.data_len + 1, path)?;
        let over = bytes.len() as u64 > header.data_len;
        check(start + bytes.len() as u64, if over { " or more" } else { "" })?;
        Ok(Self { path: path.into(), header, bytes })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The extents, outermost first.
    pub fn shape(&self) -> Shape {
        self.header.shape
    }

    /// The type of the values in the file.
    pub fn kind(&self) -> IdxType {
        self.header.kind
    }

    /// The values of a file of unsigned bytes, without a copy.
    ///
    /// # Errors
    /// If the file holds another type.
    pub fn into_u8(self) -> Result<Tensor<u8>> {
        if self.header.kind != IdxType::U8 {
            return Err(self.wrong_type("unsigned bytes (08)"));
        }
        Tensor::from_vec(self.header.shape, self.bytes)
    }

    /// The values of a file of integers.
    ///
    /// # Errors
    /// If the file holds floating-point numbers.
    pub fn to_i64(&self) -> Result<Tensor<i64>> {
        let b = &self.bytes;
        let values = match self.header.kind {
            IdxType::U8 => b.iter().map(|&x| x as i64).collect(),
            IdxType::I8 => b.iter().map(|&x| x as i8 as i64).collect(),
            IdxType::I16 => b.chunks_exact(2).map(|x| i16::from_be_bytes([x[0], x[1]]) as i64).collect(),
            IdxType::I32 => b.chunks_exact(4).map(|x| i32::from_be_bytes([x[0], x[1], x[2], x[3]]) as i64).collect(),
            IdxType::F32 | IdxType::F64 => return Err(self.wrong_type("integers (08, 09, 0b or 0c)")),
        };
        Tensor::from_vec(self.header.shape, values)
    }

    /// The values of a file of any type, as the nearest `f64`.
    pub fn to_f64(&self) -> Result<Tensor<f64>> {
        let b = &self.bytes;
        let values = match self.header.kind {
            IdxType::F32 => b.chunks_exact(4).map(|x| f32::from_be_bytes([x[0], x[1], x[2], x[3]]) as f64).collect(),
            IdxType::F64 => b
                .chunks_exact(8)
                .map(|x| f64::from_be_bytes([x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]]))
                .collect(),
            _ => self.to_i64()?.to_vec().into_iter().map(|x| x as f64).collect(),
        };
        Tensor::from_vec(self.header.shape, values)
    }

    fn wrong_type(&self, expected: &str) -> Error {
        Error::format(&self.path, "type of the values", expected, format_args!("{:?}", self.header.kind))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(kind: u8, extents: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, extents.len() as u8];
        extents.iter().for_each(|e| bytes.extend(e.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    fn message(bytes: &[u8]) -> String {
        Idx::from_bytes(bytes, "a.idx").unwrap_err().to_string()
    }

    #[test]
    fn every_type_is_read() {
        let idx = Idx::from_bytes(&file(8, &[2, 2], &[0, 1, 2, 255]), "a").unwrap();
        assert_eq!(idx.to_i64().unwrap().to_vec(), [0, 1, 2, 255]);
        assert_eq!(idx.into_u8().unwrap().shape(), &[2, 2]);
        let idx = |kind, data: &[u8], n| Idx::from_bytes(&file(kind, &[n], data), "a").unwrap();
        assert_eq!(idx(9, &[255], 1).to_i64().unwrap().to_vec(), [-1]);
        assert_eq!(idx(11, &[255, 254], 1).to_i64().unwrap().to_vec(), [-2]);
        assert_eq!(idx(12, &[0, 1, 0, 0], 1).to_i64().unwrap().to_vec(), [65536]);
        assert_eq!(idx(13, &1.5f32.to_be_bytes(), 1).to_f64().unwrap().to_vec(), [1.5]);
        assert_eq!(idx(14, &(-0.1f64).to_be_bytes(), 1).to_f64().unwrap().to_vec(), [-0.1]);
        assert_eq!(idx(8, &[], 0).into_u8().unwrap().to_vec(), [0u8; 0]);
    }

    #[test]
    fn truncated_oversized_and_mismatched_files_are_named() {
        let good = file(8, &[2, 3], &[0; 6]);
        assert_eq!(message(&good[..17]), "a.idx: length: expected 18 bytes for shape [2, 3], got 17");
        assert_eq!(message(&[&good[..], &[0]].concat()), "a.idx: length: expected 18 bytes for shape [2, 3], got 19");
        assert!(message(&good[..3]).starts_with("a.idx: magic number: expected"));
        assert_eq!(message(&good[..9]), "a.idx: header: expected 12 bytes, got 9 bytes");
        assert!(message(b"PK\x03\x04").starts_with("a.idx: magic number: expected"));
        assert!(message(&file(10, &[1], &[0])).contains("type in the magic number"));
        assert!(message(&file(8, &[1; 9], &[0])).contains("expected at most 8, got 9"));
        let float = Idx::from_bytes(&file(13, &[1], &[0; 4]), "a").unwrap();
        assert!(float.to_i64().is_err() && float.into_u8().is_err());
    }

    #[test]
    fn a_header_that_promises_too_much_allocates_nothing() {
        assert!(message(&file(8, &[u32::MAX, u32::MAX], &[])).contains("extents"));
        assert!(message(&file(8, &[u32::MAX], &[1, 2])).contains("expected 4294967303 bytes"));
    }

    #[test]
    fn gzip_is_recognised_by_its_contents() {
        let dir = crate::testing::TempDir::new("idx");
        let pack = |bytes: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        };
        let good = file(8, &[2, 3], &[7; 6]);
        let path = dir.write("packed", &pack(&good));
        assert_eq!(Idx::read(&path).unwrap().into_u8().unwrap().to_vec(), [7; 6]);
        let path = dir.write("short", &pack(&good[..15]));
        assert!(Idx::read(&path).unwrap_err().to_string().contains("expected 18 bytes for shape [2, 3], got 15"));
        let path = dir.write("long", &pack(&[&good[..], &[0; 9]].concat()));
        assert!(Idx::read(&path).unwrap_err().to_string().contains("got 19 or more"));
        let packed = pack(&file(8, &[1000], &(0..1000).map(|i| (i * i) as u8).collect::<Vec<_>>()));
        let path = dir.write("cut", &packed[..packed.len() / 2]);
        assert!(Idx::read(&path).unwrap_err().to_string().contains("expected 1008 bytes"));
        assert!(Idx::read(dir.path().join("absent")).unwrap_err().to_string().starts_with("could not open"));
    }
}
