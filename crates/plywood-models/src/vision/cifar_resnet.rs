//! Residual networks for small images.

use plywood_autograd::PadMode;
use plywood_nn::{BatchNorm2d, Context, Conv2d, Error, Layer, Linear, Module, Result, Scalar, Stream, Var};

use super::residual::{filter, run};

/// The residual network of the paper's CIFAR-10 experiments, of `6 n + 2` layers: `[n, 3, h, w]` (32×32 in the paper) to
/// `[n, num_classes]`. Shortcuts have no parameters (option A): where the image shrinks they take every other pixel and
/// fill the new channels with zeros.
///
/// Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.
///
/// ```
/// use plywood_models::CifarResNet;
/// use plywood_nn::{Context, Layer, Module, Stream, Tensor};
///
/// let model = CifarResNet::<f32>::new(20, 10, &mut Stream::new(0))?;
/// assert_eq!(model.num_parameters(), 269_722);
/// let logits = model.forward(&Tensor::zeros([1, 3, 32, 32]).into(), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[1, 10]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Module)]
pub struct CifarResNet<T: Scalar = f32> {
    /// 16 filters of 3×3.
    pub conv1: Conv2d<T>,
    /// After the first convolution; with pre-activation the blocks bring their own.
    pub bn1: Option<BatchNorm2d<T>>,
    /// 16 channels.
    pub layer1: Vec<CifarBlock<T>>,
    /// 32 channels, half the size.
    pub layer2: Vec<CifarBlock<T>>,
    /// 64 channels, a quarter of the size.
    pub layer3: Vec<CifarBlock<T>>,
    /// After the last block, with pre-activation.
    pub bn: Option<BatchNorm2d<T>>,
    /// To the classes.
    pub fc: Linear<T>,
}

impl<T: Scalar> CifarResNet<T> {
    /// Of `depth` layers: 20, 32, 44, 56 and 110 in the paper.
    ///
    /// # Errors
    /// Unless the depth is 6 n + 2 for some n of at least 1.
    pub fn new(depth: usize, num_classes: usize, random: &mut Stream) -> Result<Self> {
        Self::build(depth, num_classes, false, random)
    }

    /// With normalisation and rectifier before each convolution: He et al. 2016, "Identity mappings in deep residual
    /// networks".
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn pre_activation(depth: usize, num_classes: usize, random: &mut Stream) -> Result<Self> {
        Self::build(depth, num_classes, true, random)
    }

    fn build(depth: usize, num_classes: usize, pre_activation: bool, random: &mut Stream) -> Result<Self> {
        if depth < 8 || depth % 6 != 2 {
            return Err(Error::value("CifarResNet", "depth", "6 n + 2, such as 20, 32, 44, 56 or 110", depth));
        }
        let conv1 = filter(3, 16, 3, 1, random);
        let mut stage = |inputs: usize, width: usize| -> Vec<CifarBlock<T>> {
            let first = |b: usize| if b == 0 { inputs } else { width };
            (0..(depth - 2) / 6).map(|b| CifarBlock::new(first(b), width, pre_activation, random)).collect()
        };
        let (layer1, layer2, layer3) = (stage(16, 16), stage(16, 32), stage(32, 64));
        Ok(Self {
            conv1,
            bn1: (!pre_activation).then(|| BatchNorm2d::new(16)),
            layer1,
            layer2,
            layer3,
            bn: pre_activation.then(|| BatchNorm2d::new(64)),
            fc: Linear::new(64, num_classes, random),
        })
    }
}

impl<T: Scalar> Layer<T> for CifarResNet<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut x = self.conv1.forward(x, cx)?;
        if let Some(bn1) = &self.bn1 {
            x = bn1.forward_relu(&x, cx)?;
        }
        for (name, layer) in [("layer1", &self.layer1), ("layer2", &self.layer2), ("layer3", &self.layer3)] {
            x = run(name, layer, &x, cx)?;
        }
        if let Some(bn) = &self.bn {
            x = bn.forward_relu(&x, cx)?;
        }
        self.fc.forward(&x.adaptive_avg_pool2d([1, 1])?.flatten(1)?, cx)
    }
}

/// Two 3×3 convolutions beside a shortcut without parameters.
#[derive(Module)]
pub struct CifarBlock<T: Scalar = f32> {
    conv1: Conv2d<T>,
    bn1: BatchNorm2d<T>,
    conv2: Conv2d<T>,
    bn2: BatchNorm2d<T>,
    /// How many channels the block adds; where it adds any, it halves the image.
    grows: usize,
    pre_activation: bool,
}

impl<T: Scalar> CifarBlock<T> {
    fn new(inputs: usize, width: usize, pre_activation: bool, random: &mut Stream) -> Self {
        let grows = width - inputs;
        Self {
            conv1: filter(inputs, width, 3, if grows > 0 { 2 } else { 1 }, random),
            bn1: BatchNorm2d::new(if pre_activation { inputs } else { width }),
            conv2: filter(width, width, 3, 1, random),
            bn2: BatchNorm2d::new(width),
            grows,
            pre_activation,
        }
    }

    /// Every other pixel, between as many channels of zeros before as after.
    fn shortcut(&self, x: &Var<T>) -> Result<Var<T>> {
        if self.grows == 0 {
            return Ok(x.clone());
        }
        let x = x.slice(-1, 0, None, 2)?.slice(-2, 0, None, 2)?;
        let before = self.grows / 2;
        let channels = [before as isize, (self.grows - before) as isize];
        x.pad(&[[0, 0], [0, 0], channels], PadMode::Constant(0.0))
    }
}

impl<T: Scalar> Layer<T> for CifarBlock<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        if self.pre_activation {
            let y = self.conv1.forward(&self.bn1.forward_relu(x, cx)?, cx)?;
            let y = self.conv2.forward(&self.bn2.forward_relu(&y, cx)?, cx)?;
            return y.add(&self.shortcut(x)?);
        }
        let y = self.bn1.forward_relu(&self.conv1.forward(x, cx)?, cx)?;
        let y = self.conv2.forward(&y, cx)?;
        self.bn2.forward_add_relu(&y, &self.shortcut(x)?, cx)
    }
}
