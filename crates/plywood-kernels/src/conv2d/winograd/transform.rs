//! The five small matrices of the algorithm, applied to vectors: each lane is a patch, a filter or a tile of its own.
//!
//! Interpolation at 0, ±P, ±Q and ∞ (Lavin and Gray 2016, section 4.1; Cook–Toom). Points of opposite sign share their
//! even and odd parts, so a transform is a dozen multiply-adds. The scale of a point, the derivative there of the
//! polynomial that vanishes at all of them, is applied where it costs least: to the filter, or to its gradient.

use crate::Scalar;
use crate::simd::Vector;

/// The finite points beside 0, and their squares. These give half the error of the customary 1 and 2 (Alam, Anderson,
/// Barabasz and Gregg 2022, "Winograd Convolution for Deep Neural Networks: Efficient Point Selection", look for such
/// pairs), and every number of [`Data`] is exact in `f32`.
const P: f64 = 0.625;
const Q: f64 = 1.5;
const PP: f64 = P * P;
const QQ: f64 = Q * Q;

/// One over the scale of ±P, ±Q and 0.
const OF_P: f64 = 1.0 / (2.0 * PP * (PP - QQ));
const OF_Q: f64 = 1.0 / (2.0 * QQ * (QQ - PP));
const OF_ZERO: f64 = 1.0 / (PP * QQ);

/// Points, and so the side of a transformed tile.
pub(super) const SIDE: usize = 6;

/// A matrix that is applied to the columns and to the rows of a square.
pub(super) trait Map {
    /// Side of the square before and after; both are at most [`SIDE`].
    const IN: usize;
    const OUT: usize;
    /// One column or row; of the arrays the first [`Self::IN`] and [`Self::OUT`] count.
    ///
    /// # Safety
    /// For use within `dispatch!`, as all of [`Vector`].
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE];
}

/// The numbers of a row of a matrix as vectors.
macro_rules! splat {
    ($($x:expr),+) => { [$(V::splat(T::from_f64($x))),+] };
}

/// Bᵀ: of a patch of the image.
pub(super) struct Data;

impl Map for Data {
    const IN: usize = SIDE;
    const OUT: usize = SIDE;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise, here and below.
        unsafe {
            let [p, q, less_p, less_q] = splat![P, Q, -P, -Q];
            let [less_pp, less_qq, less_both, product] = splat![-PP, -QQ, -(PP + QQ), PP * QQ];
            let (even_p, odd_p) = (x[2].mul_add(less_qq, x[4]), x[1].mul_add(less_qq, x[3]));
            let (even_q, odd_q) = (x[2].mul_add(less_pp, x[4]), x[1].mul_add(less_pp, x[3]));
            [
                x[0].mul_add(product, x[2].mul_add(less_both, x[4])),
                odd_p.mul_add(p, even_p),
                odd_p.mul_add(less_p, even_p),
                odd_q.mul_add(q, even_q),
                odd_q.mul_add(less_q, even_q),
                x[1].mul_add(product, x[3].mul_add(less_both, x[5])),
            ]
        }
    }
}

/// G, scaled: of a filter.
pub(super) struct Filter;

impl Map for Filter {
    const IN: usize = 3;
    const OUT: usize = SIDE;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let [zero, p0, p1, p2] = splat![OF_ZERO, OF_P, P * OF_P, PP * OF_P];
            let [q0, q1, q2] = splat![OF_Q, Q * OF_Q, QQ * OF_Q];
            let (even_p, odd_p) = (x[2].mul_add(p2, x[0].mul(p0)), x[1].mul(p1));
            let (even_q, odd_q) = (x[2].mul_add(q2, x[0].mul(q0)), x[1].mul(q1));
            [x[0].mul(zero), even_p.add(odd_p), even_p.sub(odd_p), even_q.add(odd_q), even_q.sub(odd_q), x[2]]
        }
    }
}

/// Aᵀ: to a tile of outputs.
pub(super) struct Output;

