//! Links: how each is carried, and what came of trying it.

mod check;
mod row;

use serde_json::{Value, json};

use super::{
    table::{Column, lines},
    text::harmless,
};
pub use row::LinkRow;

use maestro_core::{
    model::{
        Environment, Instance,
        link::{Link, LinkRoute},
    },
    observed::link_check::{LinkCheck, LinkVerdict},
};

/// The columns, and one more of links that were checked.
fn columns(is_checked: bool) -> Vec<Column> {
    let check = is_checked.then_some("CHECK");
    let titles = ["CONSUMER", "SHIP", "NAME", "TARGET"].into_iter().chain(check).chain(["CARRIED BY"]);
    titles.map(Column::left).collect()
}

/// The table of links, and below it what is wrong with each that does not lead to its target.
#[must_use]
pub fn text(environment: &Environment, rows: &[LinkRow<'_>], columns: Option<usize>) -> String {
    let is_checked = rows.iter().any(|row| row.check.is_some());
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(environment, row, is_checked)).collect();
    let mut text = lines(&self::columns(is_checked), &cells, columns);
    let mut wrong = Vec::new();
    for row in rows {
        let consumer = environment.instance(row.consumer);
        for sentence in row.check.map(|check| check::sentences(environment, row, check)).unwrap_or_default() {
            wrong.push(harmless(&format!("{}: {}: {sentence}", consumer.name, row.link.alias)).into_owned());
        }
    }
    if !wrong.is_empty() {
        text.push(String::new());
        text.extend(wrong);
    }
    text.push(String::new());
    text.join("\n")
}

fn cells(environment: &Environment, row: &LinkRow<'_>, is_checked: bool) -> Vec<String> {
    let consumer = environment.instance(row.consumer);
    let mut cells = vec![
        consumer.name.clone(),
        environment.ship(consumer.ship).name.clone(),
        row.link.alias.clone(),
        targets(environment, consumer, row.link),
    ];
    if is_checked {
        cells.push(row.check.map_or("-", check::word).to_owned());
    }
    cells.push(carried(environment, row.link));
    cells
}

/// The targets, each on another ship with its ship.
fn targets(environment: &Environment, consumer: &Instance, link: &Link) -> String {
    let each = link.targets.iter().map(|id| {
        let target = environment.instance(*id);
        if target.ship == consumer.ship {
            return target.name.clone();
        }
        format!("{} on {}", target.name, environment.ship(target.ship).name)
    });
    each.collect::<Vec<_>>().join(", ")
}

fn carried(environment: &Environment, link: &Link) -> String {
    match &link.route {
        LinkRoute::PrivateAlias(network) => format!("alias on network {network}"),
        LinkRoute::NetworkAlias(network) => format!("network alias of {network}"),
        LinkRoute::Bridge => "Docker link on network bridge".to_owned(),
        LinkRoute::Addresses(addresses) => {
            let hosts = format!("/etc/hosts: {}", addresses.join(", "));
            match link.tcp_ports(environment).collect::<Vec<u16>>().as_slice() {
                [] => hosts,
                [port] => format!("{hosts}, port {port}"),
                ports => {
                    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                    format!("{hosts}, ports {}", ports.join(", "))
                }
            }
        }
    }
}

