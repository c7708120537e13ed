//! Questions, and where their answers are.

use std::{
    net::{IpAddr, ToSocketAddrs},
    time::Duration,
};

use super::{
    address,
    answer::Answer,
    reach,
    surroundings::{Side, Surroundings, variable},
    trouble::Trouble,
};

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// `environment`
    Environment,
    /// `service`
    Service,
    /// `container`
    Container,
    /// `host`
    Host {
        /// As an address, though the file gives a name.
        ip: bool,
    },
    /// `address`
    Address,
    /// `port`
    Port { name: String, default: Option<String> },
    /// `ports`
    Ports,
    /// `nodes`
    Nodes { service: String, ports: Vec<String>, minimum: usize, separator: String },
    /// `host-of`
    HostOf { service: String, container: String },
    /// `port-of` and `internal-port-of`
    PortOf { service: String, container: String, port: String, default: Option<String>, side: Side },
    /// `reach`
    Reach { name: String, ports: Vec<u16>, patience: Duration },
    /// `listening`
    Listening,
}

/// One item a line.
fn lines(items: Vec<String>) -> Answer {
    Answer::List { items, separator: "\n".to_owned() }
}

/// The answer that the surroundings give.
pub(super) fn answer(question: &Question, surroundings: &Surroundings) -> Result<Answer, Trouble> {
    let own = |name: &str, what: &str| {
        let value = surroundings.get(name).map(str::to_owned);
        value.ok_or_else(|| {
            Trouble::Unknown(format!(
                "{what} is not known: {name} is not set, so Maestro did not make this container"
            ))
        })
    };
    let service = || own("SERVICE_NAME", "the service's name");
    let container = || own("CONTAINER_NAME", "the container's name");
    Ok(match question {
        Question::Environment => {
            Answer::Text(surroundings.get("MAESTRO_ENVIRONMENT_NAME").unwrap_or("local").to_owned())
        }
        Question::Service => Answer::Text(service()?),
        Question::Container => Answer::Text(container()?),
        Question::Host { ip } => {
            let host = own("CONTAINER_HOST_ADDRESS", "the host's address")?;
            Answer::Text(if *ip { looked_up(&host)? } else { host })
        }
        Question::Address => Answer::Text(address::internal().map_err(Trouble::Unknown)?),
        Question::Port { name, default } => {
            port(surroundings, &service()?, &container()?, name, default.as_ref(), Side::Internal)?
        }
        Question::Ports => {
            let (service, container) = (service()?, container()?);
            let ports = surroundings.ports(&service, &container, Side::Internal);
            Answer::Ports(ports.into_iter().map(|(name, port)| (name.to_owned(), port.to_owned())).collect())
        }
        Question::Nodes { service, ports, minimum, separator } => Answer::List {
            items: nodes(surroundings, service, ports, *minimum)?,
            separator: separator.clone(),
        },
        Question::Reach { name, ports, patience } => lines(reach::reach(name, ports, *patience)),
        Question::Listening => lines(reach::listening().map_err(Trouble::Unknown)?),
        Question::HostOf { service, container } => Answer::Text(host(surroundings, service, container)?),
        Question::PortOf { service, container, port: name, default, side } => {
            port(surroundings, service, container, name, default.as_ref(), *side)?
        }
    })
}

/// The hosts of a service's instances, each with the ports that were asked for behind it.
fn nodes(
    surroundings: &Surroundings,
    service: &str,
    ports: &[String],
    minimum: usize,
) -> Result<Vec<String>, Trouble> {
    let mut nodes = Vec::new();
    for instance in surroundings.instances(service).unwrap_or_default() {
        let mut node = host(surroundings, service, instance)?;
        for name in ports {
            let number = port(surroundings, service, instance, name, None, Side::External)?;
            node = format!("{node}:{}", number.written(false));
        }
        nodes.push(node);
    }
    if nodes.len() >= minimum {
        return Ok(nodes);
    }
    let has = match nodes.len() {
        0 => {
            return Err(Trouble::Unknown(format!(
                "no instance of service {service} is known{}",
                about(surroundings, service)
            )));
        }
        1 => "1 instance".to_owned(),
        more => format!("{more} instances"),
    };
    Err(Trouble::Unknown(format!("service {service} has {has}, but {minimum} are needed")))
}