impl Map for Output {
    const IN: usize = SIDE;
    const OUT: usize = 4;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let [p, q, pp, qq, ppp, qqq] = splat![P, Q, PP, QQ, P * PP, Q * QQ];
            let (even_p, odd_p, even_q, odd_q) = (x[1].add(x[2]), x[1].sub(x[2]), x[3].add(x[4]), x[3].sub(x[4]));
            [
                x[0].add(even_p).add(even_q),
                odd_p.mul_add(p, odd_q.mul(q)),
                even_p.mul_add(pp, even_q.mul(qq)),
                odd_p.mul_add(ppp, odd_q.mul_add(qqq, x[5])),
                x[0],
                x[0],
            ]
        }
    }
}

/// G for four taps, unscaled: of a tile of the output's gradient.
pub(super) struct Gradient;

impl Map for Gradient {
    const IN: usize = 4;
    const OUT: usize = SIDE;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let [p, q, pp, qq, ppp, qqq] = splat![P, Q, PP, QQ, P * PP, Q * QQ];
            let (even_p, odd_p) = (x[2].mul_add(pp, x[0]), x[3].mul_add(ppp, x[1].mul(p)));
            let (even_q, odd_q) = (x[2].mul_add(qq, x[0]), x[3].mul_add(qqq, x[1].mul(q)));
            [x[0], even_p.add(odd_p), even_p.sub(odd_p), even_q.add(odd_q), even_q.sub(odd_q), x[3]]
        }
    }
}

/// Aᵀ for three outputs, scaled: to the gradient of a filter.
pub(super) struct Taps;

impl Map for Taps {
    const IN: usize = SIDE;
    const OUT: usize = 3;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let [zero, p0, p1, p2] = splat![OF_ZERO, OF_P, P * OF_P, PP * OF_P];
            let [q0, q1, q2] = splat![OF_Q, Q * OF_Q, QQ * OF_Q];
            let (even_p, odd_p, even_q, odd_q) = (x[1].add(x[2]), x[1].sub(x[2]), x[3].add(x[4]), x[3].sub(x[4]));
            [
                x[0].mul_add(zero, even_p.mul_add(p0, even_q.mul(q0))),
                odd_p.mul_add(p1, odd_q.mul(q1)),
                even_p.mul_add(p2, even_q.mul_add(q2, x[5])),
                x[0],
                x[0],
                x[0],
            ]
        }
    }
}

/// Applies a map to squares of vectors: element `(i, j)` is read at `src + i * row + j * column`, and of the result
/// written at `dst + (i * OUT + j) * step`.
///
/// # Safety
/// Both are good for these vectors; for use within `dispatch!`.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
pub(super) unsafe fn square<M: Map, V: Vector<T>, T: Scalar>(
    src: *const T,
    row: usize,
    column: usize,
    dst: *mut T,
    step: usize,
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let zero = V::splat(T::ZERO);
        let mut half = [[zero; SIDE]; SIDE];
        for i in 0..M::IN {
            let mut x = [zero; SIDE];
            for j in 0..M::IN {
                x[j] = V::load(src.add(i * row + j * column));
            }
            half[i] = M::apply::<V, T>(x);
        }
        columns::<M, V, T>(&half, dst, step);
    }
}

/// Applies a map to the columns of a square whose rows have been seen to; element `(i, j)` of the result goes to
/// `dst + (i * OUT + j) * step`.
///
/// # Safety
/// As [`square`].
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
pub(super) unsafe fn columns<M: Map, V: Vector<T>, T: Scalar>(half: &[[V; SIDE]; SIDE], dst: *mut T, step: usize) {
    // SAFETY: by the caller's promise.
    unsafe {
        let zero = V::splat(T::ZERO);
        for j in 0..M::OUT {
            let mut x = [zero; SIDE];
            for i in 0..M::IN {
                x[i] = half[i][j];
            }
            let out = M::apply::<V, T>(x);
            for i in 0..M::OUT {
                out[i].store(dst.add((i * M::OUT + j) * step));
            }
        }
    }
}
