//! `command`: text that is split into words, or the words themselves.

use crate::document::{
    read::{Fields, Reader},
    synonyms,
    yaml::NodeKind,
};
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// Reads `command`, or `cmd`, its older name.
pub(in crate::document) fn read(reader: &mut Reader<'_>, fields: &Fields) -> Option<Spanned<Vec<String>>> {
    let command = ["command", "cmd"].iter().find_map(|key| words(reader, fields, key));
    if let (Some(new), Some(old)) = (fields.get(reader, "command"), fields.get(reader, "cmd")) {
        let problem = synonyms::both(reader.yaml, (old, "cmd"), (new, "command"));
        reader.diagnostics.push(problem);
    }
    command
}

/// The words of a key: text that is split, or a list.
pub(in crate::document) fn words(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &str,
) -> Option<Spanned<Vec<String>>> {
    let field = fields.get(reader, key)?.clone();
    let what = format!("`{key}`");
    let span = reader.span(field.value);
    match reader.yaml.kind(field.value) {
        NodeKind::Sequence(_) => {
            let words = reader.texts(field.value, &what, &format!("{key}: [serve, --port, \"80\"]"));
            return Some(Spanned::new(words.into_iter().map(|word| word.value).collect(), span));
        }
        NodeKind::Mapping(_) => {
            reader.wrong_type(field.value, &what, "text or a list", &format!("{key}: serve --port 80"));
            return None;
        }
        NodeKind::Scalar(_) | NodeKind::Bad => {}
    }
    let line = reader.text(field.value, &what, &format!("{key}: serve --port 80"))?;
    let words = split(&line.value);
    if words.is_none() {
        reader.diagnostics.push(
            Diagnostic::error(
                "bad-command",
                format!(
                    "the {} has a quote that is not closed",
                    if key == "entrypoint" { key } else { "command" }
                ),
            )
            .at(line.span, "this is split into words as a shell does it")
            .help("close the quote, or write the words as a list: `[serve, --port, \"80\"]`"),
        );
    }
    Some(Spanned::new(words?, span))
}

/// Splits a line into words as Python's `shlex.split` does, which `MaestroNG` used: `#` begins no comment, and in double
/// quotes `\` stands for itself in front of all but `"` and `\`. None if a quote is not closed, or nothing follows a `\`.
#[must_use]
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(characters.next()?),
            '\'' | '"' => quoted(&mut characters, character, word.get_or_insert_default())?,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// Takes what stands up to the closing quote.
fn quoted(characters: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            end if end == quote => return Some(()),
            '\\' if quote == '"' => {
                let next = characters.next()?;
                if !['"', '\\'].contains(&next) {
                    word.push('\\');
                }
                word.push(next);
            }
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_python_splits_them() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("  a  b\tc\n", &["a", "b", "c"]),
            ("echo #no 'a b' \"c d\"", &["echo", "#no", "a b", "c d"]),
            (r#"sh -c "echo \$HOME \"x\" \\""#, &["sh", "-c", r#"echo \$HOME "x" \"#]),
            (r"a\ b '\n' c\'d", &["a b", r"\n", "c'd"]),
            ("a'b'\"c\" '' x=\"\"", &["abc", "", "x="]),
        ];
        for (line, words) in table {
            assert_eq!(split(line).unwrap(), *words, "{line}");
        }
        for open in ["'", "a \"b", "a\\"] {
            assert_eq!(split(open), None, "{open}");
        }
    }
}
