//! `cargo xtask ci`: everything that must hold before a change lands. `.ci/run` runs this and nothing else.
//!
//! Needs rustup's stable toolchain with rustfmt and clippy, and a crate registry. One profile (`dev`) serves checks,
//! tests and xtask itself, so that little is compiled twice.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::{Result, workspace_root};

/// A step's name and its cargo arguments.
const STEPS: &[(&str, &[&str])] = &[
    ("format", &["fmt", "--all", "--check"]),
    ("layers", &["run", "--quiet", "--package", "xtask", "--", "layers"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("lints, all features", &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    ("documentation", &["doc", "--workspace", "--no-deps"]),
    // Packaging alone: the tarballs hold the code that the tests build, so building them again would prove little.
    ("packages", &["package", "--workspace", "--no-verify", "--allow-dirty", "--quiet"]),
    ("tests", &["test", "--workspace"]),
    ("tests of Ctrl-C", &["test", "--package", "plywood-train", "--features", "interrupt", "--test", "interrupt"]),
    ("tests of optional sources", &["test", "--package", "plywood-data", "--all-features", "--lib"]),
    // Whole models take minutes in a build that isn't optimised.
    ("conformance", &["run", "--release", "--quiet", "--package", "xtask", "--", "conformance", "conformance"]),
    ("examples", &["run", "--release", "--quiet", "--package", "xtask", "--", "examples", "--quick"]),
];

/// Runs all steps, stops at the first that fails, and closes with the time that each took and the tests' totals.
pub fn main(_: &[String]) -> Result {
    let mut table = String::new();
    let mut tests = Tests::default();
    for (name, arguments) in STEPS {
        println!("\n── {name}: cargo {}", arguments.join(" "));
        let start = Instant::now();
        run(arguments, &mut tests).map_err(|e| format!("step \"{name}\" failed: {e}"))?;
        table += &format!("{:>7.1} s  {name}\n", start.elapsed().as_secs_f64());
    }
    println!("\n{table}");
    println!(
        "cargo test: {} passed, {} failed, {} ignored in {} targets",
        tests.passed, tests.failed, tests.ignored, tests.targets
    );
    Ok(())
}

/// The sum of all `test result:` lines.
#[derive(Default, Debug, PartialEq)]
struct Tests {
    passed: usize,
    failed: usize,
    ignored: usize,
    targets: usize,
}

impl Tests {
    /// Adds a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`; ignores any other.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let count = |what: &str| {
            let before = result.split(what).next().filter(|before| before.len() < result.len())?;
            before.rsplit(' ').next()?.parse::<usize>().ok()
        };
        self.passed += count(" passed").unwrap_or(0);
        self.failed += count(" failed").unwrap_or(0);
        self.ignored += count(" ignored").unwrap_or(0);
        self.targets += 1;
    }
}

fn run(arguments: &[&str], tests: &mut Tests) -> Result {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(workspace_root()).stdout(Stdio::piped());
    if arguments[0] == "doc" {
        command.env("RUSTDOCFLAGS", "-Dwarnings");
    }
    let mut child = command.spawn()?;
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(child.stdout.take().expect("stdout was piped")).lines() {
        let line = line?;
        tests.add(&line);
        writeln!(out, "{line}")?;
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} ended with {status}", arguments.join(" ")).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up() {
        let mut tests = Tests::default();
        tests.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        tests.add("running 4 tests");
        tests.add("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(tests, Tests { passed: 13, failed: 2, ignored: 1, targets: 2 });
    }
}
