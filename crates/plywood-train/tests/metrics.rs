//! Metrics against scikit-learn's figures (tests/data/metrics.py), in one piece and in batches.

use plywood_tensor::{Tensor, file};
use plywood_train::metrics::{
    Accuracy, Average, ConfusionMatrix, F1, LogLoss, Mae, Mse, Perplexity, PrAuc, Precision, R2, Recall, RocAuc, TopK,
    Update,
};
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let bytes = file::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/metrics.json")).unwrap();
    let all: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    all.into_iter().filter(|case| case["kind"] == kind).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Feeds the case in batches of `size`, with a stop and a restart from the kept state in the middle, and compares.
fn check<Y>(case: &Value, mut metric: impl Update<f64, Tensor<Y>>, target: &Tensor<Y>, size: usize)
where
    Y: plywood_tensor::Element,
{
    let (output, n) = (numbers(&case["output"]), target.elements());
    let output = match case["columns"].as_u64().unwrap() as usize {
        1 => Tensor::from(output),
        c => Tensor::from_vec([n, c], output).unwrap(),
    };
    let mut first = 0;
    while first < n {
        let count = size.min(n - first);
        metric.update(&output.narrow(0, first, count).unwrap(), &target.narrow(0, first, count).unwrap()).unwrap();
        let state = metric.state();
        metric.reset();
        metric.restore(&state).unwrap();
        first += count;
    }
    let want = case["expected"][&metric.name()].as_f64().unwrap_or_else(|| panic!("no figure for {}", metric.name()));
    let got = metric.value();
    // Sums of up to 1000 terms in another order: some units in the last place of f64.
    assert!((got - want).abs() <= 1e-11 * want.abs().max(1.0), "{}: {got}, scikit-learn has {want}", metric.name());
}

#[test]
fn classifiers() {
    for case in cases("classes") {
        let columns = case["columns"].as_u64().unwrap() as usize;
        // One logit tells two classes apart.
        let classes = columns.max(2);
        let target = Tensor::from(numbers(&case["target"]).iter().map(|&x| x as i64).collect::<Vec<_>>());
        for size in [1, 9, 1000] {
            check(&case, Accuracy::new(), &target, size);
            check(&case, LogLoss::new(), &target, size);
            check(&case, Perplexity::new(), &target, size);
            for k in (2..classes).take(2) {
                check(&case, TopK::new(k).unwrap(), &target, size);
            }
            for average in [Average::Micro, Average::Macro, Average::Weighted] {
                check(&case, Precision::new(classes, average), &target, size);
                check(&case, Recall::new(classes, average), &target, size);
                check(&case, F1::new(classes, average), &target, size);
            }
        }
        let output = Tensor::from_vec([target.elements(), columns], numbers(&case["output"])).unwrap();
        let mut matrix = ConfusionMatrix::new(classes);
        matrix.update(&output, &target).unwrap();
        let counts: Vec<f64> = matrix.counts().iter().flatten().map(|&count| count as f64).collect();
        assert_eq!(counts, numbers(&case["confusion"]));
    }
}

#[test]
fn rankings() {
    for case in cases("ranking") {
        let target = Tensor::from(numbers(&case["target"]).iter().map(|&x| x as i64).collect::<Vec<_>>());
        for size in [1, 9, 1000] {
            check(&case, RocAuc::new(), &target, size);
            check(&case, PrAuc::new(), &target, size);
        }
    }
}

#[test]
fn regressions() {
    for case in cases("regression") {
        let target = Tensor::from(numbers(&case["target"]));
        for size in [1, 9, 1000] {
            check(&case, Mse::new(), &target, size);
            check(&case, Mae::new(), &target, size);
            check(&case, R2::new(), &target, size);
        }
    }
}
