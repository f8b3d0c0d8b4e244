//! PNG and JPEG files as bytes.

use std::panic::catch_unwind;
use std::path::Path;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::{Error, Result};

/// A decoded picture: `values` are `[channels, height, width]`, 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) values: Vec<u8>,
}

/// Pictures of more pixels a side than this are refused, before memory is taken for them.
const LIMIT: usize = 1 << 14;

impl Picture {
    /// Decodes a file, told apart by its contents, with 1 channel (grey) or 3 (red, green, blue).
    pub(crate) fn read(path: &Path, channels: usize) -> Result<Self> {
        let bytes = plywood_tensor::file::read(path)?;
        let decoded = catch_unwind(|| match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => decode_png(&bytes),
            [0xff, 0xd8, ..] => decode_jpeg(&bytes),
            _ => Err("neither PNG nor JPEG".into()),
        });
        // A decoder that panics has met a file that it can't decode, like any other.
        let decoded = decoded.unwrap_or_else(|_| Err("the decoder failed".into()));
        let picture = decoded.map_err(|why| Error::format(path, "contents", "a picture that decodes", why))?;
        Ok(picture.with_channels(channels))
    }

    /// From pixels of `stride` interleaved values, of which the first `channels` count.
    fn from_interleaved(pixels: &[u8], height: usize, width: usize, stride: usize, channels: usize) -> Self {
        let values = (0..channels).flat_map(|c| pixels.iter().skip(c).step_by(stride).copied()).collect();
        Self { channels, height, width, values }
    }

    fn with_channels(self, channels: usize) -> Self {
        let plane = self.height * self.width;
        let values = match (self.channels, channels) {
            (1, 3) => self.values.repeat(3),
            (3, 1) => {
                let (red, rest) = self.values.split_at(plane);
                let (green, blue) = rest.split_at(plane);
                // ITU-R BT.601 in 16 bits of fraction, as Pillow computes it.
                let grey = |r: u8, g: u8, b: u8| (19595 * r as u32 + 38470 * g as u32 + 7471 * b as u32 + 0x8000) >> 16;
                red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| grey(r, g, b) as u8).collect()
            }
            _ => return self,
        };
        Self { channels, values, ..self }
    }

    /// The picture at another size, by bilinear interpolation between pixels' middles.
    pub(crate) fn resize(self, height: usize, width: usize) -> Self {
        if (self.height, self.width) == (height, width) {
            return self;
        }
        // For each position of the new side: two old ones and the weight of the second.
        let places = |old: usize, new: usize| -> Vec<(usize, usize, f32)> {
            let place = |i: usize| {
                let x = ((i as f32 + 0.5) * old as f32 / new as f32 - 0.5).clamp(0.0, old as f32 - 1.0);
                (x as usize, (x as usize + 1).min(old - 1), x.fract())
            };
            (0..new).map(place).collect()
        };
        let (rows, columns) = (places(self.height, height), places(self.width, width));
        let mut values = Vec::with_capacity(self.channels * height * width);
        for plane in self.values.chunks_exact(self.height * self.width) {
            for &(top, bottom, down) in &rows {
                let (top, bottom) = (&plane[top * self.width..], &plane[bottom * self.width..]);
                for &(left, right, across) in &columns {
                    let between = |row: &[u8]| row[left] as f32 * (1.0 - across) + row[right] as f32 * across;
                    values.push((between(top) * (1.0 - down) + between(bottom) * down).round() as u8);
                }
            }
        }
        Self { channels: self.channels, height, width, values }
    }
}

fn check_size(height: usize, width: usize) -> std::result::Result<(), String> {
    let fine = |side: usize| (1..=LIMIT).contains(&side);
    if fine(height) && fine(width) { Ok(()) } else { Err(format!("{height}×{width} pixels, at most {LIMIT} a side")) }
}

fn decode_png(bytes: &[u8]) -> std::result::Result<Picture, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
    check_size(reader.info().height as usize, reader.info().width as usize)?;
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(|e| e.to_string())?;
    let (height, width) = (info.height as usize, info.width as usize);
    let stride = info.color_type.samples();
    let channels = if stride >= 3 { 3 } else { 1 };
    Ok(Picture::from_interleaved(&pixels[..info.buffer_size()], height, width, stride, channels))
}

fn decode_jpeg(bytes: &[u8]) -> std::result::Result<Picture, String> {
    let options = DecoderOptions::default()
        .set_max_width(LIMIT)
        .set_max_height(LIMIT)
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().map_err(|e| e.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("it has no size")?;
    check_size(height, width)?;
    Ok(Picture::from_interleaved(&pixels, height, width, 3, 3))
}
