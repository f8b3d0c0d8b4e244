//! Images too small for a network's strides: the error names the layer where nothing is left. AlexNet and VGG, which
//! take long to make, have their tests beside them.

use plywood_models::*;
use plywood_nn::*;

/// What a model says to images of one size.
fn message(model: &impl Layer<f32>, channels: usize, side: usize) -> String {
    let x = Tensor::zeros([2, channels, side, side]).into();
    match model.forward(&x, &mut Context::eval()) {
        Ok(y) => format!("takes it: {}", y.shape()),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn assert_starts(text: &str, expected: &str) {
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn lenet() {
    let model = LeNet5::<f32>::new(10, &mut Stream::new(0));
    let before = message(&model, 1, 8);
    assert_starts(
        &before,
        "Conv2d(6, 16, kernel 5×5): conv2d: height of the input with its padding: expected at least",
    );
    // An optimizer, a file, a summary: whatever looks through the model tells its parameters their names.
    model.named_parameters();
    assert_starts(&message(&model, 1, 8), "conv2: conv2d: height of the input with its padding: expected at least");
    assert_starts(&message(&model, 1, 1), "pool1: max_pool2d: height of the input: expected at least 2");
    assert_starts(&message(&model, 1, 10), "pool2: max_pool2d: height of the input: expected at least 2");
    assert_starts(&message(&model, 1, 20), "fc1: linear: last extent of the input: expected 400, got 144");
    assert_starts(&message(&model, 1, 28), "takes it: [2, 10]");
}

#[test]
fn googlenet() {
    let model = GoogLeNet::<f32>::new(10, &mut Stream::new(0));
    model.named_parameters();
    assert_starts(&message(&model, 3, 0), "conv1.conv: conv2d: height of the input");
    assert_starts(&message(&model, 3, 1), "maxpool1: max_pool2d: height of the input: expected at least");
    assert_starts(&message(&model, 3, 32), "takes it: [2, 10]");
}

#[test]
fn residual_networks() {
    // Their padding leaves at least one pixel of any image, so that only no image at all is too small.
    let model = ResNetConfig::resnet18(10).build::<f32>(&mut Stream::new(0));
    model.named_parameters();
    assert_starts(&message(&model, 3, 0), "conv1: conv2d: height of the input");
    assert_starts(&message(&model, 3, 1), "takes it: [2, 10]");
    let model = CifarResNet::<f32>::new(8, 10, &mut Stream::new(0)).unwrap();
    model.named_parameters();
    assert_starts(&message(&model, 3, 0), "conv1: conv2d: height of the input");
    assert_starts(&message(&model, 3, 1), "takes it: [2, 10]");
    // In training one value a channel has no variance, and the message says at which layer there is only one.
    let one = Tensor::zeros([1, 3, 1, 1]).into();
    let error = model.forward(&one, &mut Context::train(0)).unwrap_err().to_string();
    assert_starts(&error, "bn1: batch_norm_relu: values per channel in training mode: expected 2 or more, got 1");
}
