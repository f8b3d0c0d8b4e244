//! AlexNet on small images: `cargo run --release --example 21_alexnet`.
//!
//! The network that won ImageNet in 2012: five convolutions with ReLU, max(x, 0), normalisation over neighbouring
//! channels, pooling windows that overlap (3 wide, 2 apart), and three linear layers. Its 60 million weights could have
//! learned the million pictures by heart. Besides dropout, which example 15 shows, the paper's section 4 names
//! augmentation: each picture is shown mirrored and cut out a little elsewhere, differently every time.
//!
//! Here a narrow AlexNet learns from 400 generated pictures of discs, squares, triangles and crosses, with and without.

use plywood::data::BatchInfo;
use plywood::data::augment::{Augment, HorizontalFlip, RandomCrop};
use plywood::nn::init::{Fan, Nonlinearity, kaiming_normal};
use plywood::optim::{OneCycleLR, SGDConfig};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, ImageGrid, LineChart};
use plywood::train::predict;
use plywood_examples::shapes::{NAMES, SIDE, pictures};
use plywood_examples::{by_epoch, claim, picture};

const TOPIC: &str = "21_alexnet";
const EPOCHS: usize = 30;

#[derive(Module)]
struct SmallAlexNet<T: Scalar = f32> {
    features: Vec<Conv2d<T>>,
    classifier: Vec<Linear<T>>,
}

impl SmallAlexNet {
    /// With weights drawn so that ReLU keeps the size of what it gets (He et al. 2015).
    fn new() -> Result<Self> {
        let random = &mut Stream::new(0);
        let mut conv = |from, to, kernel: usize| Conv2d::new(from, to, kernel, random).padding(kernel / 2);
        let features = vec![conv(3, 12, 5), conv(12, 24, 5), conv(24, 32, 3), conv(32, 32, 3), conv(32, 24, 3)];
        let classifier = [(24 * 4, 64), (64, 64), (64, 4)].map(|(from, to)| Linear::new(from, to, random)).into();
        let mut model = Self { features, classifier };
        for conv in &mut model.features {
            conv.weight.set(kaiming_normal(*conv.weight.shape(), Nonlinearity::ReLU, Fan::In, random)?)?;
        }
        for linear in &mut model.classifier {
            linear.weight.set(kaiming_normal(*linear.weight.shape(), Nonlinearity::ReLU, Fan::In, random)?)?;
        }
        Ok(model)
    }
}

impl Layer<f32> for SmallAlexNet {
    /// `[n, 3, 24, 24]` to `[n, 4]`.
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let overlapping = Window::from(3).stride(2);
        let mut x = x.clone();
        for (i, conv) in self.features.iter().enumerate() {
            x = conv.forward(&x, cx)?.relu();
            if i < 2 {
                x = x.local_response_norm(5, 5e-4, 0.75, 2.0)?;
            }
            if i < 2 || i == 4 {
                x = x.max_pool2d(overlapping)?; // 24 → 11 → 5 → 2
            }
        }
        x = x.flatten(1)?;
        for linear in &self.classifier[..2] {
            x = linear.forward(&x, cx)?.relu();
        }
        self.classifier[2].forward(&x, cx)
    }
}

/// Shown mirrored or not, and moved by up to three pixels.
fn augmentation() -> Augment {
    Augment::new(0).with(HorizontalFlip::new(0.5)).with(RandomCrop::new([SIDE, SIDE]).padding(3))
}

fn main() -> Result<()> {
    let (data, unseen) = (pictures(400, 1)?, pictures(600, 2)?);
    let unseen_loader = DataLoader::new(&unseen).batch_size(200);
    let mut chart = LineChart::new("A small AlexNet on 400 pictures, with and without augmentation");
    chart = chart.x_label("epoch").y_label("unseen pictures named wrongly (%)");
    let (mut errors, mut nets) = (Vec::new(), Vec::new());
    println!("pictures       error on what was learned   on unseen pictures");
    for (name, augmented) in [("as they are", false), ("augmented", true)] {
        let loader = DataLoader::new(&data).batch_size(32).shuffle(0);
        let loader = if augmented { loader.augment(augmentation()) } else { loader };
        let mut model = SmallAlexNet::new()?;
        let optimizer = SGDConfig::new(0.02).momentum(0.9).build(&model)?;
        let mut trainer = Trainer::new(optimizer, |scores, shape| cross_entropy(scores, shape)).epochs(EPOCHS);
        trainer = trainer.schedule_by_step(OneCycleLR::new(0.02, EPOCHS * loader.len())?);
        trainer = trainer.metric(Accuracy::new()).validation(&unseen_loader).quiet();
        let history = trainer.fit(&mut model, &loader)?;
        let curve = by_epoch(history.get("val_accuracy").iter().map(|accuracy| 100.0 - 100.0 * accuracy));
        let error = curve[EPOCHS - 1][1];
        let known = trainer.evaluate(&model, &DataLoader::new(&data).batch_size(200))?.get("accuracy").unwrap_or(0.0);
        println!("{name:12} {:25.1} %   {error:16.1} %", 100.0 - 100.0 * known);
        chart = chart.line(name, curve);
        errors.push(error);
        nets.push(model);
    }
    chart.save(picture(TOPIC, "overfitting.png"))?;

    let said = predict(&nets[1], unseen.input(), 200)?.argmax(1, false)?;
    let mut grid = ImageGrid::new("Unseen pictures and what the network says").columns(6).size(104.0).range(-0.5, 0.5);
    for i in 0..12 {
        let [said, truth] = [&said, unseen.target()].map(|x| x.get(&[i]).map(|class| NAMES[class as usize]));
        grid = grid.prediction(&unseen.input().select(0, i)?, said?, truth?)?;
    }
    let mut shown = ImageGrid::new("One picture as augmentation shows it in six epochs").columns(6).size(104.0);
    shown = shown.range(-0.5, 0.5);
    for epoch in 0..6 {
        let info = BatchInfo { epoch, number: 0, indices: &[3] };
        let again = augmentation().apply(&data.input().narrow(0, 3, 1)?, &info)?;
        shown = shown.image(&again.select(0, 0)?, format!("epoch {}", epoch + 1))?;
    }
    shown.scene()?.above(grid.scene()?).save(picture(TOPIC, "pictures.png"))?;

    let (without, augmented) = (errors[0], errors[1]);
    claim(augmented < without - 1.0, &format!("augmentation brings the error from {without:.1} to {augmented:.1} %"))?;
    let right = 100.0 - augmented;
    claim(right > 90.0, &format!("{right:.1} % of unseen pictures are named rightly, where guessing gives 25 %"))
}
