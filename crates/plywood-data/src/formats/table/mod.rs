//! Tables of named columns: numbers and categories, as models and their preprocessing want them.

#[cfg(feature = "csv")]
mod missing;
#[cfg(feature = "csv")]
mod read;

#[cfg(feature = "csv")]
pub use missing::Missing;
#[cfg(feature = "csv")]
pub use read::{Chunks, CsvReader, Kind};

use plywood_tensor::{Scalar, Tensor};

use crate::{Error, Result, TensorDataset};

/// One column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The name in the header, or the position counted from 0 where there is none.
    pub name: String,
    /// The values.
    pub values: Values,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// A number a row.
    Numbers(Vec<f64>),
    /// One of several categories a row.
    Categories {
        /// The categories, in alphabetical order (whole numbers in order of size).
        names: Vec<String>,
        /// The index of each row's category.
        codes: Vec<i64>,
    },
}

/// Named columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// If their lengths differ.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let rows = columns.first().map_or(0, |column| column.values.len());
        if let Some(column) = columns.iter().find(|column| column.values.len() != rows) {
            let what = format!("rows of column {}", column.name);
            return Err(Error::value("table", what, format!("{rows}, as the first column"), column.values.len()));
        }
        Ok(Self { columns })
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// A column by name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Error::value("table", "column", format!("one of {}", names.join(", ")), format!("`{name}`"))
        })
    }

    /// The columns `names` as features, `[rows, features]`: a number stays one feature, a category becomes one of 0 and
    /// 1 for each of its names (one-hot).
    ///
    /// # Errors
    /// If there is no column of a name.
    pub fn features<T: Scalar>(&self, names: &[&str]) -> Result<Tensor<T>> {
        let columns: Vec<&Values> = names.iter().map(|name| Ok(&self.column(name)?.values)).collect::<Result<_>>()?;
        let width: usize = columns.iter().map(|values| values.width()).sum();
        Ok(Tensor::build([self.rows(), width], |out| {
            out.fill(T::ZERO);
            for (row, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
                let mut rest = out;
                for values in &columns {
                    let (own, later) = rest.split_at_mut(values.width());
                    match values {
                        Values::Numbers(numbers) => own[0] = T::from_f64(numbers[row]),
                        Values::Categories { codes, .. } => own[codes[row] as usize] = T::ONE,
                    }
                    rest = later;
                }
            }
        }))
    }

    /// A column of categories as labels, `[rows]`, with the names of the classes. A column of whole numbers counts too,
    /// its classes being the numbers in order.
    ///
    /// # Errors
    /// If there is no such column, or it holds other numbers.
    pub fn labels(&self, name: &str) -> Result<(Tensor<i64>, Vec<String>)> {
        match &self.column(name)?.values {
            Values::Categories { names, codes } => Ok((Tensor::from(codes.clone()), names.clone())),
            Values::Numbers(numbers) => {
                if let Some((row, number)) = numbers.iter().enumerate().find(|(_, x)| x.fract() != 0.0 || x.is_nan()) {
                    let what = format!("column {name}, row {row}");
                    return Err(Error::value("labels", what, "a category or a whole number", number));
                }
                let mut classes = numbers.clone();
                classes.sort_by(f64::total_cmp);
                classes.dedup();
                let code = |x: &f64| classes.iter().position(|class| class == x).expect("made of them") as i64;
                let labels: Vec<i64> = numbers.iter().map(code).collect();
                Ok((Tensor::from(labels), classes.iter().map(|class| class.to_string()).collect()))
            }
        }
    }

    /// A column of numbers, `[rows]`.
    ///
    /// # Errors
    /// If there is no such column, or it holds categories.
    pub fn numbers<T: Scalar>(&self, name: &str) -> Result<Tensor<T>> {
        match &self.column(name)?.values {
            Values::Numbers(numbers) => Ok(Tensor::from_fn([numbers.len()], |i| T::from_f64(numbers[i]))),
            Values::Categories { names, .. } => {
                let got = format!("categories ({}, …)", names.first().map_or("none", |name| name));
                Err(Error::value("table", format!("column {name}"), "numbers", got))
            }
        }
    }

    /// A data set for classification: all columns but `target` as features, `target` as labels.
    ///
    /// # Errors
    /// As [`features`](Self::features) and [`labels`](Self::labels).
    pub fn classification<T: Scalar>(&self, target: &str) -> Result<TensorDataset<T>> {
        TensorDataset::new(self.features(&self.all_but(target))?, self.labels(target)?.0)
    }

    /// A data set for regression: all columns but `target` as features, `target` as numbers, `[rows, 1]`.
    ///
    /// # Errors
    /// As [`features`](Self::features) and [`numbers`](Self::numbers).
    pub fn regression<T: Scalar>(&self, target: &str) -> Result<TensorDataset<T, T>> {
        TensorDataset::new(self.features(&self.all_but(target))?, self.numbers(target)?.unsqueeze(1)?)
    }

    fn all_but(&self, target: &str) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).filter(|&name| name != target).collect()
    }
}

impl Values {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Categories { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many features the column becomes.
    fn width(&self) -> usize {
        match self {
            Self::Numbers(_) => 1,
            Self::Categories { names, .. } => names.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let colours = Values::Categories { names: vec!["blue".into(), "red".into()], codes: vec![1, 0, 1] };
        Table::new(vec![
            Column { name: "size".into(), values: Values::Numbers(vec![1.5, 2.0, -3.0]) },
            Column { name: "colour".into(), values: colours },
            Column { name: "kind".into(), values: Values::Numbers(vec![7.0, 10.0, 7.0]) },
        ])
        .unwrap()
    }

    #[test]
    fn categories_become_one_hot_features() {
        let set = table().classification::<f64>("kind").unwrap();
        assert_eq!(set.input().shape(), &[3, 3]);
        assert_eq!(set.input().to_vec(), [1.5, 0.0, 1.0, 2.0, 1.0, 0.0, -3.0, 0.0, 1.0]);
        assert_eq!(set.target().to_vec(), [0, 1, 0]);
        assert_eq!(table().labels("kind").unwrap().1, ["7", "10"]);
        assert_eq!(table().labels("colour").unwrap().0.to_vec(), [1, 0, 1]);
        let set = table().regression::<f32>("size").unwrap();
        assert_eq!((set.target().shape(), set.input().shape()), (&[3, 1].into(), &[3, 3].into()));
    }

    #[test]
    fn wrong_columns_are_errors() {
        let error = table().column("weight").unwrap_err().to_string();
        assert_eq!(error, "table: column: expected one of size, colour, kind, got `weight`");
        assert!(table().labels("size").unwrap_err().to_string().contains("column size, row 0"));
        assert!(table().numbers::<f32>("colour").is_err());
        let ragged = [vec![1.0], vec![1.0, 2.0]].map(|v| Column { name: "x".into(), values: Values::Numbers(v) });
        assert!(Table::new(ragged.to_vec()).is_err());
    }
}
