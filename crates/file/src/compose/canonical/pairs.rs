//! Names and values: variables, labels, options, hosts.

use super::Canonical;
use crate::compose::{
    element::{Content, Element, Member, Members},
    form::{Form, NoValue},
};
use maestro_core::diagnostic::Diagnostic;

impl Canonical<'_> {
    /// A mapping of names to texts. A list of `NAME=value` is one too.
    pub(super) fn pairs(&mut self, element: Element, no_value: NoValue, what: &str) -> Option<Element> {
        let span = element.span;
        let written = match element.content {
            Content::Mapping(members) => members,
            Content::List(items) => self.listed(items, what),
            _ => {
                if !self.lacks_space_behind_dash(&element) {
                    self.wrong_type(
                        &element,
                        what,
                        "a mapping of names to values, or a list of `NAME=value`",
                    );
                }
                return None;
            }
        };
        let mut members = Members::with_capacity(written.len());
        for (name, Member { key, tag, value }) in written {
            let value = match (&value.content, no_value) {
                (Content::Null, NoValue::Empty) => Some(Element::text(value.span, "")),
                (Content::Null, NoValue::Inherited) => Some(value),
                _ => self.value(value, &Form::Scalar, &format!("`{name}`")),
            };
            members.extend(value.map(|value| (name, Member { key, tag, value })));
        }
        Some(Element::new(span, Content::Mapping(members)))
    }

    /// The items of a list of `NAME=value` as a mapping; the last of those with the same name counts.
    fn listed(&mut self, items: Vec<Element>, what: &str) -> Members {
        let mut members = Members::with_capacity(items.len());
        for item in items {
            let Some(text) = item.as_text() else {
                self.wrong_type(&item, &format!("each item of {what}"), "text");
                continue;
            };
            let (name, content) = match text.split_once('=') {
                Some((name, value)) => (name, Content::from(value)),
                None => (text, Content::Null),
            };
            if name.is_empty() {
                let diagnostic = Diagnostic::error("bad-value", "there is no name before the `=`");
                self.diagnostics.push(diagnostic.at(item.span, "").help("write `NAME=value`"));
                continue;
            }
            if name.ends_with(char::is_whitespace) {
                let diagnostic = Diagnostic::error(
                    "bad-value",
                    format!("the name `{}` has a space after it", name.trim()),
                );
                self.diagnostics.push(diagnostic.at(item.span, "").help("write `NAME=value` without spaces"));
                continue;
            }
            members.insert(name.to_owned(), Member::new(item.span, Element::new(item.span, content)));
        }
        members
    }

    /// A mapping of options to texts and numbers.
    pub(super) fn options(&mut self, element: Element, what: &str) -> Option<Element> {
        match element.content {
            Content::Mapping(_) => self.pairs(element, NoValue::Empty, what),
            _ => {
                self.wrong_type(&element, what, "a mapping of names to values");
                None
            }
        }
    }

    /// Host names, each with the list of its addresses.
    pub(super) fn hosts(&mut self, element: Element, what: &str) -> Option<Element> {
        let span = element.span;
        let mut members = Members::new();
        match element.content {
            Content::Mapping(written) => {
                for (name, Member { key, tag, value }) in written {
                    let value = self.value(value, &Form::Texts, &format!("`{name}`"));
                    let Some(mut value) = value else { continue };
                    value.items_mut().into_iter().flatten().for_each(strip_brackets);
                    members.insert(name, Member { key, tag, value });
                }
            }
            Content::List(items) => {
                for item in items {
                    self.host(&item, &mut members, what);
                }
            }
            _ => {
                self.wrong_type(
                    &element,
                    what,
                    "a mapping of hosts to addresses, or a list of `HOST=ADDRESS`",
                );
                return None;
            }
        }
        Some(Element::new(span, Content::Mapping(members)))
    }

    fn host(&mut self, item: &Element, members: &mut Members, what: &str) {
        let pair = item.as_text().and_then(|text| text.split_once('=').or_else(|| text.split_once(':')));
        let Some((name, addresses)) = pair.filter(|(name, _)| !name.is_empty()) else {
            self.bad_value(item, &format!("each item of {what}"), "`HOST=ADDRESS`", "db=10.0.0.5");
            return;
        };
        let empty = || Member::new(item.span, Element::new(item.span, Content::List(Vec::new())));
        let member = members.entry(name.to_owned()).or_insert_with(empty);
        for address in addresses.split(',') {
            let mut address = Element::text(item.span, address);
            strip_brackets(&mut address);
            member.value.items_mut().into_iter().for_each(|items| items.push(address.clone()));
        }
    }
}

/// `[::1]` is `::1`.
fn strip_brackets(address: &mut Element) {
    let inner = address.as_text().and_then(|text| text.strip_prefix('[')?.strip_suffix(']'));
    if let Some(inner) = inner {
        address.content = Content::from(inner);
    }
}
