//! Events as lines of JSON, and JSON that a terminal can be shown without harm.

use std::{
    fmt::Write as _,
    io::{self, Write},
    time::Duration,
};

use serde::Serialize;

use super::{message::Message, progress::Reporter, text::is_harmful, throttle::Throttle};

/// `value` as JSON in one line. Characters that could steer a terminal or hide there are `\u` escapes: the same text
/// for whoever parses it, harmless for whoever looks at it.
///
/// # Errors
/// If `value` has no JSON form.
pub fn line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|json| escape(&json))
}

/// `value` as JSON in many lines, for people to read as well; escaped as by [`line()`].
///
/// # Errors
/// If `value` has no JSON form.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| escape(&json))
}

/// Programs are told how far a step is once a second at most; there are 20 ticks a second.
const TICKS_BETWEEN_LINES: u32 = 20;

/// The version of these lines. Incompatible changes raise it, new keys and events do not.
const VERSION: u32 = 1;

/// Writes each event as one line of JSON.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    progress: Throttle<Message>,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, progress: Throttle::new(TICKS_BETWEEN_LINES, true) }
    }

    fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut json = line(value)?;
        json.push('\n');
        self.out.write_all(json.as_bytes())?;
        // Whoever reads this follows the run as it goes.
        self.out.flush()
    }
}

impl<W: Write> Reporter for JsonLines<W> {
    fn event(&mut self, event: &Message) -> io::Result<()> {
        match event {
            Message::Started { .. } => {
                let mut value = serde_json::to_value(event)?;
                value["version"] = VERSION.into();
                self.write(&value)
            }
            Message::StepProgress { step, .. } => {
                let now = self.progress.take(*step, event.clone());
                now.iter().try_for_each(|event| self.write(event))
            }
            Message::StepDone { step, .. }
            | Message::StepFailed { step, .. }
            | Message::StepCancelled { step, .. }
            | Message::StepRetried { step, .. } => {
                self.progress.forget(*step);
                self.write(event)
            }
            _ => self.write(event),
        }
    }

    /// Tells how far a step is, if it has told something new, a second after the line before.
    fn tick(&mut self, _: Duration) -> io::Result<()> {
        let due = self.progress.tick();
        due.iter().try_for_each(|event| self.write(event))
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        self.write(&serde_json::json!({ "event": "note", "text": text }))
    }
}

/// Escapes in finished JSON what JSON lets stand. Only strings can have such characters; line breaks between lines stay.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut plain = 0;
    for (at, c) in json.char_indices().filter(|(_, c)| *c != '\n' && is_harmful(*c)) {
        escaped.push_str(&json[plain..at]);
        plain = at + c.len_utf8();
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing into a string cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped.push_str(&json[plain..]);
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{samples, schema},
        *,
    };

    #[test]
    fn each_event_is_described_and_the_first_has_the_version() {
        let mut json = JsonLines::new(Vec::new());
        for event in samples::run() {
            json.event(&event).unwrap();
        }
        json.note("interrupted").unwrap();
        let text = String::from_utf8(json.out).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["event"], &lines[0]["version"]), (&"started".into(), &1.into()));
        for line in &lines {
            assert_eq!(schema::undescribed(line, schema::EVENTS), [""; 0], "{line}");
        }
    }

    #[test]
    fn each_event_is_one_line() {
        let mut json = JsonLines::new(Vec::new());
        for event in samples::run().iter().rev().take(4).rev() {
            json.event(event).unwrap();
        }
        json.note("interrupted: two steps are still running").unwrap();
        insta::assert_snapshot!(String::from_utf8(json.out).unwrap(), @r#"
        {"event":"step-done","step":4,"instance":"db-1","service":"db","ship":"local","action":"ready","milliseconds":120}
        {"event":"step-started","step":6,"instance":"web-1","service":"web","ship":"local","action":"start"}
        {"event":"step-failed","step":6,"instance":"web-1","service":"web","ship":"local","action":"start","failure":{"kind":"failed","reason":"the container exited with code 3 right after its start","state":"the container server-1 is there, created and not running","next":"maestro logs server-1","exit_code":3,"log":["listening\tnow\r\n","Error: \u001b[31mno database"]}}
        {"event":"finished","command":"start","summary":{"done":6,"failed":1,"unreachable":0,"unknown":0,"cancelled":0,"not_started":1,"skipped":1,"blocked_unmanaged":0,"blocked_behind":0,"interrupted":false,"milliseconds":3210}}
        {"event":"note","text":"interrupted: two steps are still running"}
        "#);
    }

    proptest! {
        #[test]
        fn a_text_arrives_as_it_was_and_is_harmless_on_the_way(text in any::<String>()) {
            let json = line(&text).unwrap();
            prop_assert!(!json.chars().any(is_harmful));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn characters_beyond_the_basic_plane_become_a_pair() {
        assert_eq!(line(&"\u{e0041}\u{9b}").unwrap(), r#""\udb40\udc41\u009b""#);
        assert_eq!(pretty(&["a"]).unwrap(), "[\n  \"a\"\n]");
    }
}
