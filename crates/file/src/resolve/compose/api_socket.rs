//! `use_api_socket`: the engine's own socket in the container, and a configuration of Docker's command line, as docker
//! compose gives it. Logins to registries stay on this machine.

use crate::{
    compose::{element::Element, service::ComposeService},
    resolve::carried::{FilePlace, MODE, place_of},
};
use maestro_core::model::{
    carried::{CarriedFile, FileAccess},
    container::{ContainerSpec, Mount},
};

/// Where an engine's own socket is, on a ship and inside.
const SOCKET: &str = "/var/run/docker.sock";
/// Variable with the directory of the configuration.
const VARIABLE: &str = "DOCKER_CONFIG";
const DIRECTORY: &str = "/run/secrets/docker";
/// The configuration of who is logged in nowhere.
const NO_LOGINS: &str = "{\n\t\"auths\": {}\n}";

fn is_used(service: ComposeService<'_>) -> bool {
    service.element.get("use_api_socket").is_some_and(Element::is_true)
}

/// The mount of the socket.
pub(super) fn mount(service: ComposeService<'_>) -> Option<Mount> {
    let (source, target) = (SOCKET.to_owned(), SOCKET.to_owned());
    is_used(service).then(|| Mount { source, target, mode: "rw".to_owned() })
}

/// The configuration, and the variable that leads to it if the file does not set it.
pub(super) fn configuration(service: ComposeService<'_>, spec: &mut ContainerSpec) -> Option<CarriedFile> {
    if !is_used(service) {
        return None;
    }
    if !spec.env.contains_key(VARIABLE) {
        spec.env.insert(VARIABLE.to_owned(), Some(DIRECTORY.to_owned()));
    }
    let target = format!("{DIRECTORY}/config.json");
    // Below a volume it is not needed: without it nobody is logged in.
    let FilePlace::Copied { own_volume } = place_of(&target, spec) else { return None };
    let access = FileAccess { uid: 0, gid: 0, mode: MODE };
    let owner = (spec.owner.environment.as_str(), spec.owner.service.as_str());
    Some(CarriedFile::new(owner, &target, access, own_volume, NO_LOGINS.as_bytes().to_vec().into()))
}
