//! Which calls lead to a mistake in a macro: the templates are filled in once more, and note each call on the way.

use std::sync::{Arc, Mutex, PoisonError};

use super::MAIN;
use maestro_core::{
    diagnostic::{CALL, Diagnostic},
    source::{FileId, Sources, Span},
};

/// The function that notes a call. No file of a user calls it.
pub(super) const NOTE: &str = "maestro__called";
/// So many calls of macros in one another are shown.
const MOST: usize = 3;

/// A call that was reached: where, and in which iteration of how many, from 1; 0 outside loops.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    template: String,
    at: usize,
    iteration: u64,
    iterations: u64,
}

impl Call {
    /// The iteration in words, behind others.
    fn iteration(&self) -> String {
        match (self.iteration, self.iterations) {
            (0, _) => String::new(),
            (iteration, 0) => format!(", in iteration {iteration} of the loop"),
            (iteration, all) => format!(", in iteration {iteration} of {all} of the loop"),
        }
    }
}

/// The calls in the order in which they were reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    pub(super) fn note(&self, template: String, at: usize, iteration: u64, iterations: u64) {
        let call = Call { template, at, iteration, iterations };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// Shows the calls that led to the mistake. `file` is the file of a template.
    pub(super) fn shown_in(
        &self,
        problem: Diagnostic,
        sources: &Sources,
        file: impl Fn(&str) -> Option<FileId>,
    ) -> Diagnostic {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut place = problem.primary.as_ref().map(|label| (label.span.file, label.span.start));
        let own = calls.iter().rev().find(|call| {
            let id = file(&call.template);
            let text = id.map(|id| &sources.file(id).text);
            let end = text.and_then(|text| tag(text, call.at)).map_or(0, |tag| call.at + tag.len());
            place.is_some_and(|(inside, at)| Some(inside) == id && (call.at..end).contains(&at))
        });
        let problem = match own.map(Call::iteration).filter(|words| !words.is_empty()) {
            Some(words) => problem.note(format!("this is{words}").replacen("is, in", "is in", 1)),
            None => problem,
        };
        let (mut problem, mut before) = (not_given(problem, sources), calls.len());
        for _ in 0..MOST {
            let Some((inside, at)) = place else { break };
            let Some(name) = macro_around(&sources.file(inside).text, at) else { break };
            let found = calls[..before].iter().rposition(|call| {
                let text = file(&call.template).map(|file| &sources.file(file).text);
                text.and_then(|text| tag(text, call.at)).is_some_and(|tag| has_call(tag, &name))
            });
            let Some(index) = found else { break };
            let call = &calls[index];
            let Some(id) = file(&call.template) else { break };
            let end = call.at + tag(&sources.file(id).text, call.at).map_or(0, str::len);
            let words = format!("{CALL}{}", call.iteration());
            problem = problem.also(Span::new(id, call.at..end), words);
            (place, before) = (Some((id, call.at)), index);
        }
        problem
    }
}

/// Whether the mistake is in a macro or in a loop.
pub(super) fn is_in_block(problem: &Diagnostic, sources: &Sources) -> bool {
    let place = problem.primary.as_ref().map(|label| label.span);
    place.is_some_and(|span| blocks_around(&sources.file(span.file).text, span.start).next().is_some())
}

/// Tells an argument of a macro that is not given as that, in place of a name that is not defined.
fn not_given(mut problem: Diagnostic, sources: &Sources) -> Diagnostic {
    let Some(label) = problem.primary.as_mut().filter(|_| problem.code == "undefined-variable") else {
        return problem;
    };
    let name = sources.text(label.span);
    let text = &sources.file(label.span.file).text;
    let around = blocks_around(text, label.span.start).find(|block| block.word == "macro");
    let Some((macro_name, arguments)) =
        around.and_then(|block| block.rest.split_once('(')).map(|(name, rest)| (name.trim(), rest))
    else {
        return problem;
    };
    let arguments: Vec<&str> = arguments.split([',', ')']).map(str::trim).collect();
    if !arguments.contains(&name) {
        return problem;
    }
    label.text = format!("the call of `{macro_name}` does not give it");
    let help =
        format!("give `{name}` in the call, or a value to fall back to: `{{{{ {name} | default('…') }}}}`");
    problem.message = format!("the argument `{name}` of the macro `{macro_name}` is not given");
    problem.help = vec![help.into()];
    problem
}

