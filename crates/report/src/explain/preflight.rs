//! What a preflight found, as diagnostics: one function a fact.

mod blocked;
mod port;

use super::{engine, is_of_compose, registry};
use crate::labels;
use maestro_core::{
    diagnostic::{Diagnostic, nearest},
    event::{DeadPort, Fact, Finding, LookFailure, Unchecked, Weight},
    model::{
        ApiVersion, Environment, InstanceId,
        registry::{ImageRefusal, registry_of},
    },
    observed::ship_facts::ClockSkew,
};

/// What is said about a finding.
struct Text {
    /// What is wrong, without a full stop.
    what: String,
    /// The reason, or how that is known.
    why: String,
    /// What to do or type.
    next: String,
}

/// A finding as a diagnostic, with one note and one help.
#[must_use]
pub fn diagnostic(finding: &Finding, environment: &Environment) -> Diagnostic {
    let Text { what, why, next } = text(finding, environment);
    let code = finding.fact.code();
    let diagnostic = match finding.weight {
        Weight::Error => Diagnostic::error(code, what),
        Weight::Warning | Weight::Remark => Diagnostic::warning(code, what),
    };
    let diagnostic = diagnostic.note(why).help(next);
    match finding.span {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}

fn text(finding: &Finding, environment: &Environment) -> Text {
    let ship = environment.ship(finding.ship);
    let name = ship.name.as_str();
    match &finding.fact {
        Fact::DiskFull { free, total } => disk_full(name, *free, *total),
        Fact::Clock(skew) => clock(name, *skew),
        Fact::Image { refusal, words, is_certain } => {
            image(name, refusal, &engine::sentence(words), *is_certain)
        }
        Fact::ImageUnknown { image, failure } => image_unknown(name, image, failure),
        Fact::ImageNotThere(image) => image_not_there(name, image),
        Fact::ImagePlatform { image, has, machine, asked, is_there } => {
            image_platform(name, (image, has), machine, asked.as_deref(), *is_there)
        }
        Fact::ImageNowhere(image) => image_nowhere(name, image),
        Fact::OtherPlatform { image, has, needs } => other_platform(name, image, has, needs),
        Fact::EngineTooOld { key, needs, has } => engine_too_old(name, key, *needs, *has),
        Fact::PortTaken { port, user } => port::taken(finding, environment, port, user),
        Fact::PortTwice { port, other } => port::twice(finding, environment, port, *other),
        Fact::NoNetwork(network) => no_network(name, network, key_of_network(environment)),
        Fact::NoContainer(container) => no_container(name, container),
        Fact::ContainerDown(container) => container_down(name, container),
        Fact::NoPath(path) => no_path(name, path),
        Fact::PathNotCreated(path) => path_not_created(name, path),
        Fact::PathBelowFile(path) => path_below_file(name, path),
        Fact::PathUnknown { path, failure } => path_unknown(name, path, failure),
        Fact::LinkDead { to, ports } => link_dead(finding, environment, *to, ports),
        Fact::NotChecked { what, failure } => not_checked(name, *what, failure),
        Fact::Blocked(reason) => blocked::text(finding, environment, reason),
    }
}

fn disk_full(ship: &str, free: u64, total: u64) -> Text {
    Text {
        what: match free {
            0 => format!("the disk of ship {ship} is full"),
            free => format!("the disk of ship {ship} has only {} left", labels::size(free)),
        },
        why: format!(
            "{} of {} are free where its engine stores images and containers",
            labels::size(free),
            labels::size(total)
        ),
        next: format!(
            "make room on ship {ship} (`docker system df` shows the usage, `docker image prune` removes unused images)"
        ),
    }
}

fn clock(ship: &str, skew: ClockSkew) -> Text {
    Text {
        what: format!("the clock of ship {ship} is {}", labels::skew(skew)),
        why: "compared with this machine's; `logs` and `events` put lines of several ships in order by their clocks, and \
              certificates are checked with them"
            .to_owned(),
        next: format!("run `timedatectl set-ntp true` on ship {ship}, or set the clock of this machine"),
    }
}

fn image(ship: &str, refusal: &ImageRefusal, words: &str, is_certain: bool) -> Text {
    let image = &refusal.image;
    Text {
        what: if is_certain {
            format!("image {image} cannot be pulled on ship {ship}")
        } else {
            format!("image {image} may not be available on ship {ship}")
        },
        why: format!("{}: {words}", registry::cause(refusal, ship)),
        next: registry::next(refusal, ship),
    }
}

fn image_unknown(ship: &str, image: &str, failure: &LookFailure) -> Text {
    Text {
        what: format!("image {image} could not be checked on ship {ship}"),
        why: format!("{} could not be asked: {}", registry_of(image), look_failure(failure)),
        next: "continue: the pull will tell".to_owned(),
    }
}

fn image_not_there(ship: &str, image: &str) -> Text {
    Text {
        what: format!("image {image} is not on ship {ship}"),
        why: "its `pull_policy` says that it is not pulled".to_owned(),
        next: format!("build or load it on ship {ship} (`docker load`), or change `pull_policy`"),
    }
}

fn image_platform(
    ship: &str,
    (image, has): (&str, &[String]),
    machine: &str,
    asked: Option<&str>,
    is_there: bool,
) -> Text {
    let wanted = asked.unwrap_or(machine);
    let whose = if is_there { format!("the image on ship {ship}") } else { registry_of(image).to_owned() };
    let built = if is_there { "is built" } else { "has it" };
    let other = has.first().map_or(machine, String::as_str);
    let pull = if is_there {
        format!("pull it for {wanted} (`docker pull --platform {wanted} {image}` on the ship), or ")
    } else {
        String::new()
    };
    Text {
        what: format!("image {image} is not built for {wanted}"),
        why: match asked {
            Some(asked) => format!("`platform` asks for {asked}; {whose} {built} for {}", has.join(", ")),
            None => format!("ship {ship} is {machine}; {whose} {built} for {}", has.join(", ")),
        },
        next: match asked {
            Some(_) => format!("{pull}correct `platform`, or use a tag that is built for {wanted}"),
            None => format!(
                "{pull}use a tag that is built for {wanted}; if ship {ship} emulates other machines, write \
                 `platform: {other}` beside `image`"
            ),
        },
    }
}

fn image_nowhere(ship: &str, image: &str) -> Text {
    Text {
        what: format!("image {image} is not on ship {ship}, and no other engine has it"),
        why: "its `image_source` is `carry`; the other ships and this machine's engine were asked".to_owned(),
        next: format!("build image {image} on one of them, or change `image_source`"),
    }
}

fn other_platform(ship: &str, image: &str, has: &str, needs: &str) -> Text {
    Text {
        what: format!("image {image} does not run on ship {ship}"),
        why: format!("it is for {has}, and containers there are for {needs}"),
        next: format!("build image {image} for {needs} (`docker build --platform {needs}`)"),
    }
}

fn engine_too_old(ship: &str, key: &str, needs: ApiVersion, has: ApiVersion) -> Text {
    // The first release of Docker with a version of the API.
    let docker = match needs.minor {
        ..=44 => "25",
        45..=47 => "26",
        48.. => "28",
    };
    Text {
        what: format!("the engine of ship {ship} is too old for `{key}`"),
        why: format!("its API has version {has}, `{key}` needs {needs}"),
        next: format!("install Docker {docker} or later on ship {ship}, or remove `{key}`"),
    }
}

/// What the file calls the key for the network of an instance.
fn key_of_network(environment: &Environment) -> &'static str {
    if is_of_compose(environment) { "network_mode" } else { "net" }
}

