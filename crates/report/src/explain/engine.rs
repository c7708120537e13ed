//! What goes wrong between Maestro and an engine.

use super::connection;
use crate::labels::count;
use maestro_core::fault::{
    EngineFault, HookFault, LeaseFault, LostAnswer, Malformed, ManagerFault, ShipFault, StepFault, SwarmFault,
};

/// Why an engine did not do what was asked, as a clause.
#[must_use]
pub fn sentence(fault: &EngineFault) -> String {
    match fault {
        EngineFault::Words(words) => words.clone(),
        EngineFault::Status(status) => {
            format!("the engine answered with HTTP status {status} and no words")
        }
        EngineFault::Connection(fault) => connection::sentence(fault),
        EngineFault::Lost { address, cause } => format!("the answer of {address} was lost: {}", lost(cause)),
        EngineFault::Malformed { address, cause } => {
            format!("the answer of {address} is not understood: {}", malformed(cause))
        }
        EngineFault::Silent { address, within } => connection::silent(address, *within),
        EngineFault::NoProgress(time) => format!("no progress for {} s", time.as_secs_f64()),
        EngineFault::Gone => "it is gone".to_owned(),
        EngineFault::RestartPolicy(name) => {
            format!("the restart policy {name:?} is none of no, always, on-failure and unless-stopped")
        }
        EngineFault::RemovedAtOnce(name) => format!("somebody removed {name} as soon as it was created"),
        EngineFault::ImageChanged { image, times } => {
            format!("{image} was given to another image {times} times in a row")
        }
        EngineFault::NoClock => "the engine tells no time".to_owned(),
        EngineFault::VolumeUnstable(name) => {
            format!("the volume {name} was made and removed faster than it could be looked at")
        }
        EngineFault::Lease(fault) => lease(fault),
        EngineFault::Step(fault) => step(fault),
        EngineFault::Swarm(fault) => swarm(fault),
        EngineFault::NoManager(all) => {
            let each = all.iter().map(manager).collect::<Vec<_>>().join("; ");
            format!("none of its {} can be asked: {each}", count(all.len(), "manager"))
        }
    }
}

/// Why nothing is known of a ship, as a clause.
#[must_use]
pub fn ship(fault: &ShipFault) -> String {
    match fault {
        ShipFault::NoAnswer(fault)
        // These begin with who answered, and their cause.
        | ShipFault::Error(
            fault @ (EngineFault::Connection(_) | EngineFault::Malformed { .. } | EngineFault::Lost { .. }),
        ) => sentence(fault),
        ShipFault::Error(EngineFault::Status(status)) => {
            format!("its engine answered with HTTP status {status} and no words")
        }
        ShipFault::Error(fault) => format!("its engine answered with an error: {}", sentence(fault)),
        ShipFault::NoLease(fault) => format!("its engine gave no lease: {}", sentence(fault)),
    }
}

fn lost(cause: &LostAnswer) -> String {
    match cause {
        LostAnswer::Failed(words) => words.clone(),
        LostAnswer::HungUp => "the engine hung up while it was waited".to_owned(),
        LostAnswer::BuildEnded => "the builder ended without a word about the image".to_owned(),
        LostAnswer::EventsEnded => "the engine ended its stream of events".to_owned(),
        LostAnswer::NoUpgrade => {
            "something between here and the engine does not pass on `Upgrade: tcp`, which a program's input needs"
                .to_owned()
        }
        LostAnswer::TooLong(limit) => format!("its answer is longer than {limit} bytes"),
        LostAnswer::AllTooLong(limit) => {
            format!("the engines have answered more than {limit} bytes to this command")
        }
    }
}

fn malformed(cause: &Malformed) -> String {
    match cause {
        Malformed::Content(words) => words.clone(),
        Malformed::NotHttp(words) => format!("it does not speak HTTP ({words})"),
        Malformed::LongMessage(limit) => format!("a message longer than {limit} bytes"),
        Malformed::LongEvent(limit) => format!("an event is longer than {limit} bytes"),
        Malformed::NoFrames => "its log is not made of frames".to_owned(),
    }
}

