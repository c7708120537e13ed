//! Image registries: which one an image comes from, how one logs in there, what can go wrong and what is tried again.

mod refusal;

use std::{collections::BTreeSet, time::Duration};

pub use refusal::{HelperFault, ImageRefusal, LoginOrigin, LoginProblem};

pub use crate::value::secret::Secret;

/// The registry of images whose name tells none.
pub const DOCKER_HUB: &str = "docker.io";
/// How Docker's login, its configuration and its credential helpers call [`DOCKER_HUB`].
pub const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// Tries for one image, if the file does not say.
pub const DEFAULT_ATTEMPTS: u32 = 3;
/// No pause between two tries is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A registry that the file describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Its name in the file.
    pub name: String,
    /// Host name, and port if it has one.
    pub address: String,
    /// How to log in there, if the file says so.
    pub login: Option<RegistryLogin>,
    /// What is tried again.
    pub retry: Retry,
}

/// What proves to a registry who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    /// The user; empty beside a token that tells it.
    pub username: String,
    /// What nobody else knows.
    pub proof: Credential,
    /// An address that old registries ask for.
    pub email: Option<String>,
}

/// What nobody but the user knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password, or a token in its place.
    Password(Secret),
    /// A token that the registry gives others for (`OAuth2`).
    IdentityToken(Secret),
}

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, the first included; 1 or more.
    pub attempts: u32,
    /// HTTP statuses after which another try is made; none means after whatever passes by itself.
    pub when: Option<BTreeSet<u16>>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: DEFAULT_ATTEMPTS, when: None }
    }
}

/// What went wrong between an engine and a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PullFault {
    /// It has no such image or tag, or does not show it to this user: registries do not tell these apart.
    NoSuchImage,
    /// It wants a login, and none was sent.
    NoLogin,
    /// It does not accept the login.
    WrongLogin,
    /// This user has fetched too much lately.
    TooMany,
    /// It answered with an error of its own.
    Broken {
        /// HTTP status, where the engine tells it.
        status: Option<u16>,
    },
    /// The ship gets no connection to it, or loses it.
    Unreachable,
    /// The ship does not trust its certificate.
    Untrusted,
    /// It speaks HTTP, and the engine wants TLS.
    PlainHttp,
    /// Nothing more came from it.
    Stalled,
    /// The ship's disk is full.
    DiskFull,
    /// The image is not made for the ship's kind of machine.
    WrongPlatform,
    /// Something else, told by the engine's words only.
    Other,
}

impl PullFault {
    /// Whether it often passes by itself.
    #[must_use]
    pub fn passes(self) -> bool {
        match self {
            Self::Broken { .. } | Self::Unreachable | Self::Stalled => true,
            Self::NoSuchImage
            | Self::NoLogin
            | Self::WrongLogin
            | Self::TooMany
            | Self::Untrusted
            | Self::PlainHttp
            | Self::DiskFull
            | Self::WrongPlatform
            | Self::Other => false,
        }
    }
}

impl Retry {
    /// How long to wait before another try, after so many tries of which the last met this fault; none if there is to be
    /// no other.
    ///
    /// `MaestroNG` saw the engine's status, which is 500 whatever the registry answered: so 500 stands for all that
    /// passes by itself, and every other status for itself.
    #[must_use]
    pub fn pause(&self, tried: u32, fault: PullFault) -> Option<Duration> {
        let again = match (&self.when, fault) {
            (None, fault) => fault.passes(),
            (Some(when), PullFault::Broken { status: Some(status) }) => {
                when.contains(&status) || when.contains(&500)
            }
            (Some(when), PullFault::TooMany) => when.contains(&429),
            (Some(when), fault) => fault.passes() && when.contains(&500),
        };
        let doubled = Duration::from_secs(1 << tried.saturating_sub(1).min(10));
        (again && tried < self.attempts).then_some(doubled.min(LONGEST_PAUSE))
    }
}

/// The registry that an engine asks for an image: `localhost:5000`, or [`DOCKER_HUB`] if its name tells none.
#[must_use]
pub fn registry_of(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if is_docker_hub(first) => DOCKER_HUB,
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        Some(_) | None => DOCKER_HUB,
    }
}

