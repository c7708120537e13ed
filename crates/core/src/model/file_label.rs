//! The label that tells which files a container was created with: no engine does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{carried::FileSpecs, container::LABEL_CONFIG};

/// Label with the files that are copied into the container, as JSON. It also has the hash of the container's
/// configuration: an image that was committed from another container bears that container's hash.
pub const LABEL_FILES: &str = "maestro.files";

#[derive(Serialize, Deserialize)]
struct FilesLabel {
    config: String,
    files: FileSpecs,
}

/// The value of [`LABEL_FILES`] on a container with that hash; none if it has no files.
#[must_use]
pub fn label(config: &str, files: &FileSpecs) -> Option<String> {
    let label = FilesLabel { config: config.to_owned(), files: files.clone() };
    serde_json::to_string(&label).ok().filter(|_| !files.is_empty())
}

/// The files that a container was created with, as its labels tell. A label that comes from its image does not count.
#[must_use]
pub fn labelled(labels: &BTreeMap<String, String>) -> FileSpecs {
    let label = labels.get(LABEL_FILES).and_then(|label| serde_json::from_str::<FilesLabel>(label).ok());
    let own = label.filter(|label| labels.get(LABEL_CONFIG) == Some(&label.config));
    own.map(|label| label.files).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::carried::{FileAccess, FileSpec};

    #[test]
    fn a_label_counts_on_the_container_that_it_was_made_for() {
        let access = FileAccess { uid: 0, gid: 0, mode: 0o444 };
        let file = FileSpec { digest: Some("12".to_owned()), access, own_volume: true };
        let files: FileSpecs = [("/etc/app/a".to_owned(), file)].into();
        let value = label("1234", &files).unwrap();
        let labels = |config: &str| -> BTreeMap<String, String> {
            [(LABEL_CONFIG.to_owned(), config.to_owned()), (LABEL_FILES.to_owned(), value.clone())].into()
        };
        assert_eq!(labelled(&labels("1234")), files);
        assert!(labelled(&labels("5678")).is_empty());
        assert_eq!(label("1234", &FileSpecs::new()), None);
    }
}
