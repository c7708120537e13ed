//! A walk through a text that is YAML, or was meant to be.

mod keys;
mod stray;
mod torn;

use std::{cell::Cell, ops::Range};

use super::{scalars, template::template_end};
use crate::value::secret::{Sensitive, hides, looks_secret};
pub(super) use keys::is_secret_key;
use keys::{Hidden, SECRET_KEYS, is_like, is_number, is_sure_key, marked, names_secrets, secrecy};
pub(super) use stray::is_stray;

/// What is open where the walk is.
struct Open {
    /// The column of a key, or none for what stands in brackets.
    column: Option<usize>,
    key: String,
    hidden: Hidden,
    /// Whether the name of this key, or of one above, is a secret's beyond doubt.
    is_sure: bool,
    /// The bracket that it is, for one without a column.
    bracket: u8,
    /// Whether `key` alone is why it is hidden, so that a path behind it is shown.
    is_own: bool,
    /// Whether it is hidden and its value has to follow in the next lines.
    awaits: bool,
}

/// Where the walk is.
pub(super) struct Walk<'t> {
    text: &'t str,
    at: usize,
    /// The line that was looked for last: a file may be a single one, which is not searched for each of its values.
    line: Cell<(usize, usize)>,
    open: Vec<Open>,
    /// The last scalar was `--password`, so that the next is one.
    next_is_secret: bool,
    /// The keys that the file itself marks.
    marked: Sensitive,
    found: Vec<HiddenPlace>,
    /// Texts in quotes of which it is not certain that they end where they seem to.
    doubts: Vec<Range<usize>>,
}

/// A place that is hidden.
#[derive(Debug, Clone)]
pub(super) struct HiddenPlace {
    pub place: Range<usize>,
    /// Whether it is a secret for sure, and not only likely to be one: then it is hidden wherever it is repeated.
    pub is_sure: bool,
}

impl<'t> Walk<'t> {
    /// The places in `text` that are to be hidden, and those in which a quote may be missing or be one too many.
    pub(super) fn over(text: &'t str) -> (Vec<HiddenPlace>, Vec<Range<usize>>) {
        let mut walk = Self {
            text,
            at: 0,
            line: Cell::new((0, text.find('\n').unwrap_or(text.len()))),
            open: Vec::new(),
            next_is_secret: false,
            marked: marked(text),
            found: Vec::new(),
            doubts: Vec::new(),
        };
        while walk.at < text.len() {
            walk.line_begins();
            walk.line();
        }
        (walk.found, walk.doubts)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The line of a place, without its end.
    fn line_at(&self, at: usize) -> Range<usize> {
        let (mut start, mut end) = self.line.get();
        if !(start..=end).contains(&at) {
            start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
            end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
            self.line.set((start, end));
        }
        start..end
    }

    fn column(&self) -> usize {
        self.at - self.line_at(self.at).start
    }

    fn hidden(&self) -> Hidden {
        self.open.last().map_or(Hidden::Nothing, |open| open.hidden)
    }

    fn is_sure(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_sure)
    }

