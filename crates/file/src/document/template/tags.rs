//! Macros and loops of the files: what a macro writes is shown at its line, and what a loop writes with its iteration.

use std::ops::Range;

use maestro_core::source::{FileId, Span};

/// The macros and loops of all files.
#[derive(Debug, Clone, Default)]
pub(super) struct Tags {
    macros: Vec<Macro>,
    loops: Vec<Span>,
    /// The texts that have macros or calls of them.
    texts: Vec<(FileId, String)>,
}

#[derive(Debug, Clone)]
struct Macro {
    name: String,
    file: FileId,
    /// Where its first tag ends.
    opened: usize,
    /// The lines of its body, without blanks around them.
    lines: Vec<(Span, String)>,
}

impl Tags {
    /// Adds those of a file.
    pub(super) fn read(&mut self, file: FileId, text: &str) {
        self.texts.push((file, text.to_owned()));
        let mut open: Vec<(usize, String)> = Vec::new();
        let mut loops: Vec<usize> = Vec::new();
        for (at, _) in text.match_indices("{%") {
            // The `%` of `{%}` does not close it.
            let begin = at + 2;
            let Some(length) = text[begin..].find("%}") else { break };
            let end = begin + length + 2;
            let inside = text[begin..begin + length].trim_matches(['-', '+', ' ', '\t', '\n']);
            let (word, rest) = inside.split_once([' ', '\t']).unwrap_or((inside, ""));
            match word {
                "macro" => open.push((end, rest.split('(').next().unwrap_or_default().trim().to_owned())),
                "endmacro" => {
                    if let Some((start, name)) = open.pop() {
                        let lines = lines(file, text, start..at);
                        self.macros.push(Macro { name, file, opened: start, lines });
                    }
                }
                "for" => loops.push(end),
                "endfor" => self.loops.extend(loops.pop().map(|start| Span::new(file, start..at))),
                _ => {}
            }
        }
    }

    /// The place in a macro that wrote `within` of `line`, if the expression at `call` calls one that has such a line.
    pub(super) fn place_of(&self, call: Span, line: &str, within: Range<usize>) -> Option<Span> {
        let mut lines = self.called(call)?.flat_map(|found| &found.lines);
        let blanks = line.len() - line.trim_start().len();
        let within = within.start.saturating_sub(blanks)..within.end.saturating_sub(blanks);
        let found = lines.find_map(|(span, pattern)| Some((span, parts(pattern, line.trim())?)));
        found.map(|(span, parts)| {
            let place = place(&parts, &within).unwrap_or(0..span.end - span.start);
            Span::new(span.file, span.start + place.start..span.start + place.end)
        })
    }

    /// The macros that an expression calls.
    fn called(&self, call: Span) -> Option<impl Iterator<Item = &Macro>> {
        let expression = self.text(call)?;
        let called = move |found: &&Macro| {
            let mut names = expression.match_indices(found.name.as_str());
            !found.name.is_empty()
                && names.any(|(at, name)| expression[at + name.len()..].trim_start().starts_with('('))
        };
        Some(self.macros.iter().filter(called))
    }

    /// The text at a place of a file.
    pub(super) fn text(&self, place: Span) -> Option<&str> {
        self.text_of(place.file)?.get(place.start..place.end)
    }

    fn text_of(&self, file: FileId) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == file).map(|(_, text)| text.as_str())
    }

    /// The `-` of a tag that takes the indentation of the text at `span` away, or of what a macro writes there.
    pub(super) fn trimming_dash(&self, span: Span) -> Option<Span> {
        let dash = |file: FileId, end: usize| {
            let before = self.text_of(file)?.get(..end)?;
            (before.ends_with("-%}") || before.ends_with("-}}")).then(|| Span::new(file, end - 3..end - 2))
        };
        let before = self.text_of(span.file)?.get(..span.start)?;
        let code = before.trim_end();
        let own = dash(span.file, code.len()).filter(|_| code.len() < before.len());
        own.or_else(|| self.called(span)?.find_map(|found| dash(found.file, found.opened)))
    }

    /// Whether a place is in a loop.
    pub(super) fn in_loop(&self, span: Span) -> bool {
        self.loops
            .iter()
            .any(|body| body.file == span.file && body.start <= span.start && span.end <= body.end)
    }
}

