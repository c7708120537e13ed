//! The graph of instances as SVG: ships are lanes, and the start order runs from right to left.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    GraphEdge, GraphInstance, ShipGraph,
    captions::{self, WIDTH_AT_LEAST},
    edge_look::{EdgeLook, around, arrow, curve},
    legend,
    placed::{GUTTER, HEAD, NAMES, NODE, Placed},
};
use crate::{
    picture::{
        file,
        measure::{Face, fit, width},
        shape::{Shape, float, number},
        sign::{self, PictureState},
    },
    status::{DIFFERS, MOVES},
    text::harmless,
};

/// A file with the picture.
pub(super) fn svg(graph: &ShipGraph) -> String {
    let placed = Placed::of(graph);
    let width = placed.width.max(WIDTH_AT_LEAST);
    let mut parts = captions::title(graph, width);
    parts.extend(captions::heads(&placed.columns, HEAD - 12.0));
    for (at, (ship, (y, height))) in graph.ships.iter().zip(&placed.lanes).enumerate() {
        let class = if ship.is_silent { "lane lost" } else { "lane" };
        parts.push(Shape::rect(class, (4.5, y + 0.5), (width - 9.0, *height), 8.0));
        parts.push(if ship.is_silent {
            PictureState::Unknown.sign(16.0, y + 14.0, 1.0)
        } else {
            sign::ship(16.0, y + 14.0)
        });
        let name = fit(&harmless(&ship.name), NAMES - 44.0, Face::Bold);
        parts.push(Shape::words(40.0, y + 27.0, "t-b", &name));
        parts.extend(below_ship(graph, at).map(|text| Shape::words(16.0, y + 48.0, "t-s", &text)));
    }
    parts.push(Shape::group("edges", edges(graph, &placed)));
    for (instance, place) in graph.instances.iter().zip(&placed.nodes) {
        parts.push(node(instance, *place));
    }
    let states = graph.instances.iter().filter_map(|one| one.state).collect();
    let y = placed.bottom + 16.0;
    let (legend, bottom) = legend::legend(&states, &legend::Edges::of(graph), y, width);
    parts.extend(legend);
    file(width, bottom + 12.0, &captions::name(graph), &captions::description(graph), parts)
}

/// How many instances of a ship are ready, if engines were asked.
fn below_ship(graph: &ShipGraph, ship: usize) -> Option<String> {
    if graph.ships[ship].is_silent {
        return Some("unreachable".to_owned());
    }
    let own: Vec<&GraphInstance> = graph.instances.iter().filter(|one| one.ship == ship).collect();
    let ready = own.iter().filter(|one| one.is_ready).count();
    graph.is_observed.then(|| format!("{ready} of {} ready", own.len()))
}

fn node(instance: &GraphInstance, (x, y): (f64, f64)) -> Shape {
    let state = instance.state;
    let class = state.map_or("node", PictureState::class);
    let text = if state.is_some() { x + 36.0 } else { x + 12.0 };
    let room = x + NODE.0 - 8.0 - text;
    let whole = instance.note.as_deref().unwrap_or(&instance.image);
    let (below_class, face) = match state.map(PictureState::words_class) {
        Some("t-s") | None => ("t-s", Face::Small),
        Some(class) => (class, Face::SmallBold),
    };
    let mut parts = vec![Shape::rect("box", (x + 0.5, y + 0.5), NODE, 6.0)];
    parts.extend(state.map(|state| state.sign(x + 12.0, y + 14.0, 1.0)));
    let name = harmless(&instance.name);
    parts.push(Shape::words(text, y + 19.0, "t-b", &fit(&name, room, Face::Bold)));
    parts.push(Shape::words(text, y + 35.0, below_class, &brief(instance, room, face)));
    // Readers that show it tell the whole text of what was cut.
    let title = Shape::new("title").text(&format!("{}: {whole}", instance.name));
    Shape::group(class, Vec::new()).child(title).children(parts)
}