/// The text of a template with a note in front of each tag that may call something.
pub(super) fn noted(template: &str, text: &str) -> String {
    if template.contains(['\'', '\\', '\n']) {
        return text.to_owned();
    }
    let name = if template == MAIN { "" } else { template };
    let (mut noted, mut from) = (String::with_capacity(text.len() * 2), 0);
    for at in 0..text.len().saturating_sub(1) {
        let is_tag = text.as_bytes()[at] == b'{' && matches!(text.as_bytes()[at + 1], b'{' | b'%');
        let Some(tag) = is_tag.then(|| tag(text, at)).flatten() else { continue };
        if at < from || !may_call(tag) {
            continue;
        }
        noted.push_str(&text[from..at]);
        let iteration = "(loop.index if loop is defined else 0)";
        let iterations = "(loop.length | default(0) if loop is defined else 0)";
        let note = format!("{{{{ {NOTE}('{name}', {at}, {iteration}, {iterations}) }}}}");
        noted.push_str(&note);
        noted.push_str(tag);
        from = at + tag.len();
    }
    noted + &text[from..]
}

/// The tag that begins there.
fn tag(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let closing = if rest.starts_with("{{") { "}}" } else { "%}" };
    let end = 2 + rest.get(2..)?.find(closing)? + closing.len();
    Some(&rest[..end])
}

/// Whether a tag is an expression, or a statement that calls something and before which an expression can stand.
fn may_call(tag: &str) -> bool {
    let inside = tag.get(2..).unwrap_or_default().trim_start_matches(['-', '+', ' ', '\t', '\n']);
    let word = inside.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let is_statement = ["set", "if", "for", "with", "call", "do"].contains(&word) && tag.contains('(');
    tag.starts_with("{{") || is_statement
}

fn has_call(tag: &str, name: &str) -> bool {
    tag.match_indices(name).any(|(at, _)| {
        let before = tag[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            && tag[at + name.len()..].trim_start().starts_with('(')
    })
}

/// A macro or a loop that is open at a place.
struct Block<'a> {
    /// `macro` or `for`.
    word: &'a str,
    /// What follows the word.
    rest: &'a str,
}

/// The macros and loops around a place, the innermost first.
fn blocks_around(text: &str, at: usize) -> impl Iterator<Item = Block<'_>> {
    let mut open: Vec<Block<'_>> = Vec::new();
    for (start, _) in text.get(..at).unwrap_or_default().match_indices("{%") {
        let Some(tag) = tag(text, start) else { break };
        let inside = tag.trim_start_matches(['{', '%', '-', '+', ' ', '\t', '\n']);
        let end = inside.find(|c: char| !c.is_alphanumeric()).unwrap_or(inside.len());
        let (word, rest) = inside.split_at(end);
        match word {
            "macro" | "for" => open.push(Block { word, rest }),
            "endmacro" | "endfor" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().rev()
}

/// The name of the macro whose body has that place.
fn macro_around(text: &str, at: usize) -> Option<String> {
    let found = blocks_around(text, at).find(|block| block.word == "macro")?;
    let name = found.rest.split('(').next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_call_something_are_noted() {
        let text = "a: {{ f(1) }} {{ x }}{% if g() %}{% elif h() %}{% endif %}";
        let noted = noted(MAIN, text);
        assert_eq!(noted.matches(NOTE).count(), 3, "{noted}");
        assert!(noted.starts_with("a: {{ maestro__called('', 3, "), "{noted}");
        assert!(noted.ends_with("}}{% if g() %}{% elif h() %}{% endif %}"), "{noted}");
        assert_eq!(super::noted("it's", text), text);
    }

    #[test]
    fn the_macro_around_a_place_is_found() {
        let text = "{%- macro a(x) -%}{{ 1 }}{% endmacro %}{{ 2 }}{% macro b() %}{{ 3 }}";
        let around = |what: &str| macro_around(text, text.find(what).unwrap());
        assert_eq!([around("1"), around("2"), around("3")], [Some("a".into()), None, Some("b".into())]);
        assert!(has_call("{{ m.a ('x') }}", "a") && !has_call("{{ ba('x') }}", "a"));
    }
}
