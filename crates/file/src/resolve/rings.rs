//! Requirements in a ring.

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::{
        Instance, Required, RequiredBy, Requirement, Service,
        graph::{Graph, Node, requirements},
    },
};

/// Tells requirements in a ring: nothing in it could ever start.
pub(super) fn tell(services: &[Service], instances: &[Instance], diagnostics: &mut Diagnostics) {
    for ring in Graph::new(services, instances).rings() {
        let edges = edges_of(&ring, services, instances);
        let Some(((first, edge), others)) = edges.split_first() else { continue };
        let wait = |edge: &Requirement| match edge.on {
            Required::Service(id) => format!("service `{}`", services[id.0].name),
            Required::Instance(id) => format!("`{}`", instances[id.0].name),
        };
        let label = |name: &str, edge: &Requirement| {
            format!("so `{name}` waits for {} (`{}`)", wait(edge), edge.by.key())
        };
        let mut diagnostic = if others.is_empty() && matches!(edge.on, Required::Instance(_)) {
            let text = format!("`{first}` waits for itself, so it could never start");
            Diagnostic::error("circular", text).help("leave this out")
        } else if others.is_empty() {
            let text =
                format!("`{first}` waits for {}, which it is part of, so it could never start", wait(edge));
            Diagnostic::error("circular", text).help("leave this requirement out")
        } else {
            let names: Vec<String> =
                edges.iter().map(|(name, _)| name).chain([first]).map(|name| format!("`{name}`")).collect();
            let text = format!("these wait for one another, so none could ever start: {}", names.join(" → "));
            Diagnostic::error("circular", text).help("take one of these lines out")
        };
        if edges.iter().any(|(_, edge)| edge.by == RequiredBy::Requires) {
            diagnostic = diagnostic
                .help("if only addresses are wanted, write `wants_info` in place of `requires`: it waits for nothing");
        }
        diagnostic = diagnostic.at(edge.span, label(first, edge));
        for (name, edge) in others {
            diagnostic = diagnostic.also(edge.span, label(name, edge));
        }
        diagnostics.push(diagnostic);
    }
}

/// The requirements along a ring, each with the name of the instance that has it.
fn edges_of<'a>(
    ring: &[Node],
    services: &'a [Service],
    instances: &'a [Instance],
) -> Vec<(&'a str, &'a Requirement)> {
    let mut edges = Vec::new();
    for (at, node) in ring.iter().enumerate() {
        let Node::Instance(id) = node else { continue };
        let next = ring[(at + 1) % ring.len()];
        let instance = &instances[id.0];
        let edge = requirements(&services[instance.service.0], instance)
            .find(|requirement| Node::from(requirement.on) == next);
        edges.extend(edge.map(|edge| (instance.name.as_str(), edge)));
    }
    edges
}
