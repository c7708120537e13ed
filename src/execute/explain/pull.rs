//! An image that could not be fetched, in words.

use super::{Run, again, failure, holds};
use crate::{
    engine::credentials::{Found, Origin},
    event::{Failure, FailureKind},
    model::registry::{DOCKER_HUB, Fault, registry_of},
    plan::StepId,
};

/// What is known about a fetch that failed.
pub(in crate::execute) struct PullFault<'a> {
    pub image: &'a str,
    pub found: &'a Found,
    pub fault: Fault,
    /// The engine's own words.
    pub words: &'a str,
    pub tries: u32,
}

/// What went wrong, as a clause: `the registry answered with status 503`.
pub(in crate::execute) fn fault_clause(fault: Fault) -> String {
    match fault {
        Fault::NoSuchImage => "the registry has no such image or tag, or does not show it".to_owned(),
        Fault::NoLogin => "the registry wants a login".to_owned(),
        Fault::WrongLogin => "the registry did not accept the login".to_owned(),
        Fault::TooMany => "the registry lets nobody fetch so much in so short a time".to_owned(),
        Fault::Broken { status: Some(status) } => format!("the registry answered with status {status}"),
        Fault::Broken { status: None } => "the registry answered with an error".to_owned(),
        Fault::Unreachable => "the registry was not reached".to_owned(),
        Fault::Untrusted => "the registry's certificate is not trusted".to_owned(),
        Fault::PlainHttp => "the registry does not speak TLS".to_owned(),
        Fault::Stalled => "nothing more came".to_owned(),
        Fault::DiskFull => "the disk is full".to_owned(),
        Fault::WrongPlatform => "the image is for another kind of machine".to_owned(),
        Fault::Other => "the engine could not fetch it".to_owned(),
    }
}

/// An image could not be fetched.
pub(in crate::execute) fn pull_fault(run: &Run, id: StepId, pull: &PullFault<'_>) -> Failure {
    let step = run.plan.step(id);
    let ship = &run.environment.ship(step.ship).name;
    let tries = if pull.tries > 1 { format!(" ({} tries)", pull.tries) } else { String::new() };
    let cause = format!(
        "image {} could not be fetched on ship {ship}{tries}: {}: {}",
        pull.image,
        cause(pull, ship),
        pull.words
    );
    let next = format!("{}; then run {} again", next(pull, ship), again(run, id));
    failure(FailureKind::Failed, cause, holds(&step.action), next)
}

/// Which registry, as whom, and what it did.
fn cause(pull: &PullFault<'_>, ship: &str) -> String {
    let registry = registry_of(pull.image);
    let user = user(pull.found);
    match pull.fault {
        Fault::NoSuchImage => format!("{registry} has no such image or tag, or does not show it to {user}"),
        Fault::NoLogin => format!("{registry} wants a login, and none is known"),
        Fault::WrongLogin => format!("{registry} did not accept {user}"),
        Fault::TooMany => format!("{registry} lets {user} fetch no more for now"),
        Fault::Broken { status: Some(status) } => {
            format!("{registry} answered with an error of its own, status {status}")
        }
        Fault::Broken { status: None } => format!("{registry} answered with an error of its own"),
        Fault::Unreachable => format!("ship {ship} does not reach {registry}"),
        Fault::Untrusted => format!("ship {ship} does not trust the certificate of {registry}"),
        Fault::PlainHttp => format!("{registry} does not speak TLS, which the engine of ship {ship} wants"),
        Fault::Stalled => format!("nothing more came from {registry}"),
        Fault::DiskFull => format!("the disk of ship {ship} is full"),
        Fault::WrongPlatform => format!("it is not made for the kind of machine that ship {ship} is"),
        Fault::Other => format!("it was asked of {registry} as {user}"),
    }
}

