//! `port-forward`: ports of this machine that lead to an instance.

use std::{net::IpAddr, sync::Arc};

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::cli::{
    args::{Output, PortForwardArgs, PortPair},
    error::{End, Problem},
    fleet::Fleet,
    only,
    session::Session,
    signals::Signals,
};
use maestro_core::{
    model::{
        InstanceId,
        container::{Port, Protocol},
    },
    observed::{ContainerState, InstanceState},
};
use maestro_engine::{
    Engine,
    connect::PortWay,
    observe::Question,
    transport::{Stream, ssh::forward},
};
use maestro_report::{explain, json, problem::CommandProblem, text::harmless};

pub(in crate::cli) async fn run(session: &Session, args: &PortForwardArgs) -> Result<End, Problem> {
    let id = only::instance(session, &args.instance, "")?;
    let environment = &session.environment;
    let instance = environment.instance(id);
    let ship = environment.ship(instance.ship);
    let fleet = session.connect_and_observe(&[id].into(), Question::default()).await?;
    session.ship_notes(&fleet.told())?;
    let (is_on_host, engine) = running(session, &fleet, id)?;
    let way = Arc::new(session.routes().routes.port_way(ship));
    let mut listeners = Vec::new();
    for &pair in &args.ports {
        let target = Target {
            engine: Arc::clone(&engine),
            way: Arc::clone(&way),
            container: instance.container_name().to_owned(),
            is_on_host,
            published: published(session, id, pair.inside),
            port: pair.inside,
        };
        if matches!(*way, PortWay::Published) && target.published.is_none() {
            return Err(not_published(session, id, pair));
        }
        listeners.push((listen(args.address, pair).await?, Arc::new(target)));
    }
    for (listener, target) in &listeners {
        tell(session, &instance.name, &ship.name, listener, target.port)?;
    }
    serve(session, listeners).await
}

/// Passes connections on until a signal comes.
async fn serve(session: &Session, listeners: Vec<(TcpListener, Arc<Target>)>) -> Result<End, Problem> {
    let mut signals = Signals::take()?;
    let (failed, mut failures) = tokio::sync::mpsc::unbounded_channel();
    for (listener, target) in listeners {
        let failed = failed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, failed) = (Arc::clone(&target), failed.clone());
                tokio::spawn(async move {
                    if let Err(why) = pass(client, &target).await {
                        failed.send(why).ok();
                    }
                });
            }
        });
    }
    loop {
        tokio::select! {
            biased;
            number = signals.next() => return Ok(End::Signal(number)),
            Some(why) = failures.recv() => session.warn(&why)?,
        }
    }
}

/// Whether the container of an instance, which runs, is on its ship's own network; and its engine.
fn running(session: &Session, fleet: &Fleet, id: InstanceId) -> Result<(bool, Arc<dyn Engine>), Problem> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let ship = environment.ship(instance.ship);
    let by_label = fleet.observed.by_label(environment);
    match (by_label.instance(environment, id), &fleet.engines[instance.ship.0]) {
        (InstanceState::Ours(container), Some(engine)) if container.state == ContainerState::Running => {
            Ok((container.on_host_network, Arc::clone(engine)))
        }
        (InstanceState::Unreachable { reason }, _) => {
            let problem = CommandProblem::new(harmless(&explain::ship::unreachable(&ship.name, reason)));
            Err(Problem::ended(problem, End::Unreachable))
        }
        (InstanceState::Unmanaged(_), _) => {
            let text =
                format!("{}: its ship has a container of this name, but it is unmanaged", instance.name);
            Err(Problem::ended(CommandProblem::new(harmless(&text)), End::Refused))
        }
        (InstanceState::Ours(_) | InstanceState::Absent | InstanceState::Unknown, _) => {
            let text = format!("{} does not run on ship {}", instance.name, ship.name);
            let start = format!("`{} start {}`", session.invocation, harmless(&instance.name));
            Err(Problem::ended(CommandProblem::new(harmless(&text)).help(start), End::Failed))
        }
    }
}

/// Where connections lead.
struct Target {
    engine: Arc<dyn Engine>,
    way: Arc<PortWay>,
    /// Its name: a container that takes its place has the same.
    container: String,
    is_on_host: bool,
    /// Where the port is published: address and port.
    published: Option<(String, u16)>,
    port: u16,
}

