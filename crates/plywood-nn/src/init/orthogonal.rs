//! Orthogonal matrices.

use plywood_autograd::{Error, Result, Scalar, Shape, Tensor};
use plywood_tensor::Stream;

/// A matrix with orthogonal rows or columns, whichever are fewer, of length `gain`; each such matrix is as likely as any
/// other. Dimensions after the first are drawn together: `[out, in, h, w]` is a matrix of `out` rows.
///
/// Source: Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear
/// neural networks".
///
/// # Errors
/// If the shape has fewer than two dimensions.
pub fn orthogonal<T: Scalar>(shape: impl Into<Shape>, gain: f64, random: &mut Stream) -> Result<Tensor<T>> {
    let shape = shape.into();
    if shape.len() < 2 {
        let expected = "at least 2, [rows, columns, …]";
        return Err(Error::shape("orthogonal", "number of dimensions", expected, shape.len()).with_shapes(shape));
    }
    let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    while vectors.len() < count {
        let mut v = random.normal::<f64>([length], 0.0, 1.0).to_vec();
        // Gram and Schmidt; the second pass removes what rounding left of the first (Kahan: "twice is enough").
        for u in vectors.iter().chain(&vectors) {
            let share = dot(&v, u);
            v.iter_mut().zip(u).for_each(|(v, u)| *v -= share * u);
        }
        let norm = dot(&v, &v).sqrt();
        if norm > 1e-6 {
            v.iter_mut().for_each(|v| *v /= norm);
            vectors.push(v);
        }
    }
    let entry = |i: usize| {
        let (row, column) = (i / columns, i % columns);
        if rows <= columns { vectors[row][column] } else { vectors[column][row] }
    };
    Ok(Tensor::from_fn(shape, |i| T::from_f64(gain * entry(i))))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_side_is_orthogonal() {
        for shape in [&[3, 5][..], &[5, 3], &[4, 4], &[6, 2, 2, 3], &[1, 1], &[0, 4]] {
            let shape = Shape::from_slice(shape).unwrap();
            let x = orthogonal::<f64>(shape, 2.0, &mut Stream::new(0)).unwrap();
            let (rows, columns) = (shape[0], shape[1..].iter().product());
            let m = x.reshape([rows, columns]).unwrap();
            let m = if rows <= columns { m } else { m.transpose(0, 1).unwrap() };
            for i in 0..m.shape()[0] {
                for j in 0..=i {
                    let product = dot(&m.select(0, i).unwrap().to_vec(), &m.select(0, j).unwrap().to_vec());
                    assert!((product - if i == j { 4.0 } else { 0.0 }).abs() < 1e-12);
                }
            }
        }
        assert!(orthogonal::<f32>([3], 1.0, &mut Stream::new(0)).is_err());
    }
}
