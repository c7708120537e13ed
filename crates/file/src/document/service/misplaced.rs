//! Services and instances that are indented like something else: a service among the instances of another one, an instance
//! among the services.

use crate::document::{
    keys,
    read::{Field, Reader},
    scalar::Value,
    yaml::{NodeId, NodeKind, YamlEntry},
};
use maestro_core::{
    diagnostic::{Applicability, Diagnostic, Help},
    source::Spanned,
};

/// A service that stands inside of another one.
struct Inner<'a> {
    outer: &'a Field,
    /// The mapping that it stands in: the other service, or its instances.
    within: NodeId,
    what: &'static str,
    entry: YamlEntry,
    /// Whether no line of the other service follows.
    is_last: bool,
}

impl Reader<'_> {
    /// Tells services that stand among the keys or among the instances of a service, and gives them.
    pub(super) fn tell_inner_services(&mut self, services: &[Field], within: NodeId) -> Vec<Field> {
        let mut told = Vec::new();
        for outer in services {
            for inner in self.inner_services(outer) {
                let key = Spanned::new(self.written(inner.entry.key).to_owned(), self.span(inner.entry.key));
                told.push(Field { key, value: inner.entry.value });
                let problem = self.inner_service(services, within, &inner);
                self.diagnostics.push(problem);
            }
        }
        told
    }

    fn inner_services<'e>(&self, outer: &'e Field) -> Vec<Inner<'e>> {
        let keys = self.own_entries(outer.value);
        let instances = keys.iter().find(|entry| self.yaml.value(entry.key).is_text("instances"));
        let is_last = |entry: &YamlEntry| keys.last().is_some_and(|last| last.key == entry.key);
        let below = |entry: &YamlEntry| (entry.value, "the instances", is_last(entry));
        let places = instances.map(below).into_iter().chain([(outer.value, "the keys", true)]);
        let inner = |(within, what, is_end)| {
            let entries = self.own_entries(within);
            let last = entries.last().map(|last| last.key);
            let services = entries.into_iter().filter(|&entry| self.is_inner_service(entry));
            services.map(move |entry| Inner {
                outer,
                within,
                what,
                is_last: is_end && last == Some(entry.key),
                entry,
            })
        };
        places.flat_map(inner).collect()
    }

    fn is_inner_service(&self, entry: YamlEntry) -> bool {
        let is_known = |keys: &[keys::Key]| keys.iter().any(|key| key.name == self.written(entry.key));
        self.has_instances(entry.value) && !is_known(keys::INSTANCE) && !is_known(keys::SERVICE_ONLY)
    }

    fn inner_service(&self, services: &[Field], within: NodeId, inner: &Inner<'_>) -> Diagnostic {
        let (name, outer) = (self.written(inner.entry.key), &inner.outer.key);
        let span = self.span(inner.entry.key);
        let help = Help::from(format!("indent it, and what belongs to it, like `{}`", outer.value));
        let is_free = services.iter().all(|service| service.key.value != name) && inner.is_last;
        let is_block = [within, inner.outer.value, inner.within].iter().all(|&node| !self.yaml.is_flow(node));
        let whole = self.yaml.whole_entry(span, inner.entry.value).filter(|_| is_free && is_block);
        let text = format!(
            "`{name}` looks like a service, but stands among {} of service `{}`",
            inner.what, outer.value
        );
        Diagnostic::error("lost-service", text)
            .at(span, "indented too far")
            .also(outer.span, "the service that it stands in")
            .help(help.indent(whole.as_slice(), outer.span, 0, Applicability::Safe))
    }

    /// What to say of a service that is called like an instance of the service above it, and has only keys of one.
    pub(super) fn instance_among_services(
        &self,
        services: &[Field],
        entry: &Field,
        within: NodeId,
    ) -> Option<Diagnostic> {
        let at = services.iter().position(|service| service.key.span == entry.key.span)?;
        let above = services.get(at.checked_sub(1)?)?;
        let name = entry.key.value.as_str();
        let number = name.strip_prefix(above.key.value.as_str())?.trim_start_matches(['-', '_', '.']);
        let is_key = |entry: &YamlEntry| keys::INSTANCE.iter().any(|key| key.name == self.written(entry.key));
        let keys = self.own_entries(entry.value);
        let is_instance = !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
            && (self.is_null(entry.value) || self.is_mapping(entry.value))
            && keys.iter().all(is_key);
        let above_keys = self.own_entries(above.value);
        let instances = above_keys.iter().find(|entry| self.yaml.value(entry.key).is_text("instances"))?;
        if !is_instance {
            return None;
        }
        let first = self.own_entries(instances.value).first().map(|first| self.span(first.key));
        let is_last = above_keys.last().is_some_and(|last| last.key == instances.key);
        let is_block = [within, above.value, instances.value].iter().all(|&node| !self.yaml.is_flow(node));
        let is_free = !self.own_entries(instances.value).iter().any(|other| self.written(other.key) == name);
        let whole = self.yaml.whole_entry(entry.key.span, entry.value);
        let whole = whole.filter(|_| is_last && is_block && is_free && first.is_some());
        let help = Help::from(format!(
            "indent it, and what belongs to it, like the instances of `{}`",
            above.key.value
        ));
        let text = format!(
            "`{name}` looks like an instance of `{}`, but stands among the services",
            above.key.value
        );
        let like = first.unwrap_or(above.key.span);
        Some(
            Diagnostic::error("lost-instance", text)
                .at(entry.key.span, "indented too little")
                .also(
                    self.span(instances.key),
                    format!("the instances of `{}` stand below this", above.key.value),
                )
                .help(help.indent(whole.as_slice(), like, 0, Applicability::Safe)),
        )
    }

    /// The entries that are written in a mapping itself.
    fn own_entries(&self, node: NodeId) -> Vec<YamlEntry> {
        match self.yaml.kind(node) {
            NodeKind::Mapping(pairs) => pairs.iter().map(|&(key, value)| YamlEntry { key, value }).collect(),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Bad => Vec::new(),
        }
    }

    fn has_instances(&self, node: NodeId) -> bool {
        self.own_entries(node).iter().any(|entry| self.yaml.value(entry.key).is_text("instances"))
    }
}

impl Value {
    fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }
}