/// Who one was to the registry, and where the login came from; never the password.
fn user(found: &Found) -> String {
    let Some(login) = &found.login else { return "somebody without a login".to_owned() };
    let who = match login.username.as_str() {
        "" => "the identity token".to_owned(),
        name => format!("user {name}"),
    };
    match &found.origin {
        Origin::Nowhere => who,
        Origin::File { name } => format!("{who} (from `registries: {name}` in the file)"),
        Origin::Configuration { path } => format!("{who} (from {})", path.display()),
        Origin::Helper { program } => format!("{who} (from {program})"),
    }
}

fn next(pull: &PullFault<'_>, ship: &str) -> String {
    let (image, registry) = (pull.image, registry_of(pull.image));
    match pull.fault {
        Fault::NoSuchImage => {
            let private = match pull.found.login {
                Some(_) => "if it is private, look at what that user may see".to_owned(),
                None => format!("if it is private, {}", log_in(registry, pull.found)),
            };
            format!(
                "look at the name and the tag of `image`; if it is built rather than fetched, build it on that ship \
                 (`docker build -t {image} …`); {private}"
            )
        }
        Fault::NoLogin => log_in(registry, pull.found),
        Fault::WrongLogin => match &pull.found.origin {
            Origin::File { name } => {
                format!("put `username` and `password` of `registries: {name}` right in the file")
            }
            Origin::Configuration { .. } => format!("{}, with the right password", docker_login(registry)),
            Origin::Helper { program } => {
                format!("{}, with the right password, which {program} keeps", docker_login(registry))
            }
            Origin::Nowhere => log_in(registry, pull.found),
        },
        Fault::TooMany => match pull.found.login {
            Some(_) => "wait until it does".to_owned(),
            None => format!(
                "wait until it does; whoever is logged in may fetch more: {}",
                log_in(registry, pull.found)
            ),
        },
        Fault::Broken { .. } => "wait until that registry is well, or ask who looks after it".to_owned(),
        Fault::Unreachable => format!(
            "look at the registry and at the way to it (on ship {ship} `curl -v {}`), and at the spelling of `image`; \
             if it is built rather than fetched, build it on that ship (`docker build -t {image} …`)",
            url(registry)
        ),
        Fault::Untrusted => format!(
            "put the certificate of the authority that signed it on ship {ship} into \
             /etc/docker/certs.d/{registry}/ca.crt, which its engine reads at once"
        ),
        Fault::PlainHttp => format!(
            "let it speak TLS, or put `\"insecure-registries\": [\"{registry}\"]` into /etc/docker/daemon.json on ship \
             {ship} and restart its engine"
        ),
        Fault::Stalled => format!(
            "look at the registry and at the way to it (on ship {ship} `curl -v {}`); if it is only slow, give ship \
             {ship} a longer `timeout`",
            url(registry)
        ),
        Fault::DiskFull => {
            format!(
                "make room on ship {ship} (`docker system df` shows what takes it, `docker image prune` removes)"
            )
        }
        Fault::WrongPlatform => format!(
            "take a tag of it that is made for that machine (`docker manifest inspect {image}` lists them), or build it \
             there"
        ),
        Fault::Other => "look at what the engine says".to_owned(),
    }
}

/// How to log in, on this machine or in the file.
fn log_in(registry: &str, found: &Found) -> String {
    let key = if registry.contains(':') { format!("\"{registry}\"") } else { registry.to_owned() };
    let lines =
        format!("`registries: {{{key}: {{username: USER, password: \"{{{{ env.REGISTRY_PASSWORD }}}}\"}}}}`");
    let login = format!("{}, or add to the file {lines}", docker_login(registry));
    match &found.trouble {
        Some(trouble) => format!("look at this first: {trouble}; or {login}"),
        None => login,
    }
}

fn docker_login(registry: &str) -> String {
    match registry {
        DOCKER_HUB => "run `docker login` on this machine".to_owned(),
        registry => format!("run `docker login {registry}` on this machine"),
    }
}

fn url(registry: &str) -> String {
    match registry {
        DOCKER_HUB => "https://registry-1.docker.io/v2/".to_owned(),
        registry => format!("https://{registry}/v2/"),
    }
}
