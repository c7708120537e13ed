//! What is told of programs that a user talks to, and of those that run in several instances.

use serde_json::json;

use super::{explain, json, logs::LogName, text::harmless};
use maestro_core::fault::EngineFault;

/// An instance without a container.
#[must_use]
pub fn absent(name: &LogName, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!("{instance} has no container on ship {ship}: `{invocation} start {typed}` creates and starts it")
}

/// A service that has no instances, so that nothing can run in one.
#[must_use]
pub fn no_instances(service: &str, invocation: &str) -> String {
    let service = harmless(service);
    format!("{service} has no instances: `{invocation} scale {service}=1` starts one")
}

/// An instance whose container does not run; `status` is the engine's word for that.
#[must_use]
pub fn down(name: &LogName, status: &str, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!(
        "{instance} @{ship} is not running ({}): `{invocation} start {typed}` starts it, \
         `{invocation} logs {typed}` shows its output",
        harmless(status)
    )
}

/// An instance whose processes are frozen.
#[must_use]
pub fn paused(name: &LogName, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!("{instance} @{ship} is paused: `{invocation} unpause {typed}` lets it go on")
}

/// An instance whose program ends again and again; `status` is the engine's word for that.
#[must_use]
pub fn restarting(name: &LogName, status: &str, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!(
        "{instance} @{ship} is not running ({}): `{invocation} logs {typed}` shows why its program ends",
        harmless(status)
    )
}

/// An instance whose name another container has.
#[must_use]
pub fn unmanaged(name: &LogName) -> String {
    let LogName { instance, ship, .. } = name;
    format!(
        "{instance}: ship {ship} has a container of this name, but it is unmanaged; on the ship, \
         `docker exec -it {instance} sh` opens a shell in it"
    )
}

/// Which instance of several a command runs in.
#[must_use]
pub fn chosen(name: &LogName, running: usize) -> String {
    let LogName { instance, ship, .. } = name;
    match running {
        0 | 1 => format!("running in {instance} @{ship}"),
        _ => format!(
            "running in {instance} @{ship}, one of {running} running instances (its name, or `--index N`, chooses \
             another; `--all` runs it in all)"
        ),
    }
}

/// Which task of a service on a Swarm a command runs in.
#[must_use]
pub fn chosen_task(name: &LogName, running: usize) -> String {
    let LogName { instance, ship, .. } = name;
    match running {
        0 | 1 => format!("running in task {instance} @{ship}"),
        _ => format!(
            "running in task {instance} @{ship}, one of {running} (its name, or `--index N`, chooses another; `--all` \
             runs it in all)"
        ),
    }
}

/// A task that was killed, or would be.
#[must_use]
pub fn killed_task(name: &LogName, dry_run: bool) -> String {
    let (LogName { instance, ship, .. }, done) = (name, if dry_run { "would be killed" } else { "killed" });
    harmless(&format!("{instance} @{ship} {done}; the Swarm starts another task in its place")).into_owned()
}

/// A service on a Swarm without a running task of that name.
#[must_use]
pub fn no_such_task(service: &str, task: &str, all: &[LogName]) -> String {
    let all: Vec<String> = all.iter().map(|name| format!("{} @{}", name.instance, name.ship)).collect();
    format!("{service} has no running task `{}`; there are {}", harmless(task), harmless(&all.join(", ")))
}

/// A task on a node that is no ship of the file; its address may not be known.
#[must_use]
pub fn on_unknown_node(task: &str, node: &str, address: &str) -> String {
    let (node, address) = (harmless(node), harmless(if address.is_empty() { node } else { address }));
    format!(
        "{task} runs on node {node} of the Swarm, which is no ship of the file: add it to `ships`, for example \
         `{node}: {{host: \"ssh://{address}\"}}`"
    )
}

/// Which instance of several the user is connected to.
#[must_use]
pub fn attached(name: &LogName, running: usize) -> String {
    let LogName { instance, ship, .. } = name;
    match running {
        0 | 1 => format!("connected to {instance} @{ship}"),
        _ => format!(
            "connected to {instance} @{ship}, one of {running} running instances (its name chooses another)"
        ),
    }
}

/// A one-off container, with the settings of an instance.
#[must_use]
pub fn one_off(name: &LogName, instance: &str) -> String {
    format!("running in {} @{}, with the settings of {instance}", name.instance, name.ship)
}

