//! Pickles that want more than tensors: nothing is called, nothing overflows, and memory stays in proportion to the
//! file.

use plywood_nn::{Entry, StateDict};

const HEADER: &[u8] = b"\x80\x02";
/// Opens a dictionary and names its one entry.
const ENTRY: &[u8] = b"}X\x01\x00\x00\x00w";
/// A call of what rebuilds a tensor, its arguments but for the storage still to come.
const REBUILD: &[u8] = b"ctorch._utils\n_rebuild_tensor_v2\n(";
/// Values in the archive's file `data/0`.
const STORAGE: &[u8] = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ";

/// An archive as `torch.save` writes it, with this program and these numbers.
fn archive(program: &[u8], numbers: &[f32]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let files: [(&str, &[u8]); 2] = [("m/data.pkl", program), ("m/data/0", &numbers)];
    for (name, content) in files {
        let (at, size) = ((bytes.len() as u32).to_le_bytes(), (content.len() as u32).to_le_bytes());
        let length = [name.len() as u8, 0];
        // Signature, version, flags, method, time, date, hash, sizes, lengths of the name and of what else there is.
        bytes.extend([b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0", &size[..], &size, &length, b"\0\0"].concat());
        bytes.extend([name.as_bytes(), content].concat());
        let before = [b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0", &size[..], &size, &length].concat();
        directory.extend([&before[..], &[0; 12], &at, name.as_bytes()].concat());
    }
    let (at, size) = ((bytes.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x02\0\x02\0", &size[..], &at, b"\0\0"].concat();
    [bytes, directory, end].concat()
}

/// A dictionary of one entry, which this program makes.
fn entry(program: &[u8]) -> Vec<u8> {
    archive(&[HEADER, ENTRY, program, b"s."].concat(), &[1.0, 2.0, 3.0, 4.0])
}

/// A tensor of this shape, strides and offset, each a program.
fn tensor(offset: &[u8], shape: &[u8], strides: &[u8]) -> Vec<u8> {
    [REBUILD, STORAGE, offset, b"(", shape, b"t(", strides, b"t\x89NtR"].concat()
}

fn read(bytes: &[u8]) -> Result<StateDict<f64>, String> {
    StateDict::from_pytorch(bytes, "model.pt").map_err(|e| e.to_string())
}

fn refused(program: &[u8]) -> String {
    read(&entry(program)).map(|state| state.len()).expect_err("it is refused")
}

#[test]
fn an_honest_program_is_read() {
    let state = read(&entry(&tensor(b"K\x01", b"K\x03", b"K\x01"))).unwrap();
    let Some(Entry::Float(values)) = state.get("w") else { panic!("{state:?}") };
    assert_eq!(values.to_vec(), [2.0, 3.0, 4.0]);
}

#[test]
fn whatever_would_be_called_is_named_and_refused() {
    let calls: [(&[u8], &str); 7] = [
        (b"cos\nsystem\nX\x02\x00\x00\x00id\x85R", "a call of os.system at byte"),
        (b"cposix\nsystem\n(X\x02\x00\x00\x00idtR", "a call of posix.system at byte"),
        (b"\x8c\x08builtins\x8c\x04eval\x93X\x01\x00\x00\x001\x85R", "a call of builtins.eval at byte"),
        // What torch.save writes, with other arguments.
        (b"ctorch._utils\n_rebuild_tensor_v2\nX\x02\x00\x00\x00id\x85R", "a call of torch._utils._rebuild_tensor_v2"),
        (b"ccollections\nOrderedDict\nX\x02\x00\x00\x00id\x85R", "a call of collections.OrderedDict at byte"),
        (b"ctorch.nn.modules.linear\nLinear\n)\x81", "a call of torch.nn.modules.linear.Linear at byte"),
        // The state of an object that isn't a dictionary.
        (b"cos\nsystem\nNb", "a call of __setstate__ at byte"),
    ];
    for (program, expected) in calls {
        let error = refused(program);
        assert!(error.starts_with("model.pt: data.pkl: expected tensors alone, as in `model.state_dict()`"), "{error}");
        assert!(error.contains(expected), "{expected}: {error}");
    }
    // Opcodes that make an object: INST, OBJ, NEWOBJ_EX; of an extension registry; a name to be looked up.
    for program in [&b"(ios\nsystem\n"[..], b"(cos\nsystem\no", b"cos\nsystem\n)}\x92", b"\x82\x01"] {
        let error = refused(program);
        assert!(error.contains("expected a pickle of tensors in dictionaries, got opcode 0x"), "{error}");
    }
    assert!(refused(b"Pid\n").contains("opcode 0x50"));
}

#[test]
fn a_tensor_beyond_its_storage_is_refused() {
    let million = b"J\x40\x42\x0f\x00";
    let huge = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
    let cases: [(&[u8], &[u8], &[u8]); 7] = [
        (b"K\x00", b"K\x05", b"K\x01"),                                    // one too many
        (b"K\x02", b"K\x03", b"K\x01"),                                    // begins too late
        (b"K\x00", b"K\x03", b"K\x02"),                                    // strides lead out
        (b"K\x00", million, b"K\x00"),                                     // one number a million times
        (b"K\x00", huge, b"K\x01"),                                        // an extent that overflows
        (huge, b"K\x02", huge),                                            // offset and stride that overflow
        (b"K\x00", &[&huge[..], huge, huge].concat(), b"K\x01K\x01K\x01"), // a product that overflows
    ];
    for (offset, shape, strides) in cases {
        let error = refused(&tensor(offset, shape, strides));
        assert!(error.starts_with("model.pt: w: expected a tensor within 4 stored values, got shape ["), "{error}");
    }
    assert!(refused(&tensor(b"K\x00", &b"K\x01".repeat(9), &b"K\x01".repeat(9))).contains("at most 8 dimensions"));
    assert!(refused(&tensor(b"K\x00", b"J\xff\xff\xff\xff", b"K\x01")).contains("a whole pickle"), "a negative extent");
    // Text of 4 GiB, and a number of 16 bytes.
    for program in [&b"X\xff\xff\xff\xff"[..], b"\x8a\x10", b"\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01"] {
        assert!(refused(program).contains("expected a whole pickle, got one that breaks at byte"));
    }
}

#[test]
fn one_storage_named_over_and_over_does_not_fill_the_memory() {
    let hundred = |tensor: &dyn Fn(u8) -> Vec<u8>| {
        let entry = |i: u8| [b"X\x01\x00\x00\x00", &[i][..], &tensor(i), b"s"].concat();
        archive(&[HEADER, b"}", &(0..100).flat_map(entry).collect::<Vec<u8>>(), b"."].concat(), &[0.0; 20_000])
    };
    // 16,128 of the 20,000 numbers: the same ones under many names, as tied parameters are, or ever others.
    let tied = read(&hundred(&|_| tensor(b"K\x00", b"M\x00\x3f", b"K\x01"))).unwrap();
    assert_eq!(tied.len(), 100);
    let error = read(&hundred(&|i| tensor(&[b'K', i], b"M\x00\x3f", b"K\x01"))).map(|state| state.len()).unwrap_err();
    assert!(error.contains("no more than 4 times the file's bytes together, got more, with another one of"), "{error}");
}

#[test]
fn nesting_without_end_does_not_overflow_the_stack() {
    const DEEP: usize = 1_000_000;
    // Tuples in tuples, and dictionaries in dictionaries.
    let tuples = [&b")"[..], &b"\x85".repeat(DEEP)].concat();
    assert!(refused(&tuples).contains("expected tensors by name"));
    let dictionaries = [&b"}X\x01\x00\x00\x00w".repeat(DEEP)[..], b"N", &b"s".repeat(DEEP)].concat();
    assert!(refused(&dictionaries).contains("expected tensors by name"));
}
