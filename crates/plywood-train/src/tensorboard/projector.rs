//! Embeddings for TensorBoard's projector: tables beside the event file, and a text file that names them.

use std::fmt::Write;

use plywood_tensor::file::write_atomically;
use plywood_tensor::{Scalar, Tensor};

use super::EventWriter;
use crate::plots::Bitmap;
use crate::{Error, Result};

impl EventWriter {
    /// Vectors `[n, d]` with a label each, and with a small picture each (sprites, all of one size) if there are any.
    ///
    /// # Errors
    /// If the numbers of vectors, labels and pictures differ, pictures differ in size, a name or label holds a tab or
    /// a line break, or the system refuses.
    pub fn embedding<T: Scalar>(
        &mut self,
        name: &str,
        vectors: &Tensor<T>,
        labels: &[&str],
        sprites: &[Bitmap],
    ) -> Result<()> {
        let [n, d] = vectors.dims("embedding", "[n, d]")?;
        let count = |what: &str, got: usize| Error::shape("embedding", what, format!("{n}, as vectors"), got);
        if labels.len() != n {
            return Err(count("labels", labels.len()));
        }
        if !sprites.is_empty() && sprites.len() != n {
            return Err(count("sprites", sprites.len()));
        }
        if let Some(text) = labels.iter().chain([&name]).find(|text| text.contains(['\t', '\n', '"'])) {
            return Err(Error::value("embedding", "label", "text without tabs, quotes and line breaks", text));
        }
        let file = |kind: &str| format!("{}-{kind}", name.replace(|c: char| !c.is_alphanumeric(), "_"));
        let mut table = String::new();
        for row in vectors.to_vec().chunks(d.max(1)) {
            let numbers: Vec<String> = row.iter().map(|v| v.to_f64().to_string()).collect();
            table += &(numbers.join("\t") + "\n");
        }
        self.put(&file("tensors.tsv"), table.as_bytes())?;
        self.put(&file("metadata.tsv"), (labels.join("\n") + "\n").as_bytes())?;
        let mut config = format!(
            "embeddings {{\n  tensor_name: \"{name}\"\n  tensor_path: \"{}\"\n  metadata_path: \"{}\"\n",
            file("tensors.tsv"),
            file("metadata.tsv")
        );
        if let Some(first) = sprites.first() {
            self.put(&file("sprites.png"), &sheet(sprites)?.to_png())?;
            let (path, w, h) = (file("sprites.png"), first.width, first.height);
            // Writing to a String can't fail.
            let _ = write!(
                config,
                "  sprite {{\n    image_path: \"{path}\"\n    single_image_dim: {w}\n    single_image_dim: {h}\n  }}\n"
            );
        }
        self.projector += &(config + "}\n");
        self.put("projector_config.pbtxt", self.projector.clone().as_bytes())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(self.folder.join(name), |out| out.write_all(bytes))
    }
}

/// All pictures on one sheet, row by row, as many a row as there are rows.
fn sheet(sprites: &[Bitmap]) -> Result<Bitmap> {
    let side = sprites.len().isqrt() + usize::from(sprites.len().isqrt().pow(2) < sprites.len());
    let (w, h) = (sprites[0].width, sprites[0].height);
    let mut sheet = Bitmap::new(side * w, side * h);
    for (i, sprite) in sprites.iter().enumerate() {
        if (sprite.width, sprite.height) != (w, h) {
            let got = format!("{}×{}", sprite.width, sprite.height);
            return Err(Error::shape("embedding", format!("size of sprite {i}"), format!("{w}×{h}"), got));
        }
        for y in 0..h {
            let at = ((i / side * h + y) * side * w + i % side * w) * 3;
            sheet.rgb[at..at + w * 3].copy_from_slice(&sprite.rgb[y * w * 3..(y + 1) * w * 3]);
        }
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sprites_fill_a_square_sheet() {
        let sprite = |v: u8| Bitmap { width: 1, height: 2, rgb: vec![v; 6] };
        let sheet = sheet(&[sprite(1), sprite(2), sprite(3)]).unwrap();
        assert_eq!((sheet.width, sheet.height), (2, 4));
        assert_eq!(
            [sheet.pixel(0, 1)[0], sheet.pixel(1, 1)[0], sheet.pixel(0, 3)[0], sheet.pixel(1, 3)[0]],
            [1, 2, 3, 0]
        );
    }
}
