//! Training loop, metrics, checkpoints and pictures.
