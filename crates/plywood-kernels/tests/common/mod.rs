//! What the tests of products and convolutions share.

use plywood_kernels::Scalar;
use plywood_kernels::isa::{self, Level};

/// Runs `f` once for each instruction set that this machine has, and says which it lacks.
pub fn for_each_level(f: impl Fn() + Send + Sync) {
    isa::at_each_level(|_| f());
    if cfg!(target_arch = "x86_64") && isa::available().all(|l| l < Level::Avx512) {
        eprintln!("not run: {:?}, which this machine lacks", Level::Avx512);
    }
}

/// `f`'s result on 1, 2, 3 and 8 threads, which must be one and the same.
pub fn same_on_any_threads<T: PartialEq + Send>(f: impl Fn() -> T + Sync) -> T {
    let on = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(&f);
    let first = on(1);
    for n in [2, 3, 8] {
        assert!(on(n) == first, "{n} threads give another result than one");
    }
    first
}

/// Small integers, whose products and sums are exact in either type: tests on them need no tolerance.
pub fn integers<T: Scalar>(len: usize, seed: u64) -> Vec<T> {
    random(len, seed).into_iter().map(|x| T::from_f64((x * 7.0 - 3.5).round())).collect()
}

/// Numbers in `-0.5..0.5`.
pub fn fractions<T: Scalar>(len: usize, seed: u64) -> Vec<T> {
    random(len, seed).into_iter().map(|x| T::from_f64(x - 0.5)).collect()
}

/// Numbers in `0..1` (Steele, Lea and Flood's SplitMix64).
fn random(len: usize, seed: u64) -> Vec<f64> {
    (1..=len as u64)
        .map(|i| {
            let mut z = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        })
        .collect()
}
