//! `#[derive(Module)]`: from a struct's fields, the one traversal that gives a network its parameters and their names.
//!
//! The macro is re-exported beside the trait, by `plywood-nn` and by the facade `plywood`: import it from there, where
//! [its documentation](macro@Module) also shows up. Nothing needs to depend on this crate itself.

mod attributes;
mod expand;

use proc_macro::TokenStream;
use syn::parse_quote;

/// Implements `Module` for a struct or an enum by visiting its fields in their order.
///
/// Names in a state dict are the field names joined by dots, as in PyTorch: `conv1.weight`. A field of a tuple struct
/// is named by its number. Every field must be a module itself: parameters, buffers, layers, and `Option`, `Vec`,
/// `Box` and tuples of them.
///
/// The scalar type is the type parameter bounded by `Scalar`; without one it is `f32`, or what the attribute says.
///
/// # On the type
/// - `#[module(f64)]` names the scalar type, needed where there is no parameter bounded by `Scalar`, or several.
/// - `#[module(crate = path)]` names the crate that holds the trait, for those who rename it in their manifest.
///
/// # On a field
/// - `#[module(skip)]` leaves it out: a setting, not a module.
/// - `#[module(rename = "name")]` gives it another name in the state dict.
/// - `#[module(flatten)]` puts its parts in the place of the field, without a name of its own.
///
/// # Enums
/// The variant that is present is visited, and its name doesn't show: a choice between cells leaves the names of
/// parameters alone. The only field of a tuple variant is flattened.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(input: TokenStream) -> TokenStream {
    derive(input, parse_quote!(::plywood_nn))
}

/// [`Module`](macro@Module) as the facade exports it: what it writes asks only for the crate `plywood`.
#[doc(hidden)]
#[proc_macro_derive(FacadeModule, attributes(module))]
pub fn facade_module(input: TokenStream) -> TokenStream {
    derive(input, parse_quote!(::plywood::nn))
}

/// `home` is where the trait lives. Each macro writes the path of the crate that exports it, so whoever can name the
/// macro can also resolve the path, and no manifest has to be read.
fn derive(input: TokenStream, home: syn::Path) -> TokenStream {
    syn::parse(input).and_then(|input| expand::expand(&input, home)).unwrap_or_else(|e| e.to_compile_error()).into()
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
