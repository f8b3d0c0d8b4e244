//! As much of Python's pickle machine as `torch.save` makes use of for dictionaries of tensors.
//!
//! Source: the opcodes of CPython's `Lib/pickletools.py`.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Wrong, wrong};

/// Values nested more deeply than this are only kept for their place: a state dict within a checkpoint is two deep, and
/// dropping a value without bound on its depth would overflow the stack.
const DEEPEST: u8 = 8;

/// What a pickle makes. Cheap to clone, so that a program which repeats a value doesn't multiply memory.
#[derive(Clone)]
pub enum Value {
    /// A number that isn't whole, or nothing: kept for its place alone.
    Other,
    Int(i64),
    Text(Rc<str>),
    /// Items, and how deeply they are nested.
    Tuple(Rc<[Value]>, u8),
    /// A dictionary, and how deeply it is nested; keys that aren't text are left out.
    Dict(Vec<(String, Value)>, u8),
    List,
    /// A function or class that the program has named, as `module.name`.
    Global(Rc<str>),
    /// Values in a file of the archive: their type and the file's name.
    Storage(Rc<str>, Rc<str>),
    Tensor(Rc<TensorRef>),
}

impl Value {
    fn tuple(items: Vec<Value>) -> Self {
        let items: Rc<[Value]> = items.into_iter().map(Value::shallow).collect();
        let depth = items.iter().map(Value::depth).max().unwrap_or(0);
        Self::Tuple(items, depth + 1)
    }

    fn depth(&self) -> u8 {
        match self {
            Self::Tuple(_, depth) | Self::Dict(_, depth) => *depth,
            _ => 0,
        }
    }

    /// As part of another value.
    fn shallow(self) -> Self {
        if self.depth() < DEEPEST { self } else { Self::Other }
    }
}

/// Where the values of a tensor are.
#[derive(PartialEq, Eq, Hash)]
pub struct TensorRef {
    pub kind: String,
    pub storage: String,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// Runs a program; what it leaves is the result.
pub fn run(program: &[u8]) -> Result<Value, Wrong> {
    let mut machine = Machine { rest: program, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    loop {
        let at = program.len() - machine.rest.len();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(value)) => return Ok(value),
            Err(Fault::Broken) => {
                return Err(wrong("data.pkl", "a whole pickle", format!("one that breaks at byte {at}")));
            }
            Err(Fault::Opcode(code)) => {
                let got = format!("opcode {code:#04x} at byte {at}");
                return Err(wrong("data.pkl", "a pickle of tensors in dictionaries", got));
            }
            Err(Fault::Refused(what)) => {
                let expected = "tensors alone, as in `model.state_dict()`; nothing else is called";
                return Err(wrong("data.pkl", expected, format!("a call of {what} at byte {at}")));
            }
        }
    }
}

enum Fault {
    Broken,
    Opcode(u8),
    Refused(String),
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<usize, Value>,
}