fn no_network(ship: &str, network: &str, key: &str) -> Text {
    let near = nearest(network, ["host", "bridge", "none"]).filter(|_| key == "network_mode");
    let near = near.map(|near| format!("; or did you mean `{near}`?")).unwrap_or_default();
    Text {
        what: format!("network {network} does not exist on ship {ship}"),
        why: "the container could be created, but not started".to_owned(),
        next: format!(
            "create it on ship {ship} (`docker network create {network}`), or change `{key}`{near}"
        ),
    }
}

/// Why a container that `net` names must run.
const SHARED: &str = "a container that shares its network must be running";

fn no_container(ship: &str, container: &str) -> Text {
    Text {
        what: format!("container {container} does not exist on ship {ship}"),
        why: SHARED.to_owned(),
        next: "correct its name in `net`, or create it on that ship first".to_owned(),
    }
}

fn container_down(ship: &str, container: &str) -> Text {
    Text {
        what: format!("container {container} on ship {ship} is not running"),
        why: SHARED.to_owned(),
        next: format!("start it (`docker start {container}`), or change `net`"),
    }
}

fn no_path(ship: &str, path: &str) -> Text {
    Text {
        what: format!("{path} does not exist on ship {ship}"),
        why: "Docker will create an empty directory there, owned by root".to_owned(),
        next: "create it first if it should have content or another owner".to_owned(),
    }
}

