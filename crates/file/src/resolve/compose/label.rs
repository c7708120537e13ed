//! Labels: those of the file, and those by which docker compose knows what belongs to a project.

use std::collections::BTreeMap;

use super::volume::pairs;
use crate::compose::element::Element;

/// The labels of the file, and these.
pub(super) fn labels<const N: usize>(element: &Element, own: [(&str, &str); N]) -> BTreeMap<String, String> {
    let mut labels = pairs(element, "labels");
    labels.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    labels
}
