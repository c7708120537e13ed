//! Sentences for the facts of plans and runs. Each fact has one function.

mod action;
pub mod archive;
pub mod barrier;
pub mod blocked;
mod carry;
mod compensation;
pub mod connection;
pub mod difference;
pub mod engine;
pub mod exit_code;
mod explanation;
pub mod failure;
mod greeting;
pub mod lease;
pub mod orphan;
pub mod planned;
pub mod preflight;
pub mod probe;
pub mod pull;
mod readiness;
pub mod reason;
mod refusal;
pub mod registry;
pub mod remark;
pub mod saved;
mod service;
pub mod ship;
mod ssh;
mod tls;
pub mod unchanged;
pub mod unmanaged;
pub mod volume_copy;

use std::collections::BTreeSet;

use maestro_core::{
    model::{
        Environment, Instance, ServiceId,
        network::LABEL_PROJECT,
        selection::{typed_name, typed_service},
    },
    plan::{
        Plan, Step, StepId,
        action::{Action, ContainerAction},
        command::Command,
        place,
    },
    source::Sources,
};

/// What sentences about a run need to know.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The environment that the plan is of.
    pub environment: &'a Environment,
    /// What is carried out.
    pub plan: &'a Plan,
    /// The files that places in the environment are in.
    pub sources: &'a Sources,
    /// How the user calls the program: `maestro -f shop.yaml`.
    pub invocation: &'a str,
    /// What the user typed.
    pub typed: &'a str,
}

impl Context<'_> {
    /// The command that does a step again: `maestro apply web-1`.
    fn again(&self, step: StepId) -> String {
        match self.plan.step(step).instance {
            // It is of the whole environment.
            Some(instance) if !is_rollback(self.plan.command) => {
                let updated = self.updated_by(step).map(|id| typed_service(self.environment, id));
                let name = updated.unwrap_or_else(|| typed_name(self.environment, instance));
                format!("`{} {} {name}`", self.invocation, self.plan.command)
            }
            Some(_) | None => format!("`{} {}`", self.invocation, self.plan.command),
        }
    }

    /// The service before whose update the job of a step runs: it is updated by the same command.
    fn updated_by(&self, step: StepId) -> Option<ServiceId> {
        let environment = self.environment;
        let job = self.declared(step)?.service;
        let of = |step: &Step| Some(environment.instance(step.instance?).service);
        let updated: BTreeSet<ServiceId> = self.plan.steps.iter().filter_map(of).collect();
        let mut updated = updated.into_iter().filter(|id| environment.jobs_before_update(*id).contains(&job));
        updated.next()
    }

    /// What is typed for a step's instance; nothing for what instances share.
    fn typed_instance(&self, step: StepId) -> String {
        let instance = self.plan.step(step).instance;
        instance.map(|id| typed_name(self.environment, id)).unwrap_or_default()
    }

    /// The name of the container of a step's instance.
    fn container(&self, step: StepId) -> &str {
        self.declared(step).map_or("", Instance::container_name)
    }

    /// A step's instance; none for what instances share.
    fn declared(&self, step: StepId) -> Option<&Instance> {
        self.plan.step(step).instance.map(|instance| self.environment.instance(instance))
    }

    /// The signals that the plan sends to the running container of a step's instance, for files that it reads again.
    fn reload_signals(&self, step: StepId) -> &[String] {
        let instance = self.plan.step(step).instance;
        let steps = self.plan.steps.iter().filter(|other| instance.is_some() && other.instance == instance);
        let mut signals = steps.filter_map(|step| {
            let Action::Container(ContainerAction::Reload { signals, .. }) = &step.action else {
                return None;
            };
            Some(signals.as_slice())
        });
        signals.next().unwrap_or_default()
    }

    /// A key of a step's instance as its file calls it: Compose files have names of their own.
    fn word<'f>(&self, step: StepId, field: &'f str) -> &'f str {
        let own = field.split_once('.').map_or(field, |(key, _)| key);
        let of_compose = KEYS.iter().find(|(key, _)| *key == own).map(|(_, of_compose)| *of_compose);
        let span = self.declared(step).and_then(|instance| place::written(instance, field));
        let is_written = |word: &&str| span.is_some_and(|span| self.sources.text(span) == *word);
        of_compose.filter(is_written).unwrap_or(own)
    }

    /// A key with the line of the file that has it, for a field of a step's instance: "`volumes`, maestro.yaml:12".
    fn key(&self, step: StepId, field: &str) -> String {
        let key = self.word(step, field);
        let span = self.declared(step).and_then(|instance| place::written(instance, field));
        match span.map(|span| self.sources.location(span)) {
            Some(location) => format!("`{key}`, {}:{}", location.name, location.line),
            None => format!("`{key}`"),
        }
    }
}

/// Whether the file is a Compose file: its containers and networks have the labels of one.
fn is_of_compose(environment: &Environment) -> bool {
    let mut networks = environment.declared_networks.iter();
    let mut instances = environment.instances.iter();
    networks.any(|network| network.options.labels.contains_key(LABEL_PROJECT))
        || instances.any(|instance| instance.container.labels.contains_key(LABEL_PROJECT))
}

/// Keys that messages name, and what Compose files call them.
const KEYS: &[(&str, &str)] = &[
    ("username", "user"),
    ("net", "network_mode"),
    ("workdir", "working_dir"),
    ("log_driver", "logging"),
    ("log_opt", "logging"),
    ("limits", "mem_limit"),
];

/// A run was interrupted before its first step.
pub const INTERRUPTED_BEFORE: &str =
    "interrupted: no container was touched; the lease is released first. Press Ctrl-C again to abort.";

/// A run was interrupted in its preflight.
pub const INTERRUPTED_IN_PREFLIGHT: &str = "interrupted before the first step: nothing was changed";

/// A container that was verified without a lease has changed meanwhile.
pub const OUTDATED: &str =
    "a container was stopped or removed while it was verified: taking the lease and observing again";

/// Of a run that has made no plan yet.
pub const UNDER_WAY: &str = "asking the ships and making the plan…";

/// What to type after an interrupt.
#[must_use]
pub fn interrupted(context: &Context<'_>) -> String {
    let (typed, status) = (context.typed, format!("`{} status` shows all", context.invocation));
    match context.plan.command {
        // Whoever restarts wants new containers, also of what was restarted already.
        Command::Restart => format!(
            "`{typed}` restarts everything again; `{} apply` replaces only what differs from the file; {status}",
            context.invocation
        ),
        Command::Start
        | Command::Stop
        | Command::Kill
        | Command::Apply
        | Command::Rollback(_)
        | Command::Clean
        | Command::Pull
        | Command::Down
        | Command::Pause
        | Command::Unpause
        | Command::MoveVolumes => format!("`{typed}` continues from here; {status}"),
    }
}

/// What a plan compares with, as people say it: `the file`, `revision 3`.
fn desired(command: Command) -> String {
    match command {
        Command::Rollback(revision) => format!("revision {revision}"),
        Command::Start
        | Command::Stop
        | Command::Kill
        | Command::Restart
        | Command::Apply
        | Command::Clean
        | Command::Pull
        | Command::Down
        | Command::Pause
        | Command::Unpause
        | Command::MoveVolumes => "the file".to_owned(),
    }
}

fn is_rollback(command: Command) -> bool {
    matches!(command, Command::Rollback(_))
}
