//! Variables and labels.

use std::collections::BTreeMap;

use super::{Drift, ObservedContainer};
use crate::model::{
    container::{ContainerSpec, LABEL_CONFIG, LABEL_CONFIG_OWN, LABEL_IMAGE_ID},
    endpoint_label::LABEL_ENDPOINTS,
    file_label::LABEL_FILES,
    peer_comparison::PeerComparison,
};

impl Drift<'_> {
    pub(super) fn variables(&mut self, spec: &ContainerSpec) {
        if !is_in_order(&self.running, spec) {
            self.each_variable(spec);
        }
        let now = self.running.description;
        let known = self.running.image.is_some();
        let mut labels = self.running.image.map(|image| image.labels.clone()).unwrap_or_default();
        labels.extend(spec.named_labels());
        let ours = |name: &str| {
            matches!(name, LABEL_CONFIG | LABEL_CONFIG_OWN | LABEL_ENDPOINTS | LABEL_FILES | LABEL_IMAGE_ID)
                || name.starts_with("desktop.docker.io/")
        };
        labels.retain(|name, _| !ours(name));
        let mut running = now.labels.clone();
        running.retain(|name, _| !ours(name));
        self.each("labels", &running, &labels, known && !self.is_same);
    }

    fn each_variable(&mut self, spec: &ContainerSpec) {
        let now = self.running.description;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut declared: BTreeMap<String, String> = BTreeMap::new();
        let mut running: BTreeMap<String, String> =
            now.env.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        if let Some(image) = self.running.image {
            declared.extend(image.env.iter().map(|(name, value)| (name.clone(), text(value))));
        }
        for (name, value) in spec.env.iter() {
            declared.insert(name.clone(), text(value));
            if value.is_none() {
                // A bare name stands for no variable: engines keep it or drop it.
                running.entry(name.clone()).or_default();
            }
        }
        let known = self.running.image.is_some();
        let first = self.found.len();
        self.each("env", &running, &declared, known);
        self.mark_peers(first, &running, &declared);
    }

    /// Marks the differences from `first` on that are in the list of peers alone.
    fn mark_peers(
        &mut self,
        first: usize,
        running: &BTreeMap<String, String>,
        declared: &BTreeMap<String, String>,
    ) {
        if first == self.found.len() {
            return;
        }
        let peers = PeerComparison::new(self.environment, self.instance, &self.running.description.env);
        for difference in &mut self.found[first..] {
            let name = difference.field.trim_start_matches("env.");
            difference.is_peers_alone =
                peers.is_list_alone(name, running.contains_key(name), declared.contains_key(name));
        }
    }
}

/// Whether the variables are those that are declared, and then those that the image adds: the order in which engines
/// have them, so that two lists of hundreds need not be sorted to see that nothing differs.
fn is_in_order(running: &ObservedContainer<'_>, spec: &ContainerSpec) -> bool {
    let now = &running.description.env;
    let (mut own, mut declared) = now.beside_common(&spec.env);
    if !declared.all(|variable| own.next() == Some(variable)) {
        return false;
    }
    let Some(image) = running.image else { return true };
    let added = own.all(|(name, value)| image.env.get(name) == Some(value));
    added && image.env.keys().all(|name| now.contains_key(name))
}
