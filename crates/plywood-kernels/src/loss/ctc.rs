//! Connectionist temporal classification (Graves et al. 2006): the probability of a label sequence, summed over all of
//! its alignments with a longer output sequence.

use crate::Scalar;

monomorphic! {
    /// The loss `−ln p(targets | log_probs)` of one sequence, and its gradient by the log-probabilities.
    ///
    /// `log_probs` is `[time, classes]` with rows `stride` apart, `targets` are classes other than `blank`. The gradient,
    /// `[time, classes]` dense, is that of the loss by `log_probs` itself: minus the posterior of each class at each time.
    /// The loss is infinite, and the gradient zero, if the targets don't fit into the time.
    ///
    /// # Panics
    /// If lengths don't agree.
    pub fn sequence<T: Scalar>(
        log_probs: &[T],
        stride: usize,
        time: usize,
        classes: usize,
        targets: &[i64],
        blank: usize,
        gradient: &mut [T],
    ) -> T {
        assert_eq!(gradient.len(), time * classes);
        gradient.fill(T::ZERO);
        // The targets with blanks before, between and after them.
        let states = 2 * targets.len() + 1;
        let class = |s: usize| if s.is_multiple_of(2) { blank } else { targets[s / 2] as usize };
        // A blank may be left out between two different labels.
        let may_skip = |s: usize| s >= 2 && class(s) != blank && class(s) != class(s - 2);
        let at = |t: usize, s: usize| log_probs[t * stride + class(s)].to_f64();
        if time == 0 {
            return if targets.is_empty() { T::ZERO } else { T::INFINITY };
        }

        let none = f64::NEG_INFINITY;
        let mut alpha = vec![none; time * states];
        for (s, alpha) in alpha.iter_mut().enumerate().take(states.min(2)) {
            *alpha = at(0, s);
        }
        for t in 1..time {
            for s in 0..states {
                let before = |back: usize| if back <= s { alpha[(t - 1) * states + s - back] } else { none };
                let arrive = log_add(before(0), before(1));
                alpha[t * states + s] = at(t, s) + if may_skip(s) { log_add(arrive, before(2)) } else { arrive };
            }
        }
        let last = &alpha[(time - 1) * states..];
        let total = log_add(last[states - 1], if states > 1 { last[states - 2] } else { none });
        if total == none {
            return T::INFINITY;
        }

        // `beta[s]`: the log-probability of what follows time t, from state s on.
        let mut beta = vec![none; states];
        beta[states - 1] = 0.0;
        if states > 1 {
            beta[states - 2] = 0.0;
        }
        for t in (0..time).rev() {
            for s in 0..states {
                let posterior = (alpha[t * states + s] + beta[s] - total).exp();
                gradient[t * classes + class(s)] += T::from_f64(-posterior);
            }
            if t > 0 {
                let leave = |s: usize| if s < states { beta[s] + at(t, s) } else { none };
                let next = (0..states).map(|s| {
                    let stay = log_add(leave(s), leave(s + 1));
                    if s + 2 < states && may_skip(s + 2) { log_add(stay, leave(s + 2)) } else { stay }
                });
                beta = next.collect();
            }
        }
        T::from_f64(-total)
    }
}

/// `ln(eᵃ + eᵇ)`.
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All alignments of length `time`, collapsed and compared: the definition.
    fn by_enumeration(log_probs: &[f64], time: usize, classes: usize, targets: &[i64]) -> f64 {
        let mut total = 0.0;
        for code in 0..classes.pow(time as u32) {
            let path: Vec<usize> = (0..time).map(|t| code / classes.pow(t as u32) % classes).collect();
            let mut collapsed: Vec<usize> = path.clone();
            collapsed.dedup();
            collapsed.retain(|&c| c != 0);
            if collapsed.iter().map(|&c| c as i64).eq(targets.iter().copied()) {
                total += path.iter().enumerate().map(|(t, &c)| log_probs[t * classes + c]).sum::<f64>().exp();
            }
        }
        -total.ln()
    }

    #[test]
    fn equals_the_sum_over_alignments() {
        let (time, classes) = (4, 3);
        let log_probs: Vec<f64> = (0..time * classes).map(|i| -0.3 - (i * 7 % 5) as f64 / 3.0).collect();
        for targets in [&[][..], &[1], &[1, 2], &[1, 1], &[2, 1, 2], &[1, 1, 1]] {
            let mut gradient = vec![0.0; time * classes];
            let loss = sequence(&log_probs, classes, time, classes, targets, 0, &mut gradient);
            let expected = by_enumeration(&log_probs, time, classes, targets);
            assert!(loss == expected || (loss - expected).abs() < 1e-12, "{targets:?}: {loss}, {expected}");
            if loss.is_finite() {
                // At each time some class is certain.
                assert!(gradient.chunks(classes).all(|row| (row.iter().sum::<f64>() + 1.0).abs() < 1e-12));
            }
        }
    }
}
