//! From the bytes of a file to a tree of YAML: limits, text encoding, templates, YAML.

use super::{
    limits::MAX_BYTES,
    other,
    template::{self, Includes},
    yaml,
};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};
use maestro_core::source::{FileId, Sources, Span};
use maestro_core::value::secret::{hides, may_be_secret, secrets};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use yaml::Yaml;

/// A file, and all that was found out about it.
#[derive(Debug)]
pub struct Loaded {
    /// The file and what its templates include.
    pub sources: Sources,
    /// The tree, unless the file could not be read to its end.
    pub yaml: Option<Yaml>,
    /// What is wrong with it.
    pub diagnostics: Diagnostics,
}

/// Reads the file `name`, whose content is `bytes`. Its templates see `environment` as `env`, and include files from
/// `directory`.
#[must_use]
pub fn load(name: &str, bytes: Vec<u8>, directory: &Path, environment: &BTreeMap<String, String>) -> Loaded {
    load_with(name, bytes, Includes::Inside(directory), environment)
}

/// As [`load`], with includes from there.
#[must_use]
pub fn load_with(
    name: &str,
    bytes: Vec<u8>,
    includes: Includes<'_>,
    environment: &BTreeMap<String, String>,
) -> Loaded {
    let mut loaded = Loaded { sources: Sources::default(), yaml: None, diagnostics: Diagnostics::default() };
    let file = NamedFile { name, bytes, includes };
    loaded.yaml = load_beside(file, environment, &mut loaded.sources, &mut loaded.diagnostics);
    loaded
}

/// A file's name to show, its content, and what its templates may include.
#[derive(Debug)]
pub struct NamedFile<'a> {
    /// The name.
    pub name: &'a str,
    /// The content.
    pub bytes: Vec<u8>,
    /// Where its templates find files.
    pub includes: Includes<'a>,
}

