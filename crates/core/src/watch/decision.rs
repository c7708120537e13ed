//! What is done about an instance: tries, each later than the one before, and then no more.

use std::time::Duration;

use super::InstanceCondition;
use crate::value::on_unhealthy::OnUnhealthy;

/// How long something must be wrong before anything is done: a run that stops an instance may be about to write that down,
/// and an engine about to start it again.
const SETTLE: Duration = Duration::from_secs(1);

/// How often something is tried, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealLimits {
    /// How many tries there are.
    pub tries: u32,
    /// How long the second try comes after the first; each further one takes twice as long.
    pub backoff: Duration,
    /// The longest time between two tries.
    pub longest: Duration,
    /// How long an instance has to be ready to count as recovered.
    pub stable: Duration,
}

impl Default for HealLimits {
    fn default() -> Self {
        Self {
            tries: 5,
            backoff: Duration::from_secs(10),
            longest: Duration::from_secs(300),
            stable: Duration::from_secs(60),
        }
    }
}

impl HealLimits {
    /// How long after a try the next one comes.
    #[must_use]
    pub fn after(&self, tries: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1).min(31));
        self.backoff.saturating_mul(doubled).min(self.longest)
    }
}

/// What is known of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealFacts {
    /// How it is.
    pub condition: InstanceCondition,
    /// What its file says.
    pub policy: OnUnhealthy,
    /// Whether an instance that it requires does not work either: that comes first.
    pub is_behind: bool,
    /// Whether a Swarm keeps it up.
    pub is_swarm: bool,
}

/// How an instance is healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealMethod {
    /// It has no container, and gets one.
    Create,
    /// Its container is started again.
    Start,
    /// Its container is stopped and started again.
    Restart,
    /// It gets a new container.
    Replace,
}

impl HealMethod {
    /// Its word in JSON and metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Replace => "replace",
        }
    }

    /// All words.
    pub const WORDS: [&str; 4] = ["create", "start", "restart", "replace"];
}

/// What is done about an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealDecision {
    /// Nothing: all is well, or nothing can be done.
    Nothing,
    /// Something may be done then.
    WaitUntil(Duration),
    /// This, now.
    Heal(HealMethod),
    /// Nothing more: all tries are used up.
    GiveUp,
}

/// What was found out about an instance while it was watched. Times are since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WatchedInstance {
    /// How it was last.
    pub condition: Option<InstanceCondition>,
    /// Since when it does not work.
    pub(super) broken_since: Option<Duration>,
    /// Since when it is ready.
    pub(super) ready_since: Option<Duration>,
    /// How often it was tried to heal it since it was well for a while.
    pub tries: u32,
    /// When the last try ended.
    pub(super) tried: Option<Duration>,
    /// Whether it was told that it does not work.
    pub(super) is_told: bool,
    /// Whether it was told that nothing more is tried.
    pub has_given_up: bool,
}

impl WatchedInstance {
    /// Takes in how it is now; tells whether that is another condition than before.
    pub fn observe(&mut self, condition: InstanceCondition, now: Duration) -> bool {
        let is_new = self.condition != Some(condition);
        self.condition = Some(condition);
        match condition {
            condition if condition.is_broken() => {
                self.broken_since.get_or_insert(now);
                self.ready_since = None;
            }
            condition if condition.is_well() => {
                self.broken_since = None;
                self.ready_since.get_or_insert(now);
                // It is wanted so, whatever was before.
                if condition == InstanceCondition::Stopped {
                    *self =
                        Self { condition: self.condition, ready_since: self.ready_since, ..Self::default() };
                }
            }
            // Of what is between, nothing is known.
            _ => (self.broken_since, self.ready_since) = (None, None),
        }
        is_new
    }

    /// Whether it has to be told now that it does not work: once until it recovers.
    pub fn is_to_be_told(&mut self, now: Duration) -> bool {
        let is_due = !self.is_told && self.broken_since.is_some_and(|since| now >= since + SETTLE);
        self.is_told |= is_due;
        is_due
    }

    /// Whether it has recovered just now from what was told.
    pub fn has_recovered(&mut self, limits: HealLimits, now: Duration) -> bool {
        if self.ready_since.is_none_or(|since| now < since + limits.stable) {
            return false;
        }
        let is_told = self.is_told;
        (self.tries, self.tried, self.is_told, self.has_given_up) = (0, None, false, false);
        is_told
    }

    /// When the time alone makes a difference next.
    #[must_use]
    pub fn due(&self, limits: HealLimits) -> Option<Duration> {
        let told = self.broken_since.filter(|_| !self.is_told).map(|since| since + SETTLE);
        let has_history = self.tries > 0 || self.is_told || self.has_given_up;
        let recovered = self.ready_since.filter(|_| has_history).map(|since| since + limits.stable);
        told.or(recovered)
    }

    /// Takes in that a try has ended.
    pub fn tried(&mut self, now: Duration) {
        self.tries = self.tries.saturating_add(1);
        self.tried = Some(now);
    }

    /// When the next try comes, if there was one.
    #[must_use]
    pub fn retry_at(&self, limits: HealLimits) -> Option<Duration> {
        self.tried.map(|tried| tried + limits.after(self.tries))
    }

    /// What is done about it now.
    #[must_use]
    pub fn decide(&self, facts: HealFacts, limits: HealLimits, now: Duration) -> HealDecision {
        let HealFacts { condition, policy, is_behind, is_swarm } = facts;
        let Some(method) = method(condition, policy) else { return HealDecision::Nothing };
        if is_behind || is_swarm || self.has_given_up {
            return HealDecision::Nothing;
        }
        if self.tries >= limits.tries {
            return HealDecision::GiveUp;
        }
        let settled = self.broken_since.unwrap_or(now) + SETTLE;
        let turn = self.tried.map_or(settled, |tried| settled.max(tried + limits.after(self.tries)));
        if now < turn { HealDecision::WaitUntil(turn) } else { HealDecision::Heal(method) }
    }
}

/// What is done about an instance in this condition; none if nothing is.
fn method(condition: InstanceCondition, policy: OnUnhealthy) -> Option<HealMethod> {
    let replaces = match policy {
        OnUnhealthy::Notify => return None,
        OnUnhealthy::Restart => false,
        OnUnhealthy::Replace => true,
    };
    match condition {
        InstanceCondition::Absent => Some(HealMethod::Create),
        InstanceCondition::Down(_) | InstanceCondition::Unhealthy if replaces => Some(HealMethod::Replace),
        InstanceCondition::Down(_) => Some(HealMethod::Start),
        InstanceCondition::Unhealthy => Some(HealMethod::Restart),
        InstanceCondition::Ready
        | InstanceCondition::Starting
        | InstanceCondition::Restarting
        | InstanceCondition::TasksMissing
        | InstanceCondition::Paused
        | InstanceCondition::Completed
        | InstanceCondition::JobFailed(_)
        | InstanceCondition::Stopped
        | InstanceCondition::Unmanaged
        | InstanceCondition::Changing
        | InstanceCondition::OnOldShip
        | InstanceCondition::NotDeployed
        | InstanceCondition::ShipLost => None,
    }
}
