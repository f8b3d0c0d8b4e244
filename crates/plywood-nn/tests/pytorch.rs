//! PyTorch's own files. Those under `tests/pytorch` were written by CPython's pickler, with stand-ins for PyTorch's
//! classes, in the layout of `torch.save`.

use plywood_nn::{Entry, StateDict};

const GOOD: &[u8] = include_bytes!("pytorch/good.pt");
const CHECKPOINT: &[u8] = include_bytes!("pytorch/checkpoint.pt");
const EVIL: &[u8] = include_bytes!("pytorch/evil.pt");

fn read(bytes: &[u8]) -> Result<StateDict<f64>, String> {
    StateDict::from_pytorch(bytes, "model.pt").map_err(|e| e.to_string())
}

fn floats(state: &StateDict<f64>, name: &str) -> Vec<f64> {
    match state.get(name) {
        Some(Entry::Float(tensor)) => tensor.to_vec(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn tensors_come_back_by_name_with_their_strides_and_offsets() {
    for file in [GOOD, CHECKPOINT] {
        let state = read(file).unwrap();
        let names: Vec<&str> = state.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["fc.weight", "fc.weight_t", "fc.bias", "bn.num_batches_tracked"]);
        assert_eq!(floats(&state, "fc.weight"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(floats(&state, "fc.weight_t"), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(floats(&state, "fc.bias"), [-0.5]);
        let Some(Entry::Int(count)) = state.get("bn.num_batches_tracked") else { panic!() };
        assert_eq!((count.rank(), count.item().unwrap()), (0, -7));
    }
}

#[test]
fn what_would_be_executed_is_refused() {
    let error = read(EVIL).unwrap_err();
    assert!(
        error.starts_with("model.pt: data.pkl: expected tensors alone; nothing else is called, got a call of "),
        "{error}"
    );
    assert!(error.contains(".system"), "{error}");
}

#[test]
fn broken_files_are_errors() {
    for n in 0..GOOD.len() {
        assert!(read(&GOOD[..n]).is_err(), "cut at {n}");
    }
    // A changed byte may change a value or a name, but never more than that.
    for i in 0..GOOD.len() {
        for bit in [0, 3, 7] {
            let mut bytes = GOOD.to_vec();
            bytes[i] ^= 1 << bit;
            drop(read(&bytes));
        }
    }
    assert!(read(b"").unwrap_err().contains("zip archive"));
}
