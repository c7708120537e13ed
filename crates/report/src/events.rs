//! What happens on engines, a line each, and which of it is wanted.

use std::{collections::BTreeMap, str::FromStr};

use super::{explain, id::short_id, text::harmless};
use jiff::Timestamp;
use maestro_core::{
    fault::ShipFault,
    model::patterns::Patterns,
    value::secret::{hidden_words, shown_value},
};
use serde_json::{Value, json};

/// Something that happened to a thing of the environment. All of it but the ship is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// When, by the engine's clock.
    pub time: Timestamp,
    /// The ship.
    pub ship: String,
    /// `container`, `network`, `volume`.
    pub kind: String,
    /// What happened: `start`, `connect`, `exec_create: sh`.
    pub action: String,
    /// The id of what it happened to; a volume's is its name.
    pub id: String,
    /// The instance, of a container.
    pub instance: Option<String>,
    /// Its service.
    pub service: Option<String>,
    /// What the engine says of it.
    pub attributes: BTreeMap<String, String>,
}

/// Attributes that say what happened, in the order in which they are shown.
const TELLING: [&str; 4] = ["exitCode", "signal", "oldName", "image"];

impl EventEntry {
    /// The name of what it happened to: an instance's, or what the engine calls it.
    #[must_use]
    pub fn subject(&self) -> &str {
        let name = || self.attributes.get("name").map(String::as_str);
        match self.kind.as_str() {
            "container" => self.instance.as_deref().or_else(name).unwrap_or(&self.id),
            "network" => name().unwrap_or(&self.id),
            _ => &self.id,
        }
    }

    /// Its line: `2026-11-29T08:00:00.000000000Z a container die web-1 (exitCode=0)`.
    #[must_use]
    pub fn line(&self) -> String {
        let attribute = |name: &str| self.attributes.get(name).map(String::as_str);
        let mut details: Vec<String> =
            TELLING.into_iter().filter_map(|name| Some(format!("{name}={}", attribute(name)?))).collect();
        if self.kind != "container" {
            let container = self.instance.clone().or_else(|| attribute("container").map(short_id));
            details.extend(container.map(|container| format!("container={container}")));
        }
        let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
        let text = format!("{} {} {} {}{details}", self.ship, self.kind, self.shown_action(), self.subject());
        format!("{:.9} {}", self.time, harmless(&text))
    }

    /// What happened, without what looks secret: `exec_create` has the words of the command.
    fn shown_action(&self) -> String {
        hidden_words(self.action.split(' ')).join(" ")
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let attributes = self.attributes.iter().map(|(name, value)| (name.clone(), shown_value(name, value)));
        let attributes: BTreeMap<String, String> = attributes.collect();
        json!({
            "time": format!("{:.9}", self.time),
            "ship": self.ship,
            "type": self.kind,
            "event": self.shown_action(),
            "id": self.id,
            "instance": self.instance,
            "service": self.service,
            "attributes": attributes,
        })
    }
}

/// What is told of a ship that does not answer any more.
#[must_use]
pub fn lost(ship: &str, reason: &ShipFault) -> String {
    format!("{}; its events go on when it answers", explain::ship::unreachable(ship, reason))
}

/// Which events are wanted. Of one key any value may match, and all keys have to.
#[derive(Debug, Clone)]
pub struct EventFilter(Patterns<Key>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Ship,
    Service,
    Instance,
    Type,
    Event,
}

const KEYS: [(&str, Key); 6] = [
    ("ship", Key::Ship),
    ("service", Key::Service),
    ("instance", Key::Instance),
    ("container", Key::Instance),
    ("type", Key::Type),
    ("event", Key::Event),
];

impl FromStr for EventFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Patterns::parse(text, &KEYS).map(Self)
    }
}

impl EventFilter {
    /// All filters as one.
    #[must_use]
    pub fn merged(filters: &[Self]) -> Self {
        Self(Patterns::merged(filters.iter().map(|filter| &filter.0)))
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn keeps(&self, entry: &EventEntry) -> bool {
        // `exec_create: sh` is `exec_create`.
        let action = entry.action.split(':').next().unwrap_or_default();
        self.0.keeps(|key, pattern| {
            pattern.is_match(match key {
                Key::Ship => entry.ship.as_str(),
                Key::Service => entry.service.as_deref().unwrap_or_default(),
                Key::Instance => entry.instance.as_deref().unwrap_or_default(),
                Key::Type => entry.kind.as_str(),
                Key::Event => action,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn entry(kind: &str, action: &str, attributes: &[(&str, &str)]) -> EventEntry {
        EventEntry {
            time: Timestamp::from_nanosecond(1_700_000_000_000_000_001).unwrap(),
            ship: "a".to_owned(),
            kind: kind.to_owned(),
            action: action.to_owned(),
            id: "0123456789abcdef".to_owned(),
            instance: Some("web-1".to_owned()),
            service: Some("web".to_owned()),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn each_has_one_line_that_harms_nobody() {
        let died = entry("container", "die", &[("exitCode", "3"), ("name", "x"), ("other", "y")]);
        assert_eq!(died.line(), "2023-11-14T22:13:20.000000001Z a container die web-1 (exitCode=3)");
        let connected = entry("network", "connect", &[("name", "shop"), ("container", "c")]);
        assert_eq!(
            connected.line(),
            "2023-11-14T22:13:20.000000001Z a network connect shop (container=web-1)"
        );
        let exec = entry("container", "exec_create: psql --password hunter2", &[("DB_PASSWORD", "hunter3")]);
        let told = exec.line() + &exec.json().to_string();
        assert!(told.contains("exec_create: psql --password ***") && !told.contains("hunter"), "{told}");
        assert_eq!(schema::undescribed(&exec.json(), schema::HAPPENINGS), [""; 0]);
        let sly = entry("volume", "mount\n\u{1b}[2J", &[]);
        assert_eq!((died.subject(), connected.subject()), ("web-1", "shop"));
        assert!(
            sly.line().ends_with("a volume mount\\n\\u{1b}[2J 0123456789abcdef (container=web-1)"),
            "{}",
            sly.line()
        );
    }

    #[test]
    fn a_filter_keeps_what_matches_each_key() {
        let died = entry("container", "die", &[]);
        let exec = entry("container", "exec_create: sh", &[]);
        let keeps = |filters: &[&str], entry: &EventEntry| {
            let filters: Vec<EventFilter> = filters.iter().map(|text| text.parse().unwrap()).collect();
            EventFilter::merged(&filters).keeps(entry)
        };
        assert!(keeps(&[], &died) && keeps(&["event=die,event=start", "ship=*"], &died));
        assert!(!keeps(&["event=die"], &exec) && keeps(&["event=exec_create"], &exec));
        assert!(!keeps(&["type=network"], &died) && !keeps(&["service=db"], &died));
        assert!(keeps(&["container=web-*"], &died));
        assert!("colour=red".parse::<EventFilter>().is_err() && "die".parse::<EventFilter>().is_err());
    }
}
