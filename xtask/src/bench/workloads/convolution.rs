//! Convolutions of well-known networks, forward alone and with both gradients.

use std::hint::black_box;

use plywood_autograd::{Conv2dOptions, Padding, Var};
use plywood_tensor::{Result, Stream};

use crate::bench::workload::{Work, Workload};

/// A convolution of square images.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    batch: usize,
    channels: usize,
    extent: usize,
    filters: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    groups: usize,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("lenet1",  [ 64,   1,  28,    6,  5, 1, 2],   1),
    case("lenet2",  [ 64,   6,  14,   16,  5, 1, 0],   1),
    case("res64",   [ 32,  64,  32,   64,  3, 1, 1],   1),
    case("res128",  [ 32, 128,  16,  128,  3, 1, 1],   1),
    case("res256",  [ 32, 256,   8,  256,  3, 1, 1],   1),
    case("down",    [ 32,  64,  32,  128,  3, 2, 1],   1),
    case("point",   [ 32, 256,   8, 1024,  1, 1, 0],   1),
    case("res16",   [128,  16,  32,   16,  3, 1, 1],   1),
    case("alex1",   [ 16,   3, 224,   64, 11, 4, 2],   1),
    case("dw",      [ 32, 128,  28,  128,  3, 1, 1], 128),
];

const fn case(name: &'static str, sizes: [usize; 7], groups: usize) -> Case {
    let [batch, channels, extent, filters, kernel, stride, padding] = sizes;
    Case { name, batch, channels, extent, filters, kernel, stride, padding, groups }
}

/// `conv2d/NAME/forward` and `conv2d/NAME/forward_backward`.
pub fn workloads() -> impl Iterator<Item = Workload> {
    CASES.iter().flat_map(|case| {
        let (forward, flops) = (format!("conv2d/{}/forward", case.name), case.flops());
        // The gradients of input and weight are as many operations again, each.
        let all = Workload::new(format!("{forward}_backward"), Work::Flops(3.0 * flops), || case.forward_backward());
        [Workload::new(forward, Work::Flops(flops), || case.forward()), all]
    })
}

impl Case {
    fn options(&self) -> Conv2dOptions {
        let padding = Padding::from(self.padding);
        Conv2dOptions { stride: [self.stride; 2], padding, groups: self.groups, ..Default::default() }
    }

    fn flops(&self) -> f64 {
        let out = (self.extent + 2 * self.padding - self.kernel) / self.stride + 1;
        let taps = self.channels / self.groups * self.kernel * self.kernel;
        (2 * self.batch * self.filters * out * out * taps) as f64
    }

    fn operands(&self) -> [plywood_tensor::Tensor; 2] {
        let mut random = Stream::new(0);
        let weight = [self.filters, self.channels / self.groups, self.kernel, self.kernel];
        let input = [self.batch, self.channels, self.extent, self.extent];
        [random.normal(input, 0.0, 1.0), random.normal(weight, 0.0, 1.0)]
    }

    fn forward(&self) -> Result<impl FnMut() -> Result<()> + use<>> {
        let ([x, w], options) = (self.operands().map(Var::from), self.options());
        Ok(move || {
            black_box(x.conv2d(&w, None, options)?);
            Ok(())
        })
    }

    fn forward_backward(&self) -> Result<impl FnMut() -> Result<()> + use<>> {
        let ([x, w], options) = (self.operands(), self.options());
        let shape = *Var::from(&x).conv2d(&Var::from(&w), None, options)?.shape();
        let cotangent = Stream::new(1).normal(shape, 0.0, 1.0);
        Ok(move || {
            let (x, w) = (Var::leaf(x.clone()), Var::leaf(w.clone()));
            black_box(x.conv2d(&w, None, options)?.backward_with(cotangent.clone())?);
            Ok(())
        })
    }
}