impl Machine<'_> {
    fn step(&mut self) -> Result<Option<Value>, Fault> {
        let code = self.number(1)? as u8;
        match code {
            // Protocol and frames say nothing that matters here.
            0x80 => _ = self.number(1)?,
            0x95 => _ = self.bytes(8)?,
            b'.' => return self.pop().map(Some),
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.stack.push(Value::Dict(Vec::new(), 1)),
            b']' => self.stack.push(Value::List),
            b')' => self.stack.push(Value::tuple(Vec::new())),
            b'N' => self.stack.push(Value::Other),
            b'G' => {
                self.bytes(8)?;
                self.stack.push(Value::Other);
            }
            0x88 | 0x89 => self.stack.push(Value::Int(i64::from(code == 0x88))),
            b'K' => self.integer(1)?,
            b'M' => self.integer(2)?,
            b'J' => {
                let value = self.number(4)? as u32 as i32;
                self.stack.push(Value::Int(i64::from(value)));
            }
            0x8a => {
                let bytes = self.number(1).and_then(|n| self.bytes(n))?;
                let fill = if bytes.last().is_some_and(|b| b >> 7 == 1) { 0xFF } else { 0 };
                let mut wide = [fill; 8];
                wide.get_mut(..bytes.len()).ok_or(Fault::Broken)?.copy_from_slice(bytes);
                self.stack.push(Value::Int(i64::from_le_bytes(wide)));
            }
            b'X' => self.text(4)?,
            0x8c => self.text(1)?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(format!("{module}.{name}").into()));
            }
            0x93 => {
                let (name, module) = (self.pop_text()?, self.pop_text()?);
                self.stack.push(Value::Global(format!("{module}.{name}").into()));
            }
            b't' => {
                let items = self.since_mark()?;
                self.stack.push(Value::tuple(items));
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or(Fault::Broken)?;
                let items = self.stack.split_off(start);
                self.stack.push(Value::tuple(items));
            }
            b'a' => drop(self.pop()?),
            b'e' => drop(self.since_mark()?),
            b's' => {
                let start = self.stack.len().checked_sub(2).ok_or(Fault::Broken)?;
                let pair = self.stack.split_off(start);
                self.extend(pair)?;
            }
            b'u' => {
                let pairs = self.since_mark()?;
                self.extend(pairs)?;
            }
            b'q' => {
                let place = self.number(1)?;
                self.put(place)?;
            }
            b'r' => {
                let place = self.number(4)?;
                self.put(place)?;
            }
            0x94 => self.put(self.memo.len())?,
            b'h' => {
                let place = self.number(1)?;
                self.get(place)?;
            }
            b'j' => {
                let place = self.number(4)?;
                self.get(place)?;
            }
            b'Q' => {
                let storage = self.pop().and_then(storage)?;
                self.stack.push(storage);
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.stack.push(call(&function, arguments)?);
            }
            // A new object of a class, as in a model that was saved whole.
            0x81 => {
                let (_, class) = (self.pop()?, self.pop()?);
                return Err(if let Value::Global(class) = class {
                    Fault::Refused(class.to_string())
                } else {
                    Fault::Broken
                });
            }
            // The attributes of a dictionary, such as the versions of its modules.
            b'b' => {
                self.pop()?;
                if !matches!(self.stack.last(), Some(Value::Dict(..))) {
                    return Err(Fault::Refused("__setstate__".into()));
                }
            }
            other => return Err(Fault::Opcode(other)),
        }
        Ok(None)
    }

    fn bytes(&mut self, n: usize) -> Result<&[u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(n).ok_or(Fault::Broken)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn number(&mut self, width: usize) -> Result<usize, Fault> {
        Ok(self.bytes(width)?.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)))
    }

    fn integer(&mut self, width: usize) -> Result<(), Fault> {
        let value = self.number(width)? as i64;
        self.stack.push(Value::Int(value));
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<(), Fault> {
        let n = self.number(width)?;
        let text = std::str::from_utf8(self.bytes(n)?).map_err(|_| Fault::Broken)?.into();
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String, Fault> {
        let end = self.rest.iter().position(|&b| b == b'\n').ok_or(Fault::Broken)?;
        let line = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest = &self.rest[end + 1..];
        Ok(line)
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        self.stack.pop().ok_or(Fault::Broken)
    }

    fn pop_text(&mut self) -> Result<Rc<str>, Fault> {
        match self.pop()? {
            Value::Text(text) => Ok(text),
            _ => Err(Fault::Broken),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or(Fault::Broken)?;
        Ok(self.stack.split_off(mark))
    }

    fn extend(&mut self, pairs: Vec<Value>) -> Result<(), Fault> {
        let Some(Value::Dict(entries, depth)) = self.stack.last_mut() else { return Err(Fault::Broken) };
        let mut pairs = pairs.into_iter();
        while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
            if let Value::Text(key) = key {
                let value = value.shallow();
                *depth = (*depth).max(value.depth() + 1);
                entries.push((key.to_string(), value));
            }
        }
        Ok(())
    }

    /// Remembers what can't change afterwards: a dictionary that is used in two places isn't a state dict.
    fn put(&mut self, place: usize) -> Result<(), Fault> {
        let value = match self.stack.last().ok_or(Fault::Broken)? {
            Value::Dict(..) | Value::List => Value::Other,
            value => value.clone(),
        };
        self.memo.insert(place, value);
        Ok(())
    }

    fn get(&mut self, place: usize) -> Result<(), Fault> {
        let value = self.memo.get(&place).ok_or(Fault::Broken)?.clone();
        self.stack.push(value);
        Ok(())
    }
}

/// `("storage", class, key, device, count)`, PyTorch's name for values in a file of the archive.
fn storage(id: Value) -> Result<Value, Fault> {
    if let Value::Tuple(parts, _) = &id
        && let [Value::Text(tag), Value::Global(class), Value::Text(key), ..] = &**parts
        && &**tag == "storage"
        && let Some(kind) = class.strip_prefix("torch.")
    {
        return Ok(Value::Storage(kind.into(), key.clone()));
    }
    Err(Fault::Broken)
}

fn call(function: &Value, arguments: Value) -> Result<Value, Fault> {
    let (Value::Global(function), Value::Tuple(arguments, _)) = (function, arguments) else {
        return Err(Fault::Broken);
    };
    match (&**function, &*arguments) {
        ("collections.OrderedDict", []) => Ok(Value::Dict(Vec::new(), 1)),
        ("torch._utils._rebuild_parameter", [tensor @ Value::Tensor(_), ..]) => Ok(tensor.clone()),
        (
            "torch._utils._rebuild_tensor_v2",
            [Value::Storage(kind, key), Value::Int(offset), Value::Tuple(shape, _), Value::Tuple(strides, _), ..],
        ) => {
            let sizes = |items: &[Value]| -> Option<Vec<usize>> {
                items
                    .iter()
                    .map(|item| if let Value::Int(n) = item { usize::try_from(*n).ok() } else { None })
                    .collect()
            };
            let (offset, shape, strides) = (usize::try_from(*offset).ok(), sizes(shape), sizes(strides));
            let (Some(offset), Some(shape), Some(strides)) = (offset, shape, strides) else {
                return Err(Fault::Broken);
            };
            let (kind, storage) = (kind.to_string(), key.to_string());
            Ok(Value::Tensor(Rc::new(TensorRef { kind, storage, offset, shape, strides })))
        }
        (other, _) => Err(Fault::Refused(other.to_owned())),
    }
}
