//! Eigenvalues of small symmetric matrices.

/// Eigenvalues of a symmetric matrix `[n, n]`, largest first, and its eigenvectors as the rows of `[n, n]`.
///
/// Cyclic Jacobi rotations (Golub and Van Loan, "Matrix Computations", section 8.5): slow for large matrices, but short,
/// accurate, and the same everywhere. A vector's sign is such that its entry of greatest magnitude is positive.
pub(super) fn symmetric(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 60;
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let total: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let rest: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j] * a[i * n + j]).sum();
        if rest <= f64::EPSILON * f64::EPSILON * total {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let rows = order.iter().flat_map(|&i| {
        let row = &vectors[i * n..][..n];
        let greatest = row.iter().copied().fold(0.0, |m: f64, x| if x.abs() > m.abs() { x } else { m });
        row.iter().map(move |x| x * if greatest < 0.0 { -1.0 } else { 1.0 }).collect::<Vec<_>>()
    });
    (values, rows.collect())
}

/// Makes `a[p, q]` 0 by a rotation of both rows and columns, and turns the vectors alike.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cos = 1.0 / (t * t + 1.0).sqrt();
    let sin = t * cos;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (cos * x - sin * y, sin * x + cos * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (cos * x - sin * y, sin * x + cos * y);
        let (x, y) = (vectors[p * n + k], vectors[q * n + k]);
        (vectors[p * n + k], vectors[q * n + k]) = (cos * x - sin * y, sin * x + cos * y);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_and_vectors_solve_the_problem(n in 1usize..7, seed: u64) {
            let mut random = plywood_tensor::Stream::new(seed);
            let mut a = vec![0.0; n * n];
            for i in 0..n {
                for j in 0..=i {
                    a[i * n + j] = random.gaussian();
                    a[j * n + i] = a[i * n + j];
                }
            }
            let (values, vectors) = symmetric(a.clone(), n);
            prop_assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
            for (i, v) in vectors.chunks(n).enumerate() {
                for (j, w) in vectors.chunks(n).enumerate() {
                    let dot: f64 = v.iter().zip(w).map(|(x, y)| x * y).sum();
                    prop_assert!((dot - (i == j) as u8 as f64).abs() < 1e-12);
                }
                for row in 0..n {
                    let product: f64 = (0..n).map(|k| a[row * n + k] * v[k]).sum();
                    prop_assert!((product - values[i] * v[row]).abs() < 1e-11);
                }
            }
        }
    }
}
