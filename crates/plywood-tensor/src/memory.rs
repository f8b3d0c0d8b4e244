//! A look at, and a hand on, the memory that tensors keep for later.

use crate::Element;

/// Bytes of freed tensors that wait for the next one of their size.
pub fn waiting_bytes() -> usize {
    f32::pool().waiting_bytes()
        + f64::pool().waiting_bytes()
        + i64::pool().waiting_bytes()
        + u8::pool().waiting_bytes()
        + bool::pool().waiting_bytes()
}

/// Gives the memory of freed tensors back to the system, e.g. after training.
pub fn trim() {
    f32::pool().trim();
    f64::pool().trim();
    i64::pool().trim();
    u8::pool().trim();
    bool::pool().trim();
}