/// A one-off container that could not be removed.
#[must_use]
pub fn one_off_left(name: &LogName, fault: &EngineFault, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!(
        "{instance} is left on ship {ship}: {}; `{invocation} stop {typed}` and `{invocation} clean {typed}` \
         remove it",
        explain::engine::sentence(fault)
    )
}

/// A one-off container that is kept.
#[must_use]
pub fn one_off_kept(name: &LogName, invocation: &str) -> String {
    let LogName { instance, typed, ship, .. } = name;
    format!("{instance} is kept on ship {ship}: `{invocation} clean {typed}` removes it")
}

/// A one-off container that did not start.
#[must_use]
pub fn one_off_not_started(name: &LogName, fault: &EngineFault) -> String {
    let LogName { instance, ship, .. } = name;
    format!("{instance} was not started on ship {ship}: {}", explain::engine::sentence(fault))
}

/// A one-off container that runs in the background.
#[must_use]
pub fn one_off_in_background(name: &LogName, invocation: &str) -> String {
    let LogName { instance, ship, .. } = name;
    format!(
        "it runs on ship {ship} in the background: `{invocation} logs -f {instance}` follows it, \
         `{invocation} wait {instance}` waits for its end, `{invocation} clean {instance}` removes it then"
    )
}

/// A signal that a program got.
#[must_use]
pub fn signalled(name: &LogName, signal: &str, dry_run: bool) -> String {
    let (LogName { instance, ship, .. }, done) = (name, if dry_run { "would be sent" } else { "sent" });
    harmless(&format!("{instance} @{ship}: {signal} {done}")).into_owned()
}

/// A signal that did not reach a program.
#[must_use]
pub fn not_signalled(name: &LogName, signal: &str, fault: &EngineFault) -> String {
    format!("{}: {signal} was not sent: {}", name.instance, signal_fault(fault))
}

/// Why a signal did not reach a program.
#[must_use]
pub fn signal_fault(fault: &EngineFault) -> String {
    explain::engine::sentence(fault)
}

/// A command as it is named in the sentences below.
#[must_use]
pub fn command(words: &[String]) -> String {
    format!("`{}`", harmless(&words.join(" ")))
}

/// The first program of a container as it is named in the sentences below.
pub const OWN: &str = "its program";

/// A program that the user left.
#[must_use]
pub fn detached(name: &LogName, program: &str) -> String {
    format!("detached: {program} goes on in {}", name.instance)
}

/// A program whose output has ended, and which goes on.
#[must_use]
pub fn runs_on(name: &LogName, program: &str) -> String {
    format!("the output of {program} has ended, but it runs in {}", name.instance)
}

/// A program that a signal separated the user from.
#[must_use]
pub fn left(name: &LogName, program: &str) -> String {
    format!("{program} may still run in {}", name.instance)
}

/// A program whose container ended.
#[must_use]
pub fn container_ended(name: &LogName, program: &str, invocation: &str) -> String {
    let LogName { instance, typed, .. } = name;
    format!(
        "the container of {instance} was stopped or replaced while {program} ran in it; `{invocation} status {typed}` \
         shows what runs now"
    )
}

/// A program that did not start.
#[must_use]
pub fn not_started(name: &LogName, fault: &EngineFault) -> String {
    let LogName { instance, ship, .. } = name;
    format!("{instance} @{ship}: the command did not start: {}", explain::engine::sentence(fault))
}

/// A container without a shell.
#[must_use]
pub fn no_shell(name: &LogName) -> String {
    format!("{} @{}: its container has no `sh` that can be run", name.instance, name.ship)
}

/// A program that the connection to was lost.
#[must_use]
pub fn lost(name: &LogName, fault: &EngineFault) -> String {
    format!("the connection to ship {} was lost: {}", name.ship, explain::engine::sentence(fault))
}

/// How a program ended in one of several instances, if that is worth a word.
#[must_use]
pub fn exited(name: &LogName, code: i64) -> Option<String> {
    (code != 0).then(|| format!("{}: exit code {code}", name.instance))
}

/// How a program ended as an object on a line of its own.
///
/// # Errors
/// None in fact.
pub fn object(
    name: &LogName,
    exit_code: Option<i64>,
    error: Option<&str>,
) -> Result<String, serde_json::Error> {
    json::line(&json!({
        "version": 1,
        "instance": name.instance,
        "service": name.service,
        "ship": name.ship,
        "exit_code": exit_code,
        "error": error,
    }))
}
