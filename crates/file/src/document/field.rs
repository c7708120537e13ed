//! One key of a mapping.

use super::yaml::NodeId;
use maestro_core::source::Spanned;

/// One key and its value.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub key: Spanned<String>,
    pub value: NodeId,
}
