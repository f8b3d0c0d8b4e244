//! The types that a tensor can hold.

use std::fmt::{Debug, Display};

use crate::pool::Pool;

mod sealed {
    pub trait Sealed {}
}

/// A type that a tensor can hold: `f32` and `f64` (the [`Scalar`]s), `i64` for indices and labels, `u8` for raw
/// bytes, `bool` for masks. Sealed.
pub trait Element:
    sealed::Sealed + Copy + Send + Sync + Debug + Display + PartialEq + PartialOrd + Default + 'static
{
    /// The type's name as Rust spells it.
    const DTYPE: &'static str;
    /// The type's name in a safetensors header.
    const SAFETENSORS: &'static str;
    /// The type's description in a `.npy` header.
    const NPY: &'static str;
    /// Bytes a value.
    const SIZE: usize = size_of::<Self>();

    #[doc(hidden)]
    fn pool() -> &'static Pool<Self>;
    #[doc(hidden)]
    fn append_le(values: &[Self], out: &mut Vec<u8>);
    #[doc(hidden)]
    fn from_le(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($t:ident, $safetensors:literal, $npy:literal, |$value:ident| $to:expr, |$bytes:ident| $from:expr) => {
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const DTYPE: &'static str = stringify!($t);
            const SAFETENSORS: &'static str = $safetensors;
            const NPY: &'static str = $npy;

            fn pool() -> &'static Pool<Self> {
                static POOL: Pool<$t> = Pool::new();
                &POOL
            }
            fn append_le(values: &[Self], out: &mut Vec<u8>) {
                out.extend(values.iter().flat_map(|&$value| $to));
            }
            fn from_le($bytes: &[u8]) -> Self {
                $from
            }
        }
    };
}
element!(f32, "F32", "<f4", |x| x.to_le_bytes(), |b| f32::from_le_bytes(b.try_into().expect("4 bytes")));
element!(f64, "F64", "<f8", |x| x.to_le_bytes(), |b| f64::from_le_bytes(b.try_into().expect("8 bytes")));
element!(i64, "I64", "<i8", |x| x.to_le_bytes(), |b| i64::from_le_bytes(b.try_into().expect("8 bytes")));
element!(u8, "U8", "|u1", |x| [x], |b| b[0]);
element!(bool, "BOOL", "|b1", |x| [x as u8], |b| b[0] != 0);

/// A floating-point type that tensors hold and kernels compute in: `f32` or `f64`. Sealed.
///
/// Everything above this crate is generic over it, so that a gradient is checked in `f64` on the code that trains in
/// `f32`. Constants and functions (`T::ZERO`, `T::from_f64`, …) come from [`plywood_kernels::Scalar`].
pub trait Scalar: plywood_kernels::Scalar + Element {}
impl Scalar for f32 {}
impl Scalar for f64 {}
