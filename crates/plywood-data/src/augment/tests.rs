//! Augmentations against what they promise.

use plywood_tensor::{Stream, Tensor};
use proptest::prelude::*;

use super::*;
use crate::{DataLoader, Dataset, Samples, digits};

fn image(shape: [usize; 3]) -> Image {
    let values: Vec<f32> = (1..=shape.iter().product()).map(|i| i as f32).collect();
    Image::new(shape, &values).unwrap()
}

fn apply(step: impl Augmentation, mut image: Image, seed: u64) -> Image {
    step.apply(&mut image, &mut Stream::new(seed)).unwrap();
    image
}

#[test]
fn a_crop_is_a_part_of_the_padded_image() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let part = apply(RandomCrop::new([2, 3]).padding(1), image([2, 2, 3]), seed);
        assert_eq!(part.shape(), [2, 2, 3]);
        let (first, second) = part.values().split_at(6);
        // The same place in both channels.
        assert!(first.iter().zip(second).all(|(a, b)| *b == if *a == 0.0 { 0.0 } else { a + 6.0 }));
        seen.insert(first.iter().map(|x| *x as u8).collect::<Vec<_>>());
    }
    assert!(seen.contains(&vec![1, 2, 3, 4, 5, 6]) && seen.contains(&vec![0, 0, 0, 0, 1, 2]));
    assert_eq!(seen.len(), 9, "3 × 3 places");
    let error = RandomCrop::new([4, 1]).apply(&mut image([1, 3, 3]), &mut Stream::new(0)).unwrap_err().to_string();
    assert!(error.contains("expected at most [3, 3]"), "{error}");
    assert_eq!(apply(CenterCrop::new([1, 1]), image([1, 3, 3]), 0).values(), [5.0]);
}

#[test]
fn flips_mirror_each_channel_and_undo_themselves() {
    let all = image([2, 3, 2]);
    let flipped = apply(HorizontalFlip::new(1.0), all.clone(), 0);
    assert_eq!(flipped.values()[..6], [2.0, 1.0, 4.0, 3.0, 6.0, 5.0]);
    assert_eq!(apply(HorizontalFlip::new(1.0), flipped, 0).values(), all.values());
    let flipped = apply(VerticalFlip::new(1.0), all.clone(), 0);
    assert_eq!(flipped.values()[6..], [11.0, 12.0, 9.0, 10.0, 7.0, 8.0]);
    assert_eq!(apply(VerticalFlip::new(1.0), flipped, 0).values(), all.values());
    assert_eq!(apply(HorizontalFlip::new(0.0), all.clone(), 0).values(), all.values());
}

#[test]
fn rotation_moves_mass_without_losing_it() {
    let still = apply(Rotation::new(0.0), image([1, 4, 5]), 3);
    assert_eq!(still.values(), image([1, 4, 5]).values());
    // A blot in the middle keeps about its sum at any angle: bilinear weights add up to nearly 1.
    let mut blot = vec![0.0; 81];
    blot[4 * 9 + 5] = 1.0;
    blot[3 * 9 + 4] = 2.0;
    for seed in 0..20 {
        let turned = apply(Rotation::new(180.0), Image::new([1, 9, 9], &blot).unwrap(), seed);
        let sum: f32 = turned.values().iter().sum();
        assert!((sum - 3.0).abs() < 0.6, "{sum}");
    }
    // Twice as large about the middle: a pixel at the edge shows what lay half as far from it.
    let large = apply(Affine::new(0.0).scale([2.0, 2.0]), image([1, 1, 3]), 0);
    assert_eq!(large.values(), [1.5, 2.0, 2.5]);
    let nothing = apply(Affine::new(0.0).scale([0.0, 0.0]), image([1, 2, 2]), 0);
    assert_eq!(nothing.values(), [0.0; 4]);
}

#[test]
fn erasing_clears_one_rectangle_in_all_channels() {
    for seed in 0..50 {
        let erased = apply(RandomErasing::new(1.0), image([3, 16, 16]), seed);
        let zeros: Vec<usize> = (0..256).filter(|&i| erased.values()[i] == 0.0).collect();
        assert!((1..=110).contains(&zeros.len()), "{}", zeros.len());
        let rows: std::collections::BTreeSet<_> = zeros.iter().map(|i| i / 16).collect();
        let columns: std::collections::BTreeSet<_> = zeros.iter().map(|i| i % 16).collect();
        assert_eq!(rows.len() * columns.len(), zeros.len());
        assert!(zeros.iter().all(|i| erased.values()[512 + i] == 0.0));
    }
    assert_eq!(apply(RandomErasing::new(0.0), image([1, 4, 4]), 0).values(), image([1, 4, 4]).values());
}

#[test]
fn colours_change_as_named() {
    let pixel = |rgb: [f32; 3]| Image::new([3, 1, 1], &rgb).unwrap();
    let close = |a: &[f32], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    // A grey pixel keeps its colour whatever saturation and hue do.
    let grey = apply(ColorJitter::new().saturation(0.9).hue(0.5), pixel([0.4; 3]), 1);
    assert!(close(grey.values(), [0.4; 3]), "{:?}", grey.values());
    for seed in 0..50 {
        let turned = apply(ColorJitter::new().hue(0.5), pixel([0.8, 0.2, 0.4]), seed);
        let (low, high) =
            (turned.values().iter().copied().fold(1.0, f32::min), turned.values().iter().copied().fold(0.0, f32::max));
        assert!((low - 0.2).abs() < 1e-6 && (high - 0.8).abs() < 1e-6, "hue keeps value and chroma");
        let bright = apply(ColorJitter::new().brightness(0.5).contrast(0.5), pixel([0.8, 0.2, 0.4]), seed);
        assert!(bright.values().iter().all(|x| (0.0..=1.0).contains(x)));
    }
    assert!(ColorJitter::new().apply(&mut image([2, 1, 1]), &mut Stream::new(0)).is_err());
}

