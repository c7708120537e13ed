//! Environments of tests, as files say them.

use std::{collections::BTreeMap, path::Path};

use maestro_core::model::Environment;
use maestro_file::{
    document::{file, load::load},
    resolve::{Surroundings, resolve},
};

/// The environment that a file says, which names no other file.
pub(super) fn environment_of(text: &str) -> Environment {
    let (directory, variables) = (Path::new("/"), BTreeMap::new());
    let mut loaded = load("maestro.yaml", text.into(), directory, &variables);
    let document = loaded.yaml.as_ref().and_then(|yaml| file::read(yaml, &mut loaded.diagnostics));
    let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let surroundings = Surroundings::new(directory, &variables);
    let document = document.expect("a document");
    resolve(&document, &mut loaded.sources, &read, surroundings, &mut loaded.diagnostics).expect("a model")
}
