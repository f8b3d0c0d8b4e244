//! LeNet-5.

use plywood_nn::{Context, Conv2d, Layer, Linear, MaxPool2d, Module, Result, Scalar, Stream, Var};

/// LeNet-5: two convolutions and three linear layers for handwritten digits, `[n, 1, 28, 28]` to `[n, num_classes]`.
///
/// Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II.B; with rectifiers
/// and max pooling in the place of tanh and averages, as it is taught today.
///
/// ```
/// use plywood_models::LeNet5;
/// use plywood_nn::{Context, Layer, Module, Stream, Tensor};
///
/// let model = LeNet5::<f32>::new(10, &mut Stream::new(0));
/// assert_eq!(model.num_parameters(), 61_706);
/// let logits = model.forward(&Tensor::zeros([4, 1, 28, 28]).into(), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[4, 10]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct LeNet5<T: Scalar = f32> {
    /// 6 filters of 5×5 over the padded image.
    pub conv1: Conv2d<T>,
    /// Of 2×2, to half the size.
    pub pool1: MaxPool2d,
    /// 16 filters of 5×5.
    pub conv2: Conv2d<T>,
    /// Of 2×2.
    pub pool2: MaxPool2d,
    /// From 16×5×5 features to 120.
    pub fc1: Linear<T>,
    /// To 84.
    pub fc2: Linear<T>,
    /// To the classes.
    pub fc3: Linear<T>,
}

impl<T: Scalar> LeNet5<T> {
    /// Parameters as PyTorch draws them.
    pub fn new(num_classes: usize, random: &mut Stream) -> Self {
        Self {
            conv1: Conv2d::new(1, 6, 5, random).padding(2),
            pool1: MaxPool2d::new(2),
            conv2: Conv2d::new(6, 16, 5, random),
            pool2: MaxPool2d::new(2),
            fc1: Linear::new(16 * 5 * 5, 120, random),
            fc2: Linear::new(120, 84, random),
            fc3: Linear::new(84, num_classes, random),
        }
    }
}

impl<T: Scalar> Layer<T> for LeNet5<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        // The rectifier of a maximum is the maximum of rectified values, for a quarter of the work.
        let x = self.conv1.forward(x, cx)?;
        let x = cx.scope("pool1", |cx| self.pool1.forward(&x, cx))?.relu();
        let x = self.conv2.forward(&x, cx)?;
        let x = cx.scope("pool2", |cx| self.pool2.forward(&x, cx))?.relu();
        let x = self.fc1.forward(&x.flatten(1)?, cx)?.relu();
        let x = self.fc2.forward(&x, cx)?.relu();
        self.fc3.forward(&x, cx)
    }
}
