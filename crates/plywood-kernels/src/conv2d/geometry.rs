//! Where the taps of a kernel fall: one description for the forward pass and for the input gradient.
//!
//! Both are correlations. Forward, output `t` of an axis takes source `t · stride + tap · dilation - padding`. In the
//! input gradient, position `i` of the input takes the output's gradient at `(i + padding - tap · dilation) / stride`,
//! for those taps that divide: positions that leave the same remainder have the same taps, and these *phases* are each
//! an ordinary correlation of stride 1, so no zero is ever multiplied that a stride has put between two numbers.

use super::Conv2dDims;

/// One axis of a correlation.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Length of the source and of the output.
    pub(super) source: usize,
    pub(super) out: usize,
    /// Source positions from one output of a phase to the next.
    pub(super) source_step: usize,
    /// Output positions from one output of a phase to the next.
    pub(super) out_step: usize,
    pub(super) phases: Vec<Phase>,
}

/// The outputs of an axis that see the same taps.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    /// The first position, and how many there are.
    pub(super) first: usize,
    pub(super) count: usize,
    /// Each tap's index in the kernel, and the source position that it takes for the first output.
    pub(super) taps: Vec<(usize, isize)>,
}

impl Axis {
    /// The axis of the forward pass.
    fn forward(source: usize, out: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Self {
        let taps = (0..kernel).map(|k| (k, (k * dilation) as isize - padding as isize)).collect();
        Self { source, out, source_step: stride, out_step: 1, phases: vec![Phase { first: 0, count: out, taps }] }
    }

    /// The axis of the input gradient: the source is the output's gradient, the output the input's.
    fn backward(source: usize, out: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Self {
        let phase = |first: usize| {
            let taps = (0..kernel).filter_map(|k| {
                let at = (first + padding) as isize - (k * dilation) as isize;
                (at.rem_euclid(stride as isize) == 0).then(|| (k, at.div_euclid(stride as isize)))
            });
            Phase { first, count: (out - first).div_ceil(stride), taps: taps.collect() }
        };
        let phases = (0..stride.min(out)).map(phase).collect();
        Self { source, out, source_step: 1, out_step: stride, phases }
    }

    /// The least and the greatest source position that outputs `from..to` of any phase take.
    pub(super) fn reach(&self, from: usize, to: usize) -> (isize, isize) {
        let positions = |p: &Phase| {
            let last = (to.min(p.count).max(from + 1) - 1) * self.source_step;
            let least = p.taps.iter().map(|t| t.1).min()?;
            let most = p.taps.iter().map(|t| t.1).max()?;
            Some((least + (from * self.source_step) as isize, most + last as isize))
        };
        let all = || self.phases.iter().filter_map(positions);
        (all().map(|r| r.0).min().unwrap_or(0), all().map(|r| r.1).max().unwrap_or(0))
    }

    /// Outputs of the longest phase.
    pub(super) fn count(&self) -> usize {
        self.phases.first().map_or(0, |p| p.count)
    }
}

/// A convolution's forward pass or input gradient, as a sum over taps and source channels.
#[derive(Clone, Debug)]
pub(super) struct Correlation {
    pub(super) images: usize,
    pub(super) groups: usize,
    /// Output and source channels a group.
    pub(super) rows: usize,
    pub(super) channels: usize,
    /// Vertical and horizontal.
    pub(super) axes: [Axis; 2],
    /// Weights from one group, output channel and source channel to the next; taps are adjacent, row by row of the
    /// kernel, each row `kernel_width` long.
    pub(super) weight_group: usize,
    pub(super) weight_row: usize,
    pub(super) weight_channel: usize,
    pub(super) kernel_width: usize,
}

impl Correlation {
    /// The two axes of the forward pass.
    pub(super) fn axes_of(d: &Conv2dDims) -> [Axis; 2] {
        let axis = |a: usize, source, out, kernel| {
            Axis::forward(source, out, kernel, d.stride[a], d.padding[a][0], d.dilation[a])
        };
        [axis(0, d.h, d.oh, d.kh), axis(1, d.w, d.ow, d.kw)]
    }

    /// `y` from `x`.
    pub(super) fn forward(d: &Conv2dDims) -> Self {
        let (rows, channels, taps) = (d.o / d.groups, d.c / d.groups, d.kh * d.kw);
        Self {
            images: d.n,
            groups: d.groups,
            rows,
            channels,
            axes: Self::axes_of(d),
            weight_group: rows * channels * taps,
            weight_row: channels * taps,
            weight_channel: taps,
            kernel_width: d.kw,
        }
        .flattened()
    }

    /// `dx` from `dy`.
    pub(super) fn backward(d: &Conv2dDims) -> Self {
        let axis = |a: usize, source, out, kernel| {
            Axis::backward(source, out, kernel, d.stride[a], d.padding[a][0], d.dilation[a])
        };
        let (rows, channels, taps) = (d.c / d.groups, d.o / d.groups, d.kh * d.kw);
        Self {
            images: d.n,
            groups: d.groups,
            rows,
            channels,
            axes: [axis(0, d.oh, d.h, d.kh), axis(1, d.ow, d.w, d.kw)],
            weight_group: rows * channels * taps,
            weight_row: taps,
            weight_channel: rows * taps,
            kernel_width: d.kw,
        }
        .flattened()
    }

    /// Where every output takes the one source at its own place, rows don't matter: an image is one long row then,
    /// and leaves fewer ragged ends.
    fn flattened(mut self) -> Self {
        let pointwise = |a: &Axis| {
            let one = a.phases.len() == 1 && a.phases[0].taps.len() == 1 && a.phases[0].taps[0].1 == 0;
            one && a.source == a.out && a.source_step == 1 && a.out_step == 1
        };
        if self.axes.iter().all(pointwise) {
            let len = self.axes[0].out * self.axes[1].out;
            self.axes = [1, len].map(|len| Axis::forward(len, len, 1, 1, 0, 1));
        }
        self
    }

    /// Elements of a source plane and of an output plane.
    pub(super) fn source_plane(&self) -> usize {
        self.axes[0].source * self.axes[1].source
    }

    /// See [`Self::source_plane`].
    pub(super) fn out_plane(&self) -> usize {
        self.axes[0].out * self.axes[1].out
    }

    /// Multiply-adds of one image.
    pub(super) fn macs(&self) -> usize {
        let axis = |a: &Axis| a.phases.iter().map(|p| p.count * p.taps.len()).sum::<usize>();
        self.groups * self.rows * self.channels * axis(&self.axes[0]) * axis(&self.axes[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_take_each_pair_of_positions_once() {
        for (len, kernel, stride, padding, dilation) in
            [(9, 3, 2, 1, 1), (8, 2, 3, 0, 2), (5, 1, 2, 0, 1), (7, 4, 1, 2, 1), (2, 5, 4, 3, 1)]
        {
            let out = (len + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
            let pairs = |axis: &Axis, swap: bool| {
                let mut pairs = Vec::new();
                for phase in &axis.phases {
                    for t in 0..phase.count {
                        for &(tap, first) in &phase.taps {
                            let source = first + (t * axis.source_step) as isize;
                            let place = phase.first + t * axis.out_step;
                            if (0..axis.source as isize).contains(&source) {
                                let pair = (place, source as usize);
                                pairs.push((tap, if swap { (pair.1, pair.0) } else { pair }));
                            }
                        }
                    }
                }
                pairs.sort_unstable();
                pairs
            };
            let forward = Axis::forward(len, out, kernel, stride, padding, dilation);
            let backward = Axis::backward(out, len, kernel, stride, padding, dilation);
            assert_eq!(pairs(&forward, false), pairs(&backward, true));
        }
    }
}
