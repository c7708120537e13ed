//! The files that tell each tool the same.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{case::Shape, tool::Tool};

/// How many containers without checks are one service: each is told of all others of its service, as with `MaestroNG`.
const TOGETHER: usize = 20;
/// The environment, project and prefix of all that is made here, and of what is removed.
pub const NAME: &str = "peers-bench";
/// The image of all containers.
pub const IMAGE: &str = "peers-bench:1";
/// What `MaestroNG` puts its containers on, which makes no networks itself.
pub const NG_NETWORK: &str = "peers-bench-ng";
/// What Maestro makes for them.
pub const MAESTRO_NETWORK: &str = "maestro-peers-bench";
/// The port of the ship at which the first container answers; the others follow.
pub const FIRST_PORT: usize = 18_080;
/// The port in each container.
pub const CONTAINER_PORT: usize = 8080;

/// What a container is called, whoever makes it: as compose calls the containers of one service.
#[must_use]
pub fn container_name(number: usize) -> String {
    format!("{NAME}-app{}-{}", number / TOGETHER, number % TOGETHER + 1)
}

/// Labels of the containers of each service, by its name for compose, beside those that a tool gives by itself.
pub type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// One environment, as every tool is told it.
#[derive(Debug, Clone)]
pub struct Environment<'a> {
    /// Its containers.
    pub shape: &'a Shape,
    /// The engine's socket.
    pub socket: &'a Path,
    /// How often compose looks whether a container is healthy.
    pub interval: Duration,
    /// A container that has an environment of its own, and that; for compose each container is a service then.
    pub changed: Option<(usize, &'a str)>,
    /// Labels for Maestro to give.
    pub labels: &'a Labels,
    /// The network that is there for compose; none if it makes its own.
    pub network: Option<&'a str>,
}

/// Where a tool's file is in a folder.
#[must_use]
pub fn path(folder: &Path, tool: &str, version: &str) -> PathBuf {
    folder.join(format!("{tool}-{version}.yaml"))
}

