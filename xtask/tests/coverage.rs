//! Every differentiable operation has a property test of its gradient and a conformance case, or a written reason.

use xtask::conformance::{committed, recorded};
use xtask::coverage::gaps;

#[test]
fn every_operation_is_proven() {
    let gaps = gaps(&recorded(&committed()).unwrap()).unwrap();
    assert!(gaps.is_empty(), "\n{}", gaps.join("\n"));
}