fn host(surroundings: &Surroundings, service: &str, container: &str) -> Result<String, Trouble> {
    let name = format!("{}_{}_HOST", variable(service), variable(container));
    surroundings.get(&name).map(str::to_owned).ok_or_else(|| {
        Trouble::Unknown(format!(
            "no host is known for container {container} of service {service}{}",
            about(surroundings, service)
        ))
    })
}

fn port(
    surroundings: &Surroundings,
    service: &str,
    container: &str,
    name: &str,
    default: Option<&String>,
    side: Side,
) -> Result<Answer, Trouble> {
    if let Some(found) = surroundings.port(service, container, name, side)?.or(default.map(String::as_str)) {
        return Ok(Answer::Port(found.to_owned()));
    }
    let known: Vec<&str> =
        surroundings.ports(service, container, side).iter().map(|(name, _)| *name).collect();
    let which = match side {
        Side::Internal => "internal port",
        Side::External => "port",
    };
    let about = match known.as_slice() {
        [] => about(surroundings, service),
        known => format!("; it has {}", known.join(", ")),
    };
    Err(Trouble::Unknown(format!(
        "no {which} {name} is known for container {container} of service {service}{about}"
    )))
}

/// What is known in place of what was asked for.
fn about(surroundings: &Surroundings, service: &str) -> String {
    match (surroundings.instances(service), surroundings.services().as_slice()) {
        (Some(instances), _) => format!("; its containers are {}", instances.join(", ")),
        (None, []) => "; no service is known, so Maestro did not make this container".to_owned(),
        (None, services) => format!(
            "; services that are known are {}; `requires` or `wants_info` in the file makes another known",
            services.join(", ")
        ),
    }
}

