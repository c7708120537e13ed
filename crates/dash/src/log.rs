//! The log of an instance, followed.

use std::collections::VecDeque;

use super::{facts::LogText, motion::Motion};
use maestro_report::text::harmless_line;

/// How many lines are kept.
const KEPT: usize = 5000;
/// How far a step to the side goes, in columns.
const SIDE: usize = 20;
/// The columns between two stops of a tab.
const TAB: usize = 8;

/// A log.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogPage {
    pub(crate) name: String,
    lines: VecDeque<LogLine>,
    /// Whether the last line goes on.
    is_open: bool,
    /// The first line in sight; none follows the end.
    top: Option<usize>,
    /// The first column in sight.
    pub(crate) left: usize,
    /// What is searched for.
    pub(crate) search: String,
    /// The line of the last hit.
    pub(crate) hit: Option<usize>,
}

/// A line, harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    pub(crate) text: String,
    pub(crate) is_note: bool,
}

impl LogPage {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Takes what was written.
    pub(crate) fn take(&mut self, pieces: Vec<LogText>) {
        for LogText { text, goes_on, is_note } in pieces {
            let text = expanded(&harmless_line(&text));
            match self.lines.back_mut() {
                Some(last) if self.is_open && !is_note => last.text.push_str(&text),
                Some(_) | None => self.lines.push_back(LogLine { text, is_note }),
            }
            self.is_open = goes_on && !is_note;
            if self.lines.len() > KEPT {
                self.lines.pop_front();
                let up = |at: usize| at.saturating_sub(1);
                (self.top, self.hit) = (self.top.map(up), self.hit.and_then(|at| at.checked_sub(1)));
            }
        }
    }

    pub(crate) fn is_following(&self) -> bool {
        self.top.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The first line in sight.
    pub(crate) fn first(&self, height: usize) -> usize {
        let end = self.lines.len().saturating_sub(height);
        self.top.map_or(end, |top| top.min(end))
    }

    /// The lines in sight, with their numbers.
    pub(crate) fn in_sight(&self, height: usize) -> impl Iterator<Item = (usize, &LogLine)> {
        self.lines.iter().enumerate().skip(self.first(height)).take(height)
    }

    /// Scrolls. At the end, the log is followed.
    pub(crate) fn go(&mut self, motion: Motion, height: usize) {
        let end = self.lines.len().saturating_sub(height);
        self.show(motion.from(self.first(height), end, height), height);
    }

    fn show(&mut self, top: usize, height: usize) {
        let end = self.lines.len().saturating_sub(height);
        self.top = (top < end).then_some(top);
    }

    /// Looks further to the right or left.
    pub(crate) fn go_right(&mut self) {
        self.left += SIDE;
    }

    pub(crate) fn go_left(&mut self) {
        self.left = self.left.saturating_sub(SIDE);
    }

    /// Where a line has what is searched for, in bytes.
    pub(crate) fn hits(&self, line: &str) -> Vec<(usize, usize)> {
        if self.search.is_empty() {
            return Vec::new();
        }
        // Of ASCII alone, so that places are those of the line itself.
        let (line, word) = (line.to_ascii_lowercase(), self.search.to_ascii_lowercase());
        line.match_indices(&word).map(|(at, hit)| (at, at + hit.len())).collect()
    }

    /// Goes to the next older hit, or the next newer one. False if there is none.
    pub(crate) fn find(&mut self, is_older: bool, height: usize) -> bool {
        let has = |at: &usize| !self.hits(&self.lines[*at].text).is_empty();
        let bottom = (self.first(height) + height).min(self.lines.len());
        let found = if is_older {
            (0..self.hit.unwrap_or(bottom)).rev().find(has)
        } else {
            (self.hit.map_or(bottom, |hit| hit + 1)..self.lines.len()).find(has)
        };
        let Some(found) = found else { return false };
        self.hit = Some(found);
        let first = self.first(height);
        if !(first..first + height).contains(&found) {
            self.show(found.saturating_sub(height / 2), height);
        }
        true
    }
}

/// Tabs as blanks: a terminal would move its cursor.
fn expanded(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for (at, part) in line.split('\t').enumerate() {
        if at > 0 {
            let column = text.chars().count();
            text.extend(std::iter::repeat_n(' ', TAB - column % TAB));
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> LogText {
        LogText { text: text.to_owned(), goes_on: false, is_note: false }
    }

    fn page(lines: usize) -> LogPage {
        let mut page = LogPage::new("web-1");
        page.take((0..lines).map(|at| piece(&format!("line {at}"))).collect());
        page
    }

    fn seen(page: &LogPage, height: usize) -> Vec<&str> {
        page.in_sight(height).map(|(_, line)| line.text.as_str()).collect()
    }

    #[test]
    fn the_end_is_followed_until_somebody_scrolls() {
        let mut page = page(10);
        assert_eq!(seen(&page, 3), ["line 7", "line 8", "line 9"]);
        page.go(Motion::Up, 3);
        page.take(vec![piece("new")]);
        assert_eq!(seen(&page, 3), ["line 6", "line 7", "line 8"]);
        page.go(Motion::Last, 3);
        page.take(vec![piece("newer")]);
        assert_eq!(seen(&page, 2), ["new", "newer"]);
    }

    #[test]
    fn old_lines_are_dropped_and_what_is_in_sight_stays() {
        let mut page = page(KEPT);
        page.go(Motion::First, 3);
        page.go(Motion::PageDown, 3);
        assert_eq!(seen(&page, 3)[0], "line 2");
        page.take(vec![piece("new")]);
        assert_eq!((seen(&page, 3)[0], page.len()), ("line 2", KEPT));
    }

    #[test]
    fn pieces_make_one_line_without_controls() {
        let mut page = LogPage::new("web-1");
        page.take(vec![
            LogText { goes_on: true, ..piece("a\t\u{1b}[2J") },
            piece("b"),
            LogText { is_note: true, ..piece("lost") },
        ]);
        assert_eq!(seen(&page, 9), ["a       \\u{1b}[2Jb", "lost"]);
    }

    #[test]
    fn a_search_goes_to_older_lines_first_and_back() {
        let mut page = page(100);
        page.search = "LINE 4".to_owned();
        assert!(page.find(true, 10));
        assert_eq!(page.hit, Some(49));
        assert!(page.in_sight(10).any(|(at, _)| at == 49));
        assert!(page.find(true, 10) && page.hit == Some(48));
        assert!(page.find(false, 10) && page.hit == Some(49));
        assert!(!page.find(false, 10));
        assert_eq!(page.hits("a line 42"), [(2, 8)]);
    }
}
