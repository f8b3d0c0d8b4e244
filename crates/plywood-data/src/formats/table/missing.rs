//! Values that are missing from a file, and what stands for them.

/// What to do where a value is missing: an empty field, `?`, `NA`, `N/A`, `NaN` or `null`, in any case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// An error that names row and column.
    Refuse,
    /// Leave the row out.
    DropRow,
    /// The column's mean; of categories, the most frequent one.
    Mean,
    /// The column's median; of categories, the most frequent one.
    Median,
    /// This number; of categories, one of its own, named `missing`.
    Fill(f64),
}

/// Whether a field holds no value.
pub(super) fn is_missing(field: &str) -> bool {
    ["", "?", "na", "n/a", "nan", "null"].iter().any(|mark| field.eq_ignore_ascii_case(mark))
}

/// What stands for a missing number.
pub(super) fn fill(missing: Missing, mut present: Vec<f64>) -> f64 {
    let n = present.len();
    match missing {
        Missing::Fill(value) => value,
        Missing::Median if n > 0 => {
            present.sort_by(f64::total_cmp);
            (present[(n - 1) / 2] + present[n / 2]) / 2.0
        }
        _ => present.iter().sum::<f64>() / n as f64,
    }
}

/// What stands for a missing category.
pub(super) fn common(missing: Missing, fields: &[(u64, &str)]) -> String {
    if let Missing::Fill(_) = missing {
        return "missing".into();
    }
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    fields.iter().filter(|(_, field)| !is_missing(field)).for_each(|(_, field)| *counts.entry(field).or_default() += 1);
    // The first of the most frequent in alphabetical order.
    let most = counts.values().max().copied().unwrap_or(0);
    counts.into_iter().find(|(_, n)| *n == most).map_or("missing".into(), |(name, _)| name.to_string())
}
