//! The table of the keys of other tools.

use super::replacement::Replacement;
use crate::document::keys::Key;

/// A section whose keys other tools call otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Section {
    /// An instance, or a service for its instances.
    Instance,
    /// `limits`
    Limits,
    /// `lifecycle`
    Lifecycle,
    /// A check.
    Check,
    /// A ship.
    Ship,
    /// A registry.
    Registry,
    /// `update`
    Update,
    /// A port that is written as a mapping.
    Port,
    /// A volume that is written as a mapping.
    Volume,
    /// `restart`
    Restart,
    /// An auditor.
    Auditor,
    /// `ssh_tunnel`
    Tunnel,
    /// Any other.
    Other,
}

impl Section {
    /// The section that has these keys.
    pub(in crate::document) fn of(known: &[&'static [Key]]) -> Self {
        let has = |name: &str| known.iter().copied().flatten().any(|key| key.name == name);
        [
            ("image", Self::Instance),
            ("swap", Self::Limits),
            ("pre-stop", Self::Lifecycle),
            ("max_wait", Self::Check),
            ("wait", Self::Check),
            ("docker_port", Self::Ship),
            ("registry", Self::Registry),
            ("parallel", Self::Update),
            ("exposed", Self::Port),
            ("target", Self::Volume),
            ("maximum_retry_count", Self::Restart),
            ("level", Self::Auditor),
            ("user", Self::Tunnel),
        ]
        .into_iter()
        .find(|(name, _)| has(name))
        .map_or(Self::Other, |(_, section)| section)
    }
}

/// The tool that has this key, and what to write for it here.
/// Keys that the section does not know are passed over.
pub(in crate::document) fn find(
    section: Section,
    name: &str,
    is_known: impl Fn(&str) -> bool,
) -> Option<&'static (&'static str, Replacement)> {
    let same =
        |known: &str| known == name || known.replace('_', "") == name.replace(['_', '-'], "").to_lowercase();
    let leads_here = |way: &Replacement| match way {
        Replacement::Key(own) | Replacement::In(own, _) => is_known(own),
        Replacement::Processors(_)
        | Replacement::Check(_)
        | Replacement::Deploy
        | Replacement::LeaveOut(_)
        | Replacement::Say(_) => true,
    };
    let rows = TABLE.iter().filter(|(of, _, (_, way))| *of == section && leads_here(way));
    rows.flat_map(|(_, names, row)| names.iter().map(move |known| (known, row)))
        .find(|(known, _)| same(known))
        .map(|(_, row)| row)
}

const DOCKER: &str = "`docker run`";
pub(in crate::document) const COMPOSE: &str = "Compose";
const KUBERNETES: &str = "Kubernetes";
/// What a probe of Kubernetes is.
const PROBE: Replacement = Replacement::Check(
    "write a check for it: `lifecycle: {running: [{type: http, port: 80, path: /}]}` for `httpGet`, `{type: tcp, port: NAME}` \
     for `tcpSocket`, `{type: rexec, command: TEXT}` for `exec`",
);
/// What a health check of Compose is.
const HEALTH: Replacement = Replacement::Check(
    "write a check for it: `lifecycle: {running: [{type: rexec, command: TEXT}]}` runs a command in the container, \
     `{type: docker}` uses the image's HEALTHCHECK, `{type: http, port: 80}` asks a port",
);

use Replacement::{Deploy, In, Key as Own, LeaveOut, Processors, Say};
use Section::{
    Auditor, Check, Instance, Lifecycle, Limits, Port, Registry, Restart, Ship, Tunnel, Update, Volume,
};

