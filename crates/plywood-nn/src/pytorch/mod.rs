//! State dicts as PyTorch itself saves them, `.pt` and `.pth`: a zip archive with a pickle and the values.
//!
//! A pickle is a program. Of it, only what `torch.save` writes for tensors in dictionaries is understood; anything else
//! that it wants to call is refused, so a hostile file can't run anything.

mod archive;
mod pickle;

use std::collections::HashMap;
use std::path::Path;

use plywood_autograd::{Error, Result, Scalar, Shape, Tensor};
use plywood_tensor::file;
use plywood_tensor::safetensors::half;

use crate::state_dict::{Entry, StateDict};
use archive::Archive;
use pickle::{TensorRef, Value};

/// How many times the file's size its tensors may hold together: views of one storage may overlap, but a file that
/// names the same values over and over must not fill the memory.
const OVERLAP: usize = 4;

impl<T: Scalar> StateDict<T> {
    /// Reads a state dict that `torch.save(model.state_dict(), path)` wrote. Numbers of any floating-point type become
    /// `T`; whole numbers and truth values become whole numbers. Of a checkpoint, a dictionary of several things, the
    /// entry `state_dict`, `model_state_dict` or `model` is taken.
    ///
    /// # Errors
    /// If the system refuses, the file isn't such an archive, or its pickle asks for anything but tensors.
    pub fn open_pytorch(path: impl AsRef<Path>) -> Result<Self> {
        let bytes = file::read(&path)?;
        Self::from_pytorch(&bytes, path)
    }

    /// As [`open_pytorch`](Self::open_pytorch), from the contents of a file; `path` is for messages.
    ///
    /// # Errors
    /// If they aren't such an archive, or its pickle asks for anything but tensors.
    pub fn from_pytorch(bytes: &[u8], path: impl AsRef<Path>) -> Result<Self> {
        let wrong = |(what, expected, got): Wrong| Error::format(&path, what, expected, got);
        read(bytes).map_err(wrong)
    }
}

/// What is wrong, what was expected, and what came.
type Wrong = (String, String, String);

fn wrong(what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Wrong {
    (what.into(), expected.into(), got.into())
}

fn read<T: Scalar>(bytes: &[u8]) -> Result<StateDict<T>, Wrong> {
    let archive = Archive::read(bytes)?;
    let (folder, program) = archive.find("data.pkl")?;
    if let Some(order) = archive.get(&format!("{folder}byteorder")).filter(|order| order.trim_ascii() != b"little") {
        return Err(wrong("byte order", "little", String::from_utf8_lossy(order)));
    }
    let Value::Dict(top, _) = pickle::run(program)? else {
        return Err(wrong("data.pkl", "a dictionary", "something else"));
    };
    let nested = ["state_dict", "model_state_dict", "model"].iter().find_map(|key| {
        top.iter().find_map(|(name, value)| match value {
            Value::Dict(inner, _) if name == key => Some(inner),
            _ => None,
        })
    });
    let mut state = StateDict::new();
    // Tied parameters are one tensor under several names, and share their values here too.
    let mut read: HashMap<&TensorRef, Entry<T>> = HashMap::new();
    let mut room = OVERLAP.saturating_mul(bytes.len());
    for (name, value) in nested.unwrap_or(&top) {
        let Value::Tensor(tensor) = value else { continue };
        if let Some(known) = read.get(&**tensor) {
            state.insert(name, known.clone());
            continue;
        }
        let place = format!("{folder}data/{}", tensor.storage);
        let values = archive.get(&place).ok_or_else(|| wrong(name, format!("a file {place}"), "none"))?;
        let entry = entry(tensor, values, &mut room).map_err(|(expected, got)| wrong(name, expected, got))?;
        read.insert(tensor, entry.clone());
        state.insert(name, entry);
    }
    if state.is_empty() {
        let names: Vec<&str> = top.iter().take(8).map(|(name, _)| name.as_str()).collect();
        return Err(wrong("data.pkl", "tensors by name", format!("entries {names:?}")));
    }
    Ok(state)
}

/// The values of a tensor, which lie in its storage by offset and strides; takes their bytes off the `room` that is
/// left.
fn entry<T: Scalar>(tensor: &TensorRef, bytes: &[u8], room: &mut usize) -> Result<Entry<T>, (String, String)> {
    let shape = Shape::from_slice(&tensor.shape).map_err(|e| ("at most 8 dimensions".into(), e.to_string()))?;
    let size = size_of(&tensor.kind).ok_or_else(|| ("numbers".to_owned(), tensor.kind.clone()))?;
    let held = bytes.len() / size;
    // The last place of a value; checked, since shape and strides come from the file.
    let last = shape.iter().zip(&tensor.strides).try_fold(tensor.offset, |at, (&extent, &stride)| {
        at.checked_add(extent.saturating_sub(1).checked_mul(stride)?)
    });
    let elements = shape.checked_elements().filter(|&n| n <= held);
    let fits =
        tensor.strides.len() == shape.len() && elements.is_some_and(|n| n == 0 || last.is_some_and(|at| at < held));
    if !fits {
        let got = format!("shape {shape}, strides {:?}, offset {}", tensor.strides, tensor.offset);
        return Err((format!("a tensor within {held} stored values"), got));
    }
    *room = room.checked_sub(shape.elements() * size).ok_or_else(|| {
        let expected = format!("tensors that hold no more than {OVERLAP} times the file's bytes together");
        (expected, format!("more, with another one of shape {shape}"))
    })?;
    let place = |mut flat: usize| {
        let mut at = tensor.offset;
        for (&extent, &stride) in shape.iter().zip(&tensor.strides).rev() {
            at += flat % extent * stride;
            flat /= extent;
        }
        &bytes[at * size..][..size]
    };
    Ok(match tensor.kind.as_str() {
        "FloatStorage" => Entry::Float(Tensor::from_fn(shape, |i| {
            T::from_f64(f64::from(f32::from_le_bytes(place(i).try_into().expect("four bytes"))))
        })),
        "DoubleStorage" => Entry::Float(Tensor::from_fn(shape, |i| {
            T::from_f64(f64::from_le_bytes(place(i).try_into().expect("eight bytes")))
        })),
        "HalfStorage" => Entry::Float(Tensor::from_fn(shape, |i| {
            T::from_f64(half(u16::from_le_bytes(place(i).try_into().expect("two bytes"))))
        })),
        "BFloat16Storage" => Entry::Float(Tensor::from_fn(shape, |i| {
            let [low, high] = *place(i) else { unreachable!("two bytes") };
            T::from_f64(f64::from(f32::from_le_bytes([0, 0, low, high])))
        })),
        _ => Entry::Int(Tensor::from_fn(shape, |i| {
            let value = place(i);
            let fill = if tensor.kind != "ByteStorage" && value[size - 1] >> 7 == 1 { 0xFF } else { 0 };
            let mut wide = [fill; 8];
            wide[..size].copy_from_slice(value);
            i64::from_le_bytes(wide)
        })),
    })
}

/// Bytes of a value of a storage.
fn size_of(kind: &str) -> Option<usize> {
    Some(match kind {
        "DoubleStorage" | "LongStorage" => 8,
        "FloatStorage" | "IntStorage" => 4,
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        "CharStorage" | "ByteStorage" | "BoolStorage" => 1,
        _ => return None,
    })
}
