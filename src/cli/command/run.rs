//! `run`: one command in a container of its own, with the settings of an instance.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use serde_json::json;

use super::{
    exec::{told, values},
    run_job,
};
use crate::cli::{
    args::{Output, RunArgs},
    building::{First, before},
    console::{self, LocalConsole},
    copying::ProgressLine,
    error::{End, Problem},
    fleet::{Fleet, reason},
    only,
    session::Session,
    signals::Signals,
};
use maestro_core::{
    model::{
        Instance, InstanceId, Required, ShipId,
        container::Mount,
        graph::requirements,
        one_off::{OneOff, one_off_name},
        registry::{Retry, entry_for},
        selection::typed_name,
    },
    observed::{InstanceState, ShipState},
};
use maestro_engine::{
    AttachOptions, EngineError,
    credentials::{Credentials, FoundLogin},
    observe::Question,
};
use maestro_report::{
    explain::{engine as explain_engine, pull as explain_pull, registry, ship as explain},
    json,
    logs::LogName,
    problem::CommandProblem,
    programs,
    retry::next_try,
    run_state::{Amount, Transfer},
    text::harmless,
};
use maestro_run::{
    execute::pull::PullAgain,
    operations::programs::{Console, NotMade, OneOffContainer, OneOffRequest, ProgramEnd, PullUpdate},
};

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &RunArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let selected = session.select_named(std::slice::from_ref(&args.thing))?;
    let Some(&id) = selected.first() else {
        let text = programs::no_instances(&args.thing, &session.invocation);
        return Err(Problem::bad_input(CommandProblem::new(text)));
    };
    if !args.is_of_its_own() && selected.iter().all(|id| environment.instance(*id).is_job()) {
        let (built, _) = before(session, &selected, First::Missing, false).await?;
        return if built == End::Done {
            run_job::run(session, &args.thing, selected).await
        } else {
            Ok(built)
        };
    }
    if session.output == Output::Json && !args.detach {
        let problem = CommandProblem::new("`run` prints what the program writes as it is, which is no JSON");
        return Err(Problem::bad_input(problem.help("leave `--output json` out")));
    }
    let (built, _) = before(session, &BTreeSet::from([id]), First::Missing, false).await?;
    if built != End::Done {
        return Ok(built);
    }
    in_its_own_container(session, args, id).await
}

/// Runs the command in a one-off container with the settings of this instance.
async fn in_its_own_container(
    session: &Arc<Session>,
    args: &RunArgs,
    id: InstanceId,
) -> Result<End, Problem> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let named = args.ship.as_deref().map(|name| only::ship(session, name)).transpose()?;
    let ship = named.unwrap_or(instance.ship);
    let terminal = !args.terminal.no_tty && !args.detach && console::is_terminal();
    let one_off = one_off(session, args, instance, terminal)?;
    let required = required(session, instance);
    let mut ships: BTreeSet<ShipId> = required.iter().map(|id| environment.instance(*id).ship).collect();
    ships.insert(ship);
    let question = Question { networks: true, ..Question::default() };
    let fleet = session.connect_and_observe_ships(&ships, question).await;
    require(session, &fleet, instance, &required)?;
    require_networks(session, &fleet, id, ship)?;
    let name = LogName {
        instance: one_off.name.clone(),
        typed: one_off.name.clone(),
        service: Some(environment.service(instance.service).name.clone()),
        ship: environment.ship(ship).name.clone(),
    };
    let engine = match (fleet.observed.ship(ship), &fleet.engines[ship.0]) {
        (ShipState::Unreachable { reason }, _) => return Err(unreachable(&name, reason)),
        (ShipState::Answering(_) | ShipState::NotAsked, Some(engine)) => engine.clone(),
        (ShipState::Answering(_) | ShipState::NotAsked, None) => return Ok(End::Unreachable),
    };
    if !args.detach && (instance.name != args.thing || args.command.is_empty()) {
        session.note(&programs::one_off(&name, &instance.name))?;
    }
    let image = instance.container.image.as_str();
    let found = Credentials::new(&session.variables).find(environment, image).await;
    let request = OneOffRequest {
        engine,
        name: one_off.name.clone(),
        spec: one_off.spec(instance),
        names: one_off.names(environment),
        files: instance.files.clone(),
        login: found.login.clone(),
        retry: entry_for(&environment.registries, image)
            .map_or_else(Retry::default, |known| known.retry.clone()),
    };
    let container = match created(session, request, image, instance.stop_timeout).await? {
        Ok(container) => container,
        Err(why) => return Err(not_made(&name, image, &found, why)),
    };
    if args.detach {
        return in_background(session, &name, &instance.name, &container).await;
    }
    to_its_end(session, args, &name, &container, terminal).await
}

