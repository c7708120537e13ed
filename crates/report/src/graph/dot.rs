//! The graph as DOT, for Graphviz and what reads its files.

use std::fmt::Write as _;

use super::{GraphNodes, ShipGraph};
use crate::{picture::sign::PictureState, text::harmless};

/// The graph as a `digraph`.
#[must_use]
pub fn dot(graph: &ShipGraph, nodes: GraphNodes) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&graph.environment));
    text.push_str("  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n");
    // Writing to a String cannot fail.
    match nodes {
        GraphNodes::Instances => {
            for (at, ship) in graph.ships.iter().enumerate() {
                let _ = writeln!(text, "  subgraph cluster_{at} {{\n    label={}", quoted(&ship.name));
                for (number, instance) in graph.instances.iter().enumerate().filter(|(_, one)| one.ship == at)
                {
                    let label = match instance.state {
                        Some(state) => format!("{}\n{}", instance.name, state.word()),
                        None => instance.name.clone(),
                    };
                    let look = look(instance.state);
                    let _ = writeln!(text, "    i{number} [label={}{look}]", lines(&label));
                }
                text.push_str("  }\n");
            }
            for edge in &graph.edges {
                let look = edge_look(edge.is_link());
                for (from, to) in graph.pairs(edge) {
                    let _ = writeln!(text, "  i{from} -> i{to}{look}");
                }
            }
        }
        GraphNodes::Services => {
            for (at, service) in graph.services.iter().enumerate() {
                let counts = ShipGraph::counts(graph.instances_of(at).map(|(_, one)| one));
                let number = graph.instances_of(at).count();
                let mut label = format!("{} × {number}", service.name);
                for (state, count) in &counts {
                    let _ = write!(label, "\n{count} {}", state.word());
                }
                let look = look(counts.keys().next().copied());
                let _ = writeln!(text, "  s{at} [label={}{look}]", lines(&label));
            }
            for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
                let _ = writeln!(text, "  s{} -> s{}{}", edge.from, edge.to, edge_look(edge.is_link()));
            }
        }
    }
    text + "}\n"
}

fn edge_look(is_link: bool) -> &'static str {
    if is_link { "" } else { " [style=dashed]" }
}

fn look(state: Option<PictureState>) -> &'static str {
    match state {
        Some(PictureState::Failed) => ", color=\"#b8231c\", penwidth=2",
        Some(PictureState::Blocked | PictureState::Differs | PictureState::Starting) => ", color=\"#855300\"",
        Some(PictureState::Unknown | PictureState::Absent) => ", style=\"rounded,dashed\"",
        Some(PictureState::Up | PictureState::Ready) => ", color=\"#17733f\"",
        None => "",
    }
}

/// A text of several lines between quotation marks.
fn lines(text: &str) -> String {
    let each = text.split('\n').map(|line| escaped(&harmless(line)));
    format!("\"{}\"", each.collect::<Vec<_>>().join("\\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(&harmless(text)))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
