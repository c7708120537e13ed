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
    /// The commit that the file was read from, if it comes from a repository.
    pub commit: Option<&'a str>,
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
        WatchEvent::FileRead { commit: None } => vec!["the file was read again".to_owned()],
        WatchEvent::FileRead { commit: Some(commit) } => {
            vec![format!("commit {}: the file was read", short(commit))]
        }
        WatchEvent::FileBroken { commit, reason, .. } => vec![broken(commit.as_deref(), reason)],
        WatchEvent::FileFixed => vec!["the file can be used again".to_owned()],
        WatchEvent::RepositoryLost(reason) => {
            vec![format!(
                "the repository does not answer, the last commit stays in effect: {}",
                harmless(reason)
            )]
        }
        WatchEvent::RepositoryBack => vec!["the repository answers again".to_owned()],
        WatchEvent::Applying => match context.commit {
            Some(commit) => vec![format!("applying commit {}", short(commit))],
            None => vec!["applying the file".to_owned()],
        },
        WatchEvent::Applied { outcome, took } => vec![applied(context, *outcome, *took)],
    }
}

/// A commit as git shortens it.
fn short(commit: &str) -> String {
    harmless(commit).chars().take(12).collect()
}

fn broken(commit: Option<&str>, reason: &str) -> String {
    let reason = harmless(reason);
    match commit {
        Some(commit) => {
            format!("commit {} cannot be used, the previous one stays in effect: {reason}", short(commit))
        }
        None => format!("the file cannot be used, what was read before stays in effect: {reason}"),
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
        WatchOutcome::Done => match context.commit {
            Some(commit) => format!("applied commit {} in {:.1} s", short(commit), took.as_secs_f64()),
            None => format!("applied in {:.1} s", took.as_secs_f64()),
        },
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
        WatchEvent::FileBroken { is_first: true, .. } => ("file-broken", Vec::new(), text(event), true),
        WatchEvent::FileFixed => ("file-fixed", Vec::new(), text(event), false),
        WatchEvent::RepositoryLost(_) => ("repository-lost", Vec::new(), text(event), true),
        WatchEvent::RepositoryBack => ("repository-back", Vec::new(), text(event), false),
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
        | WatchEvent::FileRead { .. }
        | WatchEvent::FileBroken { is_first: false, .. }
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
        | WatchEvent::FileRead { .. }
        | WatchEvent::FileBroken { .. }
        | WatchEvent::FileFixed
        | WatchEvent::RepositoryLost(_)
        | WatchEvent::RepositoryBack
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
        WatchEvent::FileRead { commit } => json!({ "event": "file-read", "commit": commit }),
        WatchEvent::FileBroken { commit, reason, .. } => {
            json!({ "event": "file-broken", "commit": commit, "reason": reason })
        }
        WatchEvent::FileFixed => json!({ "event": "file-fixed" }),
        WatchEvent::RepositoryLost(reason) => json!({ "event": "repository-lost", "reason": reason }),
        WatchEvent::RepositoryBack => json!({ "event": "repository-back" }),
        WatchEvent::Applying => json!({ "event": "applying", "commit": context.commit }),
        WatchEvent::Applied { outcome, took } => {
            let mut object = ended("applied", context, *outcome, *took);
            object["commit"] = json!(context.commit);
            object
        }
    }
}

