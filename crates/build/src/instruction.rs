//! The instructions of a Dockerfile and their places, as the classic builder counts its steps.

use std::ops::Range;

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// In capitals: `FROM`.
    pub keyword: String,
    /// What follows, in one line.
    pub arguments: String,
    /// The bytes of the file that it takes, with the lines that continue it.
    pub range: Range<usize>,
}

/// The instructions of a Dockerfile, in their order. Comments and empty lines are none, and neither do they end a line that
/// is continued.
#[must_use]
pub fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let (mut found, mut open): (Vec<Instruction>, Option<Instruction>) = (Vec::new(), None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, content) = (at + line.len() - line.trim_start().len(), line.trim());
        at += line.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let continues = content.ends_with(escape);
        let content = content.strip_suffix(escape).unwrap_or(content).trim_end();
        let mut instruction = match open.take() {
            Some(mut before) => {
                before.arguments = format!("{} {content}", before.arguments).trim().into();
                before
            }
            None => {
                let (keyword, arguments) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
                Instruction {
                    keyword: keyword.to_uppercase(),
                    arguments: arguments.trim().to_owned(),
                    range: start..start,
                }
            }
        };
        instruction.range.end = start + line.trim().len();
        if continues {
            open = Some(instruction);
        } else {
            found.push(instruction);
        }
    }
    found.extend(open);
    found
}

/// The images that a Dockerfile begins with, as they are written; not those with variables, and no stages.
#[must_use]
pub fn base_images(text: &str) -> Vec<String> {
    let (mut images, mut stages) = (Vec::new(), vec!["scratch".to_owned()]);
    for instruction in instructions(text).iter().filter(|instruction| instruction.keyword == "FROM") {
        let mut words = instruction.arguments.split_whitespace().filter(|word| !word.starts_with("--"));
        let image = words.next().unwrap_or_default();
        let is_stage = stages.iter().any(|stage| stage.eq_ignore_ascii_case(image));
        if !is_stage && !image.is_empty() && !image.contains('$') {
            images.push(image.to_owned());
        }
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
            stages.extend(words.next().map(str::to_owned));
        }
    }
    images
}

/// What continues a line: `\`, unless a directive at the top says otherwise.
fn escape(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let mut named = directives.filter_map(|line| line[1..].split_once('='));
    let escape = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    if escape.is_some_and(|(_, value)| value.trim() == "`") { '`' } else { '\\' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_counted_as_the_builder_counts_steps() {
        let text = "# syntax\nARG V=1\nfrom busybox:$V\n\n  RUN a && \\\n# a comment\n\n    b \\\n    c\nCMD [\"x\"]";
        let found = instructions(text);
        let words: Vec<_> = found.iter().map(|one| (one.keyword.as_str(), one.arguments.as_str())).collect();
        assert_eq!(words, [("ARG", "V=1"), ("FROM", "busybox:$V"), ("RUN", "a && b c"), ("CMD", "[\"x\"]")]);
        assert_eq!(&text[found[2].range.clone()], "RUN a && \\\n# a comment\n\n    b \\\n    c");
        assert_eq!(&text[found[3].range.clone()], "CMD [\"x\"]");
    }

    #[test]
    fn a_directive_chooses_what_continues_a_line() {
        let found = instructions("# escape=`\nRUN dir C:\\\nRUN a `\n b");
        let words: Vec<_> = found.iter().map(|one| one.arguments.as_str()).collect();
        assert_eq!(words, ["dir C:\\", "a b"]);
    }

    #[test]
    fn base_images_are_neither_stages_nor_variables() {
        let text = "FROM --platform=linux/amd64 golang:1.23 AS build\nFROM ${BASE}\nFROM Build\nFROM scratch\nFROM a.b/c";
        assert_eq!(base_images(text), ["golang:1.23", "a.b/c"]);
    }
}
