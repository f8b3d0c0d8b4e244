//! Pictures that explain a model to a stranger: learning curves, confusion matrices, surfaces, filters, …
//!
//! Each chart is a small builder that implements [`Chart`]: [`save`](Chart::save) writes it as `.png` or `.svg`. A
//! chart only lays out marks on a page ([`Scene`]); two back ends draw them, so both files show the same picture.
//! No font, canvas or image library stands behind this, which keeps the feature fast to build.
//!
//! PNG draws its own letters: those of western languages and Greek, and the signs of formulas (`∂ Σ √ ≤ ² ₂ …`). What it
//! can't draw is a framed question mark there; in SVG the viewer's fonts have the say.

mod attention;
mod axes;
mod boundary;
mod color;
mod colorbar;
mod confusion;
mod finder;
mod font;
mod glyphs;
mod histogram;
mod images;
mod layers;
mod learning;
mod lines;
mod numbers;
mod raster;
mod roc;
mod scene;
mod surface;
mod svg;

use std::path::Path;

pub use attention::AttentionMap;
pub use axes::Scale;
pub use boundary::DecisionBoundary;
pub use color::{Color, ColorMap};
pub use confusion::ConfusionChart;
pub use finder::FinderChart;
pub use histogram::Histograms;
pub use images::{ImageGrid, bitmap};
pub use layers::{feature_maps, filters, strip};
pub use learning::LearningCurves;
pub use lines::LineChart;
pub use roc::{PrecisionRecallChart, RocChart};
pub use scene::{Anchor, Mark, Point, Rect, Scene, Stroke, Text, text_width};
pub use surface::CostSurface;

use crate::Result;
pub use crate::metrics::Better;
pub use crate::png::Bitmap;

/// Something that can be drawn on a page of its own.
pub trait Chart {
    /// The page.
    ///
    /// # Errors
    /// If there is nothing to draw, or it doesn't fit together.
    fn scene(&self) -> Result<Scene>;

    /// Draws the page and writes it to a `.png` or `.svg` file; missing folders are made.
    ///
    /// # Errors
    /// As [`scene`](Self::scene), or if the file can't be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        Self: Sized,
    {
        self.scene()?.save(path)
    }
}
