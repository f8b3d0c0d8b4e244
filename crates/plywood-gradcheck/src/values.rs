//! The numbers that strategies fill tensors with.

use plywood_tensor::{Shape, Tensor};

use crate::layout::scatter;

/// What the values of a tensor have to satisfy.
#[derive(Clone, Debug)]
pub struct Rules {
    pub low: f64,
    pub high: f64,
    /// Points that values keep a distance from, where a function has no derivative.
    pub kinks: Vec<f64>,
    pub margin: f64,
    /// The least difference between any two values of a tensor.
    pub gap: Option<f64>,
}

impl Rules {
    fn allow(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x) && self.is_smooth(x)
    }

    fn is_smooth(&self, x: f64) -> bool {
        self.kinks.iter().all(|k| (x - k).abs() >= self.margin)
    }
}

/// How a set of tensors is made: everything is fixed by the seed, so that smaller shapes, fewer digits or another
/// layout keep as much as possible of a failing example.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub rules: Rules,
    pub seed: u64,
    /// Values are rounded to this many decimal places where the rules allow it.
    pub digits: Option<i32>,
    /// Whether the values lie scattered in memory.
    pub scattered: bool,
}

impl Recipe {
    /// The tensor at position `which` among those made together.
    pub fn tensor(&self, shape: Shape, which: usize) -> Tensor<f64> {
        let seed = mix(self.seed ^ mix(which as u64));
        let values = match self.rules.gap {
            None => (0..shape.elements()).map(|i| self.value(seed, i)).collect(),
            Some(gap) => self.distinct(seed, shape.elements(), gap),
        };
        let tensor = Tensor::from_vec(shape, values).expect("as many values as the shape holds");
        if self.scattered { scatter(&tensor) } else { tensor }
    }

    fn value(&self, seed: u64, i: usize) -> f64 {
        let Rules { low, high, .. } = self.rules;
        let tries = (0..64).map(|t| low + (high - low) * unit(seed ^ mix(i as u64 * 64 + t)));
        // 64 misses in a row mean that next to nothing is allowed: then the first number past all kinks is.
        let past = self.rules.kinks.iter().fold(high, |x, &k| x.max(k + self.rules.margin));
        let x = tries.into_iter().find(|&x| self.rules.allow(x)).unwrap_or(past);
        Some(self.round(x)).filter(|&r| self.rules.allow(r)).unwrap_or(x)
    }

    fn round(&self, x: f64) -> f64 {
        match self.digits {
            Some(digits) => (x * 10f64.powi(digits)).round() / 10f64.powi(digits),
            None => x,
        }
    }

    /// One number from each of `n` evenly spaced cells, in random order.
    fn distinct(&self, seed: u64, n: usize, gap: f64) -> Vec<f64> {
        let Rules { low, high, .. } = self.rules;
        let step = ((high - low) / n.max(1) as f64).max(2.0 * gap);
        let cells = (0u64..).map(|k| low + step * (k as f64 + 0.5 * unit(seed ^ mix(k))));
        let mut values: Vec<f64> = cells.filter(|&x| self.rules.is_smooth(x)).take(n).collect();
        let rounded: Vec<f64> = values.iter().map(|&x| self.round(x)).collect();
        let apart = rounded.windows(2).all(|w| w[1] - w[0] >= gap);
        if apart && rounded.iter().all(|&x| self.rules.is_smooth(x)) {
            values = rounded;
        }
        for i in (1..n).rev() {
            values.swap(i, (mix(seed ^ !(i as u64)) % (i as u64 + 1)) as usize);
        }
        values
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): spreads a small number over 64 bits.
pub fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number of at least 0 and less than 1.
pub fn unit(x: u64) -> f64 {
    (mix(x) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}
