//! What `watch` tells: a line for each event, one sentence for auditors, and JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{explain::engine, labels::count, text::harmless};
use maestro_core::{
    model::{Environment, InstanceId, ShipId},
    watch::{HealMethod, InstanceCondition, InstanceDrift, WatchEvent, WatchOutcome},
};

/// What the sentences need to know.
#[derive(Debug, Clone, Copy)]
pub struct WatchContext<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// How the user calls the program: `maestro -f shop.yaml`.
    pub invocation: &'a str,
    /// Why the last run failed, if it did.
    pub reason: Option<&'a str>,
}

impl WatchContext<'_> {
    fn name(&self, id: InstanceId) -> String {
        harmless(&self.environment.instance(id).name).into_owned()
    }

    fn place(&self, id: InstanceId) -> String {
        let instance = self.environment.instance(id);
        format!("{} on {}", self.name(id), harmless(&self.environment.ship(instance.ship).name))
    }

    fn ship(&self, ship: ShipId) -> String {
        harmless(&self.environment.ship(ship).name).into_owned()
    }
}

/// The lines that tell an event; none if others say the same.
#[must_use]
pub fn lines(context: WatchContext<'_>, event: &WatchEvent) -> Vec<String> {
    match event {
        WatchEvent::Began { ships, instances, well } => vec![format!(
            "watching {}: {}, {}, {well} as declared",
            harmless(&context.environment.name),
            count(*ships, "ship"),
            count(*instances, "instance")
        )],
        WatchEvent::ShipLost(ship, reason) => {
            vec![format!("ship {}: unreachable: {}", context.ship(*ship), harmless(&engine::ship(reason)))]
        }
        WatchEvent::ShipBack(ship) => vec![format!("ship {}: answers again", context.ship(*ship))],
        WatchEvent::Changed { instance, from, to } => changed(context, *instance, *from, *to),
        WatchEvent::Broken(..) => Vec::new(),
        WatchEvent::Healing { instance, method, number, of } => {
            vec![format!("{}: {} (try {number} of {of})", context.place(*instance), doing(*method))]
        }
        WatchEvent::Healed { instance, outcome, took } => {
            vec![format!("{}: {}", context.place(*instance), healed(context, *outcome, *took))]
        }
        WatchEvent::GaveUp { instance, tries } => {
            vec![format!("{}: {}", context.place(*instance), gave_up(context, *instance, *tries))]
        }
        WatchEvent::Recovered(instance) => vec![format!("{}: recovered", context.place(*instance))],
        WatchEvent::Waits { ship, user, host, command } => vec![format!(
            "waiting: `{}` of {}@{} holds the lease on ship {}",
            harmless(command),
            harmless(user),
            harmless(host),
            context.ship(*ship)
        )],
        WatchEvent::GoesOn => vec!["the lease is free again".to_owned()],
        WatchEvent::Drifted(drift) => drifted(context, drift),
        WatchEvent::Applying => vec!["applying the file".to_owned()],
        WatchEvent::Applied { outcome, took } => vec![applied(context, *outcome, *took)],
    }
}

fn changed(
    context: WatchContext<'_>,
    instance: InstanceId,
    from: Option<InstanceCondition>,
    to: InstanceCondition,
) -> Vec<String> {
    // Its ship says so.
    let is_of_ship = to == InstanceCondition::ShipLost
        || from == Some(InstanceCondition::ShipLost) && to == InstanceCondition::Ready
        // Of a beginning, what is well is a number.
        || from.is_none() && matches!(to, InstanceCondition::Ready | InstanceCondition::Completed);
    if is_of_ship { Vec::new() } else { vec![format!("{}: {}", context.place(instance), condition(to))] }
}

/// How an instance is.
#[must_use]
pub fn condition(condition: InstanceCondition) -> String {
    let code = |code: Option<i64>| code.map_or_else(String::new, |code| format!(", exit code {code}"));
    match condition {
        InstanceCondition::Ready => "ready".to_owned(),
        InstanceCondition::Starting => "started, not ready yet".to_owned(),
        InstanceCondition::Unhealthy => "unhealthy".to_owned(),
        InstanceCondition::Down(exit) => format!("down{}", code(exit)),
        InstanceCondition::Absent => "container does not exist".to_owned(),
        InstanceCondition::Restarting => "restarted by its engine".to_owned(),
        InstanceCondition::TasksMissing => "not all of its tasks run".to_owned(),
        InstanceCondition::Paused => "paused".to_owned(),
        InstanceCondition::Completed => "completed".to_owned(),
        InstanceCondition::JobFailed(exit) => format!("job failed{}", code(exit)),
        InstanceCondition::Stopped => "stopped on purpose".to_owned(),
        InstanceCondition::Unmanaged => "another container has its name".to_owned(),
        InstanceCondition::Changing => "its container is being removed".to_owned(),
        InstanceCondition::OnOldShip => "still on another ship".to_owned(),
        InstanceCondition::NotDeployed => "not deployed".to_owned(),
        InstanceCondition::ShipLost => "its ship is unreachable".to_owned(),
    }
}

