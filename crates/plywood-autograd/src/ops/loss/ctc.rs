//! Connectionist temporal classification.

use plywood_kernels::loss::{Reduction, ctc};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use super::reduce;
use crate::Var;

/// How [`ctc_loss`] counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct CtcLoss {
    /// The class that means "no label here".
    pub blank: usize,
    /// How the losses become one number; a mean first divides each by the length of its targets, as in PyTorch.
    pub reduction: Reduction,
    /// Whether sequences whose targets don't fit count 0 instead of infinity.
    pub zero_infinity: bool,
}

/// Minus the log-probability of label sequences, over all alignments (Graves et al. 2006).
///
/// The gradient takes each `log_probs[t, i]` to be the logarithms of probabilities that sum to 1, as those of a
/// `log_softmax`, and is that by the scores before it: probability minus posterior. So it is in PyTorch, and what flows
/// on through a `log_softmax` is the same either way.
///
/// `log_probs` is `[time, n, classes]`, `targets` `[n, longest]` padded with anything, or `[all labels]` one sequence
/// after the other; `input_lengths` and `target_lengths` have `n` numbers.
///
/// # Errors
/// If shapes or lengths don't fit, or a label is out of range or the blank.
pub fn ctc_loss<T: Scalar>(
    log_probs: &Var<T>,
    targets: &Tensor<i64>,
    input_lengths: &[usize],
    target_lengths: &[usize],
    options: CtcLoss,
) -> Result<Var<T>> {
    const OP: &str = "ctc_loss";
    let [time, n, classes] = log_probs.value().dims(OP, "[time, n, classes]")?;
    if options.blank >= classes {
        return Err(Error::value(OP, "blank", format!("a class, 0 to {}", classes as i64 - 1), options.blank));
    }
    for (what, lengths, most) in
        [("input_lengths", input_lengths, Some(time)), ("target_lengths", target_lengths, None)]
    {
        if lengths.len() != n {
            return Err(Error::shape(OP, what, format!("{n} numbers"), lengths.len()));
        }
        if let Some(length) = lengths.iter().find(|&&length| most.is_some_and(|most| length > most)) {
            return Err(Error::value(OP, what, format!("at most {time}, the extent of time"), length));
        }
    }
    let sequences = split(targets, target_lengths, classes, options.blank)?;

    let x = log_probs.value().contiguous();
    let mut losses = Vec::with_capacity(n);
    let mut gradients = vec![T::ZERO; x.len()];
    for (i, sequence) in sequences.iter().enumerate() {
        let mut gradient = vec![T::ZERO; input_lengths[i] * classes];
        let rows = &x[(i * classes).min(x.len())..];
        let loss = ctc::sequence(rows, n * classes, input_lengths[i], classes, sequence, options.blank, &mut gradient);
        let per_label = T::from_usize(sequence.len().max(1));
        let scale = if options.reduction == Reduction::Mean { T::ONE / per_label } else { T::ONE };
        let counts = loss.is_finite() || !options.zero_infinity;
        losses.push(if counts { loss * scale } else { T::ZERO });
        if !counts {
            continue;
        }
        for (t, row) in gradient.chunks_exact(classes).enumerate() {
            let at = (t * n + i) * classes;
            for (c, &g) in row.iter().enumerate() {
                gradients[at + c] = (T::from_f64(x[at + c].to_f64().exp()) + g) * scale;
            }
        }
    }
    let losses = Tensor::from_vec([n], losses)?;
    Ok(reduce(OP, &[log_probs], losses, options.reduction, T::from_usize(n), || {
        move |g, sink| {
            sink.write(0, |dx, add| {
                for (j, (dx, &slope)) in dx.iter_mut().zip(&gradients).enumerate() {
                    let slope = slope * g.at(j / classes % n);
                    *dx = if add { *dx + slope } else { slope };
                }
            })
        }
    }))
}

/// The label sequences, checked.
fn split(targets: &Tensor<i64>, lengths: &[usize], classes: usize, blank: usize) -> Result<Vec<Vec<i64>>> {
    let (op, values) = ("ctc_loss", targets.values());
    let mut start = 0;
    let mut sequences = Vec::with_capacity(lengths.len());
    for (i, &length) in lengths.iter().enumerate() {
        if targets.rank() == 2 {
            start = i * targets.shape()[1];
        }
        let room = if targets.rank() == 2 { targets.shape()[1] } else { values.len().saturating_sub(start) };
        let sequence = values.get(start..start + length).filter(|_| length <= room);
        let sequence = sequence.ok_or_else(|| {
            let got = format!("{length} for sequence {i}");
            Error::shape(op, "target_lengths", format!("at most {room}"), got)
                .with_shapes(format!("targets {}", targets.shape()))
        })?;
        let right = |&c: &i64| (0..classes as i64).contains(&c) && c != blank as i64;
        if let Some(label) = sequence.iter().find(|c| !right(c)) {
            let expected = format!("0 to {} and not the blank, {blank}", classes as i64 - 1);
            return Err(Error::value(op, format!("label of sequence {i}"), expected, label));
        }
        sequences.push(sequence.to_vec());
        start += length;
    }
    Ok(sequences)
}
