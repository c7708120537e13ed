//! What the signs and lines of a graph mean.

use std::collections::BTreeSet;

use super::ShipGraph;
use crate::picture::{
    measure::{Face, width},
    shape::{Shape, number},
    sign::PictureState,
};

/// The kinds of edges that a graph has.
pub(super) struct Edges {
    links: bool,
    requirements: bool,
}

impl Edges {
    pub(super) fn of(graph: &ShipGraph) -> Self {
        Self {
            links: graph.edges.iter().any(super::GraphEdge::is_link),
            requirements: graph.edges.iter().any(|edge| !edge.is_link()),
        }
    }
}

/// A sign or a line, with its width, at a place.
type Mark = (f64, Box<dyn Fn(f64, f64) -> Vec<Shape>>);

/// A line of what is in the picture, or several; and where it ends.
pub(super) fn legend(
    states: &BTreeSet<PictureState>,
    edges: &Edges,
    top: f64,
    room: f64,
) -> (Vec<Shape>, f64) {
    let sign =
        |state: PictureState| -> Mark { (14.0, Box::new(move |x, y| vec![state.sign(x, y - 11.0, 0.875)])) };
    let line = |class: &'static str| -> Mark {
        let draw = move |x: f64, y: f64| {
            let (at, height) = (number(x), number(y - 4.0));
            vec![
                Shape::path(class, format!("M{at} {height}h28")),
                Shape::path("tip", format!("M{} {height}l-8 -4v8z", number(x + 36.0))),
            ]
        };
        (36.0, Box::new(draw))
    };
    let mut items: Vec<(Mark, &str)> = states.iter().map(|state| (sign(*state), state.word())).collect();
    if edges.links {
        items.push((line("edge"), "has a link to"));
    }
    if edges.requirements {
        items.push((line("edge req"), "requires"));
    }
    let (mut elements, mut x, mut y) = (Vec::new(), 16.0, top);
    let is_empty = items.is_empty();
    for ((wide, draw), word) in items {
        let whole = wide + 6.0 + width(word, Face::Small) + 18.0;
        if x > 16.0 && x + whole > room {
            (x, y) = (16.0, y + 22.0);
        }
        elements.extend(draw(x, y));
        elements.push(Shape::words(x + wide + 6.0, y + 1.0, "t-s", word));
        x += whole;
    }
    (elements, if is_empty { top - 24.0 } else { y })
}
