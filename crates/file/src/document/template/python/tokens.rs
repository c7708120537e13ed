//! The words, texts and signs in the tags of a template.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    Text,
    Sign,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    pub(super) place: Range<usize>,
    /// How many brackets are open around it; a bracket itself stands outside.
    pub(super) depth: usize,
    /// Of a bracket, the index of the other one in its tag.
    pub(super) partner: Option<usize>,
}

/// Words that are no values.
const KEYWORDS: [&str; 19] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "for",
    "set",
    "with",
    "do",
    "call",
    "filter",
    "macro",
    "recursive",
    "import",
    "as",
    "include",
];
/// Signs of several characters.
const LONG: [&str; 7] = ["==", "!=", "<=", ">=", "//", "**", "->"];

impl Token<'_> {
    pub(super) fn is_keyword(&self) -> bool {
        self.kind == TokenKind::Word && KEYWORDS.contains(&self.text)
    }

    /// Whether a `[` or `(` behind it asks for a part of it.
    pub(super) fn ends_a_value(&self) -> bool {
        match self.kind {
            TokenKind::Sign => [")", "]", "}"].contains(&self.text),
            _ => !self.is_keyword(),
        }
    }
}

/// The tokens of each `{{ … }}` and `{% … %}`; of a tag that is not closed there are none.
pub(super) fn tags(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('{').map(|at| from + at) {
        let closing = match text.as_bytes().get(at + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => {
                from = text[at..].find("#}").map_or(text.len(), |end| at + end + 2);
                continue;
            }
            _ => {
                from = at + 1;
                continue;
            }
        };
        let Some((tag, end)) = tag(text, at + 2, closing) else { return tags };
        from = end;
        if closing == "%}" && tag.len() == 1 && tag[0].text == "raw" {
            from = end_of_raw(text, end);
        }
        tags.push(tag);
    }
    tags
}

/// Where the text that stays as it is ends: at the tag that ends it.
fn end_of_raw(text: &str, from: usize) -> usize {
    let mut tags = text[from..].match_indices("{%").map(|(at, _)| from + at);
    let ends = |&at: &usize| {
        let rest = text[at + 2..].trim_start_matches(['-', '+']).trim_start();
        rest.strip_prefix("endraw")
            .is_some_and(|rest| rest.trim_start().trim_start_matches(['-', '+']).starts_with("%}"))
    };
    tags.find(ends).unwrap_or(text.len())
}

/// The tokens from `from` up to `closing`, and where the tag ends.
fn tag<'a>(text: &'a str, from: usize, closing: &str) -> Option<(Vec<Token<'a>>, usize)> {
    let mut tokens: Vec<Token<'a>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = from;
    if text[at..].starts_with(['-', '+']) {
        at += 1;
    }
    loop {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        if open.is_empty() {
            let trimmed = rest.strip_prefix(['-', '+']).filter(|after| after.starts_with(closing));
            if let Some(after) = trimmed.or(Some(rest)).filter(|rest| rest.starts_with(closing)) {
                return Some((tokens, text.len() - after.len() + closing.len()));
            }
        }
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, first)?;
        let place = at..at + length;
        let mut depth = open.len();
        let mut partner = None;
        match first {
            '(' | '[' | '{' if kind == TokenKind::Sign => open.push(tokens.len()),
            ')' | ']' | '}' if kind == TokenKind::Sign => {
                let opening = open.pop()?;
                tokens[opening].partner = Some(tokens.len());
                partner = Some(opening);
                depth -= 1;
            }
            _ => {}
        }
        at += length;
        tokens.push(Token { kind, text: &text[place.clone()], place, depth, partner });
    }
}

/// What the first token of `rest` is, and how long; none for a text that is not closed.
fn token(rest: &str, first: char) -> Option<(TokenKind, usize)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if first == '\'' || first == '"' {
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if character == first => return Some((TokenKind::Text, at + 1)),
                _ => {}
            }
        }
        return None;
    }
    if first.is_ascii_digit() {
        return Some((TokenKind::Number, rest.find(|c| !word(c)).unwrap_or(rest.len())));
    }
    if word(first) {
        return Some((TokenKind::Word, rest.find(|c| !word(c)).unwrap_or(rest.len())));
    }
    let long = LONG.iter().find(|sign| rest.starts_with(**sign));
    Some((TokenKind::Sign, long.map_or(first.len_utf8(), |sign| sign.len())))
}
