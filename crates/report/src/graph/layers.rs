//! Puts nodes into layers: what is needed by others stands in a layer after theirs, counted from what needs nothing.

use std::collections::BTreeMap;

use crate::picture::shape::float;
use maestro_core::model::graph::strongly_connected;

/// The layer of each node: 0 needs nothing, and every other node is one layer above the highest that it needs. Nodes that
/// need one another in a ring, as two services may whose instances need each other crosswise, share a layer.
pub(super) fn ranks(nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut needs = vec![Vec::new(); nodes];
    for (from, to) in edges {
        needs[from].push(to);
    }
    let groups = strongly_connected(&needs);
    let group_of: BTreeMap<usize, usize> =
        groups.iter().enumerate().flat_map(|(at, group)| group.iter().map(move |node| (*node, at))).collect();
    let mut ranks = vec![0; nodes];
    // A group comes after all that it leads to.
    for (at, group) in groups.iter().enumerate() {
        let outside = group.iter().flat_map(|node| &needs[*node]).filter(|to| group_of[to] != at);
        let rank = outside.map(|to| ranks[*to] + 1).max().unwrap_or(0);
        for node in group {
            ranks[*node] = rank;
        }
    }
    ranks
}

/// Orders the nodes of each layer so that edges cross little: each is put at the mean of its neighbours in the layers that
/// were ordered before, first those that it needs, then those that need it, and so on.
pub(super) fn ordered(ranks: &[usize], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut layers = vec![Vec::new(); ranks.iter().max().map_or(0, |rank| rank + 1)];
    for (node, rank) in ranks.iter().enumerate() {
        layers[*rank].push(node);
    }
    let mut neighbours = vec![[Vec::new(), Vec::new()]; ranks.len()];
    for &(from, to) in edges {
        neighbours[from][0].push(to);
        neighbours[to][1].push(from);
    }
    for round in 0..4 {
        let side = round % 2;
        let mut place = vec![0.0; ranks.len()];
        let set = |place: &mut Vec<f64>, layer: &[usize]| {
            for (at, node) in layer.iter().enumerate() {
                place[*node] = (float(at) + 0.5) / float(layer.len());
            }
        };
        for layer in &layers {
            set(&mut place, layer);
        }
        let each: Box<dyn Iterator<Item = usize>> =
            if side == 0 { Box::new(0..layers.len()) } else { Box::new((0..layers.len()).rev()) };
        for at in each {
            let mean = |node: &usize| {
                let near = &neighbours[*node][side];
                match near.len() {
                    0 => place[*node],
                    count => near.iter().map(|one| place[*one]).sum::<f64>() / float(count),
                }
            };
            let mut keyed: Vec<(f64, usize)> = layers[at].iter().map(|node| (mean(node), *node)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            layers[at] = keyed.into_iter().map(|(_, node)| node).collect();
            let layer = layers[at].clone();
            set(&mut place, &layer);
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_one_layer_above_what_it_needs() {
        assert_eq!(ranks(4, [(0, 1), (1, 2), (0, 2), (3, 2)].into_iter()), [2, 1, 0, 1]);
    }

    #[test]
    fn a_ring_shares_a_layer() {
        assert_eq!(ranks(4, [(0, 1), (1, 0), (0, 2), (3, 1)].into_iter()), [1, 1, 0, 2]);
        assert_eq!(ranks(1, [(0, 0)].into_iter()), [0]);
    }

    #[test]
    fn edges_that_could_run_side_by_side_do_not_cross() {
        let layers = ordered(&[1, 1, 0, 0], &[(0, 3), (1, 2)]);
        let place = |layer: usize, node| layers[layer].iter().position(|one| *one == node);
        assert_eq!(place(1, 0).cmp(&place(1, 1)), place(0, 3).cmp(&place(0, 2)));
    }
}
