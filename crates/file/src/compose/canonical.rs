//! Values of one file in their long form, each checked against what its key takes.

mod command;
mod device;
mod duration;
mod meant;
mod misplaced;
mod mount;
mod pairs;
mod port;
mod port_fault;
mod port_meant;
mod scalar;
mod short;
mod size;
mod unknown;
mod words;

use super::{
    element::{Content, Element, Member, Members},
    form::{Form, Merge, Property, Short},
    unique::unique,
};
use crate::document::site::SITE_KEY;
pub(super) use duration::printed as printed_duration;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
};
use unknown::{Unknown, is_top};
pub(super) use words::found;

/// Brings the values of a file into their long form. What is wrong is told and left out.
pub(super) struct Canonical<'d> {
    diagnostics: &'d mut Diagnostics,
    /// The key whose value is read, for examples.
    key: Option<&'static Property>,
}

impl<'d> Canonical<'d> {
    pub(super) fn new(diagnostics: &'d mut Diagnostics) -> Self {
        Self { diagnostics, key: None }
    }
}

impl Canonical<'_> {
    /// A mapping with known keys. `what` names it: `a service`.
    pub(super) fn section(
        &mut self,
        element: Element,
        known: &'static [Property],
        what: &str,
    ) -> Option<Element> {
        let span = element.span;
        let Content::Mapping(written) = element.content else {
            if !self.lacks_space(&element, known) {
                self.wrong_type(&element, what, "a mapping of keys to values");
            }
            return None;
        };
        let mut members = Members::with_capacity(written.len());
        let mut unknown: Vec<(String, Member)> = Vec::new();
        for (name, member) in written {
            if name == SITE_KEY && !is_top(known) {
                self.site_in_section(&member, what);
                continue;
            }
            if name.starts_with("x-") {
                members.insert(name, member);
                continue;
            }
            let Some(property) = known.iter().find(|property| property.name == name) else {
                unknown.push((name, member));
                continue;
            };
            let member = self.member(member, property);
            members.insert(name, member);
        }
        if !unknown.is_empty() {
            let siblings: Vec<String> =
                members.keys().chain(unknown.iter().map(|(name, _)| name)).cloned().collect();
            for (name, member) in unknown {
                let told = unknown::told(
                    &Unknown { name: &name, member: &member, known, siblings: &siblings },
                    what,
                );
                self.diagnostics.push(told.diagnostic);
                if let Some((meant, member)) = told.meant.and_then(|meant| self.meant(member, meant)) {
                    members.insert(meant.name.to_owned(), member);
                }
            }
        }
        Some(Element::new(span, Content::Mapping(members)))
    }

    /// A key of a section with its value.
    fn member(&mut self, Member { key, tag, value }: Member, property: &'static Property) -> Member {
        let place = value.span;
        let value = self.of_key(value, property);
        Member { key, tag, value: value.unwrap_or_else(|| self.left_out(place)) }
    }

    /// A misspelt key under the name that is meant, unless its value is nothing that this key takes.
    fn meant(&mut self, member: Member, property: &'static Property) -> Option<(&'static Property, Member)> {
        let place = member.value.span;
        let mut found = Diagnostics::default();
        let member = Canonical { diagnostics: &mut found, key: self.key }.member(member, property);
        let is_of_all = |problem: &Diagnostic| problem.primary.as_ref().is_some_and(|at| at.span == place);
        if found.sorted().into_iter().any(is_of_all) {
            return None;
        }
        for problem in found.sorted() {
            self.diagnostics.push(problem.clone());
        }
        Some((property, member))
    }

    /// What stands for a value that is wrong, which was told: its key was written.
    fn left_out(&mut self, place: Span) -> Element {
        self.diagnostics.quiet_at([place]);
        Element::new(place, Content::Null)
    }

    fn of_key(&mut self, value: Element, property: &'static Property) -> Option<Element> {
        let above = self.key.replace(property);
        let value = self.value(value, &property.form, &format!("`{}`", property.name));
        self.key = above;
        let mut value = value?;
        if let (Merge::Unique(key), Content::List(items)) = (property.merge, &mut value.content) {
            for (lost, kept) in unique(items, key) {
                let text = format!("this item of `{}` has no effect", property.name);
                self.diagnostics.push(
                    Diagnostic::warning("no-effect", text)
                        .at(lost, "a later item takes its place")
                        .also(kept, "this one")
                        .help("remove one of the two"),
                );
            }
        }
        Some(value)
    }

    /// A value of that form. A value that is not written stays so: it may mean something in merging.
    pub(super) fn value(&mut self, element: Element, form: &Form, what: &str) -> Option<Element> {
        if element.is_null() {
            return Some(element);
        }
        match form {
            Form::Anything => Some(element),
            Form::Text
            | Form::Word(_)
            | Form::Scalar
            | Form::Boolean
            | Form::Integer
            | Form::Number
            | Form::Bytes
            | Form::Duration
            | Form::Permissions
            | Form::Count => self.scalar(element, form, what),
            Form::Command => self.command(element, what),
            Form::Test => self.test(element, what),
            Form::List(item) => self.list(element, item, what),
            Form::Texts => match element.content {
                Content::List(_) => self.list(element, &Form::Text, what),
                _ => {
                    let span = element.span;
                    let item = self.value(element, &Form::Text, what)?;
                    Some(Element::new(span, Content::List(vec![item])))
                }
            },
            Form::Pairs(no_value) => self.pairs(element, *no_value, what),
            Form::Options => self.options(element, what),
            Form::Hosts => self.hosts(element, what),
            Form::Section(known) => self.section(element, known, what),
            Form::Named(inner) => self.named(element, inner, what),
            Form::Optional(inner) => self.value(element, inner, what),
            Form::Short(short, long) => {
                let element = self.lengthened(element, *short, what)?;
                match (short, &element.content) {
                    // One number for both limits, or whether something is external, has no longer form.
                    (Short::Limit, Content::Integer(_)) | (Short::External, Content::Boolean(_)) => {
                        Some(element)
                    }
                    _ => self.value(element, long, what),
                }
            }
        }
    }

    fn list(&mut self, element: Element, item: &Form, what: &str) -> Option<Element> {
        let span = element.span;
        let Content::List(written) = element.content else {
            if !self.lacks_space_behind_dash(&element) {
                self.wrong_type(&element, what, "a list");
            }
            return None;
        };
        let of_item = format!("each item of {what}");
        let mut items = Vec::with_capacity(written.len());
        for element in written {
            if element.is_null() {
                self.wrong_type(&element, &of_item, words::wanted(item));
                continue;
            }
            items.extend(self.value(element, item, &of_item));
        }
        Some(Element::new(span, Content::List(items)))
    }

    fn named(&mut self, element: Element, inner: &Form, what: &str) -> Option<Element> {
        let span = element.span;
        let Content::Mapping(written) = element.content else {
            let takes_list =
                |key: &Property| matches!(key.form, Form::Short(Short::Names | Short::Dependencies, _));
            let wanted = if self.key.is_some_and(takes_list) {
                words::LIST_OR_MAPPING
            } else {
                "a mapping of names to values"
            };
            if !self.lacks_space_behind_dash(&element) {
                self.wrong_type(&element, what, wanted);
            }
            return None;
        };
        let mut members = Members::with_capacity(written.len());
        let mut before: Option<String> = None;
        for (name, Member { key, tag, value }) in written {
            if self.is_misplaced(&name, key, &value, inner, before.as_deref()) {
                continue;
            }
            let place = value.span;
            let value = self.value(value, inner, &format!("`{name}`"));
            let value = value.unwrap_or_else(|| self.left_out(place));
            before = Some(name.clone());
            members.insert(name, Member { key, tag, value });
        }
        Some(Element::new(span, Content::Mapping(members)))
    }

    /// Tells a value that is not what its key takes.
    pub(super) fn wrong_type(&mut self, element: &Element, what: &str, wanted: &str) {
        let example = self.key.and_then(Property::example);
        let written = self.key.filter(|key| format!("`{}`", key.name) == what).map(|key| key.name);
        let help = words::way_out(element, written, wanted, example.as_deref());
        let diagnostic = words::wrong_type(element, what, wanted);
        self.diagnostics.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    /// Tells a text that means nothing where it stands.
    fn bad_value(&mut self, element: &Element, what: &str, wanted: &str, example: &str) {
        let diagnostic = Diagnostic::error("bad-value", format!("{what} must be {wanted}"));
        let label = element.as_text().map(|text| format!("`{text}` is not")).unwrap_or_default();
        self.diagnostics
            .push(diagnostic.at(element.span, label).help(format!("write for example `{example}`")));
    }

    /// Tells a text that is not measured as its key is, with what is meant if that is known.
    fn bad_measure(&mut self, element: &Element, what: &str, wanted: &str, meant: Option<String>) {
        let found = element.content.printed().unwrap_or_default();
        let diagnostic = Diagnostic::error("bad-value", format!("{what} must be {wanted}"))
            .at(element.span, format!("`{found}` is not"));
        let key = self.key.map_or("", |key| key.name);
        self.diagnostics.push(match (meant, self.key.and_then(Property::example)) {
            (Some(meant), _) => {
                diagnostic.help(format!("write `{key}: {meant}`")).replace(element.span, meant)
            }
            (None, Some(example)) => diagnostic.help(format!("write for example `{example}`")),
            (None, None) => diagnostic,
        });
    }
}

#[cfg(test)]
mod tests;
