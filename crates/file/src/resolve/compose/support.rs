//! What becomes of each key of a Compose file: what changes a container and cannot be carried out is refused.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{OF_SERVICE, ProjectResolver};
use crate::compose::{
    element::{Content, Element},
    service::ComposeService,
};
use maestro_core::{diagnostic::Diagnostic, source::Span};

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySupport {
    /// It means what it means to docker compose.
    Carried,
    /// It is carried out in another way, which is told here.
    Otherwise(&'static str),
    /// It has no effect, for that reason.
    Ignored(&'static str),
    /// The same, and a warning says so.
    Warned(&'static str),
    /// It is an error; what to do in its place.
    Refused(&'static str),
}

use KeySupport::{Ignored, Otherwise, Refused};

const WINDOWS: &str = "it is for Windows: remove it";
const FILE: &str = "name a file with `file`, or say in a site file where its content comes from";
const COPIED: &str =
    "copied into the container before its first start; another content replaces the container";
const SWARM: &str = "it is for a Swarm";
const BUILDKIT: &str = "carried out by `docker buildx`; without it on this machine it has no effect";
const NOT_BUILT: &str = "carried out by `docker buildx`; without it on this machine the image is not built";

/// The keys that are not simply carried out. What holds for a key holds for all below it, if they are not listed.
const SUPPORT: &[(&str, KeySupport)] = &[
    ("services.*.attach", Ignored("`maestro logs` shows the logs of all services")),
    ("services.*.build.additional_contexts", Otherwise(NOT_BUILT)),
    ("services.*.build.cache_to", Otherwise(BUILDKIT)),
    ("services.*.build.entitlements", Otherwise(NOT_BUILT)),
    ("services.*.build.isolation", Ignored("it is for Windows")),
    ("services.*.build.privileged", Otherwise(NOT_BUILT)),
    ("services.*.build.provenance", Otherwise(BUILDKIT)),
    ("services.*.build.sbom", Otherwise(BUILDKIT)),
    ("services.*.build.secrets", Otherwise(NOT_BUILT)),
    ("services.*.build.ssh", Otherwise(NOT_BUILT)),
    ("services.*.build.ulimits", Otherwise(BUILDKIT)),
    ("services.*.cpu_count", Refused("it is for Windows: use `cpus`")),
    ("services.*.cpu_percent", Refused("it is for Windows: use `cpus`")),
    ("services.*.credential_spec", Refused(WINDOWS)),
    ("services.*.depends_on.*.restart", Ignored("a service is restarted when its own configuration changes")),
    ("services.*.deploy.endpoint_mode", Ignored(SWARM)),
    ("services.*.deploy.labels", Ignored(SWARM)),
    ("services.*.deploy.mode", Otherwise("`global` is one container on each ship")),
    (
        "services.*.deploy.placement",
        Otherwise(
            "with a site file, `node.hostname` and `node.labels` select ships; on a single host there is no choice",
        ),
    ),
    (
        "services.*.deploy.placement.max_replicas_per_node",
        Otherwise("with a site file, at most so many on one ship; a single host has no limit"),
    ),
    (
        "services.*.deploy.placement.preferences",
        Otherwise("with a site file, `node.labels` spread over the values of a label of ships"),
    ),
    ("services.*.deploy.resources.reservations.cpus", Ignored("an engine reserves no processors")),
    ("services.*.deploy.resources.reservations.generic_resources", Ignored(SWARM)),
    ("services.*.deploy.restart_policy.delay", Ignored("engines have a delay of their own")),
    ("services.*.deploy.restart_policy.window", Ignored(SWARM)),
    ("services.*.deploy.rollback_config", Ignored("a roll-back restores the containers that ran before")),
    ("services.*.deploy.update_config.failure_action", Otherwise("as written; `rollback` if nothing is")),
    (
        "services.*.deploy.update_config.max_failure_ratio",
        Otherwise("so many instances may fail as are at most that part of all"),
    ),
    ("services.*.deploy.update_config.monitor", Ignored("a container counts when it is ready")),
    (
        "services.*.deploy.update_config.order",
        Otherwise("docker compose stops first; here `start-first` holds: see [What runs](#what-runs)"),
    ),
    ("services.*.develop", Ignored("`docker compose watch` uses it")),
    ("services.*.healthcheck.start_interval", Otherwise("engines before Docker 25 ignore it")),
    ("services.*.isolation", Refused(WINDOWS)),
    ("services.*.models", Refused("run the model as a service")),
    (
        "services.*.networks.*.interface_name",
        Otherwise("engines before 28.1 give the interface a name of their own"),
    ),
    ("services.*.ports.app_protocol", Ignored("an engine has no use for it")),
    ("services.*.ports.mode", Ignored(SWARM)),
    ("services.*.ports.name", Ignored("an engine has no use for it")),
    ("services.*.provider", Refused("run what it provides as a service")),
    (
        "services.*.pull_policy",
        Otherwise(
            "`always` pulls before a container is created, an age (`daily`, `every_12h`) if the last pull is longer ago; `never` and `build` need the image on the ship",
        ),
    ),
    (
        "services.*.pull_refresh_after",
        Ignored("an image that is missing is pulled; `maestro pull` pulls all"),
    ),
    (
        "services.*.use_api_socket",
        Otherwise("the socket is mounted; logins to registries stay on this machine"),
    ),
    ("services.*.volumes.consistency", Ignored("it is for Docker Desktop")),
    ("services.*.volumes.volume.labels", Ignored("a volume has the labels of `volumes`")),
    ("configs.*.content", Otherwise(COPIED)),
    ("configs.*.environment", Otherwise(COPIED)),
    ("configs.*.external", Refused(FILE)),
    ("configs.*.file", Otherwise(COPIED)),
    ("configs.*.labels", Ignored(SWARM)),
    ("configs.*.template_driver", Ignored(SWARM)),
    ("models", Refused("run the model as a service")),
    ("secrets.*.driver", Ignored(SWARM)),
    ("secrets.*.driver_opts", Ignored(SWARM)),
    ("secrets.*.environment", Otherwise(COPIED)),
    ("secrets.*.external", Refused(FILE)),
    ("secrets.*.file", Otherwise(COPIED)),
    ("secrets.*.labels", Ignored(SWARM)),
    ("secrets.*.template_driver", Ignored(SWARM)),
];

/// What becomes of a key, by its path: `services.*.deploy.mode`.
#[must_use]
pub fn support(path: &str) -> KeySupport {
    let above = SUPPORT.iter().filter(|(key, _)| path == *key || is_below(path, key));
    above.max_by_key(|(key, _)| key.len()).map_or(KeySupport::Carried, |(_, support)| *support)
}

impl ProjectResolver<'_, '_> {
    /// Tells what of a project's services is not carried out.
    pub(super) fn tell_unsupported(&mut self) {
        for service in self.project.services() {
            self.tell_below(service.element, &SERVICE_KEYS);
            self.tell_values(service.element);
        }
    }

    /// Tells values that engines would refuse, or take for something else.
    fn tell_values(&mut self, element: &Element) {
        for key in ["uts", "cgroup"] {
            let shared = element.spanned_text(key).filter(|mode| mode.value.starts_with(OF_SERVICE));
            if let Some(mode) = shared {
                let what = format!("`{key}` of another service");
                self.unsupported(
                    mode.span,
                    &what,
                    &format!("remove it, or share the host's with `{key}: host`"),
                );
            }
        }
        self.tell_private_ipc(element);
    }

    /// Tells an IPC namespace that is to be shared, and that engines keep private.
    fn tell_private_ipc(&mut self, element: &Element) {
        let Some(mode) = element.spanned_text("ipc") else { return };
        let Some(other) = mode.value.strip_prefix(OF_SERVICE) else { return };
        let service = self.project.services().find(|service| service.name == other);
        let shares = |service: ComposeService<'_>| {
            service.element.text_of("ipc").is_some_and(|mode| !matches!(mode, "" | "private" | "none"))
        };
        if service.is_none_or(shares) {
            return;
        }
        let text = format!("`{other}` does not share its IPC namespace");
        self.diagnostics.push(
            Diagnostic::warning("private-ipc", text)
                .at(mode.span, "an engine starts no container with it, unless it is set to share all")
                .help(format!("add `ipc: shareable` to `{other}`")),
        );
    }

    fn tell_below(&mut self, element: &Element, keys: &KeyTree) {
        if keys.below.is_empty() {
            return;
        }
        match &element.content {
            Content::Mapping(members) => {
                for (key, member) in members {
                    // What the table does not know is a name that the user chose.
                    let listed = keys.below.get(key.as_str());
                    let Some(own) = listed.or_else(|| keys.below.get("*")) else { continue };
                    if let Some(support) =
                        own.support.filter(|_| listed.is_some() && member.value.says_something())
                    {
                        self.tell(member.key, key, support);
                    }
                    self.tell_below(&member.value, own);
                }
            }
            Content::List(items) => items.iter().for_each(|item| self.tell_below(item, keys)),
            Content::Null
            | Content::Boolean(_)
            | Content::Integer(_)
            | Content::Number(_)
            | Content::Text(_) => {}
        }
    }

    fn tell(&mut self, span: Span, key: &str, support: KeySupport) {
        match support {
            KeySupport::Carried | KeySupport::Otherwise(_) | KeySupport::Ignored(_) => {}
            KeySupport::Warned(why) => {
                let text = format!("`{key}` has no effect");
                let warning = Diagnostic::warning("no-effect", text).at(span, "nothing carries it out");
                self.diagnostics.push(warning.note(why.to_owned()));
            }
            KeySupport::Refused(instead) => self.unsupported(span, &format!("`{key}`"), instead),
        }
    }
}

/// The table as a tree: a key, and what is below it.
#[derive(Default)]
struct KeyTree {
    support: Option<KeySupport>,
    below: BTreeMap<&'static str, KeyTree>,
}

/// The keys of a service.
static SERVICE_KEYS: LazyLock<KeyTree> = LazyLock::new(|| {
    let mut root = KeyTree::default();
    for (path, support) in SUPPORT {
        let Some(path) = path.strip_prefix("services.*.") else { continue };
        let place = path.split('.').fold(&mut root, |tree, key| tree.below.entry(key).or_default());
        place.support = Some(*support);
    }
    root
});

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}