/// The address behind a host's name, IPv4 if it has one, as Python's `gethostbyname` wants it.
fn looked_up(host: &str) -> Result<String, Trouble> {
    let addresses = (host, 0).to_socket_addrs();
    let addresses: Vec<IpAddr> = addresses
        .map_err(|error| Trouble::Unknown(format!("the address of {host} cannot be looked up: {error}")))?
        .map(|address| address.ip())
        .collect();
    let first = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    first.map(ToString::to_string).ok_or_else(|| Trouble::Unknown(format!("{host} has no address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KAFKA: &[(&str, &str)] = &[
        ("MAESTRO_ENVIRONMENT_NAME", "zk-kafka"),
        ("SERVICE_NAME", "kafka"),
        ("CONTAINER_NAME", "kafka-2"),
        ("CONTAINER_HOST_ADDRESS", "192.168.10.2"),
        ("KAFKA_INSTANCES", "kafka-1,kafka-2,kafka-2-old"),
        ("KAFKA_KAFKA_1_HOST", "192.168.10.1"),
        ("KAFKA_KAFKA_1_BROKER_PORT", "9092"),
        ("KAFKA_KAFKA_2_HOST", "192.168.10.2"),
        ("KAFKA_KAFKA_2_BROKER_PORT", "9093"),
        ("KAFKA_KAFKA_2_BROKER_INTERNAL_PORT", "9092"),
        ("KAFKA_KAFKA_2_DATA_INTERNAL_PORT", "8000-8005"),
        ("KAFKA_KAFKA_2_BAD_INTERNAL_PORT", "many"),
        ("KAFKA_KAFKA_2_OLD_HOST", "192.168.10.3"),
        ("KAFKA_KAFKA_2_OLD_BROKER_PORT", "9094"),
        ("KAFKA_KAFKA_2_OLD_BROKER_INTERNAL_PORT", "9092"),
        ("ZOOKEEPER_INSTANCES", "zk-node-1"),
        ("ZOOKEEPER_ZK_NODE_1_HOST", "192.168.10.1"),
        ("ZOOKEEPER_ZK_NODE_1_CLIENT_PORT", "2181"),
        ("ZOOKEEPER_ZK_NODE_1_PEER_PORT", "2888"),
    ];

    /// What is answered to a command line, or the trouble with it.
    fn said(line: &str) -> String {
        said_with(KAFKA, line)
    }

    fn said_with(variables: &[(&str, &str)], line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (question, json) = match super::super::command::parse("maestro guest", &words) {
            Ok(super::super::command::Parsed::Question { question, json }) => (question, json),
            Ok(super::super::command::Parsed::Help(text)) => return text,
            Err(Trouble::Usage(text) | Trouble::Unknown(text)) => return format!("usage: {text}"),
        };
        match answer(&question, &Surroundings::with(variables)) {
            Ok(answer) => answer.written(json),
            Err(Trouble::Unknown(text) | Trouble::Usage(text)) => format!("error: {text}"),
        }
    }

    #[test]
    fn what_the_container_is() {
        assert_eq!(said("environment"), "zk-kafka");
        assert_eq!(said("service"), "kafka");
        assert_eq!(said("container --json"), "\"kafka-2\"");
        assert_eq!(said("host"), "192.168.10.2");
        assert_eq!(said("host --ip"), "192.168.10.2");
        assert_eq!(said("port broker"), "9092");
        assert_eq!(said("port broker --json"), "9092");
        assert_eq!(said("port data"), "8000-8005");
        assert_eq!(said("port data --json"), "\"8000-8005\"");
        assert_eq!(said("port unknown --default 42"), "42");
        assert_eq!(said("ports"), "BAD=many\nBROKER=9092\nDATA=8000-8005");
    }

    #[test]
    fn where_others_are() {
        assert_eq!(said("nodes zookeeper"), "192.168.10.1");
        assert_eq!(said("nodes zookeeper client peer"), "192.168.10.1:2181:2888");
        assert_eq!(said("nodes kafka broker"), "192.168.10.1:9092\n192.168.10.2:9093\n192.168.10.3:9094");
        assert_eq!(said("nodes kafka --separator ,"), "192.168.10.1,192.168.10.2,192.168.10.3");
        assert_eq!(said("nodes zookeeper client --json"), "[\"192.168.10.1:2181\"]");
        assert_eq!(said("nodes nobody --minimum 0 --json"), "[]");
        assert_eq!(said("host-of kafka kafka-1"), "192.168.10.1");
        assert_eq!(said("port-of zookeeper zk-node-1 peer"), "2888");
        assert_eq!(said("internal-port-of kafka kafka-2 broker"), "9092");
        assert_eq!(said("port-of zookeeper zk-node-1 jmx --default=7199"), "7199");
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        assert_eq!(
            said("port brokr"),
            "error: no internal port brokr is known for container kafka-2 of service kafka; it has BAD, BROKER, DATA"
        );
        assert_eq!(said("port bad"), "error: KAFKA_KAFKA_2_BAD_INTERNAL_PORT is `many`, which is not a port");
        assert_eq!(
            said("port-of zookeeper zk-node-2 client"),
            "error: no port client is known for container zk-node-2 of service zookeeper; its containers are zk-node-1"
        );
        assert_eq!(
            said("host-of mysql db-1"),
            "error: no host is known for container db-1 of service mysql; services that are known are KAFKA, \
             ZOOKEEPER; `requires` or `wants_info` in the file makes another known"
        );
        assert_eq!(said("nodes kafka --minimum 4"), "error: service kafka has 3 instances, but 4 are needed");
        assert_eq!(
            said("nodes zookeeper admin"),
            "error: no port admin is known for container zk-node-1 of service zookeeper; it has CLIENT, PEER"
        );
    }

    #[test]
    fn outside_a_container_of_maestro() {
        assert_eq!(said_with(&[], "environment"), "local");
        assert_eq!(
            said_with(&[], "service"),
            "error: the service's name is not known: SERVICE_NAME is not set, so Maestro did not make this container"
        );
        assert_eq!(
            said_with(&[], "nodes web"),
            "error: no instance of service web is known; no service is known, so Maestro did not make this container"
        );
    }

    #[test]
    fn what_is_no_question() {
        assert_eq!(
            said("nodse kafka"),
            "usage: there is no question `nodse`; `maestro guest --help` lists them"
        );
        assert_eq!(said("port"), "usage: port wants a NAME: `maestro guest port NAME [--default N]`");
        assert_eq!(said("service x"), "usage: service wants nothing more, but there is `x`");
        assert_eq!(said("service --default 1"), "usage: service has no option --default");
        assert_eq!(said("port a --default x"), "usage: --default wants a port's number, but there is `x`");
        assert_eq!(said("nodes a --minimum"), "usage: --minimum wants a value");
        assert!(said("--help").contains("internal-port-of SERVICE CONTAINER PORT"));
    }
}
