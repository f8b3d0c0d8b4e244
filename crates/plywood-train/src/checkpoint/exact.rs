//! Floating-point numbers in JSON that come back to the last bit.

use serde_json::{Value, json};

/// JSON knows neither NaN nor infinities, and its parsers may round; the shortest text that Rust reads back exactly
/// is safe.
pub(crate) fn float(value: f64) -> Value {
    json!(format!("{value:?}"))
}

/// The number behind [`float`].
pub(crate) fn parse_float(value: &Value) -> Option<f64> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_comes_back() {
        for value in [0.1, -0.0, 1.0 / 3.0, f64::MIN_POSITIVE / 3.0, f64::MAX, f64::INFINITY, 5e-324] {
            assert_eq!(parse_float(&float(value)).unwrap().to_bits(), value.to_bits());
        }
        assert!(parse_float(&float(f64::NAN)).unwrap().is_nan());
        assert_eq!(parse_float(&json!("tea")), None);
    }
}
