//! Secrets that a quote, a bracket or a `#` in them has torn apart.

use super::Walk;

impl Walk<'_> {
    /// Whether what stands here can belong to the value of a key that is hidden, though it looks like a comment: in its
    /// line, or indented further than its key.
    pub(super) fn is_behind_a_secret(&self) -> bool {
        let line = self.line_at(self.at).start;
        let key = self.open.iter().rev().find_map(|open| open.column);
        !self.text[line..self.at].trim().is_empty() || key.is_some_and(|key| self.column() > key)
    }

    /// Where a secret ends that looked as if it ended at `end`, if what follows there cannot follow a value: a quote or a
    /// bracket in it has torn it apart. None if it does end there.
    pub(super) fn torn(&self, end: usize) -> Option<usize> {
        let line_end = self.line_at(end).end;
        if !self.in_brackets() {
            return None;
        }
        let mut at = end;
        let mut depth: Vec<u8> = Vec::new();
        loop {
            let rest = &self.text[at..line_end];
            let behind = rest.trim_start();
            let Some(first) = behind.bytes().next() else { break };
            match first {
                b'#' if rest.len() > behind.len() => break,
                b',' if self.innermost_bracket() == Some(b'[') => break,
                b',' => {
                    // The next entry of a mapping has a colon; of a list all is hidden anyway.
                    let next = behind[1..].trim_start();
                    let until = next.find([',', '}', ']']).unwrap_or(next.len());
                    let entry = &next[..until];
                    let is_entry = entry.contains(": ")
                        || entry.ends_with(':')
                        || entry.contains("\":")
                        || entry.contains("':");
                    if is_entry || entry.trim().is_empty() || next.starts_with(['{', '[', '#']) {
                        break;
                    }
                    at = line_end - (next.len() - until);
                }
                b'}' | b']' if depth.len() < 64 => {
                    depth.push(first);
                    if self.closes_other(depth.len(), first) {
                        return Some(line_end);
                    }
                    at = line_end - behind.len() + 1;
                    let next = self.text[at..line_end].bytes().next();
                    if next.is_some_and(|next| !b" \t\r,}]".contains(&next)) {
                        return Some(line_end);
                    }
                    // Behind a bracket the next entry may begin.
                    if self.text[at..line_end].trim_start().starts_with(',') {
                        return (at > end && self.is_torn_before(end, at)).then_some(line_end);
                    }
                }
                _ => return Some(line_end),
            }
        }
        self.is_torn_before(end, at).then_some(at)
    }

    fn innermost_bracket(&self) -> Option<u8> {
        self.open.iter().rev().find(|open| open.column.is_none()).map(|open| open.bracket)
    }

    /// Whether there is more than brackets between the end of a value and what was looked at.
    fn is_torn_before(&self, end: usize, at: usize) -> bool {
        self.text[end..at].contains(|c: char| !matches!(c, ' ' | '\t' | '}' | ']'))
    }

    /// Whether the bracket that is open at this depth is of another kind than the one that closes it.
    fn closes_other(&self, depth: usize, closing: u8) -> bool {
        let brackets = self.open.iter().rev().filter(|open| open.column.is_none());
        let open = brackets.map(|open| open.bracket).nth(depth - 1);
        let wanted = if closing == b'}' { b'{' } else { b'[' };
        open != Some(wanted)
    }
}
