//! Choosing a symbol from a distribution.

use plywood_nn::{Error, Result, Scalar, Stream};

/// How the next symbol is drawn from a model's logits.
///
/// ```
/// use plywood_models::Sampling;
/// use plywood_nn::Stream;
/// let logits = [0.0f32, 3.0, 2.0];
/// assert_eq!(Sampling::greedy().pick(&logits, &mut Stream::new(0))?, 1);
/// let two_best = Sampling { top_k: Some(2), ..Sampling::default() };
/// assert_ne!(two_best.pick(&logits, &mut Stream::new(0))?, 0);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Divides the logits: below 1 the likely becomes likelier, above 1 less so. 0 takes the likeliest. 1 by default.
    pub temperature: f64,
    /// Draws from this many of the likeliest symbols only.
    pub top_k: Option<usize>,
    /// Draws from the fewest likeliest symbols only whose probabilities reach this sum (nucleus sampling, Holtzman et al.
    /// 2020).
    pub top_p: Option<f64>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None }
    }
}

impl Sampling {
    /// The likeliest symbol, always.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }

    /// A symbol: the index of one of the logits.
    ///
    /// # Errors
    /// If there are no logits, one of them is NaN, or a setting is out of range.
    pub fn pick<T: Scalar>(&self, logits: &[T], random: &mut Stream) -> Result<usize> {
        self.check(logits)?;
        let mut order = (0..logits.len()).collect::<Vec<_>>();
        order.sort_by(|&a, &b| logits[b].to_f64().total_cmp(&logits[a].to_f64()));
        if self.temperature == 0.0 {
            return Ok(order[0]);
        }
        order.truncate(self.top_k.unwrap_or(usize::MAX));
        let greatest = logits[order[0]].to_f64();
        let weight = |&i: &usize| ((logits[i].to_f64() - greatest) / self.temperature).exp();
        let mut weights = order.iter().map(weight).collect::<Vec<_>>();
        if let Some(p) = self.top_p {
            let (enough, mut sum) = (p * weights.iter().sum::<f64>(), 0.0);
            let reaches = |w: &f64| {
                sum += w;
                sum >= enough
            };
            let kept = weights.iter().position(reaches).map_or(weights.len(), |last| last + 1);
            weights.truncate(kept);
        }
        let mut rest = random.unit() * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|w| {
            rest -= w;
            rest < 0.0
        });
        Ok(order[drawn.unwrap_or(weights.len() - 1)])
    }

    fn check<T: Scalar>(&self, logits: &[T]) -> Result<()> {
        let refuse = |what, expected, got: String| Err(Error::value("sampling", what, expected, got));
        if logits.is_empty() || logits.iter().any(|x| x.is_nan()) {
            return refuse("logits", "at least one, none of them NaN", format!("{logits:?}"));
        }
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return refuse("temperature", "a number of at least 0", self.temperature.to_string());
        }
        if self.top_k == Some(0) {
            return refuse("top_k", "at least 1", "0".into());
        }
        match self.top_p {
            Some(p) if !(p > 0.0 && p <= 1.0) => refuse("top_p", "a number above 0, at most 1", p.to_string()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frequencies(sampling: Sampling, logits: &[f64]) -> Vec<f64> {
        let (mut counts, mut random) = (vec![0.0; logits.len()], Stream::new(1));
        for _ in 0..20_000 {
            counts[sampling.pick(logits, &mut random).unwrap()] += 1.0 / 20_000.0;
        }
        counts
    }

    #[test]
    fn draws_follow_the_distribution() {
        let logits = [0.1f64, 0.6, 0.3].map(f64::ln);
        let near = |got: &[f64], expected: [f64; 3]| got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 0.015);
        assert!(near(&frequencies(Sampling::default(), &logits), [0.1, 0.6, 0.3]));
        let cold = Sampling { temperature: 0.5, ..Default::default() };
        assert!(near(&frequencies(cold, &logits), [0.01 / 0.46, 0.36 / 0.46, 0.09 / 0.46]));
        let two = Sampling { top_k: Some(2), ..Default::default() };
        assert!(near(&frequencies(two, &logits), [0.0, 2.0 / 3.0, 1.0 / 3.0]));
        let nucleus = Sampling { top_p: Some(0.5), ..Default::default() };
        assert!(near(&frequencies(nucleus, &logits), [0.0, 1.0, 0.0]));
        let wider = Sampling { top_p: Some(0.61), ..Default::default() };
        assert!(near(&frequencies(wider, &logits), [0.0, 2.0 / 3.0, 1.0 / 3.0]));
    }

    #[test]
    fn bad_settings_are_named() {
        let message = |s: Sampling, logits: &[f32]| s.pick(logits, &mut Stream::new(0)).unwrap_err().to_string();
        assert!(message(Sampling { temperature: -1.0, ..Default::default() }, &[1.0]).contains("temperature"));
        assert!(message(Sampling { top_p: Some(0.0), ..Default::default() }, &[1.0]).contains("top_p"));
        assert!(message(Sampling { top_k: Some(0), ..Default::default() }, &[1.0]).contains("top_k"));
        assert!(message(Sampling::default(), &[f32::NAN]).contains("NaN"));
        assert_eq!(Sampling::default().pick(&[f32::NEG_INFINITY, 0.0], &mut Stream::new(0)).unwrap(), 1);
    }
}
