//! A gradient property test for each file under `src/ops/`, in a module of the same name.
//!
//! They stand here and not beside the operations because plywood-gradcheck is built on this crate: a unit test would
//! see two different `Var`s.

mod adaptive_pool;
mod avg_pool;
mod batch_norm;
mod bilinear;
mod binary;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod dropout;
mod einsum;
mod embedding;
mod expand;
mod gather;
mod group_norm;
mod gru;
mod index_select;
mod interpolate;
mod join;
mod layer_norm;
mod linear;
mod local_response_norm;
mod loss;
mod lstm;
mod masked;
mod matmul;
mod max_pool;
mod maxout;
mod one_hot;
mod pool_windows;
mod prelu;
mod recurrent;
mod reduce;
mod remap;
mod rnn;
mod scaled_dot_product_attention;
mod select;
mod softmax;
mod triangle;
mod unary;
mod view;
