//! A table below the graph of services: how many instances of each are on each ship, and what is wrong there.

use std::collections::BTreeMap;

use super::{GraphInstance, ShipGraph};
use crate::{
    labels::count,
    picture::{
        measure::{Face, fit, width},
        shape::{Shape, float, number},
        sign::{self, PictureState},
    },
    text::harmless,
};

/// Room for names of ships, left of the cells.
const NAMES: f64 = 152.0;
/// Room for sums, right of them.
const SUMS: f64 = 92.0;
const ROW: f64 = 22.0;
/// A cell has room for a sign and a fraction.
const CELL: (f64, f64) = (44.0, 64.0);
/// The most ships that have a row of their own.
const SHIPS_AT_MOST: usize = 60;

/// The least width that a picture with this table has.
pub(super) fn least_width(graph: &ShipGraph) -> f64 {
    NAMES + SUMS + float(graph.services.len()) * CELL.0 + 16.0
}

/// The table, and where it ends.
pub(super) fn table(graph: &ShipGraph, top: f64, room: f64) -> (Vec<Shape>, f64) {
    let cell = ((room - NAMES - SUMS - 16.0) / float(graph.services.len().max(1))).min(CELL.1);
    let sums = NAMES + cell * float(graph.services.len()) + SUMS - 8.0;
    let hint = if graph.is_observed {
        "instances by ship and service; framed: how many of them are not as they should be"
    } else {
        "instances by ship and service"
    };
    let mut parts = vec![
        Shape::words(16.0, top, "t-b", "Where they run"),
        Shape::words(NAMES, top, "t-s", &fit(hint, room - NAMES - 16.0, Face::Small)),
    ];
    let (heads, mut y) = heads(graph, cell, top + 12.0);
    parts.extend(heads);
    let last = if graph.is_observed { "ready" } else { "instances" };
    parts.push(Shape::words(sums, y - 8.0, "t-xs t-e", last));
    let mut rows: Vec<usize> = (0..graph.ships.len()).collect();
    let on = |ship: usize| graph.instances.iter().filter(move |one| one.ship == ship);
    // What is wrong comes first; those without a row are the best.
    rows.sort_by_key(|ship| {
        on(*ship)
            .filter_map(|one| one.state)
            .min()
            .filter(|state| !state.is_good())
            .map_or(usize::MAX, |state| state as usize)
    });
    let left = rows.split_off(rows.len().min(SHIPS_AT_MOST));
    for ship in rows {
        parts.extend(row(graph, ship, (cell, sums), y));
        y += ROW;
    }
    if !left.is_empty() {
        let text = format!(
            "{} more with {}",
            count(left.len(), "ship"),
            count(left.iter().map(|ship| on(*ship).count()).sum(), "instance")
        );
        parts.push(Shape::words(38.0, y + 15.0, "t-s", &text));
        y += ROW;
    }
    (parts, y)
}

/// The names of services: level if they fit over their cells, else slanted.
fn heads(graph: &ShipGraph, cell: f64, top: f64) -> (Vec<Shape>, f64) {
    let names: Vec<String> =
        graph.services.iter().map(|service| harmless(&service.name).into_owned()).collect();
    let widest = names.iter().map(|name| width(name, Face::Tiny)).fold(0.0, f64::max);
    let middle = |at: usize| NAMES + (float(at) + 0.5) * cell;
    if widest <= cell - 6.0 {
        let y = top + 12.0;
        let each = names.iter().enumerate().map(|(at, name)| Shape::words(middle(at), y, "t-xs t-m", name));
        return (each.collect(), y + 8.0);
    }
    let most = 110.0_f64;
    let y = top + widest.min(most) * 0.72 + 4.0;
    let each = names.iter().enumerate().map(|(at, name)| {
        let (x, y) = (number(middle(at) - 4.0), number(y));
        Shape::words(0.0, 0.0, "t-xs", &fit(name, most, Face::Tiny))
            .with("transform", format!("translate({x} {y}) rotate(-40)"))
    });
    (each.collect(), y + 8.0)
}

fn row(graph: &ShipGraph, ship: usize, (cell, sums): (f64, f64), y: f64) -> Vec<Shape> {
    let mut cells: BTreeMap<usize, Vec<&GraphInstance>> = BTreeMap::new();
    for instance in graph.instances.iter().filter(|one| one.ship == ship) {
        cells.entry(instance.service).or_default().push(instance);
    }
    let all = || cells.values().flatten();
    let total = all().count();
    let good = all().filter(|one| one.is_ready).count();
    let worst = all().filter_map(|one| one.state).min().filter(|state| !state.is_good());
    let name = fit(&harmless(&graph.ships[ship].name), NAMES - 50.0, Face::Bold);
    let sign = match worst {
        _ if graph.ships[ship].is_silent => PictureState::Unknown.sign(16.0, y + 3.0, 0.875),
        Some(state) => state.sign(16.0, y + 3.0, 0.875),
        None => sign::ship(15.0, y + 3.0),
    };
    let bold = if worst.is_some() { "t-b" } else { "" };
    let mut parts = vec![sign, Shape::words(38.0, y + 15.0, bold, &name)];
    for service in 0..graph.services.len() {
        let x = NAMES + float(service) * cell;
        let Some(there) = cells.get(&service) else {
            let dash = format!("M{} {}h4", number(x + cell / 2.0 - 2.0), number(y + 11.0));
            parts.push(Shape::path("grid", dash));
            continue;
        };
        parts.extend(square(there, x, y, cell));
    }
    let sum = match (graph.is_observed, graph.ships[ship].is_silent) {
        (false, _) => total.to_string(),
        (true, true) => format!("? of {total}"),
        (true, false) => format!("{good} of {total}"),
    };
    let class = if worst.is_some() { "t-b t-e" } else { "t-s t-e" };
    parts.push(Shape::words(sums, y + 15.0, class, &sum));
    parts
}

fn square(there: &[&GraphInstance], x: f64, y: f64, cell: f64) -> Vec<Shape> {
    let wrong: Vec<PictureState> =
        there.iter().filter_map(|one| one.state).filter(|state| !state.is_good()).collect();
    let middle = x + cell / 2.0;
    let rect = |class: String| Shape::rect(class, (x + 2.5, y + 2.5), (cell - 5.0, ROW - 5.0), 3.0);
    let Some(state) = wrong.iter().min() else {
        return vec![
            rect("cell".to_owned()),
            Shape::words(middle, y + 15.0, "t-s t-m", &there.len().to_string()),
        ];
    };
    let class = match state {
        PictureState::Failed => "cell c-bad",
        PictureState::Unknown => "cell c-unknown",
        PictureState::Absent => "cell c-absent",
        PictureState::Blocked
        | PictureState::Differs
        | PictureState::Starting
        | PictureState::Up
        | PictureState::Ready => "cell c-diff",
    };
    let text = match (wrong.len(), there.len()) {
        (wrong, all) if wrong == all => all.to_string(),
        (wrong, all) => format!("{wrong}/{all}"),
    };
    vec![
        rect(class.to_owned()),
        state.sign(middle - 17.0, y + 5.0, 0.75),
        Shape::words(middle - 1.0, y + 15.0, "t-s", &text),
    ]
}
