//! The small matrices of the algorithm, applied to vectors: each lane is a patch, a filter or a tile of its own.
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

/// The coefficients' values at the points, those of a polynomial with `N` of them: a filter scaled, or a tile of the output's
/// gradient.
pub(super) struct Evaluate<const N: usize, const SCALED: bool>;

/// G, scaled: of a filter.
pub(super) type Filter<const TAPS: usize> = Evaluate<TAPS, true>;

/// G without the scale: of a tile of the output's gradient.
pub(super) type Gradient<const STEP: usize> = Evaluate<STEP, false>;

impl<const N: usize, const SCALED: bool> Map for Evaluate<N, SCALED> {
    const IN: usize = N;
    const OUT: usize = SIDE;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let zero = if SCALED { x[0].mul(V::splat(T::from_f64(OF_ZERO))) } else { x[0] };
            // The even and the odd powers of ±P, and of ±Q.
            let mut parts = [[x[0]; 2]; 2];
            for (parts, (point, scale)) in parts.iter_mut().zip([(P, OF_P), (Q, OF_Q)]) {
                let mut power = if SCALED { scale } else { 1.0 };
                for k in 0..N {
                    let by = V::splat(T::from_f64(power));
                    parts[k % 2] = match k {
                        0 if !SCALED => x[0],
                        0 | 1 => x[k].mul(by),
                        _ => x[k].mul_add(by, parts[k % 2]),
                    };
                    power *= point;
                }
            }
            let [[even_p, odd_p], [even_q, odd_q]] = parts;
            [zero, even_p.add(odd_p), even_p.sub(odd_p), even_q.add(odd_q), even_q.sub(odd_q), x[N - 1]]
        }
    }
}

/// The transpose of [`Evaluate`]: from values at the points to `N` outputs, or scaled to the taps of a filter's gradient.
pub(super) struct Gather<const N: usize, const SCALED: bool>;

/// Aᵀ: to a tile of outputs.
pub(super) type Output<const STEP: usize> = Gather<STEP, false>;

/// Aᵀ, scaled: to the gradient of a filter.
pub(super) type Taps<const TAPS: usize> = Gather<TAPS, true>;

impl<const N: usize, const SCALED: bool> Map for Gather<N, SCALED> {
    const IN: usize = SIDE;
    const OUT: usize = N;
    #[inline(always)]
    unsafe fn apply<V: Vector<T>, T: Scalar>(x: [V; SIDE]) -> [V; SIDE] {
        // SAFETY: by the caller's promise.
        unsafe {
            let (p, q) = ([x[1].add(x[2]), x[1].sub(x[2])], [x[3].add(x[4]), x[3].sub(x[4])]);
            let mut out = [x[0]; SIDE];
            let (mut of_p, mut of_q) = if SCALED { (OF_P, OF_Q) } else { (1.0, 1.0) };
            for k in 0..N {
                let [by_p, by_q] = splat![of_p, of_q];
                let (p, q) = (p[k % 2], q[k % 2]);
                out[k] = match k {
                    0 if !SCALED => x[0].add(p).add(q),
                    0 => x[0].mul_add(V::splat(T::from_f64(OF_ZERO)), p.mul_add(by_p, q.mul(by_q))),
                    _ if k == N - 1 => p.mul_add(by_p, q.mul_add(by_q, x[5])),
                    _ => p.mul_add(by_p, q.mul(by_q)),
                };
                (of_p, of_q) = (of_p * P, of_q * Q);
            }
            out
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
