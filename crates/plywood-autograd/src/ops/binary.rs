//! Pointwise functions of two values, which broadcast against each other; the operators `+ - * /`.
//!
//! The formulas are rows of the kernels' table. An operand that was broadcast gets the sum of its gradient over the
//! dimensions that it repeats in.

use std::ops::{Add, Div, Mul, Neg, Sub};

use plywood_kernels::binary::{self, Binary, Side};
use plywood_kernels::unary;
use plywood_tensor::{Result, Scalar, Tensor};

use super::broadcast::{operand, sum_to};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// A pointwise function of the kernels' table, applied to each pair of values.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn binary(&self, other: &Self, f: Binary<T>) -> Result<Self> {
        let shape = self.shape().broadcast(other.shape(), f.name())?;
        let (a, b) = (self.value().expand(shape)?, other.value().expand(shape)?);
        let value = Tensor::build(shape, |y| f.forward(&shape, operand(&a), operand(&b), y));
        Ok(Self::op(f.name(), &[self, other], value, |_| {
            let wanted = [(Side::Left, self), (Side::Right, other)];
            let needs = |x| wanted.iter().any(|(side, input)| input.requires_grad() && f.uses(*side, x));
            let (a, b) = (needs(Side::Left).then_some(a), needs(Side::Right).then_some(b));
            let shapes = [*self.shape(), *other.shape()];
            move |dy, sink| {
                // An operand that a derivative isn't computed from may be anything of this shape.
                let [a, b] = [a, b].map(|x| x.unwrap_or_else(|| dy.clone()));
                for (i, side) in [Side::Left, Side::Right].into_iter().enumerate() {
                    sink.add(i, || sum_to(partial(f, side, [&a, &b, dy]), &shapes[i]))?;
                }
                Ok(())
            }
        }))
    }

    /// a + b, of shapes that broadcast; the operator `+` panics where this is an error.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn add(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::add())
    }

    /// a − b, of shapes that broadcast; the operator `-` panics where this is an error.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn sub(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::sub())
    }

    /// a b value by value, of shapes that broadcast; the operator `*` panics where this is an error.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn mul(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::mul())
    }

    /// a / b, of shapes that broadcast; the operator `/` panics where this is an error.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn div(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::div())
    }

    /// aᵇ, of shapes that broadcast. Where a = 0 and b ≥ 0, the derivative by b is 0.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn pow(&self, exponent: &Self) -> Result<Self> {
        self.binary(exponent, binary::pow())
    }

    /// The greater of two values; where they are equal, each has half of the gradient.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn maximum(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::maximum())
    }

    /// The lesser of two values; where they are equal, each has half of the gradient.
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn minimum(&self, other: &Self) -> Result<Self> {
        self.binary(other, binary::minimum())
    }
}

/// The gradient of one operand, of the result's shape.
fn partial<T: Scalar>(f: Binary<T>, side: Side, [a, b, dy]: [&Tensor<T>; 3]) -> Tensor<T> {
    match (f.name(), side) {
        // Nothing to compute: the same values go on, shared.
        ("add", _) | ("sub", Side::Left) => dy.clone(),
        ("sub", Side::Right) => negated(dy),
        _ => {
            let shape = *dy.shape();
            Tensor::build(shape, |dx| f.adjoint(side, &shape, [a, b, dy].map(operand), dx))
        }
    }
}

fn negated<T: Scalar>(x: &Tensor<T>) -> Tensor<T> {
    let values = x.contiguous();
    Tensor::build(x.shape(), |y| unary::neg().forward(&values, y))
}

/// An operator on values and references to values, and on values and numbers.
macro_rules! operator {
    ($trait:ident, $method:ident, $with_scalar:ident, $from_scalar:ident) => {
        operator!(@pair $trait, $method, Var<T>, Var<T>);
        operator!(@pair $trait, $method, Var<T>, &Var<T>);
        operator!(@pair $trait, $method, &Var<T>, Var<T>);
        operator!(@pair $trait, $method, &Var<T>, &Var<T>);
        operator!(@scalar $trait, $method, $with_scalar, Var<T>);
        operator!(@scalar $trait, $method, $with_scalar, &Var<T>);
        operator!(@from $trait, $method, $from_scalar, f32);
        operator!(@from $trait, $method, $from_scalar, f64);
    };
    (@pair $trait:ident, $method:ident, $left:ty, $right:ty) => {
        impl<T: Scalar> $trait<$right> for $left {
            type Output = Var<T>;
            /// # Panics
            /// If the shapes don't broadcast.
            #[track_caller]
            fn $method(self, other: $right) -> Var<T> {
                Var::$method(&self, &other).unwrap_or_else(|error| panic!("{error}"))
            }
        }
    };
    (@scalar $trait:ident, $method:ident, $with_scalar:ident, $left:ty) => {
        impl<T: Scalar> $trait<T> for $left {
            type Output = Var<T>;
            fn $method(self, other: T) -> Var<T> {
                self.unary(unary::$with_scalar(other))
            }
        }
    };
    (@from $trait:ident, $method:ident, $from_scalar:ident, $t:ident) => {
        impl $trait<Var<$t>> for $t {
            type Output = Var<$t>;
            fn $method(self, other: Var<$t>) -> Var<$t> {
                other.unary(unary::$from_scalar(self))
            }
        }
        impl $trait<&Var<$t>> for $t {
            type Output = Var<$t>;
            fn $method(self, other: &Var<$t>) -> Var<$t> {
                other.unary(unary::$from_scalar(self))
            }
        }
    };
}
operator!(Add, add, add_scalar, add_scalar);
operator!(Sub, sub, sub_scalar, rsub_scalar);
operator!(Mul, mul, mul_scalar, mul_scalar);
operator!(Div, div, div_scalar, rdiv_scalar);

impl<T: Scalar> Neg for Var<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Var::neg(&self)
    }
}

impl<T: Scalar> Neg for &Var<T> {
    type Output = Var<T>;
    fn neg(self) -> Var<T> {
        Var::neg(self)
    }
}
