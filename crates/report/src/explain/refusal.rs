//! Why an engine refused a step, with the key of the file, and what to do about it.

use super::{Context, action::phrase};
use crate::labels;
use maestro_core::{event::Refusal, plan::StepId, value::shell::quoted};

/// What the user reads about a refusal.
pub(super) struct Words {
    /// What went wrong.
    pub cause: String,
    /// What to do about it, as a clause.
    pub remedy: String,
}

/// What to do about a log driver that cannot start; `key` is that of the driver.
fn other_logging(key: &str) -> String {
    let keys = if key == "log_driver" { "`log_driver` and `log_opt`".to_owned() } else { format!("`{key}`") };
    format!("start what the driver writes to, or change {keys}")
}

/// A refusal in words. `said` are the engine's own.
pub(super) fn words(context: &Context<'_>, id: StepId, refusal: &Refusal, said: &str) -> Words {
    let step = context.plan.step(id);
    let ship = context.environment.ship(step.ship).name.as_str();
    let at = |field: &str| context.key(id, field);
    let word = |field: &'static str| context.word(id, field);
    let refused = || format!("ship {ship} refused to {}", phrase(&step.action));
    let (cause, remedy) = match refusal {
        Refusal::DiskFull => disk_full(ship, said),
        Refusal::NoAddressPool => no_address_pool(ship, said),
        Refusal::NoUser(name) => not_in_image("user", name, &at("username")),
        Refusal::NoGroup(name) => not_in_image("group", name, &at("username")),
        Refusal::CapabilityNotPermitted => {
            let is_privileged = context.declared(id).is_some_and(|instance| instance.container.privileged);
            not_permitted(&at(if is_privileged { "privileged" } else { "cap_add" }), ship, said)
        }
        Refusal::NoNetwork(name) => (
            format!("ship {ship} has no network {name} ({})", at("net")),
            format!("create it there with `docker network create {name}`, or change `{}`", word("net")),
        ),
        Refusal::NoContainer(name) => (
            format!("{}: ship {ship} has no container {name}", refused()),
            format!("start {name} first, or change the key that names it (`net`, `links`, `volumes_from`)"),
        ),
        Refusal::WorkdirIsFile(path) => (
            format!("{path} is a file in the image and cannot be the working directory ({})", at("workdir")),
            format!("change `{}`", word("workdir")),
        ),
        Refusal::NoBindSource(path) => (
            format!("ship {ship} has no {path} to mount ({})", at("volumes")),
            format!("create {path} on that ship, or change `volumes`"),
        ),
        Refusal::FileOverDirectory { source, target } => {
            file_over_directory(&at(&format!("volumes.{target}")), (ship, source, target))
        }
        Refusal::NoLogDriver(name) => (
            format!("ship {ship} has no log driver {name} ({})", at("log_driver")),
            "use a driver that `docker info` lists there under `Log`, or install the plugin".to_owned(),
        ),
        Refusal::UnknownLogOption(option) => (
            format!("the log driver does not know the option {option} ({})", at("log_opt")),
            format!("change `{}`", word("log_opt")),
        ),
        Refusal::LogDriverFailed(why) => (
            format!("the log driver cannot start on ship {ship} ({}): {why}", at("log_driver")),
            other_logging(word("log_driver")),
        ),
        Refusal::UlimitTooHigh => (
            format!("a process limit is higher than ship {ship} allows ({}): {said}", at("ulimits")),
            "lower `ulimits`".to_owned(),
        ),
        Refusal::NoAddress(address) => (
            format!("ship {ship} has no address {address} to publish a port on ({})", at("ports")),
            "`ip -br address` on that ship lists its addresses; change `ports`".to_owned(),
        ),
        Refusal::InvalidMemoryLimit(why) => {
            (format!("{} ({}): {why}", refused(), at("limits")), "change `limits`".to_owned())
        }
        Refusal::EndedInSetup => ended_in_setup(context, id, ship, said),
    };
    Words { cause, remedy }
}

/// Docker creates a directory where a bind mount's source is missing, which is how a file becomes one.
fn file_over_directory(key: &str, (ship, source, target): (&str, &str, &str)) -> (String, String) {
    (
        format!(
            "{source} of ship {ship} cannot be mounted at {target} ({key}): one is a file, the other a directory"
        ),
        format!(
            "`ls -ld {}` on that ship shows which; Docker creates a directory where the source is missing: \
             remove the directory and put the file there, or change `volumes`",
            quoted(source)
        ),
    )
}

/// The kernel kills the first process of a container whose limit is too low for its setup, and runc reports only that
/// the process is gone.
fn ended_in_setup(context: &Context<'_>, id: StepId, ship: &str, said: &str) -> (String, String) {
    match context.declared(id).and_then(|instance| instance.container.memory) {
        Some(bytes) => (
            format!(
                "the container's process was killed before its program began, probably out of memory: limit {} ({}); \
                 the engine says: {said}",
                labels::size(bytes.unsigned_abs()),
                context.key(id, "limits")
            ),
            "raise `limits.memory`".to_owned(),
        ),
        None => (
            format!("the container's process ended before its program began: {said}"),
            format!(
                "`dmesg` and the engine's own log on ship {ship} show what ended it; free memory if it was killed"
            ),
        ),
    }
}

fn disk_full(ship: &str, said: &str) -> (String, String) {
    (
        format!("the disk of ship {ship} is full: {said}"),
        "on that ship `docker system df` shows what takes the space; `docker image prune -a` removes unused images, \
         `docker system prune` stopped containers and unused networks as well"
            .to_owned(),
    )
}

fn no_address_pool(ship: &str, said: &str) -> (String, String) {
    (
        format!("the engine of ship {ship} has no free address range for another network: {said}"),
        "on that ship `docker network prune` removes networks that no container uses; `default-address-pools` in \
         /etc/docker/daemon.json adds ranges"
            .to_owned(),
    )
}

/// The image has no `user` or `group` of this name.
fn not_in_image(kind: &str, name: &str, key: &str) -> (String, String) {
    (
        format!("the image has no {kind} {name} ({key})"),
        format!("use a {kind} that the image has, or its number"),
    )
}

fn not_permitted(key: &str, ship: &str, said: &str) -> (String, String) {
    (
        format!("the engine of ship {ship} lacks privileges that the container asks for ({key}): {said}"),
        "remove `privileged` or `cap_add`, or run the engine with more privileges".to_owned(),
    )
}
