//! The derive macro for plywood-nn's Module.
