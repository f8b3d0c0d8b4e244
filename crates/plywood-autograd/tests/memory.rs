//! A training loop's memory stays as it is: in a process of its own, for other tests would count too.

use std::fs;

use plywood_autograd::{Result, Var};
use plywood_tensor::{Stream, Tensor};

const STEPS: usize = 10_000;

/// Resident memory of this process in KiB; `None` where the system doesn't say.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

/// A forward pass, whose graph is dropped unused every third time, and a step against the gradient.
fn step(i: usize, x: &Tensor, w: &mut [Tensor; 2]) -> Result<()> {
    let leaves = w.clone().map(Var::leaf);
    let hidden = Var::from(x).matmul(&leaves[0])?.tanh();
    let loss = hidden.matmul(&leaves[1])?.square().mean();
    if i % 3 == 2 {
        return Ok(());
    }
    let gradients = loss.backward()?;
    for (w, leaf) in w.iter_mut().zip(&leaves) {
        let gradient = gradients.get(leaf).expect("the loss depends on both");
        *w = w.zip_map(gradient, |w, g| w - 1e-3 * g)?;
    }
    Ok(())
}

#[test]
fn ten_thousand_steps_keep_resident_memory_flat() {
    let Some(_) = resident() else {
        println!("skipped: this system has no /proc/self/status");
        return;
    };
    let mut random = Stream::new(0);
    let x = random.normal([32, 16], 0.0, 1.0);
    let mut w = [random.normal([16, 64], 0.0, 0.3), random.normal([64, 4], 0.0, 0.3)];
    // What the allocator and the pool take for themselves, they have taken by then.
    for i in 0..STEPS / 10 {
        step(i, &x, &mut w).unwrap();
    }
    let before = resident().unwrap();
    for i in 0..STEPS {
        step(i, &x, &mut w).unwrap();
    }
    let grown = resident().unwrap().saturating_sub(before);
    // One forgotten vector of 64 numbers a step would be 2500 KiB.
    assert!(grown < 512, "resident memory grew by {grown} KiB in {STEPS} steps");
}
