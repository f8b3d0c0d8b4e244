//! What a recurrent layer reads and writes.

use std::borrow::Cow;

use super::{Cell, RecurrentDims};
use crate::Scalar;

/// The parameters of one layer and direction, `gates` being [`Cell::GATES`].
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, T> {
    /// `[gates * hidden, input]`.
    pub ih: &'a [T],
    /// `[gates * hidden, hidden]`.
    pub hh: &'a [T],
    /// `[gates * hidden]`, added to the products with the input.
    pub bias_ih: Option<&'a [T]>,
    /// `[gates * hidden]`, added to the products with the state.
    pub bias_hh: Option<&'a [T]>,
}

/// States or their gradients, `[batch, hidden]` each; `None` stands for zeros. `c` is for a cell that has one.
#[derive(Clone, Copy, Debug)]
pub struct State<'a, T> {
    /// The hidden state.
    pub h: Option<&'a [T]>,
    /// The cell state.
    pub c: Option<&'a [T]>,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Output<'a, T> {
    /// The hidden state after each time step, laid out as the input but with `hidden` features; 0 at padding.
    pub y: &'a mut [T],
    /// The hidden state after the last real time step, `[batch, hidden]`.
    pub h_n: &'a mut [T],
    /// The cell state there; empty for a cell that has none.
    pub c_n: &'a mut [T],
}

/// What backward needs of forward: a row for each real time step, in the order of the walk.
#[derive(Debug)]
pub struct Saved<'a, T> {
    /// The gates, [`gates_len`](RecurrentDims::gates_len) values.
    pub gates: &'a mut [T],
    /// The hidden state before each step, [`h_len`](RecurrentDims::h_len) values.
    pub h: &'a mut [T],
    /// The cell state before each step, [`c_len`](RecurrentDims::c_len) values.
    pub c: &'a mut [T],
}

/// The gradients that are wanted; each is written, not added to.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    /// Of the input, laid out like it; 0 at padding. Of the table, if the input is rows of one.
    pub input: Option<&'a mut [T]>,
    /// Of `weight_ih`.
    pub ih: Option<&'a mut [T]>,
    /// Of `weight_hh`.
    pub hh: Option<&'a mut [T]>,
    /// Of `bias_ih`.
    pub bias_ih: Option<&'a mut [T]>,
    /// Of `bias_hh`.
    pub bias_hh: Option<&'a mut [T]>,
    /// Of the initial hidden state.
    pub h_0: Option<&'a mut [T]>,
    /// Of the initial cell state.
    pub c_0: Option<&'a mut [T]>,
}

/// How a row of gates is divided (see [`Cell`]), in values.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub hidden: usize,
    /// The whole row.
    pub width: usize,
    /// The columns that a product writes, equally the rows of a weight matrix.
    pub gates: usize,
    /// Where the columns of the products with the input begin; those with the state begin at 0.
    pub input: usize,
}

impl Columns {
    pub fn of<C: Cell>(dims: &RecurrentDims) -> Self {
        let hidden = dims.hidden;
        Self { hidden, width: C::WIDTH * hidden, gates: C::GATES * hidden, input: (C::WIDTH - C::GATES) * hidden }
    }

    /// `weight_hh` or `bias_hh` with its rows in the order of the columns: the last gate first, where it is apart.
    pub fn state_order<'a, T: Scalar>(&self, parameter: &'a [T]) -> Cow<'a, [T]> {
        let mut parameter = Cow::Borrowed(parameter);
        if self.input > 0 {
            let last = parameter.len() / self.gates * self.input;
            parameter.to_mut().rotate_right(last);
        }
        parameter
    }

    /// Undoes [`state_order`](Self::state_order).
    pub fn parameter_order<T>(&self, gradient: &mut [T]) {
        gradient.rotate_left(gradient.len() / self.gates * self.input);
    }

    /// Both biases as one row of gates.
    pub fn bias<T: Scalar>(&self, weights: &Weights<'_, T>) -> Vec<T> {
        let mut row = vec![T::ZERO; self.width];
        if let Some(bias) = weights.bias_hh {
            row[..self.gates].copy_from_slice(&self.state_order(bias));
        }
        if let Some(bias) = weights.bias_ih {
            row[self.input..].iter_mut().zip(bias).for_each(|(sum, &b)| *sum += b);
        }
        row
    }
}

impl<T> Weights<'_, T> {
    pub(super) fn check(&self, columns: &Columns, dims: &RecurrentDims) {
        assert_eq!(self.ih.len(), columns.gates * dims.input, "length of weight_ih");
        assert_eq!(self.hh.len(), columns.gates * columns.hidden, "length of weight_hh");
        for bias in [self.bias_ih, self.bias_hh].into_iter().flatten() {
            assert_eq!(bias.len(), columns.gates, "length of a bias");
        }
    }
}

impl<T: Scalar> State<'_, T> {
    /// The rows of some sequences, one below the other.
    pub(super) fn of(state: Option<&[T]>, members: &[usize], hidden: usize) -> Vec<T> {
        match state {
            Some(state) => members.iter().flat_map(|&i| &state[i * hidden..][..hidden]).copied().collect(),
            None => vec![T::ZERO; members.len() * hidden],
        }
    }
}

/// Puts the rows of some sequences back into their places.
pub(super) fn put_back<T: Scalar>(rows: &[T], members: &[usize], hidden: usize, state: &mut [T]) {
    for (row, &i) in rows.chunks_exact(hidden).zip(members) {
        state[i * hidden..][..hidden].copy_from_slice(row);
    }
}
