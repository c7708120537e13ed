use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::*;
use crate::{
    EngineError,
    scripted::{Scripted, json, pong},
};
use futures_util::future::join_all;
use maestro_core::{
    fault::{EngineFault, SwarmFault},
    model::ManagerAddress,
    source::{Sources, Span},
};

fn ship(endpoint: Endpoint) -> Ship {
    Ship {
        name: "local".into(),
        address: "localhost".into(),
        endpoint,
        timeout: Duration::from_secs(5),
        api_version: None,
        labels: std::collections::BTreeMap::new(),
        drain: false,
        swarm: false,
        managers: Vec::new(),
        span: None,
    }
}

fn loopback(port: u16) -> Ship {
    ship(Endpoint::Tcp { host: "localhost".into(), port })
}

async fn connect_with(ship: &Ship, environment: &BTreeMap<String, String>, socket: &Path) -> Connection {
    let mut routes = Routes::new(&Arc::new(environment.clone()));
    socket.clone_into(&mut routes.default_socket);
    routes.connect(ship).await
}

fn an_engine() -> Scripted {
    Scripted::new(|request| match request {
        "GET /_ping" => pong("1.41"),
        _ => json(200, "[]"),
    })
}

/// A port that nothing listens on.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn socket_in(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("docker.sock")
}

#[tokio::test]
async fn a_loopback_ship_that_refuses_is_reached_through_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let socket = socket_in(&directory);
    let server = an_engine();
    server.on_unix(&socket);
    let port = free_port();
    let connection = connect_with(&loopback(port), &BTreeMap::new(), &socket).await;
    assert_eq!(
        connection.remark,
        Some(ShipNote::StandIn {
            ship: "local".into(),
            address: format!("tcp://localhost:{port}"),
            socket: socket.display().to_string(),
        })
    );
    assert_eq!(connection.engine.containers().await, Ok(Vec::new()));
    assert_eq!(server.accepted(), 2, "one to see whether it answers, one to use");
}

#[tokio::test]
async fn a_loopback_ship_that_answers_is_taken_at_its_word() {
    let directory = tempfile::tempdir().unwrap();
    let socket = socket_in(&directory);
    let (beside, server) = (an_engine(), an_engine());
    beside.on_unix(&socket);
    let connection = connect_with(&loopback(server.on_tcp().await), &BTreeMap::new(), &socket).await;
    assert_eq!(connection.remark, None);
    assert_eq!(connection.engine.containers().await, Ok(Vec::new()));
    assert_eq!(beside.accepted(), 0);
}

#[tokio::test]
async fn without_a_socket_a_refusal_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let connection = connect_with(&loopback(port), &BTreeMap::new(), &socket_in(&directory)).await;
    assert_eq!(connection.remark, None);
    assert_eq!(
        connection.engine.containers().await,
        Err(EngineError::Unreachable(
            ConnectionFault::PortRefused { address: format!("tcp://localhost:{port}") }.into()
        ))
    );
}

#[tokio::test]
async fn only_loopback_ships_have_a_stand_in() {
    for host in ["localhost", "LocalHost", "127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"] {
        assert!(is_loopback(host), "{host}");
    }
    for host in ["10.0.0.1", "localhost.example", "::2", "0.0.0.0", "ship"] {
        assert!(!is_loopback(host), "{host}");
    }
}

#[tokio::test]
async fn the_local_engine_is_found_by_its_socket() {
    let directory = tempfile::tempdir().unwrap();
    let socket = socket_in(&directory);
    an_engine().on_unix(&socket);
    let connection = connect_with(&ship(Endpoint::Local), &BTreeMap::new(), &socket).await;
    assert_eq!(connection.engine.containers().await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_address_that_is_not_understood_is_told_by_every_call() {
    let environment = BTreeMap::from([("DOCKER_HOST".to_owned(), "shh://ship".to_owned())]);
    let connection = connect(&ship(Endpoint::Local), &environment).await;
    let error = connection.engine.start("web-1").await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Unreachable(EngineFault::Connection(fault))
            if matches!(**fault, ConnectionFault::InvalidAddress(_))),
        "{error:?}"
    );
}

/// An engine that plays that part in a Swarm.
async fn in_a_swarm(part: &'static str) -> ManagerAddress {
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        request if request.ends_with("/info") => json(200, &format!(r#"{{"Swarm": {part}}}"#)),
        _ => json(200, "[]"),
    });
    let endpoint = Endpoint::Tcp { host: "127.0.0.1".into(), port: server.on_tcp().await };
    ManagerAddress { endpoint, span: Span::new(Sources::default().add("site.yaml", ""), 0..0) }
}

/// Which of these engines is asked as the manager, and which faults the others have.
async fn asked(
    parts: &[&'static str],
) -> (Result<String, EngineError>, Option<(Option<usize>, Vec<EngineFault>)>) {
    let managers = join_all(parts.iter().map(|part| in_a_swarm(part))).await;
    let ship = Ship { swarm: true, managers: managers.clone(), ..ship(managers[0].endpoint.clone()) };
    let directory = tempfile::tempdir().unwrap();
    let connection = connect_with(&ship, &BTreeMap::new(), &socket_in(&directory)).await;
    let at = |address: &str| managers.iter().position(|one| one.endpoint.to_string() == address);
    let note = connection.remark.map(|note| match note {
        ShipNote::Managers { asked, others, .. } => {
            (asked.and_then(|asked| at(&asked)), others.into_iter().map(|one| one.fault).collect())
        }
        other => panic!("{other:?}"),
    });
    (connection.engine.identity().await, note)
}

#[tokio::test]
async fn the_first_engine_that_is_a_manager_is_asked_and_the_others_are_told() {
    const MANAGER: &str =
        r#"{"LocalNodeState": "active", "ControlAvailable": true, "Cluster": {"ID": "x1"}}"#;
    const WORKER: &str = r#"{"LocalNodeState": "active", "ControlAvailable": false}"#;
    const NONE: &str = r#"{"LocalNodeState": "inactive"}"#;
    let of = || Ok("swarm:x1".to_owned());
    assert_eq!(asked(&[MANAGER, WORKER]).await, (of(), None));
    let [worker, none] = [SwarmFault::NotManager, SwarmFault::NoSwarm].map(EngineFault::from);
    let others = vec![none.clone(), worker.clone()];
    assert_eq!(asked(&[NONE, WORKER, MANAGER]).await, (of(), Some((Some(2), others))));
    let (identity, told) = asked(&[WORKER, NONE]).await;
    assert_eq!(told, Some((None, vec![worker, none])));
    let Err(EngineError::Unreachable(EngineFault::NoManager(all))) = identity else { panic!("{identity:?}") };
    assert_eq!(all.len(), 2);
}
