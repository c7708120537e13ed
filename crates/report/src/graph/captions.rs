//! Words over and beside the pictures of a graph.

use super::ShipGraph;
use crate::{
    picture::{
        measure::{Face, fit, width},
        shape::Shape,
    },
    text::harmless,
};

/// The names of places in a start order.
const ORDINALS: [&str; 9] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
/// A picture is at least so wide: its title and legend need that.
pub(super) const WIDTH_AT_LEAST: f64 = 560.0;

/// The name of the picture, for those who do not see it.
pub(super) fn name(graph: &ShipGraph) -> String {
    format!("{}: {}", graph.environment, graph.sum())
}

/// What needs what, in words.
pub(super) fn description(graph: &ShipGraph) -> String {
    let each = graph.edges.iter().map(|edge| {
        let verb = if edge.is_link() { "has a link to" } else { "requires" };
        format!("{} {verb} {}", graph.services[edge.from].name, graph.services[edge.to].name)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// An image with as much room; the end of its name says more than its registry.
pub(super) fn image(image: &str, room: f64, face: Face) -> String {
    let image = harmless(image);
    let end = image.rsplit('/').next().filter(|_| width(&image, face) > room);
    fit(end.unwrap_or(&image), room, face)
}

/// Title and sum.
pub(super) fn title(graph: &ShipGraph, width: f64) -> Vec<Shape> {
    let name = fit(&harmless(&graph.environment), width - 32.0, Face::Bold);
    vec![
        Shape::words(16.0, 28.0, "t-h", &name),
        Shape::words(16.0, 48.0, "t-s", &fit(&graph.sum(), width - 32.0, Face::Small)),
    ]
}

/// `starts first` over each column.
pub(super) fn heads(columns: &[f64], y: f64) -> Vec<Shape> {
    let last = columns.len().saturating_sub(1);
    let head = |(rank, x): (usize, &f64)| {
        let word =
            if rank > 0 && rank == last { "last" } else { ORDINALS.get(rank).copied().unwrap_or("later") };
        Shape::words(*x, y, "t-xs", &format!("starts {word}"))
    };
    if last == 0 { Vec::new() } else { columns.iter().enumerate().map(head).collect() }
}
