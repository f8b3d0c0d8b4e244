//! Strategies for shapes.

use std::ops::RangeInclusive;

use plywood_tensor::{MAX_RANK, Shape};
use proptest::collection::vec;
use proptest::prelude::*;

/// Shapes with a number of dimensions in `rank` and extents in `extent`; shrinks towards fewer and smaller dimensions.
///
/// # Panics
/// If `rank` goes beyond [`MAX_RANK`], the most dimensions that a tensor can have.
pub fn shapes(rank: RangeInclusive<usize>, extent: RangeInclusive<usize>) -> impl Strategy<Value = Shape> + Clone {
    assert!(*rank.end() <= MAX_RANK, "a tensor has at most {MAX_RANK} dimensions");
    vec(extent, rank).prop_map(|extents| shape(&extents))
}

/// One shape, always.
pub fn fixed(shape: impl Into<Shape>) -> Just<Shape> {
    Just(shape.into())
}

/// Two shapes that broadcast to each other, made from those of `shapes`: in either one, dimensions are set to 1 and
/// outer dimensions left out.
///
/// ```
/// use plywood_gradcheck::{broadcasting, shapes};
/// use proptest::prelude::*;
///
/// proptest! {
///     # fn doc(
///     /* … */ (a, b) in broadcasting(shapes(0..=4, 1..=5))
///     # )
///     {
///         prop_assert!(a.broadcast(&b, "add").is_ok());
///     }
/// }
/// # doc();
/// ```
pub fn broadcasting<S: Strategy<Value = Shape>>(shapes: S) -> impl Strategy<Value = (Shape, Shape)> {
    // One number a dimension: 0 leaves it to both, 1 and 2 make it 1 in the first or the second.
    let stretched = vec(0..3u8, MAX_RANK);
    (shapes, stretched, 0..=MAX_RANK, any::<bool>()).prop_map(|(full, stretched, dropped, first)| {
        let side = |which: u8| {
            let extents = full.iter().zip(&stretched).map(|(&d, &s)| if s == which { 1 } else { d });
            let drop = if (which == 1) == first { dropped.min(full.len()) } else { 0 };
            shape(&extents.skip(drop).collect::<Vec<_>>())
        };
        (side(1), side(2))
    })
}

fn shape(extents: &[usize]) -> Shape {
    Shape::from_slice(extents).expect("no more dimensions than a tensor can have")
}
