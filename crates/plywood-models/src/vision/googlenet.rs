//! GoogLeNet.

use plywood_nn::{
    AdaptiveAvgPool2d, Context, Dropout, Layer, Linear, MaxPool2d, Module, Result, Scalar, Stream, Var, Window,
};

use super::inception::{AuxiliaryHead, ConvBlock, Inception};

/// GoogLeNet, of inception blocks with batch normalisation: `[n, 3, h, w]` (224×224 in the paper) to
/// `[n, num_classes]`. Names and shapes are torchvision's, and so are its 3×3 filters in the branch that the paper
/// gives 5×5 ones.
///
/// Source: Szegedy et al. 2015, "Going deeper with convolutions", table 1.
///
/// ```
/// use plywood_models::GoogLeNet;
/// use plywood_nn::{Module, Stream};
///
/// let model = GoogLeNet::<f32>::new(10, &mut Stream::new(0));
/// assert_eq!(model.num_parameters(), 5_610_154);
/// ```
#[derive(Module)]
#[allow(missing_docs, reason = "the fields are the rows of the paper's table 1")]
pub struct GoogLeNet<T: Scalar = f32> {
    pub conv1: ConvBlock<T>,
    pub maxpool1: MaxPool2d,
    pub conv2: ConvBlock<T>,
    pub conv3: ConvBlock<T>,
    pub maxpool2: MaxPool2d,
    pub inception3a: Inception<T>,
    pub inception3b: Inception<T>,
    pub maxpool3: MaxPool2d,
    pub inception4a: Inception<T>,
    pub inception4b: Inception<T>,
    pub inception4c: Inception<T>,
    pub inception4d: Inception<T>,
    pub inception4e: Inception<T>,
    pub maxpool4: MaxPool2d,
    pub inception5a: Inception<T>,
    pub inception5b: Inception<T>,
    /// The head after block 4a, for training.
    pub aux1: Option<AuxiliaryHead<T>>,
    /// The head after block 4d, for training.
    pub aux2: Option<AuxiliaryHead<T>>,
    pub avgpool: AdaptiveAvgPool2d,
    pub dropout: Dropout,
    pub fc: Linear<T>,
}

/// What [`GoogLeNet::forward_all`] returns.
pub struct GoogLeNetOutput<T: Scalar = f32> {
    /// `[n, num_classes]`.
    pub logits: Var<T>,
    /// The same from each auxiliary head, in training; the paper adds 0.3 of their losses.
    pub auxiliary: Vec<Var<T>>,
}

impl<T: Scalar> GoogLeNet<T> {
    /// Without auxiliary heads, dropout of 0.2.
    pub fn new(num_classes: usize, random: &mut Stream) -> Self {
        let pool = |size: usize| MaxPool2d::new(Window::new([size; 2]).stride(2).ceil_mode());
        let mut inception = |inputs, widths| Inception::new(inputs, widths, random);
        let [inception3a, inception3b] =
            [(192, [64, 96, 128, 16, 32, 32]), (256, [128, 128, 192, 32, 96, 64])].map(|(i, w)| inception(i, w));
        let [inception4a, inception4b, inception4c, inception4d, inception4e] = [
            (480, [192, 96, 208, 16, 48, 64]),
            (512, [160, 112, 224, 24, 64, 64]),
            (512, [128, 128, 256, 24, 64, 64]),
            (512, [112, 144, 288, 32, 64, 64]),
            (528, [256, 160, 320, 32, 128, 128]),
        ]
        .map(|(i, w)| inception(i, w));
        let [inception5a, inception5b] =
            [(832, [256, 160, 320, 32, 128, 128]), (832, [384, 192, 384, 48, 128, 128])].map(|(i, w)| inception(i, w));
        Self {
            conv1: ConvBlock::new(3, 64, 7, 2, random),
            maxpool1: pool(3),
            conv2: ConvBlock::new(64, 64, 1, 1, random),
            conv3: ConvBlock::new(64, 192, 3, 1, random),
            maxpool2: pool(3),
            inception3a,
            inception3b,
            maxpool3: pool(3),
            inception4a,
            inception4b,
            inception4c,
            inception4d,
            inception4e,
            maxpool4: pool(2),
            inception5a,
            inception5b,
            aux1: None,
            aux2: None,
            avgpool: AdaptiveAvgPool2d::new([1, 1]),
            dropout: Dropout::new(0.2),
            fc: Linear::new(1024, num_classes, random),
        }
    }

    /// With both auxiliary heads. Train it by [`forward_all`](Self::forward_all): the heads get no gradient otherwise.
    pub fn with_auxiliary(num_classes: usize, random: &mut Stream) -> Self {
        let aux1 = Some(AuxiliaryHead::new(512, num_classes, random));
        let aux2 = Some(AuxiliaryHead::new(528, num_classes, random));
        Self { aux1, aux2, ..Self::new(num_classes, random) }
    }

    /// With another rate of dropout before the last layer.
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: Dropout::new(p), ..self }
    }

    /// The logits and, in training, those of the auxiliary heads.
    ///
    /// # Errors
    /// If the input's shape isn't one that the network takes.
    pub fn forward_all(&self, x: &Var<T>, cx: &mut Context) -> Result<GoogLeNetOutput<T>> {
        let mut auxiliary = Vec::new();
        let mut head = |head: &Option<AuxiliaryHead<T>>, x: &Var<T>, cx: &mut Context| -> Result<()> {
            if let Some(head) = head.as_ref().filter(|_| cx.is_training()) {
                auxiliary.push(head.forward(x, cx)?);
            }
            Ok(())
        };
        let x = self.conv1.forward(x, cx)?;
        let x = cx.scope("maxpool1", |cx| self.maxpool1.forward(&x, cx))?;
        let x = self.conv3.forward(&self.conv2.forward(&x, cx)?, cx)?;
        let x = cx.scope("maxpool2", |cx| self.maxpool2.forward(&x, cx))?;
        let x = self.inception3b.forward(&self.inception3a.forward(&x, cx)?, cx)?;
        let x = cx.scope("maxpool3", |cx| self.maxpool3.forward(&x, cx))?;
        let x = self.inception4a.forward(&x, cx)?;
        head(&self.aux1, &x, cx)?;
        let x = self.inception4c.forward(&self.inception4b.forward(&x, cx)?, cx)?;
        let x = self.inception4d.forward(&x, cx)?;
        head(&self.aux2, &x, cx)?;
        let x = self.inception4e.forward(&x, cx)?;
        let x = cx.scope("maxpool4", |cx| self.maxpool4.forward(&x, cx))?;
        let x = self.inception5b.forward(&self.inception5a.forward(&x, cx)?, cx)?;
        let x = cx.scope("avgpool", |cx| self.avgpool.forward(&x, cx))?.flatten(1)?;
        let logits = self.fc.forward(&self.dropout.forward(&x, cx)?, cx)?;
        Ok(GoogLeNetOutput { logits, auxiliary })
    }
}

impl<T: Scalar> Layer<T> for GoogLeNet<T> {
    /// The logits; those of auxiliary heads are dropped.
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        Ok(self.forward_all(x, cx)?.logits)
    }
}
