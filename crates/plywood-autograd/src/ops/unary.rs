//! Pointwise functions of one value: each is a row of the table below, which names a row of the kernels' table.

use plywood_kernels::unary::{self, Saved, Unary};
use plywood_tensor::{Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// A pointwise function of the kernels' table, applied to each value.
    pub fn unary(&self, f: Unary<T>) -> Self {
        let x = self.value().contiguous();
        let value = Tensor::build(self.shape(), |y| f.forward(&x, y));
        let [y] = Self::op_many(f.name(), &[self], [value], |[y]| {
            let saved = match f.saved() {
                Saved::Nothing => None,
                Saved::Input => Some(x),
                Saved::Output => Some(y.contiguous()),
            };
            move |grads, sink| {
                let mut dy = grads.take(0).expect("a node is reached once a gradient has arrived");
                let saved = saved.as_deref().unwrap_or_default();
                if dy.is_unique() && dy.is_contiguous() {
                    // Nobody else needs the incoming gradient: its memory becomes the outgoing one.
                    return sink.add(0, || {
                        f.adjoint_in_place(saved, dy.make_mut());
                        Ok(dy)
                    });
                }
                let dy = dy.contiguous();
                sink.write(0, |dx, add| if add { f.adjoint_add(saved, &dy, dx) } else { f.adjoint(saved, &dy, dx) })
            }
        });
        y
    }
}

/// Rows: documentation, then the name here and in the kernels' table with its parameters, given as `f64`.
macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident($($p:ident),*);)*) => {
        impl<T: Scalar> Var<T> {
            $(
                $(#[$doc])*
                pub fn $name(&self, $($p: f64),*) -> Self {
                    self.unary(unary::$name($(T::from_f64($p)),*))
                }
            )*
        }

        /// The names of all functions in the table: a test asks that each has a gradient test.
        #[doc(hidden)]
        pub const UNARY: &[&str] = &[$(stringify!($name)),*];
    };
}

unary! {
    /// −x.
    neg();
    /// x + c.
    add_scalar(c);
    /// x − c.
    sub_scalar(c);
    /// c − x.
    rsub_scalar(c);
    /// c x.
    mul_scalar(c);
    /// x / c.
    div_scalar(c);
    /// c / x.
    rdiv_scalar(c);
    /// |x|; the derivative at 0 is 0.
    abs();
    /// −1, 0 or 1; the derivative is 0.
    sign();
    /// The greatest integer that is not greater; the derivative is 0.
    floor();
    /// The least integer that is not less; the derivative is 0.
    ceil();
    /// The nearest integer, ties to even; the derivative is 0.
    round();
    /// x².
    square();
    /// √x.
    sqrt();
    /// 1 / √x.
    rsqrt();
    /// 1 / x.
    reciprocal();
    /// xᵉ for a constant e.
    pow_scalar(exponent);
    /// eˣ.
    exp();
    /// eˣ − 1, accurate near 0.
    expm1();
    /// ln x.
    log();
    /// ln(1 + x), accurate near 0.
    log1p();
    /// log₂ x.
    log2();
    /// log₁₀ x.
    log10();
    /// sin x.
    sin();
    /// cos x.
    cos();
    /// tan x.
    tan();
    /// tanh x.
    tanh();
    /// The error function.
    erf();
    /// 1 / (1 + e⁻ˣ).
    sigmoid();
    /// ln(sigmoid(x)), accurate where the sigmoid vanishes.
    log_sigmoid();
    /// ln(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold (PyTorch: 1 and 20).
    softplus(beta, threshold);
    /// max(x, 0); the derivative at 0 is 0.
    relu();
    /// min(max(x, 0), 6).
    relu6();
    /// x where positive, else slope · x (PyTorch: 0.01; Maas et al. 2013).
    leaky_relu(negative_slope);
    /// x where positive, else alpha (eˣ − 1) (PyTorch: 1; Clevert et al. 2015).
    elu(alpha);
    /// x where positive, else alpha (e^(x / alpha) − 1) (Barron 2017).
    celu(alpha);
    /// ELU with the scale and alpha that keep mean 0 and variance 1 (Klambauer et al. 2017).
    selu();
    /// x Φ(x), with Φ the distribution function of the standard normal (Hendrycks and Gimpel 2016).
    gelu();
    /// GELU with Φ approximated through tanh.
    gelu_tanh();
    /// x · sigmoid(x), also called swish (Ramachandran et al. 2017).
    silu();
    /// x · tanh(softplus(x)) (Misra 2019).
    mish();
    /// x / (1 + |x|).
    softsign();
    /// x limited to `min ..= max`; the derivative is 0 at the limits.
    hardtanh(min, max);
    /// x limited to `min ..= max`; the derivative is 1 at the limits.
    clamp(min, max);
    /// (x + 3) / 6 limited to 0 ..= 1.
    hardsigmoid();
    /// x · hardsigmoid(x) (Howard et al. 2019).
    hardswish();
}
