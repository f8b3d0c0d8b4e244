//! `cargo xtask conformance DIR`: runs cases whose expected values PyTorch computed, in the format of
//! `conformance/README.md`.
//!
//! A case is looked up by its operation and nothing else, so other cases in the same format run as well. An operation
//! that isn't known, or an argument that isn't understood, makes a case *unsupported*; it never passes by being
//! ignored. Each family of operations has its file under `ops/`.

pub mod case;
pub mod init;
pub mod manifest;
pub mod model;
pub mod ops;
pub mod optimizer;
pub mod outcome;
pub mod report;
pub mod schedule;
pub mod source;
pub mod tolerance;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use plywood_tensor::safetensors::Reader;

use crate::cli::Args;
use crate::{Result, workspace_root};
use manifest::Manifest;
use report::{GroupReport, Report};

const USAGE: &str = "conformance DIR [--group GROUP] [--dtype f32|f64]";

/// Runs a folder of cases and prints the report; an error if any case failed.
pub fn main(args: &[String]) -> Result {
    let args = Args::parse(args, &["--group", "--dtype"], &[])?;
    let [folder] = args.words() else { return Err(format!("usage: cargo xtask {USAGE}").into()) };
    let dtypes = match args.value::<String>("--dtype")?.as_deref() {
        None => vec!["f64", "f32"],
        Some("f64") => vec!["f64"],
        Some("f32") => vec!["f32"],
        Some(other) => return Err(format!("--dtype expects f32 or f64, got {other:?}").into()),
    };
    let report = run(Path::new(folder), args.value::<String>("--group")?.as_deref(), &dtypes)?;
    print!("{report}");
    match report.totals() {
        (_, 0, _) => Ok(()),
        (_, failed, _) => Err(format!("{failed} cases failed").into()),
    }
}

/// The cases that are committed with the code.
pub fn committed() -> PathBuf {
    workspace_root().join("conformance")
}

/// The names of all operations that the cases of a folder run: those in their graphs, and those they are named after.
///
/// # Errors
/// If a file can't be read.
pub fn recorded(folder: &Path) -> Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    for path in manifests(folder)? {
        let manifest = Manifest::read(&path)?;
        let file = manifest.tensors.as_ref().map(Reader::open).transpose()?;
        // Large convolutions record what small ones do.
        for case in manifest.cases.iter().filter(|case| !case.fields.contains_key("fill")) {
            if let Ok(ops) = case::recorded(case, file.as_ref()) {
                seen.insert(case.op.clone());
                seen.extend(ops.into_iter().map(String::from));
            }
        }
    }
    Ok(seen)
}

/// Runs the groups of a folder, or the one named `only`, in each of `dtypes`.
///
/// # Errors
/// If the folder has no such group, or a file can't be read.
pub fn run(folder: &Path, only: Option<&str>, dtypes: &[&'static str]) -> Result<Report> {
    let mut groups = vec![];
    for path in manifests(folder)? {
        let manifest = Manifest::read(&path)?;
        if only.is_none_or(|only| only == manifest.group) {
            let file = manifest.tensors.as_ref().map(Reader::open).transpose()?;
            groups.extend(dtypes.iter().map(|&dtype| run_group(&manifest, file.as_ref(), dtype)));
        }
    }
    if groups.is_empty() {
        let wanted = only.map_or("any group".into(), |group| format!("a group {group:?}"));
        return Err(format!("{} has no manifest of {wanted}", folder.display()).into());
    }
    Ok(Report { groups })
}

fn manifests(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("could not read the folder {}: {e}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

fn run_group(manifest: &Manifest, file: Option<&Reader>, dtype: &'static str) -> GroupReport {
    let mut report = GroupReport::new(&manifest.group, dtype);
    for case in &manifest.cases {
        let attempt = || match dtype {
            "f64" => case::run::<f64>(case, file),
            _ => case::run::<f32>(case, file),
        };
        // A panic is a failure of its case, not the end of the run; its message goes to stderr as always.
        let outcome = catch_unwind(AssertUnwindSafe(attempt));
        report.add(&case.id, &case.op, outcome.unwrap_or_else(|_| Err(outcome::failed("panicked"))));
    }
    report
}
