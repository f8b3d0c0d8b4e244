//! `cargo xtask examples [--quick] [--data DIR]`: runs all examples, optimised, and holds them to what they promise.
//!
//! An example fails if it ends with an error, which it does when a claim of its own isn't so, or if a picture that it
//! names isn't there afterwards. `--quick` leaves out what takes minutes. Examples on real data are run where their
//! files lie in `--data`, else in the folder that `PLYWOOD_DATA` names, and are skipped otherwise. Example 28 of the
//! course is a crate of its own, whose tests are run. The last line says how long running took, and how long building
//! before it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::Args;
use crate::{Result, workspace_root};

/// Examples that need files: the name; for each place where they may lie, a file or folder that is there then, and what
/// the example is given as `--data`, both below the data folder.
const ON_DATA: &[(&str, &[[&str; 2]])] = &[
    ("lenet_mnist", MNIST),
    ("dbn_mnist", MNIST),
    ("char_rnn", &[["tinyshakespeare.txt", "tinyshakespeare.txt"]]),
    ("resnet_cifar", &[["cifar10/train", "cifar10"], ["train", ""]]),
];
const MNIST: &[[&str; 2]] = &[
    ["train-images-idx3-ubyte.gz", ""],
    ["train-images-idx3-ubyte", ""],
    ["mnist/train-images-idx3-ubyte.gz", "mnist"],
    ["mnist/train-images-idx3-ubyte", "mnist"],
];
/// Quick ones outside the course, all of which is quick.
const QUICK: &[&str] = &["quickstart", "xor"];
/// What stands before a picture's path where an example names it.
const PROMISE: &str = "  picture: ";

/// An example as the manifest lists it.
#[derive(Debug, PartialEq)]
struct Example {
    name: String,
    features: Vec<String>,
}

impl Example {
    fn in_course(&self) -> bool {
        self.name.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// Runs them all, prints a table with seconds, and fails if any of them does.
pub fn main(args: &[String]) -> Result {
    let args = Args::parse(args, &["--data"], &["--quick"])?;
    let quick = args.switch("--quick");
    let data = args.value("--data")?.or_else(|| std::env::var_os("PLYWOOD_DATA").map(PathBuf::from));
    let root = workspace_root();
    let examples = listed(&std::fs::read_to_string(root.join("examples/Cargo.toml"))?);

    // One set of features for all, so that the library is built once.
    let (mut chosen, mut skipped, mut features) = (Vec::new(), String::new(), Vec::new());
    for example in &examples {
        match arguments(example, quick, data.as_deref()) {
            Ok(arguments) => {
                features.extend(example.features.clone());
                chosen.push((example, arguments));
            }
            Err(reason) => skipped += &format!("{:>10}  {} ({reason})\n", "skipped", example.name),
        }
    }
    let features = features.join(",");
    let package = ["--release", "--quiet", "--package", "plywood-examples", "--features", &features];
    let own_layer = || {
        let mut command = cargo(&root);
        let manifest = root.join("examples/own_layer/Cargo.toml");
        command.args(["test", "--release", "--quiet", "--manifest-path"]).arg(manifest);
        // Beside the workspace's own artefacts, so that what both need is built once.
        command.env("CARGO_TARGET_DIR", std::env::var_os("CARGO_TARGET_DIR").unwrap_or(root.join("target").into()));
        command
    };
    let start = Instant::now();
    for command in [cargo(&root).arg("build").args(package).arg("--examples"), own_layer().arg("--no-run")] {
        if !command.status()?.success() {
            return Err("the examples don't compile".into());
        }
    }
    let built = start.elapsed().as_secs_f64();

    let (mut table, mut failures, mut total) = (String::new(), 0, 0.0);
    let mut note = |name: &str, seconds: f64, outcome: std::result::Result<usize, String>| {
        let words = match outcome {
            Ok(1) => "1 picture".into(),
            Ok(pictures) => format!("{pictures} pictures"),
            Err(reason) => {
                failures += 1;
                format!("FAILED: {reason}")
            }
        };
        total += seconds;
        println!("{seconds:>8.1} s  {name}: {words}");
        table += &format!("{seconds:>8.1} s  {name:<28} {words}\n");
    };
    for (example, arguments) in chosen {
        let mut command = cargo(&root);
        command.arg("run").args(package).args(["--example", &example.name, "--"]).args(arguments);
        let start = Instant::now();
        let outcome = outcome(&mut command, &root)?;
        note(&example.name, start.elapsed().as_secs_f64(), outcome);
    }
    let start = Instant::now();
    let outcome = outcome(&mut own_layer(), &root)?;
    note("own_layer", start.elapsed().as_secs_f64(), outcome);

    println!("\n{table}{skipped}{total:>8.1} s  to run them, after {built:.1} s to build them");
    if failures == 0 { Ok(()) } else { Err(format!("{failures} of the examples failed").into()) }
}

/// The examples of a manifest, in order.
fn listed(manifest: &str) -> Vec<Example> {
    let quoted = |line: &str| line.split('"').skip(1).step_by(2).map(String::from).collect::<Vec<_>>();
    let entry = |entry: &str| {
        let value = |key: &str| entry.lines().find(|line| line.starts_with(key)).map(quoted).unwrap_or_default();
        Example { name: value("name").concat(), features: value("required-features") }
    };
    manifest.split("[[example]]").skip(1).map(entry).collect()
}

/// The command line of an example, or why it isn't run.
fn arguments(example: &Example, quick: bool, data: Option<&Path>) -> std::result::Result<Vec<PathBuf>, String> {
    if quick && !example.in_course() && !QUICK.contains(&&*example.name) {
        return Err("not quick".into());
    }
    let Some((_, places)) = ON_DATA.iter().find(|(name, _)| *name == example.name) else { return Ok(Vec::new()) };
    let needs = || format!("needs {}", places.iter().map(|[sign, _]| *sign).collect::<Vec<_>>().join(" or "));
    let data = data.ok_or_else(|| needs() + " in --data or PLYWOOD_DATA")?;
    let found = places.iter().find(|[sign, _]| data.join(sign).exists());
    let [_, folder] = found.ok_or_else(|| format!("{} in {}", needs(), data.display()))?;
    Ok(vec!["--data".into(), data.join(folder)])
}

/// Runs an example: how many pictures it named, all of which are there, or what went wrong.
fn outcome(command: &mut Command, root: &Path) -> Result<std::result::Result<usize, String>> {
    let start = SystemTime::now();
    let output = command.output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        println!("{printed}{}", String::from_utf8_lossy(&output.stderr));
        return Ok(Err(output.status.to_string()));
    }
    let promised: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix(PROMISE)).collect();
    let missing = promised.iter().find(|path| !is_picture(&root.join(path), start));
    Ok(missing.map_or(Ok(promised.len()), |path| Err(format!("{path} is no picture, or of an earlier run"))))
}

