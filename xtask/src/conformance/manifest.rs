//! Reading a group's manifest: cases, and attributes that know whether they were understood.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::outcome::{Stop, unsupported};
use crate::Result;

/// `GROUP.json`, and where the tensors of its cases lie.
pub struct Manifest {
    /// The group's name.
    pub group: String,
    /// Its cases, in the file's order.
    pub cases: Vec<Case>,
    /// `GROUP.safetensors`, which groups without tensors lack.
    pub tensors: Option<PathBuf>,
}

/// One case as the manifest describes it.
pub struct Case {
    /// The case's name within its group, which is also the prefix of its tensors' names.
    pub id: String,
    /// The PyTorch function or layer in lower case.
    pub op: String,
    /// Everything that the manifest says about the case.
    pub fields: Map<String, Value>,
}

impl Manifest {
    /// Reads a manifest. An error names the file and, where there is one, the case.
    pub fn read(path: &Path) -> Result<Self> {
        let fail = |what: &str| format!("{}: {what}", path.display());
        let text = fs::read(path).map_err(|e| fail(&format!("could not be read: {e}")))?;
        let json: Value = serde_json::from_slice(&text).map_err(|e| fail(&format!("is not JSON: {e}")))?;
        let group = json["group"].as_str().ok_or_else(|| fail("has no \"group\""))?.to_string();
        let cases = json["cases"].as_array().ok_or_else(|| fail("has no list of \"cases\""))?;
        let case = |(index, case): (usize, &Value)| -> Result<Case> {
            let text = |key| case[key].as_str().map(String::from);
            let (Some(id), Some(op), Some(fields)) = (text("id"), text("op"), case.as_object()) else {
                return Err(fail(&format!("case {index} needs an \"id\" and an \"op\"")).into());
            };
            Ok(Case { id, op, fields: fields.clone() })
        };
        let cases = cases.iter().enumerate().map(case).collect::<Result<Vec<_>>>()?;
        let tensors = Some(path.with_extension("safetensors")).filter(|path| path.exists());
        Ok(Self { group, cases, tensors })
    }
}

impl Case {
    /// The operation's arguments.
    pub fn attrs(&self) -> Attrs<'_> {
        Attrs::new(self.fields.get("attrs").and_then(Value::as_object))
    }

    /// A list of names, e.g. `inputs`; empty where the case has none.
    pub fn names(&self, field: &str) -> Vec<&str> {
        self.fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A list of numbers.
    pub fn numbers(&self, field: &str) -> std::result::Result<Vec<f64>, Stop> {
        let numbers = self.fields.get(field).and_then(Value::as_array).map(|list| list.iter().map(Value::as_f64));
        let numbers = numbers.and_then(|list| list.collect::<Option<Vec<_>>>());
        numbers.ok_or_else(|| unsupported(format!("case without a list of numbers {field:?}")))
    }

    /// A number.
    pub fn number(&self, field: &str) -> std::result::Result<f64, Stop> {
        let number = self.fields.get(field).and_then(Value::as_f64);
        number.ok_or_else(|| unsupported(format!("case without a number {field:?}")))
    }
}

/// The arguments of an operation. Each is read by name with PyTorch's default; those that nothing has read by the end
/// make the case unsupported, so that an argument is never ignored in silence.
pub struct Attrs<'a> {
    map: Option<&'a Map<String, Value>>,
    read: RefCell<BTreeSet<&'static str>>,
}

type Read<T> = std::result::Result<T, Stop>;

impl<'a> Attrs<'a> {
    /// The arguments in a JSON object.
    pub fn new(map: Option<&'a Map<String, Value>>) -> Self {
        Self { map, read: RefCell::default() }
    }

    /// The raw argument, or `None` where it is missing or null.
    pub fn get(&self, name: &'static str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(name);
        self.map.and_then(|map| map.get(name)).filter(|value| !value.is_null())
    }

    /// Whether the argument is there, null included.
    pub fn has(&self, name: &str) -> bool {
        self.map.is_some_and(|map| map.contains_key(name))
    }

