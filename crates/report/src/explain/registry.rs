//! Why a registry does not give an image, and what to do about it.

use maestro_core::model::registry::{
    DOCKER_HUB, HelperFault, ImageRefusal, LoginOrigin, LoginProblem, PullFault, registry_of,
};

/// Which registry, as whom, and what it did.
#[must_use]
pub fn cause(refusal: &ImageRefusal, ship: &str) -> String {
    let registry = registry_of(&refusal.image);
    let user = user(refusal);
    match refusal.fault {
        PullFault::NoSuchImage => {
            format!("{registry} has no such image or tag, or does not show it to {user}")
        }
        PullFault::NoLogin => format!("{registry} requires a login; no credentials found"),
        PullFault::WrongLogin => format!("{registry} did not accept {user}"),
        PullFault::TooMany => format!("{registry} limits {user}: too many pulls"),
        PullFault::Broken { status: Some(status) } => {
            format!("{registry} answered with status {status}")
        }
        PullFault::Broken { status: None } => format!("{registry} answered with an error"),
        PullFault::Unreachable => format!("ship {ship} does not reach {registry}"),
        PullFault::Untrusted => format!("ship {ship} does not trust the certificate of {registry}"),
        PullFault::PlainHttp => {
            format!("{registry} does not speak TLS, which the engine of ship {ship} requires")
        }
        PullFault::Stalled => format!("{registry} sent nothing more"),
        PullFault::DiskFull => format!("the disk of ship {ship} is full"),
        PullFault::WrongPlatform => format!("the image is not built for the platform of ship {ship}"),
        PullFault::Other => format!("{registry} was asked as {user}"),
    }
}

/// What to do about it.
#[must_use]
pub fn next(refusal: &ImageRefusal, ship: &str) -> String {
    let (image, registry) = (&refusal.image, registry_of(&refusal.image));
    match refusal.fault {
        PullFault::NoSuchImage => no_such_image(refusal, registry),
        PullFault::NoLogin => log_in(registry, refusal),
        PullFault::WrongLogin => match &refusal.origin {
            LoginOrigin::File { name } => {
                format!("correct `username` and `password` of `registries: {name}` in the file")
            }
            LoginOrigin::Configuration { .. } => {
                format!("{}, with the right password", docker_login(registry))
            }
            LoginOrigin::Helper { program } => {
                format!("{}, with the right password ({program} keeps it)", docker_login(registry))
            }
            LoginOrigin::NotFound => log_in(registry, refusal),
        },
        PullFault::TooMany => less_often(refusal, registry, ship),
        PullFault::Broken { .. } => "wait until the registry works again, or ask its operator".to_owned(),
        PullFault::Unreachable => format!(
            "check the registry and the network (on ship {ship}: `curl -v {}`), and the spelling of `image`; \
             if the image is built locally, build it on that ship (`docker build -t {image} …`)",
            url(registry)
        ),
        PullFault::Untrusted => format!(
            "put the certificate of its certificate authority on ship {ship} into \
             /etc/docker/certs.d/{registry}/ca.crt (the engine needs no restart)"
        ),
        PullFault::PlainHttp => format!(
            "enable TLS on the registry, or put `\"insecure-registries\": [\"{registry}\"]` into /etc/docker/daemon.json on ship \
             {ship} and restart its engine"
        ),
        PullFault::Stalled => format!(
            "check the registry and the network (on ship {ship}: `curl -v {}`); if the registry is only slow, give ship \
             {ship} a longer `timeout`",
            url(registry)
        ),
        PullFault::DiskFull => {
            format!(
                "make room on ship {ship} (`docker system df` shows the usage, `docker image prune` removes unused images)"
            )
        }
        PullFault::WrongPlatform => format!(
            "use a tag that is built for that platform (`docker manifest inspect {image}` lists the platforms), or build \
             the image there"
        ),
        PullFault::Other => "see the engine's message".to_owned(),
    }
}

/// What to do about a registry that limits who asks it.
fn less_often(refusal: &ImageRefusal, registry: &str, ship: &str) -> String {
    let login = match refusal.user {
        Some(_) => String::new(),
        None => format!("; a logged-in user may pull more: {}", log_in(registry, refusal)),
    };
    let mirror = if registry == DOCKER_HUB {
        format!(
            "; a mirror of your own has no such limit: `\"registry-mirrors\": [\"https://MIRROR\"]` in \
             /etc/docker/daemon.json on ship {ship}, then restart its engine"
        )
    } else {
        String::new()
    };
    format!("wait, then try again{login}{mirror}")
}

