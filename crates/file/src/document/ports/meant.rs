//! What a wrong port can mean, by the numbers in it.

use super::{super::wrong::Wrong, services};

/// The text with its numbers in the right form, if it has one or two that are ports.
pub(super) fn by_numbers(name: &str, text: &str, label: &str) -> Option<Wrong> {
    let between: Vec<&str> =
        text.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let digits: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    // A minus, a fraction and a name of a file are no ports, whatever their digits are.
    if text.starts_with('-') || text.contains(['.', '$', '{', '[']) {
        return None;
    }
    let ports: Option<Vec<u16>> =
        digits.iter().map(|digits| digits.parse().ok().filter(|port| *port > 0)).collect();
    let words: Vec<&str> =
        between.iter().map(|part| part.trim_matches(|c: char| !c.is_alphabetic())).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let is_host = |word: &&str| word.eq_ignore_ascii_case("localhost");
    let protocol = words.iter().find(|word| ["tcp", "udp", "sctp"].contains(word)).copied();
    let is_known =
        |word: &&str| is_host(word) || Some(*word) == protocol || services::port_of(word).is_some();
    if !words.iter().all(is_known) {
        return None;
    }
    let suffix = protocol
        .filter(|protocol| *protocol != "tcp")
        .map(|protocol| format!("/{protocol}"))
        .unwrap_or_default();
    let has = |separator: &str| text.contains(separator);
    match ports?[..] {
        [port] => {
            let meant = format!("{port}{suffix}");
            let help = format!("write `{name}: {meant}`");
            Some(Wrong { meant: Some(meant), ..Wrong::new(label, help) })
        }
        [first, second] if has(",") || has(";") || has("+") || has("and") => {
            let help = format!("give each port a name: `{name}: {first}` and `{name}-2: {second}`");
            Some(Wrong::new(label, help))
        }
        [host, container] if words.iter().any(is_host) => {
            let meant = format!("{{exposed: {container}{suffix}, external: [127.0.0.1, {host}]}}");
            let help = format!("write `{name}: {meant}`");
            Some(Wrong { meant: Some(meant), ..Wrong::new(label, help) })
        }
        [first, second] => {
            // With a colon the port inside comes first, as here; other tools show the ship's first.
            let (container, host) = if has(":") { (first, second) } else { (second, first) };
            let meant = format!("{container}{suffix}:{host}{suffix}");
            let help = format!("write `{name}: \"{meant}\"`: port {container} inside and {host} on the ship");
            Some(Wrong { meant: Some(meant), ..Wrong::new(label, help) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_numbers_are_put_in_the_right_form() {
        for (text, expected) in [
            (":80", "write `http: 80`"),
            ("8080:", "write `http: 8080`"),
            ("tcp:80", "write `http: 80`"),
            ("53udp", "write `http: 53/udp`"),
            ("8080 80", "write `http: \"80:8080\"`: port 80 inside and 8080 on the ship"),
            ("8080->80", "write `http: \"80:8080\"`: port 80 inside and 8080 on the ship"),
            ("8080=80", "write `http: \"80:8080\"`: port 80 inside and 8080 on the ship"),
            ("8080/80", "write `http: \"80:8080\"`: port 80 inside and 8080 on the ship"),
            ("80:8080tcp", "write `http: \"80:8080\"`: port 80 inside and 8080 on the ship"),
            ("53:53 udp", "write `http: \"53/udp:53/udp\"`: port 53 inside and 53 on the ship"),
            ("localhost:8080:80", "write `http: {exposed: 80, external: [127.0.0.1, 8080]}`"),
            ("80, 443", "give each port a name: `http: 80` and `http-2: 443`"),
        ] {
            let wrong = by_numbers("http", text, "").unwrap_or_else(|| panic!("{text}"));
            assert_eq!(wrong.help, expected, "{text}");
        }
        for text in ["", "-1", "80.5", "0", "99999", "web80", "1:2:3", "true", "80:{{ port }}"] {
            assert!(by_numbers("http", text, "").is_none(), "{text}");
        }
    }
}
