//! Commands and tests of health checks.

use super::{Canonical, words::quoted};
use crate::{
    compose::{
        element::{Content, Element},
        form::Form,
    },
    document::scalar::as_scalar,
};
use maestro_core::diagnostic::Diagnostic;

impl Canonical<'_> {
    /// The words of a command.
    pub(super) fn command(&mut self, element: Element, what: &str) -> Option<Element> {
        let text = match &element.content {
            Content::List(items) if what == "`entrypoint`" && items.len() == 1 => {
                self.program_with_spaces(&items[0], |text| format!("entrypoint: {}", as_scalar(text)));
                return self.value(element, &Form::List(&Form::Text), what);
            }
            Content::List(_) => return self.value(element, &Form::List(&Form::Text), what),
            Content::Text(text) => text,
            _ => {
                self.wrong_type(&element, what, "text or a list of words");
                return None;
            }
        };
        match words(text) {
            Some(words) => {
                let items = words.into_iter().map(|word| Element::text(element.span, word)).collect();
                Some(Element::new(element.span, Content::List(items)))
            }
            None => {
                let diagnostic =
                    Diagnostic::error("unclosed-quote", format!("a quote in {what} is never closed"));
                let diagnostic = diagnostic.at(element.span, "it is split into words as a shell would");
                self.diagnostics.push(
                    diagnostic.help("close the quote, or write a list of words: `[\"sh\", \"-c\", \"…\"]`"),
                );
                None
            }
        }
    }

    /// The test of a health check; a text is for a shell.
    pub(super) fn test(&mut self, element: Element, what: &str) -> Option<Element> {
        match &element.content {
            Content::Text(text) => {
                let items = ["CMD-SHELL", text].map(|word| Element::text(element.span, word));
                Some(Element::new(element.span, Content::List(items.to_vec())))
            }
            Content::List(items) => {
                if let [kind, program] = &items[..]
                    && kind.as_text() == Some("CMD")
                {
                    self.program_with_spaces(program, |text| format!("[CMD-SHELL, {}]", quoted(text)));
                }
                self.value(element, &Form::List(&Form::Text), what)
            }
            _ => {
                self.wrong_type(&element, what, "text or a list of words");
                None
            }
        }
    }

    /// Warns of a whole command line in the place of a program: there is none with spaces in its name.
    fn program_with_spaces(&mut self, program: &Element, meant: impl Fn(&str) -> String) {
        let Some(text) = program.as_text().filter(|text| text.trim().contains(' ')) else { return };
        self.diagnostics.push(
            Diagnostic::warning("command-line", "a command line stands in the place of a program")
                .at(program.span, "a container would look for a program of this whole name")
                .help(format!("write `{}`", meant(text))),
        );
    }
}

/// Splits a command into words as docker compose does: quotes and backslashes are resolved, and what follows an operator of
/// a shell outside of quotes (`;`, `|`, `&`, `<`, `>`) is left out. None if a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => {
                word.get_or_insert_default().extend(characters.next());
            }
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, ';' | '&' | '|' | '<' | '>') => break,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_is_split_as_docker_compose_splits_it() {
        for (text, meant) in [
            ("a b  c", vec!["a", "b", "c"]),
            ("sh -c \"a b\" 'c d'", vec!["sh", "-c", "a b", "c d"]),
            ("a\\ b", vec!["a b"]),
            ("\"a \\\" b\"", vec!["a \" b"]),
            ("a='b c'd", vec!["a=b cd"]),
            ("a '' b", vec!["a", "", "b"]),
            ("a; b", vec!["a"]),
            ("a\n  b\n", vec!["a", "b"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text).unwrap(), meant, "{text}");
        }
        assert_eq!(words("a 'b"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_split_or_refused(text in "\\PC*") {
            let _ = words(&text);
        }
    }
}
