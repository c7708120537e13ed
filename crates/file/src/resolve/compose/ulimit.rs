//! `ulimits`: limits of the processes in a container.

use crate::{
    compose::element::{Content, Element},
    document::settings::ulimits::{out_of_range, unknown_name, wrong_pair},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
    value::Ulimit,
};

/// A limit with the places of its parts.
struct WrittenUlimit<'p> {
    name: Spanned<&'p str>,
    soft: Spanned<i64>,
    hard: Spanned<i64>,
    place: Span,
}

impl WrittenUlimit<'_> {
    fn ulimit(&self) -> Ulimit {
        Ulimit { name: self.name.value.to_owned(), soft: self.soft.value, hard: self.hard.value }
    }
}

/// The limits of a service: a number each, or a soft and a hard one.
pub(super) fn ulimits(service: &Element) -> Vec<Ulimit> {
    written(service).map(|written| written.ulimit()).collect()
}

/// Tells limits that no engine takes.
pub(super) fn refused(service: &Element) -> Vec<Diagnostic> {
    let is_there = |name: &str| service.entries("ulimits").any(|(other, _)| other.value == name);
    let wrong = |written: WrittenUlimit<'_>| {
        unknown_name(&Spanned::new(written.name.value.to_owned(), written.name.span), is_there)
            .or_else(|| out_of_range(&written.ulimit(), written.place))
            .or_else(|| wrong_pair(written.name.value, &written.soft, &written.hard))
    };
    written(service).filter_map(wrong).collect()
}

fn written(service: &Element) -> impl Iterator<Item = WrittenUlimit<'_>> {
    service.entries("ulimits").filter_map(|(name, limit)| {
        let of = |key: &str| limit.spanned_integer(key);
        let whole = if let Content::Integer(number) = limit.content { number.try_into().ok() } else { None };
        let single = whole.map(|number| Spanned::new(number, limit.span)).or_else(|| of("single"));
        let (soft, hard) = (of("soft").or_else(|| single.clone())?, of("hard").or(single)?);
        Some(WrittenUlimit { name, soft, hard, place: limit.span })
    })
}
