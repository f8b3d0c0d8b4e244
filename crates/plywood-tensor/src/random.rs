//! Seeded randomness that is the same on every platform and in every version.

use rand::rand_core::{Rng, SeedableRng};
use rand::rngs::ChaCha8Rng;

use crate::{Element, Error, Result, Scalar, Shape, Tensor};

/// A stream of random numbers, fixed by its seed.
///
/// The generator is ChaCha with 8 rounds; how numbers are made from its bits is spelled out here, with arithmetic that
/// rounds alike everywhere, so that a seed gives the same network on every machine. The state is small and can be
/// saved, so that a run resumes where it stopped.
///
/// ```
/// use plywood_tensor::Stream;
/// let mut random = Stream::new(7);
/// let state = random.state();
/// let x = random.normal::<f32>([2, 3], 0.0, 1.0);
/// assert!(Stream::restore(state).normal::<f32>([2, 3], 0.0, 1.0).equals(&x));
/// ```
#[derive(Debug)]
pub struct Stream {
    seed: u64,
    generator: ChaCha8Rng,
}

/// Where a [`Stream`] stands: three numbers to save and restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamState {
    /// The seed.
    pub seed: u64,
    /// Which of the seed's streams, see [`Stream::fork`].
    pub stream: u64,
    /// How many 32-bit words have been used.
    pub position: u128,
}

impl Stream {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self::restore(StreamState { seed, stream: 0, position: 0 })
    }

    /// A stream that stands where `state` says.
    pub fn restore(state: StreamState) -> Self {
        let mut bytes = [0; 32];
        for (i, chunk) in bytes.chunks_exact_mut(8).enumerate() {
            chunk.copy_from_slice(&mix(state.seed.wrapping_add(i as u64)).to_le_bytes());
        }
        let mut generator = ChaCha8Rng::from_seed(bytes);
        generator.set_stream(state.stream);
        generator.set_word_pos(state.position);
        Self { seed: state.seed, generator }
    }

    /// Where the stream stands.
    pub fn state(&self) -> StreamState {
        StreamState { seed: self.seed, stream: self.generator.get_stream(), position: self.generator.get_word_pos() }
    }

    /// Another stream of the same seed, fixed by `key` alone and not by how much of this one has been used: the
    /// randomness of one sample, one worker, one epoch.
    pub fn fork(&self, key: u64) -> Self {
        let stream = mix(self.generator.get_stream() ^ mix(key));
        Self::restore(StreamState { seed: self.seed, stream, position: 0 })
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number at least 0 and less than 1, one of 2⁵³ evenly spaced ones.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number less than `n`, each as likely; 0 for an `n` of 0.
    pub fn below(&mut self, n: usize) -> usize {
        // Lemire's method (2019): the product's upper half, rejecting what would favour some numbers.
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= n.wrapping_neg() % n {
                return (product >> 64) as usize;
            }
        }
    }

    /// Whether an event of probability `p` happens.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One number of the normal distribution with mean 0 and deviation 1.
    pub fn gaussian(&mut self) -> f64 {
        self.gaussian_pair().0
    }

    /// Two independent numbers of the normal distribution (Box and Muller 1958).
    fn gaussian_pair(&mut self) -> (f64, f64) {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * self.unit());
        (radius * cos, radius * sin)
    }

    /// The numbers 0 to `n - 1` in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<X>(&mut self, items: &mut [X]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A tensor of numbers at least `low` and less than `high`, evenly distributed.
    pub fn uniform<T: Scalar>(&mut self, shape: impl Into<Shape>, low: f64, high: f64) -> Tensor<T> {
        Tensor::from_fn(shape, |_| T::from_f64(low + (high - low) * self.unit()))
    }

    /// A tensor of normally distributed numbers.
    pub fn normal<T: Scalar>(&mut self, shape: impl Into<Shape>, mean: f64, deviation: f64) -> Tensor<T> {
        Tensor::build(shape, |out| {
            for pair in out.chunks_mut(2) {
                let (a, b) = self.gaussian_pair();
                for (x, z) in pair.iter_mut().zip([a, b]) {
                    *x = T::from_f64(mean + deviation * z);
                }
            }
        })
    }

    /// A tensor of whole numbers at least `low` and less than `high`.
    ///
    /// # Errors
    /// If there is no such number.
    pub fn integers(&mut self, shape: impl Into<Shape>, low: i64, high: i64) -> Result<Tensor<i64>> {
        if low >= high {
            return Err(Error::value("integers", "bounds", "low less than high", format!("{low} and {high}")));
        }
        let width = high.abs_diff(low) as usize;
        Ok(Tensor::from_fn(shape, |_| low.wrapping_add_unsigned(self.below(width) as u64)))
    }

    /// A choice of `n` values of a slice, with replacement.
    pub fn sample<T: Element>(&mut self, from: &[T], n: usize) -> Vec<T> {
        if from.is_empty() { Vec::new() } else { (0..n).map(|_| from[self.below(from.len())]).collect() }
    }
}

impl Clone for Stream {
    /// A stream that goes on with the same numbers.
    fn clone(&self) -> Self {
        Self::restore(self.state())
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): spreads a small number over 64 bits.
fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_forever() {
        let mut random = Stream::new(42);
        let bits: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(bits, GOLDEN_BITS);
        assert_eq!(Stream::new(42).normal::<f64>([2], 0.0, 1.0).to_vec(), GOLDEN_NORMAL);
    }

    // Recorded once; a change here changes every seeded result of every user.
    const GOLDEN_BITS: [u64; 3] = [9707917427692732577, 18316829626669263572, 4970092530219893574];
    const GOLDEN_NORMAL: [f64; 2] = [1.2211879346897714, -0.05407340197543261];

    #[test]
    fn moments_are_right() {
        let mut random = Stream::new(1);
        let x = random.normal::<f64>([200_000], 3.0, 2.0);
        let variance = x.map(|v| (v - 3.0) * (v - 3.0)).mean();
        assert!((x.mean() - 3.0).abs() < 0.02 && (variance - 4.0).abs() < 0.05, "{} {variance}", x.mean());
        let u = random.uniform::<f32>([100_000], -1.0, 3.0);
        assert!((u.mean() - 1.0).abs() < 0.02 && u.to_vec().iter().all(|v| (-1.0..3.0).contains(v)));
    }

    #[test]
    fn forks_do_not_depend_on_use() {
        let mut a = Stream::new(5);
        let before = a.fork(3).bits();
        a.bits();
        assert_eq!(a.fork(3).bits(), before);
        assert_ne!(a.fork(4).bits(), before);
        assert_ne!(a.fork(3).fork(3).bits(), before);
    }

    #[test]
    fn a_permutation_has_everything_once() {
        let mut order = Stream::new(0).permutation(1000);
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..1000));
        assert!(Stream::new(0).integers([1], 3, 3).is_err());
    }
}
