//! The promises of the traversal: names, ties, freezing, files, reports.

use plywood_nn::{
    Buffer, Context, Counter, Entry, Layer, Linear, Module, Param, Result, Sequential, StateDict, Stream, Tensor,
};

#[derive(Module)]
struct Net {
    body: Sequential,
    head: Option<Linear>,
    spare: Option<Linear>,
    pair: (Linear, Param),
    running_mean: Buffer,
    steps: Counter,
    width: usize,
}

fn net(seed: u64) -> Net {
    let random = &mut Stream::new(seed);
    let mut head = Linear::new(3, 2, random);
    let tied = head.weight.tie();
    let body = Sequential::new().then(Linear::new(2, 3, random)).then(Linear::new(3, 3, random).without_bias());
    let pair = (Linear { weight: tied, bias: None }, Param::new(Tensor::ones([1])));
    Net {
        body,
        head: Some(head),
        spare: None,
        pair,
        running_mean: Buffer::new(Tensor::zeros([3])),
        steps: Counter::new(7),
        width: 3,
    }
}

#[test]
fn names_follow_the_structure() {
    let net = net(0);
    let names: Vec<String> = net.state_dict().iter().map(|(name, _)| name.to_owned()).collect();
    let parameters: Vec<String> = net.named_parameters().into_iter().map(|(name, _)| name).collect();
    let expected =
        ["body.0.weight", "body.0.bias", "body.1.weight", "head.weight", "head.bias", "pair.0.weight", "pair.1"];
    assert_eq!(names[..7], expected);
    assert_eq!(names[7..], ["running_mean", "steps"]);
    assert_eq!(parameters, ["body.0.weight", "body.0.bias", "body.1.weight", "head.weight", "head.bias", "pair.1"]);
    assert_eq!(net.num_parameters(), 6 + 3 + 9 + 6 + 2 + 1);
    assert_eq!(net.width, 3);
}

#[test]
fn tied_parameters_change_together() {
    let mut net = net(0);
    net.for_each_parameter_mut(&mut |_, param| param.make_mut().iter_mut().for_each(|x| *x += 1.0));
    assert!(net.head.as_ref().unwrap().weight.value().equals(net.pair.0.weight.value()));
    net.freeze(|name| name.starts_with("head"));
    assert!(!net.pair.0.weight.is_trainable() && !net.head.as_ref().unwrap().bias.as_ref().unwrap().is_trainable());
    assert!(net.pair.1.is_trainable());
    net.unfreeze(|name| name == "head.weight");
    assert!(net.pair.0.weight.is_trainable());
}

#[test]
fn a_clone_trains_on_its_own() {
    let layer = Linear::<f32>::new(2, 2, &mut Stream::new(0));
    let copy = layer.clone();
    assert!(copy.weight.key() != layer.weight.key() && copy.weight.value().equals(layer.weight.value()));
}

#[test]
fn files_carry_everything() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("plywood-module-{}", std::process::id()));
    let path = folder.join("net.safetensors");
    let (a, mut b) = (net(1), net(2));
    a.running_mean.set(Tensor::from([1.0, 2.0, 3.0]));
    a.steps.increment();
    a.save(&path)?;
    b.load(&path)?;
    for ((name, x), (_, y)) in a.state_dict().iter().zip(b.state_dict().iter()) {
        match (x, y) {
            (Entry::Float(x), Entry::Float(y)) => assert!(x.equals(y), "{name}"),
            (Entry::Int(x), Entry::Int(y)) => assert_eq!((x.item()?, y.item()?), (8, 8)),
            _ => panic!("{name} changed its kind"),
        }
    }
    std::fs::remove_dir_all(folder).expect("made above");
    Ok(())
}

#[test]
fn a_misfit_is_reported_whole_and_changes_nothing() {
    let mut net = net(0);
    let before = net.body_weight();
    let mut state = StateDict::<f32>::new();
    state.insert("body.0.weight", Entry::Float(Tensor::zeros([9, 2])));
    state.insert("body.0.bias", Entry::Float(Tensor::zeros([3])));
    state.insert("tail.weight", Entry::Float(Tensor::zeros([1])));
    let error = net.load_state_dict(&state).unwrap_err().to_string();
    for part in ["7 missing: body.1.weight", "1 unexpected: tail.weight", "body.0.weight: expected [3, 2], got [9, 2]"]
    {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(net.body_weight().equals(&before));
    let report = net.load_matching(&state);
    assert_eq!(report.loaded, ["body.0.bias"]);
}

impl Net {
    fn body_weight(&self) -> Tensor {
        match self.state_dict().get("body.0.weight") {
            Some(Entry::Float(weight)) => weight.clone(),
            _ => panic!("the model has this weight"),
        }
    }
}

#[test]
fn errors_and_traces_name_the_layer() {
    let random = &mut Stream::new(0);
    let inner = Sequential::<f32>::new().then(Linear::new(2, 3, random)).then(Linear::new(4, 1, random));
    let net = Sequential::new().then(inner);
    let x = Tensor::ones([5, 2]).into();
    let (result, calls) = Context::eval().traced(|cx| net.forward(&x, cx));
    let error = result.unwrap_err().to_string();
    assert_eq!(error, "0.1: linear: last extent of the input: expected 4, got 3 (input [5, 3], weight [1, 4])");
    assert_eq!((calls.len(), calls[0].path.as_str(), calls[0].kind.as_str()), (1, "0.0", "Linear(2, 3)"));
    assert_eq!((calls[0].input.to_vec(), calls[0].output.to_vec()), (vec![5, 2], vec![5, 3]));
}