/// As [`load`], beside files that were read before. Gives the tree, unless the file could not be read to its end.
pub fn load_beside(
    file: NamedFile<'_>,
    environment: &BTreeMap<String, String>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Yaml> {
    let yaml = load_over(file, environment, sources, diagnostics);
    let tags =
        yaml.iter().flat_map(|yaml| yaml.merge_tags().into_iter().map(|(id, tag)| (yaml.span(id), tag)));
    for (value, tag) in tags {
        let tag = tag.word();
        let text = format!("`{tag}` is about the value of an earlier file, and there is none");
        let problem = Diagnostic::error("merge-tag", text).at(value, "");
        diagnostics.push(
            problem.help(format!("remove `{tag}`, or name the earlier file first: `-f EARLIER -f THIS`")),
        );
    }
    yaml
}

/// As [`load_beside`], for a file that is merged over earlier ones: `!reset` and `!override` mean something in it.
pub(super) fn load_over(
    NamedFile { name, bytes, includes }: NamedFile<'_>,
    environment: &BTreeMap<String, String>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Yaml> {
    let rendered = decode(name, bytes, sources, diagnostics)
        .filter(|&file| {
            let problem = other::text(&sources.file(file).text, file);
            let is_ours = problem.is_none();
            if let Some(problem) = problem {
                diagnostics.push(problem);
            }
            is_ours
        })
        .and_then(|file| template::render_with(sources, file, includes, environment, diagnostics));
    diagnostics.hide(secrets_of(environment, sources));
    let rendered = Arc::new(rendered?);
    if rendered.has_templates() {
        diagnostics.rendered_from(rendered.clone());
    }
    let yaml = yaml::parse(&rendered, diagnostics);
    if let Some(yaml) = &yaml {
        warn_of_empty_expressions(yaml, sources, diagnostics);
    }
    yaml
}

/// The secrets of the process's environment: those that the files name, and those that are too long to be a word.
pub(crate) fn secrets_of(environment: &BTreeMap<String, String>, sources: &Sources) -> Vec<String> {
    const LONG: usize = 12;
    let mut found = Vec::new();
    for (name, value) in environment {
        if hides(name, value) || may_be_secret(name) && value.contains(['@', '?']) {
            if value.len() >= LONG || sources.texts().any(|text| text.contains(name.as_str())) {
                found.push(value.clone());
            }
        } else {
            found.extend(secrets(value).into_iter().map(|place| value[place].to_owned()));
        }
    }
    found
}

/// Tells expressions that wrote nothing behind a key, which makes its value null: `TOKEN: {{ env.TOKEN }}`.
fn warn_of_empty_expressions(yaml: &Yaml, sources: &Sources, diagnostics: &mut Diagnostics) {
    for key in yaml.keys_without_a_value() {
        let span = sources.clamp(yaml.span(key));
        let text = &sources.file(span.file).text;
        let line = text[span.end..].lines().next().unwrap_or_default();
        let Some(value) = line.strip_prefix(':').map(str::trim_start).filter(|value| value.starts_with("{{"))
        else {
            continue;
        };
        let Some(length) = value.find("}}").map(|end| end + 2) else { continue };
        let start = span.end + line.len() - value.len();
        let problem =
            Diagnostic::warning("empty-expression", "this expression wrote nothing, so there is no value");
        diagnostics.push(
            problem
                .at(Span::new(span.file, start..start + length), "nothing stands here for YAML")
                .help("for an empty text put it in quotes: `\"{{ … }}\"`"),
        );
    }
}

/// Keeps the text of the file, or says why it is none.
pub(crate) fn decode(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<FileId> {
    if bytes.len() > MAX_BYTES {
        let file = sources.add(name, "");
        let problem = Diagnostic::error(
            "file-too-large",
            format!("{name} is larger than {} MiB, the most that is read", MAX_BYTES >> 20),
        );
        diagnostics.push(problem.at(Span::new(file, 0..0), "").help("is this the file that you meant?"));
        return None;
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes[..] {
        let unit = if bytes[0] == 0xff { u16::from_le_bytes } else { u16::from_be_bytes };
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let file = sources.add(name, String::from_utf16_lossy(&units));
        let problem = Diagnostic::error("utf-16", "the file is written in UTF-16; it must be UTF-8");
        diagnostics.push(problem.at(Span::new(file, 0..0), "").help(format!(
            "in your editor choose \"Save with encoding: UTF-8\", or run `iconv -f UTF-16 -t UTF-8 {name}`"
        )));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(sources.add(name, text.strip_prefix('\u{feff}').unwrap_or(&text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let file = sources.add(name, String::from_utf8_lossy(&bytes));
            let span = Span::new(file, at..at + '\u{fffd}'.len_utf8());
            let problem = Diagnostic::error("not-utf8", "the file is not UTF-8 text");
            diagnostics.push(
                problem
                    .at(span, format!("the byte 0x{:02X} is no character of UTF-8", bytes[at]))
                    .note("files from old editors are often Latin-1 instead")
                    .help(format!(
                        "convert it with `iconv -f LATIN1 -t UTF-8 {name}`, or type the character again"
                    )),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loaded(bytes: &[u8]) -> Loaded {
        load("maestro.yaml", bytes.to_vec(), Path::new("/nonexistent"), &BTreeMap::new())
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let loaded = loaded("\u{feff}name: a\n".as_bytes());
        assert!(loaded.diagnostics.is_empty());
        let yaml = loaded.yaml.unwrap();
        assert_eq!(loaded.sources.location(yaml.span(yaml.root())).to_string(), "maestro.yaml:1:1");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let loaded = loaded(&vec![b' '; MAX_BYTES + 1]);
        assert_eq!(loaded.diagnostics.sorted()[0].code, "file-too-large");
        assert!(loaded.yaml.is_none());
    }

    #[test]
    fn a_tag_for_merging_needs_an_earlier_file() {
        let loaded = loaded(b"name: a\nservices: !override {}\nships: !reset null\n");
        let codes: Vec<&str> = loaded.diagnostics.sorted().iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["merge-tag"; 2]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_complained_about(bytes: Vec<u8>) {
            let loaded = loaded(&bytes);
            prop_assert!(loaded.yaml.is_some() || loaded.diagnostics.has_errors());
            let drawn = maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false);
            prop_assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}
