//! Looking up rows of a table.

use plywood_kernels::index::{SelectDims, check_index, index_add, index_select};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::node::Rows;

impl<T: Scalar> Var<T> {
    /// The rows of this table `[num_embeddings, d]` that `index [...]` names, `[…, d]`. The row `padding_idx` gets no
    /// gradient.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let table = Var::leaf(Tensor::from([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]));
    /// let y = table.embedding(&Tensor::from([2, 0]), None)?;
    /// assert_eq!(y.value().to_vec(), [2.0, 2.1, 0.0, 0.1]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the table hasn't two dimensions, or an index or `padding_idx` isn't that of a row.
    pub fn embedding(&self, index: &Tensor<i64>, padding_idx: Option<usize>) -> Result<Self> {
        let [rows, width] = self.value().dims("embedding", "[num_embeddings, embedding_dim] for the weight")?;
        let error = |e| Error::mismatch("embedding", e, &[("weight", self.shape()), ("input", index.shape())]);
        let index_values = index.contiguous();
        check_index(&index_values, rows).map_err(error)?;
        if let Some(padding) = padding_idx.filter(|&p| p >= rows) {
            return Err(Error::value("embedding", "padding_idx", format!("less than {rows}"), padding));
        }
        let dims = SelectDims { outer: 1, len: rows, inner: width };
        let table = self.value().contiguous();
        let shape = Shape::from_slice(&[index.shape(), &[width][..]].concat())?;
        let value = Tensor::build(shape, |y| index_select(&dims, &table, &index_values, y));
        let rows = || Rows { table: self.value().clone(), index: index.clone(), padding: padding_idx };
        let skip = padding_idx.map(|p| p as i64);
        let looked_up = Self::op("embedding", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.write(0, |dw, accumulate| {
                    if !accumulate {
                        dw.fill(T::ZERO);
                    }
                    index_add(&dims, &dy, &index_values, skip, dw);
                })
            }
        });
        Ok(looked_up.of_rows(rows))
    }
}
