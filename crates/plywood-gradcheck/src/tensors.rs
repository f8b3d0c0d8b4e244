//! Strategies for tensors.

use plywood_tensor::{Shape, Tensor};
use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use crate::values::{Recipe, Rules};

/// Tensors of the shapes that a strategy gives: one for a [`Shape`], several made together for a tuple or a `Vec`.
///
/// Values lie between -2 and 2 until a method says otherwise. A failing example shrinks to smaller shapes, then to a
/// plain layout in memory, then to values of fewer digits.
///
/// ```
/// use plywood_gradcheck::{broadcasting, shapes, tensors};
/// use proptest::prelude::*;
///
/// proptest! {
///     # fn doc(
///     /* … */ x in tensors(shapes(1..=3, 1..=4)).away_from(&[0.0], 0.1), (a, b) in tensors(broadcasting(shapes(0..=3, 1..=4)))
///     # )
///     {
///         prop_assert!(x.to_vec().iter().all(|x| x.abs() >= 0.1));
///         prop_assert!(a.shape().broadcast(b.shape(), "add").is_ok());
///     }
/// }
/// # doc();
/// ```
pub fn tensors<S: Strategy<Value: Shapes>>(shapes: S) -> Tensors<S> {
    let rules = Rules { low: -2.0, high: 2.0, kinks: Vec::new(), margin: 0.0, gap: None };
    Tensors { shapes, rules, scattered: false }
}

/// Tensors of whole numbers at least `low` and less than `high`, as labels and indices are.
///
/// # Panics
/// If there is no such number.
pub fn integers<S: Strategy<Value = Shape>>(shapes: S, low: i64, high: i64) -> impl Strategy<Value = Tensor<i64>> {
    assert!(low < high, "there is no whole number from {low} to below {high}");
    (shapes, any::<u64>()).prop_map(move |(shape, seed)| {
        let width = high.abs_diff(low);
        Tensor::from_fn(shape, |i| low.wrapping_add_unsigned(crate::values::mix(seed ^ i as u64) % width))
    })
}

/// Tensors of truth values, as masks are.
pub fn booleans<S: Strategy<Value = Shape>>(shapes: S) -> impl Strategy<Value = Tensor<bool>> {
    integers(shapes, 0, 2).prop_map(|bits| bits.map(|bit| bit == 1))
}

/// A strategy for tensors; made by [`tensors`].
#[derive(Clone, Debug)]
pub struct Tensors<S> {
    shapes: S,
    rules: Rules,
    scattered: bool,
}

impl<S> Tensors<S> {
    /// Values between `low` and `high`.
    ///
    /// # Panics
    /// Unless both are finite and `low` is at most `high`.
    pub fn within(mut self, low: f64, high: f64) -> Self {
        assert!(low.is_finite() && high.is_finite() && low <= high, "no values lie between {low} and {high}");
        (self.rules.low, self.rules.high) = (low, high);
        self
    }

    /// Values between 0.1 and 2, for logarithms, roots and divisors.
    pub fn positive(self) -> Self {
        self.within(0.1, 2.0)
    }

    /// Keeps values at a distance of at least `margin` from points where the function has no derivative, such as 0
    /// for `relu`. Much more than the step of the difference quotient (1e-6) is enough; 0.01 leaves room.
    pub fn away_from(mut self, kinks: &[f64], margin: f64) -> Self {
        self.rules.kinks = kinks.to_vec();
        self.rules.margin = margin;
        self
    }

    /// Keeps any two values of a tensor at least `gap` apart, for operations that choose among them, such as `max`.
    /// A tensor with too many values for the range goes beyond its upper end.
    pub fn distinct(mut self, gap: f64) -> Self {
        self.rules.gap = Some(gap);
        self
    }

    /// Makes half of the tensors views whose values don't lie in order in memory.
    ///
    /// [`gradcheck`](crate::gradcheck) tries such views by itself; this is for other properties.
    pub fn scattered(mut self) -> Self {
        self.scattered = true;
        self
    }
}

impl<S: Strategy<Value: Shapes>> Strategy for Tensors<S> {
    type Tree = Tree<S::Tree>;
    type Value = <S::Value as Shapes>::Tensors;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let shapes = self.shapes.new_tree(runner)?;
        let seed = runner.rng().next_u64();
        let scattered = self.scattered && seed & 1 == 1;
        let recipe = Recipe { rules: self.rules.clone(), seed, digits: None, scattered };
        Ok(Tree {
            shapes,
            shapes_done: false,
            recipe,
            left: vec![Step::Digits(Some(1)), Step::Digits(Some(2)), Step::Layout],
            last: None,
        })
    }
}

/// The shapes of tensors that are made together: a [`Shape`], a tuple of them, or a `Vec`.
pub trait Shapes: std::fmt::Debug {
    /// A tensor for each shape.
    type Tensors: std::fmt::Debug;
    #[doc(hidden)]
    fn fill(self, recipe: &dyn Fn(Shape, usize) -> Tensor<f64>) -> Self::Tensors;
}

impl Shapes for Shape {
    type Tensors = Tensor<f64>;
    fn fill(self, recipe: &dyn Fn(Shape, usize) -> Tensor<f64>) -> Self::Tensors {
        recipe(self, 0)
    }
}

