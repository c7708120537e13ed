//! Labels and other names with values: those of the file, and those by which docker compose knows what belongs to a project.

use std::collections::BTreeMap;

use crate::compose::element::Element;

/// The labels of the file, and these.
pub(in crate::resolve) fn labels<const N: usize>(
    element: &Element,
    own: [(&str, &str); N],
) -> BTreeMap<String, String> {
    let mut labels = pairs(element, "labels");
    labels.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    labels
}

/// The names of that mapping with their values; a missing one is empty.
pub(in crate::resolve) fn pairs(element: &Element, name: &str) -> BTreeMap<String, String> {
    let pairs = element.spanned_pairs(name);
    pairs
        .map(|(name, value)| {
            (name.value.to_owned(), value.map(|value| value.value.to_owned()).unwrap_or_default())
        })
        .collect()
}
