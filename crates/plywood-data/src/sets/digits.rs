//! The UCI optical digits, embedded.

use std::path::Path;

use plywood_tensor::Shape;

use crate::formats::{Idx, gzip};
use crate::images::Images;

/// 1,797 handwritten digits of 8×8 pixels, ready without a download: inputs `[1, 8, 8]` from 0 to 1 (the set's 0 to 16),
/// classes 0 to 9.
///
/// Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository
/// (1998), <https://doi.org/10.24432/C50P49>, its test part; licence CC BY 4.0. Same values and order as
/// scikit-learn's `load_digits`.
///
/// ```
/// use plywood_data::{Dataset, digits};
///
/// let digits = digits();
/// assert_eq!(digits.len(), 1797);
/// let (train, test) = plywood_data::split::stratified(&digits, 0.2, 0)?;
/// assert_eq!((train.len(), test.len()), (1438, 359));
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub fn digits() -> Images {
    let pixels = embedded(include_bytes!("../../data/digits-images-idx3-ubyte.gz"), "digits' images");
    let labels = embedded(include_bytes!("../../data/digits-labels-idx1-ubyte.gz"), "digits' labels");
    let read = || {
        let pixels = pixels.into_u8()?;
        let [n, height, width] = pixels.dims("digits", "[n, height, width]")?;
        let pixels = pixels.reshape(Shape::from([n, 1, height, width]))?;
        Images::new(pixels, labels.to_i64()?, (0..10).map(|digit| digit.to_string()))
    };
    read().expect("embedded data is right").white(16)
}

/// The contents of a file that is part of the crate.
pub(super) fn embedded(bytes: &'static [u8], name: &str) -> Idx {
    Idx::decode(&mut gzip::unpack(bytes), None, Path::new(name)).expect("embedded data is right")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Labelled};

    #[test]
    fn digits_are_those_of_the_repository() {
        let digits = digits();
        assert_eq!(digits.pixels().shape(), &[1797, 1, 8, 8]);
        let first = digits.get(0).unwrap();
        assert_eq!(first.target, 0);
        assert_eq!(first.input.to_vec()[..8], [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0].map(|p: f32| p / 16.0));
        let count = |class| digits.labels().iter().filter(|&&label| label == class).count();
        assert_eq!((0..10).map(count).collect::<Vec<_>>(), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        // The sum that scikit-learn's `load_digits().data.sum()` gives.
        assert_eq!(digits.pixels().values().iter().map(|&p| p as u64).sum::<u64>(), 561718);
    }
}
