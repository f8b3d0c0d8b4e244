//! The deep belief net.

use plywood_nn::{Context, Error, Linear, Module, Result, Scalar, Stream, Tensor, Var};

use super::{MLP, RBM};

/// A stack of restricted Boltzmann machines, each trained on what the one below makes of the data. Fine-tuning starts
/// from it as a perceptron, [`to_mlp`](Self::to_mlp).
///
/// Source: Hinton, Osindero and Teh 2006, "A fast learning algorithm for deep belief nets".
///
/// ```
/// use plywood_models::DeepBeliefNet;
/// use plywood_nn::{Context, Stream, Tensor};
///
/// let random = &mut Stream::new(0);
/// let net = DeepBeliefNet::<f32>::new(&[64, 32, 16], random)?;
/// let data = Tensor::zeros([5, 64]);
/// for (i, rbm) in net.rbms.iter().enumerate() {
///     let input = net.encode_to(i, &data)?; // what machine i learns from
///     let _loss = rbm.contrastive_divergence(&(&input).into(), 1, &mut Context::train(0))?; // then steps of an optimizer
/// }
/// assert_eq!(net.reconstruct(&data)?.shape(), &[5, 64]);
/// assert_eq!(net.to_mlp(10, random).layers.len(), 3);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct DeepBeliefNet<T: Scalar = f32> {
    /// The machines, the one that sees the data first.
    pub rbms: Vec<RBM<T>>,
}

impl<T: Scalar> DeepBeliefNet<T> {
    /// Machines from each of `sizes` to the next.
    ///
    /// # Errors
    /// If there are fewer than two sizes.
    pub fn new(sizes: &[usize], random: &mut Stream) -> Result<Self> {
        if sizes.len() < 2 {
            let expected = "at least 2, those of the data and of a hidden layer";
            return Err(Error::value("DeepBeliefNet", "number of sizes", expected, sizes.len()));
        }
        Ok(Self { rbms: sizes.windows(2).map(|pair| RBM::new(pair[0], pair[1], random)).collect() })
    }

    /// What the first `layers` machines make of data: the input of machine number `layers`.
    ///
    /// # Errors
    /// If the data haven't the right number of features.
    pub fn encode_to(&self, layers: usize, data: &Tensor<T>) -> Result<Tensor<T>> {
        let up = |v: Result<Tensor<T>>, rbm: &RBM<T>| Ok(rbm.encode(&Var::from(v?), &Context::eval())?.into_value());
        self.rbms.iter().take(layers).fold(Ok(data.clone()), up)
    }

    /// Data that went up through all machines and down again.
    ///
    /// # Errors
    /// If the data haven't the right number of features.
    pub fn reconstruct(&self, data: &Tensor<T>) -> Result<Tensor<T>> {
        let down = |h: Result<Tensor<T>>, rbm: &RBM<T>| Ok(rbm.decode(&Var::from(h?), &Context::eval())?.into_value());
        self.rbms.iter().rev().fold(self.encode_to(self.rbms.len(), data), down)
    }

    /// A perceptron of sigmoids that starts from the machines' weights and hidden biases, with a new linear layer to
    /// the classes.
    pub fn to_mlp(&self, num_classes: usize, random: &mut Stream) -> MLP<T> {
        let mut hidden = 0;
        let mut layers: Vec<Linear<T>> = Vec::new();
        for rbm in &self.rbms {
            hidden = rbm.hidden_bias.value().elements();
            layers.push(Linear { weight: rbm.weight.clone(), bias: Some(rbm.hidden_bias.clone()) });
        }
        layers.push(Linear::new(hidden, num_classes, random));
        MLP::of(layers, Var::sigmoid)
    }
}
