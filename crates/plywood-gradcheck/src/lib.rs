//! Property-testing kit for gradients: strategies, finite differences and assertions.
