//! Single values: texts, numbers, sizes, times, true and false.

use super::{Canonical, meant, size, words};
use crate::compose::{
    element::{Content, Element},
    form::Form,
};
use maestro_core::{
    diagnostic::{Diagnostic, nearest},
    value::duration::nanoseconds,
};

impl Canonical<'_> {
    /// A single value of that form.
    pub(super) fn scalar(&mut self, element: Element, form: &Form, what: &str) -> Option<Element> {
        if let Content::List(_) | Content::Mapping(_) = element.content {
            self.wrong_type(&element, what, words::wanted(form));
            return None;
        }
        let content = match form {
            Form::Text => element.as_text().map(Content::from),
            Form::Word(words) => return self.word(element, words, what),
            Form::Boolean => return self.boolean(element, what),
            Form::Bytes | Form::Duration => return self.measured(&element, form, what),
            Form::Number => number(&element.content).map(Content::Number),
            Form::Permissions => permissions(&element.content).map(|mode| Content::Integer(mode.into())),
            Form::Count if element.as_text().is_some_and(|text| text.eq_ignore_ascii_case("all")) => {
                Some(Content::Integer(-1))
            }
            Form::Integer | Form::Count => {
                integer(&element.content).map(|number| Content::Integer(number.into()))
            }
            _ => element.content.printed().map(Content::Text),
        };
        if matches!(form, Form::Permissions) {
            self.decimal_mode(&element);
        }
        match content {
            Some(content) => Some(Element::new(element.span, content)),
            None => {
                let meant = element.as_text().filter(|_| matches!(form, Form::Number));
                match meant.and_then(meant::processors) {
                    Some(meant) => self.bad_measure(&element, what, "a number", Some(meant)),
                    None => self.wrong_type(&element, what, words::wanted(form)),
                }
                None
            }
        }
    }

    /// Warns of `mode: 400`, which is a decimal number: 0620.
    fn decimal_mode(&mut self, element: &Element) {
        let Content::Integer(mode) = element.content else { return };
        let written = mode.to_string();
        let is_octal = written.bytes().all(|digit| digit < b'8');
        // With a `0` in front the number is longer where it is written.
        if written.len() != 3 || !is_octal || element.span.end - element.span.start != written.len() {
            return;
        }
        let text = format!("`{written}` is a decimal number here: {mode:04o} in octal");
        let diagnostic = Diagnostic::warning("decimal-mode", text).at(element.span, "permissions are octal");
        let meant = format!("\"0{written}\"");
        self.diagnostics.push(diagnostic.help(format!("write `{meant}`")).replace(element.span, meant));
    }

    fn word(&mut self, element: Element, known: &[&'static str], what: &str) -> Option<Element> {
        let Some(text) = element.as_text() else {
            self.wrong_type(&element, what, "text");
            return None;
        };
        if known.contains(&text) {
            return Some(element);
        }
        let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let diagnostic = Diagnostic::error("bad-value", format!("{what} must be one of {}", list.join(", ")))
            .at(element.span, format!("`{text}` is none of these"));
        let within = known.iter().copied().find(|word| text.len() > 3 && word.ends_with(text));
        self.diagnostics.push(match within.or_else(|| nearest(text, known.iter().copied())) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).replace(element.span, near),
            None => diagnostic.help("write one of these"),
        });
        None
    }

    fn boolean(&mut self, element: Element, what: &str) -> Option<Element> {
        let text = match &element.content {
            Content::Boolean(_) => return Some(element),
            Content::Text(text) => text.to_lowercase(),
            _ => String::new(),
        };
        let value = match text.as_str() {
            "true" => true,
            "false" => false,
            "y" | "yes" | "on" => self.old_word(&element, true),
            "n" | "no" | "off" => self.old_word(&element, false),
            _ => {
                self.wrong_type(&element, what, "true or false");
                return None;
            }
        };
        Some(Element::new(element.span, Content::Boolean(value)))
    }

    /// Warns of a word that was true or false in YAML 1.1 alone.
    fn old_word(&mut self, element: &Element, value: bool) -> bool {
        let diagnostic = Diagnostic::warning(
            "old-boolean",
            format!("this word is text in YAML 1.2; it is read as {value}"),
        );
        self.diagnostics.push(
            diagnostic
                .at(element.span, "")
                .help(format!("write `{value}`"))
                .fix(element.span, value.to_string()),
        );
        value
    }

    fn measured(&mut self, element: &Element, form: &Form, what: &str) -> Option<Element> {
        const TIME: &str = "a time with units";
        const SIZE: &str = "a number of bytes";
        let text = element.as_text();
        let value = match (form, &element.content) {
            (Form::Bytes, Content::Integer(bytes)) => (*bytes).try_into().ok(),
            (Form::Duration, Content::Integer(0)) => Some(0),
            (Form::Bytes, _) => text.and_then(size::parse),
            (_, _) => text.and_then(nanoseconds),
        };
        if value.is_none() {
            let printed = element.content.printed();
            match (form, printed) {
                (Form::Bytes, Some(text)) if !matches!(element.content, Content::Boolean(_)) => {
                    self.bad_measure(element, what, SIZE, meant::size(&text));
                }
                (Form::Duration, Some(text)) if !matches!(element.content, Content::Boolean(_)) => {
                    self.bad_measure(element, what, TIME, meant::time(&text));
                }
                (Form::Bytes, _) => self.wrong_type(element, what, SIZE),
                (_, _) => self.wrong_type(element, what, TIME),
            }
        }
        value.map(|value| Element::new(element.span, Content::Integer(value.into())))
    }
}

fn integer(content: &Content) -> Option<i64> {
    match content {
        Content::Integer(value) => (*value).try_into().ok(),
        Content::Text(text) => text.parse().ok(),
        Content::Number(value) if value.fract() == 0.0 => format!("{value:.0}").parse().ok(),
        _ => None,
    }
}

/// A number with the digits that docker compose keeps of it.
fn number(content: &Content) -> Option<f64> {
    let exact = match content {
        Content::Integer(value) => value.to_string().parse::<f32>().ok()?,
        Content::Number(value) => value.to_string().parse::<f32>().ok()?,
        Content::Text(text) => text.parse::<f32>().ok()?,
        _ => return None,
    };
    exact.to_string().parse().ok()
}

fn permissions(content: &Content) -> Option<i64> {
    match content {
        Content::Integer(value) => (*value).try_into().ok(),
        Content::Text(text) => i64::from_str_radix(text, 8).ok(),
        _ => None,
    }
}