/// The same for programs.
#[must_use]
pub fn json(environment: &Environment, rows: &[LinkRow<'_>]) -> Value {
    let each = rows.iter().map(|row| {
        let consumer = environment.instance(row.consumer);
        let targets = row.link.targets.iter().map(|id| {
            let target = environment.instance(*id);
            json!({ "instance": target.name, "ship": environment.ship(target.ship).name })
        });
        let (carried, network, addresses) = match &row.link.route {
            LinkRoute::PrivateAlias(network) => ("alias", Some(network), &[][..]),
            LinkRoute::NetworkAlias(network) => ("network-alias", Some(network), &[][..]),
            LinkRoute::Bridge => ("docker-link", None, &[][..]),
            LinkRoute::Addresses(addresses) => ("addresses", None, addresses.as_slice()),
        };
        json!({
            "instance": consumer.name,
            "service": environment.service(consumer.service).name,
            "ship": environment.ship(consumer.ship).name,
            "alias": row.link.alias,
            "targets": targets.collect::<Vec<_>>(),
            "carried": carried,
            "network": network,
            "addresses": addresses,
            "ports": row.link.tcp_ports(environment).collect::<Vec<u16>>(),
            "check": row.check.map(|found| check::json(environment, row, found)),
        })
    });
    json!({ "version": 1, "environment": environment.name, "links": each.collect::<Vec<_>>() })
}

/// The worst of what came of links.
#[must_use]
pub fn verdict(rows: &[LinkRow<'_>]) -> LinkVerdict {
    rows.iter().filter_map(|row| row.check).map(LinkCheck::verdict).max().unwrap_or(LinkVerdict::Good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        samples::{environment, span},
        schema,
    };
    use maestro_core::{
        fault::EngineFault,
        model::{InstanceId, ShipId},
        observed::link_check::{ConnectFailure, LinkFault, LinkOutcome, LinkProbeFault, LinkTry},
    };

    const DB: InstanceId = InstanceId(0);

    fn link(alias: &str, route: LinkRoute) -> Link {
        Link { alias: alias.into(), targets: vec![DB], route, span: span() }
    }

    /// What came of one connection to `db-1`.
    fn tried(outcome: LinkOutcome) -> LinkCheck {
        LinkCheck::Tried(vec![LinkTry {
            address: "10.0.0.1".into(),
            port: Some(5432),
            target: Some(DB),
            outcome,
        }])
    }

    #[test]
    fn each_link_is_told_with_what_carries_it() {
        let mut environment = environment();
        let addresses = LinkRoute::Addresses(vec!["10.0.0.1".into(), "10.0.0.3".into()]);
        let links = [
            link("db", LinkRoute::PrivateAlias("maestro-Hello".into())),
            link("sql", LinkRoute::NetworkAlias("hello_default".into())),
            link("old", LinkRoute::Bridge),
            link("far", addresses),
        ];
        let row = |consumer: usize, link| LinkRow { consumer: InstanceId(consumer), link, check: None };
        let rows = [row(1, &links[0]), row(1, &links[1]), row(1, &links[2]), row(2, &links[3])];
        insta::assert_snapshot!(text(&environment, &rows, None), @r"
        CONSUMER  SHIP   NAME  TARGET         CARRIED BY
        web-1     local  db    db-1           alias on network maestro-Hello
        web-1     local  sql   db-1           network alias of hello_default
        web-1     local  old   db-1           Docker link on network bridge
        web-2     far    far   db-1 on local  /etc/hosts: 10.0.0.1, 10.0.0.3
        ");
        // It is published under its own number.
        environment.instances[DB.0].ports[0].host = 5432;
        let told = json(&environment, &rows);
        assert_eq!(schema::undescribed(&told, schema::LINKS), [""; 0]);
        assert_eq!(told["links"][3]["ports"][0], 5432);
        assert_eq!(verdict(&rows), LinkVerdict::Good);
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a line for each outcome")]
    fn what_came_of_each_link_has_a_word_and_a_sentence() {
        let environment = environment();
        let fails = |how, why| tried(LinkOutcome::Fails { how, why });
        let checks = [
            tried(LinkOutcome::Answers),
            tried(LinkOutcome::Known),
            fails(ConnectFailure::Silent, LinkFault::Firewall { from: ShipId(1), to: ShipId(0) }),
            fails(ConnectFailure::Refused, LinkFault::NotListening),
            fails(ConnectFailure::Closed, LinkFault::LoopbackOnly),
            fails(ConnectFailure::NoRoute, LinkFault::NotPublished),
            fails(ConnectFailure::Refused, LinkFault::TargetDown),
            fails(ConnectFailure::Silent, LinkFault::Listening),
            fails(ConnectFailure::Silent, LinkFault::Unknown),
            fails(ConnectFailure::Silent, LinkFault::Unreachable(ShipId(0))),
            LinkCheck::UnknownName,
            LinkCheck::ConsumerDown,
            LinkCheck::Unreachable(ShipId(1)),
            LinkCheck::NotTried(LinkProbeFault::NoProgram("linux/arm64".into())),
            LinkCheck::NotTried(LinkProbeFault::NoImage),
            LinkCheck::NotTried(LinkProbeFault::Refused(EngineFault::Words("no\u{1b}".into()))),
            LinkCheck::NotTried(LinkProbeFault::Garbled("it sings".into())),
            LinkCheck::NotTried(LinkProbeFault::Timeout),
            LinkCheck::NotTried(LinkProbeFault::Interrupted),
        ];
        let link = link("db", LinkRoute::Addresses(vec!["10.0.0.1".into()]));
        let row = |check| LinkRow { consumer: InstanceId(2), link: &link, check: Some(check) };
        let rows: Vec<LinkRow<'_>> = checks.iter().map(row).collect();
        insta::assert_snapshot!(text(&environment, &rows, None), @r"
        CONSUMER  SHIP  NAME  TARGET         CHECK        CARRIED BY
        web-2     far   db    db-1 on local  answers      /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  known        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unreachable  /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  fails        /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  down         /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unreachable  /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1
        web-2     far   db    db-1 on local  unchecked    /etc/hosts: 10.0.0.1

        web-2: db: 10.0.0.1 port 5432: no answer in time; db-1 listens, and ship local publishes the port: a firewall between ship far and ship local stops it; allow TCP port 5432 from far to local
        web-2: db: 10.0.0.1 port 5432: refused; no program of db-1 listens there
        web-2: db: 10.0.0.1 port 5432: closed at once; db-1 listens on its loopback address alone: let its program listen on 0.0.0.0
        web-2: db: 10.0.0.1 port 5432: no route; db-1 listens, but its ship does not publish the port: `maestro apply db-1` does
        web-2: db: 10.0.0.1 port 5432: refused; db-1 does not run
        web-2: db: 10.0.0.1 port 5432: no answer in time; db-1 listens there
        web-2: db: 10.0.0.1 port 5432: no answer in time
        web-2: db: 10.0.0.1 port 5432: no answer in time; ship local does not answer, so it is not known why
        web-2: db: the name is not known in the container; db-1 does not run there, or the container was made before the link
        web-2: db: ship far does not answer
        web-2: db: not checked: there is no static program for linux/arm64; put `maestro-guest` for it beside `maestro`, or name it in MAESTRO_GUEST
        web-2: db: not checked: the ship does not have the container's image any more
        web-2: db: not checked: no\u{1b}
        web-2: db: not checked: the program beside the container gave no answer
        web-2: db: not checked: the program beside the container did not end in time
        web-2: db: not checked: interrupted
        ");
        assert_eq!(schema::undescribed(&json(&environment, &rows), schema::LINKS), [""; 0]);
        let verdict = |at: usize| verdict(&rows[at..=at]);
        assert_eq!(
            [0, 2, 9, 11, 12].map(verdict),
            [
                LinkVerdict::Good,
                LinkVerdict::Bad,
                LinkVerdict::Unreachable,
                LinkVerdict::Unused,
                LinkVerdict::Unreachable
            ]
        );
    }
}
