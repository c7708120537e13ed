//! Variables without a value that an env file of the command line gives.

use std::collections::BTreeMap;

use crate::document::file::Document;

/// Gives entries of `env` without a value that of `variables`; entries that have none there stay as they are.
pub fn inherit(document: &mut Document, variables: &BTreeMap<String, String>) {
    let services = document.services.iter_mut();
    let all = services.flat_map(|service| {
        let instances = service.instances.iter_mut().map(|instance| &mut instance.settings);
        std::iter::once(&mut service.settings).chain(instances)
    });
    for (name, value) in all.flat_map(|settings| &mut settings.env) {
        if value.is_none() {
            *value = variables.get(&name.value).cloned();
        }
    }
}
