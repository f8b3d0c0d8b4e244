//! Folders of pictures, a folder a class.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plywood_tensor::Tensor;

use super::parallel;
use super::picture::Picture;
use crate::images::Images;
use crate::{Dataset, Error, Labelled, Result, Sample};

/// What to do with a picture that doesn't decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Stop with an error that names it.
    Stop,
    /// Leave it out and list it in [`ImageFolder::skipped`]; every picture is decoded once when the folder is opened.
    Skip,
}

/// How [`ImageFolder`] reads pictures.
#[derive(Clone, Copy, Debug)]
pub struct ImageOptions {
    /// 1 for grey, 3 for red, green and blue; pictures are converted.
    pub channels: usize,
    /// Height and width that pictures are scaled to; as they are if `None`, and then all of a batch must be equal.
    pub size: Option<[usize; 2]>,
    /// What to do with a picture that doesn't decode.
    pub broken: Broken,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self { channels: 3, size: None, broken: Broken::Stop }
    }
}

/// The pictures (`.png`, `.jpg`, `.jpeg`) in a folder's subfolders, whose names in alphabetical order are the classes.
///
/// Pictures are decoded when they are asked for, `[channels, height, width]` from 0 to 1, so a set may be larger than
/// memory; [`load`](Self::load) keeps one that isn't as bytes.
///
/// ```no_run
/// use plywood_data::formats::{ImageFolder, ImageOptions};
/// let train = ImageFolder::open("train", ImageOptions { size: Some([32, 32]), ..Default::default() })?;
/// let train = train.load()?.normalize(&[0.49, 0.48, 0.45], &[0.25, 0.24, 0.26])?;
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone)]
pub struct ImageFolder {
    files: Arc<[(PathBuf, i64)]>,
    classes: Arc<[String]>,
    options: ImageOptions,
    skipped: Arc<[(PathBuf, String)]>,
}

