//! Learning-rate schedules: the rate of each step. Rates are `f64` whatever the parameters are.

use plywood_nn::Param;
use plywood_optim::*;
use plywood_tensor::{Scalar, Tensor};

use super::manifest::{Attrs, Case};
use super::outcome::{Stop, Worst, unsupported};
use super::tolerance::{Tolerance, compare};

/// Runs a case of a schedule; `None` if the operation isn't one.
pub fn run<T: Scalar>(case: &Case) -> Option<Result<Worst, Stop>> {
    if case.op == "ReduceLROnPlateau" {
        return Some(plateau::<T>(case));
    }
    let attrs = case.attrs();
    let schedule = build(&case.op, &attrs).transpose()?;
    Some(schedule.and_then(|schedule| {
        // The cyclic schedules set a rate of their own; `base_lr` is then theirs.
        let base = attrs.float_or("base_lr", 0.1)?;
        attrs.finish()?;
        let expected = case.numbers("lr")?;
        let got: Vec<f64> = (0..expected.len()).map(|step| schedule.lr(base, step)).collect();
        compare("lr", &[expected.len()], &got, &expected, Tolerance::F64)
    }))
}

/// A schedule by its PyTorch name, with arguments under their PyTorch names; `None` if there is none of this name.
fn build(name: &str, attrs: &Attrs<'_>) -> Result<Option<Box<dyn Schedule>>, Stop> {
    Ok(Some(match name {
        "StepLR" => Box::new(StepLR::new(attrs.size_needed("step_size")?, attrs.float_or("gamma", 0.1)?)?),
        "MultiStepLR" => {
            let milestones = attrs.sizes("milestones")?.ok_or_else(|| unsupported("no attribute milestones"))?;
            Box::new(MultiStepLR::new(milestones, attrs.float_or("gamma", 0.1)?)?)
        }
        "ExponentialLR" => Box::new(ExponentialLR::new(needed(attrs, "gamma")?)?),
        "ConstantLR" => {
            Box::new(ConstantLR::new(attrs.float_or("factor", 1.0 / 3.0)?, attrs.size_or("total_iters", 5)?)?)
        }
        "LinearLR" => {
            let (start, end) = (attrs.float_or("start_factor", 1.0 / 3.0)?, attrs.float_or("end_factor", 1.0)?);
            Box::new(LinearLR::new(start, end, attrs.size_or("total_iters", 5)?)?)
        }
        "PolynomialLR" => Box::new(PolynomialLR::new(attrs.size_or("total_iters", 5)?, attrs.float_or("power", 1.0)?)?),
        "CosineAnnealingLR" => {
            let schedule = CosineAnnealingLR::new(attrs.size_needed("T_max")?)?;
            Box::new(schedule.eta_min(attrs.float_or("eta_min", 0.0)?)?)
        }
        "CosineAnnealingWarmRestarts" => {
            let schedule = CosineAnnealingWarmRestarts::new(attrs.size_needed("T_0")?, attrs.size_or("T_mult", 1)?)?;
            Box::new(schedule.eta_min(attrs.float_or("eta_min", 0.0)?)?)
        }
        "OneCycleLR" => Box::new(one_cycle(attrs)?),
        "CyclicLR" => Box::new(cyclic(attrs)?),
        _ => return Ok(None),
    }))
}

fn needed(attrs: &Attrs<'_>, name: &'static str) -> Result<f64, Stop> {
    attrs.float(name)?.ok_or_else(|| unsupported(format!("no attribute {name}")))
}

fn one_cycle(attrs: &Attrs<'_>) -> Result<OneCycleLR, Stop> {
    let total = match attrs.size("total_steps")? {
        Some(total) => total,
        None => attrs.size_needed("epochs")? * attrs.size_needed("steps_per_epoch")?,
    };
    let schedule = OneCycleLR::new(needed(attrs, "max_lr")?, total)?.pct_start(attrs.float_or("pct_start", 0.3)?)?;
    let (start, end) = (attrs.float_or("div_factor", 25.0)?, attrs.float_or("final_div_factor", 1e4)?);
    let schedule = schedule.factors(start, end)?;
    let schedule = if attrs.flag_or("three_phase", false)? { schedule.three_phase() } else { schedule };
    match attrs.word_or("anneal_strategy", "cos")? {
        "cos" => Ok(schedule),
        "linear" => Ok(schedule.linear()),
        other => Err(unsupported(format!("anneal_strategy {other:?}"))),
    }
}

fn cyclic(attrs: &Attrs<'_>) -> Result<CyclicLR, Stop> {
    let up = attrs.size_or("step_size_up", 2000)?;
    let gamma = attrs.float_or("gamma", 1.0)?;
    let mode = match attrs.word_or("mode", "triangular")? {
        "triangular" => CyclicMode::Triangular,
        "triangular2" => CyclicMode::Triangular2,
        "exp_range" => CyclicMode::ExpRange(gamma),
        other => return Err(unsupported(format!("mode {other:?}"))),
    };
    let schedule = CyclicLR::new(needed(attrs, "max_lr")?, up)?.mode(mode);
    Ok(schedule.step_size_down(attrs.size_or("step_size_down", up)?)?)
}

fn plateau<T: Scalar>(case: &Case) -> Result<Worst, Stop> {
    let attrs = case.attrs();
    let goal = match attrs.word_or("mode", "min")? {
        "min" => Goal::Min,
        "max" => Goal::Max,
        other => return Err(unsupported(format!("mode {other:?}"))),
    };
    let schedule = ReduceLROnPlateau::new(goal)
        .factor(attrs.float_or("factor", 0.1)?)?
        .patience(attrs.size_or("patience", 10)?)
        .cooldown(attrs.size_or("cooldown", 0)?)
        .min_lr(attrs.float_or("min_lr", 0.0)?)?;
    let threshold = attrs.float_or("threshold", 1e-4)?;
    let mut schedule = match attrs.word_or("threshold_mode", "rel")? {
        "rel" => schedule.threshold(threshold)?,
        "abs" => schedule.absolute_threshold(threshold)?,
        other => return Err(unsupported(format!("threshold_mode {other:?}"))),
    };
    let model = Param::<T>::new(Tensor::zeros([1]));
    let mut optimizer = SGD::new(&model, attrs.float_or("base_lr", 0.1)?)?;
    attrs.finish()?;
    let mut got = vec![];
    for metric in case.numbers("metric")? {
        schedule.step(metric, &mut optimizer)?;
        got.push(optimizer.lr());
    }
    compare("lr_after", &[got.len()], &got, &case.numbers("lr_after")?, Tolerance::F64)
}
