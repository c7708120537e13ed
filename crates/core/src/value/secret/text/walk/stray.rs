//! Lines that belong to the value of a key above, though they are not indented further than that key.

use super::Walk;

impl Walk<'_> {
    /// Whether this line may be the value of a hidden key that has none in its own line. To YAML the value is empty
    /// and the line a mistake.
    pub(super) fn is_stray_value(&self) -> bool {
        let awaits = self.open.last().is_some_and(|open| open.awaits);
        awaits && is_stray(&self.text[self.at..self.line_end()]) && !self.is_next_item()
    }

    /// Whether this line is an item of a list that has begun above.
    fn is_next_item(&self) -> bool {
        let column = self.column();
        let line = self.line_at(self.at).start;
        let is_item = |line: &str| {
            line.get(column..).is_some_and(|rest| rest.starts_with("- ")) && line[..column].trim().is_empty()
        };
        self.rest().starts_with("- ") && self.text[..line].lines().any(is_item)
    }

    /// Notes that the value of the last key stands below it, where it should.
    pub(super) fn value_begins(&mut self) {
        let column = self.column();
        if let Some(open) = self.open.last_mut()
            && open.column.is_some_and(|key| key < column)
        {
            open.awaits = false;
        }
    }
}

/// Whether a value has to follow in the next lines: behind the colon there is nothing, or the `|` or `>` of a block.
pub(super) fn is_awaited(behind: &str) -> bool {
    let behind = behind.lines().next().unwrap_or_default();
    let is_comment = behind.trim_start().starts_with('#');
    let behind = if is_comment { "" } else { behind.split(" #").next().unwrap_or_default() };
    behind.split_whitespace().all(|word| {
        let is_block = word.starts_with(['|', '>'])
            && word[1..].bytes().all(|byte| byte.is_ascii_digit() || b"+-".contains(&byte));
        is_block || word.starts_with(['&', '!'])
    })
}

/// Whether a line is neither a key nor anything else that begins something new.
pub(in crate::value::secret::text) fn is_stray(line: &str) -> bool {
    let line = line.trim();
    let is_other = line.is_empty()
        || matches!(line, "---" | "...")
        || ["}", "]", "{%", "{{", "#"].iter().any(|begin| line.starts_with(begin));
    if is_other {
        return false;
    }
    // An item, whatever its dash looks like.
    let item = line
        .strip_prefix(|c: char| !c.is_alphanumeric())
        .filter(|item| item.starts_with(char::is_whitespace));
    let entry = item.unwrap_or(line).trim_start();
    let behind = match entry.chars().next() {
        Some(quote @ ('"' | '\'')) => entry[1..].split_once(quote).map_or("", |(_, behind)| behind),
        _ => entry.trim_start_matches(|c: char| !c.is_whitespace() && c != ':'),
    };
    let behind = behind.trim_start().strip_prefix(':');
    !behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(char::is_whitespace))
}
