//! Times as bars, in an SVG that is readable on light and dark pages.

use std::fmt::Write as _;

use crate::{
    row::Row,
    statistics::ratio,
    table::{Kind, spread},
    tool::Tool,
};

/// What is drawn, of what there is: the picture is to be small.
const SHOWN: &[&str] = &[
    "status-100",
    "status-20",
    "no-op-100",
    "no-op-20",
    "start-20",
    "stop-20",
    "start-100",
    "stop-100",
    "chain-10",
    "diamond-30",
    "apply-100",
    "apply-20",
];
/// At most so many, the first of [`SHOWN`] that there are, in the order of the results.
const MOST: usize = 8;

const WIDTH: usize = 930;
const LABELS: usize = 230;
const BARS: usize = 400;
const BAR: usize = 11;
const GROUP: usize = 90;
const TOP: usize = 40;

const STYLE: &str = "
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .value { font-size: 10px; fill: #57606a }
  .maestro { fill: #1f6feb } .maestro-detach { fill: #54aeff } .floor { fill: #8c959f } .compose { fill: #bf8700 } .compose-wait { fill: #d4a72c } .maestro-ng { fill: #cf5b8a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .value { fill: #9ea7b3 }
    .maestro { fill: #58a6ff } .maestro-detach { fill: #a5d6ff } .floor { fill: #6e7681 } .compose { fill: #d29922 } .compose-wait { fill: #e3b341 } .maestro-ng { fill: #f778ba }
  }
";

/// The bars of the results: in each group the longest bar is the slowest.
#[must_use]
pub fn chart(rows: &[Row]) -> String {
    let mut names: Vec<&str> = SHOWN
        .iter()
        .copied()
        .filter(|name| rows.iter().any(|row| row.case.name == *name && has_figures(row)))
        .collect();
    names.truncate(MOST);
    let shown: Vec<&Row> = rows.iter().filter(|row| names.contains(&row.case.name.as_str())).collect();
    let height = TOP + shown.len() * GROUP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\">\n<title>Times of Maestro, the floor and its peers; shorter is faster</title>\n<style>{STYLE}</style>\n"
    );
    // Writing to a String cannot fail.
    for (at, tool) in Tool::ALL.into_iter().enumerate() {
        let x = LABELS + at * 115;
        let _ = writeln!(
            svg,
            "<rect class=\"{}\" x=\"{x}\" y=\"12\" width=\"{BAR}\" height=\"{BAR}\"/><text x=\"{}\" y=\"22\">{}</text>",
            tool.word(),
            x + 16,
            tool.title(),
        );
    }
    for (at, row) in shown.into_iter().enumerate() {
        group(&mut svg, row, TOP + at * GROUP);
    }
    svg.push_str("</svg>\n");
    svg
}

fn has_figures(row: &Row) -> bool {
    spread(row, Tool::Maestro, Kind::Time).is_some()
}

fn group(svg: &mut String, row: &Row, top: usize) {
    let medians: Vec<(Tool, f64)> = Tool::ALL
        .into_iter()
        .filter_map(|tool| Some((tool, spread(row, tool, Kind::Time)?.median)))
        .collect();
    let longest = medians.iter().map(|(_, median)| *median).fold(0.0, f64::max);
    let own = medians.iter().find(|(tool, _)| *tool == Tool::Maestro).map_or(0.0, |(_, own)| *own);
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LABELS - 12,
        top + GROUP / 2 - 3,
        escaped(&row.case.title)
    );
    for (at, (tool, median)) in medians.into_iter().enumerate() {
        let width = length(median, longest);
        let y = top + at * (BAR + 2);
        let times = ratio(median, own).filter(|_| tool != Tool::Maestro);
        let times = times.map_or_else(String::new, |times| format!(", × {times:.2}"));
        let _ = writeln!(
            svg,
            "<rect class=\"{}\" x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{}\">{}{times}</text>",
            tool.word(),
            LABELS_F + width + 5.0,
            y + BAR - 2,
            Kind::Time.words(median),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "some hundreds")]
const LABELS_F: f64 = LABELS as f64;

/// How long a bar is, one pixel at least.
#[expect(clippy::cast_precision_loss, reason = "some hundreds")]
fn length(figure: f64, longest: f64) -> f64 {
    (ratio(figure, longest).unwrap_or(0.0) * BARS as f64).max(1.0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::rows;

    #[test]
    fn the_longest_bar_is_the_slowest_and_each_has_its_figure() {
        let svg = chart(&rows());
        insta::assert_snapshot!(svg);
        assert_eq!(svg.matches("<rect").count(), Tool::ALL.len() + 2);
    }

    #[test]
    fn bars_are_in_proportion_and_seen() {
        let lengths = [length(1.0, 2.0), length(2.0, 2.0), length(0.000_1, 2.0), length(0.0, 0.0)];
        assert!(lengths.iter().zip([200.0, 400.0, 1.0, 1.0]).all(|(one, other)| (one - other).abs() < 1e-9));
    }

    #[test]
    fn titles_cannot_end_the_picture() {
        assert_eq!(escaped("a<b & c>"), "a&lt;b &amp; c&gt;");
    }
}
