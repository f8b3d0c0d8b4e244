//! Streams of random numbers that are fixed by what they are for: a seed, an epoch, a sample.

use plywood_tensor::Stream;

/// The stream of a seed and further keys.
pub(crate) fn stream(keys: &[u64]) -> Stream {
    let (seed, rest) = keys.split_first().expect("a seed");
    rest.iter().fold(Stream::new(*seed), |stream, &key| stream.fork(key))
}

/// The numbers less than `n` in an order fixed by `keys`.
pub(crate) fn permutation(n: usize, keys: &[u64]) -> Vec<usize> {
    stream(keys).permutation(n)
}

/// The randomness of one sample in one epoch, whatever batch it lands in and whichever thread makes it: for transforms
/// in [`DataLoader::map`](crate::DataLoader::map).
pub fn sample_stream(seed: u64, epoch: u64, index: usize) -> Stream {
    stream(&[seed, epoch, index as u64])
}
