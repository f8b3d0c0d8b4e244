//! How many images a second a loader augments and gathers: the counterpart of `benchmarks/torch/loader.py`.
//!
//! ```sh
//! cargo run --release -p plywood-data --example loader [epochs]
//! ```

use std::time::Instant;

use plywood_data::augment::{Augment, HorizontalFlip, Normalize, RandomCrop};
use plywood_data::{DataLoader, Images, Result};
use plywood_tensor::{Stream, Tensor};

fn main() -> Result<()> {
    let epochs: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10);
    let mnist = Augment::new(0).with(RandomCrop::new([28, 28]).padding(2)).with(Normalize::new(&[0.1307], &[0.3081]));
    let cifar = Augment::new(0)
        .with(RandomCrop::new([32, 32]).padding(4))
        .with(HorizontalFlip::new(0.5))
        .with(Normalize::new(&[0.4914, 0.4822, 0.4465], &[0.247, 0.2435, 0.2616]));
    for (name, shape, augment) in [("mnist", [60_000, 1, 28, 28], mnist), ("cifar", [50_000, 3, 32, 32], cifar)] {
        let set = pictures(shape)?;
        for workers in [0, 2] {
            let loader = DataLoader::new(set.clone()).batch_size(128).shuffle(0).augment(augment.clone());
            let loader = loader.workers(workers);
            let (start, mut seen) = (Instant::now(), 0);
            for epoch in 0..epochs {
                for batch in loader.epoch(epoch) {
                    seen += batch?.len();
                }
            }
            let rate = seen as f64 / start.elapsed().as_secs_f64();
            println!("{{\"name\": \"loader/{name}\", \"workers\": {workers}, \"images_per_second\": {rate:.0}}}");
        }
    }
    Ok(())
}

/// Random bytes in the shape of a data set.
fn pictures(shape: [usize; 4]) -> Result<Images> {
    let mut random = Stream::new(0);
    let pixels = Tensor::from_fn(shape, |_| random.bits() as u8);
    let labels: Vec<i64> = (0..shape[0] as i64).map(|i| i % 10).collect();
    Images::new(pixels, Tensor::from(labels), (0..10).map(|class| class.to_string()))
}