/// A reference without tag and digest.
#[must_use]
pub fn repository_of(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    name[last..].find(':').map_or(name, |colon| &name[..last + colon])
}

/// Whether two references are of the same repository: engines leave out what Docker Hub's images have in common.
#[must_use]
pub fn is_same_repository(one: &str, other: &str) -> bool {
    let familiar = |reference| {
        let repository = repository_of(reference);
        let of_hub = repository.split_once('/').filter(|(host, _)| is_docker_hub(host));
        let name = of_hub.map_or(repository, |(_, name)| name);
        name.strip_prefix("library/").unwrap_or(name)
    };
    familiar(one) == familiar(other)
}

/// What an engine tells of where an image came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageOrigin {
    /// It was built on the engine, or loaded there.
    Local,
    /// A registry has it, or had it.
    Registry,
    /// Nothing: containerd's store names every image by a digest, its id, wherever the image came from.
    Untold,
}

impl ImageOrigin {
    /// The origin of an image that an engine knows by this id and these digests: `name@sha256:…`.
    pub fn of<'a>(id: &str, digests: impl IntoIterator<Item = &'a str>) -> Self {
        let of_digest = |known: &str| match known.split_once('@') {
            Some((_, digest)) if digest == id => Self::Untold,
            _ => Self::Registry,
        };
        digests
            .into_iter()
            .map(of_digest)
            .reduce(|one, other| match (one, other) {
                (Self::Untold, Self::Untold) => Self::Untold,
                (Self::Local | Self::Registry | Self::Untold, _) => Self::Registry,
            })
            .unwrap_or(Self::Local)
    }

    /// The origin of the image that an engine has by that name, with all digests of the image. Containerd's store tells a
    /// digest for one of an image's names alone, so that of another name counts if it tells nothing.
    pub fn of_name<'a>(
        id: &str,
        digests: impl IntoIterator<Item = &'a str> + Clone,
        reference: &str,
    ) -> Self {
        let own = digests.clone().into_iter().filter(|known| is_same_repository(known, reference));
        match (Self::of(id, own), Self::of(id, digests)) {
            (Self::Local, Self::Untold) => Self::Untold,
            (origin, Self::Local | Self::Registry | Self::Untold) => origin,
        }
    }
}

/// Whether that host is one of the names of Docker Hub.
#[must_use]
pub fn is_docker_hub(host: &str) -> bool {
    ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"].contains(&host)
}

