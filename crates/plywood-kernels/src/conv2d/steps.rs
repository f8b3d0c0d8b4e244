//! Tables of the steps that a weight gradient takes over the pixels of a few images, one for each tap.

use std::ops::Range;

use super::Conv2dDims;
use crate::gemm::block::DEPTH;
use crate::gemm::tile::Step;

/// [`DEPTH`] steps for each of some taps, of which as many count as `lens` says: a pixel's number for the tap, and its row
/// of `dy`. Pixels for which the tap falls outside the image are left out.
#[derive(Default)]
pub(super) struct Tables {
    steps: Vec<Step>,
    lens: Vec<usize>,
}

impl Tables {
    /// Makes the tables of some taps over some pixels of several images, as many for each, with rows of `dy` of `width`
    /// elements.
    pub(super) fn fill(
        &mut self,
        d: &Conv2dDims,
        taps: Range<usize>,
        pixels: Range<usize>,
        images: usize,
        width: usize,
    ) {
        self.steps.resize(taps.len() * DEPTH, Step::default());
        self.lens.clear();
        for (tap, steps) in taps.zip(self.steps.chunks_exact_mut(DEPTH)) {
            let (p, q) = (tap / d.kw * d.dilation[0], tap % d.kw * d.dilation[1]);
            let mut len = 0;
            for image in 0..images {
                let (mut i, mut j) = (pixels.start / d.ow, pixels.start % d.ow);
                for pixel in 0..pixels.len() {
                    let row = (i * d.stride[0] + p).wrapping_sub(d.padding[0][0]);
                    let column = (j * d.stride[1] + q).wrapping_sub(d.padding[1][0]);
                    if row < d.h && column < d.w {
                        let a = image * d.c * d.h * d.w + row * d.w + column;
                        let b = (image * d.oh * d.ow + pixel) * width;
                        steps[len] = [a as u32, b as u32];
                        len += 1;
                    }
                    j += 1;
                    if j == d.ow {
                        (i, j) = (i + 1, 0);
                    }
                }
            }
            self.lens.push(len);
        }
    }

    /// The steps of each tap, as many as count.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunks_exact(DEPTH).zip(&self.lens).map(|(steps, &len)| &steps[..len])
    }
}
