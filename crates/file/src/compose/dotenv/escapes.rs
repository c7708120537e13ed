//! Escapes in double quotes of an env file.

/// The text with its escapes resolved: `\n`, `\t`, `\"`, `\\`, `\0101` and their kin. `\$` becomes `$$`, which is a `$` once
/// variables are filled in. What is no escape is kept.
pub(super) fn resolved(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, length) = escape(rest);
        done.push_str(&written);
        rest = &rest[length..];
    }
    done + rest
}

/// What the escape means with which the text begins, and its length.
fn escape(text: &str) -> (String, usize) {
    let simple = |c: &str| (c.to_owned(), 2);
    match text.as_bytes().get(1) {
        Some(b'a') => simple("\u{7}"),
        Some(b'b') => simple("\u{8}"),
        Some(b'f') => simple("\u{c}"),
        Some(b'n') => simple("\n"),
        Some(b'r') => simple("\r"),
        Some(b't') => simple("\t"),
        Some(b'v') => simple("\u{b}"),
        Some(b'$') => simple("$$"),
        Some(b'"') => simple("\""),
        Some(b'\\') => simple("\\"),
        Some(b'0') => {
            let digits: String = text[2..].chars().take(3).take_while(char::is_ascii_digit).collect();
            let value = u8::from_str_radix(&digits, 8).ok().filter(|_| digits.len() == 3);
            let written = value.map_or_else(|| format!("\\{digits}"), |value| char::from(value).to_string());
            (written, 2 + digits.len())
        }
        Some(_) | None => ("\\".to_owned(), 1),
    }
}
