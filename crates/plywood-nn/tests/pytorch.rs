//! PyTorch's own files. Of those under `tests/pytorch`, `saved.pt` was saved by PyTorch itself (`saved.py`); the others
//! were written by CPython's pickler, with stand-ins for PyTorch's classes, in the layout of `torch.save`.

use plywood_nn::{Entry, StateDict};

const GOOD: &[u8] = include_bytes!("pytorch/good.pt");
const CHECKPOINT: &[u8] = include_bytes!("pytorch/checkpoint.pt");
const SAVED: &[u8] = include_bytes!("pytorch/saved.pt");
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
fn every_type_of_number_comes_back_from_a_file_of_pytorch() {
    let state = read(SAVED).unwrap();
    let whole = |name: &str| match state.get(name) {
        Some(Entry::Int(tensor)) => tensor.to_vec(),
        other => panic!("{name}: {other:?}"),
    };
    let thirds = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|x: f32| x / 3.0).map(f64::from);
    for (name, bits) in [("f64", 24), ("f32", 24), ("parameter", 24), ("f16", 11), ("bf16", 8)] {
        // A third of each, rounded to so many bits.
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= b * f64::powi(0.5, bits);
        assert!(floats(&state, name).iter().zip(&thirds).all(near), "{name}: {:?}", floats(&state, name));
    }
    let extreme = floats(&state, "f16.extreme");
    assert_eq!(extreme[..2], [f64::INFINITY, f64::NEG_INFINITY]);
    assert!(extreme[2] == f64::powi(2.0, -24) && extreme[3].is_sign_negative() && extreme[4] == 65504.0, "{extreme:?}");
    for name in ["i64", "i32", "i16", "i8"] {
        assert_eq!(whole(name), [-3, -2, -1, 0, 1, 2], "{name}");
    }
    assert_eq!((whole("u8"), whole("bool")), (vec![250, 251, 252, 253, 254, 255], vec![1, 0]));
    assert_eq!(floats(&state, "transposed"), [0, 3, 1, 4, 2, 5].map(|i| thirds[i]));
    assert_eq!(floats(&state, "columns"), [1, 2, 4, 5].map(|i| thirds[i]));
    assert_eq!((floats(&state, "scalar"), floats(&state, "empty")), (vec![2.5], vec![]));
    assert_eq!(state.len(), 16, "the model's entries, and none of the rest");
}

#[test]
fn what_would_be_executed_is_refused() {
    let error = read(EVIL).unwrap_err();
    assert!(
        error.starts_with(
            "model.pt: data.pkl: expected tensors alone, as in `model.state_dict()`; nothing else is called, got a call of "
        ),
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
    // The beginning of a file by PyTorch 1.5, whose values weren't in an archive.
    let old = read(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.").unwrap_err();
    assert!(old.contains("got the format before PyTorch 1.6; `torch.save(torch.load(path), path)`"), "{old}");
}
