//! The differentiable operations, one file each: check, forward, rule.

mod view;
