//! The graph on a terminal: a row for each service, what needs others above what they need, and at the left a line from
//! each service down to every service that it needs.

use std::collections::BTreeMap;

use super::{GraphNodes, ShipGraph};
use crate::{
    labels::count,
    picture::sign::PictureState,
    style::Tone,
    text::{fit, harmless, pad, width},
};

/// Lines at the left have no more columns than that; a graph that needs more names what each service needs.
const LINES_AT_MOST: usize = 24;
/// A name of a service that is longer is cut.
const NAME_AT_MOST: usize = 32;
/// What is wrong is listed up to here.
const WRONG_AT_MOST: usize = 20;
/// Services on more ships have them counted.
const SHIPS_AT_MOST: usize = 4;

/// The graph as text of so many columns; none for as many as it needs.
#[must_use]
pub fn text(graph: &ShipGraph, nodes: GraphNodes, columns: Option<usize>, colour: bool) -> String {
    let head = format!("{}: {}", harmless(&graph.environment), graph.sum());
    let mut text = Tone::Bold.paint(&fit(&head, columns.unwrap_or(usize::MAX)), colour) + "\n\n";
    let rows = rows(graph);
    let lines = Lines::of(graph, &rows);
    let names: Vec<String> =
        graph.services.iter().map(|service| harmless(&service.name).into_owned()).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(NAME_AT_MOST);
    let most =
        graph.services.iter().enumerate().map(|(at, _)| graph.instances_of(at).count()).max().unwrap_or(0);
    let digits = most.to_string().len();
    for (row, &service) in rows.iter().enumerate() {
        let drawn = lines.rows.as_ref().map(|drawn| drawn[row].as_str()).unwrap_or_default();
        let number = graph.instances_of(service).count();
        let mut line = format!("{drawn}{}", pad(&names[service], widest));
        if most > 1 {
            line.extend([format!("  ×{number:<digits$}")]);
        }
        line = format!("{line}  {}", places(graph, service, nodes));
        if lines.rows.is_none() {
            let needs: Vec<&str> = needs(graph, service).map(|to| names[to].as_str()).collect();
            if !needs.is_empty() {
                line = format!("{line} → {}", needs.join(", "));
            }
        }
        for back in lines.back.iter().filter(|(from, _)| *from == service) {
            line.extend([format!(", needs {} above", names[back.1])]);
        }
        text += &fit(line.trim_end(), columns.unwrap_or(usize::MAX));
        text.push('\n');
    }
    text + &wrong(graph, columns, colour)
}

/// The services from top to bottom: each above all that it needs.
fn rows(graph: &ShipGraph) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..graph.services.len()).collect();
    rows.sort_by_key(|at| (std::cmp::Reverse(graph.services[*at].rank), *at));
    rows
}

/// The other services that a service needs.
fn needs(graph: &ShipGraph, service: usize) -> impl Iterator<Item = usize> {
    graph.edges.iter().filter(move |edge| edge.from == service && edge.to != service).map(|edge| edge.to)
}

/// The lines at the left of each row.
struct Lines {
    /// None if there are too many.
    rows: Option<Vec<String>>,
    /// Services, and services above them that they need: there is no line for these.
    back: Vec<(usize, usize)>,
}

impl Lines {
    fn of(graph: &ShipGraph, rows: &[usize]) -> Self {
        let row_of: BTreeMap<usize, usize> = rows.iter().enumerate().map(|(row, at)| (*at, row)).collect();
        // For each column, the service that its line leads down to.
        let mut lanes: Vec<Option<usize>> = Vec::new();
        let (mut drawn, mut back) = (Vec::new(), Vec::new());
        for (row, &service) in rows.iter().enumerate() {
            let arriving = lanes.iter().position(|lane| *lane == Some(service));
            let (mut begins, mut joins) = (Vec::new(), Vec::new());
            for to in needs(graph, service) {
                if row_of[&to] < row {
                    back.push((service, to));
                } else if let Some(lane) = lanes.iter().position(|lane| *lane == Some(to)) {
                    joins.push(lane);
                } else {
                    let free = lanes.iter().position(Option::is_none).unwrap_or_else(|| {
                        lanes.push(None);
                        lanes.len() - 1
                    });
                    lanes[free] = Some(to);
                    begins.push(free);
                }
            }
            drawn.push(Row { arriving, begins, joins, lanes: lanes.clone() });
            if let Some(lane) = arriving {
                lanes[lane] = None;
            }
        }
        let columns = lanes.len();
        let rows =
            (columns * 2 <= LINES_AT_MOST).then(|| drawn.iter().map(|row| row.draw(columns)).collect());
        Self { rows, back }
    }
}

struct Row {
    /// The column of the line that leads here.
    arriving: Option<usize>,
    /// Columns of lines that begin here.
    begins: Vec<usize>,
    /// Columns of lines that come from above, lead on, and are joined.
    joins: Vec<usize>,
    lanes: Vec<Option<usize>>,
}

