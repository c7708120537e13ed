//! The lines of a status: columns that are as wide as they have to be, and words that are broken between words alone.

use super::entry::{EntryState, EntrySubject};
use crate::{
    style::Tone,
    text::{fit, pad, width},
};

/// What stands between two columns.
const GAP: usize = 2;
/// What stands before the first column: two blanks, a sign, a blank.
const MARGIN: usize = 4;
/// How wide the state may be where nothing limits a line. Longer ones push the rest of their line to the right.
const STATE_AT_MOST: usize = 60;
/// The least room for a state. Names are cut before it gets less.
const STATE_AT_LEAST: usize = 24;
/// How wide an image may be on a terminal.
const IMAGE_AT_MOST: usize = 32;
/// No name is cut to less.
const NAME_AT_LEAST: usize = 10;

impl EntryState {
    /// The sign before a line. There are words for it in the line.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Failed => "✗",
            Self::Unreachable => "?",
            Self::Absent => "·",
            Self::Attention => "!",
            Self::Orphan => "-",
            Self::Ready => "✓",
        }
    }

    /// How it is painted.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Failed => Tone::Failed,
            Self::Unreachable | Self::Attention | Self::Orphan => Tone::Warning,
            Self::Absent => Tone::Dim,
            Self::Ready => Tone::Ok,
        }
    }
}

/// A line of a status. All its text is harmless.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) standing: EntryState,
    /// What it is about; none for a ship that does not answer.
    pub(super) subject: Option<EntrySubject>,
    /// The columns before the state: at least the name.
    pub(super) cells: Vec<String>,
    pub(super) state: String,
    pub(super) image: String,
    pub(super) age: String,
}

/// Widths of the columns.
pub(super) struct Columns {
    cells: Vec<usize>,
    state: usize,
    image: usize,
    /// Columns of the terminal; none cuts and breaks nothing.
    total: Option<usize>,
    colour: bool,
}

impl Columns {
    /// Makes room for `rows`, under `header` if there is one.
    pub(super) fn new(rows: &[Row], header: Option<&[&str]>, total: Option<usize>, colour: bool) -> Self {
        let mut cells: Vec<usize> = header.unwrap_or_default().iter().map(|word| width(word)).collect();
        for row in rows {
            cells.resize(cells.len().max(row.cells.len()), 0);
            for (column, cell) in cells.iter_mut().zip(&row.cells) {
                *column = (*column).max(width(cell));
            }
        }
        let widest = |of: fn(&Row) -> &String| rows.iter().map(|row| width(of(row))).max().unwrap_or(0);
        let (mut image, age) = (widest(|row| &row.image), widest(|row| &row.age));
        if let Some(total) = total {
            image = image.min(IMAGE_AT_MOST);
            narrow(&mut cells, total.saturating_sub(MARGIN + STATE_AT_LEAST));
        }
        let mut columns = Self { cells, state: 0, image, total, colour };
        let beside = columns.indent() + GAP + image + GAP + age;
        let room = total.map_or(STATE_AT_MOST, |total| total.saturating_sub(beside));
        let states = rows.iter().filter(|row| !row.image.is_empty()).map(|row| width(&row.state));
        columns.state = states.filter(|state| *state <= room).max().unwrap_or(0);
        columns
    }

    /// How many columns stand before the state.
    fn indent(&self) -> usize {
        MARGIN + self.cells.iter().map(|column| column + GAP).sum::<usize>()
    }

    /// The names of the columns.
    pub(super) fn header(&self, names: &[&str]) -> String {
        let mut line = " ".repeat(MARGIN);
        for (name, &column) in names.iter().zip(&self.cells) {
            line += &pad(name, column + GAP);
        }
        line += &pad("STATE", self.state + GAP);
        line += &pad("IMAGE", self.image + GAP);
        line += "AGE";
        let line = self.total.map_or(line.clone(), |total| fit(&line, total).into_owned());
        Tone::Bold.paint(line.trim_end(), self.colour)
    }

