//! Pixels and their PNG encoding (RFC 2083): signature, header, compressed rows, end.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// An opaque picture of 8-bit red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width, 3]`, row by row from the top.
    pub rgb: Vec<u8>,
}

impl Bitmap {
    /// A black picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgb: vec![0; width * height * 3] }
    }

    /// The three values of a pixel.
    ///
    /// # Panics
    /// If it lies outside.
    pub fn pixel(&self, x: usize, y: usize) -> &[u8] {
        assert!(x < self.width && y < self.height, "pixel ({x}, {y}) of a {}×{} bitmap", self.width, self.height);
        &self.rgb[(y * self.width + x) * 3..][..3]
    }

    /// The picture as the bytes of a PNG file.
    pub fn to_png(&self) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        let side = |n: usize| (n as u32).to_be_bytes();
        // Eight bits a sample, colour type 2 (RGB), the only compression and filter methods, no interlace.
        let header = [&side(self.width)[..], &side(self.height)[..], &[8, 2, 0, 0, 0]].concat();
        chunk(&mut out, b"IHDR", &header);
        chunk(&mut out, b"IDAT", &compress(&self.filtered()));
        chunk(&mut out, b"IEND", &[]);
        out
    }

    /// Each row behind its filter byte. Charts repeat from row to row, so the difference to the row above (filter 2)
    /// leaves mostly zeros.
    fn filtered(&self) -> Vec<u8> {
        let stride = self.width * 3;
        let mut out = Vec::with_capacity((stride + 1) * self.height);
        for y in 0..self.height {
            let row = &self.rgb[y * stride..(y + 1) * stride];
            if y == 0 {
                out.push(0);
                out.extend_from_slice(row);
            } else {
                let above = &self.rgb[(y - 1) * stride..y * stride];
                out.push(2);
                out.extend(row.iter().zip(above).map(|(a, b)| a.wrapping_sub(*b)));
            }
        }
        out
    }
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory doesn't fail")
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let crc = crc32(&out[start..]);
    out.extend(crc.to_be_bytes());
}

/// CRC-32 (ISO 3309, reflected polynomial 0xEDB88320), a bit at a time over a nibble table.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (0..4).fold(crc, |c, _| if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 });
    let table: [u32; 16] = std::array::from_fn(|i| step(i as u32));
    !bytes.iter().fold(!0u32, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = crc >> 4 ^ table[(crc & 15) as usize];
        crc >> 4 ^ table[(crc & 15) as usize]
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    #[test]
    fn crc_matches_the_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn png_decodes_to_the_same_pixels() {
        let (width, height) = (5, 3);
        let rgb: Vec<u8> = (0..width * height * 3).map(|i| (i * 37 % 251) as u8).collect();
        let bitmap = Bitmap { width, height, rgb };
        let png = bitmap.to_png();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], &[0, 0, 0, 5, 0, 0, 0, 3]);
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        assert_eq!(&png[37..41], b"IDAT");
        let mut rows = Vec::new();
        ZlibDecoder::new(&png[41..41 + length]).read_to_end(&mut rows).unwrap();
        let mut above = vec![0u8; width * 3];
        for (row, pixels) in rows.chunks(width * 3 + 1).zip(bitmap.rgb.chunks(width * 3)) {
            let base = if row[0] == 2 { above.clone() } else { vec![0; width * 3] };
            above = row[1..].iter().zip(base).map(|(a, b)| a.wrapping_add(b)).collect();
            assert_eq!(above, pixels);
        }
    }
}
