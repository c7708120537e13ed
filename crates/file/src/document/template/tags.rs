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
            let Some(length) = text[at..].find("%}") else { break };
            let end = at + length + 2;
            let inside = text[at + 2..at + length].trim_matches(['-', '+', ' ', '\t', '\n']);
            let (word, rest) = inside.split_once([' ', '\t']).unwrap_or((inside, ""));
            match word {
                "macro" => open.push((end, rest.split('(').next().unwrap_or_default().trim().to_owned())),
                "endmacro" => {
                    if let Some((start, name)) = open.pop() {
                        self.macros.push(Macro { name, lines: lines(file, text, start..at) });
                    }
                }
                "for" => loops.push(end),
                "endfor" => self.loops.extend(loops.pop().map(|start| Span::new(file, start..at))),
                _ => {}
            }
        }
    }

    /// The line of a macro that wrote `line`, if the expression at `call` calls one that has such a line.
    pub(super) fn line_of(&self, call: Span, line: &str) -> Option<Span> {
        let text = self.texts.iter().find(|(file, _)| *file == call.file).map(|(_, text)| text);
        let expression = text.and_then(|text| text.get(call.start..call.end))?;
        let called = |found: &&Macro| {
            let mut names = expression.match_indices(found.name.as_str());
            !found.name.is_empty()
                && names.any(|(at, name)| expression[at + name.len()..].trim_start().starts_with('('))
        };
        let lines = self.macros.iter().filter(called).flat_map(|found| &found.lines);
        lines.filter(|(_, pattern)| fits(pattern, line.trim())).map(|(span, _)| *span).next()
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

/// Whether a line of a template can have written a text: what stands between its tags is in it, in this order.
fn fits(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    let mut pieces = pattern.split("{{");
    let first = pieces.next().unwrap_or_default();
    let Some(behind) = rest.strip_prefix(first) else { return false };
    rest = behind;
    let mut last = first;
    let mut has_tags = false;
    for piece in pieces {
        has_tags = true;
        let raw = piece.split_once("}}").map_or("", |(_, raw)| raw);
        let Some(at) = rest.find(raw) else { return false };
        rest = &rest[at + raw.len()..];
        last = raw;
    }
    rest.is_empty() || has_tags && last.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;

    #[test]
    fn lines_of_macros_and_loops_are_found() {
        let text = "{% macro inst(name, port) -%}\n  {{ name }}:\n    ports: {http: \"80:{{ port }}\"}\n{%- endmacro %}\n\
                    {% for i in range(3) %}\nx-{{ i }}: 1\n{% endfor %}\n{{ inst('a', 1) }}{{ other('a', 1) }}\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let mut tags = Tags::default();
        tags.read(file, text);
        let line = |call: &str, written: &str| {
            let at = text.find(call).unwrap();
            tags.line_of(Span::new(file, at..at + call.len()), written).map(|span| sources.text(span))
        };
        assert_eq!(
            line("{{ inst('a', 1) }}", "  ports: {http: \"80:1\"}"),
            Some("ports: {http: \"80:{{ port }}\"}")
        );
        assert_eq!(line("{{ inst('a', 1) }}", "web-1:"), Some("{{ name }}:"));
        assert_eq!(line("{{ inst('a', 1) }}", "image: b"), None);
        assert_eq!(line("{{ other('a', 1) }}", "web-1:"), None);
        let at = text.find("x-").unwrap();
        assert!(tags.in_loop(Span::new(file, at..at + 2)) && !tags.in_loop(Span::new(file, 0..2)));
    }
}
