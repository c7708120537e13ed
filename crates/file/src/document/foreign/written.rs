//! Keys of other tools beside the key that they are called here.

use super::{KeyAdvice, Section, Unknown, find, replacement::Replacement};
use crate::document::{
    checks, convert,
    yaml::{NodeId, NodeKind},
};
use maestro_core::diagnostic::Help;

/// A longer value is not shown in a sentence.
const LONGEST: usize = 120;

impl Unknown<'_> {
    /// What to do with a key that is called `own` here, which is written beside it.
    pub(super) fn written_already(&self, own: &'static str) -> KeyAdvice {
        let name = &self.key.value;
        let Some(&(_, other)) = self.siblings.iter().find(|(key, _)| key.value == own) else {
            return KeyAdvice::new(format!("it is called `{own}` here: put it there").into(), Some(own));
        };
        if let Some(help) = self.states_together(own, other) {
            return KeyAdvice::new(help, Some(own));
        }
        if let Some(joined) = self.joined(other) {
            let all = if joined.chars().count() <= LONGEST {
                format!("write `{own}: {joined}`")
            } else {
                format!("put all that `{name}` holds into `{own}`")
            };
            let help = Help::from(format!("`{name}` is called `{own}` here: {all}, and remove `{name}`"));
            let help = match (self.yaml.whole(other), self.entry()) {
                (Some(whole), Some(entry)) => help.replace(whole, joined).leave_out(entry),
                (Some(_) | None, _) => help,
            };
            return KeyAdvice::new(help, Some(own));
        }
        let (theirs, mine) = (convert::flow(self.yaml, other), self.as_own(own));
        let leave_out = |help: Help| match self.entry() {
            Some(entry) => help.leave_out(entry),
            None => help,
        };
        if mine.as_deref() == Some(theirs.as_str()) {
            let help = Help::from(format!("remove it: `{own}` says the same"));
            let help = self.entry().map_or(help.clone(), |entry| help.drop_entry(entry));
            return KeyAdvice::new(help, Some(own));
        }
        let first =
            leave_out(format!("it is called `{own}` here, which is written too: remove `{name}`").into());
        let advice = KeyAdvice::new(first, Some(own));
        let Some(mine) = mine.filter(|mine| mine.chars().count() <= LONGEST) else { return advice };
        let help = Help::from(format!("or write `{own}: {mine}` in place of both, if that is the right one"));
        advice.or(match self.yaml.whole(other) {
            Some(whole) => leave_out(help.replace(whole, mine)),
            None => help,
        })
    }

    /// All states of checks that are called `own` here, in one list.
    fn states_together(&self, own: &'static str, other: NodeId) -> Option<Help> {
        let section = Section::of(self.known);
        let is_same = |key: &str| {
            let found = find(section, key, |key| self.own(key).is_some());
            found.is_some_and(|(_, way)| matches!(way, Replacement::Key(other) if *other == own))
        };
        let alike = self.siblings.iter().filter(|(key, _)| key.value != own && is_same(&key.value));
        let alike: Vec<_> = alike.collect();
        if section != Section::Lifecycle || alike.len() < 2 {
            return None;
        }
        let mut items = Vec::new();
        for node in [other].into_iter().chain(alike.iter().map(|(_, value)| *value)) {
            let NodeKind::Sequence(checks) = self.yaml.kind(node) else { return None };
            for &item in checks {
                let example = convert::text(self.yaml, item).and_then(|kind| checks::example(&kind));
                let check = example.map_or_else(|| convert::flow(self.yaml, item), str::to_owned);
                if !items.contains(&check) {
                    items.push(check);
                }
            }
        }
        let names: Vec<String> = alike.iter().map(|(key, _)| format!("`{}`", key.value)).collect();
        let list = format!("[{}]", items.join(", "));
        let all = names.join(" and ");
        let what = if list.chars().count() <= LONGEST {
            format!("write `{own}: {list}`")
        } else {
            format!("put all of their checks into `{own}`")
        };
        let help = Help::from(format!("{all} are called `{own}` here: {what}, and remove {all}"));
        let entries = alike.iter().map(|(key, value)| self.yaml.whole_entry(key.span, *value));
        let entries: Option<Vec<_>> = entries.collect();
        Some(match (self.yaml.whole(other), entries) {
            (Some(whole), Some(entries)) => {
                entries.into_iter().fold(help.replace(whole, list), Help::leave_out)
            }
            (Some(_) | None, _) => help,
        })
    }

    /// The value as the key of this section has it.
    fn as_own(&self, own: &str) -> Option<String> {
        convert::value(self.yaml, own, self.value)
            .or_else(|| self.fits(own).then(|| convert::flow(self.yaml, self.value)))
            .filter(|value| !value.is_empty())
    }

    /// Two lists as one, or two mappings without a name in common.
    fn joined(&self, other: NodeId) -> Option<String> {
        let flow = |node: &NodeId| convert::flow(self.yaml, *node);
        match (self.yaml.kind(other), self.yaml.kind(self.value)) {
            (NodeKind::Sequence(theirs), NodeKind::Sequence(mine)) => {
                let mut items: Vec<String> = theirs.iter().map(flow).collect();
                for item in mine.iter().map(flow) {
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                Some(format!("[{}]", items.join(", ")))
            }
            (NodeKind::Mapping(_), NodeKind::Mapping(_)) => {
                let entries = |node| {
                    let entries = self.yaml.entries(node).into_iter();
                    entries.map(|entry| (flow(&entry.key), flow(&entry.value))).collect::<Vec<_>>()
                };
                let (theirs, mine) = (entries(other), entries(self.value));
                let is_known = |(key, _): &(String, String)| theirs.iter().any(|(known, _)| known == key);
                let all = theirs.iter().chain(&mine).map(|(key, value)| format!("{key}: {value}"));
                (!mine.iter().any(is_known)).then(|| format!("{{{}}}", all.collect::<Vec<_>>().join(", ")))
            }
            (_, NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad) => None,
        }
    }
}
