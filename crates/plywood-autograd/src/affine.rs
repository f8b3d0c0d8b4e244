//! The weight and bias that most normalisations end with: either may be left out.

use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::{Sink, Var};

/// The values of weight and bias, checked.
#[derive(Clone)]
pub(crate) struct Affine<T: Scalar> {
    pub weight: Option<Contiguous<T>>,
    pub bias: Option<Contiguous<T>>,
}

impl<T: Scalar> Affine<T> {
    /// Checks that what is there has this shape.
    pub fn new(op: &'static str, weight: Option<&Var<T>>, bias: Option<&Var<T>>, shape: Shape) -> Result<Self> {
        let value = |name: &str, parameter: Option<&Var<T>>| match parameter {
            Some(p) if *p.shape() != shape => Err(Error::shape(op, format!("shape of the {name}"), shape, p.shape())),
            parameter => Ok(parameter.map(|p| p.value().contiguous())),
        };
        Ok(Self { weight: value("weight", weight)?, bias: value("bias", bias)? })
    }

    /// Gives `weight` and `bias` their gradients, where they are the inputs that follow the first.
    pub fn add_grads(
        &self,
        sink: &mut Sink<'_, T>,
        dweight: impl FnOnce() -> Tensor<T>,
        dbias: impl FnOnce() -> Tensor<T>,
    ) -> Result<()> {
        if self.weight.is_some() {
            sink.add(1, || Ok(dweight()))?;
        }
        if self.bias.is_some() {
            sink.add(1 + usize::from(self.weight.is_some()), || Ok(dbias()))?;
        }
        Ok(())
    }
}

/// The inputs of the operation: `x`, then what is there of weight and bias.
pub(crate) fn inputs<'a, T: Scalar>(
    x: &'a Var<T>,
    weight: Option<&'a Var<T>>,
    bias: Option<&'a Var<T>>,
) -> Vec<&'a Var<T>> {
    [Some(x), weight, bias].into_iter().flatten().collect()
}