impl Row {
    fn draw(&self, columns: usize) -> String {
        let is_first = |column: usize| {
            let own = self.arriving.iter().chain(&self.begins).chain(&self.joins);
            own.min() == Some(&column)
        };
        let (mut text, mut is_level) = (String::new(), false);
        for column in 0..columns {
            let first = is_first(column);
            is_level |= first;
            text.push(if self.arriving == Some(column) {
                if first { '╰' } else { '┴' }
            } else if self.begins.contains(&column) {
                if first { '╭' } else { '┬' }
            } else if self.joins.contains(&column) {
                // A dot is a joint, as in a circuit diagram; without it lines only cross.
                if first { '├' } else { '●' }
            } else {
                match (self.lanes.get(column).copied().flatten(), is_level) {
                    (Some(_), true) => '┼',
                    (Some(_), false) => '│',
                    (None, true) => '─',
                    (None, false) => ' ',
                }
            });
            text.push(if is_level { '─' } else { ' ' });
        }
        match (columns, self.arriving, is_level) {
            (0, _, _) => {}
            (_, Some(_), _) => text += "▸ ",
            (_, None, true) => text += "─ ",
            (_, None, false) => text += "  ",
        }
        text
    }
}

/// On which ships the instances of a service are: with their names, or with their number.
fn places(graph: &ShipGraph, service: usize, nodes: GraphNodes) -> String {
    let mut ships: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let service_name = &graph.services[service].name;
    let is_short = |ships: usize| nodes == GraphNodes::Instances || ships <= SHIPS_AT_MOST;
    for (_, instance) in graph.instances_of(service) {
        let sign = instance.state.filter(|state| !state.is_good()).map_or("", sign);
        ships.entry(instance.ship).or_default().push(format!("{sign}{}", harmless(&instance.name)));
    }
    if !is_short(ships.len()) {
        return format!("on {}", count(ships.len(), "ship"));
    }
    let each = ships.iter().map(|(ship, names)| {
        let ship = harmless(&graph.ships[*ship].name);
        match (nodes, &names[..]) {
            (_, [only]) if only == service_name => ship.into_owned(),
            (GraphNodes::Instances, names) => format!("{ship}: {}", names.join(", ")),
            (GraphNodes::Services, [_]) => ship.into_owned(),
            (GraphNodes::Services, names) => format!("{ship} {}", names.len()),
        }
    });
    let joint = if nodes == GraphNodes::Instances { "; " } else { ", " };
    each.collect::<Vec<_>>().join(joint)
}

/// What stands before the name of what needs a look.
fn sign(state: PictureState) -> &'static str {
    match state {
        PictureState::Failed => "✗ ",
        PictureState::Unknown => "? ",
        PictureState::Blocked | PictureState::Differs => "! ",
        PictureState::Absent => "+ ",
        PictureState::Starting => "… ",
        PictureState::Up | PictureState::Ready => "",
    }
}

/// What needs a look, with its state in words; a ship that does not answer is one line.
fn wrong(graph: &ShipGraph, columns: Option<usize>, colour: bool) -> String {
    let mut lines: Vec<(PictureState, String)> = Vec::new();
    for (at, ship) in graph.ships.iter().enumerate().filter(|(_, ship)| ship.is_silent) {
        let number = graph.instances.iter().filter(|one| one.ship == at).count();
        let line = format!("{}: unreachable ({})", harmless(&ship.name), count(number, "instance"));
        lines.push((PictureState::Unknown, line));
    }
    for instance in graph.instances.iter().filter(|one| !graph.ships[one.ship].is_silent) {
        let Some(state) = instance.state.filter(|state| !state.is_good()) else { continue };
        let note = instance.note.as_deref().unwrap_or(state.word());
        let ship = harmless(&graph.ships[instance.ship].name);
        lines.push((state, format!("{} on {ship}: {}", harmless(&instance.name), harmless(note))));
    }
    lines.sort_by_key(|(state, _)| *state);
    let left = lines.split_off(lines.len().min(WRONG_AT_MOST)).len();
    let mut text = String::new();
    for (at, (state, line)) in lines.iter().enumerate() {
        let tone = match state {
            PictureState::Failed => Tone::Failed,
            PictureState::Absent | PictureState::Up | PictureState::Ready => Tone::Plain,
            PictureState::Unknown
            | PictureState::Blocked
            | PictureState::Differs
            | PictureState::Starting => Tone::Warning,
        };
        let line = format!("{}{line}", sign(*state));
        let line = fit(&line, columns.unwrap_or(usize::MAX));
        text += if at == 0 { "\n" } else { "" };
        text.extend([format!("{}\n", tone.paint(&line, colour))]);
    }
    if left > 0 {
        text.extend([format!("and {left} more: see `maestro status`\n")]);
    }
    text
}
