//! Values scaled by the number of inputs and outputs, so that signals keep their size through the layers.

use plywood_autograd::{Error, Result, Scalar, Shape, Tensor};
use plywood_tensor::Stream;

/// How many inputs each output of a weight has, and how many outputs each input: `(fan_in, fan_out)`.
///
/// A weight is `[out, in, …]`, where further dimensions, those of a filter, count for both.
///
/// # Errors
/// If it has fewer than two dimensions.
pub fn fans(shape: &Shape) -> Result<(usize, usize)> {
    match **shape {
        [outputs, inputs, ref filter @ ..] => {
            let taps: usize = filter.iter().product();
            Ok((inputs * taps, outputs * taps))
        }
        _ => {
            Err(Error::shape("fans", "number of dimensions", "at least 2, [out, in, …]", shape.len())
                .with_shapes(shape))
        }
    }
}

/// Which of the two sizes is kept: that of the signal going forwards, or of the gradient going backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// The signal.
    In,
    /// The gradient.
    Out,
}

/// What follows a layer, and changes the size of its signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// Nothing.
    Linear,
    /// The logistic function.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, x).
    ReLU,
    /// x, or this times x below 0.
    LeakyReLU(f64),
    /// SELU.
    SELU,
}

impl Nonlinearity {
    /// By how much the deviation of the weights makes up for what the function takes away; PyTorch's values.
    pub fn gain(self) -> f64 {
        match self {
            Self::Linear | Self::Sigmoid => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::ReLU => 2.0f64.sqrt(),
            Self::LeakyReLU(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
            Self::SELU => 0.75,
        }
    }
}

/// The deviation of Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn xavier_std(shape: &Shape, gain: f64) -> Result<f64> {
    let (fan_in, fan_out) = fans(shape)?;
    Ok(gain * (2.0 / ((fan_in + fan_out).max(1) as f64)).sqrt())
}

/// The deviation of He et al. 2015, "Delving deep into rectifiers".
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn kaiming_std(shape: &Shape, nonlinearity: Nonlinearity, fan: Fan) -> Result<f64> {
    let (fan_in, fan_out) = fans(shape)?;
    let fan = if fan == Fan::In { fan_in } else { fan_out };
    Ok(nonlinearity.gain() / (fan.max(1) as f64).sqrt())
}

/// The deviation of LeCun et al. 1998, "Efficient backprop", section 4.6: that of the input's size alone, for SELU too.
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn lecun_std(shape: &Shape) -> Result<f64> {
    kaiming_std(shape, Nonlinearity::Linear, Fan::In)
}

/// Evenly distributed with a deviation of [`xavier_std`], so within √3 times that.
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn xavier_uniform<T: Scalar>(shape: impl Into<Shape>, gain: f64, random: &mut Stream) -> Result<Tensor<T>> {
    let shape = shape.into();
    Ok(evenly(shape, xavier_std(&shape, gain)?, random))
}

/// Normally distributed with a deviation of [`xavier_std`].
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn xavier_normal<T: Scalar>(shape: impl Into<Shape>, gain: f64, random: &mut Stream) -> Result<Tensor<T>> {
    let shape = shape.into();
    Ok(random.normal(shape, 0.0, xavier_std(&shape, gain)?))
}

/// Evenly distributed with a deviation of [`kaiming_std`], so within √3 times that.
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn kaiming_uniform<T: Scalar>(
    shape: impl Into<Shape>,
    nonlinearity: Nonlinearity,
    fan: Fan,
    random: &mut Stream,
) -> Result<Tensor<T>> {
    let shape = shape.into();
    Ok(evenly(shape, kaiming_std(&shape, nonlinearity, fan)?, random))
}

/// Normally distributed with a deviation of [`kaiming_std`].
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn kaiming_normal<T: Scalar>(
    shape: impl Into<Shape>,
    nonlinearity: Nonlinearity,
    fan: Fan,
    random: &mut Stream,
) -> Result<Tensor<T>> {
    let shape = shape.into();
    Ok(random.normal(shape, 0.0, kaiming_std(&shape, nonlinearity, fan)?))
}

/// Evenly distributed with a deviation of [`lecun_std`], so within √3 times that.
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn lecun_uniform<T: Scalar>(shape: impl Into<Shape>, random: &mut Stream) -> Result<Tensor<T>> {
    kaiming_uniform(shape, Nonlinearity::Linear, Fan::In, random)
}

/// Normally distributed with a deviation of [`lecun_std`].
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn lecun_normal<T: Scalar>(shape: impl Into<Shape>, random: &mut Stream) -> Result<Tensor<T>> {
    kaiming_normal(shape, Nonlinearity::Linear, Fan::In, random)
}

fn evenly<T: Scalar>(shape: Shape, std: f64, random: &mut Stream) -> Tensor<T> {
    let bound = 3.0f64.sqrt() * std;
    random.uniform(shape, -bound, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_and_bounds_are_kept() {
        let random = &mut Stream::new(0);
        let shape = Shape::from([64, 16, 5, 5]);
        let deviation = |x: Tensor<f64>| x.map(|v| v * v).mean().sqrt();
        let near = |got: f64, expected: f64| assert!((got / expected - 1.0).abs() < 0.03, "{got} {expected}");
        let relu = Nonlinearity::ReLU;
        near(
            deviation(kaiming_normal(shape, relu, Fan::Out, random).unwrap()),
            kaiming_std(&shape, relu, Fan::Out).unwrap(),
        );
        near(
            deviation(kaiming_uniform(shape, relu, Fan::In, random).unwrap()),
            kaiming_std(&shape, relu, Fan::In).unwrap(),
        );
        near(deviation(xavier_normal(shape, 1.0, random).unwrap()), xavier_std(&shape, 1.0).unwrap());
        near(deviation(lecun_normal(shape, random).unwrap()), lecun_std(&shape).unwrap());
        let bound = 3.0f64.sqrt() * xavier_std(&shape, 2.0).unwrap();
        let x: Tensor<f64> = xavier_uniform(shape, 2.0, random).unwrap();
        assert!(x.to_vec().iter().all(|v| v.abs() <= bound));
        assert!(lecun_uniform::<f32>([3], random).unwrap_err().to_string().contains("at least 2"));
    }
}