fn ended(event: &str, context: WatchContext<'_>, outcome: WatchOutcome, took: Duration) -> Value {
    let reason = context.reason.filter(|_| outcome == WatchOutcome::Failed);
    json!({ "event": event, "outcome": outcome.word(), "seconds": took.as_secs_f64(), "reason": reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, schema};
    use maestro_core::{fault::ShipFault, watch::InstanceDrift};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    /// One event of each kind, and of those that are told in several ways, one of each.
    fn events() -> Vec<WatchEvent> {
        let (instance, ship, took) = (InstanceId(0), ShipId(0), Duration::from_millis(1_240));
        let (down, commit) = (InstanceCondition::Down(Some(137)), Some(COMMIT.to_owned()));
        let reason = "there is no key `imgae`".to_owned();
        let (user, host, command) = ("ann".to_owned(), "box".to_owned(), "maestro apply".to_owned());
        vec![
            WatchEvent::FileRead { commit: commit.clone() },
            WatchEvent::Began { ships: 2, instances: 3, well: 2 },
            WatchEvent::ShipLost(ship, ShipFault::Error("no route to host".into())),
            WatchEvent::ShipBack(ship),
            WatchEvent::Changed { instance, from: Some(InstanceCondition::Ready), to: down },
            WatchEvent::Broken(instance, down),
            WatchEvent::Healing { instance, method: HealMethod::Start, number: 1, of: 5 },
            WatchEvent::Healed { instance, outcome: WatchOutcome::Failed, took },
            WatchEvent::Healed { instance, outcome: WatchOutcome::Done, took },
            WatchEvent::GaveUp { instance, tries: 5 },
            WatchEvent::Recovered(instance),
            WatchEvent::Waits { ship, user, host, command },
            WatchEvent::GoesOn,
            WatchEvent::Drifted(vec![InstanceDrift { instance, fields: vec!["env.LEVEL".to_owned()] }]),
            WatchEvent::Drifted(Vec::new()),
            WatchEvent::FileBroken { commit: commit.clone(), reason: reason.clone(), is_first: true },
            WatchEvent::FileBroken { commit: None, reason, is_first: true },
            WatchEvent::FileFixed,
            WatchEvent::FileRead { commit: None },
            WatchEvent::RepositoryLost("could not resolve host: example.org".to_owned()),
            WatchEvent::RepositoryBack,
            WatchEvent::Applying,
            WatchEvent::Applied { outcome: WatchOutcome::Done, took },
            WatchEvent::Applied { outcome: WatchOutcome::Failed, took },
        ]
    }

    #[test]
    fn each_event_has_its_sentence() {
        let environment = samples::environment();
        let context = |commit| WatchContext {
            environment: &environment,
            invocation: "maestro",
            reason: Some("no space left on device"),
            commit,
        };
        let mut told: Vec<String> =
            events().iter().flat_map(|event| lines(context(Some(COMMIT)), event)).collect();
        let without =
            [WatchEvent::Applying, WatchEvent::Applied { outcome: WatchOutcome::Done, took: Duration::ZERO }];
        told.extend(without.iter().flat_map(|event| lines(context(None), event)));
        insta::assert_snapshot!(told.join("\n"), @r"
        commit 0123456789ab: the file was read
        watching Hello: 2 ships, 3 instances, 2 as declared
        ship local: unreachable: its engine answered with an error: no route to host
        ship local: answers again
        db-1 on local: down, exit code 137
        db-1 on local: starting its container (try 1 of 5)
        db-1 on local: not healed: no space left on device
        db-1 on local: healed in 1.2 s
        db-1 on local: not healed after 5 tries; nothing more is tried until it recovers or the file changes (`maestro logs db-1`)
        db-1 on local: recovered
        waiting: `maestro apply` of ann@box holds the lease on ship local
        the lease is free again
        db-1 on local: differs from the file: env.LEVEL
        nothing differs from the file any more
        commit 0123456789ab cannot be used, the previous one stays in effect: there is no key `imgae`
        the file cannot be used, what was read before stays in effect: there is no key `imgae`
        the file can be used again
        the file was read again
        the repository does not answer, the last commit stays in effect: could not resolve host: example.org
        the repository answers again
        applying commit 0123456789ab
        applied commit 0123456789ab in 1.2 s
        apply failed: no space left on device
        applying the file
        applied in 0.0 s
        ");
    }

    #[test]
    fn auditors_are_told_of_each_fault_and_its_end() {
        let environment = samples::environment();
        let context =
            WatchContext { environment: &environment, invocation: "maestro", reason: None, commit: None };
        let notices = events().into_iter().filter_map(|event| notice(context, &event));
        let notices: Vec<String> = notices
            .map(|notice| format!("{} {} {}", notice.action, notice.is_failure, notice.instances.len()))
            .collect();
        insta::assert_snapshot!(notices.join("\n"), @r"
        ship-lost true 2
        ship-back false 2
        down true 1
        given-up true 1
        recovered false 1
        drift true 1
        drift false 0
        file-broken true 0
        file-broken true 0
        file-fixed false 0
        repository-lost true 0
        repository-back false 0
        applied false 3
        apply-failed true 3
        ");
        let again = WatchEvent::FileBroken { commit: None, reason: String::new(), is_first: false };
        assert_eq!(notice(context, &again), None);
    }

    #[test]
    fn the_json_of_each_event_is_described() {
        let environment = samples::environment();
        let context = WatchContext {
            environment: &environment,
            invocation: "maestro",
            reason: Some("no space left on device"),
            commit: None,
        };
        let mut unused: Vec<&str> = schema::WATCH.iter().map(|key| key.path).collect();
        let names = schema::WATCH.iter().find(|key| key.path == "event").unwrap().about;
        for event in events() {
            let value = json(context, &event);
            assert_eq!(schema::undescribed(&value, schema::WATCH), [""; 0], "{value}");
            assert!(names.contains(&format!("`{}`", value["event"].as_str().unwrap())), "{value}");
            unused.retain(|path| {
                let (list, below) = path.split_once("[].").unwrap_or((path, ""));
                let item = value[list].get(0).map(|item| &item[below]);
                value.get(*path).is_none() && item.is_none_or(Value::is_null)
            });
        }
        // Who prints it adds these.
        assert_eq!(unused, ["version", "time"]);
        let words = |path: &str| schema::WATCH.iter().find(|key| key.path == path).unwrap().about;
        for (path, all) in [
            ("to", &InstanceCondition::WORDS[..]),
            ("method", &HealMethod::WORDS[..]),
            ("outcome", &WatchOutcome::WORDS[..]),
        ] {
            let missing: Vec<&&str> =
                all.iter().filter(|word| !words(path).contains(&format!("`{word}`"))).collect();
            assert_eq!(missing, [&""; 0], "{path}");
        }
    }
}
