//! Layers without parameters.

/// Makes layers without parameters modules, of every scalar type at once: there is nothing to visit.
macro_rules! stateless {
    ($($layer:ty),+ $(,)?) => {
        $(impl<T: plywood_autograd::Scalar> $crate::Module<T> for $layer {
            fn visit<'a>(&'a self, _: &mut $crate::Visitor<'a, '_, T>) {}
            fn visit_mut(&mut self, _: &mut $crate::VisitorMut<'_, T>) {}
        })+
    };
}
pub(crate) use stateless;
