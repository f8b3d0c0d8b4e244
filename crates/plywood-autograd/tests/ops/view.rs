use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn reshape_flatten_squeeze(x in tensors(shapes(2..=4, 0..=3))) {
        let n = x.elements();
        gradcheck(|x| x[0].reshape([n, 1])?.squeeze(1)?.unsqueeze(0), &[&x])?;
        gradcheck(|x| x[0].flatten(1), &[x])?;
    }

    #[test]
    fn permute_and_transpose(x in tensors(shapes(3..=3, 1..=4))) {
        gradcheck(|x| x[0].permute(&[2, 0, 1])?.transpose(0, -1), &[x])?;
    }

    #[test]
    fn narrow_slice_select(x in tensors(shapes(3..=3, 2..=5)), step in prop::sample::select(vec![-2isize, -1, 1, 2])) {
        gradcheck(|x| Ok::<_, Error>((x[0].narrow(1, 1, 1)?, x[0].select(-1, 1)?)), &[&x])?;
        let (start, end) = if step > 0 { (0, None) } else { (-1, Some(0)) };
        gradcheck(|x| x[0].slice(0, start, end, step), &[x])?;
    }
}
