//! How an instance is, as far as `watch` is concerned.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    model::{Environment, InstanceId, ShipId},
    observed::{Age, Container, ContainerState, InstanceState, Observed},
    plan::moves::on_old_ship,
};

/// How often the checks of an instance have to fail, one after the other, before it counts as unhealthy: as often as those
/// of Docker.
pub const FAILURES: u32 = 3;

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceCondition {
    /// It runs, and nothing says that it does not work.
    Ready,
    /// It was started a moment ago, and its checks have not passed yet.
    Starting,
    /// It runs, and its health check or its checks say that it does not work.
    Unhealthy,
    /// Its container is down, with this exit code if it is known.
    Down(Option<i64>),
    /// It has no container.
    Absent,
    /// Its engine starts it again, as its restart policy says.
    Restarting,
    /// It is a service on a Swarm, not all of whose tasks run.
    TasksMissing,
    /// Somebody has paused it.
    Paused,
    /// It has ended as it should: a job, or a container whose end is no failure.
    Completed,
    /// It is a job that failed.
    JobFailed(Option<i64>),
    /// It was stopped on purpose.
    Stopped,
    /// A container of its name is not this environment's.
    Unmanaged,
    /// It is about to be something else: its container is being removed.
    Changing,
    /// Its container is still on another ship.
    OnOldShip,
    /// Its ship has nothing of the environment: nobody has brought it up, or somebody has taken it down.
    NotDeployed,
    /// Its ship does not answer.
    ShipLost,
}

impl InstanceCondition {
    /// Its word in JSON and metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Unhealthy => "unhealthy",
            Self::Down(_) => "down",
            Self::Absent => "absent",
            Self::Restarting => "restarting",
            Self::TasksMissing => "tasks-missing",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::JobFailed(_) => "job-failed",
            Self::Stopped => "stopped",
            Self::Unmanaged => "unmanaged",
            Self::Changing => "changing",
            Self::OnOldShip => "on-old-ship",
            Self::NotDeployed => "not-deployed",
            Self::ShipLost => "ship-lost",
        }
    }

    /// All words.
    pub const WORDS: [&str; 16] = [
        "ready",
        "starting",
        "unhealthy",
        "down",
        "absent",
        "restarting",
        "tasks-missing",
        "paused",
        "completed",
        "job-failed",
        "stopped",
        "unmanaged",
        "changing",
        "on-old-ship",
        "not-deployed",
        "ship-lost",
    ];

    /// Whether it has a container of its own on its ship.
    #[must_use]
    pub const fn has_container(self) -> bool {
        match self {
            Self::Ready
            | Self::Starting
            | Self::Unhealthy
            | Self::Down(_)
            | Self::Restarting
            | Self::TasksMissing
            | Self::Paused
            | Self::JobFailed(_)
            | Self::Changing => true,
            Self::Absent
            | Self::Completed
            | Self::Stopped
            | Self::Unmanaged
            | Self::OnOldShip
            | Self::NotDeployed
            | Self::ShipLost => false,
        }
    }

    /// Whether it is as it should be.
    #[must_use]
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Ready | Self::Completed | Self::Stopped)
    }

    /// Whether something can be done about it.
    #[must_use]
    pub const fn is_healable(self) -> bool {
        matches!(self, Self::Unhealthy | Self::Down(_) | Self::Absent)
    }

    /// Whether somebody should know, if it stays so.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        self.is_healable()
            || matches!(self, Self::Restarting | Self::TasksMissing | Self::JobFailed(_) | Self::Unmanaged)
    }
}

/// What the checks of an instance have said since its container was started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckHistory {
    /// The container that was checked.
    pub container: String,
    /// Whether they have ever passed.
    pub has_passed: bool,
    /// How often they have failed since they passed last.
    pub failures: u32,
}

impl CheckHistory {
    /// Takes in one try.
    pub fn take(&mut self, container: &str, has_passed: bool) {
        if self.container != container {
            *self = Self { container: container.to_owned(), ..Self::default() };
        }
        self.has_passed |= has_passed;
        self.failures = if has_passed { 0 } else { self.failures.saturating_add(1) };
    }
}

