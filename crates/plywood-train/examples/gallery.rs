//! Every chart once, on made-up data: `cargo run -p plywood-train --features plots --example gallery`.

use plywood_tensor::{Stream, Tensor};
use plywood_train::Result;
use plywood_train::plots::{Better, Chart, ImageGrid, LearningCurves};

fn main() -> Result<()> {
    let folder = std::path::Path::new("target/gallery");
    for kind in ["png", "svg"] {
        let save = |chart: &dyn Chart, name: &str| chart.scene()?.save(folder.join(format!("{name}.{kind}")));
        save(&learning(), "learning")?;
        save(&images()?, "images")?;
    }
    Ok(())
}

fn learning() -> LearningCurves {
    let curve = |end: f64, rate: f64, noise: u64| -> Vec<f64> {
        let mut random = Stream::new(noise);
        (0..20).map(|e| end + 2.0 * (-rate * f64::from(e)).exp() + 0.03 * random.gaussian().abs()).collect()
    };
    let (train, test) = (curve(0.02, 0.5, 1), curve(0.12, 0.45, 2));
    let accuracy = |loss: &[f64]| -> Vec<f64> { loss.iter().map(|l| 100.0 * (-l / 4.0).exp()).collect() };
    LearningCurves::new("Small CNN on the UCI digits")
        .panel("Loss", "cross-entropy (nats)", Better::Lower, &[("train", &train), ("test", &test)])
        .panel("Accuracy", "correct (%)", Better::Higher, &[("train", &accuracy(&train)), ("test", &accuracy(&test))])
}

fn images() -> Result<ImageGrid> {
    let mut random = Stream::new(3);
    let mut grid = ImageGrid::new("Test digits and what the network reads")
        .subtitle("Red frame: wrong, with what is true. 2 of 30 wrong.");
    for i in 0..30 {
        let image: Tensor = random.uniform([8, 8], 0.0, 1.0);
        let truth = (i % 10).to_string();
        let read = if i == 7 || i == 21 { "8".to_owned() } else { truth.clone() };
        grid = grid.prediction(&image, &read, &truth)?;
    }
    Ok(grid)
}
