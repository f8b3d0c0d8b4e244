//! The sizes of a recurrent layer, checked once.

use std::fmt::Debug;

use super::{Cell, Sequences};
use crate::Mismatch;

/// The shapes that a recurrent layer is given, as they are.
#[derive(Clone, Copy, Debug)]
pub struct Shapes<'a> {
    /// `[steps, batch, input]`, or `[batch, steps, input]` if `batch_first`.
    pub input: &'a [usize],
    /// Whether the batch is the first dimension of input and output.
    pub batch_first: bool,
    /// `[gates * hidden, input]`.
    pub weight_ih: &'a [usize],
    /// `[gates * hidden, hidden]`.
    pub weight_hh: &'a [usize],
    /// `[gates * hidden]`.
    pub bias_ih: Option<&'a [usize]>,
    /// `[gates * hidden]`.
    pub bias_hh: Option<&'a [usize]>,
    /// `[batch, hidden]`.
    pub h_0: Option<&'a [usize]>,
    /// `[batch, hidden]`, for a cell that has one.
    pub c_0: Option<&'a [usize]>,
}

/// The sizes of one recurrent layer in one direction, and the walk through its sequences.
#[derive(Clone, Debug)]
pub struct RecurrentDims {
    pub(super) input: usize,
    pub(super) hidden: usize,
    pub(super) sequences: Sequences,
}

impl RecurrentDims {
    /// Checks all shapes against each other. `lengths` gives the real time steps of each sequence (all of them if
    /// `None`); `reverse` walks from the end of each sequence to its beginning.
    ///
    /// # Errors
    /// If a shape doesn't fit the others, or `lengths` doesn't fit the input; the message names the offender.
    pub fn new<C: Cell>(shapes: &Shapes<'_>, reverse: bool, lengths: Option<&[usize]>) -> Result<Self, Mismatch> {
        let (rows, input) = match *shapes.weight_ih {
            [rows, input] if rows > 0 && rows % C::GATES == 0 => (rows, input),
            _ => return Err(mismatch("weight_ih", format!("[{} * hidden, input]", C::GATES), shapes.weight_ih)),
        };
        let hidden = rows / C::GATES;
        let &[outer, inner, features] = shapes.input else {
            return Err(mismatch("input", "3 dimensions: time, batch and features", shapes.input));
        };
        if features != input {
            let expected = format!("{input}, since weight_ih is {:?}", shapes.weight_ih);
            return Err(Mismatch::new("features of the input (dimension 2)", expected, features));
        }
        let (batch, steps) = if shapes.batch_first { (outer, inner) } else { (inner, outer) };
        exactly("weight_hh", &[rows, hidden], Some(shapes.weight_hh))?;
        exactly("bias_ih", &[rows], shapes.bias_ih)?;
        exactly("bias_hh", &[rows], shapes.bias_hh)?;
        exactly("h_0 of one layer and direction", &[batch, hidden], shapes.h_0)?;
        exactly("c_0 of one layer and direction", &[batch, hidden], shapes.c_0)?;
        let sequences = Sequences::new(steps, batch, shapes.batch_first, reverse, lengths)?;
        Ok(Self { input, hidden, sequences })
    }

    /// Features of the input.
    pub fn input(&self) -> usize {
        self.input
    }

    /// Features of the output and the states.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// The batch as it is walked through.
    pub fn sequences(&self) -> &Sequences {
        &self.sequences
    }

    /// Values of the input, padding included: `steps * batch * input`.
    pub fn input_len(&self) -> usize {
        self.sequences.steps() * self.sequences.batch() * self.input
    }

    /// Values of the output, padding included: `steps * batch * hidden`.
    pub fn output_len(&self) -> usize {
        self.sequences.steps() * self.sequences.batch() * self.hidden
    }

    /// Values of a state: `batch * hidden`.
    pub fn state_len(&self) -> usize {
        self.sequences.batch() * self.hidden
    }

    /// Values of [`Saved::gates`](super::Saved).
    pub fn gates_len<C: Cell>(&self) -> usize {
        self.sequences.rows() * C::WIDTH * self.hidden
    }

    /// Values of [`Saved::h`](super::Saved).
    pub fn h_len(&self) -> usize {
        self.sequences.rows() * self.hidden
    }

    /// Values of [`Saved::c`](super::Saved): none for a cell that has no `c`.
    pub fn c_len<C: Cell>(&self) -> usize {
        if C::HAS_C { self.h_len() } else { 0 }
    }

    /// Elementary operations of one block's walk with that many columns of gates: 16 multiply-adds each.
    pub(super) fn cost(&self, gates: usize) -> usize {
        self.sequences.rows() / self.sequences.blocks().len().max(1) * gates * self.hidden / 16
    }
}

fn exactly(what: &str, expected: &[usize], got: Option<&[usize]>) -> Result<(), Mismatch> {
    match got {
        Some(got) if got != expected => Err(mismatch(what, format!("{expected:?}"), got)),
        _ => Ok(()),
    }
}

fn mismatch(what: &str, expected: impl std::fmt::Display, got: impl Debug) -> Mismatch {
    Mismatch::new(what, expected, format!("{got:?}"))
}
