//! Moving values by position: selecting, gathering and scattering, padding, masking, joining, interpolating.
//!
//! Nothing here computes more than a sum; positions are checked once, by the functions that make the dims and maps,
//! and where several values meet in one place they are added in the order of the indices.

mod gather;
mod join;
mod linear;
mod map;
mod mask;
mod remap;
mod select;

pub use gather::{GatherDims, gather, scatter_add};
pub use join::cat;
pub use linear::{LinearAxis, bilinear, bilinear_adjoint};
pub use map::{Padding, nearest_map, pad_map, roll_map};
pub use mask::{Triangle, masked_fill, masked_scatter, masked_select, one_hot, triangle};
pub use remap::{OUTSIDE, Remap};
pub(crate) use select::add_rows;
pub use select::{SelectDims, index_add, index_select};

use crate::Mismatch;

/// Checks that all indices lie within `0..len`.
///
/// # Errors
/// The first one that doesn't.
pub fn check_index(index: &[i64], len: usize) -> Result<(), Mismatch> {
    match index.iter().position(|&i| usize::try_from(i).map_or(true, |i| i >= len)) {
        Some(at) => Err(Mismatch::new(format!("index {at}"), format_args!("within 0..{len}"), index[at])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
