//! The template engine panics at some mistakes instead of telling them. Here that is caught, and told in its place.

use std::{
    cell::Cell,
    ops::Range,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use super::Places;
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Sources, Span},
};

thread_local! {
    /// Whether a panic of this thread is caught, and nothing need be written of it.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does what may panic in the engine: none if it does.
pub(super) fn guarded<T>(act: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            if !GUARDED.get() {
                before(about);
            }
        }));
    });
    GUARDED.set(true);
    // What it worked on is not looked at again, but for the list of files, which is whole at any time.
    let done = panic::catch_unwind(AssertUnwindSafe(act));
    GUARDED.set(false);
    done.ok()
}

/// What is wrong with templates at which the engine panicked.
pub(super) fn explain(sources: &Sources, places: &Places) -> Diagnostic {
    let found = places.files.values().find_map(|&(file, _)| {
        let place = misnamed_import(&sources.file(file).text)?;
        Some(Span::new(file, place))
    });
    match found {
        Some(span) => Diagnostic::error("template-syntax", "this is no name for what is imported")
            .at(span, "a name is letters, digits and `_`")
            .help("write `{% import 'FILE' as NAME %}`"),
        None => Diagnostic::error(
            "template-failed",
            "the template engine fails at this file, and does not say where",
        )
        .at(Span::new(places.main, 0..0), "")
        .help("take its templates out one by one to find the one that it is; and please report it"),
    }
}

/// What stands in place of a name in `{% import 'FILE' as NAME %}`.
fn misnamed_import(text: &str) -> Option<Range<usize>> {
    text.match_indices("{%").find_map(|(at, opening)| {
        let begin = at + opening.len();
        let inside = &text[begin..begin + text[begin..].find("%}")?];
        let words = inside.trim_start_matches(['-', '+']).trim_start();
        if !words.starts_with("import") {
            return None;
        }
        let (before, name) = inside.rsplit_once(" as ")?;
        let name = name.trim_end_matches(['-', '+']).trim_end();
        let name = ["with context", "without context"]
            .iter()
            .find_map(|words| name.strip_suffix(words))
            .unwrap_or(name)
            .trim_end();
        let is_name = name.trim_start().chars().all(|c| c.is_alphanumeric() || c == '_');
        let start = begin + before.len() + " as ".len() + (name.len() - name.trim_start().len());
        (!is_name).then(|| start..start + name.trim_start().len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_caught_and_others_panic_as_before() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| assert!(!GUARDED.get(), "nobody hears this")), None);
        assert!(!GUARDED.get());
    }

    #[test]
    fn what_is_no_name_is_found() {
        let found = |text: &str| misnamed_import(text).map(|place| text[place].to_owned());
        assert_eq!(
            found("{# a #}{% import 'as b' as c %}{%- import 'x' as  mat('2.0') -%}"),
            Some("mat('2.0')".into())
        );
        assert_eq!(found("{% import 'x' as a.b() with context %}"), Some("a.b()".into()));
        assert_eq!(found("{% import 'x' as c without context %}{% set important = 1 %}{% import"), None);
    }
}