/// Sections, the names that other tools have for one thing, and what it is here. Names are compared without `_` and `-`.
const TABLE: &[(Section, &[&str], (&str, Replacement))] = &[
    (Instance, &["depends_on"], (COMPOSE, Own("requires"))),
    (Instance, &["needs", "after", "dependencies", "depends", "wait_for"], ("", Own("requires"))),
    (Instance, &["variables", "vars", "env_vars"], ("", Own("env"))),
    (Instance, &["env_file"], (COMPOSE, Own("envfile"))),
    (Instance, &["env_from"], (KUBERNETES, Own("envfile"))),
    (Instance, &["args", "arguments"], (KUBERNETES, Own("command"))),
    (Instance, &["network_mode"], (COMPOSE, Own("net"))),
    (Instance, &["network"], (DOCKER, Own("net"))),
    (
        Instance,
        &["network_alias", "aliases"],
        (COMPOSE, Say("`links` of the other instance name this one: `{INSTANCE: ALIAS}`")),
    ),
    (Instance, &["host_network"], (KUBERNETES, Say("write `net: host`"))),
    (Instance, &["publish", "p"], (DOCKER, Own("ports"))),
    (
        Instance,
        &["expose"],
        (
            COMPOSE,
            LeaveOut(
                "instances on one ship reach all ports of each other; `ports` publishes them on the ship",
            ),
        ),
    ),
    (Instance, &["port", "container_port", "listen"], ("", Own("ports"))),
    (Instance, &["volume"], (DOCKER, Own("volumes"))),
    (Instance, &["mount", "mounts", "binds"], (DOCKER, Own("volumes"))),
    (Instance, &["volume_mounts"], (KUBERNETES, Say("write `volumes: {PATH INSIDE: PATH ON THE SHIP}`"))),
    (
        Instance,
        &[
            "gpus",
            "mac_address",
            "isolation",
            "blkio_config",
            "attach",
            "annotations",
            "credential_spec",
            "cpu_rt_runtime",
            "cpu_count",
            "cpu_percent",
            "ipv4_address",
            "external_links",
            "provider",
            "develop",
            "models",
        ],
        (COMPOSE, LeaveOut("Maestro cannot set it")),
    ),
    (Instance, &["device"], (DOCKER, Own("devices"))),
    (Instance, &["sysctl"], (DOCKER, Own("sysctls"))),
    (
        Instance,
        &["rm", "detach", "d", "interactive", "it", "i", "t"],
        (DOCKER, LeaveOut("containers run in the background, and `apply` removes those that are replaced")),
    ),
    (
        Instance,
        &["image_pull_policy", "image_pull_secrets"],
        (
            KUBERNETES,
            LeaveOut("an image is pulled where its ship does not have it; logins stand under `registries`"),
        ),
    ),
    (Instance, &["dockerfile"], (COMPOSE, In("build", "dockerfile"))),
    (Instance, &["context"], (COMPOSE, In("build", "context"))),
    (Instance, &["user", "run_as", "run_as_user"], (COMPOSE, Own("username"))),
    (Instance, &["uid"], ("", Own("username"))),
    (Instance, &["working_dir", "work_dir", "cwd"], (COMPOSE, Own("workdir"))),
    (Instance, &["termination_grace_period_seconds"], (KUBERNETES, Own("stop_timeout"))),
    (Instance, &["restart_policy"], (KUBERNETES, Own("restart"))),
    (Instance, &["health_check"], (COMPOSE, Own("healthcheck"))),
    (Instance, &["health_cmd"], (DOCKER, HEALTH)),
    (Instance, &["liveness_probe", "readiness_probe", "startup_probe", "probe"], (KUBERNETES, PROBE)),
    (Instance, &["check", "checks", "health", "ready", "readiness", "running"], ("", HEALTH)),
    (Instance, &["memory", "mem", "memory_limit"], (DOCKER, In("limits", "memory"))),
    (Instance, &["memory_swap", "swap"], (DOCKER, In("limits", "swap"))),
    (Instance, &["cpu_limit"], (KUBERNETES, Own("cpus"))),
    (Instance, &["cpu"], ("", In("limits", "cpu"))),
    (Instance, &["resources"], (KUBERNETES, Own("limits"))),
    (Instance, &["scale", "count"], (COMPOSE, Own("replicas"))),
    (Instance, &["deploy"], (COMPOSE, Deploy)),
    (Instance, &["strategy", "rolling_update", "rollout", "update_strategy"], (KUBERNETES, Own("update"))),
    (Instance, &["update_config"], (COMPOSE, Own("update"))),
    (Instance, &["rollback_config"], (COMPOSE, LeaveOut("`update: {on_failure: rollback}` is the default"))),
    (Instance, &["secret"], (COMPOSE, Own("secrets"))),
    (Instance, &["config", "config_map"], (COMPOSE, Own("configs"))),
    (
        Instance,
        &["security_context"],
        (KUBERNETES, Say("write `username`, `privileged`, `cap_add`, `cap_drop` or `security_opt`")),
    ),
    (Instance, &["capabilities"], (KUBERNETES, Say("write `cap_add` and `cap_drop`"))),
    (Instance, &["label"], (DOCKER, Own("labels"))),
    (Instance, &["name"], ("", LeaveOut("its key is its name"))),
    (
        Instance,
        &["containers", "spec", "template", "metadata", "selector", "init_containers", "kind"],
        (
            KUBERNETES,
            Say("a service of Maestro has `image` and `instances`; see `maestro.yaml` in the tutorial"),
        ),
    ),
    (
        Instance,
        &["extends"],
        (COMPOSE, LeaveOut("anchors repeat what several have: `&NAME` and `<<: *NAME`")),
    ),
    (
        Instance,
        &["enabled", "disabled"],
        ("", LeaveOut("`omit: true` of a service leaves it out of commands without names")),
    ),
    (Instance, &["host", "node", "server", "target", "machine", "node_name"], ("", Own("ship"))),
    (
        Instance,
        &["placement", "node_selector", "constraints"],
        (COMPOSE, Say("write `ship: NAME`: the ship that it runs on")),
    ),
    (Instance, &["tag", "image_tag", "version"], ("", Say("write it after the image: `image: NAME:TAG`"))),
    (Instance, &["timeout"], ("", Own("stop_timeout"))),
    (Limits, &["cpus", "cpu_limit", "processors", "cores"], (COMPOSE, Processors("cpus"))),
    (Limits, &["cpu_shares", "shares"], (DOCKER, Own("cpu"))),
    (Limits, &["mem", "ram", "mem_limit", "memory_limit"], (COMPOSE, Own("memory"))),
    (Limits, &["memswap", "memory_swap", "memswap_limit"], (DOCKER, Own("swap"))),
    (Limits, &["pids", "pids_limit"], (COMPOSE, Say("write `ulimits: {nproc: NUMBER}` beside `limits`"))),
    (
        Limits,
        &["memory_reservation", "mem_reservation", "ephemeral_storage", "storage"],
        (COMPOSE, LeaveOut("Maestro cannot set it")),
    ),
    (
        Lifecycle,
        &["started", "ready", "readiness", "liveness", "startup", "healthy", "health", "up"],
        ("", Own("running")),
    ),
    (Lifecycle, &["post_start"], (KUBERNETES, Own("running"))),
    (Lifecycle, &["before_start", "starting", "prestart"], ("", Own("pre-start"))),
    (Lifecycle, &["before_stop", "stopping", "drain", "prestop"], ("", Own("pre-stop"))),
    (Lifecycle, &["post_stop", "down", "after_stop"], ("", Own("stopped"))),
    (Check, &["cmd", "test", "script", "run", "exec"], (COMPOSE, Own("command"))),
    (Check, &["retries", "tries", "failure_threshold"], (COMPOSE, Own("attempts"))),
    (Check, &["interval", "period_seconds", "period"], (COMPOSE, Own("delay"))),
    (Check, &["timeout", "timeout_seconds", "attempts"], ("", Own("max_wait"))),
    (
        Check,
        &["start_period", "initial_delay_seconds", "start_interval"],
        (COMPOSE, LeaveOut("a check is tried until it passes or `max_wait` is over")),
    ),
    (Check, &["seconds", "duration", "time"], ("", Own("wait"))),
    (Check, &["url"], ("", Say("write `port`, `path` and, if it is not the ship, `host`"))),
    (Check, &["uri"], ("", Own("path"))),
    (Check, &["regex", "match", "pattern", "contains"], ("", Own("match_regex"))),
    (Check, &["headers", "verify", "auth"], ("", Say("write it into `requests_options` of an `http` check"))),
    (Ship, &["address", "hostname", "addr"], ("", Own("ip"))),
    (Ship, &["port"], ("", Own("docker_port"))),
    (Ship, &["url", "docker_host", "engine"], ("", Own("host"))),
    (Ship, &["socket"], ("", Own("socket_path"))),
    (Ship, &["user", "ssh", "ssh_user"], ("", Say("write `host: ssh://USER@HOST`"))),
    (Ship, &["tls_ca", "ca"], ("", Own("tls_ca_cert"))),
    (Ship, &["cert"], ("", Own("tls_cert"))),
    (Registry, &["user", "login"], ("", Own("username"))),
    (Registry, &["token", "pass", "secret"], ("", Own("password"))),
    (Registry, &["url", "address", "server", "host", "endpoint"], ("", Own("registry"))),
    (Registry, &["retries", "attempts"], ("", In("retry", "attempts"))),
    (Update, &["parallelism", "batch", "batch_size", "max_unavailable"], (COMPOSE, Own("parallel"))),
    (Update, &["failure_action", "on_error"], (COMPOSE, Own("on_failure"))),
    (Update, &["max_failure_ratio"], (COMPOSE, Say("write `max_failures` and a number of instances"))),
    (Update, &["monitor"], (COMPOSE, LeaveOut("`lifecycle` decides whether an instance works"))),
    (Update, &["strategy", "type"], (KUBERNETES, Own("order"))),
    (Port, &["target"], (COMPOSE, Own("exposed"))),
    (Port, &["published"], (COMPOSE, Own("external"))),
    (Port, &["container_port"], (KUBERNETES, Own("exposed"))),
    (Port, &["host_port"], (KUBERNETES, Own("external"))),
    (Port, &["container", "internal", "inside"], ("", Own("exposed"))),
    (Port, &["host", "public", "outside", "ship"], ("", Own("external"))),
    (Port, &["protocol"], (COMPOSE, Say("write it after the number: `exposed: 53/udp`"))),
    (Port, &["host_ip"], (COMPOSE, Say("write it before the number: `external: [ADDRESS, PORT]`"))),
    (Volume, &["container", "path", "destination", "dst", "mount_path"], (COMPOSE, Own("target"))),
    (Volume, &["read_only"], (COMPOSE, Say("write `mode: ro`"))),
    (Restart, &["policy", "condition"], (COMPOSE, Own("name"))),
    (Restart, &["max_retries", "max_attempts"], (COMPOSE, Own("retries"))),
    (Restart, &["attempts", "max", "count", "tries"], ("", Own("retries"))),
    (Tunnel, &["identity_file", "key_file", "identity"], ("`ssh`", Own("key"))),
    (Tunnel, &["username", "login"], ("", Own("user"))),
    (Auditor, &["path"], ("", Own("file"))),
    (Auditor, &["url"], ("", Own("endpoint"))),
    (Auditor, &["room"], ("", Own("channel"))),
    (Auditor, &["command", "cmd"], ("", Own("script"))),
];