    /// A row: one line, or several if its state is too long for its column.
    pub(super) fn row(&self, row: &Row) -> Vec<String> {
        let tone = row.standing.tone();
        let mut head = format!("  {} ", tone.paint(row.standing.sign(), self.colour));
        for (cell, &column) in row.cells.iter().zip(&self.cells) {
            head += &pad(cell, column);
            head += &" ".repeat(GAP);
        }
        for &column in &self.cells[row.cells.len()..] {
            head += &" ".repeat(column + GAP);
        }
        let image = self.image(&row.image);
        let state = width(&row.state);
        if row.image.is_empty() && self.total.is_none_or(|total| self.indent() + state <= total) {
            return vec![head + &tone.paint(&row.state, self.colour)];
        }
        if state <= self.state && !row.image.is_empty() {
            let beside = format!("{}{}", " ".repeat(self.state - state + GAP), pad(&image, self.image + GAP));
            let line = head + &tone.paint(&row.state, self.colour) + &beside + &row.age;
            return vec![line.trim_end().to_owned()];
        }
        self.long(&head, row, &image)
    }

    /// A row whose state does not fit into its column: the state, then image and age where there is room.
    fn long(&self, head: &str, row: &Row, image: &str) -> Vec<String> {
        let tone = row.standing.tone();
        let beside =
            [image, &row.age].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        let Some(total) = self.total else {
            let state = tone.paint(&row.state, self.colour);
            return vec![format!("{head}{state}  {beside}").trim_end().to_owned()];
        };
        let indent = self.indent();
        let room = total.saturating_sub(indent).max(1);
        let mut lines: Vec<(String, usize)> = broken(&row.state, room)
            .into_iter()
            .map(|line| (tone.paint(&line, self.colour), width(&line)))
            .collect();
        match lines.last_mut() {
            Some((line, taken)) if *taken + GAP + width(&beside) <= room && !beside.is_empty() => {
                line.extend(["  ", &beside]);
            }
            _ if !beside.is_empty() => lines.push((fit(&beside, room).into_owned(), 0)),
            _ => {}
        }
        let indent = " ".repeat(indent);
        let with_head = lines
            .into_iter()
            .enumerate()
            .map(|(at, (line, _))| if at == 0 { format!("{head}{line}") } else { format!("{indent}{line}") });
        with_head.collect()
    }

    /// An image, without its beginning if it is too wide: images are told apart by their ends.
    fn image(&self, image: &str) -> String {
        let over = width(image).saturating_sub(self.image);
        if over == 0 {
            return image.to_owned();
        }
        let mut dropped = 0;
        let rest = image.chars().skip_while(|c| {
            let is_dropped = dropped <= over;
            dropped += width(c.encode_utf8(&mut [0; 4]));
            is_dropped
        });
        format!("…{}", rest.collect::<String>())
    }
}

/// Takes away from the widest columns until they fit into `room`.
fn narrow(cells: &mut [usize], room: usize) {
    while cells.iter().map(|column| column + GAP).sum::<usize>() > room {
        match cells.iter_mut().max() {
            Some(widest) if *widest > NAME_AT_LEAST => *widest -= 1,
            Some(_) | None => return,
        }
    }
}

/// `text` in lines of at most `room` columns, broken between words. A word that is wider than that is cut in two.
pub(crate) fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split(' ') {
        let mut word = word;
        let gap = usize::from(taken > 0);
        if taken + gap + width(word) > room && taken > 0 {
            lines.push(String::new());
            taken = 0;
        }
        while width(word) > room {
            let cut = cut_at(word, room);
            push(&mut lines, &word[..cut]);
            lines.push(String::new());
            word = &word[cut..];
        }
        if taken > 0 {
            push(&mut lines, " ");
            taken += 1;
        }
        push(&mut lines, word);
        taken += width(word);
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Where to cut a word so that its beginning fits into `room`: at least behind one character.
fn cut_at(word: &str, room: usize) -> usize {
    let mut taken = 0;
    for (at, c) in word.char_indices() {
        taken += width(c.encode_utf8(&mut [0; 4]));
        if taken > room && at > 0 {
            return at;
        }
    }
    word.len()
}
