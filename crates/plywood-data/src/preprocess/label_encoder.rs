//! Names of classes into labels.

use plywood_tensor::Tensor;

use crate::{Error, Result};

/// Maps names to labels 0, 1, … in alphabetical order and back.
///
/// ```
/// use plywood_data::preprocess::LabelEncoder;
///
/// let encoder = LabelEncoder::new().fit(&["dog", "cat", "dog"]);
/// let labels = encoder.encode(&["cat", "dog"])?;
/// assert_eq!(labels.to_vec(), [0, 1]);
/// assert_eq!(encoder.decode(&labels)?, ["cat", "dog"]);
/// assert!(encoder.encode(&["fish"]).is_err());
/// assert!(LabelEncoder::new().encode(&["cat"]).is_err()); // not fitted
/// let saved = encoder.to_json();
/// assert_eq!(LabelEncoder::from_json(&saved)?.classes(), encoder.classes());
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelEncoder {
    classes: Option<Vec<String>>,
}

impl LabelEncoder {
    /// Not fitted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns the names of the training part.
    pub fn fit(self, names: &[impl AsRef<str>]) -> Self {
        let mut classes: Vec<String> = names.iter().map(|name| name.as_ref().to_string()).collect();
        classes.sort();
        classes.dedup();
        Self { classes: Some(classes) }
    }

    /// The names; a label is an index into them. None before fitting.
    pub fn classes(&self) -> &[String] {
        self.classes.as_deref().unwrap_or_default()
    }

    fn fitted(&self) -> Result<&[String]> {
        self.classes.as_deref().ok_or_else(|| super::pipeline::unfitted("label encoder"))
    }

    /// The labels of `names`, `[n]`.
    ///
    /// # Errors
    /// If the encoder is not fitted, or a name is a new one.
    pub fn encode(&self, names: &[impl AsRef<str>]) -> Result<Tensor<i64>> {
        let classes = self.fitted()?;
        let encode = |(i, name): (usize, &_)| {
            let name: &str = AsRef::as_ref(name);
            let found = classes.binary_search_by(|class| class.as_str().cmp(name));
            found.map(|label| label as i64).map_err(|_| {
                let expected = format!("one of the training part's {}", classes.join(", "));
                Error::value("label encoder", format!("name {i}"), expected, format!("`{name}`"))
            })
        };
        Ok(Tensor::from(names.iter().enumerate().map(encode).collect::<Result<Vec<_>>>()?))
    }

    /// The names of `labels`.
    ///
    /// # Errors
    /// If the encoder is not fitted, or a label is outside the classes.
    pub fn decode(&self, labels: &Tensor<i64>) -> Result<Vec<String>> {
        let classes = self.fitted()?;
        crate::images::check_labels(&labels.values(), classes.len())?;
        Ok(labels.values().iter().map(|&label| classes[label as usize].clone()).collect())
    }

    /// The names as a JSON array.
    pub fn to_json(&self) -> String {
        serde_json::Value::from(self.classes().to_vec()).to_string()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// If it is no array of strings in alphabetical order.
    pub fn from_json(json: &str) -> Result<Self> {
        let wrong = || Error::value("label encoder", "JSON", "an array of strings in alphabetical order", json);
        let value: serde_json::Value = serde_json::from_str(json).map_err(|_| wrong())?;
        let name = |value: &serde_json::Value| value.as_str().map(str::to_string).ok_or_else(wrong);
        let classes = value.as_array().ok_or_else(wrong)?.iter().map(name).collect::<Result<Vec<_>>>()?;
        if classes.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(wrong());
        }
        Ok(Self { classes: Some(classes) })
    }
}
