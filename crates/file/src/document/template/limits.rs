//! Refuses templates that would overflow the stack of the template engine, which recurses over what is chained.

use std::ops::Range;

/// Words and signs that one expression may chain, such as `a + b + c`; the items of a list count one by one.
const MAX_CHAIN: usize = 600;
/// `{% elif %}`s that a file may have.
const MAX_ELIF: usize = 300;

/// The first place of `text` where too much is chained.
pub(super) fn overlong(text: &str) -> Option<Range<usize>> {
    if let Some((at, word)) = text.match_indices("elif").nth(MAX_ELIF) {
        return Some(at..at + word.len());
    }
    let mut from = 0;
    while let Some(at) = text[from..].find(['{']).map(|at| from + at) {
        from = at + 1;
        let closing = match &text.as_bytes()[at..] {
            [b'{', b'{', ..] => "}}",
            [b'{', b'%', ..] => "%}",
            _ => continue,
        };
        from = at + 2;
        let end = chain_end(&text[from..], closing);
        match end {
            Ok(length) => from += length,
            Err(length) => return Some(from + length..from + length),
        }
    }
    None
}

/// Walks over an expression up to `closing`: its length, or how far it is to where the chain became too long.
fn chain_end(text: &str, closing: &str) -> Result<usize, usize> {
    // One count for each open bracket; a comma begins the innermost count anew.
    let mut counts = vec![0_usize];
    let mut total = 0;
    let mut quote = None;
    let mut in_word = false;
    for (at, character) in text.char_indices() {
        if let Some(open) = quote {
            if character == open {
                quote = None;
            }
            continue;
        }
        if counts.len() == 1 && text[at..].starts_with(closing) {
            return Ok(at + closing.len());
        }
        let of_word = character.is_alphanumeric() || character == '_';
        let begins = !(character.is_whitespace() || of_word && in_word);
        in_word = of_word;
        match character {
            '\'' | '"' => quote = Some(character),
            '(' | '[' | '{' => counts.push(0),
            ')' | ']' | '}' if counts.len() > 1 => total -= counts.pop().unwrap_or(0),
            ',' => total -= counts.last_mut().map_or(0, std::mem::take),
            _ => {}
        }
        if begins && let Some(count) = counts.last_mut() {
            *count += 1;
            total += 1;
        }
        if total > MAX_CHAIN {
            return Err(at);
        }
    }
    Ok(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn large_data_is_fine_and_long_chains_are_not() {
        let list = vec!["{'name': 'web', 'port': 80 + 1}"; 5000].join(", ");
        assert_eq!(overlong(&format!("{{% set all = [{list}] %}}")), None);
        assert_eq!(overlong(&"{{ a + b }}\n".repeat(5000)), None);
        assert_eq!(overlong(&format!("{{{{ '{}' }}}}", "+ ".repeat(5000))), None);
        assert_eq!(overlong(&format!("x {{{{ 1{} }}}}", "+1".repeat(5000))), Some(605..605));
        assert!(overlong(&"{% elif 1 %}".repeat(1000)).is_some());
    }

    proptest! {
        #[test]
        fn any_text_can_be_measured(text in "([{}%'\"(),\\[\\]é a+]|\\{\\{|\\}\\}){0,60}") {
            prop_assert_eq!(overlong(&text), None);
        }
    }
}
