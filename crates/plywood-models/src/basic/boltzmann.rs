//! The restricted Boltzmann machine.

use plywood_nn::{Context, Module, Param, Result, Scalar, Stream, Tensor, Var};

/// A restricted Boltzmann machine of binary units: learns the distribution of `[n, visible]` values between 0 and 1.
///
/// Source: Hinton 2002, "Training products of experts by minimizing contrastive divergence"; the free energy and initial
/// values after Hinton 2010, "A practical guide to training restricted Boltzmann machines".
///
/// ```
/// use plywood_models::RBM;
/// use plywood_nn::{Context, Module, Stream, Tensor};
///
/// let mut rbm = RBM::<f32>::new(6, 2, &mut Stream::new(0));
/// let v = Tensor::ones([4, 6]).into();
/// // One step of an optimizer on this follows contrastive divergence:
/// let grads = rbm.contrastive_divergence(&v, 1, &mut Context::train(0))?.backward()?;
/// assert_eq!(grads.len(), 3);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct RBM<T: Scalar = f32> {
    /// `[hidden, visible]`.
    pub weight: Param<T>,
    /// `[visible]`.
    pub visible_bias: Param<T>,
    /// `[hidden]`.
    pub hidden_bias: Param<T>,
}

impl<T: Scalar> RBM<T> {
    /// Small random weights, biases of 0.
    pub fn new(visible: usize, hidden: usize, random: &mut Stream) -> Self {
        Self {
            weight: Param::new(random.normal([hidden, visible], 0.0, 0.01)),
            visible_bias: Param::new(Tensor::zeros([visible])),
            hidden_bias: Param::new(Tensor::zeros([hidden])),
        }
    }

    /// The probability that each hidden unit is on: `[n, visible]` to `[n, hidden]`.
    ///
    /// # Errors
    /// If there is another number of visible units.
    pub fn encode(&self, v: &Var<T>, cx: &Context) -> Result<Var<T>> {
        Ok(self.input(v, cx)?.sigmoid())
    }

    /// The probability that each visible unit is on: `[n, hidden]` to `[n, visible]`.
    ///
    /// # Errors
    /// If there is another number of hidden units.
    pub fn decode(&self, h: &Var<T>, cx: &Context) -> Result<Var<T>> {
        let weight = self.weight.var(cx).transpose(0, 1)?;
        Ok(h.linear(&weight, Some(&self.visible_bias.var(cx)))?.sigmoid())
    }

    /// The free energy of each row of `[n, visible]`, `[n]`: `−v·b − Σ ln(1 + exp(c + W v))`. The lower, the likelier.
    ///
    /// # Errors
    /// If there is another number of visible units.
    pub fn free_energy(&self, v: &Var<T>, cx: &Context) -> Result<Var<T>> {
        let hidden = self.input(v, cx)?.softplus(1.0, 20.0).sum_dim([-1], false)?;
        let visible = v.mul(&self.visible_bias.var(cx))?.sum_dim([-1], false)?;
        Ok(hidden.add(&visible)?.neg())
    }

    /// The mean free energy of data less that of the chain's state after `k` steps of Gibbs sampling from them. Its
    /// gradient is the step of CD-k; its value is no measure of progress.
    ///
    /// # Errors
    /// If there is another number of visible units.
    pub fn contrastive_divergence(&self, v: &Var<T>, k: usize, cx: &mut Context) -> Result<Var<T>> {
        let chain = Var::from(self.sample(v.value(), k, cx.random())?);
        self.free_energy(v, cx)?.mean().sub(&self.free_energy(&chain, cx)?.mean())
    }

    /// The visible units after `k` steps of Gibbs sampling. The last step gives probabilities, which are less noisy.
    ///
    /// # Errors
    /// If there is another number of visible units.
    pub fn sample(&self, v: &Tensor<T>, k: usize, random: &mut Stream) -> Result<Tensor<T>> {
        let cx = Context::eval();
        let mut toss = |p: &Tensor<T>| {
            let p = p.contiguous();
            let draws: Vec<T> = p.iter().map(|p| if random.chance(p.to_f64()) { T::ONE } else { T::ZERO }).collect();
            draws
        };
        let mut v = v.clone();
        for step in 0..k {
            let h = self.encode(&Var::from(&v), &cx)?.into_value();
            let h = Tensor::from_vec(*h.shape(), toss(&h))?;
            v = self.decode(&Var::from(&h), &cx)?.into_value();
            if step + 1 < k {
                v = Tensor::from_vec(*v.shape(), toss(&v))?;
            }
        }
        Ok(v)
    }

    /// What each hidden unit gets.
    fn input(&self, v: &Var<T>, cx: &Context) -> Result<Var<T>> {
        v.linear(&self.weight.var(cx), Some(&self.hidden_bias.var(cx)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All states of `n` units, a row each.
    fn states(n: usize) -> Var<f64> {
        Tensor::from_fn([1 << n, n], |i| (((i / n) >> (i % n)) & 1) as f64).into()
    }

    #[test]
    fn free_energy_sums_over_the_hidden_units() {
        let random = &mut Stream::new(1);
        let mut rbm = RBM::<f64>::new(3, 2, random);
        rbm.for_each_parameter_mut(&mut |_, p| p.set(random.normal(*p.shape(), 0.0, 1.0)).unwrap());
        let energies = rbm.free_energy(&states(3), &Context::eval()).unwrap().value().to_vec();
        let (w, b, c) = (rbm.weight.value(), rbm.visible_bias.value(), rbm.hidden_bias.value());
        for (row, energy) in energies.iter().enumerate() {
            let v = states(3).value().select(0, row).unwrap().to_vec();
            let sum: f64 = (0..4usize)
                .map(|h| {
                    let h = [(h & 1) as f64, (h >> 1) as f64];
                    let mut minus_energy: f64 = (0..3).map(|i| v[i] * b.to_vec()[i]).sum();
                    for (j, h) in h.iter().enumerate() {
                        let own = c.to_vec()[j] + (0..3).map(|i| w.get(&[j, i]).unwrap() * v[i]).sum::<f64>();
                        minus_energy += h * own;
                    }
                    minus_energy.exp()
                })
                .sum();
            assert!((energy + sum.ln()).abs() < 1e-12);
        }
    }
}
