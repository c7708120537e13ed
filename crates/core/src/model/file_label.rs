//! The label that tells which files a container was created with: no engine does.

use std::collections::BTreeMap;

use super::{carried::FileSpecs, own_label};

/// Label with the files that are copied into the container: see `own_label`.
pub const LABEL_FILES: &str = "maestro.files";
const KEY: &str = "files";

/// The value of [`LABEL_FILES`] on a container with that hash; none if it has no files.
#[must_use]
pub fn label(config: &str, files: &FileSpecs) -> Option<String> {
    own_label::written(config, KEY, files).filter(|_| !files.is_empty())
}

/// The files that a container was created with, as its labels tell. A label that comes from its image does not count.
#[must_use]
pub fn labelled(labels: &BTreeMap<String, String>) -> FileSpecs {
    own_label::read(labels, LABEL_FILES, KEY).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        carried::{FileAccess, FileSpec},
        container::LABEL_CONFIG,
    };

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
