//! The shapes of reductions.

/// The greatest number of dimensions.
const MAX_RANK: usize = 8;

/// The extents of a contiguous tensor, some of whose dimensions are reduced; neighbours of one kind drawn together.
#[derive(Clone, Copy, Debug)]
pub struct ReduceDims {
    /// `(extent, reduced)`, alternating; extents of 1 are left out.
    groups: [(usize, bool); MAX_RANK],
    len: usize,
}

impl ReduceDims {
    /// The reduction of a contiguous tensor of at most 8 dimensions over those that `reduced` names.
    pub fn new(extents: &[usize], reduced: impl Fn(usize) -> bool) -> Self {
        let mut dims = Self { groups: [(1, false); MAX_RANK], len: 0 };
        for (d, &extent) in extents.iter().enumerate().filter(|&(_, &extent)| extent != 1) {
            dims.push(extent, reduced(d));
        }
        dims
    }

    fn push(&mut self, extent: usize, reduced: bool) {
        match self.groups[..self.len].last_mut() {
            Some(last) if last.1 == reduced => last.0 *= extent,
            _ => {
                self.groups[self.len] = (extent, reduced);
                self.len += 1;
            }
        }
    }

    /// The number of values that come in.
    pub fn input(&self) -> usize {
        self.groups().iter().map(|g| g.0).product()
    }

    /// The number of results.
    pub fn output(&self) -> usize {
        self.groups().iter().filter(|g| !g.1).map(|g| g.0).product()
    }

    /// The number of values that make up a result.
    pub fn reduced(&self) -> usize {
        self.groups().iter().filter(|g| g.1).map(|g| g.0).product()
    }

    /// Puts kept dimensions behind.
    pub(super) fn push_kept(&mut self, extent: usize) {
        self.push(extent, false);
    }

    pub(super) fn groups(&self) -> &[(usize, bool)] {
        &self.groups[..self.len]
    }

    /// The same without the innermost group.
    pub(super) fn without_last(mut self) -> Self {
        self.len = self.len.saturating_sub(1);
        self
    }

    /// The result to which the value with this row-major number belongs.
    pub(super) fn place(&self, mut number: usize) -> usize {
        let (mut at, mut stride) = (0, 1);
        for &(extent, reduced) in self.groups().iter().rev() {
            if !reduced {
                at += number % extent * stride;
                stride *= extent;
            }
            number /= extent;
        }
        at
    }
}

/// A contiguous tensor seen from one of its dimensions: `[outer, n, inner]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisDims {
    /// The product of the extents in front.
    pub outer: usize,
    /// The extent itself.
    pub n: usize,
    /// The product of the extents behind: the distance between neighbours.
    pub inner: usize,
}

impl AxisDims {
    /// The view of `extents` from dimension `axis`; a tensor of no dimensions counts as one of extent 1.
    pub fn new(extents: &[usize], axis: usize) -> Self {
        match extents.get(axis) {
            None => Self { outer: 1, n: 1, inner: 1 },
            Some(&n) => {
                Self { outer: extents[..axis].iter().product(), n, inner: extents[axis + 1..].iter().product() }
            }
        }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.outer * self.n * self.inner
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of lines along the dimension.
    pub fn lines(&self) -> usize {
        self.outer * self.inner
    }
}