/// Starts the container and leaves it running.
async fn in_background(
    session: &Session,
    name: &LogName,
    instance: &str,
    container: &OneOffContainer,
) -> Result<End, Problem> {
    if let Err(error) = container.start().await {
        // The first error says more.
        let _ = container.remove().await;
        let text = programs::one_off_not_started(name, error.fault());
        return Err(Problem::ended(CommandProblem::new(text), End::from(&error)));
    }
    session.print(&match session.output {
        Output::Json => {
            json::line(&json!({ "container": name.instance, "instance": instance, "ship": name.ship }))?
        }
        Output::Text | Output::Markdown => harmless(&name.instance).into_owned(),
    })?;
    session.note(&programs::one_off_in_background(name, &session.invocation))?;
    Ok(End::Done)
}

/// Creates the container; shows how the pull of its image goes. A signal ends it.
async fn created(
    session: &Session,
    request: OneOffRequest,
    image: &str,
    stop_timeout: Duration,
) -> Result<Result<OneOffContainer, NotMade>, Problem> {
    let line = ProgressLine::new(session, &format!("pull {image}"));
    let mut transfer = Transfer::default();
    let mut noted = Ok(());
    let mut told = |update| match update {
        PullUpdate::Amount(amount) => {
            transfer.take(line.time(), Amount::Pulled(amount));
            line.show(&transfer.text(line.time()));
        }
        PullUpdate::Again(PullAgain { attempt, attempts, pause, fault }) => {
            line.end();
            let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            let again = next_try(attempt, attempts, pause, &explain_pull::fault(fault));
            noted = session.note(&harmless(&format!("pull {image}: {again}")));
        }
    };
    let made = request.create(stop_timeout, &mut told).await;
    line.end();
    noted.map(|()| made)
}

/// Runs the container with the user's terminal or pipes, and removes it.
async fn to_its_end(
    session: &Session,
    args: &RunArgs,
    name: &LogName,
    container: &OneOffContainer,
    terminal: bool,
) -> Result<End, Problem> {
    let mut signals = Signals::take()?;
    let keys = &args.terminal.detach_keys;
    let options = AttachOptions {
        terminal,
        input: true,
        size: if terminal { console::size() } else { None },
        detach_keys: Some(keys.text().to_owned()),
    };
    let (local, console) = LocalConsole::open(terminal, true, terminal.then(|| keys.clone()))?;
    let (end, signal) = connected(container, &options, console, &mut signals).await;
    let is_left = end == ProgramEnd::Detached;
    let written = local.close().await;
    if !is_left && !args.keep {
        if let Err(error) = container.remove().await {
            session.note(&programs::one_off_left(name, error.fault(), &session.invocation))?;
        }
    } else if !is_left {
        session.note(&programs::one_off_kept(name, &session.invocation))?;
    }
    let ended = told(session, name, programs::OWN, end, written)?;
    Ok(signal.map_or(ended, End::Signal))
}

/// Stays connected to its end. The first signal stops the container, the second leaves what is then removed.
async fn connected(
    container: &OneOffContainer,
    options: &AttachOptions,
    console: Console,
    signals: &mut Signals,
) -> (ProgramEnd, Option<u8>) {
    let running = container.run(options, console);
    tokio::pin!(running);
    let number = tokio::select! {
        end = &mut running => return (end, None),
        number = signals.next() => number,
    };
    let stopped = async {
        match container.stop().await {
            Ok(()) => running.await,
            Err(error) => ProgramEnd::Lost(error),
        }
    };
    tokio::select! {
        end = stopped => (end, Some(number)),
        number = signals.next() => (ProgramEnd::ContainerEnded, Some(number)),
    }
}

/// What it has otherwise than its instance.
fn one_off(
    session: &Session,
    args: &RunArgs,
    instance: &Instance,
    terminal: bool,
) -> Result<OneOff, Problem> {
    // Its keys come from the system's random numbers.
    let random = RandomState::new().build_hasher().finish();
    let entrypoint = args.entrypoint.as_deref().map(|words| {
        shlex::split(words).ok_or_else(|| {
            let problem = CommandProblem::new("a quote in the value of `--entrypoint` does not end");
            Problem::bad_input(problem.help("write it as a shell would take it: `--entrypoint 'sh -c'`"))
        })
    });
    Ok(OneOff {
        name: one_off_name(instance, &format!("{:04x}", random & 0xffff)),
        command: (!args.command.is_empty()).then(|| args.command.clone()),
        entrypoint: entrypoint.transpose()?,
        user: args.program.user.clone(),
        workdir: args.program.workdir.clone(),
        variables: values(session, &args.program.variables),
        mounts: args.mounts.iter().map(|text| mount(text)).collect::<Result<_, _>>()?,
        ports: args.service_ports,
        terminal,
        in_background: args.detach,
    })
}

