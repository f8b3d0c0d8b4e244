//! `cargo xtask layers`: the ladder of crates, and the proof that dependencies only go down it.
//!
//! The rungs are written down here once. Normal and build dependencies must point to a lower rung; dev-dependencies
//! are free, because a test may look anywhere.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;

use crate::{Result, workspace_root};

/// Each crate of the workspace and its rung.
const RUNGS: &[(&str, u8)] = &[
    ("plywood-kernels", 0),
    ("plywood-tensor", 1),
    ("plywood-autograd", 2),
    ("plywood-data", 2),
    ("plywood-derive", 3),
    ("plywood-nn", 3),
    ("plywood-gradcheck", 4),
    ("plywood-optim", 4),
    ("plywood-models", 4),
    ("plywood-train", 5),
    ("plywood", 6),
    ("plywood-examples", 7),
    ("xtask", 7),
];

/// The one dependency within a rung: a derive macro must be a crate of its own, and this one is half of plywood-nn.
const HALVES: (&str, &str) = ("plywood-nn", "plywood-derive");

/// A crate of the workspace with the crates of the workspace that it is built on.
pub struct Package {
    /// The crate's name.
    pub name: String,
    /// Its normal and build dependencies inside the workspace, in alphabetical order.
    pub dependencies: Vec<String>,
}

/// Prints the ladder; an error lists every dependency that breaks it.
pub fn main(_: &[String]) -> Result {
    let packages = packages()?;
    print!("{}", picture(&packages));
    let broken = violations(&packages);
    if broken.is_empty() { Ok(()) } else { Err(format!("the ladder is broken:\n  {}", broken.join("\n  ")).into()) }
}

/// The crates of this workspace, as their manifests say.
pub fn packages() -> Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace_root())
        .output()
        .map_err(|e| format!("could not start cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let name = |package: &Value| package["name"].as_str().unwrap_or_default().to_string();
    let members: Vec<String> = packages.iter().map(name).collect();
    let package = |package: &Value| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let built_on = dependencies.filter(|d| d["kind"] != "dev").map(name).filter(|name| members.contains(name));
        let mut dependencies: Vec<String> = built_on.collect();
        dependencies.sort();
        dependencies.dedup();
        Package { name: name(package), dependencies }
    };
    Ok(packages.iter().map(package).collect())
}

/// What breaks the ladder, a sentence each: a dependency that doesn't go down, a crate without a rung, a rung
/// without a crate.
pub fn violations(packages: &[Package]) -> Vec<String> {
    let mut broken = vec![];
    for package in packages {
        let Some(rung) = rung(&package.name) else {
            broken.push(format!("{} has no rung in xtask/src/layers.rs", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(below) = self::rung(dependency) else { continue };
            if below >= rung && (package.name.as_str(), dependency.as_str()) != HALVES {
                let direction = if below > rung { "up" } else { "sideways" };
                broken
                    .push(format!("{} (rung {rung}) depends {direction} on {dependency} (rung {below})", package.name));
            }
        }
    }
    let gone = RUNGS.iter().filter(|(name, _)| packages.iter().all(|package| package.name != *name));
    broken.extend(gone.map(|(name, rung)| format!("rung {rung} names {name}, which the workspace lacks")));
    broken
}

fn rung(name: &str) -> Option<u8> {
    RUNGS.iter().find(|(known, _)| *known == name).map(|&(_, rung)| rung)
}

/// The ladder, top rung first: each crate with what it is built on.
fn picture(packages: &[Package]) -> String {
    let mut text = String::new();
    for (name, rung) in RUNGS.iter().rev() {
        let Some(package) = packages.iter().find(|package| package.name == *name) else { continue };
        let short: Vec<&str> = package.dependencies.iter().map(|d| d.trim_start_matches("plywood-")).collect();
        let line = format!("{rung}  {name:<18} {}", short.join(" "));
        writeln!(text, "{}", line.trim_end()).expect("writing to a string");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package { name: name.into(), dependencies: dependencies.iter().map(|d| d.to_string()).collect() }
    }

    #[test]
    fn the_workspace_is_a_ladder() {
        let packages = packages().unwrap();
        assert_eq!(violations(&packages), Vec::<String>::new());
        assert_eq!(picture(&packages).lines().count(), RUNGS.len());
    }

    #[test]
    fn upward_sideways_and_unknown_are_caught() {
        let broken = |name, dependencies| {
            let mut all: Vec<Package> = RUNGS.iter().map(|(name, _)| package(name, &[])).collect();
            all.push(package(name, dependencies));
            violations(&all)
        };
        assert_eq!(broken("plywood-nn", &["plywood-derive", "plywood-autograd"]), Vec::<String>::new());
        assert_eq!(
            broken("plywood-tensor", &["plywood-nn"])[0],
            "plywood-tensor (rung 1) depends up on plywood-nn (rung 3)"
        );
        assert!(broken("plywood-data", &["plywood-autograd"])[0].contains("depends sideways"));
        assert!(broken("plywood-derive", &["plywood-nn"])[0].contains("depends sideways"));
        assert!(broken("plywood-stray", &[])[0].contains("has no rung"));
        assert_eq!(violations(&[]).len(), RUNGS.len());
    }
}
