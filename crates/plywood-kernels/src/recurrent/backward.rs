//! The walk back: back-propagation through time (Werbos 1990).

use super::cell::{Before, Grad};
use super::order::{Walked, in_input_order};
use super::parameters::{Columns, put_back};
use super::sequences::{Block, by_block};
use super::{Cell, Gradients, RecurrentDims, Saved, State, Weights};
use crate::gemm::{Epilogue, MatMut, MatRef, Pack, Packed, gemm};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// The adjoint of [`forward`](super::forward): from the gradients of the output (`None` if it wasn't used) and of the
/// final states to those of everything that went in. Overwrites the saved gates with their gradients.
///
/// # Panics
/// If the length of a slice doesn't fit `dims`.
#[allow(clippy::too_many_arguments)]
pub fn backward<T: Scalar, C: Cell>(
    cell: C,
    dims: &RecurrentDims,
    x: &[T],
    weights: Weights<'_, T>,
    saved: Saved<'_, T>,
    dy: Option<&[T]>,
    dstate: State<'_, T>,
    wanted: Gradients<'_, T>,
) {
    let columns = Columns::of::<C>(dims);
    weights.check(&columns, dims);
    assert_eq!(x.len(), dims.input_len(), "length of the input");
    assert_eq!(saved.gates.len(), dims.gates_len::<C>(), "length of the saved gates");
    let hidden = columns.hidden;

    let hh = columns.state_order(weights.hh);
    let hh = Packed::rhs(MatRef::row_major(&hh, columns.gates, hidden));
    let before = Before { h: saved.h, c: saved.c };
    let mut walkers = walkers::<T, C>(dims, columns, before, dstate, saved.gates);
    par::chunks_mut(&mut walkers, 1, dims.cost(columns.gates), |_, w| w[0].walk(cell, dims, columns, &hh, dy));

    let mut totals = vec![T::ZERO; columns.width];
    let (mut dh_0, mut dc_0) = (wanted.h_0, wanted.c_0);
    for w in &walkers {
        totals.iter_mut().zip(&w.totals).for_each(|(sum, &t)| *sum += t);
        if let Some(dh_0) = &mut dh_0 {
            put_back(&w.dh, &w.block.members, hidden, dh_0);
        }
        if let Some(dc_0) = &mut dc_0 {
            put_back(&w.dc, &w.block.members, hidden, dc_0);
        }
    }
    drop(walkers);
    if let Some(bias_ih) = wanted.bias_ih {
        bias_ih.copy_from_slice(&totals[columns.input..]);
    }
    if let Some(bias_hh) = wanted.bias_hh {
        bias_hh.copy_from_slice(&totals[..columns.gates]);
        columns.parameter_order(bias_hh);
    }

    let dgates = Sums { dims, columns, values: saved.gates };
    dgates.weights([saved.h, x], [wanted.hh, wanted.ih]);
    if let Some(dx) = wanted.input {
        dgates.input(weights.ih, dx);
    }
}

/// Numbers of the gates' gradients that are laid out at a time, so that the copy stays small.
const MOST_LAID_OUT: usize = 1 << 22;

/// The gradients of the sums that gates are made of, over all time steps.
struct Sums<'a, T> {
    dims: &'a RecurrentDims,
    columns: Columns,
    values: &'a [T],
}