    fn convert<T>(&self, name: &'static str, convert: impl Fn(&'a Value) -> Option<T>) -> Read<Option<T>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        convert(value).map(Some).ok_or_else(|| unsupported(format!("attribute {name} = {value}")))
    }

    /// A number, if given.
    pub fn float(&self, name: &'static str) -> Read<Option<f64>> {
        self.convert(name, float)
    }

    /// A number with a default.
    pub fn float_or(&self, name: &'static str, default: f64) -> Read<f64> {
        Ok(self.float(name)?.unwrap_or(default))
    }

    /// An integer, if given.
    pub fn int(&self, name: &'static str) -> Read<Option<i64>> {
        self.convert(name, Value::as_i64)
    }

    /// An integer that must be given.
    pub fn int_needed(&self, name: &'static str) -> Read<i64> {
        self.int(name)?.ok_or_else(|| unsupported(format!("no attribute {name}")))
    }

    /// A size, if given.
    pub fn size(&self, name: &'static str) -> Read<Option<usize>> {
        self.convert(name, size)
    }

    /// A size with a default.
    pub fn size_or(&self, name: &'static str, default: usize) -> Read<usize> {
        Ok(self.size(name)?.unwrap_or(default))
    }

    /// A size that must be given.
    pub fn size_needed(&self, name: &'static str) -> Read<usize> {
        self.size(name)?.ok_or_else(|| unsupported(format!("no attribute {name}")))
    }

    /// A truth value with a default.
    pub fn flag_or(&self, name: &'static str, default: bool) -> Read<bool> {
        Ok(self.convert(name, Value::as_bool)?.unwrap_or(default))
    }

    /// A word, if given.
    pub fn word(&self, name: &'static str) -> Read<Option<&'a str>> {
        self.convert(name, Value::as_str)
    }

    /// A word with a default.
    pub fn word_or(&self, name: &'static str, default: &'a str) -> Read<&'a str> {
        Ok(self.word(name)?.unwrap_or(default))
    }

    /// Integers, if given; a single one counts as a list.
    pub fn ints(&self, name: &'static str) -> Read<Option<Vec<i64>>> {
        self.convert(name, |value| list(value, Value::as_i64))
    }

    /// Integers that must be given; a single one counts as a list.
    pub fn ints_needed(&self, name: &'static str) -> Read<Vec<i64>> {
        self.ints(name)?.ok_or_else(|| unsupported(format!("no attribute {name}")))
    }

    /// Numbers, if given; a single one counts as a list.
    pub fn floats(&self, name: &'static str) -> Read<Option<Vec<f64>>> {
        self.convert(name, |value| list(value, float))
    }

    /// Sizes, if given; a single one counts as a list.
    pub fn sizes(&self, name: &'static str) -> Read<Option<Vec<usize>>> {
        self.convert(name, |value| list(value, size))
    }

    /// `N` sizes, if given; a single one stands for all, as with PyTorch's `kernel_size=3`.
    pub fn each<const N: usize>(&self, name: &'static str) -> Read<Option<[usize; N]>> {
        self.convert(name, |value| match list(value, size)?.as_slice() {
            [all] => Some([*all; N]),
            sizes => sizes.try_into().ok(),
        })
    }

    /// `N` sizes with a default for each.
    pub fn each_or<const N: usize>(&self, name: &'static str, default: usize) -> Read<[usize; N]> {
        Ok(self.each(name)?.unwrap_or([default; N]))
    }

    /// Fails if the argument is given and isn't `value`: for settings that have only one meaning here.
    pub fn only(&self, name: &'static str, value: impl Into<Value>) -> Read<()> {
        let value = value.into();
        match self.get(name) {
            Some(given) if *given != value && given.as_f64().is_none_or(|x| Some(x) != value.as_f64()) => {
                Err(unsupported(format!("attribute {name} = {given}")))
            }
            _ => Ok(()),
        }
    }

    /// Fails if an argument was given that nothing has read.
    pub fn finish(&self) -> Read<()> {
        let read = self.read.borrow();
        // Null asks for the default, which is what an argument that isn't known here has.
        let given = self.map.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let left: Vec<&str> = given.map(|(name, _)| name.as_str()).filter(|name| !read.contains(name)).collect();
        if left.is_empty() { Ok(()) } else { Err(unsupported(format!("attribute {}", left.join(", ")))) }
    }
}

/// A number as JSON or, where JSON has none, as Python spells it.
fn float(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| match value.as_str()? {
        "inf" | "Infinity" => Some(f64::INFINITY),
        "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        "nan" | "NaN" => Some(f64::NAN),
        _ => None,
    })
}

fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|size| usize::try_from(size).ok())
}

fn list<'a, T>(value: &'a Value, one: impl Fn(&'a Value) -> Option<T>) -> Option<Vec<T>> {
    match value.as_array() {
        Some(items) => items.iter().map(one).collect(),
        None => one(value).map(|item| vec![item]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_with_defaults_and_none_is_ignored() {
        let json = serde_json::json!({"stride": 2, "padding": [1, 2], "dim": null, "p": 2.0, "mode": "same"});
        let attrs = Attrs::new(json.as_object());
        assert_eq!(attrs.each_or::<2>("stride", 1).unwrap(), [2, 2]);
        assert_eq!(attrs.each_or::<2>("padding", 0).unwrap(), [1, 2]);
        assert_eq!(attrs.each_or::<2>("dilation", 1).unwrap(), [1, 1]);
        assert_eq!(attrs.ints("dim").unwrap(), None);
        assert!(attrs.only("p", 2).is_ok());
        assert_eq!(attrs.finish(), Err(unsupported("attribute mode")));
        assert_eq!(attrs.only("mode", "valid"), Err(unsupported("attribute mode = \"same\"")));
        assert!(attrs.float("mode").is_err());
        assert!(attrs.finish().is_ok());
    }
}
