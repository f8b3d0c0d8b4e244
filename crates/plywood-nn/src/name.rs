//! The path of a parameter or buffer in the model that holds it.

use std::sync::{Arc, Mutex, PoisonError};

/// A path, told by whoever looks through the model.
#[derive(Debug, Default)]
pub(crate) struct Name(Mutex<Option<Arc<str>>>);

impl Name {
    pub(crate) fn get(&self) -> Option<Arc<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a path over, unless the known one says the same and more: a look at a part of the model mustn't shorten
    /// its names.
    pub(crate) fn set(&self, path: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.as_deref().is_some_and(|known| known.ends_with(path)) {
            *known = Some(path.into());
        }
    }
}
