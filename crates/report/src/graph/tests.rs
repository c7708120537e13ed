use std::collections::BTreeSet;

use super::*;
use crate::{picture::sign::PictureState, samples};
use maestro_core::model::{Environment, Required, RequiredBy, ServiceId};

/// Eleven services on three ships.
pub(super) fn shop() -> Environment {
    let services =
        ["db", "cache", "queue", "db-replica", "metrics", "api", "worker", "mail", "search", "backup", "web"];
    let mut environment = samples::empty(&["alpha", "beta", "gamma"], &services);
    environment.name = "shop".into();
    for (name, service, ship) in [
        ("db-1", 0, 0),
        ("cache-1", 1, 0),
        ("queue-1", 2, 0),
        ("db-2", 3, 1),
        ("metrics-1", 4, 1),
        ("api-1", 5, 0),
        ("api-2", 5, 0),
        ("api-3", 5, 1),
        ("worker-1", 6, 0),
        ("worker-2", 6, 1),
        ("worker-4", 6, 2),
        ("mail-1", 7, 1),
        ("search-1", 8, 1),
        ("backup-1", 9, 2),
        ("web-1", 10, 0),
        ("web-2", 10, 1),
        ("web-3", 10, 2),
    ] {
        samples::add(&mut environment, name, service, ship);
    }
    let links = RequiredBy::Links;
    for (from, to, by) in [
        (10, 5, links),
        (5, 0, links),
        (5, 1, links),
        (6, 2, links),
        (6, 0, RequiredBy::Requires),
        (7, 2, links),
        (3, 0, links),
        (8, 3, links),
        (9, 3, RequiredBy::DependsOn),
    ] {
        let requirement = samples::requirement(Required::Service(ServiceId(to)), by);
        environment.services[from].requires.push(requirement);
    }
    environment
}

fn all(environment: &Environment) -> ShipGraph {
    ShipGraph::of(environment, &environment.instance_ids().collect::<BTreeSet<_>>(), None)
}

/// The same with states.
fn observed() -> ShipGraph {
    let mut graph = all(&shop());
    graph.is_observed = true;
    graph.ships[2].is_silent = true;
    for (at, instance) in graph.instances.iter_mut().enumerate() {
        let (state, note) = match instance.name.as_str() {
            "api-2" => {
                (PictureState::Failed, "restarting (12 times), exit 137: out of memory (limit 64 MiB)")
            }
            "api-1" | "mail-1" => (PictureState::Differs, "ready, differs from the file: image, env.LOG"),
            "worker-2" => (PictureState::Absent, "not created"),
            "web-2" => (PictureState::Starting, "starting"),
            _ if instance.ship == 2 => (PictureState::Unknown, "unreachable"),
            _ if at % 3 == 0 => (PictureState::Up, "up"),
            _ => (PictureState::Ready, "ready"),
        };
        instance.is_ready = matches!(state, PictureState::Differs | PictureState::Up | PictureState::Ready);
        (instance.state, instance.note) = (Some(state), Some(note.to_owned()));
    }
    graph
}

/// Services whose instances need one another crosswise, and one that needs an instance of itself.
fn ring() -> ShipGraph {
    let mut environment = samples::empty(&["local"], &["a", "b"]);
    let a = [("a-1", 0), ("a-2", 0)].map(|(name, service)| samples::add(&mut environment, name, service, 0));
    let b = [("b-1", 1), ("b-2", 1)].map(|(name, service)| samples::add(&mut environment, name, service, 0));
    for (from, to) in [(a[0], b[0]), (b[1], a[1]), (a[1], a[0])] {
        let requirement = samples::requirement(Required::Instance(to), RequiredBy::Requires);
        environment.instances[from.0].requires.push(requirement);
    }
    all(&environment)
}

