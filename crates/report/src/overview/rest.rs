//! What is told beside the changes: what stays, what is in the way, and what else to know.

use indexmap::IndexMap;

use super::{data, group::Group, maker::Maker, sign::Sign};
use crate::{
    explain::{self, planned, remark, unchanged},
    failure::blocked_word,
    labels::count,
    text::harmless,
};
use maestro_core::{
    event::Blocked,
    model::{InstanceId, selection::typed_name},
    plan::{changes::ChangeTarget, reason::Note},
};

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
        let is_alone = counted.len() == 1 && named.is_empty() && self.plan.expected() == 0;
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
            names: vec![if is_alone { count(number, "instance") } else { format!("{number} more") }],
            word: "unchanged",
            details: match checked {
                1.. if at == 0 => vec![format!("{state}; {checked} will be checked")],
                _ => vec![state.to_owned()],
            },
            rows: Vec::new(),
        });
        named.chain(counted).collect()
    }

    /// Instances for which nothing may be done, those with the same reason together.
    pub(super) fn blocked(&self) -> Vec<Group> {
        let mut groups: IndexMap<(&str, String), Vec<InstanceId>> = IndexMap::new();
        for one in &self.plan.blocked {
            let word = blocked_word(Blocked::Planned(one.reason.clone()).kind());
            let reason = planned::sentence(&one.reason, self.environment);
            groups.entry((word, harmless(&reason).into_owned())).or_default().push(one.instance);
        }
        let groups = groups.into_iter().map(|((word, reason), of)| Group {
            sign: if word == "skipped" { Sign::Skipped } else { Sign::Blocked },
            names: self.targets(of.into_iter().map(ChangeTarget::Instance)),
            word,
            details: vec![reason],
            rows: Vec::new(),
        });
        groups.collect()
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
        for orphan in self.plan.orphans.iter().filter(|orphan| !orphan.removed) {
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
        | Note::NetworkStays { .. }
        | Note::DataStays { .. }
        | Note::MayRunOnSilentShip { .. } => false,
    }
}
