//! Lines of a file that are shown beside a problem, without the passwords that they may have.

/// The lines with asterisks in place of what stands behind a key that ends in `password`. Offsets stay as they are.
#[must_use]
pub(crate) fn masked(lines: &str) -> String {
    lines.split_inclusive('\n').map(|line| masked_line(&masked_urls(line))).collect()
}

/// What stands between the user and the `@` of a URL.
fn masked_urls(line: &str) -> String {
    let mut parts = line.split("://");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("://");
        let host = part.find(|c: char| "/\"'".contains(c) || c.is_whitespace()).unwrap_or(part.len());
        match (part.find(':'), part[..host].rfind('@')) {
            (Some(colon), Some(at)) if colon < at => {
                masked.push_str(&part[..=colon]);
                masked.extend(part[colon + 1..at].bytes().map(|_| '*'));
                masked.push_str(&part[at..]);
            }
            _ => masked.push_str(part),
        }
    }
    masked
}

fn masked_line(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = value(rest) {
        let end = at + length(&rest[at..], rest[..at].contains('{') || masked.contains('{'));
        masked.push_str(&rest[..at]);
        // Of the same length, so that what points at places in the line still does.
        masked.extend(rest[at..end].bytes().map(|_| '*'));
        rest = &rest[end..];
    }
    masked + rest
}

/// Where the value of a key that ends in `password` begins.
fn value(line: &str) -> Option<usize> {
    let small = line.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = small[from..].find("password") {
        let behind = from + found + "password".len();
        let rest = line[behind..].trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        if let Some(value) = rest.strip_prefix(':')
            && (value.is_empty() || value.starts_with([' ', '\t', '"', '\'']))
        {
            return Some(line.len() - value.trim_start_matches([' ', '\t']).len());
        }
        from = behind;
    }
    None
}

/// How long the value is that the text begins with; in braces it ends where the next key begins.
fn length(text: &str, in_braces: bool) -> usize {
    let line = text.trim_end_matches(['\n', '\r']);
    match line.chars().next() {
        // What a template writes is not in the line.
        Some('"' | '\'') if line[1..].starts_with("{{") => 0,
        Some(quote @ ('"' | '\'')) => line[1..].find(quote).map_or(line.len(), |end| end + 2),
        _ if line.starts_with("{{") => 0,
        _ if in_braces => line.find([',', '}']).unwrap_or(line.len()),
        _ => line.find(" #").unwrap_or(line.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn passwords_are_not_shown() {
        for (line, shown) in [
            ("password: hunter2", "password: *******"),
            ("  password: hunter2 # old\n", "  password: ******* # old\n"),
            ("{username: u, password: hunter2, retyr: {}}", "{username: u, password: *******, retyr: {}}"),
            ("{password: hunter2}", "{password: *******}"),
            ("DB_PASSWORD: 'hunter2, and }'", "DB_PASSWORD: ****************"),
            ("\"password\": \"hunter2\"", "\"password\": *********"),
            ("{password: a, b: {password: b}}", "{password: *, b: {password: *}}"),
            ("password : h\u{fc}nter", "password : *******"),
            ("password:", "password:"),
            ("password: \"{{ env.PASSWORD }}\"", "password: \"{{ env.PASSWORD }}\""),
            ("passwords_from: x", "passwords_from: x"),
            ("image: password:1", "image: password:1"),
            ("[https://u:hunter2@r/a:b@c, http://r:1/a@b]", "[https://u:*******@r/a:b@c, http://r:1/a@b]"),
        ] {
            assert_eq!(masked(line), shown);
        }
        assert_eq!(masked("a: 1\npassword: x\nb: 2\n"), "a: 1\npassword: *\nb: 2\n");
    }

    proptest! {
        #[test]
        fn every_offset_stays(text in "(?s).{0,20}(password ?: ?['\"{]?.{0,20}){0,3}") {
            let shown = masked(&text);
            prop_assert_eq!(shown.len(), text.len());
            let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
            prop_assert_eq!(ends(&shown), ends(&text));
        }
    }
}
