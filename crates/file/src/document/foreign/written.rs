//! Keys of other tools beside the key that they are called here.

use super::{KeyAdvice, Unknown};
use crate::document::{
    convert,
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
