//! The error function.

use crate::Scalar;
use crate::isa::Isa;

/// erf(x) = 2/√π ∫₀ˣ e^(-t²) dt.
///
/// A polynomial near 0 and the complement further out; both are computed and one is selected.
#[inline(always)]
pub fn erf<I: Isa, T: Scalar>(x: T) -> T {
    let t = x.abs();
    let near = I::fma(t, T::erf_small::<I>(t * t), t);
    let capped = if t > T::ERF_MAX { T::ERF_MAX } else { t };
    let far = T::ONE - T::erfc_large::<I>(capped);
    (if t < T::ERF_SPLIT { near } else { far }).with_sign(x)
}
