//! The graph of an environment: ships, the instances on them, and what needs what. [`ShipGraph`] is data; the other modules
//! draw it, as SVG, Mermaid, DOT, text and JSON.

mod captions;
mod dot;
mod edge_look;
mod instances;
mod json;
mod layers;
mod legend;
mod mermaid;
mod model;
mod placed;
mod services;
mod text;
mod where_run;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use model::{GraphEdge, GraphInstance, GraphService, GraphShip, ShipGraph};
pub use text::text;

/// Of more instances a graph shows their services, unless it is told otherwise.
pub const INSTANCES_AT_MOST: usize = 60;

/// What the nodes of a graph are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphNodes {
    /// Instances in their ships.
    Instances,
    /// Services, and on which ships how many instances of them are.
    Services,
}

impl GraphNodes {
    /// What a graph shows if nobody says.
    #[must_use]
    pub fn of(graph: &ShipGraph) -> Self {
        if graph.instances.len() > INSTANCES_AT_MOST { Self::Services } else { Self::Instances }
    }
}

/// The graph as a picture, a file of its own.
#[must_use]
pub fn svg(graph: &ShipGraph, nodes: GraphNodes) -> String {
    match nodes {
        GraphNodes::Instances => instances::svg(graph),
        GraphNodes::Services => services::svg(graph),
    }
}

#[cfg(test)]
mod tests;