fn path_not_created(ship: &str, path: &str) -> Text {
    Text {
        what: format!("{path} does not exist on ship {ship}"),
        why: "with `create_host_path: false` no engine creates it".to_owned(),
        next: "create it first, or remove `create_host_path: false`".to_owned(),
    }
}

fn path_below_file(ship: &str, path: &str) -> Text {
    Text {
        what: format!("{path} cannot be mounted on ship {ship}"),
        why: "a parent of the path is a file, not a directory".to_owned(),
        next: "fix the path in `volumes`".to_owned(),
    }
}

fn path_unknown(ship: &str, path: &str, failure: &LookFailure) -> Text {
    Text {
        what: format!("{path} on ship {ship} could not be checked"),
        why: look_failure(failure),
        next: "check it yourself, or continue: the step will tell".to_owned(),
    }
}

fn link_dead(finding: &Finding, environment: &Environment, to: InstanceId, ports: &[DeadPort]) -> Text {
    let ship = environment.ship(finding.ship);
    let to = &environment.instance(to).name;
    let (address, there) = (&ship.address, &ship.name);
    let from = finding.instances.first().map(|id| environment.ship(environment.instance(*id).ship));
    let here = from.map_or("", |ship| ship.name.as_str());
    let ports = ports.iter().map(|DeadPort { port, refuses }| match refuses {
        true => format!("{address}:{port} refuses connections"),
        false => format!("{address}:{port} does not answer this machine within 2 s"),
    });
    Text {
        what: format!("the link to {to} gets no answer, though {to} runs on ship {there}"),
        why: ports.collect::<Vec<_>>().join("; "),
        next: format!(
            "check that {to} listens, and that no firewall on ship {there} blocks connections from ship {here}"
        ),
    }
}

fn not_checked(ship: &str, what: Unchecked, failure: &LookFailure) -> Text {
    let failure = look_failure(failure);
    Text {
        what: format!("ship {ship} could not be checked"),
        why: match what {
            Unchecked::Machine => failure,
            Unchecked::Disk => format!("free disk space: {failure}"),
            Unchecked::Ports => format!("ports in use: {failure}"),
        },
        next: "continue: each step that fails tells why".to_owned(),
    }
}

pub(crate) fn look_failure(failure: &LookFailure) -> String {
    match failure {
        LookFailure::Timeout => "no answer in time".to_owned(),
        LookFailure::Failed(fault) => engine::sentence(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_lacks_a_mount_is_told_with_the_release_that_has_it() {
        let text = |key: &str, needs: u16, has: u16| {
            let version = |minor| ApiVersion { major: 1, minor };
            let Text { what, why, next } = engine_too_old("alpha", key, version(needs), version(has));
            format!("{what}; {why}; {next}")
        };
        insta::assert_snapshot!(text("type: image", 48, 45), @"the engine of ship alpha is too old for `type: image`; its API has version 1.45, `type: image` needs 1.48; install Docker 28 or later on ship alpha, or remove `type: image`");
        insta::assert_snapshot!(text("volume.subpath", 45, 41), @"the engine of ship alpha is too old for `volume.subpath`; its API has version 1.41, `volume.subpath` needs 1.45; install Docker 26 or later on ship alpha, or remove `volume.subpath`");
        insta::assert_snapshot!(text("bind.recursive", 44, 41), @"the engine of ship alpha is too old for `bind.recursive`; its API has version 1.41, `bind.recursive` needs 1.44; install Docker 25 or later on ship alpha, or remove `bind.recursive`");
    }
}
