//! The rectifier with a learned slope: `y = x` where positive, else `weight · x`.
//!
//! He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015. Memory is `[n, c, s]` with one slope a channel, or
//! `c = 1` with one for all.

use crate::{Scalar, dispatch, par};

monomorphic! {
    /// `y` from `x`, both `[n, c, s]`, and `weight [c]`.
    ///
    /// # Panics
    /// If lengths differ, or `x` isn't made of whole samples.
    pub fn prelu<T: Scalar>(s: usize, weight: &[T], x: &[T], y: &mut [T]) {
        check(s, weight.len(), x.len(), y.len());
        par::chunks_mut(y, s, 1, |i, y| forward_plane(weight[i % weight.len()], &x[i * s..][..s], y));
    }
}

monomorphic! {
    /// The adjoint: writes `dx [n, c, s]` if wanted, and `dweight [c]`.
    ///
    /// # Panics
    /// If lengths differ, or `x` isn't made of whole samples.
    pub fn prelu_adjoint<T: Scalar>(
        s: usize,
        weight: &[T],
        x: &[T],
        dy: &[T],
        dx: Option<&mut [T]>,
        dweight: &mut [T],
    ) {
        check(s, weight.len(), x.len(), dy.len());
        assert_eq!(dweight.len(), weight.len(), "length of the weight's gradient");
        if let Some(dx) = dx {
            assert_eq!(dx.len(), x.len(), "length of the input's gradient");
            par::chunks_mut(dx, s, 1, |i, dx| {
                adjoint_plane(weight[i % weight.len()], &x[i * s..][..s], &dy[i * s..][..s], dx);
            });
        }
        let planes = x.len() / s.max(1);
        let sums = par::map(planes, s, |i| negative_sum(&x[i * s..][..s], &dy[i * s..][..s]));
        for (c, dweight) in dweight.iter_mut().enumerate() {
            *dweight = T::from_f64(sums.iter().skip(c).step_by(weight.len()).sum());
        }
    }
}

fn check(s: usize, c: usize, x: usize, y: usize) {
    assert_eq!(x, y, "lengths of input and output");
    assert!(c > 0 && x.is_multiple_of((c * s).max(1)), "whole samples");
}

dispatch! {
    fn forward_plane<I: Isa, T: Scalar>(weight: T, x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = if x > T::ZERO { x } else { weight * x };
        }
    }
}

dispatch! {
    fn adjoint_plane<I: Isa, T: Scalar>(weight: T, x: &[T], dy: &[T], dx: &mut [T]) {
        for (dx, (&x, &dy)) in dx.iter_mut().zip(x.iter().zip(dy)) {
            *dx = if x > T::ZERO { dy } else { weight * dy };
        }
    }
}

dispatch! {
    /// `Σ dy · x` over negative `x`.
    fn negative_sum<I: Isa, T: Scalar>(x: &[T], dy: &[T]) -> f64 {
        let mut sum = 0.0;
        for (&x, &dy) in x.iter().zip(dy) {
            let product = if x > T::ZERO { T::ZERO } else { dy * x };
            sum += product.to_f64();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_belong_to_channels() {
        let (x, dy) = ([-1.0f64, 2.0, -3.0, 0.0, 5.0, -6.0, 7.0, -8.0], [1.0; 8]);
        let (mut y, mut dx, mut dweight) = ([0.0; 8], [0.0; 8], [0.0; 2]);
        prelu(2, &[0.5, 0.25], &x, &mut y);
        assert_eq!(y, [-0.5, 2.0, -0.75, 0.0, 5.0, -3.0, 7.0, -2.0]);
        prelu_adjoint(2, &[0.5, 0.25], &x, &dy, Some(&mut dx), &mut dweight);
        assert_eq!(dx, [0.5, 1.0, 0.25, 0.25, 1.0, 0.5, 1.0, 0.25]);
        assert_eq!(dweight, [-7.0, -11.0]);
        prelu(8, &[2.0], &x, &mut y);
        assert_eq!(y, [-2.0, 2.0, -6.0, 0.0, 5.0, -12.0, 7.0, -16.0]);
        prelu::<f64>(0, &[2.0], &[], &mut []);
        prelu_adjoint::<f64>(0, &[2.0], &[], &[], Some(&mut []), &mut dweight[..1]);
        assert_eq!(dweight[0], 0.0);
    }
}
