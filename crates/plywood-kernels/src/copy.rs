//! Gathering the values of a strided view into row-major order.

use crate::par;

/// Row-major copy of the view of `src` that begins at `offset` and has these extents and strides (of any sign).
///
/// # Panics
/// If the view reaches outside `src`, or `dst` isn't as long as the view.
pub fn strided<T: Copy + Send + Sync>(src: &[T], offset: usize, extents: &[usize], strides: &[isize], dst: &mut [T]) {
    assert_eq!(extents.len(), strides.len());
    assert_eq!(dst.len(), extents.iter().product::<usize>());
    if dst.is_empty() {
        return;
    }
    let (extents, strides) = joined(extents, strides);
    let Some((&width, outer)) = extents.split_last() else {
        dst[0] = src[offset];
        return;
    };
    let (&step, outer_strides) = strides.split_last().expect("as many strides as extents");
    let rows_a_block = par::block_len(width);
    par::chunks_mut(dst, rows_a_block * width, 1, |block, dst| {
        for (i, row) in dst.chunks_exact_mut(width).enumerate() {
            let at = offset.wrapping_add_signed(place(block * rows_a_block + i, outer, outer_strides));
            if step == 1 {
                row.copy_from_slice(&src[at..at + width]);
            } else {
                let mut at = at as isize;
                for x in row {
                    *x = src[at as usize];
                    at += step;
                }
            }
        }
    });
}

/// Extents and strides with neighbouring dimensions drawn together where they lie evenly, and those of extent 1 left out.
fn joined(extents: &[usize], strides: &[isize]) -> (Vec<usize>, Vec<isize>) {
    let (mut e, mut s): (Vec<usize>, Vec<isize>) = (Vec::new(), Vec::new());
    for (&extent, &stride) in extents.iter().zip(strides).filter(|&(&extent, _)| extent != 1) {
        match (e.last_mut(), s.last_mut()) {
            (Some(outer), Some(outer_stride)) if *outer_stride == stride * extent as isize => {
                *outer *= extent;
                *outer_stride = stride;
            }
            _ => {
                e.push(extent);
                s.push(stride);
            }
        }
    }
    (e, s)
}

/// Where the row with this number begins, relative to the first.
fn place(mut row: usize, extents: &[usize], strides: &[isize]) -> isize {
    let mut at = 0;
    for (&extent, &stride) in extents.iter().zip(strides).rev() {
        at += (row % extent) as isize * stride;
        row /= extent;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_in_row_major_order() {
        let src: Vec<i32> = (0..24).collect();
        let mut out = [0; 6];
        strided(&src, 23, &[2, 3], &[-12, -4], &mut out);
        assert_eq!(out, [23, 19, 15, 11, 7, 3]);
        let mut one = [0];
        strided(&src, 5, &[], &[], &mut one);
        assert_eq!(one, [5]);
        strided(&src, 24, &[0, 3], &[3, 1], &mut []);
        let mut rows = [0; 8];
        strided(&src, 2, &[2, 2, 2], &[12, 2, 1], &mut rows);
        assert_eq!(rows, [2, 3, 4, 5, 14, 15, 16, 17]);
    }
}