/// Whether there is a file that begins as PNG or SVG files do, written since `start`.
fn is_picture(path: &Path, start: SystemTime) -> bool {
    // Some file systems keep whole seconds only.
    let since = start - Duration::from_secs(1);
    let is_new = std::fs::metadata(path).and_then(|data| data.modified()).is_ok_and(|time| time >= since);
    is_new && std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG\r\n") || bytes.starts_with(b"<svg"))
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(root);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(name: &str) -> Example {
        Example { name: name.into(), features: vec![] }
    }

    #[test]
    fn names_and_features_come_from_the_manifest() {
        let manifest = "[package]\nname = \"all\"\n\n[[example]]\nname = \"a\"\npath = \"a.rs\"\n\n[[example]]\nname = \"b\"\n\
                        path = \"b.rs\"\nrequired-features = [\"x\", \"y\"]\n";
        let b = Example { name: "b".into(), features: vec!["x".into(), "y".into()] };
        assert_eq!(listed(manifest), [example("a"), b]);
    }

    #[test]
    fn the_manifest_lists_every_program_and_the_course_is_whole() {
        let folder = workspace_root().join("examples");
        let examples = listed(&std::fs::read_to_string(folder.join("Cargo.toml")).unwrap());
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
            let name = file.file_stem().unwrap().to_str().unwrap();
            assert!(
                examples.contains(&example(name)) || examples.iter().any(|e| e.name == name),
                "{name} isn't listed"
            );
        }
        let numbers: Vec<usize> = examples.iter().filter_map(|e| e.name.get(..2)?.parse().ok()).collect();
        assert!((1..=27).all(|number| numbers.contains(&number)), "{numbers:?}");
        assert!(ON_DATA.iter().all(|(name, _)| examples.iter().any(|e| e.name == *name)));
    }

    #[test]
    fn the_course_is_of_short_programs() {
        let folder = workspace_root().join("examples");
        for example in listed(&std::fs::read_to_string(folder.join("Cargo.toml")).unwrap()) {
            if example.in_course() {
                let program = std::fs::read_to_string(folder.join(&example.name).with_extension("rs")).unwrap();
                let lines = program.lines().count();
                assert!((30..=120).contains(&lines), "{} has {lines} lines", example.name);
            }
        }
    }

    #[test]
    fn a_picture_is_a_new_file_of_the_right_kind() {
        let path = std::env::temp_dir().join(format!("plywood-picture-{}", std::process::id()));
        let now = SystemTime::now();
        assert!(!is_picture(&path, now), "there is none yet");
        std::fs::write(&path, b"\x89PNG\r\n").unwrap();
        assert!(is_picture(&path, now) && !is_picture(&path, now + Duration::from_secs(60)));
        std::fs::write(&path, b"words").unwrap();
        assert!(!is_picture(&path, now));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn real_data_is_given_where_it_lies_and_asked_for_where_it_does_not() {
        let folder = std::env::temp_dir().join(format!("plywood-examples-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("cifar10/train")).unwrap();
        let cifar = example("resnet_cifar");
        assert_eq!(arguments(&cifar, false, Some(&folder)), Ok(vec!["--data".into(), folder.join("cifar10")]));
        assert!(arguments(&example("char_rnn"), false, Some(&folder)).unwrap_err().contains("tinyshakespeare.txt in"));
        assert!(arguments(&cifar, false, None).unwrap_err().ends_with("in --data or PLYWOOD_DATA"));
        assert_eq!(arguments(&cifar, true, Some(&folder)), Err("not quick".into()));
        assert_eq!(arguments(&example("20_lenet"), true, None), Ok(vec![]));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
