//! Training is the same to the bit whatever the number of threads.

use xtask::bench::training_cases;

/// Steps that are compared. The loss of each shows every bit of the updates before it.
const STEPS: usize = 4;

/// The losses of a training case on a number of threads, by their bits.
fn losses(name: &str, threads: usize) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let cases = training_cases::<f32>();
        let case = cases.iter().find(|case| case.name == name).expect("a training case of this name");
        let mut training = (case.make)(true).unwrap();
        training.fill();
        let mut loss = |t| {
            let (batch, target) = case.by_formula(t).unwrap();
            training.step(&batch, &target).unwrap().to_bits()
        };
        (0..STEPS).map(&mut loss).collect()
    })
}

fn check(name: &str) {
    let one = losses(name, 1);
    assert!(one.windows(2).all(|pair| pair[0] != pair[1]), "{name} doesn't learn: {one:x?}");
    for threads in [2, 3, 8] {
        assert_eq!(losses(name, threads), one, "{name} differs between {threads} threads and one");
    }
}

#[test]
fn a_convolutional_network_with_adam() {
    check("train/lenet5_b64_adam");
}

#[test]
fn a_residual_network_with_batch_norm_and_momentum() {
    check("train/resnet20_cifar_b128_sgd");
}

#[test]
fn linear_layers_alone() {
    check("train/mlp_784_512_512_10_b128_adam");
}

#[test]
fn recurrent_networks() {
    for cell in ["rnn", "lstm", "gru"] {
        check(&format!("train/char_{cell}_h128_b32_t64_adam"));
    }
}
