//! Choosing between two operands, value by value.

use crate::strided::{Reader, Strided, tile};
use crate::{Scalar, par};

monomorphic! {
    /// `y = a` where the condition holds, else `b`; all under the same extents.
    ///
    /// # Panics
    /// Where `y` isn't as long as the extents say, or an operand reaches outside its memory.
    pub fn forward<T: Scalar>(
        extents: &[usize],
        condition: Strided<'_, bool>,
        a: Strided<'_, T>,
        b: Strided<'_, T>,
        y: &mut [T],
    ) {
        assert_eq!(y.len(), extents.iter().product::<usize>(), "where: output length");
        let len = par::block_len(1);
        par::chunks_mut(y, len, 1, |block, y| {
            let mut condition = Reader::new(condition, extents, block * len);
            let [mut a, mut b] = [a, b].map(|operand| Reader::new(operand, extents, block * len));
            let mut done = 0;
            while done < y.len() {
                let n = tile([condition.direct(), a.direct(), b.direct()], y.len() - done);
                let operands = condition.next(n).iter().zip(a.next(n).iter().zip(b.next(n)));
                for (y, (&condition, (&a, &b))) in y[done..done + n].iter_mut().zip(operands) {
                    *y = if condition { a } else { b };
                }
                done += n;
            }
        });
    }
}

monomorphic! {
    /// `dx = dy` where the condition is `side`, else 0: the adjoint for `a` with `true`, for `b` with `false`; under the
    /// extents of the result.
    ///
    /// # Panics
    /// As [`forward`].
    pub fn adjoint<T: Scalar>(
        side: bool,
        extents: &[usize],
        condition: Strided<'_, bool>,
        dy: Strided<'_, T>,
        dx: &mut [T],
    ) {
        let zeros = vec![0; extents.len()];
        let zero = Strided { data: &[T::ZERO], offset: 0, strides: &zeros };
        let (a, b) = if side { (dy, zero) } else { (zero, dy) };
        forward(extents, condition, a, b, dx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_and_routes_back() {
        let condition = Strided { data: &[true, false], offset: 0, strides: &[0, 1] };
        let a = Strided { data: &[1.0, 2.0, 3.0, 4.0], offset: 0, strides: &[2, 1] };
        let b = Strided { data: &[9.0f32], offset: 0, strides: &[0, 0] };
        let mut y = [0.0; 4];
        forward(&[2, 2], condition, a, b, &mut y);
        assert_eq!(y, [1.0, 9.0, 3.0, 9.0]);
        adjoint(true, &[2, 2], condition, a, &mut y);
        assert_eq!(y, [1.0, 0.0, 3.0, 0.0]);
        adjoint(false, &[2, 2], condition, a, &mut y);
        assert_eq!(y, [0.0, 2.0, 0.0, 4.0]);
        forward(&[0, 2], condition, a, b, &mut []);
    }
}
