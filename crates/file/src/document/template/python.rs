//! What Python does and the template engine does not, said in the engine's own terms, with the way back to what was
//! written: `[…]` and `{…}` make lists and dictionaries that can be changed, what is assigned is computed at once, and
//! `'…' % x` fills in a text.

mod tokens;

use std::ops::Range;
use tokens::{Token, TokenKind};

/// Makes a list that can be changed.
pub(super) const LIST: &str = "__list__";
/// Makes a dictionary that can be changed.
pub(super) const DICT: &str = "__dict__";
/// Makes a list of what is computed only when it is needed.
pub(super) const OWNED: &str = "__owned__";
/// The method that `%` is.
pub(super) const REMAINDER: &str = "__remainder__";

/// A template in the engine's terms.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) text: String,
    /// Where each piece that was copied begins: in this text and in what was written.
    pieces: Vec<(usize, usize)>,
}

/// `with` in place of what was written there.
#[derive(Debug)]
struct Edit {
    place: Range<usize>,
    with: String,
}

impl Rewritten {
    /// Rewrites what is in the tags of a template; all else stays as it is.
    pub(super) fn new(written: &str) -> Self {
        let mut edits = Vec::new();
        for tag in tokens::tags(written) {
            literals(&tag, &mut edits);
            assignments(&tag, &mut edits);
            formats(&tag, &mut edits);
        }
        // Of those at one place the closing ones come first, then the outer of two openings, which was found later.
        edits.sort_by_key(|edit| (edit.place.start, edit.with != ")", usize::MAX - edit.with.len()));
        let mut rewritten = Self { text: String::with_capacity(written.len()), pieces: vec![(0, 0)] };
        let mut from = 0;
        for edit in edits {
            rewritten.text.push_str(&written[from..edit.place.start]);
            rewritten.text.push_str(&edit.with);
            from = edit.place.end;
            rewritten.pieces.push((rewritten.text.len(), from));
        }
        rewritten.text.push_str(&written[from..]);
        rewritten
    }

    /// The place in what was written for a place in this text.
    pub(super) fn written(&self, place: Range<usize>) -> Range<usize> {
        let start = self.back(place.start);
        start..self.back(place.end).max(start)
    }

    fn back(&self, at: usize) -> usize {
        let index = self.pieces.partition_point(|&(here, _)| here <= at).saturating_sub(1);
        let (here, there) = self.pieces[index];
        let end = self.pieces.get(index + 1).map_or(usize::MAX, |&(_, next)| next);
        // What was put in counts for the place where it was put.
        (there + (at - here)).min(end)
    }
}

/// Statements whose operands are names of files and macros.
const ABOUT_FILES: [&str; 4] = ["include", "import", "from", "extends"];