/// Many services on many ships, as a fleet has them.
fn fleet(ships: usize) -> ShipGraph {
    let names: Vec<String> = (1..=ships).map(|at| format!("ams-{at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let services = ["postgres", "redis", "api", "web", "worker", "search", "mail", "metrics-exporter"];
    let mut environment = samples::empty(&names, &services);
    environment.name = "fleet".into();
    for ship in 0..ships {
        for place in 0..20 {
            let service = (place * 3 + ship) % 8;
            let name = format!("{}-{}", services[service], ship * 20 + place);
            samples::add(&mut environment, &name, service, ship);
        }
    }
    for (from, to) in [(2, 0), (2, 1), (3, 2), (4, 1), (4, 0), (5, 0), (6, 1)] {
        let on = Required::Service(ServiceId(to));
        environment.services[from].requires.push(samples::requirement(on, RequiredBy::Links));
    }
    let mut graph = all(&environment);
    graph.is_observed = true;
    for (at, instance) in graph.instances.iter_mut().enumerate() {
        let state = match at {
            31 | 167 => PictureState::Failed,
            33..=36 => PictureState::Differs,
            _ if instance.ship == 5 => PictureState::Unknown,
            _ => PictureState::Ready,
        };
        instance.is_ready = matches!(state, PictureState::Differs | PictureState::Ready);
        (instance.state, instance.note) = (Some(state), Some(state.word().to_owned()));
    }
    graph.ships[5].is_silent = true;
    graph
}

/// A file of the test's directory for someone to look at, if `MAESTRO_PICTURES` names one.
fn keep(name: &str, svg: &str) {
    if let Some(directory) = std::env::var_os("MAESTRO_PICTURES") {
        std::fs::write(std::path::Path::new(&directory).join(name), svg).unwrap();
    }
}

fn picture(name: &str, graph: &ShipGraph, nodes: GraphNodes) -> String {
    let svg = svg(graph, nodes);
    keep(&format!("{name}.svg"), &svg);
    // The look is the same in each, and has tests of its own.
    let (head, rest) = svg.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    format!("{head}{rest}")
}

#[test]
fn pictures() {
    insta::assert_snapshot!("shop", picture("shop", &observed(), GraphNodes::Instances));
    insta::assert_snapshot!("shop-declared", picture("shop-declared", &all(&shop()), GraphNodes::Instances));
    insta::assert_snapshot!("shop-services", picture("shop-services", &observed(), GraphNodes::Services));
    insta::assert_snapshot!("ring", picture("ring", &ring(), GraphNodes::Instances));
    insta::assert_snapshot!("fleet", picture("fleet", &fleet(15), GraphNodes::of(&fleet(15))));
    let three = all(&samples::environment());
    insta::assert_snapshot!("three", picture("three", &three, GraphNodes::of(&three)));
}

#[test]
fn texts() {
    insta::assert_snapshot!("shop-text", text(&observed(), GraphNodes::Instances, Some(80), false));
    insta::assert_snapshot!("shop-services-text", text(&all(&shop()), GraphNodes::Services, Some(80), false));
    insta::assert_snapshot!("fleet-text", text(&fleet(15), GraphNodes::Services, Some(80), false));
    insta::assert_snapshot!("ring-text", text(&ring(), GraphNodes::Instances, Some(80), false));
}

#[test]
fn other_formats() {
    insta::assert_snapshot!("shop-mermaid", mermaid(&observed(), GraphNodes::Instances));
    insta::assert_snapshot!("shop-services-mermaid", mermaid(&observed(), GraphNodes::Services));
    insta::assert_snapshot!("shop-dot", dot(&observed(), GraphNodes::Instances));
    insta::assert_snapshot!("shop-services-dot", dot(&observed(), GraphNodes::Services));
    for graph in [ring(), observed()] {
        assert_eq!(crate::schema::undescribed(&json(&graph), crate::schema::GRAPH), [""; 0]);
    }
    insta::assert_snapshot!("ring-json", serde_json::to_string_pretty(&json(&ring())).unwrap());
}

#[test]
fn names_become_no_markup_and_no_code() {
    let mut graph = all(&samples::environment());
    graph.instances[0].name = "</text><script>\u{1b}\"]; x #quot;".into();
    let nodes = GraphNodes::Instances;
    assert!(!svg(&graph, nodes).contains("<script") && !svg(&graph, nodes).contains('\u{1b}'));
    assert!(
        mermaid(&graph, nodes).contains("i0[\"#60;/text#62;#60;script#62;\\u{1b}#34;]#59; x #35;quot#59;\"]")
    );
    assert!(dot(&graph, nodes).contains("i0 [label=\"</text><script>\\\\u{1b}\\\"]; x #quot;\"]"));
}

#[test]
fn what_has_no_room_is_cut_where_it_says_least() {
    let mut graph = observed();
    let notes = [
        (PictureState::Ready, "ready"),
        (PictureState::Failed, "down, exit 137: killed (SIGKILL)"),
        (PictureState::Differs, "ready, differs from the file: env.A, env.B, env.C and 4 more"),
        (PictureState::Differs, "ready, differs from the file: env.A_LONG_NAME_OF_A_VARIABLE"),
        (PictureState::Differs, "up; the file places it on ship far"),
    ];
    for (instance, (state, note)) in graph.instances.iter_mut().zip(notes) {
        instance.image = "registry.example.org/team/web:1.27.3".to_owned();
        (instance.state, instance.note) = (Some(state), Some(note.to_owned()));
    }
    let svg = svg(&graph, GraphNodes::Instances);
    for text in ["web:1.27.3", "down, exit 137", "differs: 7 fields", "differs: 1 field", "differs: ship"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
    }
    graph.is_observed = false;
    graph.instances.iter_mut().for_each(|one| (one.state, one.note) = (None, None));
    assert!(super::svg(&graph, GraphNodes::Services).contains(">web:1.27.3</text>"));
}

#[test]
fn an_edge_of_large_services_is_one_edge() {
    let mut environment = samples::empty(&["local"], &["a", "b"]);
    for at in 0..400 {
        samples::add(&mut environment, &format!("a-{at}"), 0, 0);
        samples::add(&mut environment, &format!("b-{at}"), 1, 0);
    }
    let requirement = samples::requirement(Required::Service(ServiceId(0)), RequiredBy::Links);
    environment.services[1].requires.push(requirement);
    let graph = all(&environment);
    assert_eq!(graph.edges.len(), 1);
    assert_eq!(graph.edges[0].pairs, None);
    assert!(svg(&graph, GraphNodes::Instances).matches("class=\"edge\"").count() <= 801);
}
