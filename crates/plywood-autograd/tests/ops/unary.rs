use plywood_autograd::UNARY;
use plywood_gradcheck::prelude::*;

type Function = fn(&Var<f64>) -> Var<f64>;

/// A function, where it is defined, and where its derivative jumps.
struct Row(&'static str, (f64, f64), &'static [f64], Function);

const ALL: (f64, f64) = (-3.0, 3.0);
const POSITIVE: (f64, f64) = (0.2, 3.0);

const ROWS: &[Row] = &[
    Row("neg", ALL, &[], |x| x.neg()),
    Row("add_scalar", ALL, &[], |x| x.add_scalar(2.0)),
    Row("sub_scalar", ALL, &[], |x| x.sub_scalar(2.0)),
    Row("rsub_scalar", ALL, &[], |x| x.rsub_scalar(2.0)),
    Row("mul_scalar", ALL, &[], |x| x.mul_scalar(-2.0)),
    Row("div_scalar", ALL, &[], |x| x.div_scalar(-2.0)),
    Row("rdiv_scalar", POSITIVE, &[], |x| x.rdiv_scalar(2.0)),
    Row("abs", ALL, &[0.0], |x| x.abs()),
    Row("sign", ALL, &[0.0], |x| x.sign()),
    Row("floor", ALL, &[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0], |x| x.floor()),
    Row("ceil", ALL, &[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0], |x| x.ceil()),
    Row("round", ALL, &[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], |x| x.round()),
    Row("square", ALL, &[], |x| x.square()),
    Row("sqrt", POSITIVE, &[], |x| x.sqrt()),
    Row("rsqrt", POSITIVE, &[], |x| x.rsqrt()),
    Row("reciprocal", POSITIVE, &[], |x| x.reciprocal()),
    Row("pow_scalar", POSITIVE, &[], |x| x.pow_scalar(2.5)),
    Row("exp", ALL, &[], |x| x.exp()),
    Row("expm1", ALL, &[], |x| x.expm1()),
    Row("log", POSITIVE, &[], |x| x.log()),
    Row("log1p", POSITIVE, &[], |x| x.log1p()),
    Row("log2", POSITIVE, &[], |x| x.log2()),
    Row("log10", POSITIVE, &[], |x| x.log10()),
    Row("sin", ALL, &[], |x| x.sin()),
    Row("cos", ALL, &[], |x| x.cos()),
    Row("tan", (-1.0, 1.0), &[], |x| x.tan()),
    Row("tanh", ALL, &[], |x| x.tanh()),
    Row("erf", ALL, &[], |x| x.erf()),
    Row("sigmoid", ALL, &[], |x| x.sigmoid()),
    Row("log_sigmoid", ALL, &[], |x| x.log_sigmoid()),
    // The threshold is a jump of 5e-4 in the value: differences across it mean nothing.
    Row("softplus", ALL, &[1.5], |x| x.softplus(2.0, 3.0)),
    Row("relu", ALL, &[0.0], |x| x.relu()),
    Row("relu6", (-1.0, 7.0), &[0.0, 6.0], |x| x.relu6()),
    Row("leaky_relu", ALL, &[0.0], |x| x.leaky_relu(0.1)),
    Row("leaky_relu", ALL, &[0.0], |x| x.leaky_relu(-0.1)),
    Row("elu", ALL, &[0.0], |x| x.elu(0.7)),
    Row("elu", ALL, &[0.0], |x| x.elu(-0.7)),
    Row("celu", ALL, &[0.0], |x| x.celu(0.7)),
    Row("selu", ALL, &[0.0], |x| x.selu()),
    Row("gelu", ALL, &[], |x| x.gelu()),
    Row("gelu_tanh", ALL, &[], |x| x.gelu_tanh()),
    Row("silu", ALL, &[], |x| x.silu()),
    Row("mish", ALL, &[], |x| x.mish()),
    Row("softsign", ALL, &[], |x| x.softsign()),
    Row("hardtanh", ALL, &[-1.0, 2.0], |x| x.hardtanh(-1.0, 2.0)),
    Row("clamp", ALL, &[-1.0, 2.0], |x| x.clamp(-1.0, 2.0)),
    Row("hardsigmoid", (-5.0, 5.0), &[-3.0, 3.0], |x| x.hardsigmoid()),
    Row("hardswish", (-5.0, 5.0), &[-3.0, 3.0], |x| x.hardswish()),
];

#[test]
fn every_function_is_here() {
    for name in UNARY {
        assert!(ROWS.iter().any(|row| row.0 == *name), "{name} has no gradient test");
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn unary((row, x) in prop::sample::select(ROWS.iter().collect::<Vec<_>>()).prop_flat_map(|row| {
        let (low, high) = row.1;
        (Just(row), tensors(shapes(0..=3, 0..=4)).within(low, high).away_from(row.2, 1e-2))
    })) {
        gradcheck(|x| (row.3)(&x[0]), &[x]).map_err(|e| TestCaseError::fail(format!("{}: {e}", row.0)))?;
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