/// `[…]` and `{…}`, where they are not an index.
fn literals(tag: &[Token<'_>], edits: &mut Vec<Edit>) {
    if tag.first().is_some_and(|first| ABOUT_FILES.contains(&first.text)) {
        return;
    }
    for (at, token) in tag.iter().enumerate() {
        let (Some(closing), make) = (token.partner, if token.text == "[" { LIST } else { DICT }) else {
            continue;
        };
        let is_literal = match token.text {
            "{" => true,
            "[" => at.checked_sub(1).is_none_or(|before| !tag[before].ends_a_value()),
            _ => false,
        };
        if closing > at && is_literal {
            edits.push(Edit { place: token.place.start..token.place.start, with: format!("{make}(") });
            let end = tag[closing].place.end;
            edits.push(Edit { place: end..end, with: ")".to_owned() });
        }
    }
}

/// What `set` and `with` assign.
fn assignments(tag: &[Token<'_>], edits: &mut Vec<Edit>) {
    let top = |token: &&Token<'_>| token.depth == 0;
    match tag.first().map(|token| token.text) {
        // `set a, b = 1, 2` assigns the parts of a tuple.
        Some("set") if !tag.iter().filter(top).any(|token| token.text == ",") => {}
        Some("with") => {}
        _ => return,
    }
    let mut begin: Option<usize> = None;
    for (at, token) in tag.iter().enumerate().filter(|(_, token)| token.depth == 0) {
        match (token.text, begin) {
            ("=", None) => begin = tag.get(at + 1).map(|next| next.place.start),
            (",", Some(start)) => {
                edits.extend(wrapped(start..tag[at - 1].place.end));
                begin = None;
            }
            _ => {}
        }
    }
    if let (Some(start), Some(last)) = (begin, tag.last()) {
        edits.extend(wrapped(start..last.place.end));
    }
}

fn wrapped(place: Range<usize>) -> [Edit; 2] {
    [
        Edit { place: place.start..place.start, with: format!("{OWNED}(") },
        Edit { place: place.end..place.end, with: ")".to_owned() },
    ]
}

/// `left % right`, where `left` may be a text and the two stand alone: `a * b % c` is about numbers.
fn formats(tag: &[Token<'_>], edits: &mut Vec<Edit>) {
    for at in (1..tag.len()).filter(|&at| tag[at].text == "%") {
        let Some(before) = start_of_value(tag, at - 1) else { continue };
        let stands_alone = before
            .checked_sub(1)
            .is_none_or(|index| !["*", "/", "//", "%", "-", "**", "|", "is"].contains(&tag[index].text));
        let Some(last) = end_of_operand(tag, at + 1) else { continue };
        let goes_on =
            tag.get(last + 1).is_some_and(|next| ["**", "is", "%", "*", "/", "//"].contains(&next.text));
        if !stands_alone || goes_on {
            continue;
        }
        edits.push(Edit { place: tag[at].place.clone(), with: format!(".{REMAINDER}(") });
        let end = tag[last].place.end;
        edits.push(Edit { place: end..end, with: ")".to_owned() });
    }
}

/// The first token of the value that ends with token `at`: `'…'`, `a.b[c](d)`, `(…)`; none for a number.
fn start_of_value(tag: &[Token<'_>], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let token = &tag[at];
        let begins = match token.kind {
            TokenKind::Text => return Some(at),
            TokenKind::Word if !token.is_keyword() => true,
            TokenKind::Sign if [")", "]", "}"].contains(&token.text) => {
                at = token.partner?;
                // A group is an argument or an index of the value in front of it, if there is one.
                if at.checked_sub(1).is_some_and(|before| tag[before].ends_a_value()) {
                    at -= 1;
                    continue;
                }
                return Some(at);
            }
            _ => false,
        };
        if !begins {
            return None;
        }
        match at.checked_sub(2) {
            Some(owner) if tag[at - 1].text == "." => at = owner,
            _ => return Some(at),
        }
    }
}

/// The last token of an operand: a value, with what follows it by `.`, `(`, `[` and `|`.
fn end_of_operand(tag: &[Token<'_>], at: usize) -> Option<usize> {
    let mut at = at;
    if tag.get(at)?.text == "-" {
        at += 1;
    }
    let first = tag.get(at)?;
    let mut last = match first.kind {
        TokenKind::Sign => first.partner.filter(|&closing| closing > at)?,
        _ if first.is_keyword() => return None,
        _ => at,
    };
    loop {
        match tag.get(last + 1) {
            Some(next) if ["(", "["].contains(&next.text) => last = next.partner.filter(|&end| end > last)?,
            Some(next) if [".", "|"].contains(&next.text) && tag.get(last + 2)?.kind != TokenKind::Sign => {
                last += 2;
            }
            _ => return Some(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_python_does_is_said_in_the_engines_terms() {
        let table = [
            ("[a] {b} {{ x[0] }}", "[a] {b} {{ x[0] }}"),
            ("{{ [] }}{{ f([1]) }}", "{{ __list__([]) }}{{ f(__list__([1])) }}"),
            ("{{ {'a': [1, x[2]]} }}", "{{ __dict__({'a': __list__([1, x[2]])}) }}"),
            ("{% set x = [] %}", "{% set x = __owned__(__list__([])) %}"),
            ("{% set x = a + b[1:] -%}", "{% set x = __owned__(a + b[1:]) -%}"),
            ("{% set a, b = 1, [2] %}", "{% set a, b = 1, __list__([2]) %}"),
            ("{%- with a = 1, b = f(c=2) %}", "{%- with a = __owned__(1), b = __owned__(f(c=2)) %}"),
            ("{% set x %}[]{% endset %}", "{% set x %}[]{% endset %}"),
            ("{% for a in [1] if a == 1 %}", "{% for a in __list__([1]) if a == 1 %}"),
            ("{{ '%d' % x }}", "{{ '%d' .__remainder__( x) }}"),
            ("{{ '%d-%s' % (1, y.z) ~ 'a' }}", "{{ '%d-%s' .__remainder__( (1, y.z)) ~ 'a' }}"),
            ("{{ '%d' % x|int }}", "{{ '%d' .__remainder__( x|int) }}"),
            ("{{ '%s' % {'a': 1} }}", "{{ '%s' .__remainder__( __dict__({'a': 1})) }}"),
            ("{{ a.b(c)%d.e }}", "{{ a.b(c).__remainder__(d.e) }}"),
            ("{{ 7 % 4 }}{{ a * b % c }}{{ -a % b }}", "{{ 7 % 4 }}{{ a * b % c }}{{ -a % b }}"),
            ("{{ a % b is odd }}{{ a % b ** c }}", "{{ a % b is odd }}{{ a % b ** c }}"),
            ("{# [] #}{% raw %}{{ [] }}{% endraw %}", "{# [] #}{% raw %}{{ [] }}{% endraw %}"),
            ("{% include ['a', 'b'] %}", "{% include ['a', 'b'] %}"),
            ("{{ '[' }}{{ \"{\\\"\" }}", "{{ '[' }}{{ \"{\\\"\" }}"),
        ];
        for (written, rewritten) in table {
            assert_eq!(Rewritten::new(written).text, rewritten, "{written}");
        }
    }

    #[test]
    fn each_place_leads_back() {
        let written = "{% set x = [1, y] %} {{ '%d' % z }}";
        let rewritten = Rewritten::new(written);
        for word in ["set", "x =", "y", "{{", "z", "}}"] {
            let (here, there) = (rewritten.text.rfind(word).unwrap(), written.rfind(word).unwrap());
            let back = rewritten.written(here..here + word.len());
            assert_eq!(&written[back.clone()], word, "{back:?}");
            assert_eq!(back.start, there);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_rewritten_and_what_it_says_outside_tags_is_kept(
            text in "([{}%#'\"(),\\[\\]|.é a=+-]|\\{\\{|\\}\\}|\\{%|%\\}|raw|endraw|set ){0,40}"
        ) {
            let rewritten = Rewritten::new(&text);
            for at in 0..=rewritten.text.len() {
                let back = rewritten.back(at);
                prop_assert!(back <= text.len());
            }
            if !text.contains("{{") && !text.contains("{%") {
                prop_assert_eq!(&rewritten.text, &text);
            }
        }
    }
}
