//! Ports that are in use.

use super::Text;
use crate::id::short_id;
use maestro_core::{
    event::{ContainerHolder, Finding, PortUser},
    model::{
        Environment, InstanceId,
        container::{Port, Protocol},
    },
    observed::Published,
};

/// A port that something else uses.
pub(super) fn taken(finding: &Finding, environment: &Environment, port: &Published, user: &PortUser) -> Text {
    let ship = environment.ship(finding.ship);
    let number = number(port);
    let taken = format!("port {number} of ship {} is in use", ship.name);
    let other = other_port(finding, environment, port);
    match user {
        PortUser::Container { name, id, image, owner } => {
            let (why, next) = container(name, id, image, owner, &other);
            Text { what: taken, why, next }
        }
        PortUser::Process => Text {
            what: taken,
            why: "a process that is not a container listens there".to_owned(),
            next: find_process(port, &other),
        },
        PortUser::Unknown => Text {
            what: format!("port {number} of ship {} seems to be in use", ship.name),
            why: format!(
                "something answers at {}:{}, and no container publishes that port",
                ship.address, port.port
            ),
            next: find_process(port, &other),
        },
    }
}

/// Who uses a port, and what to do about it.
fn container(name: &str, id: &str, image: &str, owner: &ContainerHolder, other: &str) -> (String, String) {
    match owner {
        ContainerHolder::Instance => (
            format!("{name} of this environment uses it and keeps running"),
            format!("stop {name}, or {other}"),
        ),
        ContainerHolder::Orphan => (
            format!("{name} uses it, an orphan of this environment"),
            format!("remove the orphan with `apply --prune`, or {other}"),
        ),
        ContainerHolder::Environment(environment) => (
            format!("container {name} ({}) of environment {environment} uses it", short_id(id)),
            format!("stop it with that environment's file, or {other}"),
        ),
        ContainerHolder::Unmanaged => (
            format!("the unmanaged container {name} ({}, image {image}) uses it", short_id(id)),
            format!("stop it on that ship (`docker stop {name}`), or {other}"),
        ),
    }
}

/// A port that another instance of the plan publishes too.
pub(super) fn twice(
    finding: &Finding,
    environment: &Environment,
    port: &Published,
    other: InstanceId,
) -> Text {
    let (ship, other) = (environment.ship(finding.ship), environment.instance(other));
    let second = environment.ship(other.ship);
    let same = if other.ship == finding.ship {
        String::new()
    } else {
        format!("; ships {} and {} are one engine", second.name, ship.name)
    };
    Text {
        what: format!("two instances publish port {} of ship {}", number(port), ship.name),
        why: format!("{} publishes it too, and only one of them can run at a time{same}", other.name),
        next: other_port(finding, environment, port),
    }
}

fn other_port(finding: &Finding, environment: &Environment, taken: &Published) -> String {
    let own = finding.instances.first().map(|id| environment.instance(*id));
    let Some(own) = own else { return "publish another port of the ship".to_owned() };
    let is_it = |port: &&Port| {
        let count = port.count.max(port.choice);
        port.protocol == taken.protocol && (port.host..port.host.saturating_add(count)).contains(&taken.port)
    };
    // Compose files have no names of ports, and write the port of the ship first.
    let (form, whose) = match own.ports.iter().find(is_it) {
        Some(port) if port.name.contains('/') => {
            let protocol = port.protocol.suffix();
            (format!("\"SHIP:{}{protocol}\"", port.container), environment.service(own.service).name.as_str())
        }
        Some(_) | None => ("\"CONTAINER:SHIP\"".to_owned(), own.name.as_str()),
    };
    format!("publish another port of the ship: `{form}` in `ports` of {whose}")
}

fn find_process(port: &Published, other: &str) -> String {
    let tool = match port.protocol {
        Protocol::Tcp => "ss -ltnp",
        Protocol::Udp => "ss -lnup",
        Protocol::Sctp => "ss -lnSp",
    };
    format!("find the process on that ship (`{tool} 'sport = :{}'`) and stop it, or {other}", port.port)
}

/// `8080`, or `53/udp`, or `10.0.0.1:80`.
fn number(port: &Published) -> String {
    let protocol = port.protocol.suffix();
    match port.address {
        Some(address) if address.is_ipv6() => format!("[{address}]:{}{protocol}", port.port),
        Some(address) => format!("{address}:{}{protocol}", port.port),
        None => format!("{}{protocol}", port.port),
    }
}