/// Host and port of a registry that is written as an address or as a URL: `https://quay.io/v1/` is `quay.io`.
#[must_use]
pub fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The entry of the file for an image, found as `MaestroNG` finds it: by the part of the image's name before the first
/// `/`, which is the entry's name, its address, or its address without the port. Docker Hub's names are one.
#[must_use]
pub fn entry_for<'a>(registries: &'a [Registry], image: &str) -> Option<&'a Registry> {
    let first = image.split_once('/').map(|(first, _)| first);
    let host = registry_of(image);
    let by_name = || registries.iter().find(|registry| Some(registry.name.as_str()) == first);
    let by_address = || {
        registries.iter().find(|registry| {
            let bare = registry.address.split(':').next();
            first == Some(&registry.address) || (first.is_some() && first == bare)
        })
    };
    let hub = || registries.iter().find(|registry| host == DOCKER_HUB && is_docker_hub(&registry.address));
    by_name().or_else(by_address).or_else(hub)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(name: &str, address: &str) -> Registry {
        Registry { name: name.into(), address: host_of(address).into(), login: None, retry: Retry::default() }
    }

    #[test]
    fn an_image_tells_its_registry() {
        for (image, host) in [
            ("nginx", "docker.io"),
            ("shop/web:1", "docker.io"),
            ("docker.io/shop/web", "docker.io"),
            ("index.docker.io/shop/web", "docker.io"),
            ("localhost/web", "localhost"),
            ("localhost:5000/web:1", "localhost:5000"),
            ("quay.io/shop/web@sha256:00", "quay.io"),
            ("nginx:1.27", "docker.io"),
        ] {
            assert_eq!(registry_of(image), host, "{image}");
        }
    }

    #[test]
    fn repositories_are_references_without_tags() {
        for (reference, expected) in [
            ("web", "web"),
            ("web:1", "web"),
            ("reg:5000/web", "reg:5000/web"),
            ("reg:5000/a/web:1@sha256:d", "reg:5000/a/web"),
        ] {
            assert_eq!(repository_of(reference), expected);
        }
    }

    #[test]
    fn images_of_docker_hub_have_several_names() {
        for other in ["nginx@sha256:d", "library/nginx", "docker.io/nginx:2", "docker.io/library/nginx"] {
            assert!(is_same_repository("nginx:1", other), "{other}");
        }
        for other in ["shop/nginx", "ghcr.io/nginx", "localhost:5000/library/nginx"] {
            assert!(!is_same_repository("nginx:1", other), "{other}");
        }
    }

    #[test]
    fn an_entry_is_found_by_name_then_by_address_then_without_the_port() {
        let registries = [
            registry("shop", "https://index.docker.io/v1/"),
            registry("inner", "http://10.0.0.9:5000/v2/"),
            registry("quay.io", "https://elsewhere.example"),
            registry("second", "quay.io"),
        ];
        let found = |image| entry_for(&registries, image).map(|registry| registry.name.as_str());
        assert_eq!(found("quay.io/a/b"), Some("quay.io"), "its name counts before another's address");
        assert_eq!(found("elsewhere.example/a"), Some("quay.io"));
        assert_eq!(found("10.0.0.9:5000/web:1"), Some("inner"));
        assert_eq!(found("10.0.0.9/web:1"), Some("inner"));
        assert_eq!(found("10.0.0.9:5001/web:1"), None);
        assert_eq!(found("shop/web"), Some("shop"));
        assert_eq!(found("nginx"), Some("shop"), "the entry is Docker Hub's");
        assert_eq!(found("docker.io/a/b"), Some("shop"));
        assert_eq!(found("ghcr.io/a/b"), None);
        assert_eq!(entry_for(&registries[1..], "nginx"), None);
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_never_is() {
        let usual = Retry::default();
        let second = Duration::from_secs(1);
        for fault in [PullFault::Unreachable, PullFault::Stalled, PullFault::Broken { status: None }] {
            assert_eq!(usual.pause(1, fault), Some(second));
            assert_eq!(usual.pause(2, fault), Some(2 * second));
            assert_eq!(usual.pause(3, fault), None);
        }
        let eager = Retry { attempts: 100, when: Some((400..600).collect()) };
        let hopeless = [
            PullFault::NoSuchImage,
            PullFault::NoLogin,
            PullFault::WrongLogin,
            PullFault::Untrusted,
            PullFault::PlainHttp,
            PullFault::DiskFull,
            PullFault::WrongPlatform,
            PullFault::Other,
        ];
        for fault in hopeless {
            assert_eq!((usual.pause(1, fault), eager.pause(1, fault)), (None, None), "{fault:?}");
        }
        assert_eq!(eager.pause(50, PullFault::Stalled), Some(LONGEST_PAUSE));
    }

    #[test]
    fn a_list_of_statuses_is_kept_to() {
        let of = |when: &[u16]| Retry { attempts: 3, when: Some(when.iter().copied().collect()) };
        let broken = |status| PullFault::Broken { status };
        assert!(of(&[503]).pause(1, broken(Some(503))).is_some());
        assert!(of(&[503]).pause(1, broken(Some(502))).is_none());
        assert!(of(&[503]).pause(1, PullFault::Unreachable).is_none());
        // What an engine says of everything, and MaestroNG's files therefore ask for.
        assert!(of(&[500]).pause(1, broken(Some(502))).is_some());
        assert!(of(&[500]).pause(1, broken(None)).is_some());
        assert!(of(&[500]).pause(1, PullFault::Unreachable).is_some());
        assert!(of(&[]).pause(1, PullFault::Stalled).is_none());
        assert!(Retry::default().pause(1, PullFault::TooMany).is_none());
        assert!(of(&[429]).pause(1, PullFault::TooMany).is_some());
    }
}
