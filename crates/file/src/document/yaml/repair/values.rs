//! Slips of values: a second colon, characters that mean something at the beginning, commas at the end.

use super::{lines::Line, stop_point::StopPoint};
use crate::document::yaml::words::YamlProblem;

/// Keys that are hardly meant as a word.
pub(super) const KEYS: &[&str] = &[
    "name", "image", "ship", "restart", "command", "ports", "volumes", "env", "net", "ip", "host", "memory",
    "type", "requires",
];

/// Keys whose values are mappings.
pub(super) const MAPPINGS: &[&str] = &[
    "ports",
    "env",
    "volumes",
    "links",
    "labels",
    "limits",
    "ulimits",
    "log_opt",
    "lifecycle",
    "extra_hosts",
    "update",
    "instances",
    "services",
    "ships",
    "registries",
];

/// `cap_add: - NET_ADMIN`.
pub(super) fn list_on_the_line_of_its_key(line: &Line<'_>) -> Option<YamlProblem> {
    let (name, value) = line.entry()?;
    let items = value.strip_prefix("- ")?;
    let items: Vec<&str> = items.split(" - ").map(str::trim).collect();
    let at = line.start + line.indent + line.text.find(value)?;
    let range = at..at + value.len();
    let finding =
        YamlProblem::new("bad-indentation", "a list cannot begin on the line of its key", range.clone());
    let list = format!("[{}]", items.join(", "));
    Some(finding.help(format!("write `{name}: {list}`")).safe(range, &list))
}

/// `command: | echo hi`.
pub(super) fn text_behind_block_sign(line: &Line<'_>) -> Option<YamlProblem> {
    let (_, value) = line.entry()?;
    let text = value.strip_prefix(['|', '>'])?.trim_start();
    if text.is_empty() {
        return None;
    }
    let at = line.start + line.indent + line.text.find(value)?;
    let range = at + 1..at + value.len();
    let finding = YamlProblem::new(
        "syntax",
        "only `+`, `-` or a digit may stand after `|` or `>`",
        at..at + value.len(),
    );
    let below = format!("\n{}{text}", " ".repeat(line.indent + 2));
    Some(finding.help("put the text into the line below, indented").safe(range, &below))
}

/// So many lines that end with a comma are shown beside the first.
const SHOWN_COMMAS: usize = 4;

/// `name: shop,`, as JSON has it.
pub(super) fn trailing_commas(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let ends = |line: &&Line<'_>| {
        let code = line.code();
        let balance = |open, close| code.matches(open).count() == code.matches(close).count();
        code.ends_with([',', ';']) && balance('[', ']') && balance('{', '}')
    };
    let first = Some(&place.lines[row]).filter(ends)?;
    let last = |line: &Line<'_>| {
        let at = line.start + line.indent + line.code().len();
        at - 1..at
    };
    let sign = &first.code()[first.code().len() - 1..];
    let commas: Vec<&Line<'_>> = place.lines.iter().filter(ends).collect();
    let first = commas.first().copied().unwrap_or(first);
    let finding =
        YamlProblem::new("stray-comma", format!("a line does not end with `{sign}` in YAML"), last(first));
    let others = commas.iter().skip(1).take(SHOWN_COMMAS);
    let finding = others.fold(finding, |finding, line| finding.also(last(line), "and here"));
    let finding = match commas.len() {
        1 => finding.help(format!("remove the `{sign}`")),
        count => finding.help(format!("remove the `{sign}` at the end of these {count} lines")),
    };
    Some(commas.iter().fold(finding, |finding, line| finding.safe(last(line), "")))
}

/// `web-1: ship: a`, `image: nginx: 1.27`, `command: echo a: b`.
pub(super) fn second_colon(line: &Line<'_>) -> Option<YamlProblem> {
    let item = line.text.strip_prefix("- ").map_or(0, |rest| line.text.len() - rest.trim_start().len());
    let code = line.code().get(item..)?;
    let (name, value) = code.split_once(": ")?;
    let value = value.trim_start();
    let (inner, rest) = value.split_once(": ").or_else(|| Some((value.strip_suffix(':')?, "")))?;
    if value.starts_with(['"', '\'', '{', '[', '|', '>', '&', '*', '!']) {
        return None;
    }
    let begin = line.start + line.indent + item;
    let at = begin + code.len() - value.len();
    let range = at..at + value.len();
    let colon = at + inner.len();
    let finding = YamlProblem::new("second-colon", "a second `: ` in one line", colon..colon + 1);
    if name == "image" && !rest.is_empty() {
        let meant = format!("{inner}:{}", rest.trim());
        return Some(finding.label("a tag follows the `:` without a space").safe(range, &meant));
    }
    let is_entry = MAPPINGS.contains(&name) || KEYS.contains(&inner.trim()) && name != "command";
    let finding = if is_entry {
        finding.label("this begins a mapping, which needs braces").unsure(range, &format!("{{{value}}}"))
    } else {
        let quoted = serde_json::Value::from(value).to_string();
        finding.label("a value that contains `: ` needs quotes").unsure(range, &quoted)
    };
    Some(finding)
}

/// `image: @nginx`.
pub(super) fn reserved_character(line: &Line<'_>) -> Option<YamlProblem> {
    let item = line.text.strip_prefix("- ").map(str::trim_start);
    let value = match (item, line.entry()) {
        (_, Some((_, value))) if !value.is_empty() => value,
        (Some(item), _) => item.split(" #").next().unwrap_or_default().trim_end(),
        _ => return None,
    };
    let character =
        value.chars().next().filter(|c| "@`%|>,?".contains(*c) || value.contains(['[', '{', ']', '}']))?;
    if value.contains('\'') {
        return None;
    }
    let at = line.start + line.indent + line.text.find(value)?;
    let range = at..at + value.len();
    let quoted = format!("'{value}'");
    let finding = if "[{".contains(character) {
        match value.rfind([']', '}']).map(|close| close + 1).filter(|behind| *behind < value.len()) {
            Some(behind) => {
                YamlProblem::new("syntax", "this cannot stand here", at + behind..at + value.len())
                    .label("the value ends with the bracket before it")
            }
            None => YamlProblem::new("syntax", "this is not YAML", at..at + value.len())
                .label("a value that begins like this and is a text needs quotes"),
        }
    } else {
        let text = format!("a value cannot begin with `{character}`, unless it is in quotes");
        YamlProblem::new("reserved-character", text, at..at + character.len_utf8())
    };
    Some(finding.unsure(range, &quoted))
}

/// `"nginx"#comment`.
pub(super) fn comment_without_space(line: &Line<'_>) -> Option<YamlProblem> {
    let at = line.text.find(['"', '\'', ']', '}']).map(|_| line.text.find('#'))??;
    if line.text[..at].ends_with(' ') || at == 0 {
        return None;
    }
    let at = line.start + line.indent + at;
    let finding =
        YamlProblem::new("missing-space", "a comment needs a space in front of its `#`", at..at + 1);
    Some(finding.safe(at..at, " "))
}