fn lease(fault: &LeaseFault) -> String {
    match fault {
        LeaseFault::Ring => "the volumes of its lease stand for each other in a ring".to_owned(),
        LeaseFault::ChangedHands => "the lease changed hands faster than it could be asked for".to_owned(),
        LeaseFault::Creating { environment, container } => format!(
            "a run of {environment} was killed while it created {container}, and its engine has not finished that"
        ),
        LeaseFault::Killing { environment, container } => format!(
            "a run of {environment} was killed while it stopped {container}, and whether that stop is over cannot be \
             known: its engine has killed the program and has not seen it end"
        ),
        LeaseFault::Stopping => "a killed run's stop may still be under way".to_owned(),
    }
}

/// What a command in a container ended with.
pub(super) fn hook(fault: &HookFault) -> String {
    let HookFault { key, program, exit_code, last_line } = fault;
    let line = last_line.as_ref().map(|line| format!(": {line}")).unwrap_or_default();
    format!("`{program}` of `{key}` ended with exit code {exit_code}{line}")
}

/// Why one of several managers is not asked: `tcp://10.0.0.5:2375: …`. Most faults name the address themselves.
pub(super) fn manager(fault: &ManagerFault) -> String {
    let words = match &fault.fault {
        EngineFault::Swarm(SwarmFault::NoSwarm) => "the engine is in no Swarm".to_owned(),
        EngineFault::Swarm(SwarmFault::NotManager) => "the engine is a worker of its Swarm".to_owned(),
        other => sentence(other),
    };
    if words.contains(&fault.address) { words } else { format!("{}: {words}", fault.address) }
}

fn swarm(fault: &SwarmFault) -> String {
    match fault {
        SwarmFault::NoSwarm => {
            "the engine is in no Swarm; run `docker swarm init` there, or remove `swarm: true`".to_owned()
        }
        SwarmFault::NotManager => {
            "the engine is a worker of its Swarm; give the address of a manager (`docker node ls` on a manager lists them)"
                .to_owned()
        }
        SwarmFault::OtherSwarm => "the engine is a manager of another Swarm".to_owned(),
        SwarmFault::NoLeader => {
            "the Swarm's managers have no leader: start more of them, more than half have to be up".to_owned()
        }
        SwarmFault::OnlyForContainers(operation) => {
            format!("`{operation}` is for containers, and a Swarm has services")
        }
        SwarmFault::ServiceGone(service) => format!("the service {service} does not exist any more"),
        SwarmFault::NotStored { kind, name } => {
            format!("the Swarm has no {kind} `{name}`; create it, or correct its name")
        }
        SwarmFault::TasksLeft(number) => {
            format!("{} did not end in time", count(*number, "task"))
        }
    }
}

fn step(fault: &StepFault) -> String {
    match fault {
        StepFault::SuccessorGone => {
            "the container that was to take its place was removed by somebody else".to_owned()
        }
        StepFault::PredecessorGone => {
            "the old container was removed by somebody else; the new one is kept".to_owned()
        }
        StepFault::NetworkReplaced(name) => {
            format!("network {name} is not this environment's any more: somebody replaced it")
        }
        StepFault::VolumeReplaced(name) => {
            format!("volume {name} is not this environment's any more: somebody replaced it")
        }
        StepFault::ImageNamed { id, name } => {
            format!("image {id} has the name {name} by now: somebody else uses it")
        }
        StepFault::OtherRecord(volume) => {
            format!("a volume {volume} is there already, and says something else")
        }
        StepFault::NotLeftBehind(volume) => {
            format!("the volume {volume} is not recorded as left behind any more")
        }
        StepFault::NotRecorded { volume, revision } => {
            format!("the volume {volume} does not record revision {revision} of this environment any more")
        }
        StepFault::RecordTooLarge { size, limit } => {
            format!("what runs takes {size} KiB to write down, and a record has room for {limit} KiB")
        }
        StepFault::NotAsPlanned(instance) => format!(
            "the container of {instance} is not there any more, or was made from something else meanwhile"
        ),
        StepFault::Hook(fault) => hook(fault),
        StepFault::NameKept { name, fault } => name_kept(name, fault),
    }
}

/// An engine keeps the name of a container that does not exist.
pub(super) fn name_kept(name: &str, fault: &EngineFault) -> String {
    format!("it keeps the name `{name}`, but has no container of that name ({})", sentence(fault))
}
