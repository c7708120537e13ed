//! `update` of a service: how its instances are replaced.

use std::time::Duration;

use super::{
    keys,
    read::{Field, Fields, Reader},
    yaml::NodeKind,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::Spanned,
    value::update::{OnFailure, OnPeerChange, Order},
};

/// `update` as it is written. What is not said is none.
#[derive(Debug, Clone, Default)]
pub struct UpdateSection {
    /// `order`
    pub order: Option<Spanned<Order>>,
    /// `parallel`
    pub parallel: Option<Parallel>,
    /// `max_per_ship`, 1 or more
    pub max_per_ship: Option<usize>,
    /// `canary`, 1 or more
    pub canary: Option<usize>,
    /// `delay`
    pub delay: Option<Duration>,
    /// `on_failure`
    pub on_failure: Option<OnFailure>,
    /// `max_failures`
    pub max_failures: Option<usize>,
    /// `on_peer_change`
    pub on_peer_change: Option<OnPeerChange>,
}

/// How many instances are replaced at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallel {
    /// So many, 1 or more.
    Instances(usize),
    /// A percentage of the service's instances, from 1 to 100, rounded up.
    Percent(u8),
}

const EXAMPLE: &str = "update: {order: start-first, parallel: 2}";
/// More than anybody has instances.
const MOST: i64 = 100_000;

/// Reads `update`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> UpdateSection {
    if let NodeKind::Scalar(scalar) = reader.yaml.kind(field.value)
        && let Some(order) = Order::from_word(&scalar.text)
    {
        let text = "`update` must be a mapping of keys to values";
        let diagnostic =
            Diagnostic::error("wrong-type", text).at(reader.span(field.value), "this is its order");
        let help = format!("write `update: {{order: {}}}`", order.word());
        let written = format!("{{order: {}}}", order.word());
        reader.diagnostics.push(diagnostic.help(help).fix(reader.span(field.value), written));
        return UpdateSection::default();
    }
    let fields = reader.section(field.value, "`update`", &[keys::UPDATE], EXAMPLE);
    let order = word(reader, &fields, "order", Order::WORDS);
    let on_failure = word(reader, &fields, "on_failure", OnFailure::WORDS);
    let on_peer_change = word(reader, &fields, "on_peer_change", OnPeerChange::WORDS);
    let section = UpdateSection {
        order: order.and_then(|word| Some(Spanned::new(Order::from_word(word.value)?, word.span))),
        parallel: parallel(reader, &fields),
        max_per_ship: number(reader, &fields, "max_per_ship", 1),
        canary: number(reader, &fields, "canary", 1),
        delay: fields
            .get(reader, "delay")
            .cloned()
            .and_then(|field| reader.duration(field.value, "delay", "10s")),
        on_failure: on_failure.and_then(|word| OnFailure::from_word(word.value)),
        max_failures: number(reader, &fields, "max_failures", 0),
        on_peer_change: on_peer_change.and_then(|word| OnPeerChange::from_word(word.value)),
    };
    if section.on_failure == Some(OnFailure::Continue)
        && section.max_failures.is_some()
        && let Some(place) = fields.place("max_failures")
    {
        let text = "`max_failures` counts for nothing beside `on_failure: continue`";
        reader.diagnostics.push(
            Diagnostic::warning("no-effect", text).at(place, "has no effect").help(
                "leave it out, or write `on_failure: pause` or `rollback` for what follows more failures",
            ),
        );
    }
    section
}

