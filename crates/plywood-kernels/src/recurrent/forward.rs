//! The walk through time.

use super::order::each_row;
use super::parameters::{Columns, put_back};
use super::sequences::{After, Block, by_block};
use super::{Cell, Input, Output, RecurrentDims, Saved, State, Weights};
use crate::gemm::{Epilogue, MatMut, MatRef, Packed, gemm};
use crate::{Scalar, par};

/// One layer in one direction, from the input `x` and the initial state to [`Output`]; fills [`Saved`] for
/// [`backward`](super::backward).
///
/// # Panics
/// If the length of a slice doesn't fit `dims`.
pub fn forward<T: Scalar, C: Cell>(
    cell: C,
    dims: &RecurrentDims,
    x: Input<'_, T>,
    weights: Weights<'_, T>,
    initial: State<'_, T>,
    output: Output<'_, T>,
    saved: Saved<'_, T>,
) {
    let columns = Columns::of::<C>(dims);
    weights.check(&columns, dims);
    x.check(dims);
    assert_eq!(saved.gates.len(), dims.gates_len::<C>(), "length of the saved gates");
    let bias = columns.bias(&weights);
    x.project(dims, columns, &weights, &bias, saved.gates);

    let hh = columns.state_order(weights.hh);
    let hh = Packed::rhs(MatRef::row_major(&hh, columns.gates, columns.hidden).t());
    let mut walkers = walkers::<T, C>(dims, columns, initial, saved.gates, &mut *saved.h, saved.c);
    par::chunks_mut(&mut walkers, 1, dims.cost(columns.gates), |_, w| w[0].walk(cell, columns, &hh, &bias));

    for w in &walkers {
        put_back(&w.h, &w.block.members, columns.hidden, output.h_n);
        if C::HAS_C {
            put_back(&w.c, &w.block.members, columns.hidden, output.c_n);
        }
    }
    drop(walkers);
    write_output(dims, saved.h, output.h_n, output.y);
}

/// A block on its way through time.
struct Walker<'a, T> {
    block: &'a Block,
    gates: &'a mut [T],
    h_before: &'a mut [T],
    c_before: &'a mut [T],
    h: Vec<T>,
    c: Vec<T>,
}

fn walkers<'a, T: Scalar, C: Cell>(
    dims: &'a RecurrentDims,
    columns: Columns,
    initial: State<'_, T>,
    gates: &'a mut [T],
    h_before: &'a mut [T],
    c_before: &'a mut [T],
) -> Vec<Walker<'a, T>> {
    let Columns { hidden, width, .. } = columns;
    let blocks = dims.sequences.blocks();
    let c_width = if C::HAS_C { hidden } else { 0 };
    let before = by_block(blocks, h_before, hidden).zip(by_block(blocks, c_before, c_width));
    blocks
        .iter()
        .zip(by_block(blocks, gates, width))
        .zip(before)
        .map(|((block, gates), (h_before, c_before))| {
            let h = State::of(initial.h, &block.members, hidden);
            let c = if C::HAS_C { State::of(initial.c, &block.members, hidden) } else { Vec::new() };
            Walker { block, gates, h_before, c_before, h, c }
        })
        .collect()
}

impl<T: Scalar> Walker<'_, T> {
    fn walk<C: Cell>(&mut self, cell: C, columns: Columns, hh: &Packed<T>, bias: &[T]) {
        let Columns { hidden, width, gates, input } = columns;
        let (mut gates_ahead, mut h_ahead, mut c_ahead) = (&mut *self.gates, &mut *self.h_before, &mut *self.c_before);
        for &active in &self.block.active {
            let h = &mut self.h[..active * hidden];
            let sums = take(&mut gates_ahead, active * width);
            let h_before = take(&mut h_ahead, active * hidden);
            let c_before = take(&mut c_ahead, if C::HAS_C { active * hidden } else { 0 });
            h_before.copy_from_slice(h);
            sums.chunks_exact_mut(width).for_each(|row| row[..input].copy_from_slice(&bias[..input]));
            gemm(
                MatRef::row_major(h_before, active, hidden),
                hh,
                MatMut::strided(sums, active, gates, width),
                Epilogue::ADD,
            );
            cell.advance(hidden, sums, h, &mut self.c, c_before);
        }
    }
}

/// Cuts the first `n` values off.
fn take<'a, T>(rest: &mut &'a mut [T], n: usize) -> &'a mut [T] {
    let (head, tail) = std::mem::take(rest).split_at_mut(n);
    *rest = tail;
    head
}

/// The state after each step is the one before the next step, or the final one.
fn write_output<T: Scalar>(dims: &RecurrentDims, h_before: &[T], h_n: &[T], y: &mut [T]) {
    let (hidden, sequences) = (dims.hidden, &dims.sequences);
    assert_eq!(y.len(), dims.output_len(), "length of the output");
    each_row(y, hidden, |i, y| match sequences.after(i) {
        After::Padding => y.fill(T::ZERO),
        After::Before(row) => y.copy_from_slice(&h_before[row * hidden..][..hidden]),
        After::End(member) => y.copy_from_slice(&h_n[member * hidden..][..hidden]),
    });
}
