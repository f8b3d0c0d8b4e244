//! Neural-network layers, losses, initialisation and parameters.
