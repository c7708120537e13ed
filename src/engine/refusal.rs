//! Why a registry gives an image or does not, in words: for a fetch that failed, and for one that would.

use super::credentials::{Found, Origin};
use crate::model::registry::{DOCKER_HUB, Fault, registry_of};

/// What is known about an image that is not given.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// Its reference.
    pub image: &'a str,
    /// As whom it was asked for.
    pub found: &'a Found,
    /// What kind of thing it was.
    pub fault: Fault,
}

impl Refusal<'_> {
    /// Which registry, as whom, and what it did.
    #[must_use]
    pub fn cause(&self, ship: &str) -> String {
        let registry = registry_of(self.image);
        let user = user(self.found);
        match self.fault {
            Fault::NoSuchImage => {
                format!("{registry} has no such image or tag, or does not show it to {user}")
            }
            Fault::NoLogin => format!("{registry} wants a login, and none is known"),
            Fault::WrongLogin => format!("{registry} did not accept {user}"),
            Fault::TooMany => format!("{registry} lets {user} fetch no more for now"),
            Fault::Broken { status: Some(status) } => {
                format!("{registry} answered with an error of its own, status {status}")
            }
            Fault::Broken { status: None } => format!("{registry} answered with an error of its own"),
            Fault::Unreachable => format!("ship {ship} does not reach {registry}"),
            Fault::Untrusted => format!("ship {ship} does not trust the certificate of {registry}"),
            Fault::PlainHttp => {
                format!("{registry} does not speak TLS, which the engine of ship {ship} wants")
            }
            Fault::Stalled => format!("nothing more came from {registry}"),
            Fault::DiskFull => format!("the disk of ship {ship} is full"),
            Fault::WrongPlatform => format!("it is not made for the kind of machine that ship {ship} is"),
            Fault::Other => format!("it was asked of {registry} as {user}"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn next(&self, ship: &str) -> String {
        let (image, registry) = (self.image, registry_of(self.image));
        match self.fault {
            Fault::NoSuchImage => self.no_such_image(registry),
            Fault::NoLogin => log_in(registry, self.found),
            Fault::WrongLogin => match &self.found.origin {
                Origin::File { name } => {
                    format!("put `username` and `password` of `registries: {name}` right in the file")
                }
                Origin::Configuration { .. } => {
                    format!("{}, with the right password", docker_login(registry))
                }
                Origin::Helper { program } => {
                    format!("{}, with the right password, which {program} keeps", docker_login(registry))
                }
                Origin::NotFound => log_in(registry, self.found),
            },
            Fault::TooMany => match self.found.login {
                Some(_) => "wait until it does".to_owned(),
                None => format!(
                    "wait until it does; whoever is logged in may fetch more: {}",
                    log_in(registry, self.found)
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

    fn no_such_image(&self, registry: &str) -> String {
        let image = self.image;
        let private = match self.found.login {
            Some(_) => "if it is private, look at what that user may see".to_owned(),
            None => format!("if it is private, {}", log_in(registry, self.found)),
        };
        format!(
            "look at the name and the tag of `image`; if it is built rather than fetched, build it on that ship \
         (`docker build -t {image} …`); {private}"
        )
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
        Origin::NotFound => who,
        Origin::File { name } => format!("{who} (from `registries: {name}` in the file)"),
        Origin::Configuration { path } => format!("{who} (from {})", path.display()),
        Origin::Helper { program } => format!("{who} (from {program})"),
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
