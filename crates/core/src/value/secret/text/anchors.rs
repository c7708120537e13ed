//! Secrets that stand at an anchor, below an innocent key, and are taken with an alias.

use std::ops::Range;

use super::{doubtful::end_of_block, walk::HiddenPlace};

/// What ends the name of an anchor.
const ENDS: [char; 8] = [' ', '\t', '\r', '\n', ',', ']', '}', '"'];

/// The values at the anchors that these secrets take with an alias.
pub(super) fn secrets(text: &str, found: &[HiddenPlace]) -> Vec<HiddenPlace> {
    let mut anchored = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for HiddenPlace { place, is_sure } in found {
        let Some(name) = text[place.clone()].strip_prefix('*') else { continue };
        let name = &name[..name.find(ENDS).unwrap_or(name.len())];
        if name.is_empty() || names.contains(&name) {
            continue;
        }
        names.push(name);
        let anchors = text.match_indices('&').filter_map(|(at, _)| value(text, at, name));
        anchored.extend(anchors.map(|place| HiddenPlace { place, is_sure: *is_sure }));
    }
    anchored
}

/// The value at the anchor that begins there, if this is its name.
fn value(text: &str, at: usize, name: &str) -> Option<Range<usize>> {
    let behind = text[at + 1..].strip_prefix(name).filter(|behind| behind.starts_with(ENDS))?;
    let begin = text.len() - behind.len();
    let line_end = behind.find('\n').map_or(text.len(), |end| begin + end);
    let line = text[begin..line_end].trim_end();
    let value = begin + (line.len() - line.trim_start().len())..begin + line.len();
    let own = &text[value.clone()];
    if let Some(quote @ ('"' | '\'')) = own.chars().next()
        && let Some(end) = own[1..].find(quote)
        && !own[1..end].contains('\\')
    {
        return Some(value.start + 1..value.start + 1 + end);
    }
    if own.is_empty() || own.starts_with(['|', '>', '"', '\'', '{', '[']) {
        return Some(value.start..end_of_block(text, text[..at].rfind('\n').map_or(0, |end| end + 1)));
    }
    let comment = own.find(" #").unwrap_or(own.len());
    // In brackets the next entry follows.
    let is_in_brackets = text[..at].lines().next_back().is_some_and(|line| line.contains(['{', '[']));
    let entry = own.find([',', '}', ']']).filter(|_| is_in_brackets).unwrap_or(own.len());
    Some(value.start..value.start + own[..comment.min(entry)].trim_end().len())
}

/// A value without its anchor and tag.
pub(super) fn plain(written: &str) -> &str {
    let mut plain = written;
    while plain.starts_with(['&', '!'])
        && let Some((_, behind)) = plain.split_once([' ', '\t'])
    {
        plain = behind.trim_start();
    }
    plain
}