impl ImageFolder {
    /// Lists the pictures of a folder.
    ///
    /// # Errors
    /// If it can't be read, has no subfolders with pictures, or the options are none that can be met.
    pub fn open(path: impl AsRef<Path>, options: ImageOptions) -> Result<Self> {
        let path = path.as_ref();
        if ![1, 3].contains(&options.channels) {
            return Err(Error::value("image folder", "channels", "1 or 3", options.channels));
        }
        if options.size.is_some_and(|size| size.contains(&0)) {
            return Err(Error::value("image folder", "size", "at least 1 pixel a side", format!("{:?}", options.size)));
        }
        let folders: Vec<PathBuf> = sorted(path)?.into_iter().filter(|entry| entry.is_dir()).collect();
        let (mut files, mut classes) = (Vec::new(), Vec::new());
        for folder in &folders {
            let label = classes.len() as i64;
            files.extend(sorted(folder)?.into_iter().filter(|file| is_picture(file)).map(|file| (file, label)));
            classes.push(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        let mut skipped = Vec::new();
        if options.broken == Broken::Skip {
            let mut reasons = vec![None; files.len()];
            parallel::for_each("checking", files.iter().zip(&mut reasons), |((file, _), reason)| {
                *reason = Picture::read(file, options.channels).err().map(|error| error.to_string());
                Ok(())
            })?;
            let mut reasons = reasons.into_iter();
            files.retain(|(file, _)| match reasons.next().flatten() {
                None => true,
                Some(reason) => {
                    skipped.push((file.clone(), reason));
                    false
                }
            });
        }
        if files.is_empty() {
            let got = format!("none in {} folders ({} did not decode)", folders.len(), skipped.len());
            return Err(Error::format(path, "contents", "folders of .png, .jpg or .jpeg files", got));
        }
        Ok(Self { files: files.into(), classes: classes.into(), options, skipped: skipped.into() })
    }

    /// The names of the classes; a label is an index into them.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The pictures' paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// The pictures that didn't decode and were left out, and why.
    pub fn skipped(&self) -> &[(PathBuf, String)] {
        &self.skipped
    }

    fn picture(&self, index: usize) -> Result<Picture> {
        let picture = Picture::read(&self.files[index].0, self.options.channels)?;
        Ok(match self.options.size {
            Some([height, width]) => picture.resize(height, width),
            None => picture,
        })
    }

    /// Decodes all pictures into memory, a byte a value, on all cores and with a bar on a terminal.
    ///
    /// # Errors
    /// If one doesn't decode, or their sizes differ.
    pub fn load(&self) -> Result<Images> {
        let Picture { channels, height, width, values } = self.picture(0)?;
        let mut pixels = vec![0; self.len() * values.len()];
        let places = pixels.chunks_exact_mut(values.len().max(1)).enumerate();
        parallel::for_each("pictures", places, |(i, place)| {
            let picture = self.picture(i)?;
            let own = [picture.height, picture.width];
            if own != [height, width] {
                let expected =
                    format!("[{height}, {width}], as the first picture's (or set a size that all are scaled to)");
                return Err(Error::format(&self.files[i].0, "height and width", expected, format!("{own:?}")));
            }
            place.copy_from_slice(&picture.values);
            Ok(())
        })?;
        let pixels = Tensor::from_vec([self.len(), channels, height, width], pixels)?;
        Images::new(pixels, Tensor::from(self.labels()), self.classes.iter().cloned())
    }
}

impl Dataset for ImageFolder {
    type Item = Sample<Tensor<f32>, i64>;

    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let Picture { channels, height, width, values } = self.picture(index)?;
        let values: Vec<f32> = values.into_iter().map(|p| p as f32 / 255.0).collect();
        Ok(Sample { input: Tensor::from_vec([channels, height, width], values)?, target: self.files[index].1 })
    }
}

impl Labelled for ImageFolder {
    fn labels(&self) -> Vec<i64> {
        self.files.iter().map(|(_, label)| *label).collect()
    }
}

/// A folder's entries in alphabetical order.
fn sorted(path: &Path) -> Result<Vec<PathBuf>> {
    let read = || fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = read().map_err(|e| Error::io("list", path, e))?;
    entries.sort();
    Ok(entries)
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    ["png", "jpg", "jpeg"].contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataLoader;
    use crate::testing::TempDir;

    fn png(width: u32, height: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        bytes
    }

    /// Pillow's encoding of 16×8 pixels, the left half (255, 0, 0), the right (0, 0, 255), quality 95.
    const JPEG: &[u8] = include_bytes!("../../tests/data/halves.jpg");

    fn folder() -> TempDir {
        let dir = TempDir::new("images");
        dir.write("b/1.png", &png(2, 1, png::ColorType::Rgb, &[255, 0, 0, 0, 0, 255]));
        dir.write("b/2.PNG", &png(2, 1, png::ColorType::Grayscale, &[51, 255]));
        dir.write("b/notes.txt", b"no picture");
        dir.write("a/3.png", &png(2, 1, png::ColorType::Rgba, &[0, 255, 0, 9, 10, 20, 30, 255]));
        dir
    }

    #[test]
    fn folders_are_classes_and_pictures_are_converted() {
        let dir = folder();
        let set = ImageFolder::open(dir.path(), ImageOptions::default()).unwrap();
        assert_eq!((set.classes(), set.labels()), (&["a".to_string(), "b".to_string()][..], vec![0, 1, 1]));
        assert_eq!(set.get(1).unwrap().input.to_vec(), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(set.get(2).unwrap().input.to_vec(), [0.2, 1.0, 0.2, 1.0, 0.2, 1.0]);
        assert_eq!(set.get(0).unwrap().input.to_vec(), [0.0, 10.0, 255.0, 20.0, 0.0, 30.0].map(|p| p / 255.0));
        let grey = ImageOptions { channels: 1, ..Default::default() };
        let loaded = ImageFolder::open(dir.path(), grey).unwrap().load().unwrap();
        assert_eq!(loaded.pixels().to_vec(), [150, 18, 76, 29, 51, 255]);
        let batch = DataLoader::new(set).batch_size(3).workers(2).iter().next().unwrap().unwrap();
        assert_eq!(batch.input.shape(), &[3, 3, 1, 2]);
    }

    #[test]
    fn jpeg_decodes_to_about_what_was_encoded() {
        let dir = TempDir::new("images");
        dir.write("x/1.jpg", JPEG);
        let set = ImageFolder::open(dir.path(), ImageOptions::default()).unwrap();
        let image = set.get(0).unwrap().input;
        assert_eq!(image.shape(), &[3, 8, 16]);
        let at = |c, x| image.get(&[c, 4, x]).unwrap();
        // JPEG at quality 95 keeps flat colours to a few steps of 255.
        assert!(at(0, 2) > 0.95 && at(1, 2) < 0.05 && at(2, 2) < 0.05);
        assert!(at(0, 13) < 0.05 && at(1, 13) < 0.05 && at(2, 13) > 0.95);
    }

    #[test]
    fn pictures_are_scaled() {
        let dir = TempDir::new("images");
        dir.write("x/1.png", &png(2, 2, png::ColorType::Grayscale, &[0, 100, 200, 100]));
        dir.write("x/2.png", &png(1, 1, png::ColorType::Grayscale, &[7]));
        let sized = |size| ImageFolder::open(dir.path(), ImageOptions { channels: 1, size, broken: Broken::Stop });
        let scaled = sized(Some([1, 4])).unwrap().load().unwrap();
        assert_eq!(scaled.pixels().to_vec(), [100, 100, 100, 100, 7, 7, 7, 7]);
        let scaled = sized(Some([2, 4])).unwrap().load().unwrap();
        assert_eq!(scaled.pixels().to_vec()[..8], [0, 25, 75, 100, 200, 175, 125, 100]);
        let error = sized(None).unwrap().load().unwrap_err().to_string();
        assert!(error.contains("2.png: height and width: expected [2, 2], as the first"), "{error}");
        assert!(sized(Some([0, 4])).is_err());
    }

    #[test]
    fn broken_pictures_stop_or_are_skipped_and_named() {
        let dir = folder();
        let png = std::fs::read(dir.path().join("b/1.png")).unwrap();
        dir.write("a/0.png", &png[..png.len() - 20]);
        dir.write("b/9.jpg", &JPEG[..JPEG.len() / 2]);
        dir.write("b/8.jpg", b"GIF89a");
        let stop = ImageFolder::open(dir.path(), ImageOptions::default()).unwrap();
        let error = stop.get(0).unwrap_err().to_string();
        assert!(error.contains("a/0.png: contents: expected a picture that decodes"), "{error}");
        assert!(stop.load().is_err());
        let skip = ImageOptions { broken: Broken::Skip, ..Default::default() };
        let skip = ImageFolder::open(dir.path(), skip).unwrap();
        let names: Vec<_> =
            skip.skipped().iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!((skip.len(), names), (3, vec!["0.png", "8.jpg", "9.jpg"]));
    }

    #[test]
    fn folders_without_pictures_are_errors() {
        let dir = TempDir::new("images");
        let error = || ImageFolder::open(dir.path(), ImageOptions::default()).err().unwrap().to_string();
        assert!(error().contains("expected folders of .png, .jpg or .jpeg files, got none in 0 folders"));
        dir.write("loose.png", b"");
        assert!(error().contains("none in 0 folders"));
        let absent = ImageFolder::open(dir.path().join("absent"), ImageOptions::default()).err().unwrap().to_string();
        assert!(absent.starts_with("could not list"), "{absent}");
        assert!(ImageFolder::open(dir.path(), ImageOptions { channels: 2, ..Default::default() }).is_err());
    }
}
