//! What a recurrent layer reads: vectors, or the rows of a table that stand for symbols.
//!
//! `W (E i)` for the row `i` of an embedding table `E` is row `i` of `W E`: where a text has many more symbols than there
//! are different ones, the products with the input are made once for each different symbol, and looked up. The gradients
//! of the sums are added up by symbol first, and multiplied then. So half of a step's products, those with
//! `weight_ih`, nearly vanish; the mathematics is the same, only sums are rounded in another order.

use super::RecurrentDims;
use super::order::{each_row, in_input_order, in_walk_order};
use super::parameters::{Columns, Weights};
use crate::Scalar;
use crate::gemm::{Bias, Epilogue, MatMut, MatRef, gemm};
use crate::index::add_rows;
use crate::scratch::Scratch;

/// The input of all time steps.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a, T> {
    /// `[steps, batch, input]`, or `[batch, steps, input]`.
    Values(&'a [T]),
    /// Rows of a table.
    Rows {
        /// `[rows, input]`.
        table: &'a [T],
        /// The row of each step, `[steps, batch]` or `[batch, steps]`.
        index: &'a [i64],
    },
}

impl<T: Scalar> Input<'_, T> {
    pub(super) fn check(&self, dims: &RecurrentDims) {
        match self {
            Self::Values(x) => assert_eq!(x.len(), dims.input_len(), "length of the input"),
            Self::Rows { table, index } => {
                assert_eq!(index.len() * dims.input, dims.input_len(), "length of the index");
                assert!(table.len().is_multiple_of(dims.input.max(1)), "length of the table");
            }
        }
    }

    /// The products with `weight_ih` in all time steps, with the biases.
    pub(super) fn project(
        &self,
        dims: &RecurrentDims,
        columns: Columns,
        weights: &Weights<'_, T>,
        bias: &[T],
        gates: &mut [T],
    ) {
        let rows = dims.sequences.rows();
        if rows == 0 {
            return;
        }
        let ih = MatRef::row_major(weights.ih, columns.gates, dims.input).t();
        let epilogue = Epilogue { bias: Bias::PerColumn(&bias[columns.input..]), ..Epilogue::WRITE };
        match *self {
            Self::Values(x) => {
                let (x, to) = (in_walk_order(dims, x), &mut gates[columns.input..]);
                let to = MatMut::strided(to, rows, columns.gates, columns.width);
                gemm(MatRef::row_major(&x, rows, dims.input), ih, to, epilogue);
            }
            Self::Rows { table, index } => {
                let symbols = table.len() / dims.input.max(1);
                let mut products = Scratch::take(symbols * columns.gates);
                let to = MatMut::row_major(&mut products, symbols, columns.gates);
                gemm(MatRef::row_major(table, symbols, dims.input), ih, to, epilogue);
                let outside = dims.sequences.outside();
                each_row(gates, columns.width, |i, row| {
                    let symbol = index[outside[i]] as usize;
                    row[columns.input..].copy_from_slice(&products[symbol * columns.gates..][..columns.gates]);
                });
            }
        }
    }
}

/// The gradients of all sums, `[rows, width]` in the order of the walk.
#[derive(Clone, Copy)]
pub(super) struct Sums<'a, T> {
    pub dims: &'a RecurrentDims,
    pub columns: Columns,
    pub values: &'a [T],
}

impl<'a, T: Scalar> Sums<'a, T> {
    /// So many columns from one on, `[rows, columns]`.
    pub fn columns(&self, first: usize, columns: usize) -> MatRef<'a, T> {
        let values = self.values.get(first..).unwrap_or_default();
        MatRef::new(values, self.dims.sequences.rows(), columns, self.columns.width, 1)
    }

    /// The gradient of an input of vectors.
    pub fn input(&self, ih: &[T], dx: &mut [T]) {
        let (rows, input, columns) = (self.dims.sequences.rows(), self.dims.input, self.columns);
        let mut walked = Scratch::take(rows * input);
        let ih = MatRef::row_major(ih, columns.gates, input);
        let dgates = self.columns(columns.input, columns.gates);
        gemm(dgates, ih, MatMut::row_major(&mut walked, rows, input), Epilogue::WRITE);
        in_input_order(self.dims, &walked, dx);
    }

    /// The gradients of `weight_ih` and of the table, whose rows were the input.
    pub fn table(&self, table: &[T], index: &[i64], ih: &[T], dih: Option<&mut [T]>, dtable: Option<&mut [T]>) {
        if dih.is_none() && dtable.is_none() {
            return;
        }
        let (input, gates) = (self.dims.input, self.columns.gates);
        let symbols = table.len() / input.max(1);
        let mut by_symbol = Scratch::take(symbols * gates);
        self.add_up(index, &mut by_symbol);
        let dsums = MatRef::row_major(&by_symbol, symbols, gates);
        if let Some(dih) = dih {
            let dih = MatMut::row_major(dih, gates, input);
            gemm(dsums.t(), MatRef::row_major(table, symbols, input), dih, Epilogue::WRITE);
        }
        if let Some(dtable) = dtable {
            let dtable = MatMut::row_major(dtable, symbols, input);
            gemm(dsums, MatRef::row_major(ih, gates, input), dtable, Epilogue::WRITE);
        }
    }

    /// Adds up the gradients of the sums with the input by symbol, `[symbols, gates]`.
    fn add_up(&self, index: &[i64], by_symbol: &mut [T]) {
        let Columns { gates, width, input, .. } = self.columns;
        let outside = self.dims.sequences.outside();
        let cost = (outside.len() * gates / by_symbol.len().max(1)).max(1);
        by_symbol.fill(T::ZERO);
        let rows = self.values.chunks_exact(width).zip(outside);
        add_rows(rows.map(|(row, &at)| (&row[input..], index[at] as usize)), gates, cost, by_symbol);
    }
}
