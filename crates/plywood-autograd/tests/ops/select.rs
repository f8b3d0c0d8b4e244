use plywood_autograd::where_;
use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn where_of_broadcasting_values(
        (condition, a, b) in broadcasting(shapes(0..=3, 0..=3)).prop_flat_map(|(a, b)| {
            let condition = a.broadcast(&b, "test").expect("they broadcast");
            (booleans(fixed(condition)), tensors(fixed(a)), tensors(fixed(b)))
        }),
    ) {
        gradcheck(|x| where_(&condition, &x[0], &x[1]), &[a, b])?;
    }

    #[test]
    fn where_of_a_condition_that_broadcasts(condition in booleans(fixed([3])), x in tensors(fixed([2, 3]))) {
        gradcheck(|x| where_(&condition, &x[0], &x[0].neg()), &[x])?;
    }
}
