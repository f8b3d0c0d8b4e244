//! `cargo xtask COMMAND`: the workspace's own commands.

use std::process::ExitCode;

use xtask::{Result, bench, ci, conformance, examples, layers, tensorboard};

/// A command's name, what it does, and its entry.
type Command = (&'static str, &'static str, fn(&[String]) -> Result);

const COMMANDS: &[Command] = &[
    ("bench", "measure each workload, next to what the machine can do", bench::main),
    ("ci", "everything that must hold before a change lands", ci::main),
    ("compare", "measure Plywood and PyTorch, candle or burn by turns", bench::compare_main),
    ("conformance", "run a folder of cases whose expected values PyTorch computed", conformance::main),
    ("examples", "run all examples; fail where one contradicts itself or leaves out a picture", examples::main),
    ("layers", "print the ladder of crates; fail on a dependency that goes up or sideways", layers::main),
    ("tensorboard", "read our event files back with TensorBoard itself, installed from PyPI", tensorboard::main),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let command = args.first().and_then(|name| COMMANDS.iter().find(|command| command.0 == name));
    let Some((name, _, run)) = command else {
        eprintln!("usage: cargo xtask COMMAND\n");
        COMMANDS.iter().for_each(|(name, what, _)| eprintln!("  {name:<12} {what}"));
        return ExitCode::from(2);
    };
    match run(&args[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}
