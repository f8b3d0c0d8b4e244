//! The implementation that the macro writes.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Data, DeriveInput, Error, Field, Fields, Generics, Ident, Member, Path, Result, Type, TypeParam, TypeParamBound,
    WherePredicate, parse_quote,
};

use crate::attributes::{self, OfField, OfType};

pub fn expand(input: &DeriveInput, home: Path) -> Result<TokenStream> {
    let settings = OfType::read(&input.attrs)?;
    let home = settings.home.unwrap_or(home);
    let scalar = match settings.scalar {
        Some(scalar) => scalar,
        None => scalar(input)?,
    };
    let mut bounds = Vec::new();
    let others: HashSet<_> = input.generics.type_params().map(|p| &p.ident).filter(|p| !scalar.is_ident(*p)).collect();
    let mut bind = |ty: &Type| {
        if mentions(ty, &others) {
            bounds.push(parse_quote!(#ty: #home::Module<#scalar>));
        }
    };
    let mut arms = Vec::new();
    match &input.data {
        Data::Struct(data) => arms.push(Arm::new(parse_quote!(Self), &data.fields, false, &mut bind)?),
        Data::Enum(data) => {
            for variant in &data.variants {
                let (ident, fields) = (&variant.ident, &variant.fields);
                attributes::none(&variant.attrs)?;
                let choice = matches!(fields, Fields::Unnamed(_)) && fields.len() == 1;
                arms.push(Arm::new(parse_quote!(Self::#ident), fields, choice, &mut bind)?);
            }
        }
        Data::Union(data) => {
            return Err(Error::new(data.union_token.span, "a union can't be a module: none of its fields is known"));
        }
    };
    // A match on a reference to an empty enum needs an arm, one on what it points to doesn't.
    let target = if arms.is_empty() { quote!(*self) } else { quote!(self) };
    let body = |method: TokenStream| {
        let arms = arms.iter().map(|arm| arm.write(&quote!(<_ as #home::Module<#scalar>>::#method)));
        quote!(match #target { #(#arms)* })
    };
    let (visit, visit_mut) = (body(quote!(visit)), body(quote!(visit_mut)));
    let name = &input.ident;
    let mut generics = input.generics.clone();
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend::<Vec<WherePredicate>>(bounds);
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters #home::Module<#scalar> for #name #arguments #conditions {
            #[allow(unused_variables)]
            fn visit<'__module>(&'__module self, visitor: &mut #home::Visitor<'__module, '_, #scalar>) {
                #visit
            }
            #[allow(unused_variables)]
            fn visit_mut(&mut self, visitor: &mut #home::VisitorMut<'_, #scalar>) {
                #visit_mut
            }
        }
    })
}

/// The type parameter bounded by `Scalar`, or `f32` if there is none.
fn scalar(input: &DeriveInput) -> Result<Path> {
    let mut found = input.generics.type_params().filter(|p| bounded(p, &input.generics));
    let scalar = found.next();
    if let Some(second) = found.next() {
        let message =
            "several parameters are bounded by `Scalar`: say which one the parameters have, as in `#[module(T)]`";
        return Err(Error::new(second.ident.span(), message));
    }
    Ok(scalar.map_or_else(|| parse_quote!(f32), |p| p.ident.clone().into()))
}

fn bounded(param: &TypeParam, generics: &Generics) -> bool {
    let is_scalar = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|s| s.ident == "Scalar"),
        _ => false,
    };
    let conditions = generics.where_clause.iter().flat_map(|w| &w.predicates);
    param.bounds.iter().any(is_scalar)
        || conditions.into_iter().any(|condition| match condition {
            WherePredicate::Type(condition) => {
                matches!(&condition.bounded_ty, Type::Path(ty) if ty.path.is_ident(&param.ident))
                    && condition.bounds.iter().any(is_scalar)
            }
            _ => false,
        })
}

/// Whether a type's text contains one of these parameters: only then does it need a bound of its own.
fn mentions(ty: &Type, parameters: &HashSet<&Ident>) -> bool {
    fn any(tokens: TokenStream, parameters: &HashSet<&Ident>) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => parameters.contains(&ident),
            proc_macro2::TokenTree::Group(group) => any(group.stream(), parameters),
            _ => false,
        })
    }
    !parameters.is_empty() && any(quote!(#ty), parameters)
}

/// A variant: which of its fields are visited, and under what names.
struct Arm {
    variant: Path,
    /// Without a name, the field's parts take its place.
    fields: Vec<(Member, Option<String>)>,
}

impl Arm {
    /// `choice` flattens what has no attribute.
    fn new(variant: Path, fields: &Fields, choice: bool, bind: &mut impl FnMut(&Type)) -> Result<Self> {
        let (mut visited, mut names) = (Vec::new(), HashSet::new());
        for (i, field) in fields.iter().enumerate() {
            let name = match OfField::read(&field.attrs)? {
                OfField::Skip => continue,
                OfField::Flatten => None,
                OfField::Named(None) if choice => None,
                OfField::Named(rename) => Some(rename.map_or_else(|| name(field, i), |r| r.value())),
            };
            if let Some(name) = name.as_ref().filter(|&n| !names.insert(n.clone())) {
                return Err(Error::new_spanned(field, format!("two fields are named `{name}` in the state dict")));
            }
            bind(&field.ty);
            visited.push((field.ident.clone().map_or(Member::from(i), Member::from), name));
        }
        Ok(Self { variant, fields: visited })
    }

    fn write(&self, visit: &TokenStream) -> TokenStream {
        let variant = &self.variant;
        let locals: Vec<_> = (0..self.fields.len()).map(|i| format_ident!("field_{i}")).collect();
        let members = self.fields.iter().map(|(member, _)| member);
        let visits = self.fields.iter().zip(&locals).map(|((_, name), local)| match name {
            Some(name) => quote!(visitor.field(#name, #local);),
            None => quote!(#visit(#local, visitor);),
        });
        quote!(#variant { #(#members: #locals,)* .. } => { #(#visits)* })
    }
}

fn name(field: &Field, index: usize) -> String {
    field.ident.as_ref().map_or_else(|| index.to_string(), |ident| ident.unraw().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(source: &str, message: &str) {
        let refused = syn::parse_str(source).and_then(|input| expand(&input, parse_quote!(home)));
        let error = refused.expect_err("the macro accepts it").to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn mistakes_get_a_sentence() {
        refuses("union U { a: f32 }", "a union can't be a module");
        refuses("struct S<T: Scalar, U: Scalar> { a: P<T>, b: P<U> }", "say which one the parameters have");
        refuses("struct S { #[module(hide)] a: P }", "expected `skip`, `flatten` or `rename = \"name\"`");
        refuses("struct S { #[module(skip, flatten)] a: P }", "contradicts an earlier attribute");
        refuses("struct S { #[module(rename = \"a.b\")] a: P }", "can't contain a dot");
        refuses("struct S { #[module(rename = \"\")] a: P }", "can't be empty");
        refuses("struct S { a: P, #[module(rename = \"a\")] b: P }", "two fields are named `a`");
        refuses("#[module(skip)] struct S { a: P }", "belongs on a field");
        refuses("#[module(f32)] #[module(f64)] struct S { a: P }", "contradicts an earlier attribute");
        refuses("enum E { #[module(skip)] A(P) }", "a variant's name doesn't show");
    }
}
