//! What is told beside the changes: what stays, what is in the way, and what else to know.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::{data, group::Group, maker::Maker, names::names, sign::Sign};
use crate::{
    alike::ShipWords,
    blocked::word as blocked_word,
    explain::{self, planned, remark, unchanged},
    labels::count,
    text::harmless,
};
use maestro_core::{
    event::Blocked,
    model::{InstanceId, selection::typed_name},
    plan::{BlockedReason, changes::ChangeTarget, reason::Note},
};

/// More instances of several ships that do not answer are not told by name.
const TOLD: usize = 8;

impl Maker<'_> {
    /// Instances that stay: those of which something is to be known by name, the others counted.
    pub(super) fn unchanged(&self) -> Vec<Group> {
        let mut counted: IndexMap<&str, usize> = IndexMap::new();
        let mut named: IndexMap<String, (String, Vec<InstanceId>)> = IndexMap::new();
        for one in &self.plan.unchanged {
            let name = &typed_name(self.environment, one.instance);
            match (unchanged::state(one.reason), &one.note) {
                (Some(state), None) => *counted.entry(state).or_default() += 1,
                (_, note) => {
                    let reason = unchanged::sentence(one.reason, self.plan.command, self.environment);
                    let note = note.as_ref().map(|note| remark::planned(name, note, self.plan.command));
                    let text = note.map_or(reason.clone(), |note| format!("{reason}; {note}"));
                    let text = harmless(&text).into_owned();
                    named
                        .entry(nameless(&text, name))
                        .or_insert_with(|| (text, Vec::new()))
                        .1
                        .push(one.instance);
                }
            }
        }
        // `more` than those that stand above.
        let is_first = named.is_empty() && self.plan.expected() == 0;
        let named = named.into_values().map(|(text, of)| Group {
            sign: Sign::Keep,
            names: self.targets(of.into_iter().map(ChangeTarget::Instance)),
            word: "unchanged",
            details: vec![text],
            rows: Vec::new(),
        });
        let checked = self.plan.verifications();
        let counted = counted.into_iter().enumerate().map(|(at, (state, number))| Group {
            sign: Sign::Keep,
            names: vec![if is_first && at == 0 {
                count(number, "instance")
            } else {
                format!("{number} more")
            }],
            word: "unchanged",
            details: match checked {
                1.. if at == 0 => vec![format!("{state}; {checked} will be checked")],
                _ => vec![state.to_owned()],
            },
            rows: Vec::new(),
        });
        named.chain(counted).collect()
    }

    /// Instances for which nothing may be done, those with the same reason together. What is told of ships that do not answer
    /// differs in their names alone.
    pub(super) fn blocked(&self) -> Vec<Group> {
        let mut groups: IndexMap<(&str, String), (String, Vec<InstanceId>)> = IndexMap::new();
        for one in &self.plan.blocked {
            let word = blocked_word(Blocked::Planned(one.reason.clone()).kind());
            let reason = harmless(&planned::sentence(&one.reason, self.environment)).into_owned();
            let key = match one.reason {
                BlockedReason::Unreachable { .. } => self.words_of(one.instance).taken_out_of(&reason),
                BlockedReason::NotAsked
                | BlockedReason::Unmanaged { .. }
                | BlockedReason::SharedVolume { .. }
                | BlockedReason::Moved { .. }
                | BlockedReason::ServiceMoved { .. }
                | BlockedReason::OnUnknownSwarm { .. }
                | BlockedReason::Elsewhere { .. }
                | BlockedReason::RunsElsewhere { .. }
                | BlockedReason::Volume(_)
                | BlockedReason::UnmanagedNetwork { .. }
                | BlockedReason::UnmanagedVolume { .. }
                | BlockedReason::ExternalMissing { .. }
                | BlockedReason::Behind { .. } => reason.clone(),
            };
            groups.entry((word, key)).or_insert_with(|| (reason, Vec::new())).1.push(one.instance);
        }
        let groups = groups.into_iter().map(|((word, key), (reason, of))| {
            let details = if key == reason { vec![reason] } else { self.of_ships(reason, &of) };
            // Which they are, the ships tell.
            let are_counted = details.len() > 1 && of.len() > TOLD;
            let names = if are_counted {
                vec![count(of.len(), "instance")]
            } else {
                self.targets(of.into_iter().map(ChangeTarget::Instance))
            };
            let sign = if word == "skipped" { Sign::Skipped } else { Sign::Blocked };
            Group { sign, names, word, details, rows: Vec::new() }
        });
        groups.collect()
    }

    fn words_of(&self, instance: InstanceId) -> ShipWords {
        ShipWords::of(self.environment.ship(self.environment.instance(instance).ship))
    }

    /// A reason that is told of the first one's ship, and the other ships.
    fn of_ships(&self, reason: String, instances: &[InstanceId]) -> Vec<String> {
        let ship =
            |id: &InstanceId| harmless(&self.environment.ship(self.environment.instance(*id).ship).name);
        let first = instances.first().map(ship).unwrap_or_default();
        let others = names(instances.iter().map(ship).filter(|name| *name != first).map(Cow::into_owned));
        if others.is_empty() {
            return vec![reason];
        }
        vec![format!("{first}: {reason}"), format!("the same on {}", others.join(", "))]
    }

    /// What to know beside all that, each once with its instances.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: IndexMap<String, (String, Vec<InstanceId>)> = IndexMap::new();
        let left = data::left_behind(self.plan);
        for remark in self.plan.remarks.iter().filter(|remark| !is_row(&remark.note)).chain(&left) {
            let name = &typed_name(self.environment, remark.instance);
            let text = remark::planned(name, &remark.note, self.plan.command);
            let text = harmless(&text).into_owned();
            let entry = notes.entry(nameless(&text, name)).or_insert_with(|| (text, Vec::new()));
            entry.1.push(remark.instance);
        }
        let notes = notes.into_values().map(|(text, of)| {
            let names = self.targets(of.into_iter().map(ChangeTarget::Instance));
            format!("{}: {text}", names.join(", "))
        });
        notes.chain(self.orphans()).collect()
    }

    /// Orphans that stay, each reason once.
    fn orphans(&self) -> Vec<String> {
        let mut orphans: IndexMap<String, Vec<String>> = IndexMap::new();
        for orphan in self.plan.orphans.iter().filter(|orphan| !orphan.removed && orphan.reason.is_pruned()) {
            let reason = explain::orphan::sentence(&orphan.reason, self.plan.command);
            let ship = harmless(&self.environment.ship(orphan.ship).name).into_owned();
            let name = harmless(&orphan.container);
            let name = if self.environment.ships.len() > 1 {
                format!("{name} on {ship}")
            } else {
                name.into_owned()
            };
            orphans.entry(harmless(&reason).into_owned()).or_default().push(name);
        }
        let texts = orphans.into_iter().map(|(reason, names)| {
            let (word, it) = if names.len() == 1 { ("orphan", "it") } else { ("orphans", "them") };
            format!("{word} {}: {reason}; `apply --prune` removes {it}", names.join(", "))
        });
        texts.collect()
    }
}

/// A sentence that is the same for all instances.
fn nameless(text: &str, name: &str) -> String {
    text.replace(name, "\0")
}

/// Whether a note is a row of its instance, or is told as left behind.
fn is_row(note: &Note) -> bool {
    match note {
        Note::Differs { .. } | Note::Moves { .. } | Note::Volume(_) => true,
        Note::CanBeUnpaused { .. }
        | Note::LogTellsWhy
        | Note::WouldRunAgain
        | Note::PeersReplaceIt
        | Note::ContinueReplacesIt
        | Note::PeersChanged
        | Note::FileChanged
        | Note::NotReplacedForPeers
        | Note::RequiresDown(_)
        | Note::OrphanHasPort(_)
        | Note::VolumesOnNodes(_)
        | Note::NetworkStays { .. }
        | Note::DataStays { .. }
        | Note::StaysOnDrained { .. }
        | Note::MayRunOnSilentShip { .. } => false,
    }
}
