//! What is mounted in a container, and what of it holds data.

/// Something that is mounted in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// What is mounted.
    pub source: Source,
    /// The path inside.
    pub path: String,
    /// Whether the container may write to it.
    pub writable: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path on the ship.
    Path(String),
    /// A volume, by its name.
    Volume(String),
    /// Something else, by the engine's word for it: `tmpfs`.
    Other(String),
}

/// The kernel's folders and those of sockets and process ids: they hold no data that outlives a boot.
const NO_DATA: [&str; 5] = ["/dev", "/proc", "/sys", "/run", "/var/run"];
/// Files of the ship that containers mount to know its time.
const CLOCK: [&str; 2] = ["/etc/localtime", "/etc/timezone"];

impl Mounted {
    /// The name of the volume, if it is an anonymous one: the engine made up its name.
    #[must_use]
    pub fn anonymous(&self) -> Option<&str> {
        match &self.source {
            Source::Volume(name) => is_made_up(name).then_some(name.as_str()),
            Source::Path(_) | Source::Other(_) => None,
        }
    }

    /// Whether the container may keep data there that stays on the ship.
    #[must_use]
    pub fn may_hold_data(&self) -> bool {
        self.writable
            && match &self.source {
                Source::Volume(_) => true,
                Source::Path(path) => path_may_hold_data(path),
                Source::Other(_) => false,
            }
    }
}

/// Whether an engine made up the name of a volume: 64 hexadecimal digits.
#[must_use]
pub fn is_made_up(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a path on a ship may hold data: it is no socket, and not in a folder of the kernel.
#[must_use]
pub fn path_may_hold_data(path: &str) -> bool {
    let is_socket = std::path::Path::new(path).extension().is_some_and(|end| end == "sock");
    let is_below = |folder: &str| path == folder || path.starts_with(&format!("{folder}/"));
    !is_socket && !CLOCK.contains(&path) && !NO_DATA.into_iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounted(source: Source, writable: bool) -> Mounted {
        Mounted { source, path: "/data".into(), writable }
    }

    #[test]
    fn writable_folders_and_volumes_may_hold_data() {
        let path = |path: &str| mounted(Source::Path(path.into()), true).may_hold_data();
        assert!(path("/srv/db") && path("/var/lib/docker-data") && path("/devices") && path("/"));
        for none in ["/var/run/docker.sock", "/srv/app.sock", "/run", "/dev/shm", "/proc/1", "/etc/localtime"]
        {
            assert!(!path(none), "{none}");
        }
        assert!(mounted(Source::Volume("data".into()), true).may_hold_data());
        assert!(!mounted(Source::Volume("data".into()), false).may_hold_data());
        assert!(!mounted(Source::Other("tmpfs".into()), true).may_hold_data());
    }

    #[test]
    fn a_volume_without_a_name_of_its_own_is_anonymous() {
        let made_up = "0123456789abcdef".repeat(4);
        assert_eq!(mounted(Source::Volume(made_up.clone()), true).anonymous(), Some(made_up.as_str()));
        assert_eq!(mounted(Source::Volume(made_up.to_uppercase()), true).anonymous(), None);
        assert_eq!(mounted(Source::Volume("data".into()), true).anonymous(), None);
        assert_eq!(mounted(Source::Path(made_up), true).anonymous(), None);
    }
}
