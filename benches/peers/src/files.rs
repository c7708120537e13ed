//! The files that tell each tool the same.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{case::Shape, contestant::Contestant};

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

/// What a container is called, whoever makes it.
#[must_use]
pub fn container_name(number: usize) -> String {
    format!("{NAME}-{number:03}")
}

/// Labels of each container, by number, beside those that a tool gives by itself.
pub type Labels = BTreeMap<usize, BTreeMap<String, String>>;

/// One environment, as every tool is told it.
#[derive(Debug, Clone)]
pub struct Environment<'a> {
    /// Its containers.
    pub shape: &'a Shape,
    /// The engine's socket.
    pub socket: &'a Path,
    /// How often compose looks whether a container is healthy.
    pub interval: Duration,
    /// A container that has another environment, and that.
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
    fn version(&self, number: usize) -> &str {
        self.changed.filter(|(changed, _)| *changed == number).map_or("1", |(_, version)| version)
    }

    /// What a contestant is told, if it reads a file.
    #[must_use]
    pub fn told(&self, contestant: Contestant) -> Option<String> {
        match contestant {
            Contestant::Maestro => Some(self.ships_and_services(None)),
            // The same file, on a network that is there.
            Contestant::MaestroNg => Some(self.ships_and_services(Some(NG_NETWORK))),
            Contestant::Compose => Some(self.compose()),
            Contestant::Floor => None,
        }
    }

    fn ships_and_services(&self, network: Option<&str>) -> String {
        let mut text = format!(
            "name: {NAME}\nships:\n  local:\n    ip: 127.0.0.1\n    socket_path: {}\nservices:\n",
            self.socket.display()
        );
        for (at, layer) in self.shape.numbers().enumerate() {
            let _ = write!(text, "  layer{at}:\n    image: {IMAGE}\n");
            if self.shape.is_checked {
                text.push_str("    command: serve\n");
            }
            if at > 0 {
                let _ = writeln!(text, "    requires: [layer{}]", at - 1);
            }
            text.push_str("    instances:\n");
            for number in layer {
                self.instance(&mut text, number, network);
            }
        }
        text
    }

    // Writing to a String cannot fail.
    fn instance(&self, text: &mut String, number: usize, network: Option<&str>) {
        let _ = write!(text, "      {}:\n        ship: local\n", container_name(number));
        let _ = writeln!(text, "        env: {{VERSION: \"{}\"}}", self.version(number));
        if let Some(network) = network {
            let _ = writeln!(text, "        net: {network}");
        }
        if self.shape.is_checked {
            let _ = write!(
                text,
                "        ports: {{greeting: \"{CONTAINER_PORT}:{}\"}}\n        \
                 lifecycle: {{running: [{{type: tcp, port: greeting, max_wait: 60}}]}}\n",
                FIRST_PORT + number
            );
        }
        if let (None, Some(labels)) = (network, self.labels.get(&number)) {
            text.push_str("        labels:\n");
            for (name, value) in labels {
                let _ = writeln!(text, "          {name}: \"{value}\"");
            }
        }
    }

    fn compose(&self) -> String {
        let mut text = format!("name: {NAME}\nservices:\n");
        let mut before = 0..0;
        for layer in self.shape.numbers() {
            for number in layer.clone() {
                let _ = write!(
                    text,
                    "  app{number:03}:\n    image: {IMAGE}\n    container_name: {}\n    environment: {{VERSION: \"{}\"}}\n",
                    container_name(number),
                    self.version(number),
                );
                if self.shape.is_checked {
                    self.compose_checks(&mut text, number, before.clone());
                }
            }
            before = layer;
        }
        if let Some(network) = self.network {
            let _ = write!(text, "networks:\n  default:\n    name: {network}\n    external: true\n");
        }
        text
    }

    fn compose_checks(&self, text: &mut String, number: usize, before: std::ops::Range<usize>) {
        let _ = write!(
            text,
            "    command: [serve]\n    ports: [\"{}:{CONTAINER_PORT}\"]\n    healthcheck:\n      \
             test: [CMD, /program, check]\n      interval: {}ms\n      timeout: 5s\n      retries: 600\n",
            FIRST_PORT + number,
            self.interval.as_millis(),
        );
        if !before.is_empty() {
            text.push_str("    depends_on:\n");
        }
        for needed in before {
            let _ = writeln!(text, "      app{needed:03}: {{condition: service_healthy}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::OFTEN;

    fn told(shape: &Shape, contestant: Contestant) -> String {
        let labels = Labels::from([(1, BTreeMap::from([("a.b".to_owned(), "c".to_owned())]))]);
        let environment = Environment {
            shape,
            socket: Path::new("/run/docker.sock"),
            interval: OFTEN,
            changed: Some((1, "2")),
            labels: &labels,
            network: Some("net"),
        };
        environment.told(contestant).unwrap()
    }

    #[test]
    fn both_maestros_are_told_the_same_but_for_the_network() {
        let shape = Shape { layers: vec![1, 1], is_checked: true };
        insta::assert_snapshot!(told(&shape, Contestant::Maestro));
        insta::assert_snapshot!(told(&shape, Contestant::MaestroNg));
        insta::assert_snapshot!(told(&Shape::independent(2), Contestant::Maestro));
    }

    #[test]
    fn compose_is_told_the_same() {
        let shape = Shape { layers: vec![1, 2, 1], is_checked: true };
        insta::assert_snapshot!(told(&shape, Contestant::Compose));
    }
}
