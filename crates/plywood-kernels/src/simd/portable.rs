//! Vectors as plain arrays: what the compiler makes of them with the target's own instructions.

use super::Vector;
use crate::Scalar;

/// `N` numbers.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Array<T, const N: usize>([T; N]);

impl<T: Scalar, const N: usize> Vector<T> for Array<T, N> {
    const LANES: usize = N;
    #[inline(always)]
    unsafe fn splat(x: T) -> Self {
        Self([x; N])
    }
    #[inline(always)]
    unsafe fn load(p: *const T) -> Self {
        // SAFETY: the caller answers for N elements at `p`.
        Self(unsafe { p.cast::<[T; N]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut T) {
        // SAFETY: as for `load`.
        unsafe { p.cast::<[T; N]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const T, n: usize) -> Self {
        // SAFETY: the caller answers for `n` elements at `p`.
        Self(std::array::from_fn(|i| if i < n { unsafe { *p.add(i) } } else { T::ZERO }))
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut T, n: usize) {
        for (i, &x) in self.0.iter().enumerate().take(n) {
            // SAFETY: as for `load_first`.
            unsafe { *p.add(i) = x };
        }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
    }
    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + b.0[i]))
    }
    #[inline(always)]
    unsafe fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - b.0[i]))
    }
    #[inline(always)]
    unsafe fn mul(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * b.0[i]))
    }
    #[inline(always)]
    unsafe fn relu(self) -> Self {
        Self(self.0.map(|x| if x < T::ZERO { T::ZERO } else { x }))
    }
    #[inline(always)]
    unsafe fn sum(self) -> T {
        let mut v = self.0;
        let mut n = N;
        while n > 1 {
            n /= 2;
            for i in 0..n {
                v[i] += v[i + n];
            }
        }
        v[0]
    }
    #[inline(always)]
    unsafe fn transpose(src: *const T, from: usize, dst: *mut T, to: usize) {
        for j in 0..N {
            for i in 0..N {
                // SAFETY: the caller answers for N rows of N elements on both sides.
                unsafe { *dst.add(j * to + i) = *src.add(i * from + j) };
            }
        }
    }
}
