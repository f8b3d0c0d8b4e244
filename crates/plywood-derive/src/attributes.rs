//! The `#[module(…)]` attributes.

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Path, Result};

/// What the attributes of a type say.
#[derive(Default)]
pub struct OfType {
    pub scalar: Option<Path>,
    pub home: Option<Path>,
}

impl OfType {
    pub fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut all = Self::default();
        each(attributes, |meta| {
            if meta.path.is_ident("crate") {
                set(&mut all.home, meta.value()?.call(Path::parse_mod_style)?, &meta)
            } else if ["skip", "rename", "flatten"].iter().any(|field| meta.path.is_ident(field)) {
                Err(meta.error("this attribute belongs on a field; on a type: a scalar type, or `crate = path`"))
            } else {
                let scalar = meta.path.clone();
                set(&mut all.scalar, scalar, &meta)
            }
        })?;
        Ok(all)
    }
}

/// How a field takes part in the traversal.
pub enum OfField {
    /// Under this name, or that of the field.
    Named(Option<LitStr>),
    /// Not at all.
    Skip,
    /// Its parts in its place.
    Flatten,
}

impl OfField {
    pub fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut found = None;
        each(attributes, |meta| {
            let this = if meta.path.is_ident("skip") {
                Self::Skip
            } else if meta.path.is_ident("flatten") {
                Self::Flatten
            } else if meta.path.is_ident("rename") {
                Self::Named(Some(name(meta.value()?.parse()?)?))
            } else {
                return Err(meta.error("expected `skip`, `flatten` or `rename = \"name\"`"));
            };
            set(&mut found, this, &meta)
        })?;
        Ok(found.unwrap_or(Self::Named(None)))
    }
}

fn name(name: LitStr) -> Result<LitStr> {
    match name.value() {
        s if s.is_empty() => Err(Error::new(name.span(), "a name can't be empty; `flatten` leaves it out")),
        s if s.contains('.') => {
            Err(Error::new(name.span(), "a name can't contain a dot: dots join the names of a path"))
        }
        _ => Ok(name),
    }
}

/// An attribute on a variant, where none has a meaning.
pub fn none(attributes: &[Attribute]) -> Result<()> {
    match attributes.iter().find(|a| a.path().is_ident("module")) {
        Some(a) => Err(Error::new(a.span(), "a variant's name doesn't show, so it takes no attribute; its fields do")),
        None => Ok(()),
    }
}

fn each(attributes: &[Attribute], mut f: impl FnMut(ParseNestedMeta) -> Result<()>) -> Result<()> {
    attributes.iter().filter(|a| a.path().is_ident("module")).try_for_each(|a| a.parse_nested_meta(&mut f))
}

fn set<A>(place: &mut Option<A>, value: A, meta: &ParseNestedMeta) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("contradicts an earlier attribute")),
    }
}
