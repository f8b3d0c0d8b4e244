//! Modules made of modules, and settings, which hold nothing to visit.

use std::marker::PhantomData;

use plywood_autograd::Scalar;

use crate::{Context, Layer, Module, Result, Var, Visitor, VisitorMut};

impl<T: Scalar, M: Module<T>> Module<T> for Option<M> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        if let Some(module) = self {
            module.visit(visitor);
        }
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        if let Some(module) = self {
            module.visit_mut(visitor);
        }
    }
}

impl<T: Scalar, M: Module<T> + ?Sized> Module<T> for Box<M> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        (**self).visit(visitor);
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        (**self).visit_mut(visitor);
    }
}

impl<T: Scalar, L: Layer<T> + ?Sized> Layer<T> for Box<L> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        (**self).forward(x, cx)
    }
}

impl<T: Scalar, M: Module<T>> Module<T> for Vec<M> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        self.iter().enumerate().for_each(|(i, module)| visitor.field(&i.to_string(), module));
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        self.iter_mut().enumerate().for_each(|(i, module)| visitor.field(&i.to_string(), module));
    }
}

impl<T: Scalar, M: Module<T>, const N: usize> Module<T> for [M; N] {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        self.iter().enumerate().for_each(|(i, module)| visitor.field(&i.to_string(), module));
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        self.iter_mut().enumerate().for_each(|(i, module)| visitor.field(&i.to_string(), module));
    }
}

macro_rules! tuple {
    ($($M:ident . $i:tt),+) => {
        impl<T: Scalar, $($M: Module<T>),+> Module<T> for ($($M,)+) {
            fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
                $(visitor.field(stringify!($i), &self.$i);)+
            }

            fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
                $(visitor.field(stringify!($i), &mut self.$i);)+
            }
        }

        /// The layers one after the other.
        impl<T: Scalar, $($M: Layer<T>),+> Layer<T> for ($($M,)+) {
            fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                let x = x.clone();
                $(let x = cx.scope(stringify!($i), |cx| self.$i.forward(&x, cx))?;)+
                Ok(x)
            }
        }
    };
}
tuple!(A.0);
tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
tuple!(A.0, B.1, C.2, D.3, E.4);
tuple!(A.0, B.1, C.2, D.3, E.4, F.5);

macro_rules! setting {
    ($($ty:ty),+) => {
        $(impl<T: Scalar> Module<T> for $ty {
            fn visit<'a>(&'a self, _: &mut Visitor<'a, '_, T>) {}
            fn visit_mut(&mut self, _: &mut VisitorMut<'_, T>) {}
        })+
    };
}
setting!((), bool, char, u8, i32, u32, i64, u64, isize, usize, f32, f64, String, &'static str);

impl<T: Scalar, X> Module<T> for PhantomData<X> {
    fn visit<'a>(&'a self, _: &mut Visitor<'a, '_, T>) {}
    fn visit_mut(&mut self, _: &mut VisitorMut<'_, T>) {}
}
