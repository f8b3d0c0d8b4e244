//! Datasets, loaders, splits and transforms for training neural networks.
