//! The graph for programs. Texts are as they came: print them by [`crate::json`].

use serde_json::{Value, json as object};

use super::ShipGraph;
use crate::picture::sign::PictureState;

/// All that a graph holds.
#[must_use]
pub fn json(graph: &ShipGraph) -> Value {
    let ships = graph.ships.iter().map(|ship| {
        let answers = graph.is_observed.then_some(!ship.is_silent);
        object!({ "ship": ship.name, "answers": answers })
    });
    let services =
        graph.services.iter().map(|service| object!({ "service": service.name, "layer": service.rank }));
    let instances = graph.instances.iter().map(|instance| {
        object!({
            "instance": instance.name,
            "service": graph.services[instance.service].name,
            "ship": graph.ships[instance.ship].name,
            "image": instance.image,
            "state": instance.state.map(PictureState::word),
            "ready": graph.is_observed.then_some(instance.is_ready),
            "note": instance.note,
        })
    });
    let edges = graph.edges.iter().map(|edge| {
        let name = |instance: usize| graph.instances[instance].name.as_str();
        let pairs = edge.pairs.as_ref().map(|pairs| {
            pairs
                .iter()
                .map(|(from, to)| object!({ "from": name(*from), "to": name(*to) }))
                .collect::<Vec<_>>()
        });
        object!({
            "from": graph.services[edge.from].name,
            "to": graph.services[edge.to].name,
            "by": edge.keys.iter().map(|key| key.key()).collect::<Vec<_>>(),
            "link": edge.is_link(),
            "instances": pairs,
        })
    });
    object!({
        "version": 1,
        "environment": graph.environment,
        "observed": graph.is_observed,
        "ships": ships.collect::<Vec<_>>(),
        "services": services.collect::<Vec<_>>(),
        "instances": instances.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    })
}
