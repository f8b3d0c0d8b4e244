//! The committed cases, a test a group; and that the runner sees what is wrong.

use std::path::PathBuf;

use plywood_tensor::Tensor;
use plywood_tensor::safetensors::Writer;
use xtask::conformance::{committed, run};

/// Runs a group in both dtypes: nothing may fail, and nothing may be missing.
fn holds(group: &str) {
    let report = run(&committed(), Some(group), &["f64", "f32"]).unwrap();
    let (_, failed, unsupported) = report.totals();
    assert_eq!((failed, unsupported), (0, 0), "\n{report}");
}

/// Runs a group in both dtypes: nothing may fail.
fn holds_so_far(group: &str) {
    let report = run(&committed(), Some(group), &["f64", "f32"]).unwrap();
    assert_eq!(report.totals().1, 0, "\n{report}");
}

#[test]
fn attention() {
    holds("attention");
}

#[test]
fn convolution() {
    holds_so_far("convolution");
}

#[test]
fn convolution_large() {
    holds("convolution_large");
}

#[test]
fn elementwise() {
    holds_so_far("elementwise");
}

#[test]
fn init() {
    holds("init");
}

#[test]
fn loss() {
    holds_so_far("loss");
}

#[test]
fn matmul() {
    holds_so_far("matmul");
}

#[test]
fn more() {
    holds_so_far("more");
}

#[test]
fn normalization() {
    holds("normalization");
}

#[test]
fn pooling() {
    holds("pooling");
}

#[test]
fn optimizer() {
    holds("optimizer");
}

#[test]
fn recurrent() {
    holds("recurrent");
}

#[test]
fn schedule() {
    holds("schedule");
}

#[test]
fn shape() {
    holds("shape");
}

/// A folder with one group of one case: `input` seen as `[2, 3]`, whose expected values `change` may falsify.
fn folder(name: &str, manifest: &str, change: f64) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("plywood-conformance-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("made.json"), manifest).unwrap();
    let counting = Tensor::<f64>::from_fn([6], |i| i as f64);
    let mut writer = Writer::new();
    writer.add("a/input/input", &counting).add("a/grad/input", &counting.map(|x| 10.0 * x + change));
    writer.add("a/output/output", &counting.reshape([2, 3]).unwrap());
    writer.add("a/cotangent/output", &counting.map(|x| 10.0 * x).reshape([2, 3]).unwrap());
    writer.save(folder.join("made.safetensors")).unwrap();
    folder
}

fn manifest(op: &str, attrs: &str) -> String {
    format!(
        r#"{{"group": "made", "cases": [{{"id": "a", "op": "{op}", "attrs": {attrs},
            "inputs": ["input"], "outputs": ["output"], "grads": ["input"]}}]}}"#
    )
}

fn totals(name: &str, manifest: &str, change: f64) -> ((usize, usize, usize), String) {
    let folder = folder(name, manifest, change);
    let report = run(&folder, None, &["f64", "f32"]).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (report.totals(), report.to_string())
}

#[test]
fn a_right_case_passes_and_a_wrong_gradient_fails() {
    let right = manifest("reshape", r#"{"shape": [2, -1]}"#);
    assert_eq!(totals("right", &right, 0.0).0, (2, 0, 0));
    let (count, text) = totals("wrong", &right, 1e-3);
    assert_eq!(count, (0, 2, 0), "{text}");
    assert!(text.contains("FAILED made/a in f64: grad/input[0]: expected 0.001, got 0, error 1.00e-3"), "{text}");
    assert!(text.contains("6 of 6 values are off"), "{text}");
}

#[test]
fn a_wrong_shape_fails_and_an_error_of_the_operation_too() {
    let (count, text) = totals("shape", &manifest("reshape", r#"{"shape": [3, 2]}"#), 0.0);
    assert_eq!(count, (0, 2, 0), "{text}");
    assert!(text.contains("output/output: expected shape [2, 3], got [3, 2]"), "{text}");
    let (count, text) = totals("refused", &manifest("reshape", r#"{"shape": [4, 2]}"#), 0.0);
    assert_eq!(count, (0, 2, 0), "{text}");
    assert!(text.contains("error: reshape"), "{text}");
}

#[test]
fn what_is_not_known_is_unsupported_and_listed() {
    let (count, text) = totals("op", &manifest("origami", "{}"), 0.0);
    assert_eq!(count, (0, 0, 2), "{text}");
    assert!(text.contains("unsupported origami (1 cases"), "{text}");
    let (count, text) = totals("attr", &manifest("reshape", r#"{"shape": [2, 3], "fold": true}"#), 0.0);
    assert_eq!(count, (0, 0, 2), "{text}");
    assert!(text.contains("unsupported reshape: attribute fold"), "{text}");
    assert_eq!(text.lines().last(), Some("0 passed, 0 failed, 2 unsupported"));
}

#[test]
fn a_folder_without_the_group_is_an_error() {
    let error = run(&committed(), Some("no such group"), &["f64"]).err().unwrap().to_string();
    assert!(error.contains("no manifest of a group \"no such group\""), "{error}");
    assert!(run(&committed().join("missing"), None, &["f64"]).is_err());
}
