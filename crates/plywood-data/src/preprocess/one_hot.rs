//! Columns of codes into columns of 0 and 1.

use plywood_tensor::Tensor;

use super::{State, Step, vector};
use crate::{Error, Result};

/// Replaces some columns by one of 0 and 1 for each value that the training part had there; other columns stay, and
/// all keep their order.
#[derive(Clone)]
pub(super) struct OneHot {
    columns: Vec<usize>,
    /// For each column of the table its values in order; `None` for a column that stays.
    fitted: Option<Vec<Option<Vec<f64>>>>,
}

impl OneHot {
    pub(super) fn new(columns: &[usize]) -> Self {
        Self { columns: columns.to_vec(), fitted: None }
    }

    fn fitted(&self) -> Result<&[Option<Vec<f64>>]> {
        self.fitted.as_deref().ok_or_else(|| super::pipeline::unfitted(self.name()))
    }
}

fn width(values: &Option<Vec<f64>>) -> usize {
    values.as_ref().map_or(1, Vec::len)
}

impl Step for OneHot {
    fn name(&self) -> &'static str {
        "one-hot"
    }

    fn fit(&mut self, table: &Tensor<f64>) -> Result<()> {
        let (values, d) = (table.values(), table.shape()[1]);
        if let Some(column) = self.columns.iter().find(|&&column| column >= d) {
            return Err(Error::value("one-hot", "column", format!("less than the {d} columns"), column));
        }
        let learn = |column| {
            self.columns.contains(&column).then(|| {
                let mut values: Vec<f64> = values.iter().skip(column).step_by(d).copied().collect();
                values.sort_by(f64::total_cmp);
                values.dedup();
                values
            })
        };
        self.fitted = Some((0..d).map(learn).collect());
        Ok(())
    }

    fn apply(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        let fitted = self.fitted()?;
        let (values, d) = (table.values(), fitted.len());
        let wide: usize = fitted.iter().map(width).sum();
        let mut out = Vec::with_capacity(table.shape()[0] * wide);
        for (i, &x) in values.iter().enumerate() {
            match &fitted[i % d] {
                None => out.push(x),
                Some(known) => {
                    let place = known.iter().position(|&value| value == x).ok_or_else(|| {
                        let what = format!("row {}, column {}", i / d, i % d);
                        Error::value("one-hot", what, format!("one of the training part's values {known:?}"), x)
                    })?;
                    out.extend((0..known.len()).map(|k| (k == place) as u8 as f64));
                }
            }
        }
        Tensor::from_vec([table.shape()[0], wide], out)
    }

    fn undo(&self, table: &Tensor<f64>) -> Result<Tensor<f64>> {
        let fitted = self.fitted()?;
        let wide: usize = fitted.iter().map(width).sum();
        let (values, mut out) = (table.values(), Vec::new());
        for row in values.chunks_exact(wide.max(1)) {
            let mut rest = row;
            for known in fitted {
                let (own, later) = rest.split_at(width(known));
                let hottest = (0..own.len()).max_by(|&a, &b| own[a].total_cmp(&own[b])).unwrap_or(0);
                out.push(known.as_ref().map_or(own[0], |known| known[hottest]));
                rest = later;
            }
        }
        Tensor::from_vec([table.shape()[0], fitted.len()], out)
    }

    fn columns(&self) -> Option<(usize, usize)> {
        self.fitted.as_ref().map(|fitted| (fitted.len(), fitted.iter().map(width).sum()))
    }

    fn state(&self) -> State {
        // The number of values of each column, 0 for one that stays, and all values in a row.
        let state = |fitted: &Vec<Option<Vec<f64>>>| {
            let counts: Vec<f64> = fitted.iter().map(|known| known.as_ref().map_or(0, Vec::len) as f64).collect();
            let values: Vec<f64> = fitted.iter().flatten().flatten().copied().collect();
            [("counts", Tensor::from(counts)), ("values", Tensor::from(values))]
        };
        self.fitted.iter().flat_map(state).collect()
    }

    fn restore(&mut self, take: &mut dyn FnMut(&str) -> Result<Tensor<f64>>) -> Result<()> {
        let counts = vector(self.name(), "counts", &take("counts")?)?;
        let values = vector(self.name(), "values", &take("values")?)?;
        if counts.iter().any(|n| !(0.0..=values.len() as f64).contains(n))
            || counts.iter().sum::<f64>() != values.len() as f64
        {
            let expected = format!("numbers that sum to the {} values", values.len());
            return Err(Error::value(self.name(), "counts", expected, format!("{counts:?}")));
        }
        let mut rest = values.into_iter();
        let known = |n: &f64| (*n > 0.0).then(|| rest.by_ref().take(*n as usize).collect());
        let fitted: Vec<Option<Vec<f64>>> = counts.iter().map(known).collect();
        self.columns = (0..fitted.len()).filter(|&column| fitted[column].is_some()).collect();
        self.fitted = Some(fitted);
        Ok(())
    }

    fn boxed(&self) -> Box<dyn Step> {
        Box::new(self.clone())
    }
}
