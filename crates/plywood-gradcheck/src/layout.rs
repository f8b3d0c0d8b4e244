//! The same values, elsewhere in memory.

use plywood_tensor::Tensor;

/// The same tensor as a view whose values lie in reversed order of dimensions, with gaps between them that hold NaN.
///
/// An operation that takes a view's memory for its values gives a wrong result, or NaN, on it.
pub fn scatter(x: &Tensor<f64>) -> Tensor<f64> {
    let n = x.rank();
    let order: Vec<usize> = (0..n).rev().collect();
    let reversed = x.permute(&order).expect("an order of all dimensions");
    let gapped = reversed.values().iter().flat_map(|&v| [f64::NAN, v]).collect::<Vec<_>>();
    let mut shape = *reversed.shape();
    let view = if let Some(inner) = shape.last_mut() {
        *inner *= 2;
        let wide = Tensor::from_vec(shape, gapped).expect("twice as many values");
        wide.slice(-1, 1, None, 2).and_then(|every_other| every_other.permute(&order))
    } else {
        Tensor::from(gapped).select(0, 1)
    };
    view.expect("a view within the values")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_and_memory_changes() {
        for shape in [&[][..], &[0], &[1], &[3], &[2, 3], &[2, 1, 4]] {
            let shape = plywood_tensor::Shape::from_slice(shape).unwrap();
            let x = Tensor::from_fn(shape, |i| i as f64);
            let y = scatter(&x);
            assert!(y.equals(&x), "{shape}");
            assert!(y.raw().0.len() == 2 * x.elements());
        }
        assert!(!scatter(&Tensor::from([1.0, 2.0])).is_contiguous());
    }
}
