//! Why an engine refused a step, with the key of the file, and what to do about it.

use super::{Context, action::phrase};
use crate::labels;
use maestro_core::{
    event::{Lack, Refusal},
    plan::{StepId, action::Action},
    value::shell::quoted,
};

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
        Refusal::SubnetTaken => subnet_taken(&step.action, ship),
        Refusal::AddressTaken => address_taken(&at("networks")),
        Refusal::Lacks(lack) => lacking(context, id, lack, said),
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
        Refusal::NoAddress(address) => no_address(&at("ports"), ship, address),
        Refusal::Value { field, words } => {
            (format!("{} ({}): {words}", refused(), at(field)), format!("change `{}`", word(field)))
        }
        Refusal::NotInSwarm => not_in_swarm(&refused()),
        Refusal::EndedInSetup => ended_in_setup(context, id, ship, said),
    };
    Words { cause, remedy }
}

/// What the ship does not have.
fn lacking(context: &Context<'_>, id: StepId, lack: &Lack, said: &str) -> (String, String) {
    let step = context.plan.step(id);
    let ship = context.environment.ship(step.ship).name.as_str();
    let at = |field: &str| context.key(id, field);
    match lack {
        Lack::Plugin(name) => (
            format!("ship {ship} refused to {}: it has no plugin {name}", phrase(&step.action)),
            format!("install it there (`docker plugin install …`), or change `driver: {name}`"),
        ),
        Lack::Device(path) => (
            format!("ship {ship} has no device {path} ({})", at("devices")),
            "`ls /dev` on that ship lists its devices; change `devices`".to_owned(),
        ),
        Lack::Runtime(name) => (
            format!("the engine of ship {ship} has no runtime {name} ({})", at("runtime")),
            "`docker info` there lists its runtimes; install it, or change `runtime`".to_owned(),
        ),
        Lack::DeviceDriver => (
            format!("ship {ship} has no driver for the devices that are asked for ({}): {said}", at("gpus")),
            "install the driver and its container toolkit on that ship, or run the instance on a ship that has them"
                .to_owned(),
        ),
        Lack::Platform { has, asked } => (
            format!("the image on ship {ship} is for {has}, not for {asked} ({})", at("platform")),
            format!("pull the image for {asked} there (`docker pull --platform {asked} …`), or change `platform`"),
        ),
        Lack::Sysctl(name) => (
            format!("the kernel of ship {ship} has no parameter {name} for a container ({})", at("sysctls")),
            "change `sysctls`".to_owned(),
        ),
        Lack::TmpfsOptions(path) => (
            format!("the options of the memory at {path} are none that the kernel takes ({}): {said}", at("tmpfs")),
            format!("write for example `tmpfs: [\"{path}:size=64m,mode=1777\"]`"),
        ),
    }
}

/// The driver `overlay` of a network.
fn not_in_swarm(refused: &str) -> (String, String) {
    (
        format!("{refused}: its engine is in no Swarm, which this driver takes"),
        "leave `driver` out (`bridge`), or make it a Swarm: `docker swarm init` on that ship".to_owned(),
    )
}

fn no_address(key: &str, ship: &str, address: &str) -> (String, String) {
    (
        format!("ship {ship} has no address {address} to publish a port on ({key})"),
        "`ip -br address` on that ship lists its addresses; change `ports`".to_owned(),
    )
}

fn address_taken(key: &str) -> (String, String) {
    (
        format!("its address is taken on one of its networks ({key})"),
        "`docker network inspect NETWORK` on that ship lists the addresses in use (the gateway has one as well); change or \
         leave out `ipv4_address`"
            .to_owned(),
    )
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

/// What to do about a memory limit, by its key in the file.
pub(super) fn raise_memory(context: &Context<'_>, id: StepId) -> String {
    match context.word(id, "limits.memory") {
        "limits" => "raise `limits.memory`".to_owned(),
        key => format!("raise `{key}`"),
    }
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
            raise_memory(context, id),
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

/// Which other network has the addresses only the ship knows.
fn subnet_taken(action: &Action, ship: &str) -> (String, String) {
    (
        format!(
            "ship {ship} refused to {}: its subnet overlaps with that of another network there",
            phrase(action)
        ),
        "on that ship `docker network inspect -f '{{.Name}} {{range .IPAM.Config}}{{.Subnet}}{{end}}' $(docker network ls -q)` \
         lists the subnets; change `subnet`, or remove the other network"
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
