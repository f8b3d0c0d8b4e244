//! One linear layer, read in three ways.

use plywood_nn::{Context, Layer, Linear, Module, Result, Scalar, Stream, Var};

macro_rules! regression {
    ($(#[$doc:meta])* $name:ident, $(#[$new:meta])* $outputs:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name<T: Scalar = f32> {
            /// `weight` and `bias`.
            pub linear: Linear<T>,
        }

        impl<T: Scalar> $name<T> {
            $(#[$new])*
            pub fn new(in_features: usize, $outputs: usize, random: &mut Stream) -> Self {
                Self { linear: Linear::new(in_features, $outputs, random) }
            }
        }

        impl<T: Scalar> Layer<T> for $name<T> {
            fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                self.linear.forward(x, cx)
            }
        }
    };
}

regression! {
    /// Linear regression, of one or many variables: `[n, in_features]` to `[n, targets]`. Train it with `mse_loss`.
    ///
    /// Source: Legendre 1805; Gauss 1809.
    ///
    /// ```
    /// use plywood_models::LinearRegression;
    /// use plywood_nn::{Module, Stream};
    /// let line = LinearRegression::<f32>::new(1, 1, &mut Stream::new(0));
    /// assert_eq!(line.num_parameters(), 2);
    /// ```
    LinearRegression,
    /// One slope for each input and target, and an intercept for each target.
    targets
}

regression! {
    /// Logistic regression: `[n, in_features]` to the logits of `[n, labels]` independent yes-or-no questions. Train it
    /// with `binary_cross_entropy_with_logits`.
    ///
    /// Source: Cox 1958, "The regression analysis of binary sequences".
    ///
    /// ```
    /// use plywood_models::LogisticRegression;
    /// use plywood_nn::{Stream, Tensor};
    /// let model = LogisticRegression::<f32>::new(3, 1, &mut Stream::new(0));
    /// let p = model.probabilities(&Tensor::ones([5, 3]).into())?;
    /// assert_eq!(p.shape(), &[5, 1]);
    /// assert!(p.value().to_vec().iter().all(|p| (0.0..=1.0).contains(p)));
    /// # Ok::<(), plywood_nn::Error>(())
    /// ```
    LogisticRegression,
    /// One weight for each input and label, and a bias for each label.
    labels
}

regression! {
    /// Softmax regression: `[n, in_features]` to the logits of `num_classes` classes that exclude each other. Train it
    /// with `cross_entropy`.
    ///
    /// Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    ///
    /// ```
    /// use plywood_models::SoftmaxRegression;
    /// use plywood_nn::{Stream, Tensor};
    /// let model = SoftmaxRegression::<f32>::new(4, 3, &mut Stream::new(0));
    /// let p = model.probabilities(&Tensor::ones([1, 4]).into())?.value().to_vec();
    /// assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    /// # Ok::<(), plywood_nn::Error>(())
    /// ```
    SoftmaxRegression,
    /// One weight for each input and class, and a bias for each class.
    num_classes
}

impl<T: Scalar> LogisticRegression<T> {
    /// The probability of each yes.
    ///
    /// # Errors
    /// If the input hasn't the right number of features.
    pub fn probabilities(&self, x: &Var<T>) -> Result<Var<T>> {
        Ok(self.forward(x, &mut Context::eval())?.sigmoid())
    }
}

impl<T: Scalar> SoftmaxRegression<T> {
    /// The probability of each class.
    ///
    /// # Errors
    /// If the input hasn't the right number of features.
    pub fn probabilities(&self, x: &Var<T>) -> Result<Var<T>> {
        self.forward(x, &mut Context::eval())?.softmax(-1)
    }
}
