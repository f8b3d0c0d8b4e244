//! Files that data sets come in.

pub(crate) mod gzip;
mod idx;
#[cfg(feature = "image-folder")]
mod image_folder;
mod npz;
#[cfg(feature = "image-folder")]
mod parallel;
#[cfg(feature = "image-folder")]
mod picture;
mod stream;
mod table;
pub(crate) mod tar;
mod text;
pub(crate) mod zip;

pub use idx::{Idx, IdxHeader, IdxType};
#[cfg(feature = "image-folder")]
pub use image_folder::{Broken, ImageFolder, ImageOptions};
pub use npz::Npz;
pub use stream::ImageStream;
#[cfg(feature = "csv")]
pub use table::{Chunks, CsvReader, Kind, Missing};
pub use table::{Column, Table, Values};
pub use text::{lines, text};
