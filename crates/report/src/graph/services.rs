//! The graph of many instances as SVG: a box for each service, and below it on which ships its instances are.

use std::collections::BTreeMap;

use super::{
    GraphEdge, ShipGraph,
    captions::{self, WIDTH_AT_LEAST},
    edge_look::{self, EdgeLook},
    layers::ordered,
    legend, where_run,
};
use crate::{
    labels::count,
    picture::{
        file,
        measure::{Face, fit, width},
        shape::{Shape, float, number},
        sign::PictureState,
    },
    text::harmless,
};

/// Width and height of a box.
const BOX: (f64, f64) = (200.0, 68.0);
/// Between boxes of a column.
const GAP: f64 = 16.0;
/// Between columns.
const GUTTER: f64 = 96.0;
const LEFT: f64 = 16.0;
const HEAD: f64 = 92.0;

pub(super) fn svg(graph: &ShipGraph) -> String {
    let placed = Placed::of(graph);
    let columns = float(placed.columns.len());
    let boxes = LEFT * 2.0 + columns * (BOX.0 + GUTTER) - GUTTER;
    let room = boxes.max(WIDTH_AT_LEAST).max(where_run::least_width(graph));
    let mut parts = captions::title(graph, room);
    parts.extend(captions::heads(&placed.columns, HEAD - 8.0));
    let edges = graph.edges.iter().filter(|edge| edge.from != edge.to);
    parts.push(Shape::group("edges", edges.flat_map(|edge| placed.edge(graph, edge)).collect()));
    parts.extend((0..graph.services.len()).map(|service| card(graph, service, placed.boxes[service])));
    let (table, bottom) = where_run::table(graph, placed.bottom + 32.0, room);
    parts.extend(table);
    let states = graph.instances.iter().filter_map(|one| one.state).collect();
    let (legend, bottom) = legend::legend(&states, &legend::Edges::of(graph), bottom + 24.0, room);
    parts.extend(legend);
    file(room, bottom + 12.0, &captions::name(graph), &captions::description(graph), parts)
}

/// Where boxes stand.
struct Placed {
    boxes: Vec<(f64, f64)>,
    columns: Vec<f64>,
    /// The services of each column, from top to bottom.
    layers: Vec<Vec<usize>>,
    bottom: f64,
}

impl Placed {
    fn of(graph: &ShipGraph) -> Self {
        let ranks: Vec<usize> = graph.services.iter().map(|service| service.rank).collect();
        let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let layers = ordered(&ranks, &edges);
        let columns: Vec<f64> =
            (0..layers.len()).map(|rank| LEFT + float(layers.len() - 1 - rank) * (BOX.0 + GUTTER)).collect();
        let height = |boxes: usize| float(boxes) * (BOX.1 + GAP) - GAP;
        let whole = layers.iter().map(|layer| height(layer.len())).fold(0.0, f64::max);
        let mut boxes = vec![(0.0, 0.0); graph.services.len()];
        for (rank, layer) in layers.iter().enumerate() {
            let top = HEAD + (whole - height(layer.len())) / 2.0;
            for (row, service) in layer.iter().enumerate() {
                boxes[*service] = (columns[rank], top + float(row) * (BOX.1 + GAP));
            }
        }
        Self { boxes, columns, layers, bottom: HEAD + whole }
    }

    /// An edge from box to box. One that goes over columns runs through the gaps between their boxes.
    fn edge(&self, graph: &ShipGraph, edge: &GraphEdge) -> Vec<Shape> {
        let look = EdgeLook::of(edge, None, None);
        let (from, to) = (self.boxes[edge.from], self.boxes[edge.to]);
        let leaving = graph.edges.iter().filter(|other| other.from == edge.from && other.to != edge.from);
        let arriving = graph.edges.iter().filter(|other| other.to == edge.to && other.from != edge.to);
        let a = (from.0 + BOX.0, from.1 + self.slot(leaving, edge, |one| one.to));
        let b = (to.0, to.1 + self.slot(arriving, edge, |one| one.from));
        if a.0 >= b.0 {
            return edge_look::around(a, (to.0 + BOX.0, b.1), &look).into();
        }
        let (high, low) = (graph.services[edge.from].rank, graph.services[edge.to].rank);
        let (mut path, mut at) = (String::new(), a);
        for rank in (low + 1..high).rev() {
            let share = float(high - rank) / float(high - low);
            let y = self.gap(rank, a.1 + (b.1 - a.1) * share);
            let column = self.columns[rank];
            path += &beginning(&path, &edge_look::curve(at, (column - 8.0, y)));
            at = (column + BOX.0 + 8.0, y);
            path.extend([format!("L{} {}", number(at.0), number(at.1))]);
        }
        path += &beginning(&path, &edge_look::curve(at, (b.0 - 7.0, b.1)));
        vec![Shape::path(look.edge(), path), edge_look::tip(b, &look)]
    }