    fn in_brackets(&self) -> bool {
        self.open.iter().any(|open| open.column.is_none())
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// Closes what a line that begins at this column does not belong to.
    fn line_begins(&mut self) {
        self.skip_blanks();
        let column = self.column();
        let Some(byte) = self.byte().filter(|byte| !matches!(byte, b'\n' | b'#')) else { return };
        let is_item = self.rest().starts_with("- ") || self.rest().starts_with("-\n");
        let closes = |open: &Open| match open.column {
            // The items of a list may stand below their key.
            Some(of_key) => of_key > column || (of_key == column && !is_item),
            None => false,
        };
        // Brackets that are never closed end where something begins that cannot be in them.
        let block = self.open.iter().position(|open| open.column.is_none());
        let outer = block.unwrap_or(self.open.len());
        let is_template = self.rest().starts_with("{%") || self.rest().starts_with("{#");
        if block.is_some() && matches!(byte, b'}' | b']') || is_template {
            return;
        }
        self.value_begins();
        if let Some(first) = self.open[..outer].iter().position(closes) {
            if self.is_stray_value() {
                return;
            }
            self.open.truncate(first);
        }
        if !self.in_brackets() {
            while self.byte() == Some(b'-') && self.rest()[1..].starts_with([' ', '\n']) {
                self.at += 1;
                self.skip_blanks();
                let column = self.column();
                self.open.retain(|open| open.column.is_none_or(|of_key| of_key < column));
            }
        }
    }

    /// The rest of a line, and what began in it and ends in another.
    fn line(&mut self) {
        loop {
            self.skip_blanks();
            let Some(byte) = self.byte() else { return };
            let rest = self.rest();
            match byte {
                b'\n' => {
                    self.at += 1;
                    return;
                }
                b'#' => self.scalar(self.line_end()),
                _ if rest.starts_with("{%") || rest.starts_with("{#") => {
                    self.scalar(template_end(self.text, self.at));
                }
                b'{' | b'[' if !rest.starts_with("{{") => {
                    let (hidden, is_sure) = (self.hidden(), self.is_sure());
                    self.open.push(Open {
                        column: None,
                        key: self.key().to_owned(),
                        hidden,
                        is_sure,
                        bracket: byte,
                        is_own: false,
                        awaits: false,
                    });
                    self.at += 1;
                }
                b'}' | b']' if self.in_brackets() => {
                    while self.open.pop().is_some_and(|open| open.column.is_some()) {}
                    self.at += 1;
                }
                b',' if self.in_brackets() => {
                    while self.open.last().is_some_and(|open| open.column.is_some()) {
                        self.open.pop();
                    }
                    self.at += 1;
                }
                b'"' | b'\'' => {
                    let end = match self.quote_end(byte) {
                        Some(end) if self.may_end_at(end) => end,
                        end => {
                            let end = end.unwrap_or(self.line_end());
                            self.doubts.push(self.at..end);
                            end
                        }
                    };
                    self.key_or_value(end);
                }
                _ => {
                    let end = self.plain_end();
                    self.key_or_value(end);
                }
            }
        }
    }

    /// The key that all of this belongs to.
    fn key(&self) -> &str {
        self.open.last().map_or("", |open| &open.key)
    }

    fn line_end(&self) -> usize {
        self.line_at(self.at).end
    }

    /// Behind the closing quote, if there is one before something else begins.
    fn quote_end(&self, quote: u8) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let least = self.open.iter().rev().find_map(|open| open.column).map_or(0, |column| column + 1);
        let mut at = self.at + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 1,
                b'{' if bytes.get(at + 1) == Some(&b'{') => at = template_end(self.text, at) - 1,
                b'\n' => {
                    let line = &self.text[at + 1..];
                    let line = &line[..line.find('\n').unwrap_or(line.len())];
                    let text = line.trim_start_matches(' ');
                    if !text.trim().is_empty() && line.len() - text.len() < least {
                        return None;
                    }
                }
                byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 1,
                byte if byte == quote => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Whether a text in quotes may end there: in its line, before what can follow a text, and outside of a quote that
    /// begins behind a key in it.
    fn may_end_at(&self, end: usize) -> bool {
        let text = &self.text[self.at..end];
        let behind = self.text[end..].trim_start_matches([' ', '\t', '\r']);
        let follows = match behind.bytes().next() {
            None | Some(b'\n' | b':') => true,
            Some(b'#') => behind.len() < self.text.len() - end,
            Some(b',' | b'}' | b']') => self.in_brackets(),
            Some(_) => false,
        };
        follows && !text.contains('\n') && !scalars::has_open_quote(text)
    }

    /// Where a scalar without quotes ends, in its line.
    fn plain_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let (in_brackets, line_end) = (self.in_brackets(), self.line_end());
        let mut at = self.at;
        while at < line_end {
            match bytes[at] {
                b'{' if matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#')) => {
                    at = template_end(self.text, at).min(line_end);
                    continue;
                }
                b'#' if at > self.at && matches!(bytes[at - 1], b' ' | b'\t') => break,
                b':' if at + 1 == line_end || matches!(bytes[at + 1], b' ' | b'\t' | b'\r') => break,
                b',' | b'{' | b'}' | b'[' | b']' if in_brackets => break,
                _ => {}
            }
            at += 1;
        }
        // A colon alone is not nothing: the walk goes on.
        at.max(self.at + 1)
    }

    /// A key, if a colon follows; else a value.
    fn key_or_value(&mut self, end: usize) {
        let (begin, column) = (self.at, self.column());
        let behind = self.text[end..].trim_start_matches([' ', '\t']);
        let quoted = matches!(self.byte(), Some(b'"' | b'\''));
        let is_key = behind.strip_prefix(':').is_some_and(|behind| {
            behind.is_empty() || behind.starts_with([' ', '\t', '\n', '\r']) || (quoted && self.in_brackets())
        });
        // Behind a key that is hidden whole no other is looked for: it would be shown.
        if !is_key || self.hidden() == Hidden::All {
            self.scalar(if is_key { self.text.len() - behind.len() + 1 } else { end });
            return;
        }
        let key = self.text[begin..end].trim_matches(['"', '\'', ' ', '\t']);
        // Of what is no YAML the last word is the key.
        let key = key.rsplit([' ', ',', '{', '[', '}', ']']).next().unwrap_or(key);
        let key = key.trim_matches(['"', '\'']);
        let parent = self.key().to_owned();
        let above = match self.hidden() {
            Hidden::Texts => Hidden::Nothing,
            above => above,
        };
        let is_marked = self.marked.covers(key);
        let own = if is_marked {
            Hidden::All
        } else if names_secrets(key, &parent, &behind[1..]) {
            Hidden::Nothing
        } else {
            secrecy(key, &parent)
        };
        let hidden = own.max(above);
        let is_own = above == Hidden::Nothing && !is_like(key, &SECRET_KEYS);
        let is_sure = self.is_sure() && above > Hidden::Nothing || is_marked || is_sure_key(key);
        self.open.push(Open {
            column: Some(column),
            key: key.to_owned(),
            hidden,
            is_sure,
            bracket: 0,
            is_own,
            awaits: hidden > Hidden::Nothing && stray::is_awaited(&behind[1..]),
        });
        self.at = self.text.len() - behind.len() + 1;
    }

    /// Whether that value is hidden where the walk is.
    fn is_hidden(&self, text: &str) -> bool {
        let Some(open) = self.open.last() else { return false };
        let value = text.trim().trim_matches(['"', '\'']);
        let is_shown = match open.hidden {
            Hidden::Nothing => true,
            Hidden::Texts => is_number(value),
            Hidden::Values | Hidden::All => false,
        };
        let is_path = open.is_own && looks_secret(&open.key) && !hides(&open.key, value);
        !is_shown && !is_path
    }

    /// A value, or a comment, that ends there.
    fn scalar(&mut self, end: usize) {
        let end = end.max(self.at + 1).min(self.text.len());
        let place = self.at..end;
        let text = &self.text[place.clone()];
        // `#word` may be meant as the value, though to YAML it is a comment.
        let is_word = text.len() > 1 && !text.trim_end().contains(char::is_whitespace);
        let is_comment =
            text.starts_with('#') && !is_word || text.starts_with("{%") || text.starts_with("{#");
        let mut goes_on = false;
        let is_secret = self.is_hidden(text) || self.next_is_secret;
        if is_secret && (!is_comment || text.starts_with('#') && self.is_behind_a_secret()) {
            let spaces = text.len() - text.trim_end().len();
            let quotes =
                usize::from(text.len() > 1 && text.starts_with(['"', '\'']) && text.ends_with(&text[..1]));
            let place = place.start + quotes..place.end - spaces.max(quotes);
            self.found.push(HiddenPlace { place, is_sure: self.is_sure() || self.next_is_secret });
            if let Some(torn) = self.torn(end) {
                self.found.push(HiddenPlace { place: end..torn, is_sure: false });
                self.next_is_secret = false;
                self.at = torn;
                return;
            }
        } else {
            let inside = scalars::secrets(text);
            // A list of secrets that a torn text breaks off.
            goes_on = inside
                .iter()
                .any(|found| found.end + 1 >= text.len() && text[found.start..].starts_with(['[', '{']));
            let at = self.at;
            let place = |found: Range<usize>| at + found.start..at + found.end;
            self.found
                .extend(inside.into_iter().map(|found| HiddenPlace { place: place(found), is_sure: true }));
        }
        let word = text.trim_matches(['"', '\'', ' ']);
        let is_option = word.starts_with('-') && (looks_secret(word) || word == "-u");
        // A quote too many, or one that is missing, ends a text behind the key of another.
        let last = word.strip_suffix([':', '=']).and_then(|word| word.rsplit([' ', ',', '{']).next());
        let is_torn = last.is_some_and(is_secret_key);
        self.next_is_secret = is_option && !word.contains([' ', '=']) || is_torn || goes_on;
        self.at = end;
    }
}
