//! Answers, as text or as JSON.

use std::fmt::Write as _;

/// What a question was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// A name or an address.
    Text(String),
    /// A port's number, or a range of them as the environment writes it: `8000-8005`.
    Port(String),
    /// One a line, or with something else between them.
    List { items: Vec<String>, separator: String },
    /// Names and ports, one pair a line.
    Ports(Vec<(String, String)>),
}

impl Answer {
    /// As a line, or lines, of text, or as a line of JSON.
    pub(super) fn written(&self, json: bool) -> String {
        match (self, json) {
            (Self::Text(text) | Self::Port(text), false) => text.clone(),
            (Self::Text(text), true) => quoted(text),
            (Self::Port(port), true) => port_json(port),
            (Self::List { items, separator }, false) => items.join(separator),
            (Self::List { items, .. }, true) => {
                format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(","))
            }
            (Self::Ports(ports), false) => {
                ports.iter().map(|(name, port)| format!("{name}={port}")).collect::<Vec<_>>().join("\n")
            }
            (Self::Ports(ports), true) => {
                let pair = |(name, port): &(String, String)| format!("{}:{}", quoted(name), port_json(port));
                format!("{{{}}}", ports.iter().map(pair).collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn port_json(port: &str) -> String {
    if port.contains('-') { quoted(port) } else { port.to_owned() }
}

fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if c.is_control() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
            c => json.push(c),
        }
    }
    json + "\""
}
