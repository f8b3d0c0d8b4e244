//! Uncorrelated columns of variance 1.

use plywood_tensor::Tensor;

use super::{State, Step, eigen, vector};
use crate::{Error, Result};

/// Principal components, each divided by its deviation (scikit-learn's `PCA(whiten=True)`).
#[derive(Clone)]
pub(super) struct Whiten {
    components: usize,
    fitted: Option<Fitted>,
}

#[derive(Clone)]
struct Fitted {
    /// `[columns]`.
    mean: Vec<f64>,
    /// The variance of each component, `[components]`.
    variance: Vec<f64>,
    /// `[components, columns]`, row by row.
    axes: Vec<f64>,
}

impl Whiten {
    pub(super) fn new(components: usize) -> Self {
        Self { components, fitted: None }
    }

    fn fitted(&self) -> Result<&Fitted> {
        self.fitted.as_ref().ok_or_else(|| super::pipeline::unfitted(self.name()))
    }
}

impl Step for Whiten {
    fn name(&self) -> &'static str {
        "pca-whiten"
    }

    fn fit(&mut self, table: &Tensor<f64>) -> Result<()> {
        let (n, d) = (table.shape()[0], table.shape()[1]);
        let most = d.min(n - 1);
        if self.components == 0 || self.components > most {
            let expected = format!("1 to {most}, the least of columns and rows less 1");
            return Err(Error::value("pca-whiten", "components", expected, self.components));
        }
        let values = table.values();
        let mean: Vec<f64> = (0..d).map(|j| values.iter().skip(j).step_by(d).sum::<f64>() / n as f64).collect();
        let mut covariance = vec![0.0; d * d];
        for row in values.chunks_exact(d) {
            for i in 0..d {
                for j in 0..=i {
                    covariance[i * d + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / (n - 1) as f64;
                }
            }
        }
        for i in 0..d {
            for j in 0..i {
                covariance[j * d + i] = covariance[i * d + j];
            }
        }
        let (mut variance, mut axes) = eigen::symmetric(covariance, d);
        variance.truncate(self.components);
        axes.truncate(self.components * d);
        // A direction without spread has nothing to be divided by, up to rounding.
        let least = variance[0] * f64::EPSILON * d as f64;
        if let Some(k) = variance.iter().position(|&v| v <= least) {
            let expected = format!("at most {k}, as the columns depend on each other beyond that");
            return Err(Error::value("pca-whiten", "components", expected, self.components));
        }
        self.fitted = Some(Fitted { mean, variance, axes });
        Ok(())
    }

    fn apply(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        let Fitted { mean, variance, axes } = self.fitted()?;
        let (values, d, k) = (table.values(), mean.len(), variance.len());
        Ok(Tensor::from_fn([table.shape()[0], k], |i| {
            let (row, axis) = (&values[i / k * d..][..d], &axes[i % k * d..][..d]);
            let along: f64 = row.iter().zip(mean).zip(axis).map(|((x, mean), a)| (x - mean) * a).sum();
            along / variance[i % k].sqrt()
        }))
    }

    fn undo(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        let Fitted { mean, variance, axes } = self.fitted()?;
        let (values, d, k) = (table.values(), mean.len(), variance.len());
        Ok(Tensor::from_fn([table.shape()[0], d], |i| {
            let row = &values[i / d * k..][..k];
            let sum: f64 = (0..k).map(|c| row[c] * variance[c].sqrt() * axes[c * d + i % d]).sum();
            mean[i % d] + sum
        }))
    }

    fn columns(&self) -> Option<(usize, usize)> {
        self.fitted.as_ref().map(|fitted| (fitted.mean.len(), fitted.variance.len()))
    }

    fn state(&self) -> State {
        let tensors = |fitted: &Fitted| {
            let shape = [fitted.variance.len(), fitted.mean.len()];
            let axes = Tensor::from_fn(shape, |i| fitted.axes[i]);
            [
                ("mean", Tensor::from(fitted.mean.clone())),
                ("variance", Tensor::from(fitted.variance.clone())),
                ("axes", axes),
            ]
        };
        self.fitted.iter().flat_map(tensors).collect()
    }

    fn restore(&mut self, take: &mut dyn FnMut(&str) -> Result<Tensor<f64>>) -> Result<()> {
        let mean = vector(self.name(), "mean", &take("mean")?)?;
        let variance = vector(self.name(), "variance", &take("variance")?)?;
        let axes = take("axes")?;
        if axes.shape() != &[variance.len(), mean.len()] {
            let expected = format!("[{}, {}]", variance.len(), mean.len());
            return Err(Error::shape(self.name(), "shape of axes", expected, axes.shape()));
        }
        self.components = variance.len();
        self.fitted = Some(Fitted { mean, variance, axes: axes.to_vec() });
        Ok(())
    }

    fn boxed(&self) -> Box<dyn Step> {
        Box::new(self.clone())
    }
}