/// The conditions of all instances at one moment.
pub struct InstanceConditions<'a> {
    environment: &'a Environment,
    observed: &'a Observed,
    elsewhere: HashSet<InstanceId>,
    deployed: HashMap<ShipId, bool>,
}

impl<'a> InstanceConditions<'a> {
    /// Of what engines said, with its containers [by label](Observed::by_label).
    #[must_use]
    pub fn new(environment: &'a Environment, observed: &'a Observed) -> Self {
        let deployed = environment.ship_ids().map(|ship| {
            (ship, observed.holdings(ship).is_some_and(|holdings| holdings.has_any_of(&environment.name)))
        });
        let elsewhere = on_old_ship(environment, observed).into_keys().collect();
        Self { environment, observed, elsewhere, deployed: deployed.collect() }
    }

    /// How an instance is.
    #[must_use]
    pub fn of(&self, id: InstanceId, checks: &BTreeMap<InstanceId, CheckHistory>) -> InstanceCondition {
        let instance = self.environment.instance(id);
        let Some(holdings) = self.observed.holdings(instance.ship) else {
            return InstanceCondition::ShipLost;
        };
        if self.elsewhere.contains(&id) {
            return InstanceCondition::OnOldShip;
        }
        let state = self.observed.instance(self.environment, id);
        let is_up = matches!(state, InstanceState::Ours(container) if container.state.is_up());
        if !is_up && holdings.stopped.instances.contains(&instance.name) {
            return InstanceCondition::Stopped;
        }
        match state {
            InstanceState::Unreachable { .. } | InstanceState::Unknown => InstanceCondition::ShipLost,
            InstanceState::Unmanaged(_) => InstanceCondition::Unmanaged,
            InstanceState::Absent if !self.deployed.get(&instance.ship).is_some_and(|is| *is) => {
                InstanceCondition::NotDeployed
            }
            // A job that has ended may have been removed.
            InstanceState::Absent if instance.is_job() => InstanceCondition::Completed,
            InstanceState::Absent => InstanceCondition::Absent,
            InstanceState::Ours(container) => self.of_container(id, container, checks.get(&id)),
        }
    }

    fn of_container(
        &self,
        id: InstanceId,
        container: &Container,
        checks: Option<&CheckHistory>,
    ) -> InstanceCondition {
        let instance = self.environment.instance(id);
        match container.state {
            ContainerState::Paused => InstanceCondition::Paused,
            ContainerState::Restarting if instance.swarm.is_some() => InstanceCondition::TasksMissing,
            ContainerState::Restarting => InstanceCondition::Restarting,
            ContainerState::Removing | ContainerState::Other(_) => InstanceCondition::Changing,
            ContainerState::Running if container.is_unhealthy() => InstanceCondition::Unhealthy,
            ContainerState::Running => of_checks(container, checks),
            ContainerState::Created | ContainerState::Exited | ContainerState::Dead => {
                let code = exit_code(container);
                match instance.is_job() {
                    true if container.has_completed(instance) => InstanceCondition::Completed,
                    true => InstanceCondition::JobFailed(code),
                    false if instance.may_end && code == Some(0) => InstanceCondition::Completed,
                    false => InstanceCondition::Down(code),
                }
            }
        }
    }
}

fn of_checks(container: &Container, checks: Option<&CheckHistory>) -> InstanceCondition {
    let Some(checks) = checks.filter(|checks| checks.container == container.id) else {
        return InstanceCondition::Ready;
    };
    let is_young = container.age() != Age::Settled;
    match checks.failures {
        0 => InstanceCondition::Ready,
        1.. if !checks.has_passed && is_young => InstanceCondition::Starting,
        failures if failures < FAILURES => {
            if checks.has_passed {
                InstanceCondition::Ready
            } else {
                InstanceCondition::Starting
            }
        }
        _ => InstanceCondition::Unhealthy,
    }
}

/// The exit code, as the engine's list has it: `Exited (137) 5 seconds ago`.
fn exit_code(container: &Container) -> Option<i64> {
    let rest = container.status.strip_prefix("Exited (")?;
    rest.split_once(')')?.0.parse().ok()
}
