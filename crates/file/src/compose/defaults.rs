//! Values that docker compose adds where a file does not say them.

use super::{
    element::{Content, Element},
    paths::{items_mut, values_mut},
};

/// Fills in the values that each file's services have by default.
pub(super) fn fill_in(model: &mut Element) {
    for service in values_mut(model, "services") {
        if let Some(build) = service.get_mut("build") {
            build.add("context", Content::from("."));
        }
        for secret in items_mut(service.get_mut("secrets")) {
            let source = secret.text_of("source").unwrap_or_default();
            let target = format!("/run/secrets/{source}");
            secret.add("target", Content::Text(target));
        }
        for port in items_mut(service.get_mut("ports")) {
            port.add("protocol", Content::from("tcp"));
            port.add("mode", Content::from("ingress"));
        }
        items_mut(service.get_mut("gpus")).for_each(count);
        let deploy = service.get_mut("deploy").and_then(|deploy| deploy.get_mut("resources"));
        if let Some(reservations) = deploy.and_then(|resources| resources.get_mut("reservations")) {
            items_mut(reservations.get_mut("devices")).for_each(count);
        }
        if let Some(servers) = service.get_mut("dns").and_then(Element::items_mut) {
            servers.retain(|server| server.as_text() != Some(""));
        }
        for file in items_mut(service.get_mut("env_file")) {
            file.add("required", Content::Boolean(true));
        }
        for dependency in values_mut(service, "depends_on") {
            dependency.add("required", Content::Boolean(true));
        }
    }
}

/// All devices, where neither a number nor names are written.
fn count(request: &mut Element) {
    if request.get("device_ids").is_none() {
        request.add("count", Content::Integer(-1));
    }
}
