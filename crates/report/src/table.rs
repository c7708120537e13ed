//! The table of instances: `#  INSTANCE  SERVICE  SHIP  CONTAINER  STATUS`. One layout for a status and for progress.

use super::{
    style::Tone,
    text::{fit, pad, width},
};

const HEADER: [&str; 4] = ["INSTANCE", "SERVICE", "SHIP", "CONTAINER"];
/// Stands between two columns.
const GAP: &str = "  ";
/// How the columns give way when there is not enough room: as long as the status has less than the first, columns
/// shrink, but not below the second.
const WAYS: [(usize, usize); 2] = [(24, 9), (14, 4)];

/// Instances differ at the end of their names.
const INSTANCE_AT_LEAST: usize = 12;

/// One line of the table. All text is harmless already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line<'a> {
    /// Number of the row, from 1.
    pub(crate) number: usize,
    /// Instance, service, ship, container.
    pub(crate) cells: [&'a str; 4],
    /// The last column.
    pub(crate) status: &'a str,
}

/// Widths of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnWidths {
    number: usize,
    columns: [usize; 4],
    /// Columns of the terminal; none cuts nothing.
    total: Option<usize>,
}

impl ColumnWidths {
    /// Makes room for `rows`. If that is more than `total`, first the ship and the service get less, then the container
    /// and the instance.
    pub(crate) fn new<'a>(rows: impl Iterator<Item = [&'a str; 4]>, total: Option<usize>) -> Self {
        let mut columns = HEADER.map(width);
        let mut count: usize = 0;
        for cells in rows {
            count += 1;
            for (column, cell) in columns.iter_mut().zip(cells) {
                *column = (*column).max(width(cell));
            }
        }
        let number = count.to_string().len().max(3);
        if let Some(total) = total {
            for (status, at_least) in WAYS {
                let fixed = number + 2 + GAP.len() * 4 + status;
                shrink(&mut columns, total.saturating_sub(fixed), at_least);
            }
        }
        Self { number, columns, total }
    }

    /// The line above all rows.
    pub(crate) fn header(&self, colour: bool) -> String {
        let number = format!("{:>width$} ", "#", width = self.number);
        Tone::Bold.paint(&self.fitted(&number, HEADER, "STATUS"), colour)
    }

    /// One row, its status in `tone`.
    pub(crate) fn row(&self, line: &Line<'_>, tone: Tone, colour: bool) -> String {
        let number = format!("{:>width$}.", line.number, width = self.number);
        let whole = self.fitted(&number, line.cells, line.status);
        // Painted after it was cut, so that no escape sequence is ever cut.
        let status_at = self.indent().min(width(&whole));
        let split = byte_at_column(&whole, status_at);
        let (before, status) = whole.split_at(split);
        format!("{before}{}", tone.paint(status, colour))
    }

    /// How many columns stand before the status.
    fn indent(&self) -> usize {
        self.number + 2 + self.columns.iter().map(|column| column + GAP.len()).sum::<usize>()
    }

    fn fitted(&self, number: &str, cells: [&str; 4], status: &str) -> String {
        let mut line = format!("{number} ");
        for (cell, &columns) in cells.into_iter().zip(&self.columns) {
            line.push_str(&pad(cell, columns));
            line.push_str(GAP);
        }
        line.push_str(status);
        let line = line.trim_end();
        self.total.map_or_else(|| line.to_owned(), |total| fit(line, total).into_owned())
    }
}

/// Takes away from the columns until they fit into `room` or nothing more can be taken.
fn shrink(columns: &mut [usize; 4], room: usize, at_least: usize) {
    let [instance, service, ship, container] = [0, 1, 2, 3];
    for group in [[service, ship], [container, container], [instance, instance]] {
        // RunState that cannot be told apart say nothing.
        let at_least = if group[0] == instance { at_least.max(INSTANCE_AT_LEAST) } else { at_least };
        while columns.iter().sum::<usize>() > room {
            let widest = if columns[group[0]] > columns[group[1]] { group[0] } else { group[1] };
            if columns[widest] <= at_least {
                break;
            }
            columns[widest] -= 1;
        }
    }
}

/// Where in `text` the character stands that begins at `column`.
fn byte_at_column(text: &str, column: usize) -> usize {
    let mut at = 0;
    for (byte, c) in text.char_indices() {
        if at >= column {
            return byte;
        }
        at += width(c.encode_utf8(&mut [0; 4]));
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [[&str; 4]; 2] =
        [["web-1", "frontend-of-the-shop", "ship-a", "-"], ["日本語", "db", "in-the-harbour", "-"]];

    fn draw(total: Option<usize>, colour: bool) -> String {
        let layout = ColumnWidths::new(ROWS.into_iter(), total);
        let mut lines = vec![layout.header(colour)];
        for (at, cells) in ROWS.into_iter().enumerate() {
            let line = Line { number: at + 1, cells, status: "up 2 minutes, differs from the file" };
            lines.push(layout.row(&line, Tone::Ok, colour));
        }
        lines.join("\n")
    }

    #[test]
    fn wide_characters_take_two_columns() {
        insta::assert_snapshot!(draw(None, false), @r#"
        #  INSTANCE  SERVICE               SHIP            CONTAINER  STATUS
        1. web-1     frontend-of-the-shop  ship-a          -          up 2 minutes, differs from the file
        2. 日本語    db                    in-the-harbour  -          up 2 minutes, differs from the file
        "#);
    }

    #[test]
    fn with_too_little_room_ship_and_service_give_way_first() {
        insta::assert_snapshot!(draw(Some(58), false), @r#"
        #  INSTANCE  SERVICE  SHIP     CONTAINER  STATUS
        1. web-1     fronte…  ship-a   -          up 2 minutes,…
        2. 日本語    db       in-the…  -          up 2 minutes,…
        "#);
        for total in 0..80 {
            assert!(draw(Some(total), false).lines().all(|line| width(line) <= total));
        }
    }

    #[test]
    fn in_a_narrow_terminal_instances_are_still_told_apart() {
        let rows = ["shop-web-1", "shop-web-2"].map(|name| [name, "frontend", "node1", "1:0dc3694"]);
        let layout = ColumnWidths::new(rows.into_iter(), Some(40));
        for (number, cells) in rows.into_iter().enumerate() {
            let line = Line { number, cells, status: "up 2 minutes" };
            let drawn = layout.row(&line, Tone::Plain, false);
            assert!(drawn.contains(cells[0]) && width(&drawn) <= 40, "{drawn}");
        }
    }

    #[test]
    fn only_the_status_is_painted() {
        assert!(
            draw(None, true).contains("-          \u{1b}[32mup 2 minutes, differs from the file\u{1b}[0m")
        );
    }
}
