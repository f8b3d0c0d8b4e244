//! The walk back: back-propagation through time (Werbos 1990).

use super::cell::{Before, Grad};
use super::input::Sums;
use super::order::in_walk_order;
use super::parameters::{Columns, put_back};
use super::sequences::{Block, by_block};
use super::{Cell, Gradients, Input, RecurrentDims, Saved, State, Weights};
use crate::gemm::{Epilogue, MOST_PACKED, MatMut, MatRef, Packed, gemm};
use crate::isa::{self, Level};
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
    x: Input<'_, T>,
    weights: Weights<'_, T>,
    saved: Saved<'_, T>,
    dy: Option<&[T]>,
    dstate: State<'_, T>,
    wanted: Gradients<'_, T>,
) {
    let columns = Columns::of::<C>(dims);
    weights.check(&columns, dims);
    x.check(dims);
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
    match x {
        Input::Values(x) => {
            dgates.weights(saved.h, Some(x), wanted.hh, wanted.ih);
            if let Some(dx) = wanted.input {
                dgates.input(weights.ih, dx);
            }
        }
        Input::Rows { table, index } => {
            dgates.weights(saved.h, None, wanted.hh, None);
            dgates.table(table, index, weights.ih, wanted.ih, wanted.input);
        }
    }
}

impl<T: Scalar> Sums<'_, T> {
    /// The gradients of `weight_hh` and `weight_ih`, from the states before the steps and the input. What was walked through
    /// is laid out once for all gates, and the gates' gradients once for both products, if there are two; but not where
    /// another crate multiplies, which lays out for itself.
    fn weights(&self, h_before: &[T], x: Option<&[T]>, mut dhh: Option<&mut [T]>, dih: Option<&mut [T]>) {
        let Columns { hidden, width, gates, input } = self.columns;
        let rows = self.dims.sequences.rows();
        let x = x.filter(|_| dih.is_some()).map(|x| in_walk_order(self.dims, x));
        // The first of a weight's columns, its right operand, and its gradient.
        let mut products = Vec::new();
        if let Some(dhh) = &mut dhh {
            products.push((0, MatRef::row_major(h_before, rows, hidden), &mut **dhh));
        }
        if let (Some(dih), Some(x)) = (dih, &x) {
            products.push((input, MatRef::row_major(x, rows, self.dims.input), dih));
        }
        if products.is_empty() {
            return;
        }
        if products.len() == 1 || isa::level() == Level::Portable {
            for (begin, right, out) in products {
                let out = MatMut::row_major(out, gates, right.cols());
                gemm(self.columns(begin, gates).t(), right, out, Epilogue::WRITE);
            }
        } else {
            let lay_out =
                products.into_iter().map(|(begin, right, out)| (begin, Packed::rhs(right), right.cols(), out));
            let mut products: Vec<(usize, _, _, _)> = lay_out.collect();
            // A last gate that is apart has its product with the state in the first columns, with the input in the last.
            let runs = [0..input, input..gates, gates..width];
            let most = (MOST_PACKED / rows.max(1)).max(1);
            for (first, end) in runs.into_iter().flat_map(|run| run.clone().step_by(most).map(move |at| (at, run.end)))
            {
                let here = most.min(end - first);
                let left = Packed::lhs(self.columns(first, here).t());
                for (begin, right, n, out) in products.iter_mut().filter(|p| (p.0..p.0 + gates).contains(&first)) {
                    let out = &mut out[(first - *begin) * *n..][..here * *n];
                    gemm(&left, &*right, MatMut::row_major(out, here, *n), Epilogue::WRITE);
                }
            }
        }
        if let Some(dhh) = dhh {
            self.columns.parameter_order(dhh);
        }
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
