//! Instances that a run did not act on: those for which the same is to be done for the same reason, together.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use super::{
    alike::ShipWords,
    explain::blocked::CHECK_ENGINES,
    failure::rows,
    labels::{count, on},
    overview::names,
    style::Tone,
    text::harmless,
    wrap::wrapped,
};
use maestro_core::event::{BlockedKind, Subject};

/// More names than these are not typed one by one.
const TYPED: usize = 8;
/// What stands for the names of instances in a command.
const NAMES: &str = "\u{1}";

/// A blocked instance of a run: why, and what to do next.
pub type ReportedBlocked = (BlockedKind, String, String, Subject);

/// Blocked instances that are told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockedGroup<'a> {
    pub kind: BlockedKind,
    /// Why, as it is told of the first one.
    pub reason: &'a str,
    pub next: String,
    pub subjects: Vec<&'a Subject>,
}

/// The label of an instance that was not acted on: its ship is unreachable, or something else stands in the way.
pub(crate) fn word(kind: BlockedKind) -> &'static str {
    match kind {
        BlockedKind::Unreachable | BlockedKind::Elsewhere => "skipped",
        BlockedKind::Unmanaged
        | BlockedKind::ExternalMissing
        | BlockedKind::SharedVolume
        | BlockedKind::Moved
        | BlockedKind::VolumeCopy
        | BlockedKind::Behind
        | BlockedKind::Interrupted => "blocked",
    }
}

/// Whether an instance that is held for that reason has its cause told elsewhere already.
pub(crate) fn told_elsewhere(kind: BlockedKind) -> bool {
    matches!(kind, BlockedKind::Behind | BlockedKind::Interrupted)
}

/// Puts instances together for which the same is to be done for the same reason; in the order of the first of each. What is
/// told of unreachable ships differs in the names of ships and instances alone. `typed`: the command that continues.
pub(crate) fn alike<'a>(
    blocked: &'a [ReportedBlocked],
    ships: &HashMap<String, ShipWords>,
    typed: Option<&str>,
) -> Vec<BlockedGroup<'a>> {
    let mut groups: IndexMap<(BlockedKind, String, String), Vec<&'a ReportedBlocked>> = IndexMap::new();
    for one @ (kind, reason, next, subject) in blocked {
        let words = ships.get(&subject.ship).filter(|_| *kind == BlockedKind::Unreachable);
        let text = |text: &str| words.map_or_else(|| text.to_owned(), |words| words.taken_out_of(text));
        groups.entry((*kind, text(reason), text(&template(*kind, next, subject)))).or_default().push(one);
    }
    let groups = groups.into_iter().map(|((kind, ..), told)| {
        let (_, reason, next, first) = told[0];
        let subjects: Vec<&Subject> = told.iter().map(|(.., subject)| subject).collect();
        let next = together(&template(kind, next, first), &subjects, typed);
        BlockedGroup { kind, reason, next, subjects }
    });
    groups.collect()
}

/// What to do next, without the instance's name, which ends the command that is to be typed: the engine's address may have
/// it too.
fn template(kind: BlockedKind, next: &str, subject: &Subject) -> String {
    let name = subject.instance.as_deref().filter(|_| kind == BlockedKind::Unreachable);
    match name.and_then(|name| next.rsplit_once(&format!(" {name}`"))) {
        Some((before, behind)) => format!("{before} {NAMES}`{behind}"),
        None => next.to_owned(),
    }
}

/// What to do next for all of them.
fn together(template: &str, subjects: &[&Subject], typed: Option<&str>) -> String {
    let Some((before, behind)) = template.split_once(NAMES) else { return template.to_owned() };
    let before = match subjects {
        [first, others @ ..] if others.iter().any(|other| other.ship != first.ship) => {
            let command = before.find(", then").map_or(before, |at| &before[at..]);
            format!("{CHECK_ENGINES}{command}")
        }
        _ => before.to_owned(),
    };
    match (typed, before.rfind('`')) {
        (Some(typed), Some(at)) if subjects.len() > TYPED => format!("{}`{typed}{behind}", &before[..at]),
        (Some(_) | None, _) => {
            let names: Vec<&str> = subjects.iter().filter_map(|one| one.instance.as_deref()).collect();
            format!("{before}{}{behind}", names.join(" "))
        }
    }
}

