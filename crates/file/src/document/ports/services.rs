//! Ports that have a name everywhere.

const SERVICES: &[(&str, u16)] = &[
    ("http", 80),
    ("https", 443),
    ("ssh", 22),
    ("smtp", 25),
    ("dns", 53),
    ("imap", 143),
    ("ldap", 389),
    ("mysql", 3306),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("amqp", 5672),
    ("redis", 6379),
    ("http-alt", 8080),
    ("elasticsearch", 9200),
    ("memcached", 11211),
    ("mongodb", 27017),
];

/// The port of a service.
pub(in crate::document) fn port_of(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(known, _)| *known == name).map(|&(_, port)| port)
}

/// A name for a port inside a container: that of its service, or `port-NUMBER`.
pub(crate) fn name_of(port: &str) -> String {
    let number = port.split(['/', '-']).next().unwrap_or(port);
    let known = SERVICES.iter().find(|(_, known)| known.to_string() == number);
    known.map_or_else(|| format!("port-{number}"), |(name, _)| (*name).to_owned())
}
