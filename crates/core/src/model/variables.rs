//! Environment variables: those that every container gets, those that tell it of others, and their order of precedence.
//!
//! The order is `MaestroNG`'s: service env files < service `env` < `MAESTRO_ENVIRONMENT_NAME`, `SERVICE_NAME` <
//! instance env files < instance `env` < `CONTAINER_*`, `DOCKER_*` < variables of services. What Docker's `--link` set
//! yields to all of these, as it did in Docker.

use super::{container::Port, name::variable_name};
pub use crate::value::variables::{SharedVariables, Variables};

/// What the variables of a service tell about one of its instances.
#[derive(Debug, Clone)]
pub struct Neighbour<'a> {
    /// Its name.
    pub instance: &'a str,
    /// The address of its ship.
    pub address: &'a str,
    /// Its ports.
    pub ports: &'a [Port],
}

/// `<SERVICE>_<INSTANCE>_HOST`, `…_PORT`, `…_INTERNAL_PORT` and `<SERVICE>_INSTANCES`.
///
/// Internal ports are told to instances of the service itself only.
#[must_use]
pub fn of_service(service: &str, instances: &[Neighbour<'_>], internal: bool) -> Variables {
    let service = variable_name(service);
    let mut variables = Variables::new();
    for neighbour in instances {
        let prefix = format!("{service}_{}", variable_name(neighbour.instance));
        variables.insert(format!("{prefix}_HOST"), Some(neighbour.address.to_owned()));
        for port in neighbour.ports {
            let name = variable_name(&port.name);
            // A port that the engine chooses among all is not known.
            if port.host > 0 {
                variables.insert(format!("{prefix}_{name}_PORT"), Some(port.on_ship()));
            }
            if internal {
                variables.insert(format!("{prefix}_{name}_INTERNAL_PORT"), Some(port.inside()));
            }
        }
    }
    let mut names: Vec<&str> = instances.iter().map(|neighbour| neighbour.instance).collect();
    names.sort_unstable();
    variables.insert(format!("{service}_INSTANCES"), Some(names.join(",")));
    variables
}

/// What Docker's `--link` set, made from the alias rather than from an address that changes: `<ALIAS>_NAME`,
/// `<ALIAS>_PORT` and, for each port, `<ALIAS>_PORT_<NUMBER>_<PROTOCOL>` with `_ADDR`, `_PORT`, `_PROTO`.
///
/// The target's own environment is never copied, though Docker did that: it may hold secrets.
#[must_use]
pub fn of_link(consumer: &str, alias: &str, ports: &[Port]) -> Variables {
    let prefix = variable_name(alias);
    let mut variables = Variables::new();
    variables.insert(format!("{prefix}_NAME"), Some(format!("/{consumer}/{alias}")));
    let mut numbers: Vec<(u16, super::container::Protocol)> = ports
        .iter()
        .flat_map(|port| (0..port.count).map(move |offset| (port.container + offset, port.protocol)))
        .collect();
    // Docker names the lowest port, TCP before UDP, as the port of the link.
    numbers.sort_unstable_by_key(|&(number, protocol)| (protocol, number));
    for (index, (number, protocol)) in numbers.into_iter().enumerate() {
        let url = format!("{protocol}://{alias}:{number}");
        if index == 0 {
            variables.insert(format!("{prefix}_PORT"), Some(url.clone()));
        }
        let port = format!("{prefix}_PORT_{number}_{}", protocol.to_string().to_uppercase());
        variables.insert(format!("{port}_ADDR"), Some(alias.to_owned()));
        variables.insert(format!("{port}_PORT"), Some(number.to_string()));
        variables.insert(format!("{port}_PROTO"), Some(protocol.to_string()));
        variables.insert(port, Some(url));
    }
    variables
}

/// `repository:tag` taken apart as `MaestroNG` does: `DOCKER_TAG` is `latest` where none is written.
#[must_use]
pub fn image_tag(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') && !tag.is_empty() => tag,
        _ => "latest",
    }
}

/// Reads an env file as `docker run --env-file` does: a line is `NAME=value`, or a bare `NAME`; blank lines and lines
/// that begin with `#` count for nothing. Space around a line does not either, as in `MaestroNG`.
///
/// # Errors
/// The numbers of the lines that are wrong, from 1, and why.
pub fn parse_env_file(text: &str) -> Result<Variables, Vec<(usize, &'static str)>> {
    let (mut variables, mut wrong) = (Variables::new(), Vec::new());
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (line, None),
        };
        if name.is_empty() {
            wrong.push((index + 1, "there is no name before the `=`"));
        } else if name.contains(char::is_whitespace) {
            // What follows may be a value, and so is not told.
            wrong.push((index + 1, "a name has no space in it"));
        } else {
            variables.insert(name.to_owned(), value);
        }
    }
    if wrong.is_empty() { Ok(variables) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::Protocol;

    fn port(container: u16, protocol: Protocol) -> Port {
        Port {
            name: "p".to_owned(),
            container,
            host: container,
            count: 1,
            choice: 1,
            protocol,
            bind: None,
            ipv6: false,
        }
    }

    #[test]
    fn link_variables_are_those_of_docker_with_the_alias_for_the_address() {
        let variables = of_link("web", "service", &[port(9000, Protocol::Tcp), port(8099, Protocol::Tcp)]);
        let get = |name: &str| variables[name].clone().unwrap();
        assert_eq!(get("SERVICE_NAME"), "/web/service");
        assert_eq!(get("SERVICE_PORT"), "tcp://service:8099");
        assert_eq!(get("SERVICE_PORT_8099_TCP"), "tcp://service:8099");
        assert_eq!(get("SERVICE_PORT_9000_TCP_ADDR"), "service");
        assert_eq!(get("SERVICE_PORT_9000_TCP_PORT"), "9000");
        assert_eq!(get("SERVICE_PORT_9000_TCP_PROTO"), "tcp");
    }

    #[test]
    fn tags_are_taken_apart_as_maestro_ng_does() {
        assert_eq!(image_tag("app"), "latest");
        assert_eq!(image_tag("app:1.2"), "1.2");
        assert_eq!(image_tag("host:5000/app"), "latest");
        assert_eq!(image_tag("host:5000/app:2"), "2");
    }

    #[test]
    fn env_files_are_read_as_docker_reads_them() {
        let variables = parse_env_file("# comment\n\nA=1 # kept\nB\n  C= x =y\r\n").unwrap();
        assert_eq!(variables["A"].as_deref(), Some("1 # kept"));
        assert_eq!(variables["B"], None);
        assert_eq!(variables["C"].as_deref(), Some(" x =y"));
        assert_eq!(
            parse_env_file("A=1\n=2\n\nA B=2\nC D\n")
                .unwrap_err()
                .iter()
                .map(|(line, _)| *line)
                .collect::<Vec<_>>(),
            [2, 4, 5]
        );
    }
}
