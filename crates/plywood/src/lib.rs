//! Deep learning in pure Rust: fast on a CPU, with gradients proven right.
