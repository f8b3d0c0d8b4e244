//! Splits that never look into the future.

use super::Parts;
use crate::{Dataset, Error, Result, Subset};

/// `k` splits of a set in order of time: each tests on the stretch that follows all that it trains on, with the `gap`
/// samples between them left out.
///
/// The set is cut into `k + 1` stretches of equal length (what remains joins the first); split `i` trains on the first
/// `i + 1` and tests on the next, as scikit-learn's `TimeSeriesSplit` does.
///
/// ```
/// use plywood_data::{Samples, split};
/// let splits = split::time_series(Samples::from([10, 11, 12, 13, 14, 15, 16]), 2, 1)?;
/// assert_eq!((splits[0].0.indices(), splits[0].1.indices()), (&[0, 1][..], &[3, 4][..]));
/// assert_eq!((splits[1].0.indices(), splits[1].1.indices()), (&[0, 1, 2, 3][..], &[5, 6][..]));
/// # Ok::<(), plywood_data::Error>(())
/// ```
///
/// # Errors
/// If `k` is 0, or the set is too short for a sample in each part.
pub fn time_series<D: Dataset + Clone>(dataset: D, k: usize, gap: usize) -> Result<Vec<Parts<D>>> {
    let n = dataset.len();
    let stretch = n / (k + 1);
    if k == 0 || stretch == 0 {
        return Err(Error::value("time series split", "splits", format!("1 to one less than the {n} samples"), k));
    }
    let first = n - k * stretch;
    if gap >= first {
        let expected = format!("less than the {first} samples of the first training part");
        return Err(Error::value("time series split", "gap", expected, gap));
    }
    let split = |i: usize| {
        let test = first + i * stretch;
        (Subset::range(dataset.clone(), 0..test - gap), Subset::range(dataset.clone(), test..test + stretch))
    };
    Ok((0..k).map(split).collect())
}

/// Cuts a set in order of time: all but the last `fraction`, and the rest.
///
/// # Errors
/// If `fraction` is not between 0 and 1, or either part would be empty.
pub fn last<D: Dataset + Clone>(dataset: D, fraction: f64) -> Result<Parts<D>> {
    let n = dataset.len();
    let cut = n - super::fraction::size(n, fraction)?;
    Ok((Subset::range(dataset.clone(), 0..cut), Subset::range(dataset, cut..n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;

    #[test]
    fn training_always_comes_before_testing() {
        for (n, k, gap) in [(10, 3, 0), (11, 3, 1), (7, 6, 0), (100, 5, 9)] {
            let splits = time_series((0..n).collect::<Samples<usize>>(), k, gap).unwrap();
            assert_eq!(splits.len(), k);
            for (train, test) in &splits {
                assert_eq!(train.indices().last().unwrap() + 1 + gap, test.indices()[0]);
                assert_eq!(test.len(), n / (k + 1));
            }
            assert_eq!(*splits.last().unwrap().1.indices().last().unwrap(), n - 1);
        }
        let (early, late) = last((0..10).collect::<Samples<i64>>(), 0.3).unwrap();
        assert_eq!((early.len(), late.indices()), (7, &[7, 8, 9][..]));
    }

    #[test]
    fn too_short_a_series_is_an_error() {
        assert!(
            time_series(Samples::from([1, 2, 3]), 3, 0).is_err()
                && time_series(Samples::from([1, 2, 3]), 0, 0).is_err()
        );
        assert!(time_series(Samples::from([1, 2, 3, 4]), 1, 2).err().unwrap().to_string().contains("gap"));
        assert!(last(Samples::from([1]), 0.5).is_err() && last(Samples::from([1, 2]), f64::NAN).is_err());
    }
}