fn doing(method: HealMethod) -> &'static str {
    match method {
        HealMethod::Create => "creating its container",
        HealMethod::Start => "starting its container",
        HealMethod::Restart => "restarting its container",
        HealMethod::Replace => "replacing its container",
    }
}

fn healed(context: WatchContext<'_>, outcome: WatchOutcome, took: Duration) -> String {
    match outcome {
        WatchOutcome::Done => format!("healed in {:.1} s", took.as_secs_f64()),
        WatchOutcome::NotNeeded => "no longer needed".to_owned(),
        WatchOutcome::Failed => match context.reason {
            Some(reason) => format!("not healed: {}", harmless(reason)),
            None => "not healed".to_owned(),
        },
        WatchOutcome::Busy => "another run holds the lease; nothing was changed".to_owned(),
        WatchOutcome::Interrupted => "interrupted".to_owned(),
        WatchOutcome::DryRun => "nothing was changed (--dry-run)".to_owned(),
    }
}

fn gave_up(context: WatchContext<'_>, instance: InstanceId, tries: u32) -> String {
    let times = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
    format!(
        "not healed after {times}; nothing more is tried until it recovers or the file changes (`{} logs {}`)",
        context.invocation,
        context.name(instance)
    )
}

fn drifted(context: WatchContext<'_>, drift: &[InstanceDrift]) -> Vec<String> {
    if drift.is_empty() {
        return vec!["nothing differs from the file any more".to_owned()];
    }
    let each = drift.iter().map(|one| {
        let fields: Vec<_> = one.fields.iter().map(|field| harmless(field)).collect();
        format!("{}: differs from the file: {}", context.place(one.instance), fields.join(", "))
    });
    each.collect()
}

fn applied(context: WatchContext<'_>, outcome: WatchOutcome, took: Duration) -> String {
    match outcome {
        WatchOutcome::Done => format!("applied in {:.1} s", took.as_secs_f64()),
        WatchOutcome::NotNeeded => "all is as declared".to_owned(),
        WatchOutcome::Failed => match context.reason {
            Some(reason) => format!("apply failed: {}", harmless(reason)),
            None => "apply failed".to_owned(),
        },
        WatchOutcome::Busy | WatchOutcome::Interrupted | WatchOutcome::DryRun => {
            healed(context, outcome, took)
        }
    }
}

/// What auditors are told: the action in a word, the instances, a sentence, and whether it is a failure. None of what they
/// need not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchNotice {
    /// `down`, `recovered`.
    pub action: &'static str,
    /// What it is about.
    pub instances: Vec<InstanceId>,
    /// The sentence.
    pub text: String,
    /// Whether something is wrong.
    pub is_failure: bool,
}

/// What auditors are told of an event.
#[must_use]
pub fn notice(context: WatchContext<'_>, event: &WatchEvent) -> Option<WatchNotice> {
    let on_ship = |ship: ShipId| {
        let ids = context.environment.instance_ids();
        ids.filter(|id| context.environment.instance(*id).ship == ship).collect()
    };
    let text = |event: &WatchEvent| lines(context, event).join("\n");
    let (action, instances, text, is_failure) = match event {
        WatchEvent::Broken(id, how) => {
            (how.word(), vec![*id], format!("{}: {}", context.place(*id), condition(*how)), true)
        }
        WatchEvent::GaveUp { instance, .. } => ("given-up", vec![*instance], text(event), true),
        WatchEvent::Recovered(id) => ("recovered", vec![*id], text(event), false),
        WatchEvent::ShipLost(ship, _) => ("ship-lost", on_ship(*ship), text(event), true),
        WatchEvent::ShipBack(ship) => ("ship-back", on_ship(*ship), text(event), false),
        WatchEvent::Drifted(drift) => {
            let ids = drift.iter().map(|one| one.instance).collect();
            ("drift", ids, text(event), !drift.is_empty())
        }
        WatchEvent::Applied { outcome: WatchOutcome::Done, .. } => {
            ("applied", context.environment.instance_ids().collect(), text(event), false)
        }
        WatchEvent::Applied { outcome: WatchOutcome::Failed, .. } => {
            ("apply-failed", context.environment.instance_ids().collect(), text(event), true)
        }
        WatchEvent::Began { .. }
        | WatchEvent::Changed { .. }
        | WatchEvent::Healing { .. }
        | WatchEvent::Healed { .. }
        | WatchEvent::Waits { .. }
        | WatchEvent::GoesOn
        | WatchEvent::Applying
        | WatchEvent::Applied {
            outcome:
                WatchOutcome::NotNeeded | WatchOutcome::Busy | WatchOutcome::Interrupted | WatchOutcome::DryRun,
            ..
        } => return None,
    };
    Some(WatchNotice { action, instances, text, is_failure })
}

