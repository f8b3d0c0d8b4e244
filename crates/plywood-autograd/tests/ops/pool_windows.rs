//! Images and windows for the tests of poolings.

use plywood_autograd::Window;
use plywood_gradcheck::prelude::*;

/// Images `[n, c, h, w]` and a window that fits.
pub fn images() -> impl Strategy<Value = (Shape, Window)> {
    let window = (1..=3usize, 1..=3usize, 1..=3usize, 1..=3usize, any::<bool>());
    (shapes(2..=2, 1..=2), 3..=6usize, 3..=6usize, window, 1..=2usize).prop_map(
        |(outer, h, w, (kh, kw, sh, sw, ceil_mode), dilation)| {
            let dilation = if dilation * (kh.max(kw) - 1) < 3 { dilation } else { 1 };
            let padding = [kh / 2, kw / 2];
            let window = Window { kernel: [kh, kw], stride: [sh, sw], padding, dilation: [dilation; 2], ceil_mode };
            (Shape::from([outer[0], outer[1], h, w]), window)
        },
    )
}
