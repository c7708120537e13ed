//! `deploy` of Compose: several keys of a service here.

use super::{KeyAdvice, Unknown};
use crate::document::{
    convert,
    yaml::{NodeId, NodeKind},
};
use maestro_core::{diagnostic::Help, source::Span};

const LEAVE_OUT: &str = "leave it out: `replicas` of a service says how many instances it has, `limits` and `cpus` what they \
                         may use, `update` how it is replaced, `restart` when it starts again";

/// Keys of `update`, with their names in Compose.
const UPDATE: [(&str, &str); 4] =
    [("parallelism", "parallel"), ("delay", "delay"), ("order", "order"), ("failure_action", "on_failure")];

impl Unknown<'_> {
    /// What to write in place of `deploy`.
    pub(super) fn deploy(&self) -> KeyAdvice {
        let others = self.deployed();
        let replicas = self.part_text("replicas").filter(|_| self.own("replicas").is_some());
        let instances = self.siblings.iter().find(|(key, _)| key.value == "instances");
        let Some(replicas) = replicas.filter(|_| self.is_free("replicas")) else {
            return KeyAdvice::new(self.in_its_place(&others), None);
        };
        let count = format!("replicas: {replicas}");
        let with_count: Vec<String> = [count.clone()].into_iter().chain(others.clone()).collect();
        let Some((instances, value)) = instances else {
            return KeyAdvice::new(self.in_its_place(&with_count), Some("replicas"));
        };
        let number = self.yaml.entries(*value).len();
        let names = if number == 1 { "one".to_owned() } else { format!("{number}") };
        let counted = self.in_its_place(&with_count);
        let text =
            format!("for {replicas} instances that Maestro names, {}, and remove `instances`", counted.text);
        let whole = self.yaml.whole_entry(instances.span, *value);
        let counted = Help { text, ..counted };
        let counted = match whole {
            Some(whole) if counted.suggestion.is_some() => counted.leave_out(whole),
            Some(_) | None => counted,
        };
        let kept = self.in_its_place(&others);
        let what = if others.is_empty() { "remove `deploy`" } else { &kept.text };
        let text =
            format!("or, for those that `instances` names ({names}), {what}: no `replicas` is needed then");
        let kept = Help { text, ..kept };
        // As many as are wanted: the names are kept.
        if number.to_string() == replicas {
            let text = format!("{what}: `instances` names {names}, so no `replicas` is needed");
            return KeyAdvice::new(Help { text, ..kept }, None);
        }
        KeyAdvice::new(counted, None).or(kept)
    }

    /// These keys in place of `deploy`.
    fn in_its_place(&self, keys: &[String]) -> Help {
        let Some((first, more)) = keys.split_first() else {
            let help = Help::from(LEAVE_OUT);
            return self.entry().map_or(help.clone(), |entry| help.leave_out(entry));
        };
        let all: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let help = Help::from(format!("write {} in place of `deploy`", joined(&all)));
        let entry: Option<Span> = self.entry();
        match entry {
            Some(entry) if self.yaml.is_flow(self.within) => help.replace(entry, keys.join(", ")),
            Some(entry) if more.is_empty() => help.replace(entry, first),
            Some(entry) => help.replace(entry, first).add_lines(entry, more.join("\n"), self.key.span, 0),
            None => help,
        }
    }

    /// What `deploy` says, besides the number of replicas, in keys that are not written yet.
    fn deployed(&self) -> Vec<String> {
        let mut keys = Vec::new();
        if self.is_free("limits")
            && let Some(limits) = convert::value(self.yaml, "limits", self.value)
        {
            keys.push(format!("limits: {limits}"));
        }
        if self.is_free("cpus")
            && let Some(processors) = convert::processors_of_limits(self.yaml, self.value)
        {
            keys.push(format!("cpus: {processors}"));
        }
        if self.is_free("restart")
            && let Some(policy) = self.part("restart_policy")
            && let Some(restart) = convert::value(self.yaml, "restart", policy)
        {
            keys.push(format!("restart: {restart}"));
        }
        let update = self.part("update_config").filter(|_| self.is_free("update"));
        keys.extend(update.and_then(|update| self.update(update)).map(|update| format!("update: {update}")));
        keys
    }

    fn update(&self, config: NodeId) -> Option<String> {
        let entry = |&(theirs, own): &(&str, &str)| {
            let value = self.yaml.value_of(config, theirs)?;
            Some(format!("{own}: {}", convert::flow(self.yaml, value)))
        };
        let entries: Vec<String> = UPDATE.iter().filter_map(entry).collect();
        (!entries.is_empty()).then(|| format!("{{{}}}", entries.join(", ")))
    }

    fn part(&self, key: &str) -> Option<NodeId> {
        self.yaml.value_of(self.value, key)
    }

    fn part_text(&self, key: &str) -> Option<&str> {
        match self.yaml.kind(self.part(key)?) {
            NodeKind::Scalar(scalar) if !scalar.text.is_empty() => Some(&scalar.text),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
        }
    }
}

fn joined(all: &[String]) -> String {
    match all {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        all => all.concat(),
    }
}
