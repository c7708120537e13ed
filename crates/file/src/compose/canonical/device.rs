//! Short forms of devices: `/dev/sda`, `/dev/sda:/dev/xvda:rwm`.

use crate::compose::element::{Content, Element};
use maestro_core::source::Span;

/// A device in its long form. None if it has more parts than three.
pub(super) fn read(text: &str, span: Span) -> Option<Element> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts[..] {
        [source] => (source, source, "rwm"),
        [source, target] => (source, target, "rwm"),
        [source, target, permissions] => (source, target, permissions),
        _ => return None,
    };
    let target = if target.is_empty() { source } else { target };
    Some(Element::mapping(
        span,
        [
            ("source", Content::from(source)),
            ("target", Content::from(target)),
            ("permissions", Content::from(permissions)),
        ],
    ))
}
