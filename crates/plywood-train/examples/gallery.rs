//! Every chart once, on made-up data: `cargo run -p plywood-train --features plots --example gallery`.

use plywood_tensor::{Stream, Tensor};
use plywood_train::Result;
use plywood_train::plots::{
    AttentionMap, Better, Chart, ConfusionChart, CostSurface, DecisionBoundary, FinderChart, Histograms, ImageGrid,
    LearningCurves, Point, PrecisionRecallChart, RocChart, feature_maps, filters, strip,
};

fn main() -> Result<()> {
    let folder = std::path::Path::new("target/gallery");
    for kind in ["png", "svg"] {
        let save = |chart: &dyn Chart, name: &str| chart.scene()?.save(folder.join(format!("{name}.{kind}")));
        save(&learning(), "learning")?;
        save(&images()?, "images")?;
        save(&confusion()?, "confusion")?;
        save(&boundary()?, "boundary")?;
        save(&surface(), "surface")?;
        save(&histograms(), "histograms")?;
        save(&roc(), "roc")?;
        save(&precision_recall(), "precision_recall")?;
        save(&finder(), "finder")?;
        save(&attention()?, "attention")?;
        save(&filters("Filters of conv1", &Stream::new(5).normal::<f32>([16, 1, 5, 5], 0.0, 0.3))?, "filters")?;
        save(&filters("Filters of conv2", &Stream::new(5).normal::<f32>([4, 6, 3, 3], 0.0, 0.3))?, "filters_deep")?;
        save(&feature_maps("Feature maps after conv1", &waves(16, 14))?, "feature_maps")?;
        save(&strip("A wave in motion", &waves(12, 24))?, "strip")?;
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

fn confusion() -> Result<ConfusionChart> {
    let classes: Vec<String> = (0..10).map(|i| i.to_string()).collect();
    let mut random = Stream::new(4);
    let mut counts = vec![vec![0; 10]; 10];
    for (truth, row) in counts.iter_mut().enumerate() {
        for _ in 0..36 {
            row[if random.chance(0.06) { random.below(10) } else { truth }] += 1;
        }
    }
    ConfusionChart::new("Digits: 360 held-out images", &classes, &counts)
}

fn boundary() -> Result<DecisionBoundary> {
    let class = |[x, y]: Point| i64::from((x * 2.5).sin() * 0.6 < y);
    let chart = DecisionBoundary::new("Two moons, MLP with 16 hidden units", [-2.0, 2.0], [-1.5, 1.5]);
    let grid: Tensor<f64> = chart.grid(160);
    let classes: Vec<i64> = grid.to_vec().chunks(2).map(|p| class([p[0], p[1]])).collect();
    let mut random = Stream::new(6);
    let points: Vec<Point> = (0..120).map(|_| [random.gaussian() * 0.9, random.gaussian() * 0.7]).collect();
    let truth: Vec<i64> = points.iter().map(|&[x, y]| class([x, y + 0.2 * random.gaussian()])).collect();
    chart
        .class_names(&["upper moon", "lower moon"])
        .classes(&Tensor::from_vec([160 * 160], classes)?)?
        .points(&points, &truth)
}

fn surface() -> CostSurface {
    let (a, b) = (1.0, 100.0);
    let cost = |x: f64, y: f64| (a - x).powi(2) + b * (y - x * x).powi(2);
    let descend = |rate: f64, momentum: f64| {
        let (mut at, mut speed) = ([-1.6, 2.2], [0.0, 0.0]);
        let mut path: Vec<Point> = vec![at];
        for _ in 0..4000 {
            let [x, y] = at;
            let slope = [-2.0 * (a - x) - 4.0 * b * x * (y - x * x), 2.0 * b * (y - x * x)];
            for i in 0..2 {
                speed[i] = momentum * speed[i] + slope[i];
                at[i] -= rate * speed[i];
            }
            path.push(at);
        }
        path.into_iter().step_by(20).collect::<Vec<_>>()
    };
    CostSurface::of("Rosenbrock's valley", [-2.0, 2.0], [-1.0, 3.0], 120, |x, y| cost(x, y) + 0.01)
        .log()
        .axes("x", "y", "cost")
        .path("gradient descent", &descend(3e-4, 0.0))
        .path("with momentum 0.9", &descend(3e-4, 0.9))
}

fn histograms() -> Histograms {
    let mut random = Stream::new(7);
    let dead = random.normal::<f32>([64, 32], 0.0, 0.05).to_vec().into_iter().map(|v| v.max(0.0)).collect();
    Histograms::new("Gradients by layer, epoch 3", "gradient")
        .layer("conv1.weight", &random.normal::<f32>([6, 1, 5, 5], 0.0, 0.02))
        .layer("conv2.weight", &random.normal::<f32>([16, 6, 5, 5], 0.001, 0.004))
        .layer("fc1.weight", &random.uniform::<f32>([120, 256], -1e-4, 1e-4))
        .layer("fc2.weight", &Tensor::from_vec([64, 32], dead).expect("64·32 values"))
        .layer("fc3.bias", &Tensor::from([0.1f32, f32::NAN, -0.2, 0.0]))
}

fn roc() -> RocChart {
    let curve =
        |power: f64| (0..=100).map(|i| f64::from(i) / 100.0).map(|x| [x, x.powf(power)]).collect::<Vec<Point>>();
    RocChart::new("Spam filter").curve("logistic regression", &curve(0.4)).curve("MLP", &curve(0.12))
}

fn precision_recall() -> PrecisionRecallChart {
    let curve =
        |power: i32| (0..=50).map(|i| f64::from(i) / 50.0).map(|r| [r, 1.0 - 0.9 * r.powi(power)]).collect::<Vec<_>>();
    PrecisionRecallChart::new("Spam filter").curve("logistic regression", &curve(3)).curve("MLP", &curve(9))
}

fn finder() -> FinderChart {
    let points: Vec<Point> = (0..120)
        .map(|i| 10f64.powf(-6.0 + f64::from(i) / 18.0))
        .map(|rate| [rate, 2.3 - 1.8 / (1.0 + (2e-3 / rate).powf(1.4)) + (rate / 0.25).powi(3)])
        .collect();
    FinderChart::new("Learning-rate range test", &points, Some(2e-3))
}

fn attention() -> Result<AttentionMap> {
    let queries = ["das", "europaeische", "Abkommen", "wurde", "1992", "unterzeichnet", "."];
    let keys = ["the", "European", "agreement", "was", "signed", "in", "1992"];
    let focus = [0, 1, 2, 3, 6, 4, 4];
    let weights = Tensor::from_fn([7, 7], |i| if focus[i / 7] == i % 7 { 0.7f32 } else { 0.05 });
    AttentionMap::new("Translation, attention of the decoder", &queries, &keys, &weights)
}

fn waves(n: usize, side: usize) -> Tensor {
    Tensor::from_fn([n, side, side], |i| {
        let (t, y, x) = (i / side / side, i / side % side, i % side);
        let r = (x as f32 - side as f32 / 2.0).hypot(y as f32 - side as f32 / 2.0);
        (r * 0.9 - t as f32 * 0.6).cos() / (1.0 + 0.2 * r)
    })
}