/// Instances blocked for the same reason: their names, the reason, and what to do next.
#[must_use]
pub(crate) fn text(group: &BlockedGroup<'_>, colour: bool) -> String {
    let subjects = &group.subjects;
    let others = subjects.iter().map(|subject| &subject.ship).filter(|ship| **ship != subjects[0].ship);
    let others = names(others.map(|ship| harmless(ship).into_owned()));
    let instances = names(
        subjects.iter().filter_map(|one| one.instance.as_deref()).map(|name| harmless(name).into_owned()),
    );
    let is_one_ship = subjects.iter().all(|one| one.ship == subjects[0].ship);
    let who = match subjects.as_slice() {
        [first, _, ..] if is_one_ship => format!("{} on {}", instances.join(", "), harmless(&first.ship)),
        // Which they are, the ships tell.
        subjects if subjects.len() > TYPED => {
            let ships: BTreeSet<&String> = subjects.iter().map(|one| &one.ship).collect();
            format!("{} on {}", count(subjects.len(), "instance"), count(ships.len(), "ship"))
        }
        subjects => subjects.iter().map(|subject| on(subject)).collect::<Vec<_>>().join(", "),
    };
    let head = wrapped("! ", &format!("{who}: {}", word(group.kind)), 2);
    let mut lines = vec![Tone::Warning.paint(&head, colour)];
    lines.extend(rows("reason", group.reason));
    if !is_one_ship && group.kind == BlockedKind::Unreachable {
        lines.extend(rows("same", &format!("on {}", others.join(", "))));
    }
    lines.extend(rows("next", &group.next));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use crate::explain::blocked::check_engine;
    use maestro_core::model::Environment;

    fn environment() -> Environment {
        samples::empty(&["far", "near", "web"], &["web"])
    }

    fn away(name: &str, ship: &str) -> ReportedBlocked {
        let environment = environment();
        let endpoint = &environment.ships.iter().find(|one| one.name == ship).unwrap().endpoint.to_string();
        let next = format!("{}, then run `maestro apply {name}` again", check_engine(ship, endpoint));
        let reason = format!("ship {ship} does not answer: {endpoint} is silent");
        (BlockedKind::Unreachable, reason, next, samples::subject(name, "web", ship))
    }

    fn told(blocked: &[ReportedBlocked], typed: Option<&str>) -> String {
        let ships = environment().ships.iter().map(|one| (one.name.clone(), ShipWords::of(one))).collect();
        let texts: Vec<String> =
            alike(blocked, &ships, typed).iter().map(|group| text(group, false)).collect();
        texts.join("\n")
    }

    #[test]
    fn an_unreachable_ship_is_told_once_with_all_its_instances() {
        let (_, reason, next, subject) = away("web-4", "far");
        let other = (BlockedKind::Unmanaged, reason, next, subject);
        let all = [away("web-1", "far"), other, away("web-3", "far")];
        insta::assert_snapshot!(told(&all, None), @r"
        ! web-1, web-3 on far: skipped
            reason   ship far does not answer: the local engine is silent
            next     check the engine on far (the local engine), then run
                     `maestro apply web-1 web-3` again
        ! web-4 on far: blocked
            reason   ship far does not answer: the local engine is silent
            next     check the engine on far (the local engine), then run
                     `maestro apply web-4` again
        ");
    }

    #[test]
    fn ships_that_are_unreachable_for_the_same_reason_are_told_once() {
        let all = [away("web-1", "far"), away("web-2", "near"), away("web-3", "web")];
        insta::assert_snapshot!(told(&all, Some("maestro apply web")), @r"
        ! web-1 on far, web-2 on near, web-3 on web: skipped
            reason   ship far does not answer: the local engine is silent
            same     on near, web
            next     check the engines on these ships, then run
                     `maestro apply web-1 web-2 web-3` again
        ");
    }

    #[test]
    fn many_instances_are_not_typed_one_by_one() {
        let mut all: Vec<_> = (1..=9).map(|number| away(&format!("web-{number}"), "far")).collect();
        all.push(away("web-11", "near"));
        insta::assert_snapshot!(told(&all, Some("maestro apply web")), @r"
        ! 10 instances on 2 ships: skipped
            reason   ship far does not answer: the local engine is silent
            same     on near
            next     check the engines on these ships, then run `maestro apply web`
                     again
        ");
        insta::assert_snapshot!(told(&all, None), @r"
        ! 10 instances on 2 ships: skipped
            reason   ship far does not answer: the local engine is silent
            same     on near
            next     check the engines on these ships, then run `maestro apply web-1
                     web-2 web-3 web-4 web-5 web-6 web-7 web-8 web-9 web-11` again
        ");
    }

    #[test]
    fn a_hold_names_everybody_once() {
        let hold = |name| {
            let subject = samples::subject(name, "web", "far");
            (BlockedKind::Moved, "its data is elsewhere".to_owned(), "maestro status".to_owned(), subject)
        };
        insta::assert_snapshot!(told(&[hold("web-1"), hold("web-2")], None), @r"
        ! web-1, web-2 on far: blocked
            reason   its data is elsewhere
            next     maestro status
        ");
    }
}
