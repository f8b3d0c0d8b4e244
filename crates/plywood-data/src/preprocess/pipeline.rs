//! Several steps, fitted and applied in order, saved and loaded as one.

use std::fmt;
use std::path::Path;

use plywood_tensor::safetensors::{Reader, Writer};
use plywood_tensor::{Scalar, Tensor};

use super::Step;
use super::one_hot::OneHot;
use super::scaler::{Method, Scaler};
use super::whiten::Whiten;
use crate::{Error, Result};

/// Preprocessing steps for tables `[rows, columns]`, fitted on the training part alone and then applied to any.
///
/// Steps compute in `f64`, whatever the table holds. What they learned is saved as safetensors: in a file of its own
/// or, with a prefix, among a model's weights.
///
/// ```
/// use plywood_data::{iris, preprocess::Pipeline};
///
/// let iris = iris::<f32>();
/// let pipeline = Pipeline::new().standardize().pca_whiten(2).fit(iris.input())?;
/// let features = pipeline.apply(iris.input())?;
/// assert_eq!(features.shape(), &[150, 2]);
/// assert!(Pipeline::new().standardize().apply(iris.input()).is_err()); // not fitted
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Default)]
pub struct Pipeline {
    steps: Vec<Box<dyn Step>>,
}

impl Clone for Pipeline {
    fn clone(&self) -> Self {
        Self { steps: self.steps.iter().map(|step| step.boxed()).collect() }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| step.name())).finish()
    }
}

pub(super) fn unfitted(step: &'static str) -> Error {
    Error::state(step, "it has not been fitted: call `fit` with the training part first")
}

impl Pipeline {
    /// No steps.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, step: impl Step + 'static) -> Self {
        self.steps.push(Box::new(step));
        self
    }

    /// Gives each column mean 0 and standard deviation 1 (scikit-learn's `StandardScaler`).
    pub fn standardize(self) -> Self {
        self.with(Scaler::new(Method::Standard))
    }

    /// Maps each column to 0 to 1 (scikit-learn's `MinMaxScaler`).
    pub fn min_max(self) -> Self {
        self.with(Scaler::new(Method::MinMax))
    }

    /// Gives each column median 0 and distance 1 between the quartiles (scikit-learn's `RobustScaler`).
    pub fn robust(self) -> Self {
        self.with(Scaler::new(Method::Robust))
    }

    /// Replaces the columns by `components` uncorrelated ones of variance 1 (scikit-learn's `PCA(whiten=True)`).
    pub fn pca_whiten(self, components: usize) -> Self {
        self.with(Whiten::new(components))
    }

    /// Replaces each of these columns by one of 0 and 1 for each value that the training part has in it.
    pub fn one_hot(self, columns: &[usize]) -> Self {
        self.with(OneHot::new(columns))
    }

    /// Fits each step on what the steps before make of `table`, the training part.
    ///
    /// # Errors
    /// If it has other than two dimensions, no rows, numbers that are not finite, or doesn't suit a step.
    pub fn fit<T: Scalar>(mut self, table: &Tensor<T>) -> Result<Self> {
        let [rows, columns] = table.dims("fit", "[rows, columns]")?;
        if rows == 0 {
            return Err(Error::shape("fit", "rows", "at least 1", 0));
        }
        let mut table: Tensor<f64> = table.cast();
        if let Some(i) = table.values().iter().position(|x| !x.is_finite()) {
            let what = format!("row {}, column {}", i / columns, i % columns);
            return Err(Error::value("fit", what, "a finite number", table.values()[i]));
        }
        for step in &mut self.steps {
            step.fit(&table)?;
            table = step.apply(&table)?;
        }
        Ok(self)
    }

    /// Applies the steps.
    ///
    /// # Errors
    /// If a step is not fitted, the table has another number of columns than the training part, or a value to be
    /// one-hot encoded is a new one.
    pub fn apply<T: Scalar>(&self, table: &Tensor<T>) -> Result<Tensor<T>> {
        let mut out: Tensor<f64> = table.cast();
        for step in &self.steps {
            let (expected, _) = step.columns().ok_or_else(|| unfitted(step.name()))?;
            check_columns(step.name(), &out, expected)?;
            out = step.apply(&out)?;
        }
        Ok(out.cast())
    }

    /// Undoes the steps, last first; what whitening left out comes back as its mean.
    ///
    /// # Errors
    /// If a step is not fitted, or the table has another number of columns than `apply` gives.
    pub fn undo<T: Scalar>(&self, table: &Tensor<T>) -> Result<Tensor<T>> {
        let mut out: Tensor<f64> = table.cast();
        for step in self.steps.iter().rev() {
            let (_, expected) = step.columns().ok_or_else(|| unfitted(step.name()))?;
            check_columns(step.name(), &out, expected)?;
            out = step.undo(&out)?;
        }
        Ok(out.cast())
    }

    /// Adds what was learned to a file in the making, under names that begin with `prefix`.
    ///
    /// # Errors
    /// If a step is not fitted.
    pub fn write(&self, file: &mut Writer, prefix: &str) -> Result<()> {
        let mut names = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            step.columns().ok_or_else(|| unfitted(step.name()))?;
            names.push(step.name());
            for (name, tensor) in step.state() {
                file.add(&format!("{prefix}{i}.{name}"), &tensor);
            }
        }
        file.metadata(&format!("{prefix}pipeline"), &names.join(", "));
        Ok(())
    }

    /// Reads what [`write`](Self::write) wrote under the same prefix.
    ///
    /// # Errors
    /// If there is nothing of that prefix, or it is damaged.
    pub fn read(file: &Reader, prefix: &str) -> Result<Self> {
        let key = format!("{prefix}pipeline");
        let names = file.metadata().get(&key).ok_or_else(|| {
            let got: Vec<_> = file.metadata().keys().map(String::as_str).collect();
            Error::value("pipeline", "metadata of the file", format!("a key `{key}`"), format!("[{}]", got.join(", ")))
        })?;
        let mut pipeline = Self::new();
        for (i, name) in names.split(", ").filter(|name| !name.is_empty()).enumerate() {
            pipeline = match name {
                "standardize" => pipeline.standardize(),
                "min-max" => pipeline.min_max(),
                "robust" => pipeline.robust(),
                "pca-whiten" => pipeline.pca_whiten(0),
                "one-hot" => pipeline.one_hot(&[]),
                _ => return Err(Error::value("pipeline", format!("step {i}"), "one that this version knows", name)),
            };
            let step = pipeline.steps.last_mut().expect("one was just added");
            step.restore(&mut |name| file.tensor(&format!("{prefix}{i}.{name}")))?;
        }
        Ok(pipeline)
    }

    /// Writes a file of its own, whole or not at all.
    ///
    /// # Errors
    /// If a step is not fitted or the file can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut file = Writer::new();
        self.write(&mut file, "")?;
        file.save(path)
    }

    /// Reads a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// If it can't be read or is damaged.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(&Reader::open(&path)?, "").map_err(|e| e.at(path.as_ref().display().to_string()))
    }
}

