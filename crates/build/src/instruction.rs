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

/// The first thing in a Dockerfile that only BuildKit carries out: its words and its bytes in the text.
#[must_use]
pub fn of_buildkit(text: &str) -> Option<(String, Range<usize>)> {
    let mut found = instructions(text).into_iter().filter_map(|instruction| {
        let Instruction { keyword, arguments, range } = instruction;
        let mut options = arguments.split_whitespace().take_while(|word| word.starts_with("--"));
        let of_keyword: &[&str] = match keyword.as_str() {
            "RUN" => &["--mount", "--network", "--security", "--device"],
            "COPY" => &["--link", "--parents", "--exclude"],
            "ADD" => &["--link", "--checksum", "--keep-git-dir", "--exclude", "--unpack"],
            _ => &[],
        };
        let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
        let option = options.find(|option| of_keyword.contains(&name(option).as_str()));
        let words = match option {
            Some(option) => format!("{keyword} {}", name(option)),
            None if has_here_document(&keyword, &arguments) => format!("{keyword} <<"),
            None => return None,
        };
        Some((words, range))
    });
    found.next()
}

/// The frontend that a directive at the top of a Dockerfile names (`# syntax=docker/dockerfile:1`).
#[must_use]
pub fn frontend(text: &str) -> Option<&str> {
    directive(text, "syntax")
}

/// `RUN <<EOF`, `COPY <<name /path`: lines of the Dockerfile follow. `<< 2` is the shell's.
fn has_here_document(keyword: &str, arguments: &str) -> bool {
    let takes = matches!(keyword, "RUN" | "COPY" | "ADD");
    let mut words = arguments.split_whitespace().skip_while(|word| word.starts_with("--"));
    let is_one = |word: &str| {
        let name = word.strip_prefix("<<").map(|name| name.trim_start_matches(['-', '"', '\'']));
        name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
    };
    takes && words.any(is_one)
}

/// What continues a line: `\`, unless a directive at the top says otherwise.
fn escape(text: &str) -> char {
    if directive(text, "escape") == Some("`") { '`' } else { '\\' }
}

/// The value of a directive at the top of a Dockerfile.
fn directive<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let mut named = directives.filter_map(|line| line[1..].split_once('='));
    let found = named.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
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
    fn what_only_buildkit_carries_out_is_found() {
        let cases = [
            ("FROM a\nRUN --mount=type=cache,target=/c make", Some("RUN --mount")),
            ("FROM a\nRUN --network none make", Some("RUN --network")),
            ("FROM a\nCOPY --chown=1 --link a /", Some("COPY --link")),
            ("FROM a\nADD --checksum=sha256:1 http://x /", Some("ADD --checksum")),
            ("FROM a\nRUN <<EOF\nmake\nEOF", Some("RUN <<")),
            ("FROM a\nCOPY <<-\"EOF\" /x\nmake\nEOF", Some("COPY <<")),
            ("FROM a\nRUN cat <<EOF > /x\nmake\nEOF", Some("RUN <<")),
            ("FROM a\nRUN echo 1 << 2; make --mount=x", None),
            ("FROM a\nCOPY --from=b --chmod=1 a /\nHEALTHCHECK --interval=1s CMD a", None),
        ];
        for (text, words) in cases {
            assert_eq!(of_buildkit(text).map(|(words, _)| words).as_deref(), words, "{text}");
        }
        let (_, range) = of_buildkit(cases[0].0).unwrap();
        assert!(cases[0].0[range].starts_with("RUN --mount"));
        assert_eq!(frontend("# syntax = docker/dockerfile:1\nFROM a"), Some("docker/dockerfile:1"));
        assert_eq!(frontend("FROM a\n# syntax=b"), None);
    }

    #[test]
    fn base_images_are_neither_stages_nor_variables() {
        let text = "FROM --platform=linux/amd64 golang:1.23 AS build\nFROM ${BASE}\nFROM Build\nFROM scratch\nFROM a.b/c";
        assert_eq!(base_images(text), ["golang:1.23", "a.b/c"]);
    }
}
