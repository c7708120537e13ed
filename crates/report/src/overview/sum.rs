//! A plan in one line.

use std::collections::BTreeSet;

use super::maker::rank;
use crate::{blocked::word as blocked_word, labels::count, text::harmless};
use maestro_core::{
    event::Blocked,
    model::{Environment, ShipId},
    plan::{
        Plan,
        action::ActionKind,
        changes::{Change, ChangeKind, ChangeTarget},
        command::Command,
        reason::UnchangedReason,
    },
};

/// `apply shop: 2 to replace, 1 unchanged (15 steps on 1 ship, revision 2)`.
pub(super) fn sum(plan: &Plan, changes: &[Change<'_>], environment: &Environment) -> String {
    let mut parts = to_do(plan, changes);
    let steps = plan.expected();
    if steps == 0 {
        let what = if plan.blocked.is_empty() { "nothing to do" } else { "nothing can be done" };
        parts.insert(0, what.to_owned());
        if plan.unchanged.is_empty() && plan.blocked.is_empty() {
            parts.push("no instance was selected".to_owned());
        }
    }
    parts.extend(rest(plan));
    if plan.verifications() > 0 && plan.unchanged.is_empty() {
        parts.push(format!("{} to check", plan.verifications()));
    }
    let name = harmless(&environment.name);
    let head = match plan.command {
        Command::Rollback(revision) => format!("rollback of {name} to revision {revision}"),
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
        | Command::MoveVolumes => format!("{} {name}", plan.command.word()),
    };
    format!("{head}: {}{}", parts.join(", "), steps_of(plan))
}

/// `2 to replace`, `1 image to pull`.
fn to_do(plan: &Plan, changes: &[Change<'_>]) -> Vec<String> {
    let counted = changes.iter().filter(|change| match change.target {
        ChangeTarget::Instance(_) => change.kind != ChangeKind::Pull,
        ChangeTarget::Container { .. } => true,
        ChangeTarget::Network { .. }
        | ChangeTarget::NamedVolume { .. }
        | ChangeTarget::StoredFile { .. }
        | ChangeTarget::Volume { .. }
        | ChangeTarget::Image { .. }
        | ChangeTarget::Revision { .. }
        | ChangeTarget::Ship(_) => false,
    });
    let mut kinds: Vec<(usize, &'static str)> =
        counted.map(|change| (rank(change.kind), change.kind.word())).collect();
    kinds.sort_unstable();
    let mut parts: Vec<String> = kinds
        .chunk_by(|one, other| one == other)
        .map(|alike| match alike[0].1 {
            "remove-leftovers" => format!("leftovers of {} to remove", alike.len()),
            word => format!("{} to {word}", alike.len()),
        })
        .collect();
    parts.extend(
        removed_beside(changes)
            .into_iter()
            .map(|(number, what)| format!("{} to remove", count(number, what))),
    );
    for (kind, verb) in [(ActionKind::Pull, "pull"), (ActionKind::Carry, "carry")] {
        let images = plan.steps.iter().filter(|step| step.action.kind() == kind).count();
        if images > 0 {
            parts.push(format!("{} to {verb}", count(images, "image")));
        }
    }
    parts
}

/// What is removed beside containers: how many networks, volumes, images and revisions.
pub(crate) fn removed_beside(changes: &[Change<'_>]) -> Vec<(usize, &'static str)> {
    let noun = |change: &Change<'_>| match change.target {
        ChangeTarget::Network { .. } => "network",
        ChangeTarget::NamedVolume { .. } | ChangeTarget::Volume { .. } => "volume",
        ChangeTarget::StoredFile { .. } => "stored file",
        ChangeTarget::Image { .. } => "image",
        ChangeTarget::Revision { .. } => "revision",
        ChangeTarget::Instance(_) | ChangeTarget::Container { .. } | ChangeTarget::Ship(_) => "",
    };
    let removed = changes.iter().filter(|change| change.kind == ChangeKind::Remove);
    let nouns: Vec<&str> = removed.map(noun).collect();
    let number = |what: &&str| nouns.iter().filter(|noun| *noun == what).count();
    let counts = ["network", "volume", "stored file", "image", "revision"].map(|what| (number(&what), what));
    counts.into_iter().filter(|(number, _)| *number > 0).collect()
}

/// `14 unchanged`, `1 skipped`.
fn rest(plan: &Plan) -> Vec<String> {
    let is_left = |reason: UnchangedReason| !matches!(reason, UnchangedReason::SharesPull(_));
    let unchanged = plan.unchanged.iter().filter(|one| is_left(one.reason)).count();
    let mut parts = Vec::new();
    if unchanged > 0 {
        parts.push(format!("{unchanged} unchanged"));
    }
    for word in ["blocked", "skipped"] {
        let is_it = |blocked: &&maestro_core::plan::BlockedInstance| {
            blocked_word(Blocked::Planned(blocked.reason.clone()).kind()) == word
        };
        let number = plan.blocked.iter().filter(is_it).count();
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    parts
}

/// ` (15 steps on 1 ship, revision 2)`; nothing if there are none.
fn steps_of(plan: &Plan) -> String {
    let own = plan.steps.iter().filter(|step| step.compensation.is_none() && !step.is_verification());
    let ships: BTreeSet<ShipId> = own.map(|step| step.ship).collect();
    if ships.is_empty() {
        return String::new();
    }
    let recorded = plan.revision().map(|number| format!(", revision {number}"));
    let (steps, ships) = (count(plan.expected(), "step"), count(ships.len(), "ship"));
    format!(" ({steps} on {ships}{})", recorded.unwrap_or_default())
}
