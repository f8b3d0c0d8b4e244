//! XOR, learned by a hand-written loop on bare `Var`s: no module, no optimizer.
//!
//! One neuron can't: no straight line parts {01, 10} from {00, 11}. Two layers can.

use plywood::prelude::*;

fn main() -> Result<()> {
    let x = Var::from(Tensor::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]));
    let target = Var::from(Tensor::from([[0.0], [1.0], [1.0], [0.0f64]]));

    // Two hidden neurons suffice in principle; with more, a random start is less likely to get stuck.
    let random = &mut Stream::new(0);
    let mut parameters: [Tensor<f64>; 4] =
        [random.normal([8, 2], 0.0, 1.0), Tensor::zeros([8]), random.normal([1, 8], 0.0, 1.0), Tensor::zeros([1])];
    let predict = |[w1, b1, w2, b2]: &[Var<f64>; 4]| x.linear(w1, Some(b1))?.tanh().linear(w2, Some(b2));

    let learning_rate = 0.5;
    for step in 0..=500 {
        let leaves = parameters.clone().map(Var::leaf);
        let loss = binary_cross_entropy_with_logits(&predict(&leaves)?, &target, Reduction::Mean)?;
        if step % 100 == 0 {
            println!("step {step:3}: loss {:.4}", loss.item()?);
        }
        let grads = loss.backward()?;
        for (parameter, leaf) in parameters.iter_mut().zip(&leaves) {
            let gradient = grads.of(leaf)?;
            *parameter = parameter.zip_map(gradient, |p, g| p - learning_rate * g)?;
        }
    }

    println!("\n a  b   a XOR b");
    let probability = predict(&parameters.map(Var::from))?.sigmoid();
    for (i, (p, truth)) in probability.value().values().iter().zip([0.0, 1.0, 1.0, 0.0]).enumerate() {
        println!(" {}  {}   {p:.3}", i / 2, i % 2);
        assert!((p - truth).abs() < 0.1, "XOR has not been learned");
    }
    Ok(())
}