impl<'a, T: Scalar> Sums<'a, T> {
    /// So many columns from one on, `[rows, columns]`.
    fn columns(&self, first: usize, columns: usize) -> MatRef<'a, T> {
        let values = self.values.get(first..).unwrap_or_default();
        MatRef::new(values, self.dims.sequences.rows(), columns, self.columns.width, 1)
    }

    /// The gradients of `[weight_hh, weight_ih]`, from the states before the steps and the input: what was walked through
    /// is laid out once and for all gates, and the gates' gradients once for both products.
    fn weights(&self, [h_before, x]: [&[T]; 2], [mut dhh, mut dih]: [Option<&mut [T]>; 2]) {
        let Columns { hidden, width, gates, input } = self.columns;
        let (rows, features) = (self.dims.sequences.rows(), self.dims.input);
        let h_before = dhh.is_some().then(|| Packed::rhs(MatRef::row_major(h_before, rows, hidden)));
        let x = dih.is_some().then(|| Packed::rhs(&Walked { dims: self.dims, x } as &dyn Pack<T>));
        let most = (MOST_LAID_OUT / rows.max(1)).max(1);
        // A last gate that is apart has its product with the state in the first columns, with the input in the last.
        for columns in [0..input, input..gates, gates..width] {
            for first in columns.clone().step_by(most) {
                let here = first..columns.end.min(first + most);
                let part = Packed::lhs(self.columns(first, here.len()).t());
                let product = |b: &Packed<T>, out: &mut [T], first: usize, n: usize| {
                    let out = &mut out[first * n..][..here.len() * n];
                    gemm(&part, b, MatMut::row_major(out, here.len(), n), Epilogue::WRITE);
                };
                if let (Some(h), Some(out)) = (&h_before, &mut dhh)
                    && first < gates
                {
                    product(h, out, first, hidden);
                }
                if let (Some(x), Some(out)) = (&x, &mut dih)
                    && first >= input
                {
                    product(x, out, first - input, features);
                }
            }
        }
        if let Some(dhh) = dhh {
            self.columns.parameter_order(dhh);
        }
    }

    fn input(&self, ih: &[T], dx: &mut [T]) {
        let (rows, input, columns) = (self.dims.sequences.rows(), self.dims.input, self.columns);
        let mut walked = Scratch::take(rows * input);
        let ih = MatRef::row_major(ih, columns.gates, input);
        gemm(
            self.columns(columns.input, columns.gates),
            ih,
            MatMut::row_major(&mut walked, rows, input),
            Epilogue::WRITE,
        );
        in_input_order(self.dims, &walked, dx);
    }
}

/// A block on its way back.
struct Walker<'a, T> {
    block: &'a Block,
    gates: &'a mut [T],
    before: Before<'a, T>,
    dh: Vec<T>,
    dc: Vec<T>,
    totals: Vec<T>,
}

fn walkers<'a, T: Scalar, C: Cell>(
    dims: &'a RecurrentDims,
    columns: Columns,
    before: Before<'a, T>,
    dstate: State<'_, T>,
    gates: &'a mut [T],
) -> Vec<Walker<'a, T>> {
    let Columns { hidden, width, .. } = columns;
    let blocks = dims.sequences.blocks();
    blocks
        .iter()
        .zip(by_block(blocks, gates, width))
        .map(|(block, gates)| {
            let rows = block.rows.start * hidden..block.rows.end * hidden;
            let c = if C::HAS_C { &before.c[rows.clone()] } else { &[] };
            Walker {
                block,
                gates,
                before: Before { h: &before.h[rows], c },
                dh: State::of(dstate.h, &block.members, hidden),
                dc: if C::HAS_C { State::of(dstate.c, &block.members, hidden) } else { Vec::new() },
                totals: vec![T::ZERO; width],
            }
        })
        .collect()
}

impl<T: Scalar> Walker<'_, T> {
    fn walk<C: Cell>(&mut self, cell: C, dims: &RecurrentDims, columns: Columns, hh: &Packed<T>, dy: Option<&[T]>) {
        let Columns { hidden, width, gates, .. } = columns;
        let mut end = self.block.rows.len();
        for &active in self.block.active.iter().rev() {
            let rows = end - active..end;
            end = rows.start;
            let dh = &mut self.dh[..active * hidden];
            if let Some(dy) = dy {
                let outside = &dims.sequences.outside()[self.block.rows.start..][rows.clone()];
                for (dh, &row) in dh.chunks_exact_mut(hidden).zip(outside) {
                    dh.iter_mut().zip(&dy[row * hidden..][..hidden]).for_each(|(dh, &dy)| *dh += dy);
                }
            }
            let sums = &mut self.gates[rows.start * width..rows.end * width];
            let states = rows.start * hidden..rows.end * hidden;
            let c = if C::HAS_C { &self.before.c[states.clone()] } else { &[] };
            let before = Before { h: &self.before.h[states], c };
            cell.retreat(hidden, sums, before, Grad { h: dh, c: &mut self.dc, totals: &mut self.totals });
            gemm(
                MatRef::new(sums, active, gates, width, 1),
                hh,
                MatMut::row_major(dh, active, hidden),
                if C::DIRECT { Epilogue::ADD } else { Epilogue::WRITE },
            );
        }
    }
}
