//! The list of instances: in groups, what is wrong first.

use super::{
    facts::{DashRow, DashState},
    motion::Motion,
};
use maestro_report::status::{EntryState, Grouping};

/// How the list is looked at.
#[derive(Debug, Clone)]
pub(crate) struct ListView {
    pub(crate) by: Grouping,
    /// Words that each row has to have.
    pub(crate) filter: String,
    /// The name and the ship of the row that the cursor is on.
    selected: Option<(String, String)>,
    /// Its number among the rows.
    at: usize,
    /// The first line in sight.
    pub(crate) offset: usize,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListLine<'a> {
    Heading {
        name: &'a str,
        ready: usize,
        instances: usize,
        /// Why the ship does not answer.
        silent: Option<&'a str>,
    },
    Row(&'a DashRow),
}

/// Rows under one heading.
struct Group<'a> {
    name: &'a str,
    silent: Option<&'a str>,
    rows: Vec<&'a DashRow>,
}

impl Default for ListView {
    fn default() -> Self {
        Self { by: Grouping::Ship, filter: String::new(), selected: None, at: 0, offset: 0 }
    }
}

impl ListView {
    /// The lines of the list: groups with something wrong first, and in each what is wrong first.
    pub(crate) fn lines<'a>(&self, state: &'a DashState) -> Vec<ListLine<'a>> {
        let mut groups = self.groups(state);
        groups.sort_by_key(|group| {
            let worst = group.rows.iter().map(|row| row.standing).min();
            worst.unwrap_or(if group.silent.is_some() { EntryState::Unreachable } else { EntryState::Ready })
        });
        let mut lines = Vec::new();
        for mut group in groups {
            group.rows.sort_by_key(|row| row.standing);
            lines.push(ListLine::Heading {
                name: group.name,
                ready: group.rows.iter().filter(|row| row.is_instance() && row.is_ready()).count(),
                instances: group.rows.iter().filter(|row| row.is_instance()).count(),
                silent: group.silent,
            });
            lines.extend(group.rows.into_iter().map(ListLine::Row));
        }
        lines
    }

    fn groups<'a>(&self, state: &'a DashState) -> Vec<Group<'a>> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let rows = state.rows.iter().filter(|row| has(row, &words));
        let mut groups: Vec<Group<'a>> = Vec::new();
        if self.by == Grouping::Ship {
            groups.extend(state.ships.iter().map(|ship| Group {
                name: &ship.name,
                silent: ship.silent.as_deref(),
                rows: Vec::new(),
            }));
        }
        for row in rows {
            let name = match self.by {
                Grouping::Ship => row.ship.as_str(),
                Grouping::Service => row.service.as_deref().unwrap_or("orphans"),
            };
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { name, silent: None, rows: vec![row] }),
            }
        }
        groups.retain(|group| !group.rows.is_empty() || group.silent.is_some() && words.is_empty());
        groups
    }

    /// The row that the cursor is on.
    pub(crate) fn selected<'a>(&self, lines: &[ListLine<'a>]) -> Option<&'a DashRow> {
        rows(lines).nth(self.number(lines))
    }

    /// The number of the row that the cursor is on, among the rows.
    fn number(&self, lines: &[ListLine<'_>]) -> usize {
        let last = rows(lines).count().saturating_sub(1);
        let same = |row: &DashRow| {
            self.selected.as_ref().is_some_and(|(name, ship)| row.name == *name && row.ship == *ship)
        };
        rows(lines).position(same).unwrap_or(self.at).min(last)
    }

    /// Moves the cursor.
    pub(crate) fn go(&mut self, state: &DashState, motion: Motion, height: usize) {
        let lines = self.lines(state);
        let last = rows(&lines).count().saturating_sub(1);
        let to = motion.from(self.number(&lines), last, height);
        self.selected = rows(&lines).nth(to).map(|row| (row.name.clone(), row.ship.clone()));
        self.keep_in_sight(state, height);
    }

    /// Keeps the cursor on its row, and the row in sight, whatever has changed.
    pub(crate) fn keep_in_sight(&mut self, state: &DashState, height: usize) {
        let lines = self.lines(state);
        let number = self.number(&lines);
        let selected = rows(&lines).nth(number).map(|row| (row.name.clone(), row.ship.clone()));
        let places = lines.iter().enumerate().filter(|(_, line)| matches!(line, ListLine::Row(_)));
        let place = places.map(|(place, _)| place).nth(number).unwrap_or(0);
        // The heading of the first row of a group is shown with it.
        let top = place.saturating_sub(usize::from(
            place.checked_sub(1).is_some_and(|above| matches!(lines[above], ListLine::Heading { .. })),
        ));
        self.offset = self.offset.min(top).max((place + 1).saturating_sub(height));
        self.offset = self.offset.min(lines.len().saturating_sub(height));
        (self.selected, self.at) = (selected, number);
    }

    /// The lines in sight, each with whether the cursor is on it.
    pub(crate) fn in_sight<'a>(
        &self,
        state: &'a DashState,
        height: usize,
    ) -> impl Iterator<Item = (ListLine<'a>, bool)> + use<'a> {
        let lines = self.lines(state);
        let selected = self.selected(&lines);
        let is_selected = move |line: &ListLine<'a>| matches!((line, selected), (ListLine::Row(row), Some(selected)) if std::ptr::eq(*row, selected));
        lines.into_iter().skip(self.offset).take(height).map(move |line| (line, is_selected(&line)))
    }
}

fn rows<'a, 'b>(lines: &'b [ListLine<'a>]) -> impl Iterator<Item = &'a DashRow> + use<'a, 'b> {
    lines.iter().filter_map(|line| match line {
        ListLine::Row(row) => Some(*row),
        ListLine::Heading { .. } => None,
    })
}

/// Whether a row has all these words, in lower case.
fn has(row: &DashRow, words: &[String]) -> bool {
    let text =
        format!("{} {} {} {}", row.name, row.service.as_deref().unwrap_or("orphan"), row.ship, row.state);
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}
