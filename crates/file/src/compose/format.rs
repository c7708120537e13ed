//! The formats that the canonical form is printed in.

/// The format of the canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanonicalFormat {
    /// YAML.
    Yaml,
    /// JSON, indented.
    Json,
}
