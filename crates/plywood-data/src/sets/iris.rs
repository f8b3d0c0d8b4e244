//! Fisher's irises, embedded.

use plywood_tensor::{Scalar, Tensor};

use super::digits::embedded;
use crate::tensor_dataset::TensorDataset;

/// What the columns of [`iris`] measure.
pub const IRIS_FEATURES: [&str; 4] = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];

/// 150 irises of three species (setosa 0, versicolor 1, virginica 2), four lengths in centimetres each: inputs `[4]`.
///
/// Source: R. A. Fisher, "Iris", UCI Machine Learning Repository (1936), <https://doi.org/10.24432/C56C76>; licence
/// CC BY 4.0. Rows 34 and 37 are as in Fisher's paper, as in scikit-learn's `load_iris`.
///
/// ```
/// use plywood_data::{Dataset, iris};
/// assert_eq!(iris::<f64>().get(0)?.input.to_vec(), [5.1, 3.5, 1.4, 0.2]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub fn iris<T: Scalar>() -> TensorDataset<T> {
    let tenths = embedded(include_bytes!("../../data/iris-tenths-idx2-ubyte.gz"), "iris's lengths");
    let labels = embedded(include_bytes!("../../data/iris-labels-idx1-ubyte.gz"), "iris's labels");
    let read = || {
        let lengths: Tensor<T> = tenths.into_u8()?.map(|x| T::from_f64(x as f64 / 10.0));
        TensorDataset::new(lengths, labels.to_i64()?)
    };
    read().expect("embedded data is right")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Labelled};

    #[test]
    fn irises_are_those_of_the_repository() {
        let iris = iris::<f64>();
        assert_eq!(iris.input().shape(), &[150, 4]);
        assert_eq!(iris.get(149).unwrap().input.to_vec(), [5.9, 3.0, 5.1, 1.8]);
        assert_eq!(iris.get(34).unwrap().input.to_vec(), [4.9, 3.1, 1.5, 0.2]);
        let mean: f64 = iris.input().mean();
        assert!((mean - 3.4645).abs() < 1e-4, "{mean}");
        assert!((0..3).all(|class| iris.labels().iter().filter(|&&label| label == class).count() == 50));
    }
}
