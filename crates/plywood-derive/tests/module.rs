//! The traversals that the macro writes, over a stand-in for the trait.

#![allow(missing_docs)]

use home::{Leaf, Module, Scalar, names, names_mut};
use plywood_derive::Module;

/// As much of plywood-nn as the macro's output asks for.
mod home {
    pub trait Scalar: 'static {}
    impl Scalar for f32 {}
    impl Scalar for f64 {}

    pub trait Module<T: Scalar> {
        fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>);
        fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>);
    }

    /// The parameters' full names and values.
    pub struct Visitor<'a, 'v, T> {
        path: Vec<String>,
        found: &'v mut Vec<(String, &'a T)>,
    }

    impl<'a, T: Scalar> Visitor<'a, '_, T> {
        pub fn field(&mut self, name: &str, module: &'a (impl Module<T> + ?Sized)) {
            self.path.push(name.to_owned());
            module.visit(self);
            self.path.pop();
        }
    }

    pub struct VisitorMut<'v, T> {
        path: Vec<String>,
        f: &'v mut dyn FnMut(String, &mut T),
    }

    impl<T: Scalar> VisitorMut<'_, T> {
        pub fn field(&mut self, name: &str, module: &mut (impl Module<T> + ?Sized)) {
            self.path.push(name.to_owned());
            module.visit_mut(self);
            self.path.pop();
        }
    }

    pub struct Leaf<T>(pub T);

    impl<T: Scalar> Module<T> for Leaf<T> {
        fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
            visitor.found.push((visitor.path.join("."), &self.0));
        }
        fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
            (visitor.f)(visitor.path.join("."), &mut self.0);
        }
    }

    impl<T: Scalar, M: Module<T>> Module<T> for Option<M> {
        fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
            self.iter().for_each(|m| m.visit(visitor));
        }
        fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
            self.iter_mut().for_each(|m| m.visit_mut(visitor));
        }
    }

    pub fn names<T: Scalar + ToString>(module: &impl Module<T>) -> Vec<String> {
        let mut found = Vec::new();
        module.visit(&mut Visitor { path: Vec::new(), found: &mut found });
        found.into_iter().map(|(name, value)| format!("{name}={}", value.to_string())).collect()
    }

    pub fn names_mut<T: Scalar + ToString>(module: &mut impl Module<T>) -> Vec<String> {
        let mut found = Vec::new();
        let f = &mut |name, value: &mut T| found.push(format!("{name}={}", value.to_string()));
        module.visit_mut(&mut VisitorMut { path: Vec::new(), f });
        found
    }
}

#[track_caller]
fn check<T: Scalar + ToString>(mut module: impl Module<T>, expected: &[&str]) {
    assert_eq!(names(&module), expected);
    assert_eq!(names_mut(&mut module), expected);
}

#[derive(Module)]
#[module(crate = crate::home)]
struct Pair<T: Scalar = f32> {
    weight: Leaf<T>,
    bias: Option<Leaf<T>>,
}

#[derive(Module)]
#[module(crate = crate::home)]
struct Net<T = f32>
where
    T: Scalar,
{
    first: Pair<T>,
    #[module(skip)]
    #[allow(dead_code)]
    stride: usize,
    #[module(rename = "fc")]
    second: Pair<T>,
    #[module(flatten)]
    rest: Pair<T>,
    r#type: Leaf<T>,
}

#[test]
fn fields_in_their_order_under_their_names() {
    let pair = |w: f64, b: Option<f64>| Pair { weight: Leaf(w), bias: b.map(Leaf) };
    let net = Net {
        first: pair(1.0, Some(2.0)),
        stride: 2,
        second: pair(3.0, None),
        rest: pair(4.0, None),
        r#type: Leaf(5.0),
    };
    check(net, &["first.weight=1", "first.bias=2", "fc.weight=3", "weight=4", "type=5"]);
    check(Pair { weight: Leaf(0.5f32), bias: None }, &["weight=0.5"]);
}

#[derive(Module)]
#[module(crate = crate::home)]
struct Single(
    Leaf<f32>,
    #[module(skip)]
    #[allow(dead_code)]
    usize,
    Pair,
);

#[derive(Module)]
#[module(f64, crate = crate::home)]
struct Double {
    pair: Pair<f64>,
}

#[derive(Module)]
#[module(crate = crate::home)]
struct Nothing;

#[test]
fn without_a_parameter_the_type_is_said_or_f32() {
    check::<f32>(Single(Leaf(1.0), 7, Pair { weight: Leaf(2.0), bias: None }), &["0=1", "2.weight=2"]);
    check::<f64>(Double { pair: Pair { weight: Leaf(2.0), bias: None } }, &["pair.weight=2"]);
    check::<f32>(Nothing, &[]);
}

#[derive(Module)]
#[module(crate = crate::home)]
enum Cell<T: Scalar = f32> {
    Simple(Pair<T>),
    Both(Leaf<T>, Leaf<T>),
    Named { inner: Leaf<T> },
    Without,
}

#[derive(Module)]
#[module(crate = crate::home)]
enum Never {}

#[test]
fn an_enum_is_the_variant_that_is_present() {
    check(Cell::Simple(Pair { weight: Leaf(1.0f32), bias: None }), &["weight=1"]);
    check(Cell::Both(Leaf(1.0f32), Leaf(2.0)), &["0=1", "1=2"]);
    check(Cell::Named { inner: Leaf(1.0f32) }, &["inner=1"]);
    check(Cell::<f32>::Without, &[]);
    let _: Option<Never> = None;
}

#[derive(Module)]
#[module(crate = crate::home)]
struct Around<L, F> {
    inner: L,
    #[module(skip)]
    #[allow(dead_code)]
    activation: F,
}

#[derive(Module)]
#[module(T, crate = crate::home)]
struct Between<T: Scalar, U: Scalar, L: Module<T>> {
    inner: (Leaf<T>, Option<L>),
    #[module(skip)]
    #[allow(dead_code)]
    other: Leaf<U>,
}

impl<T: Scalar, M: Module<T>, N: Module<T>> Module<T> for (M, N) {
    fn visit<'a>(&'a self, visitor: &mut home::Visitor<'a, '_, T>) {
        visitor.field("0", &self.0);
        visitor.field("1", &self.1);
    }
    fn visit_mut(&mut self, visitor: &mut home::VisitorMut<'_, T>) {
        visitor.field("0", &mut self.0);
        visitor.field("1", &mut self.1);
    }
}

#[test]
fn a_field_of_any_type_is_asked_to_be_a_module() {
    check(Around { inner: Leaf(1.0f32), activation: |x: f32| x }, &["inner=1"]);
    let between = Between { inner: (Leaf(1.0f64), Some(Leaf(2.0))), other: Leaf(0.0f32) };
    check(between, &["inner.0=1", "inner.1=2"]);
}