/// Where other machines reach a port of an instance, as the file says.
fn published(session: &Session, id: InstanceId, port: u16) -> Option<(String, u16)> {
    let instance = session.environment.instance(id);
    let ship = session.environment.ship(instance.ship);
    // Which port the engine has chosen is not known here.
    let is_usable = |one: &&Port| one.protocol == Protocol::Tcp && !one.is_chosen_by_engine();
    let mut ports = instance.container.ports.iter().filter(is_usable);
    let found = ports.find(|one| (one.container..one.container.saturating_add(one.count)).contains(&port))?;
    let number = found.host.checked_add(port - found.container)?;
    Some((ship.address.clone(), number))
}

fn not_published(session: &Session, id: InstanceId, pair: PortPair) -> Problem {
    let instance = session.environment.instance(id);
    let ship = &session.environment.ship(instance.ship).name;
    let text = format!("port {} of {} is not published on ship {ship}", pair.inside, instance.name);
    let problem = CommandProblem::new(harmless(&text))
        .note("the ship's engine is reached over TCP, which leads to published ports only")
        .help(format!(
            "publish it in the file (`ports: {{NAME: {}}}`), or reach the ship over SSH (`host: ssh://…`)",
            pair.inside
        ));
    Problem::ended(problem, End::Failed)
}

async fn listen(address: IpAddr, pair: PortPair) -> Result<TcpListener, Problem> {
    TcpListener::bind((address, pair.local)).await.map_err(|error| {
        let text = format!("port {} of this machine cannot be opened: {error}", pair.local);
        let problem =
            CommandProblem::new(text).help(format!("choose another: `0:{}` takes any", pair.inside));
        Problem::ended(problem, End::Failed)
    })
}

fn tell(
    session: &Session,
    instance: &str,
    ship: &str,
    listener: &TcpListener,
    port: u16,
) -> Result<(), Problem> {
    let address = listener.local_addr()?;
    if session.output == Output::Json {
        let line = json!({
            "version": 1,
            "instance": instance,
            "ship": ship,
            "address": address.ip().to_string(),
            "local": address.port(),
            "port": port,
        });
        return session.print(&json::line(&session.hidden(line))?);
    }
    session
        .print(&harmless(&format!("{address} leads to port {port} of {instance} on {ship}; Ctrl-C ends it")))
}

/// Passes on what a client and the container say, until both are done. Otherwise says why not.
async fn pass(mut client: TcpStream, target: &Target) -> Result<(), String> {
    let hosts = match target.engine.addresses(&target.container).await {
        Ok(addresses) => addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        Err(error) => return Err(explain::engine::sentence(error.fault())),
    };
    let inside = if target.is_on_host { Some("127.0.0.1".to_owned()) } else { hosts.into_iter().next() };
    let nowhere = || format!("{} has no address: it does not run", target.container);
    let mut through = None;
    let mut stream = match (&*target.way, &target.published) {
        (PortWay::ThisMachine, _) => direct(&inside.ok_or_else(nowhere)?, target.port).await?,
        (PortWay::Published, Some((host, port))) => direct(host, *port).await?,
        (PortWay::Published, None) => return Err(nowhere()),
        (PortWay::Login(master), _) => {
            let forwarded = forward(master, &inside.ok_or_else(nowhere)?, target.port).await;
            let forwarded = forwarded.map_err(|error| explain::connection::sentence(&error.fault))?;
            let (stream, refusal) = forwarded.parts();
            through = Some(refusal);
            stream
        }
    };
    // Either side may hang up without a word.
    let passed = tokio::io::copy_bidirectional(&mut client, &mut stream).await;
    let has_answered = passed.as_ref().is_ok_and(|(_, answered)| *answered > 0);
    match through.filter(|_| !has_answered).and_then(|refusal| refusal()) {
        Some(why) => Err(format!(
            "the SSH server did not open the connection: {why}; allow it there (`AllowTcpForwarding`), or publish the port"
        )),
        None => Ok(()),
    }
}

/// Connects from this machine.
async fn direct(host: &str, port: u16) -> Result<Box<dyn Stream>, String> {
    match TcpStream::connect((host, port)).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(format!("{host}:{port}: {error}")),
    }
}
