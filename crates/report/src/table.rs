//! A table of short texts.

use super::text::{fit, harmless, pad, width};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Whether its texts stand at the right.
    pub is_right: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn left(title: &'static str) -> Self {
        Self { title, is_right: false }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn right(title: &'static str) -> Self {
        Self { title, is_right: true }
    }
}

/// The lines of a table, the titles first, none wider than `columns`. Texts are made harmless.
#[must_use]
pub fn lines(titles: &[Column], rows: &[Vec<String>], columns: Option<usize>) -> Vec<String> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|text| harmless(text).into_owned()).collect()).collect();
    let titles_row: Vec<String> = titles.iter().map(|column| column.title.to_owned()).collect();
    let all = || std::iter::once(&titles_row).chain(&rows);
    let widths: Vec<usize> = (0..titles.len())
        .map(|at| all().filter_map(|row| row.get(at)).map(|text| width(text)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(titles).zip(&widths).enumerate();
        let cells = cells.map(|(at, ((text, column), &wide))| match column.is_right {
            true => " ".repeat(wide.saturating_sub(width(text))) + text,
            false if at + 1 == titles.len() => text.clone(),
            false => pad(text, wide),
        });
        let text = cells.collect::<Vec<_>>().join("  ");
        fit(text.trim_end(), columns.unwrap_or(usize::MAX)).into_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let titles = [Column::left("NAME"), Column::right("CPU"), Column::left("IMAGE")];
        let row = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
        let rows = [row(["web-1", "100.00%", "a\u{1b}"]), row(["db", "1.00%", ""])];
        let expected = ["NAME       CPU  IMAGE", "web-1  100.00%  a\\u{1b}", "db       1.00%"];
        assert_eq!(lines(&titles, &rows, None), expected);
        assert_eq!(lines(&titles, &rows, Some(8))[1], "web-1  …");
    }
}