/// `SOURCE:PATH` or `SOURCE:PATH:MODE`.
fn mount(text: &str) -> Result<Mount, Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, mode) = match parts.as_slice() {
        [source, target] => (*source, *target, "rw"),
        [source, target, mode] => (*source, *target, *mode),
        _ => ("", "", ""),
    };
    let is_source = source.starts_with('/') || !source.contains('/');
    if source.is_empty() || !is_source || source.starts_with('.') || !target.starts_with('/') {
        let problem = CommandProblem::new(format!("`-v {}` is no mount", harmless(text)));
        let help = "write `-v /PATH/ON/THE/SHIP:/PATH/INSIDE` or `-v VOLUME:/PATH/INSIDE`, with `:ro` behind it for reading alone";
        return Err(Problem::bad_input(problem.help(help)));
    }
    Ok(Mount { source: source.to_owned(), target: target.to_owned(), mode: mode.to_owned() })
}

/// The instances that an instance and its service require.
fn required(session: &Session, instance: &Instance) -> BTreeSet<InstanceId> {
    let environment = &session.environment;
    let all = requirements(environment.service(instance.service), instance);
    // The jobs of hooks have to do with updates.
    let own = all.filter(|requirement| !requirement.by.is_update_hook());
    let each = own.flat_map(|requirement| match requirement.on {
        Required::Instance(id) => vec![id],
        Required::Service(id) => environment.service(id).instances.clone(),
    });
    each.collect()
}

/// Refuses a command whose instance requires something that does not run.
fn require(
    session: &Session,
    fleet: &Fleet,
    instance: &Instance,
    required: &BTreeSet<InstanceId>,
) -> Result<(), Problem> {
    let environment = &session.environment;
    let observed = fleet.observed.by_label(environment);
    let missing = required.iter().filter(|&&id| match observed.instance(environment, id) {
        InstanceState::Ours(container) => {
            !container.state.is_up() && !container.has_completed(environment.instance(id))
        }
        InstanceState::Absent
        | InstanceState::Unmanaged(_)
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => true,
    });
    let missing: Vec<InstanceId> = missing.copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|id| environment.instance(*id).name.as_str()).collect();
    let typed: Vec<String> = missing.iter().map(|id| typed_name(environment, *id)).collect();
    let text = format!("{} requires {}, which does not run", instance.name, names.join(", "));
    let help = format!("`{} start {}` starts it", session.invocation, typed.join(" "));
    Err(Problem::Command {
        problems: vec![CommandProblem::new(text).help(help)],
        outcome: Some("nothing was run"),
        end: End::Failed,
    })
}

/// Refuses a command whose container would have no network: `run` makes nothing that stays.
fn require_networks(session: &Session, fleet: &Fleet, id: InstanceId, ship: ShipId) -> Result<(), Problem> {
    let instance = session.environment.instance(id);
    let there = fleet.observed.holdings(ship).and_then(|holdings| holdings.networks.as_ref());
    let Some(there) = there else { return Ok(()) };
    let Some(missing) = instance.container.networks().find(|network| !there.contains_key(*network)) else {
        return Ok(());
    };
    let help = if ship == instance.ship {
        format!("`{} apply {}` creates it", session.invocation, typed_name(&session.environment, id))
    } else {
        "leave `--ship` out, or choose a ship that has instances of this environment".to_owned()
    };
    let ship = &session.environment.ship(ship).name;
    let text = harmless(&format!("network {missing} does not exist on ship {ship}")).into_owned();
    Err(Problem::Command {
        problems: vec![CommandProblem::new(text).help(help)],
        outcome: Some("nothing was run"),
        end: End::Failed,
    })
}

fn unreachable(name: &LogName, reason: &maestro_core::fault::ShipFault) -> Problem {
    let problem = CommandProblem::new(explain::unreachable(&name.ship, reason));
    Problem::Command { problems: vec![problem], outcome: Some("nothing was run"), end: End::Unreachable }
}

/// The problem that there is no container.
fn not_made(name: &LogName, image: &str, found: &FoundLogin, why: NotMade) -> Problem {
    match why {
        NotMade::NotCreated(error) => match error {
            EngineError::Unreachable(_) | EngineError::ResponseLost(_) => unreachable(name, &reason(&error)),
            EngineError::NotFound(_) | EngineError::Conflict(_) | EngineError::Refused(_) => {
                let words = explain_engine::sentence(error.fault());
                let text = format!("{} was not created on ship {}: {words}", name.instance, name.ship);
                Problem::ended(CommandProblem::new(text), End::Failed)
            }
        },
        NotMade::NotPulled { fault, words, tries } => {
            let refusal = found.refusal(image, fault);
            let cause = registry::cause(&refusal, &name.ship);
            let after = if tries > 1 { format!(", {tries} times") } else { String::new() };
            let text = format!("image {image} was not pulled{after}: {cause}");
            let problem = CommandProblem::new(harmless(&text))
                .note(format!("the engine says: {}", explain_engine::sentence(&words)))
                .help(registry::next(&refusal, &name.ship));
            Problem::ended(problem, End::Failed)
        }
    }
}
