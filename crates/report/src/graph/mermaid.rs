//! The graph as Mermaid, which GitHub and others draw in Markdown.

use std::fmt::Write as _;

use super::{GraphNodes, ShipGraph};
use crate::{picture::sign::PictureState, text::harmless};

/// The graph as a flowchart.
#[must_use]
pub fn mermaid(graph: &ShipGraph, nodes: GraphNodes) -> String {
    let mut text = String::from("flowchart LR\n");
    // Writing to a String cannot fail.
    match nodes {
        GraphNodes::Instances => {
            for (at, ship) in graph.ships.iter().enumerate() {
                let _ = writeln!(text, "  subgraph s{at}[\"{}\"]", quoted(&ship.name));
                for (number, instance) in graph.instances.iter().enumerate().filter(|(_, one)| one.ship == at)
                {
                    let state =
                        instance.state.map(|state| format!("<br>{}", state.word())).unwrap_or_default();
                    let class = instance.state.map(class).unwrap_or_default();
                    let _ = writeln!(text, "    i{number}[\"{}{state}\"]{class}", quoted(&instance.name));
                }
                text.push_str("  end\n");
            }
            for edge in &graph.edges {
                let arrow = arrow(edge.is_link());
                for (from, to) in graph.pairs(edge) {
                    let _ = writeln!(text, "  i{from} {arrow} i{to}");
                }
            }
        }
        GraphNodes::Services => {
            for (at, service) in graph.services.iter().enumerate() {
                let counts = ShipGraph::counts(graph.instances_of(at).map(|(_, one)| one));
                let worst = counts.keys().next().copied();
                let number = graph.instances_of(at).count();
                let sums: Vec<String> =
                    counts.iter().map(|(state, count)| format!("{count} {}", state.word())).collect();
                let sums = if sums.is_empty() { String::new() } else { format!("<br>{}", sums.join(", ")) };
                let class = worst.map(class).unwrap_or_default();
                let _ = writeln!(text, "  s{at}[\"{} × {number}{sums}\"]{class}", quoted(&service.name));
            }
            for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
                let _ = writeln!(text, "  s{} {} s{}", edge.from, arrow(edge.is_link()), edge.to);
            }
        }
    }
    if graph.is_observed {
        text.push_str("  classDef bad stroke:#b8231c,stroke-width:3px\n");
        text.push_str("  classDef look stroke:#855300,stroke-width:2px\n");
        text.push_str("  classDef none stroke-dasharray:4 3\n");
    }
    text
}

fn arrow(is_link: bool) -> &'static str {
    if is_link { "-->" } else { "-.->" }
}

fn class(state: PictureState) -> &'static str {
    match state {
        PictureState::Failed => ":::bad",
        PictureState::Blocked | PictureState::Differs | PictureState::Starting => ":::look",
        PictureState::Unknown | PictureState::Absent => ":::none",
        PictureState::Up | PictureState::Ready => "",
    }
}

/// A text between quotation marks. Mermaid reads HTML there, and codes in `#…;`.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '#' | '<' | '>' | '&' | ';' | '`' => format!("#{};", u32::from(c)),
        c => c.to_string(),
    };
    harmless(text).chars().map(escape).collect()
}