#[test]
fn hue_turns_red_into_green_and_blue() {
    let third = 1.0 / 3.0;
    let turn = |turn| super::color::turn_hue([0.9, 0.1, 0.1], turn).map(|x| (x * 100.0).round());
    assert_eq!(
        [turn(third), turn(-third), turn(1.0), turn(0.5)],
        [[10.0, 90.0, 10.0], [10.0, 10.0, 90.0], [90.0, 10.0, 10.0], [10.0, 90.0, 90.0]]
    );
}

#[test]
fn normalising_is_per_channel() {
    let normal = apply(Normalize::new(&[1.0, 3.0], &[1.0, 2.0]), image([2, 1, 2]), 0);
    assert_eq!(normal.values(), [0.0, 1.0, 0.0, 0.5]);
    let fails = |step: Normalize| step.apply(&mut image([2, 1, 1]), &mut Stream::new(0)).is_err();
    assert!(fails(Normalize::new(&[0.0], &[1.0])) && fails(Normalize::new(&[0.0; 2], &[1.0, 0.0])));
}

fn all() -> Augment {
    Augment::new(5)
        .with(RandomCrop::new([8, 8]).padding(2))
        .with(HorizontalFlip::new(0.5))
        .with(Affine::new(20.0).translate([0.1, 0.1]).scale([0.8, 1.2]).shear(5.0))
        .with(ColorJitter::new().brightness(0.2).contrast(0.2))
        .with(RandomErasing::new(0.3))
        .with(Normalize::new(&[0.3], &[0.4]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_sample_changes_alike_in_any_batch_and_with_any_workers(
        size in 1usize..40, workers in 1usize..4, epoch in 0u64..3, seed: u64,
    ) {
        let set = digits().take(60);
        let alone = DataLoader::new(set.clone()).augment(all()).epoch(epoch);
        let alone: Vec<Tensor<f32>> = alone.map(|b| b.unwrap().input).collect();
        let order = DataLoader::new(set.clone().zip((0..60i64).collect::<Samples<_>>()).unwrap())
            .batch_size(size).shuffle(seed);
        let indices: Vec<i64> = order.epoch(epoch).flat_map(|b| b.unwrap().1.to_vec()).collect();
        let together = DataLoader::new(set).batch_size(size).shuffle(seed).augment(all()).workers(workers);
        let together: Vec<f32> = together.epoch(epoch).flat_map(|b| b.unwrap().input.to_vec()).collect();
        for (row, &index) in together.chunks(64).zip(&indices) {
            prop_assert_eq!(row.to_vec(), alone[index as usize].to_vec());
        }
    }

    #[test]
    fn blends_keep_what_they_share(alpha in 0.05f64..4.0, seed: u64, n in 1usize..20) {
        let set = digits();
        let loader = || DataLoader::new(&set).batch_size(n).shuffle(seed);
        let plain = loader().epoch(1).next().unwrap().unwrap();
        let total = |x: &Tensor<f32>| x.to_vec().iter().map(|&v| v as f64).sum::<f64>();
        for mixed in [
            loader().mixup(Mixup::new(alpha, 10, seed)).epoch(1).next().unwrap().unwrap(),
            loader().cutmix(CutMix::new(alpha, 10, seed)).epoch(1).next().unwrap().unwrap(),
        ] {
            prop_assert_eq!(mixed.target.shape(), &[n, 10]);
            for row in mixed.target.to_vec().chunks(10) {
                prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
            // Partners are a permutation, so the batch as a whole keeps its sum of values and of classes.
            prop_assert!((total(&mixed.input) - total(&plain.input)).abs() < 1e-3 * (1.0 + total(&plain.input)));
        }
    }
}

#[test]
fn beta_shares_have_the_right_mean_and_spread() {
    let set = digits();
    let batch = set.batch(&[0, 5]).unwrap();
    let share = |number| {
        let info = BatchInfo { epoch: 0, number, indices: &[0, 5] };
        let mixed = Mixup::new(2.0, 10, 3).apply(batch.clone(), &info).unwrap();
        mixed.target.get(&[0, 0]).unwrap() as f64
    };
    // Half of the pairs are with themselves (share 1); of the others, λ has mean 1/2 and variance 1/20.
    let shares: Vec<f64> = (0..4000).map(share).filter(|s| *s < 1.0).collect();
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n;
    assert!((mean - 0.5).abs() < 0.02 && (variance - 0.05).abs() < 0.005, "{n} {mean} {variance}");
}

#[test]
fn wrong_batches_are_errors() {
    let augment = Augment::new(0).with(HorizontalFlip::new(0.5));
    let info = BatchInfo { epoch: 0, number: 0, indices: &[0] };
    assert!(augment.apply(&Tensor::zeros([1, 4]), &info).is_err());
    assert!(augment.apply(&Tensor::zeros([2, 1, 4, 4]), &info).is_err());
    let batch = || Batch { input: Tensor::zeros([1, 1, 2, 2]), target: Tensor::from([3i64]) };
    assert!(Mixup::new(0.0, 10, 0).apply(batch(), &info).is_err());
    assert!(Mixup::new(1.0, 3, 0).apply(batch(), &info).unwrap_err().to_string().contains("expected 0 to 2, got 3"));
    assert!(CutMix::new(f64::NAN, 10, 0).apply(batch(), &info).is_err());
}
