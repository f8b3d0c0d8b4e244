//! Shift and scale, a column at a time.

use plywood_tensor::Tensor;

use super::{State, Step, vector};
use crate::{Error, Result};

/// Where shift and scale come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Mean and standard deviation (of the whole, dividing by n).
    Standard,
    /// Least value and range.
    MinMax,
    /// Median and distance between the quartiles.
    Robust,
}

/// `(x - shift) / scale`; a column without spread is only shifted.
#[derive(Clone)]
pub(super) struct Scaler {
    method: Method,
    fitted: Option<(Vec<f64>, Vec<f64>)>,
}

impl Scaler {
    pub(super) fn new(method: Method) -> Self {
        Self { method, fitted: None }
    }

    fn map(&self, table: &Tensor<f64>, f: impl Fn(f64, f64, f64) -> f64) -> Result<Tensor<f64>> {
        let (shift, scale) = self.fitted.as_ref().ok_or_else(|| super::pipeline::unfitted(self.name()))?;
        let values = table.values();
        Ok(Tensor::from_fn(table.shape(), |i| {
            let column = i % shift.len();
            f(values[i], shift[column], scale[column])
        }))
    }

    fn learn(&self, column: &mut [f64]) -> (f64, f64) {
        let n = column.len() as f64;
        match self.method {
            Method::Standard => {
                let mean = column.iter().sum::<f64>() / n;
                let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
                (mean, variance.sqrt())
            }
            Method::MinMax => {
                let (low, high) = column.iter().fold((f64::MAX, f64::MIN), |(l, h), &x| (l.min(x), h.max(x)));
                (low, high - low)
            }
            Method::Robust => {
                column.sort_by(f64::total_cmp);
                (quantile(column, 0.5), quantile(column, 0.75) - quantile(column, 0.25))
            }
        }
    }
}

/// The value at a share of sorted numbers, between two of them linearly.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

impl Step for Scaler {
    fn name(&self) -> &'static str {
        match self.method {
            Method::Standard => "standardize",
            Method::MinMax => "min-max",
            Method::Robust => "robust",
        }
    }

    fn fit(&mut self, table: &Tensor<f64>) -> Result<()> {
        let (values, columns) = (table.values(), table.shape()[1]);
        let learn = |column| {
            let mut values: Vec<f64> = values.iter().skip(column).step_by(columns.max(1)).copied().collect();
            let (shift, scale) = self.learn(&mut values);
            (shift, if scale > 0.0 { scale } else { 1.0 })
        };
        self.fitted = Some((0..columns).map(learn).unzip());
        Ok(())
    }

    fn apply(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        self.map(table, |x, shift, scale| (x - shift) / scale)
    }

    fn undo(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        self.map(table, |x, shift, scale| x * scale + shift)
    }

    fn columns(&self) -> Option<(usize, usize)> {
        self.fitted.as_ref().map(|(shift, _)| (shift.len(), shift.len()))
    }

    fn state(&self) -> State {
        let fitted = self.fitted.iter();
        fitted.flat_map(|(a, b)| [("shift", Tensor::from(a.clone())), ("scale", Tensor::from(b.clone()))]).collect()
    }

    fn restore(&mut self, take: &mut dyn FnMut(&str) -> Result<Tensor<f64>>) -> Result<()> {
        let shift = vector(self.name(), "shift", &take("shift")?)?;
        let scale = vector(self.name(), "scale", &take("scale")?)?;
        if shift.len() != scale.len() {
            return Err(Error::shape(self.name(), "length of scale", shift.len(), scale.len()));
        }
        self.fitted = Some((shift, scale));
        Ok(())
    }

    fn boxed(&self) -> Box<dyn Step> {
        Box::new(self.clone())
    }
}