/// One of these words, with `-` or `_` as they have it.
fn word(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &str,
    words: &[&'static str],
) -> Option<Spanned<&'static str>> {
    let field = fields.get(reader, key)?.clone();
    let text = reader.text(field.value, &format!("`{key}`"), &format!("{key}: {}", words[0]))?;
    if let Some(word) = words.iter().find(|word| **word == text.value) {
        return Some(Spanned::new(word, text.span));
    }
    let plain = text.value.trim().to_lowercase().replace(['_', ' '], "-");
    let help = match words
        .iter()
        .copied()
        .find(|word| *word == plain)
        .or_else(|| nearest(&plain, words.iter().copied()))
    {
        Some(near) => Help::did_you_mean(text.span, &plain, near),
        None => match synonym(key, &plain) {
            Some(word) => {
                let others: Vec<String> =
                    words.iter().filter(|other| **other != word).map(|other| format!("`{other}`")).collect();
                let help = format!("write `{key}: {word}`; it also takes {}", others.join(" and "));
                Help::from(help).replace(text.span, word)
            }
            None => Help::from(format!("write one of {}", words.join(", "))),
        },
    };
    let diagnostic = Diagnostic::error("bad-update", format!("`{key}` has no value `{}`", text.value));
    reader.diagnostics.push(diagnostic.at(text.span, "unknown word").help(help));
    None
}

/// What other tools call a word of `key`.
fn synonym(key: &str, word: &str) -> Option<&'static str> {
    Some(match (key, word) {
        ("order", "rolling" | "rolling-update" | "recreate") => "stop-first",
        ("order", "blue-green" | "surge") => "start-first",
        ("on_failure", "stop" | "abort" | "fail") => "pause",
        ("on_failure", "undo" | "revert") => "rollback",
        ("on_failure", "ignore" | "none") => "continue",
        _ => return None,
    })
}

/// A number of instances, or a percentage of them.
fn parallel(reader: &mut Reader<'_>, fields: &Fields) -> Option<Parallel> {
    let field = fields.get(reader, "parallel")?.clone();
    let written = reader.written(field.value).trim().to_owned();
    let Some(part) = written.strip_suffix('%').filter(|_| reader.is_scalar(field.value)) else {
        return number(reader, fields, "parallel", 1).map(Parallel::Instances);
    };
    let percent = part.parse::<u8>().ok().filter(|percent| (1..=100).contains(percent));
    if percent.is_none() {
        let span = reader.span(field.value);
        let text = "`parallel` must be a number of instances, or from 1% to 100% of them";
        let diagnostic = Diagnostic::error("out-of-range", text);
        let nearest = part.trim().parse::<f64>().ok().map(|part| part.ceil().clamp(1.0, 100.0));
        let diagnostic = diagnostic.at(span, format!("`{written}` is not"));
        reader.diagnostics.push(match nearest {
            Some(meant) => diagnostic
                .help(format!("write `parallel: {meant:.0}%`"))
                .replace(span, format!("{meant:.0}%")),
            None => diagnostic.help("write for example `parallel: 25%`"),
        });
    }
    percent.map(Parallel::Percent)
}

/// What a number that is too small can be meant for.
fn meaning(key: &str) -> Option<&'static str> {
    match key {
        "parallel" => Some(" for one after another, or the number of its instances for all at once"),
        "max_per_ship" => Some(" for one instance of each ship at a time"),
        "canary" => Some(" to replace one instance first; without canaries leave it out"),
        "max_failures" => Some(" to stop at the first failure; `on_failure: continue` goes on after each"),
        _ => None,
    }
}

fn number(reader: &mut Reader<'_>, fields: &Fields, key: &str, least: i64) -> Option<usize> {
    let field = fields.get(reader, key)?.clone();
    let written = reader.written(field.value).trim().parse::<i64>();
    if let Some(other) = written.ok().filter(|written| *written < least).and_then(|_| meaning(key)) {
        let span = reader.span(field.value);
        let text = format!("`{key}` must be from {least} to {MOST}");
        reader.diagnostics.push(
            Diagnostic::error("out-of-range", text)
                .at(span, "too small")
                .help(format!("write `{key}: {least}`{other}"))
                .replace(span, least.to_string()),
        );
        return None;
    }
    let number = reader.integer(field.value, &format!("`{key}`"), (least, MOST), &format!("{key}: 1"))?;
    usize::try_from(number.value).ok()
}
