//! The files use every key that Maestro carries out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use maestro_file::{
    document::{self, NodeId, NodeKind, Yaml, scalar::python_text},
    resolve::{KeySupport, support},
};

use crate::programs::{files, stem};

/// The properties of the specification.
const SPECIFIED: &str = include_str!("../../../crates/file/tests/compose-properties.txt");

/// Keys that are the same for every request: of these and the ones below them the files need not use all.
const WITHOUT_REQUEST: &[(&str, &str)] =
    &[("services.*.build", "how an image is built: this test builds none")];

#[test]
fn the_files_use_every_key_that_is_carried_out() {
    let all = files("compose/files");
    assert!(all.len() >= 40, "{all:?}");
    let specified: BTreeSet<&str> = SPECIFIED.lines().collect();
    let mut used = BTreeSet::new();
    for file in &all {
        // A file of Maestro is YAML as well. What it says of other keys is of no interest here.
        let bytes = fs::read(file).unwrap();
        let loaded = document::load(&stem(file), bytes, file.parent().unwrap(), &BTreeMap::new());
        let yaml = loaded.yaml.unwrap();
        collect(&yaml, yaml.root(), "", &specified, &mut used);
    }
    let is_carried = |key: &str| matches!(support(key), KeySupport::Carried | KeySupport::Otherwise(_));
    let is_exempt =
        |key: &str| WITHOUT_REQUEST.iter().any(|(above, _)| key.starts_with(&format!("{above}.")));
    let missing = specified.iter().copied().filter(|key| is_carried(key) && !used.contains(*key));
    let (exempt, unused): (Vec<&str>, Vec<&str>) = missing.partition(|key| is_exempt(key));
    assert!(unused.is_empty(), "no file uses {unused:#?}");
    assert!(!exempt.is_empty(), "the files use all keys: remove {WITHOUT_REQUEST:?}");
}

/// The paths of the keys, with `*` for a name that the user chose.
fn collect(yaml: &Yaml, node: NodeId, path: &str, specified: &BTreeSet<&str>, used: &mut BTreeSet<String>) {
    match yaml.kind(node) {
        NodeKind::Mapping(_) => {
            for entry in yaml.entries(node) {
                let key = python_text(&yaml.value(entry.key));
                let below =
                    |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                let own = below(&key);
                let path = if specified.contains(own.as_str()) { own } else { below("*") };
                used.insert(path.clone());
                collect(yaml, entry.value, &path, specified, used);
            }
        }
        NodeKind::Sequence(items) => {
            for item in items {
                collect(yaml, *item, path, specified, used);
            }
        }
        NodeKind::Scalar(_) | NodeKind::Bad => {}
    }
}
