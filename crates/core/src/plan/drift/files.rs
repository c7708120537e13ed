//! Files that were copied into a container. No engine tells them, so the container's label does.

use std::collections::BTreeSet;

use super::{Drift, FieldValue, FileComparison};
use crate::model::{carried::FileSpec, container::ContainerSpec, file_label::labelled};

impl Drift<'_> {
    pub(super) fn files(&mut self, spec: &ContainerSpec) {
        if self.is_same {
            return;
        }
        let running = labelled(&self.running.description.labels);
        let targets: BTreeSet<&String> = running.keys().chain(spec.files.keys()).collect();
        for target in targets {
            let (now, declared) = (running.get(target), spec.files.get(target));
            if now == declared {
                continue;
            }
            let is_same = now.zip(declared).is_none_or(|(now, declared)| now.digest == declared.digest);
            let side = |file: &FileSpec, other: FileComparison| FieldValue::File {
                access: file.access,
                content: if is_same { FileComparison::Same } else { other },
            };
            self.push_values(
                format!("files.{target}"),
                now.map(|file| side(file, FileComparison::Old)),
                declared.map(|file| side(file, FileComparison::New)),
            );
        }
    }
}