impl Environment<'_> {
    /// What a tool is told, if it reads a file.
    #[must_use]
    pub fn told(&self, tool: Tool) -> Option<String> {
        match tool {
            Tool::Maestro | Tool::MaestroDetach => Some(self.ships_and_services(None)),
            // The same file, on a network that is there.
            Tool::MaestroNg => Some(self.ships_and_services(Some(NG_NETWORK))),
            Tool::Compose | Tool::ComposeWait => Some(self.compose()),
            Tool::Floor => None,
        }
    }

    /// The numbers of the containers of each service: a layer each, or some that do not know of each other.
    fn services(&self) -> Vec<Range<usize>> {
        if self.shape.is_checked {
            return self.shape.numbers().collect();
        }
        let count = self.shape.count();
        (0..count).step_by(TOGETHER).map(|first| first..count.min(first + TOGETHER)).collect()
    }

    fn ships_and_services(&self, network: Option<&str>) -> String {
        let mut text = format!(
            "name: {NAME}\nships:\n  local:\n    ip: 127.0.0.1\n    socket_path: {}\n    timeout: 300\nservices:\n",
            self.socket.display()
        );
        for (at, members) in self.services().into_iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(text, "  app{at}:\n    image: {IMAGE}\n    env: {{VERSION: \"1\"}}\n");
            if let Some(labels) = self.labels.get(&format!("app{at}")).filter(|_| network.is_none()) {
                text.push_str("    labels:\n");
                for (name, value) in labels {
                    let _ = writeln!(text, "      {name}: \"{value}\"");
                }
            }
            if at > 0 && self.shape.is_checked {
                let _ = writeln!(text, "    requires: [app{}]", at - 1);
            }
            text.push_str("    instances:\n");
            for number in members {
                self.instance(&mut text, number, network);
            }
        }
        text
    }

    /// `MaestroNG` overlooks a service's `net` and `command` without a word, so both stand here.
    fn instance(&self, text: &mut String, number: usize, network: Option<&str>) {
        let _ = write!(text, "      {}:\n        ship: local\n", container_name(number));
        if let Some(network) = network {
            let _ = writeln!(text, "        net: {network}");
        }
        if self.shape.is_checked {
            text.push_str("        command: serve\n");
        }
        if let Some((_, version)) = self.changed.filter(|(changed, _)| *changed == number) {
            let _ = writeln!(text, "        env: {{VERSION: \"{version}\"}}");
        }
        if self.shape.is_checked {
            let _ = write!(
                text,
                "        ports: {{greeting: \"{CONTAINER_PORT}:{}\"}}\n        \
                 lifecycle: {{running: [{{type: tcp, port: greeting, max_wait: 300}}]}}\n",
                FIRST_PORT + number
            );
        }
    }

    /// Containers that are all the same are one service; others are one each.
    fn compose(&self) -> String {
        let mut text = format!("name: {NAME}\nservices:\n");
        if self.shape.is_checked || self.changed.is_some() {
            self.compose_services(&mut text);
        } else {
            for (at, members) in self.services().into_iter().enumerate() {
                let _ = write!(
                    text,
                    "  app{at}:\n    image: {IMAGE}\n    environment: {{VERSION: \"1\"}}\n    scale: {}\n",
                    members.len()
                );
            }
        }
        if let Some(network) = self.network {
            let _ = write!(text, "networks:\n  default:\n    name: {network}\n    external: true\n");
        }
        text
    }

    fn compose_services(&self, text: &mut String) {
        let mut before = 0..0;
        for layer in self.shape.numbers() {
            for number in layer.clone() {
                let changed = self.changed.filter(|(changed, _)| *changed == number);
                let _ = write!(
                    text,
                    "  one{number:03}:\n    image: {IMAGE}\n    container_name: {}\n    environment: {{VERSION: \"{}\"}}\n",
                    container_name(number),
                    changed.map_or("1", |(_, version)| version),
                );
                if self.shape.is_checked {
                    self.compose_checks(text, number, before.clone());
                }
            }
            before = layer;
        }
    }

    fn compose_checks(&self, text: &mut String, number: usize, before: Range<usize>) {
        let _ = write!(
            text,
            "    command: [serve]\n    ports: [\"{}:{CONTAINER_PORT}\"]\n    healthcheck:\n      \
             test: [CMD, /program, check]\n      interval: {}ms\n      timeout: 5s\n      retries: 3000\n",
            FIRST_PORT + number,
            self.interval.as_millis(),
        );
        if !before.is_empty() {
            text.push_str("    depends_on:\n");
        }
        for needed in before {
            let _ = writeln!(text, "      one{needed:03}: {{condition: service_healthy}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::OFTEN;

    fn told(shape: &Shape, changed: Option<(usize, &str)>, tool: Tool) -> String {
        let labels =
            Labels::from([("app1".to_owned(), BTreeMap::from([("a.b".to_owned(), "c".to_owned())]))]);
        let environment = Environment {
            shape,
            socket: Path::new("/run/docker.sock"),
            interval: OFTEN,
            changed,
            labels: &labels,
            network: Some("net"),
        };
        environment.told(tool).unwrap()
    }

    #[test]
    fn both_maestros_are_told_the_same_but_for_the_network() {
        let shape = Shape { layers: vec![1, 1], is_checked: true };
        insta::assert_snapshot!(told(&shape, None, Tool::Maestro));
        insta::assert_snapshot!(told(&shape, None, Tool::MaestroNg));
        insta::assert_snapshot!(told(&Shape::independent(2), Some((1, "2")), Tool::Maestro));
    }

    #[test]
    fn compose_is_told_the_same() {
        let diamond = Shape { layers: vec![1, 2, 1], is_checked: true };
        insta::assert_snapshot!(told(&diamond, None, Tool::Compose));
        insta::assert_snapshot!(told(&Shape::independent(2), Some((1, "2")), Tool::Compose));
        insta::assert_snapshot!(told(&Shape::independent(50), None, Tool::Compose));
    }
}
