//! What configs, secrets, volumes and names of resources must have.

use crate::compose::element::{Element, Member};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};

/// Sections whose names have a form.
const SECTIONS: [&str; 6] = ["services", "networks", "volumes", "configs", "secrets", "models"];

/// Tells what is wrong with resources.
pub(super) fn check(model: &Element, diagnostics: &mut Diagnostics) {
    for section in SECTIONS {
        for (name, member) in model.get(section).and_then(Element::members).into_iter().flatten() {
            let is_good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if name.is_empty() || !name.chars().all(is_good) {
                let diagnostic =
                    Diagnostic::error("bad-name", format!("`{name}` cannot be a name in `{section}`"));
                let meant = good_name(name, is_good);
                let diagnostic =
                    diagnostic.at(member.key, "").note("a name has letters, digits, `.`, `_` and `-` alone");
                diagnostics.push(if name.is_empty() {
                    diagnostic.help("write a name")
                } else {
                    diagnostic.help(format!("write for example `{meant}`"))
                });
            }
            match section {
                "configs" => source(name, member, "config", &["file", "environment", "content"], diagnostics),
                "secrets" => source(name, member, "secret", &["file", "environment"], diagnostics),
                "volumes" => external(member, diagnostics),
                _ => {}
            }
        }
    }
}

/// A name like this one: other characters are left out at its ends, and are `-` between the good ones.
fn good_name(name: &str, is_good: impl Fn(char) -> bool) -> String {
    let plain = name
        .chars()
        .map(|c| PLAIN.iter().find(|(marked, _)| marked.contains(c)).map_or(c, |(_, plain)| *plain));
    let dashed: String = plain.map(|c| if is_good(c) { c } else { '-' }).collect();
    let ends = |c: char| c == '-';
    let inner = if name.starts_with('-') { dashed.as_str() } else { dashed.trim_start_matches(ends) };
    let inner = if name.ends_with('-') { inner } else { inner.trim_end_matches(ends) };
    if inner.is_empty() { "web".to_owned() } else { inner.to_owned() }
}

/// Letters with marks, and the letter without.
const PLAIN: [(&str, char); 8] = [
    ("äàáâãå", 'a'),
    ("ëèéê", 'e'),
    ("ïìíî", 'i'),
    ("öòóôõø", 'o'),
    ("üùúû", 'u'),
    ("ñ", 'n'),
    ("ç", 'c'),
    ("ß", 's'),
];

/// A config or a secret comes from one place.
fn source(name: &str, member: &Member, word: &str, keys: &[&str], diagnostics: &mut Diagnostics) {
    let found: Vec<_> = keys.iter().filter_map(|key| member.value.members()?.get(*key)).collect();
    let list: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let list = list.join(", ");
    match found.as_slice() {
        [_] => {}
        [] => {
            let is_elsewhere = member.value.get("external").is_some() || member.value.get("driver").is_some();
            if !is_elsewhere {
                let diagnostic =
                    Diagnostic::error("missing-key", format!("the {word} `{name}` has no content"))
                        .at(member.key, "");
                diagnostics
                    .push(diagnostic.help(format!("write one of {list}, for example `file: ./{name}.txt`")));
            }
        }
        [first, second, ..] => {
            let diagnostic =
                Diagnostic::error("contradiction", format!("the {word} `{name}` has two contents"))
                    .at(second.key, "this one")
                    .also(first.key, "and this one");
            diagnostics.quiet_at([first.value.span, second.value.span]);
            diagnostics.push(diagnostic.help(format!("leave one of {list}")));
        }
    }
}

/// Nothing is said of an external volume but its name.
fn external(member: &Member, diagnostics: &mut Diagnostics) {
    let Some(members) = member.value.members() else { return };
    let Some(external) = members.get("external").filter(|external| external.value.is_true()) else { return };
    let other = members
        .iter()
        .find(|(name, _)| !["name", "external"].contains(&name.as_str()) && !name.starts_with("x-"));
    if let Some((name, other)) = other {
        let diagnostic =
            Diagnostic::error("contradiction", format!("`{name}` means nothing for an external volume"))
                .at(other.key, "")
                .also(external.key, "it is not made by this project");
        diagnostics.push(diagnostic.help(format!("leave out `{name}`, or `external`")));
    }
}