    /// Where at the side of a box an edge stands, beside the other ones there.
    fn slot<'a>(
        &self,
        edges: impl Iterator<Item = &'a GraphEdge>,
        edge: &GraphEdge,
        end: impl Fn(&GraphEdge) -> usize,
    ) -> f64 {
        let mut ends: Vec<usize> = edges.map(&end).collect();
        ends.sort_by(|one, other| self.boxes[*one].1.total_cmp(&self.boxes[*other].1));
        let place = ends.iter().position(|one| *one == end(edge)).unwrap_or(0);
        BOX.1 * float(place + 1) / float(ends.len() + 1)
    }

    /// The middle of the gap between boxes of a column that is nearest to that height.
    fn gap(&self, rank: usize, y: f64) -> f64 {
        let tops = self.layers[rank].iter().map(|service| self.boxes[*service].1);
        let gaps = tops.clone().map(|top| top - GAP / 2.0).chain(tops.map(|top| top + BOX.1 + GAP / 2.0));
        gaps.min_by(|one, other| (one - y).abs().total_cmp(&(other - y).abs())).unwrap_or(y)
    }
}

/// The next part of a path: it goes on where the one before it ended.
fn beginning(path: &str, next: &str) -> String {
    match next.split_once('C') {
        Some((_, rest)) if !path.is_empty() => format!("C{rest}"),
        _ => next.to_owned(),
    }
}

fn card(graph: &ShipGraph, service: usize, (x, y): (f64, f64)) -> Shape {
    let instances: Vec<_> = graph.instances_of(service).map(|(_, one)| one).collect();
    let counts = ShipGraph::counts(instances.iter().copied());
    let total = instances.len();
    let mut ships: Vec<usize> = instances.iter().map(|one| one.ship).collect();
    ships.sort_unstable();
    ships.dedup();
    let place = match ships[..] {
        [only] => format!("on {}", graph.ships[only].name),
        _ => format!("on {}", count(ships.len(), "ship")),
    };
    let mut parts = Vec::new();
    if total > 1 {
        parts.push(Shape::rect("pile", (x + 3.5, y + 3.5), BOX, 6.0));
    }
    parts.push(Shape::rect("box", (x + 0.5, y + 0.5), BOX, 6.0));
    let name = harmless(&graph.services[service].name);
    parts.push(Shape::words(x + 12.0, y + 22.0, "t-b", &fit(&name, BOX.0 - 70.0, Face::Bold)));
    parts.push(Shape::words(x + BOX.0 - 12.0, y + 22.0, "t-b t-e", &format!("× {total}")));
    let place = fit(&harmless(&place), BOX.0 - 24.0, Face::Tiny);
    parts.push(Shape::words(x + 12.0, y + 38.0, "t-xs", &place));
    if counts.is_empty() {
        let images: std::collections::BTreeSet<&str> =
            instances.iter().map(|one| one.image.as_str()).collect();
        let mut images = images.into_iter();
        let image = images.next().unwrap_or_default();
        let more = images.count();
        let image = if more == 0 { image.to_owned() } else { format!("{image}, {more} more") };
        let image = captions::image(&image, BOX.0 - 24.0, Face::Small);
        parts.push(Shape::words(x + 12.0, y + 57.0, "t-s", &image));
    } else {
        parts.extend(sums(&counts, x + 12.0, y + 46.0));
    }
    let class = worst(&counts, total).map_or("node", PictureState::class);
    Shape::group(class, Vec::new()).child(Shape::new("title").text(&name)).children(parts)
}

/// The state that gives the box its line: the worst, but what is unknown counts only if nothing else is known.
fn worst(counts: &BTreeMap<PictureState, usize>, total: usize) -> Option<PictureState> {
    let all_unknown = counts.get(&PictureState::Unknown) == Some(&total);
    counts.keys().copied().find(|state| *state != PictureState::Unknown || all_unknown)
}

/// `3 ready`, with what is wrong before it; numbers alone if there is no room for words.
fn sums(counts: &BTreeMap<PictureState, usize>, x: f64, y: f64) -> Vec<Shape> {
    let good: usize = counts.iter().filter(|(state, _)| state.is_good()).map(|(_, count)| count).sum();
    let mut shown: Vec<(PictureState, usize, &str)> = counts
        .iter()
        .filter(|(state, _)| !state.is_good())
        .take(3)
        .map(|(state, count)| (*state, *count, state.word()))
        .collect();
    if good > 0 {
        shown.push((PictureState::Ready, good, PictureState::Ready.word()));
    }
    let wide = |text: &str| 17.0 + width(text, Face::Small) + 12.0;
    let whole: f64 = shown.iter().map(|(_, count, word)| wide(&format!("{count} {word}"))).sum();
    let (mut elements, mut x) = (Vec::new(), x);
    for (state, count, word) in shown {
        let text = if whole < BOX.0 { format!("{count} {word}") } else { count.to_string() };
        elements.push(state.sign(x, y, 0.8125));
        elements.push(Shape::words(x + 17.0, y + 11.0, "t-s", &text));
        x += wide(&text);
    }
    elements
}
