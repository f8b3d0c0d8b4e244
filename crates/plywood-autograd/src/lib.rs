//! Reverse-mode automatic differentiation on tensors.
