//! Shapes that both libraries' workloads have.

/// `[m, k, n]`: a `[m, k]` matrix by a `[k, n]` one.
pub const PRODUCTS: &[[usize; 3]] = &[
    [64, 64, 64],
    [128, 128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [64, 784, 512],
    [128, 400, 120],
    [64, 1024, 4096],
];

/// How often a product is repeated between two looks at the clock.
pub fn repetitions([m, k, n]: [usize; 3]) -> usize {
    20_000_000 / (m * k * n)
}

/// A convolution of square images.
#[derive(Clone, Copy)]
pub struct Convolution {
    pub name: &'static str,
    pub batch: usize,
    pub channels: usize,
    pub extent: usize,
    pub filters: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub groups: usize,
}

#[rustfmt::skip]
pub const CONVOLUTIONS: &[Convolution] = &[
    convolution("lenet1",  [ 64,   1,  28,    6,  5, 1, 2],   1),
    convolution("lenet2",  [ 64,   6,  14,   16,  5, 1, 0],   1),
    convolution("res64",   [ 32,  64,  32,   64,  3, 1, 1],   1),
    convolution("res128",  [ 32, 128,  16,  128,  3, 1, 1],   1),
    convolution("res256",  [ 32, 256,   8,  256,  3, 1, 1],   1),
    convolution("down",    [ 32,  64,  32,  128,  3, 2, 1],   1),
    convolution("point",   [ 32, 256,   8, 1024,  1, 1, 0],   1),
    convolution("res16",   [128,  16,  32,   16,  3, 1, 1],   1),
    convolution("alex1",   [ 16,   3, 224,   64, 11, 4, 2],   1),
    convolution("dw",      [ 32, 128,  28,  128,  3, 1, 1], 128),
];

const fn convolution(name: &'static str, sizes: [usize; 7], groups: usize) -> Convolution {
    let [batch, channels, extent, filters, kernel, stride, padding] = sizes;
    Convolution { name, batch, channels, extent, filters, kernel, stride, padding, groups }
}

impl Convolution {
    /// Of the input, the weight and the output.
    pub fn shapes(&self) -> [[usize; 4]; 3] {
        let out = (self.extent + 2 * self.padding - self.kernel) / self.stride + 1;
        [
            [self.batch, self.channels, self.extent, self.extent],
            [self.filters, self.channels / self.groups, self.kernel, self.kernel],
            [self.batch, self.filters, out, out],
        ]
    }
}

/// The tensor of memory-bound operations: 16.8 million values.
pub const LARGE: [usize; 4] = [64, 256, 32, 32];

/// Residual blocks of ResNet-20 for CIFAR: channels, filters, stride.
#[rustfmt::skip]
pub const RESNET20: [[usize; 3]; 9] = [
    [16, 16, 1], [16, 16, 1], [16, 16, 1],
    [16, 32, 2], [32, 32, 1], [32, 32, 1],
    [32, 64, 2], [64, 64, 1], [64, 64, 1],
];

/// Character models: hidden width, batch, time steps.
pub const TEXTS: [[usize; 3]; 2] = [[128, 32, 64], [256, 64, 128]];

/// Different characters of the text.
pub const SYMBOLS: usize = 65;

/// Classes of the images.
pub const CLASSES: usize = 10;

/// `count` labels below `classes`; which doesn't matter to the time.
pub fn labels(count: usize, classes: usize) -> Vec<i64> {
    (0..count).map(|j| ((7 * j + j / 5) % classes) as i64).collect()
}