/// An event as an object, without its time.
#[must_use]
pub fn json(context: WatchContext<'_>, event: &WatchEvent) -> Value {
    let mut object = rest(context, event);
    if let Some(id) = instance(event) {
        let instance = context.environment.instance(id);
        object["instance"] = json!(instance.name);
        object["ship"] = json!(context.environment.ship(instance.ship).name);
    }
    object
}

/// The instance that an event is about.
fn instance(event: &WatchEvent) -> Option<InstanceId> {
    match event {
        WatchEvent::Changed { instance, .. }
        | WatchEvent::Healing { instance, .. }
        | WatchEvent::Healed { instance, .. }
        | WatchEvent::GaveUp { instance, .. }
        | WatchEvent::Broken(instance, _)
        | WatchEvent::Recovered(instance) => Some(*instance),
        WatchEvent::Began { .. }
        | WatchEvent::ShipLost(..)
        | WatchEvent::ShipBack(_)
        | WatchEvent::Waits { .. }
        | WatchEvent::GoesOn
        | WatchEvent::Drifted(_)
        | WatchEvent::Applying
        | WatchEvent::Applied { .. } => None,
    }
}

fn exit_code(condition: InstanceCondition) -> Option<i64> {
    if let InstanceCondition::Down(code) | InstanceCondition::JobFailed(code) = condition {
        code
    } else {
        None
    }
}

/// What an event says beside its instance.
fn rest(context: WatchContext<'_>, event: &WatchEvent) -> Value {
    let ship = |ship: ShipId| &context.environment.ship(ship).name;
    match event {
        WatchEvent::Began { ships, instances, well } => json!({
            "event": "began", "environment": context.environment.name,
            "ships": ships, "instances": instances, "as_declared": well,
        }),
        WatchEvent::ShipLost(lost, reason) => {
            json!({ "event": "ship-lost", "ship": ship(*lost), "reason": engine::ship(reason) })
        }
        WatchEvent::ShipBack(back) => json!({ "event": "ship-back", "ship": ship(*back) }),
        WatchEvent::Changed { from, to, .. } => json!({
            "event": "changed", "from": from.map(InstanceCondition::word), "to": to.word(),
            "exit_code": exit_code(*to),
        }),
        WatchEvent::Broken(_, how) => {
            json!({ "event": "broken", "state": how.word(), "exit_code": exit_code(*how) })
        }
        WatchEvent::Healing { method, number, of, .. } => {
            json!({ "event": "healing", "method": method.word(), "try": number, "tries": of })
        }
        WatchEvent::Healed { outcome, took, .. } => ended("healed", context, *outcome, *took),
        WatchEvent::GaveUp { tries, .. } => json!({ "event": "gave-up", "tries": tries }),
        WatchEvent::Recovered(_) => json!({ "event": "recovered" }),
        WatchEvent::Waits { ship: held, user, host, command } => json!({
            "event": "waits", "ship": ship(*held), "user": user, "host": host, "command": command,
        }),
        WatchEvent::GoesOn => json!({ "event": "goes-on" }),
        WatchEvent::Drifted(drift) => {
            let each = drift.iter().map(|one| {
                let instance = context.environment.instance(one.instance);
                json!({ "instance": instance.name, "ship": ship(instance.ship), "fields": one.fields })
            });
            json!({ "event": "drift", "instances": each.collect::<Vec<_>>() })
        }
        WatchEvent::Applying => json!({ "event": "applying" }),
        WatchEvent::Applied { outcome, took } => ended("applied", context, *outcome, *took),
    }
}

fn ended(event: &str, context: WatchContext<'_>, outcome: WatchOutcome, took: Duration) -> Value {
    let reason = context.reason.filter(|_| outcome == WatchOutcome::Failed);
    json!({ "event": event, "outcome": outcome.word(), "seconds": took.as_secs_f64(), "reason": reason })
}
