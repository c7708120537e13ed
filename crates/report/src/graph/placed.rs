//! Where the nodes of a graph of instances stand: ships are lanes from top to bottom, and a column is a place in the start
//! order. What needs others stands left of them.

use super::{ShipGraph, layers::ordered};

use crate::picture::shape::float;

/// Width and height of a node.
pub(super) const NODE: (f64, f64) = (176.0, 44.0);
/// Between nodes of a column.
const GAP: f64 = 8.0;
/// Between columns: room for edges.
pub(super) const GUTTER: f64 = 104.0;
/// Left of the columns: room for names of ships.
pub(super) const NAMES: f64 = 136.0;
/// Above the lanes: the title and the heads of the columns.
pub(super) const HEAD: f64 = 88.0;
const PAD: f64 = 12.0;

/// The places of all nodes.
pub(super) struct Placed {
    /// The upper left corner of each instance.
    pub nodes: Vec<(f64, f64)>,
    /// Top and height of each ship's lane.
    pub lanes: Vec<(f64, f64)>,
    /// The left side of each column, the one that starts first at the front.
    pub columns: Vec<f64>,
    pub width: f64,
    /// Where the last lane ends.
    pub bottom: f64,
}

impl Placed {
    pub(super) fn of(graph: &ShipGraph) -> Self {
        let ranks: Vec<usize> = graph.services.iter().map(|service| service.rank).collect();
        let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let layers = ordered(&ranks, &edges);
        let mut place = vec![0; ranks.len()];
        for layer in &layers {
            for (at, service) in layer.iter().enumerate() {
                place[*service] = at;
            }
        }
        let columns: Vec<f64> = (0..layers.len())
            .map(|rank| NAMES + 16.0 + float(layers.len() - 1 - rank) * (NODE.0 + GUTTER))
            .collect();
        let mut nodes = vec![(0.0, 0.0); graph.instances.len()];
        let (mut lanes, mut y) = (Vec::new(), HEAD);
        for ship in 0..graph.ships.len() {
            let mut cells = vec![Vec::new(); layers.len()];
            for (at, instance) in graph.instances.iter().enumerate().filter(|(_, one)| one.ship == ship) {
                cells[ranks[instance.service]].push(at);
            }
            let height = |nodes: usize| (float(nodes) * (NODE.1 + GAP) - GAP).max(NODE.1);
            let lane = height(cells.iter().map(Vec::len).max().unwrap_or(0)) + PAD * 2.0;
            for (rank, cell) in cells.iter_mut().enumerate() {
                cell.sort_by_key(|at| (place[graph.instances[*at].service], *at));
                let top = y + (lane - height(cell.len())) / 2.0;
                for (row, at) in cell.iter().enumerate() {
                    nodes[*at] = (columns[rank], top + float(row) * (NODE.1 + GAP));
                }
            }
            lanes.push((y, lane));
            y += lane + PAD;
        }
        let width = NAMES + 32.0 + float(layers.len()) * (NODE.0 + GUTTER) - GUTTER;
        Self { nodes, lanes, columns, width, bottom: y }
    }
}