fn check_columns(step: &'static str, table: &Tensor<f64>, expected: usize) -> Result<()> {
    let [_, columns] = table.dims(step, "[rows, columns]")?;
    if columns == expected {
        return Ok(());
    }
    Err(Error::shape(step, "columns", format!("{expected}, as when it was fitted"), columns))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::iris;
    use crate::testing::TempDir;

    fn close(a: &Tensor<f64>, b: &[f64]) -> bool {
        a.elements() == b.len() && a.to_vec().iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn scalers_give_the_figures_of_the_books() {
        let table = Tensor::from([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [10.0, 5.0]]);
        let fit = |pipeline: Pipeline| pipeline.fit(&table).unwrap().apply(&table).unwrap();
        // Mean 4, variance (9 + 4 + 1 + 36) / 4 = 12.5; a constant column becomes 0.
        let s = 12.5f64.sqrt();
        assert!(close(
            &fit(Pipeline::new().standardize()),
            &[-3.0 / s, 0.0, -2.0 / s, 0.0, -1.0 / s, 0.0, 6.0 / s, 0.0]
        ));
        assert!(close(&fit(Pipeline::new().min_max()), &[0.0, 0.0, 1.0 / 9.0, 0.0, 2.0 / 9.0, 0.0, 1.0, 0.0]));
        // Median 2.5, quartiles 1.75 and 4.75.
        assert!(close(&fit(Pipeline::new().robust()), &[-0.5, 0.0, -1.0 / 6.0, 0.0, 1.0 / 6.0, 0.0, 2.5, 0.0]));
    }

    #[test]
    fn whitened_columns_are_uncorrelated_with_variance_1() {
        let x = iris::<f64>().input().clone();
        let white = Pipeline::new().pca_whiten(4).fit(&x).unwrap().apply(&x).unwrap().to_vec();
        for i in 0..4 {
            for j in 0..4 {
                let covariance: f64 = white.chunks(4).map(|row| row[i] * row[j]).sum::<f64>() / 149.0;
                assert!((covariance - (i == j) as u8 as f64).abs() < 1e-9, "{i} {j} {covariance}");
            }
        }
        // scikit-learn's PCA(2, whiten=True) on its iris, first row, up to the sign of each component.
        let two = Pipeline::new().pca_whiten(2).fit(&x).unwrap().apply(&x).unwrap();
        assert!((two.get(&[0, 0]).unwrap().abs() - WHITE[0]).abs() < 1e-6, "{two:?}");
        assert!((two.get(&[0, 1]).unwrap().abs() - WHITE[1]).abs() < 1e-6, "{two:?}");
    }

    const WHITE: [f64; 2] = [1.30533786, 0.64836932];

    proptest! {
        // Few cases, as each saves and syncs five files.
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn undoing_and_saving_lose_nothing(rows in 6usize..20, seed: u64) {
            let x = plywood_tensor::Stream::new(seed).normal::<f64>([rows, 3], 2.0, 3.0);
            let codes = Tensor::from_fn([rows, 4], |i| if i % 4 == 3 { (i / 4 % 3) as f64 } else { x.to_vec()[i / 4 * 3 + i % 4] });
            let dir = TempDir::new("pipeline");
            for pipeline in [
                Pipeline::new().standardize().min_max(),
                Pipeline::new().robust(),
                Pipeline::new().one_hot(&[3]).min_max(),
                Pipeline::new().pca_whiten(4),
                Pipeline::new(),
            ] {
                let pipeline = pipeline.fit(&codes).unwrap();
                let there = pipeline.apply(&codes).unwrap();
                prop_assert!(close(&pipeline.undo(&there).unwrap(), &codes.to_vec()));
                let path = dir.path().join("pipeline.safetensors");
                pipeline.save(&path).unwrap();
                prop_assert!(Pipeline::load(&path).unwrap().apply(&codes).unwrap().equals(&there));
            }
        }
    }

    #[test]
    fn one_hot_keeps_the_order_of_columns_and_refuses_new_values() {
        let table = Tensor::from([[7.0f32, 1.0, 0.5], [3.0, 2.0, 0.25]]);
        let pipeline = Pipeline::new().one_hot(&[0]).fit(&table).unwrap();
        assert_eq!(pipeline.apply(&table).unwrap().to_vec(), [0.0, 1.0, 1.0, 0.5, 1.0, 0.0, 2.0, 0.25]);
        let error = pipeline.apply(&Tensor::from([[4.0f32, 1.0, 0.5]])).unwrap_err().to_string();
        assert_eq!(error, "one-hot: row 0, column 0: expected one of the training part's values [3.0, 7.0], got 4");
        assert!(Pipeline::new().one_hot(&[3]).fit(&table).is_err());
    }

    #[test]
    fn a_pipeline_travels_with_a_models_weights() {
        let x = iris::<f32>().input().clone();
        let pipeline = Pipeline::new().standardize().fit(&x).unwrap();
        let mut file = Writer::new();
        file.add("fc1.weight", &Tensor::<f32>::zeros([2, 2]));
        pipeline.write(&mut file, "preprocess.").unwrap();
        let reader = Reader::from_bytes(file.to_bytes(), "model").unwrap();
        assert!(
            Pipeline::read(&reader, "preprocess.").unwrap().apply(&x).unwrap().equals(&pipeline.apply(&x).unwrap())
        );
        assert!(Pipeline::read(&reader, "other.").is_err());
    }

    #[test]
    fn unfitted_and_unfit_tables_are_errors() {
        let x = iris::<f64>().input().clone();
        let message = |e: Error| e.to_string();
        let unfitted = Pipeline::new().standardize().apply(&x).unwrap_err();
        assert_eq!(message(unfitted), "standardize: it has not been fitted: call `fit` with the training part first");
        assert!(Pipeline::new().robust().save("never-written").is_err());
        let fitted = Pipeline::new().standardize().fit(&x).unwrap();
        let narrow = fitted.apply(&x.narrow(1, 0, 3).unwrap()).unwrap_err();
        assert_eq!(message(narrow), "standardize: columns: expected 4, as when it was fitted, got 3");
        let fit = |pipeline: Pipeline, table: Tensor<f64>| pipeline.fit(&table).err().map(message).unwrap();
        assert!(fit(Pipeline::new(), Tensor::zeros([0, 2])).contains("at least 1"));
        assert!(fit(Pipeline::new(), Tensor::from([[1.0, f64::NAN]])).contains("row 0, column 1"));
        assert!(fit(Pipeline::new(), Tensor::zeros([3])).contains("[rows, columns]"));
        assert!(fit(Pipeline::new().pca_whiten(3), Tensor::zeros([3, 3])).contains("1 to 2"));
        let dependent = Tensor::from_fn([9, 2], |i| (i / 2) as f64);
        assert!(fit(Pipeline::new().pca_whiten(2), dependent).contains("at most 1"));
    }
}
