//! The layers, one file each.

mod conv;
mod linear;
mod sequential;

pub use conv::Conv2d;
pub use linear::Linear;
pub use sequential::Sequential;
