//! `port-forward`: ports of this machine that lead to an instance.

use std::{net::IpAddr, sync::Arc};

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use super::exec::none_runs;
use crate::cli::{
    args::{Output, PortForwardArgs, PortPair},
    error::{End, Problem},
    only,
    running::find,
    session::Session,
    signals::Signals,
};
use maestro_core::model::{
    Instance, InstanceId, Ship,
    container::{Port, Protocol},
};
use maestro_engine::{
    Engine,
    connect::PortWay,
    transport::{
        Stream,
        ssh::{PORTS_AT_ONCE, PortConnection, PortRoute, open_port, port_route},
        tcp,
    },
};
use maestro_report::{explain, json, problem::CommandProblem, text::harmless};

pub(in crate::cli) async fn run(session: &Session, args: &PortForwardArgs) -> Result<End, Problem> {
    let id = only::instance(session, &args.instance, "")?;
    let environment = &session.environment;
    let instance = environment.instance(id);
    if instance.swarm.is_some() {
        let problem = CommandProblem::new(format!(
            "{} is a service of a Swarm, whose tasks have no port of their own",
            instance.name
        ));
        return Err(Problem::bad_input(problem.help("publish the port with `ports`, and connect to a node")));
    }
    let found = find(session, &[format!("instance/{}", instance.name)]).await?;
    session.ship_notes(&found.fleet.told())?;
    let Some(container) = found.containers.iter().find_map(|found| found.as_ref().ok()) else {
        return Err(none_runs(&found, "no port was opened"));
    };
    // A container that is still to be moved is on another ship than the file says.
    let ship = environment.ship(container.ship);
    let way = Arc::new(way(session, ship, id, args).await?);
    let mut listeners = Vec::new();
    for &pair in &args.ports {
        let target = Target {
            engine: Arc::clone(&container.engine),
            way: Arc::clone(&way),
            container: instance.container_name().to_owned(),
            is_on_host: container.is_on_host,
            published: published(instance, ship, pair.inside),
            port: pair.inside,
        };
        if matches!(*way, PortWay::Published) && target.published.is_none() {
            return Err(not_published(instance, ship, pair));
        }
        listeners.push((listen(args.address, pair).await?, Arc::new(target)));
    }
    for (listener, target) in &listeners {
        tell(session, &instance.name, &ship.name, listener, target.port)?;
    }
    serve(session, listeners).await
}

/// How the ports are reached. A ship whose SSH server forwards nothing is one that is reached at published ports only,
/// if it has no command of Docker's that passes connections on.
async fn way(
    session: &Session,
    ship: &Ship,
    id: InstanceId,
    args: &PortForwardArgs,
) -> Result<PortWay, Problem> {
    let instance = session.environment.instance(id);
    let way = session.routes().routes.port_way(ship);
    let PortWay::Login(master) = &way else { return Ok(way) };
    match port_route(master).await {
        Ok(PortRoute::Forwarded) => {}
        Ok(PortRoute::DockerCommand) => session.note(&harmless(&format!(
            "the SSH server of ship {} forwards no ports, so `docker` there passes connections on, {PORTS_AT_ONCE} at \
             once; others wait",
            ship.name
        )))?,
        Ok(PortRoute::None(why)) => {
            let mut pairs = args.ports.iter();
            if let Some(pair) = pairs.find(|pair| published(instance, ship, pair.inside).is_none()) {
                return Err(not_forwarded(instance, ship, *pair, &why));
            }
            session.note(&harmless(&format!(
                "the SSH server of ship {} forwards no ports, so connections go to the published port",
                ship.name
            )))?;
            return Ok(PortWay::Published);
        }
        Err(error) => {
            let why = explain::connection::sentence(&error.fault);
            let text = format!("ship {}: {why}", ship.name);
            return Err(Problem::ended(CommandProblem::new(harmless(&text)), End::Unreachable));
        }
    }
    Ok(way)
}

fn not_forwarded(instance: &Instance, ship: &Ship, pair: PortPair, why: &str) -> Problem {
    let ship = &ship.name;
    let text = format!("port {} of {} is not reached on ship {ship}", pair.inside, instance.name);
    let note = format!(
        "the ship's SSH server forwards no ports ({why}), it has no command `docker`, and the port is not published"
    );
    let help = format!(
        "set `AllowTcpForwarding yes` in /etc/ssh/sshd_config of the ship and run `systemctl reload ssh` there; or \
         install the command `docker` there; or publish the port in the file (`ports: {{NAME: {}}}`)",
        pair.inside
    );
    let problem = CommandProblem::new(harmless(&text)).note(harmless(&note)).help(help);
    Problem::ended(problem, End::Failed)
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
fn published(instance: &Instance, ship: &Ship, port: u16) -> Option<(String, u16)> {
    // Which port the engine has chosen is not known here.
    let is_usable = |one: &&Port| one.protocol == Protocol::Tcp && !one.is_chosen_by_engine();
    let mut ports = instance.container.ports.iter().filter(is_usable);
    let found = ports.find(|one| (one.container..one.container.saturating_add(one.count)).contains(&port))?;
    let number = found.host.checked_add(port - found.container)?;
    Some((ship.address.clone(), number))
}

fn not_published(instance: &Instance, ship: &Ship, pair: PortPair) -> Problem {
    let ship = &ship.name;
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
            let opened = open_port(master, &inside.ok_or_else(nowhere)?, target.port).await;
            let PortConnection { stream, refusal } =
                opened.map_err(|error| explain::connection::sentence(&error.fault))?;
            through = Some(refusal);
            stream
        }
    };
    // Either side may hang up without a word.
    let passed = tokio::io::copy_bidirectional(&mut client, &mut stream).await;
    let has_answered = passed.as_ref().is_ok_and(|(_, answered)| *answered > 0);
    match through.filter(|_| !has_answered).and_then(|refusal| refusal()) {
        Some(why) => Err(format!("port {} of {}: {why}", target.port, target.container)),
        None => Ok(()),
    }
}

/// Connects from this machine.
async fn direct(host: &str, port: u16) -> Result<Box<dyn Stream>, String> {
    match tcp::connect((host, port)).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(format!("{host}:{port}: {error}")),
    }
}
