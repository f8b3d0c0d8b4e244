//! Numbers as people write them.

/// A tick label with as many decimals as the step between ticks needs.
pub(super) fn tick(value: f64, step: f64) -> String {
    let size = value.abs().max(step);
    if size >= 1e6 || (step < 1e-3 && size < 1e-2) {
        return scientific(value);
    }
    let decimals = (0..=6).find(|&d| (step * 10f64.powi(d) - (step * 10f64.powi(d)).round()).abs() < 1e-6).unwrap_or(6);
    sign(format!("{:.*}", decimals as usize, if value == 0.0 { 0.0 } else { value }))
}

/// A value in four significant digits, without trailing zeros.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || (size != 0.0 && !(1e-4..1e6).contains(&size)) {
        return scientific(value);
    }
    let magnitude = if size == 0.0 { 0 } else { size.log10().floor() as i32 };
    let text = format!("{value:.*}", (3 - magnitude).max(0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    sign(text.to_owned())
}

/// Ten to the power `e`, plain where that is short.
pub(super) fn power(e: i32) -> String {
    match e {
        -3..=4 => short(10f64.powi(e)),
        _ => format!("10{}", raised(e)),
    }
}

fn scientific(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return sign(if value > 0.0 { "∞".to_owned() } else { "-∞".to_owned() });
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let e = value.abs().log10().floor() as i32;
    let digits = format!("{:.2}", value / 10f64.powi(e));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    sign(if digits == "1" { format!("10{}", raised(e)) } else { format!("{digits}×10{}", raised(e)) })
}

fn raised(e: i32) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    e.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |d| digits[d as usize])).collect()
}

/// The hyphen becomes a real minus sign.
fn sign(text: String) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_naturally() {
        assert_eq!([0.0, 1.0, 12.345678, 0.00123456, 1500.0].map(short), ["0", "1", "12.35", "0.001235", "1500"]);
        assert_eq!(
            [-0.5, 3e-7, 2.5e9, f64::NAN, f64::NEG_INFINITY].map(short),
            ["−0.5", "3×10⁻⁷", "2.5×10⁹", "NaN", "−∞"]
        );
        assert_eq!(tick(0.25, 0.25), "0.25");
        assert_eq!(tick(-0.0, 0.5), "0.0");
        assert_eq!(tick(2e6, 1e6), "2×10⁶");
        assert_eq!([-6, 0, 4, 6].map(power), ["10⁻⁶", "1", "10000", "10⁶"]);
    }
}
