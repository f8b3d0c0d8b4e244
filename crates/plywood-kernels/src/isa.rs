//! The choice of instruction set, made once at run time.
//!
//! A plain `cargo build` compiles for the oldest processor of its target, so every hot loop is compiled several times,
//! once an instruction set, and the best one that the machine has is called. [`dispatch!`](crate::dispatch) writes
//! those copies; the loop itself is ordinary Rust that the compiler vectorises for each of them.
//!
//! The environment variable `PLYWOOD_ISA` (`avx512`, `avx2`, `neon`, `portable`) lowers the choice, for tests and
//! measurements. A set that the machine lacks is never chosen.

use std::cell::Cell;
use std::sync::OnceLock;

use crate::Scalar;
use crate::simd::Vector;

/// An instruction set that kernels are compiled for, in ascending order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What the compilation target guarantees (SSE2 on x86-64), without fused multiply-add.
    Portable,
    /// 128-bit vectors with fused multiply-add, on every 64-bit ARM.
    Neon,
    /// 256-bit vectors with fused multiply-add (Haswell 2013, Zen 2017 and later).
    Avx2,
    /// 512-bit vectors (Skylake-X 2017, Zen 4 2022 and later).
    Avx512,
}

const ALL: [Level; 4] = [Level::Portable, Level::Neon, Level::Avx2, Level::Avx512];

thread_local! {
    /// What [`at_each_level`] asks of this thread.
    static WISH: Cell<Option<Level>> = const { Cell::new(None) };
}

/// The best set of this machine, or a lesser one that `PLYWOOD_ISA` asks for.
#[inline]
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    WISH.get().unwrap_or_else(|| *LEVEL.get_or_init(|| choose(detect(), std::env::var("PLYWOOD_ISA").ok().as_deref())))
}

/// Calls `f` with each of the [`available`] sets chosen in turn, on threads of its own: how a test holds every path to
/// the same values, without a word to the tests beside it.
#[doc(hidden)]
pub fn at_each_level(mut f: impl FnMut(Level) + Send) {
    for level in available() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).start_handler(move |_| WISH.set(Some(level))).build();
        pool.expect("threads for a test").install(|| f(level));
    }
}

/// All sets that this machine can run, the least first: what a test of "every path" goes through.
pub fn available() -> impl Iterator<Item = Level> {
    let best = detect();
    ALL.into_iter().filter(move |&l| l <= best && (l != Level::Neon || cfg!(target_arch = "aarch64")))
}

fn detect() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
        {
            return Level::Avx512;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Level::Avx2;
        }
    }
    if cfg!(target_arch = "aarch64") { Level::Neon } else { Level::Portable }
}

fn choose(best: Level, wish: Option<&str>) -> Level {
    let wish = match wish {
        Some("portable") => Level::Portable,
        Some("neon") => Level::Neon,
        Some("avx2") => Level::Avx2,
        _ => Level::Avx512,
    };
    wish.min(best)
}

/// What a loop body may assume of the set that it is compiled for; zero-sized, so it costs nothing to pass.
pub trait Isa: Copy + Send + Sync + 'static {
    /// Which set this is.
    const LEVEL: Level;
    /// How many accumulators of a matrix product fit in the registers, beside what it multiplies.
    const ACCUMULATORS: usize;
    /// Its vector of `T`.
    type V<T: Scalar>: Vector<T>;
    /// `a * b + c`: fused where the set has it, two roundings where a fused one would be a slow library call.
    fn fma<T: Scalar>(a: T, b: T, c: T) -> T;
}

macro_rules! isa {
    ($(#[$doc:meta])* $name:ident, $accumulators:literal, |$a:ident, $b:ident, $c:ident| $fma:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Isa for $name {
            const LEVEL: Level = Level::$name;
            const ACCUMULATORS: usize = $accumulators;
            type V<T: Scalar> = T::$name;
            #[inline(always)]
            fn fma<T: Scalar>($a: T, $b: T, $c: T) -> T {
                $fma
            }
        }
    };
}
isa!(/** Marks code compiled for [`Level::Portable`]. */ Portable, 12, |a, b, c| a * b + c);
isa!(/** Marks code compiled for [`Level::Neon`]. */ Neon, 24, |a, b, c| a.mul_add(b, c));
isa!(/** Marks code compiled for [`Level::Avx2`]. */ Avx2, 12, |a, b, c| a.mul_add(b, c));
isa!(/** Marks code compiled for [`Level::Avx512`]. */ Avx512, 28, |a, b, c| a.mul_add(b, c));

/// Compiles a function once per instruction set and calls the copy for this machine.
///
/// The first type parameter stands for the set ([`Isa`]); the others are ordinary. What the body calls must be
/// `#[inline(always)]`, or it is compiled for the oldest processor after all.
///
/// ```
/// use plywood_kernels::{Scalar, dispatch, isa::Isa};
///
/// dispatch! {
///     /// `y += a x`.
///     pub fn axpy<I: Isa, T: Scalar>(a: T, x: &[T], y: &mut [T]) {
///         for (y, &x) in y.iter_mut().zip(x) {
///             *y = I::fma(a, x, *y);
///         }
///     }
/// }
///
/// let mut y = [1.0, 2.0];
/// axpy(2.0, &[10.0, 20.0], &mut y);
/// assert_eq!(y, [21.0, 42.0]);
/// ```
#[macro_export]
macro_rules! dispatch {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident<$I:ident: Isa $(, $G:ident: $($bound:path)|+)* $(,)?>(
            $($arg:ident: $ty:ty),* $(,)?
        ) $(-> $ret:ty)? $body:block
    ) => {
        $(#[$meta])*
        #[inline]
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$($G: $($bound +)+),*>($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, clippy::extra_unused_type_parameters)]
            fn body<$I: $crate::isa::Isa $(, $G: $($bound +)+)*>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
            #[allow(clippy::too_many_arguments)]
            fn avx512<$($G: $($bound +)+),*>($($arg: $ty),*) $(-> $ret)? {
                body::<$crate::isa::Avx512 $(, $G)*>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2<$($G: $($bound +)+),*>($($arg: $ty),*) $(-> $ret)? {
                body::<$crate::isa::Avx2 $(, $G)*>($($arg),*)
            }

            match $crate::isa::level() {
                // SAFETY: `level` returns a set only after detecting its features on this machine.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Level::Avx512 => unsafe { avx512::<$($G),*>($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Level::Avx2 => unsafe { avx2::<$($G),*>($($arg),*) },
                #[cfg(target_arch = "aarch64")]
                $crate::isa::Level::Neon => body::<$crate::isa::Neon $(, $G)*>($($arg),*),
                _ => body::<$crate::isa::Portable $(, $G)*>($($arg),*),
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_only_lowers_the_choice() {
        assert_eq!(choose(Level::Avx2, None), Level::Avx2);
        assert_eq!(choose(Level::Avx2, Some("avx512")), Level::Avx2);
        assert_eq!(choose(Level::Avx512, Some("avx2")), Level::Avx2);
        assert_eq!(choose(Level::Avx512, Some("portable")), Level::Portable);
    }

    #[test]
    fn the_chosen_level_is_available() {
        assert!(available().any(|l| l == level()));
    }
}