/// Why an image could not be pushed: what the registry did, and as whom.
#[must_use]
pub fn push_cause(refusal: &ImageRefusal, ship: &str) -> String {
    let registry = registry_of(&refusal.image);
    match refusal.fault {
        PullFault::NoSuchImage => format!("{registry} does not let {} push there", user(refusal)),
        PullFault::TooMany => format!("{registry} limits {}: too many requests", user(refusal)),
        PullFault::NoLogin
        | PullFault::WrongLogin
        | PullFault::Broken { .. }
        | PullFault::Unreachable
        | PullFault::Untrusted
        | PullFault::PlainHttp
        | PullFault::Stalled
        | PullFault::DiskFull
        | PullFault::WrongPlatform
        | PullFault::Other => cause(refusal, ship),
    }
}

/// What to do about that.
#[must_use]
pub fn push_next(refusal: &ImageRefusal, ship: &str) -> String {
    let registry = registry_of(&refusal.image);
    match refusal.fault {
        PullFault::NoSuchImage => match refusal.user {
            Some(_) => {
                format!("check that the user may push to {}, and the spelling of `image`", refusal.image)
            }
            None => log_in(registry, refusal),
        },
        PullFault::Unreachable => {
            format!("check the registry and the network (on ship {ship}: `curl -v {}`)", url(registry))
        }
        PullFault::NoLogin
        | PullFault::WrongLogin
        | PullFault::TooMany
        | PullFault::Broken { .. }
        | PullFault::Untrusted
        | PullFault::PlainHttp
        | PullFault::Stalled
        | PullFault::DiskFull
        | PullFault::WrongPlatform
        | PullFault::Other => next(refusal, ship),
    }
}

fn no_such_image(refusal: &ImageRefusal, registry: &str) -> String {
    let image = &refusal.image;
    let private = match refusal.user {
        Some(_) => "if the image is private, check what that user may pull".to_owned(),
        None => format!("if the image is private, {}", log_in(registry, refusal)),
    };
    format!(
        "check the name and the tag of `image`; if the image is built locally, build it on that ship \
         (`docker build -t {image} …`); {private}"
    )
}

/// Who one was to the registry, and where the login came from; never the password.
fn user(refusal: &ImageRefusal) -> String {
    let Some(user) = &refusal.user else { return "a client without a login".to_owned() };
    let who = match user.as_str() {
        "" => "the identity token".to_owned(),
        name => format!("user {name}"),
    };
    match &refusal.origin {
        LoginOrigin::NotFound => who,
        LoginOrigin::File { name } => format!("{who} (from `registries: {name}` in the file)"),
        LoginOrigin::Configuration { path } => format!("{who} (from {})", path.display()),
        LoginOrigin::Helper { program } => format!("{who} (from {program})"),
    }
}

/// How to log in, on this machine or in the file.
fn log_in(registry: &str, refusal: &ImageRefusal) -> String {
    let key = if registry.contains(':') { format!("\"{registry}\"") } else { registry.to_owned() };
    let lines =
        format!("`registries: {{{key}: {{username: USER, password: \"{{{{ env.REGISTRY_PASSWORD }}}}\"}}}}`");
    let login = format!("{}, or add to the file {lines}", docker_login(registry));
    match &refusal.problem {
        Some(problem) => format!("fix this first: {}; or {login}", login_problem(problem)),
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

/// Why a place where a login could be was not read.
#[must_use]
pub fn login_problem(problem: &LoginProblem) -> String {
    match problem {
        LoginProblem::ConfigurationMalformed { path, line, column } => format!(
            "{} is not valid JSON (line {line}, column {column}), so Maestro reads no login from it",
            path.display()
        ),
        LoginProblem::ConfigurationUnreadable { path, words } => {
            format!("{} cannot be read, so Maestro reads no login from it: {words}", path.display())
        }
        LoginProblem::EntryMalformed { path, key, registry } => format!(
            "the entry {key} in {} is not a login; `docker login {registry}` replaces it",
            path.display()
        ),
        LoginProblem::Helper { program, server, fault } => format!(
            "the credential helper {program} from Docker's configuration has no login for {server}: {}; try \
             `echo {server} | {program} get`",
            helper_fault(fault)
        ),
    }
}

fn helper_fault(fault: &HelperFault) -> String {
    match fault {
        HelperFault::InvalidName => "its name is not a valid program name".to_owned(),
        HelperFault::Timeout(time) => format!("no answer within {} s", time.as_secs_f64()),
        HelperFault::NotInstalled => "it is not installed (not on PATH)".to_owned(),
        HelperFault::NotRunnable(words) => format!("it could not be run: {words}"),
        HelperFault::Failed { status, words } => format!("it failed ({status}): {words}"),
        HelperFault::Malformed => "its answer is not valid".to_owned(),
    }
}