/// What stands below the name: the image of what is well, else the state, as much of it as has room.
fn brief(instance: &GraphInstance, room: f64, face: Face) -> String {
    let has_room = |text: &str| width(text, face) <= room;
    match (instance.state, instance.note.as_deref().map(harmless)) {
        (None | Some(PictureState::Ready | PictureState::Up), _) | (_, None) => {
            captions::image(&instance.image, room, face)
        }
        (Some(PictureState::Absent), _) => fit(PictureState::Absent.word(), room, face),
        (Some(PictureState::Differs), Some(note)) => match note.split_once(DIFFERS) {
            Some((_, keys)) => {
                let (word, number) = (PictureState::Differs.word(), keys_of(keys));
                let whole = format!("{word}{keys}");
                let fields = if number == 1 { "field" } else { "fields" };
                let is_shown = has_room(&whole) || number == 0;
                let text = if is_shown { whole } else { format!("{word}: {number} {fields}") };
                fit(&text, room, face)
            }
            None if note.contains(MOVES) => {
                fit(&format!("{}: ship", PictureState::Differs.word()), room, face)
            }
            None => fit(&note, room, face),
        },
        (Some(_), Some(note)) => {
            let mut text = &*note;
            while !has_room(text) {
                match [", ", ": ", " (", "; "].iter().filter_map(|end| text.rfind(end)).max() {
                    Some(end) => text = &text[..end],
                    None => break,
                }
            }
            fit(text, room, face)
        }
    }
}

/// How many keys `: env.A, image and 2 more` names.
fn keys_of(text: &str) -> usize {
    let (named, more) = text.rsplit_once(" and ").unwrap_or((text, ""));
    let more = more.split(' ').next().and_then(|more| more.parse::<usize>().ok());
    named.split(", ").filter(|key| !key.trim_start_matches(':').trim().is_empty()).count() + more.unwrap_or(0)
}

/// Edges; three or more of two services meet in a joint, or 20 and 20 instances would be 400 lines.
fn edges(graph: &ShipGraph, placed: &Placed) -> Vec<Shape> {
    let mut elements = Vec::new();
    let mut joints: BTreeMap<usize, usize> = BTreeMap::new();
    for edge in &graph.edges {
        let pairs: Vec<(usize, usize)> = graph.pairs(edge).collect();
        if pairs.len() <= 2 {
            for (from, to) in pairs {
                let look = EdgeLook::of(edge, state(graph, from), state(graph, to));
                let (a, b) = (placed.nodes[from], placed.nodes[to]);
                elements.extend(if a.0 < b.0 {
                    arrow(out(a), into(b), &look)
                } else {
                    around(out(a), out(b), &look)
                });
            }
        } else {
            elements.extend(joined(graph, placed, edge, &pairs, &mut joints));
        }
    }
    elements
}

fn joined(
    graph: &ShipGraph,
    placed: &Placed,
    edge: &GraphEdge,
    pairs: &[(usize, usize)],
    joints: &mut BTreeMap<usize, usize>,
) -> Vec<Shape> {
    let from: BTreeSet<usize> = pairs.iter().map(|pair| pair.0).collect();
    let to: BTreeSet<usize> = pairs.iter().map(|pair| pair.1).collect();
    let rank = graph.services[edge.to].rank;
    let number_there = joints.entry(rank).or_default();
    let shift = float(*number_there);
    *number_there += 1;
    let lanes = [0.0, -1.0, 1.0, -0.5, 0.5];
    let x = placed.columns[rank] - GUTTER * (0.5 + 0.22 * lanes[*number_there % lanes.len()]);
    let all = from.iter().chain(&to).map(|at| placed.nodes[*at].1 + NODE.1 / 2.0);
    let y = all.sum::<f64>() / float(from.len() + to.len()) + shift * 10.0;
    let mut elements = Vec::new();
    for at in &from {
        let look = EdgeLook::of(edge, state(graph, *at), None);
        elements.push(Shape::path(look.edge(), curve(out(placed.nodes[*at]), (x, y))));
    }
    for at in &to {
        let look = EdgeLook::of(edge, None, state(graph, *at));
        elements.extend(arrow((x, y), into(placed.nodes[*at]), &look));
    }
    let dot = Shape::new("circle").with("class", "joint");
    elements.push(dot.with("cx", number(x)).with("cy", number(y)).with("r", "3"));
    elements
}

fn state(graph: &ShipGraph, instance: usize) -> Option<PictureState> {
    graph.instances[instance].state
}

/// The middle of a node's right side, where edges leave.
fn out((x, y): (f64, f64)) -> (f64, f64) {
    (x + NODE.0, y + NODE.1 / 2.0)
}

/// The middle of its left side, where they arrive.
fn into((x, y): (f64, f64)) -> (f64, f64) {
    (x, y + NODE.1 / 2.0)
}