fn lines(file: FileId, text: &str, body: Range<usize>) -> Vec<(Span, String)> {
    let mut start = body.start;
    let mut found = Vec::new();
    for line in text[body].split_inclusive('\n') {
        let content = line.trim();
        let begin = start + (line.len() - line.trim_start().len());
        if !content.is_empty() && !content.starts_with("{%") {
            found.push((Span::new(file, begin..begin + content.len()), content.to_owned()));
        }
        start += line.len();
    }
    found
}

/// A part of a line that a template wrote, and what wrote it.
#[derive(Debug)]
struct Part {
    written: Range<usize>,
    pattern: Range<usize>,
    /// Whether both are the same, byte by byte.
    is_exact: bool,
}

/// What each part of a text comes from, if a line of a template can have written it: what stands between the line's tags is in
/// the text, in this order.
fn parts(pattern: &str, text: &str) -> Option<Vec<Part>> {
    let first = pattern.find("{{").unwrap_or(pattern.len());
    text.strip_prefix(&pattern[..first])?;
    let mut parts = vec![Part { written: 0..first, pattern: 0..first, is_exact: true }];
    let (mut at, mut written) = (first, first);
    while at < pattern.len() {
        let tag = pattern[at..].find("}}").map_or(pattern.len(), |end| at + end + 2);
        let raw = tag..pattern[tag..].find("{{").map_or(pattern.len(), |next| tag + next);
        let found = written + text[written..].find(&pattern[raw.clone()])?;
        let is_last = raw.end == pattern.len() && raw.is_empty();
        let found = if is_last { text.len() } else { found };
        parts.push(Part { written: written..found, pattern: at..tag, is_exact: false });
        written = found + raw.len();
        parts.push(Part { written: found..written, pattern: raw.clone(), is_exact: true });
        at = raw.end;
    }
    (written == text.len()).then_some(parts)
}

/// The place in the pattern of a part of the text.
fn place(parts: &[Part], within: &Range<usize>) -> Option<Range<usize>> {
    let part = |at: usize| parts.iter().find(|part| part.written.contains(&at));
    let (first, last) = (part(within.start)?, part(within.end.max(within.start + 1) - 1)?);
    let exact = |part: &Part, at: usize| part.pattern.start + (at - part.written.start);
    let start = if first.is_exact { exact(first, within.start) } else { first.pattern.start };
    let end = if last.is_exact { exact(last, within.end) } else { last.pattern.end };
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;

    #[test]
    fn a_tag_without_anything_in_it_is_none() {
        let mut sources = Sources::default();
        for text in ["a: {%}", "{%}%}", "{% for a in b %}{%}"] {
            Tags::default().read(sources.add("a.yaml", text), text);
        }
    }

    #[test]
    fn lines_of_macros_and_loops_are_found() {
        let text = "{% macro inst(name, port) -%}\n  {{ name }}:\n    ports: {http: \"80:{{ port }}\"}\n{%- endmacro %}\n\
                    {% for i in range(3) %}\nx-{{ i }}: 1\n{% endfor %}\n{{ inst('a', 1) }}{{ other('a', 1) }}\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let mut tags = Tags::default();
        tags.read(file, text);
        let place = |call: &str, line: &str, written: &str| {
            let at = text.find(call).unwrap();
            let within = line.find(written).unwrap();
            let call = Span::new(file, at..at + call.len());
            tags.place_of(call, line, within..within + written.len()).map(|span| sources.text(span))
        };
        let line = "  ports: {http: \"80:1\"}";
        for (written, place_of) in [
            ("ports: {http: \"80:1\"}", "ports: {http: \"80:{{ port }}\"}"),
            ("\"80:1\"", "\"80:{{ port }}\""),
            ("http", "http"),
            ("1", "{{ port }}"),
        ] {
            assert_eq!(place("{{ inst('a', 1) }}", line, written), Some(place_of));
        }
        assert_eq!(place("{{ inst('a', 1) }}", "web-1:", "web-1"), Some("{{ name }}"));
        assert_eq!(place("{{ inst('a', 1) }}", "image: b", "b"), None);
        assert_eq!(place("{{ other('a', 1) }}", "web-1:", "web-1"), None);
        let at = text.find("x-").unwrap();
        assert!(tags.in_loop(Span::new(file, at..at + 2)) && !tags.in_loop(Span::new(file, 0..2)));
    }
}