impl Shapes for (Shape, Shape) {
    type Tensors = (Tensor<f64>, Tensor<f64>);
    fn fill(self, recipe: &dyn Fn(Shape, usize) -> Tensor<f64>) -> Self::Tensors {
        (recipe(self.0, 0), recipe(self.1, 1))
    }
}

impl Shapes for (Shape, Shape, Shape) {
    type Tensors = (Tensor<f64>, Tensor<f64>, Tensor<f64>);
    fn fill(self, recipe: &dyn Fn(Shape, usize) -> Tensor<f64>) -> Self::Tensors {
        (recipe(self.0, 0), recipe(self.1, 1), recipe(self.2, 2))
    }
}

impl Shapes for Vec<Shape> {
    type Tensors = Vec<Tensor<f64>>;
    fn fill(self, recipe: &dyn Fn(Shape, usize) -> Tensor<f64>) -> Self::Tensors {
        self.into_iter().enumerate().map(|(i, shape)| recipe(shape, i)).collect()
    }
}

/// One example of [`Tensors`] and how it shrinks.
#[derive(Debug)]
pub struct Tree<S> {
    shapes: S,
    shapes_done: bool,
    recipe: Recipe,
    /// What to try once the shapes are as small as they get, the next one last.
    left: Vec<Step>,
    last: Option<Step>,
}

/// A way to simplify: in `left`, what to change to; in `last`, what to change back to.
#[derive(Clone, Copy, Debug)]
enum Step {
    Shapes,
    Layout,
    Digits(Option<i32>),
}

impl<S: ValueTree<Value: Shapes>> ValueTree for Tree<S> {
    type Value = <S::Value as Shapes>::Tensors;

    fn current(&self) -> Self::Value {
        self.shapes.current().fill(&|shape, which| self.recipe.tensor(shape, which))
    }

    fn simplify(&mut self) -> bool {
        self.shapes_done = self.shapes_done || !self.shapes.simplify();
        if !self.shapes_done {
            self.last = Some(Step::Shapes);
            return true;
        }
        self.last = self.left.pop();
        match self.last {
            Some(Step::Layout) => {
                let changed = std::mem::take(&mut self.recipe.scattered);
                changed || self.simplify()
            }
            Some(Step::Digits(digits)) => {
                self.last = Some(Step::Digits(std::mem::replace(&mut self.recipe.digits, digits)));
                true
            }
            _ => false,
        }
    }

    fn complicate(&mut self) -> bool {
        match self.last.take() {
            Some(Step::Shapes) => self.shapes.complicate(),
            Some(Step::Layout) => {
                self.recipe.scattered = true;
                true
            }
            Some(Step::Digits(digits)) => {
                self.recipe.digits = digits;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestError};

    use super::*;
    use crate::{fixed, shapes};

    /// What a failing property of one tensor shrinks to.
    fn shrunk<S: Strategy<Value = Shape>>(strategy: Tensors<S>, fails: impl Fn(&Tensor<f64>) -> bool) -> Tensor<f64> {
        let config = Config { failure_persistence: None, ..Config::default() };
        let test = |x| if fails(&x) { Err(TestCaseError::fail("as it should")) } else { Ok(()) };
        match TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()))
            .run(&strategy, test)
        {
            Err(TestError::Fail(_, x)) => x,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failure_shrinks_to_a_small_plain_tensor() {
        let x = shrunk(tensors(shapes(1..=4, 1..=6)).scattered(), |x| x.elements() >= 3);
        assert!((3..=4).contains(&x.elements()) && x.is_contiguous(), "{x:?}");
        assert!(x.to_vec().iter().all(|v| (v * 10.0).fract() == 0.0), "{x:?}");
    }

    #[test]
    fn what_matters_for_the_failure_stays() {
        let x = shrunk(tensors(fixed([3, 4])).scattered(), |x| !x.is_contiguous());
        assert!(!x.is_contiguous());
        let x = shrunk(tensors(fixed([5])), |x| x.to_vec().iter().any(|v| (v * 10.0).fract() != 0.0));
        assert!(x.to_vec().iter().all(|v| ((v * 100.0).round() - v * 100.0).abs() < 1e-9), "{x:?}");
    }

    proptest! {
        #[test]
        fn values_keep_the_rules(
            x in tensors(shapes(0..=4, 0..=4)).away_from(&[0.0, 1.0], 0.25),
            y in tensors(shapes(0..=3, 1..=5)).distinct(0.01).away_from(&[0.5], 0.1).scattered(),
            z in tensors(fixed([7])).positive(),
            n in integers(fixed([9]), -3, 4),
        ) {
            prop_assert!(x.to_vec().iter().all(|x| x.abs() >= 0.25 && (x - 1.0).abs() >= 0.25 && x.abs() <= 2.0));
            let mut y = y.to_vec();
            y.sort_by(f64::total_cmp);
            prop_assert!(y.windows(2).all(|w| w[1] - w[0] >= 0.01) && y.iter().all(|y| (y - 0.5).abs() >= 0.1));
            prop_assert!(z.to_vec().iter().all(|z| (0.1..=2.0).contains(z)));
            prop_assert!(n.to_vec().iter().all(|n| (-3..4).contains(n)));
        }
    }
}
