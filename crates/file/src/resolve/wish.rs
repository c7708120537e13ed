//! What a service says of its placement, in either format, and what cannot be met of it.

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::{
        Ship, ShipId,
        placement::{Demand, InstanceCount, PlacedService, Placement, Whereabouts},
    },
    source::Spanned,
};

/// What a service says of its placement, beside its ships.
pub(super) struct Wish<'a> {
    pub service: &'a str,
    pub count: InstanceCount,
    pub max_per_ship: Option<Spanned<usize>>,
    /// Labels of ships that it is spread over.
    pub spread: Vec<Spanned<String>>,
    pub demand: Demand,
}

impl<'a> Wish<'a> {
    /// One instance, wherever it is.
    pub(super) fn one(service: &'a str) -> Self {
        let (count, demand) = (InstanceCount::Total(1), Demand::default());
        Self { service, count, max_per_ship: None, spread: Vec::new(), demand }
    }

    /// What its placement depends on. Labels that none of its ships has are told.
    pub(super) fn placed_service(
        &self,
        candidates: Vec<ShipId>,
        (ships, whereabouts): (&[Ship], &Whereabouts),
        diagnostics: &mut Diagnostics,
    ) -> PlacedService {
        let mut spread = Vec::with_capacity(self.spread.len());
        for label in &self.spread {
            let values = candidates.iter().map(|ship| ships[ship.0].labels.get(&label.value).cloned());
            let values: Vec<Option<String>> = values.collect();
            if !candidates.is_empty() && values.iter().all(Option::is_none) {
                diagnostics.push(unknown_label(self.service, label));
            }
            spread.push(values);
        }
        PlacedService {
            count: self.count,
            max_per_ship: self.max_per_ship.as_ref().map(|max| max.value),
            spread,
            demand: self.demand.clone(),
            found: whereabouts.of_service(self.service, ships),
            recorded: whereabouts.recorded_of_service(self.service),
            begun: whereabouts.begun_of_service(self.service, ships),
            candidates,
        }
    }
}

fn unknown_label(service: &str, label: &Spanned<String>) -> Diagnostic {
    let text = format!("no ship of service `{service}` has the label `{}`", label.value);
    Diagnostic::error("unknown-label", text)
        .at(label.span, "instances are spread over its values")
        .help(format!("add it to the ships: `labels: {{{}: VALUE}}`, or remove the preference", label.value))
}

/// Tells of a service that has more instances than its ships may have.
pub(super) fn tell_above_max(
    service: &str,
    max: Option<&Spanned<usize>>,
    (of, placement): (&PlacedService, &Placement),
    ships: &[Ship],
    diagnostics: &mut Diagnostics,
) {
    let Some(max) = max.filter(|_| placement.above_max > 0) else { return };
    let open = of.candidates.iter().filter(|ship| !ships[ship.0].drain).count();
    let all = placement.ships.len();
    let word = if open == 1 { "ship" } else { "ships" };
    let beside = if open < of.candidates.len() { " that are not drained" } else { "" };
    let fitting = all - placement.above_max;
    let text = format!("{all} instances of `{service}` do not fit on {open} {word}{beside}");
    let needed = all.div_ceil(open.max(1));
    diagnostics.push(
        Diagnostic::error("max-per-ship", text)
            .at(max.span, format!("{} on each: {fitting} in all", max.value))
            .help(format!("allow {needed} on each ship, have {fitting} instances, or add ships"))
            .replace(max.span, needed.to_string()),
    );
}
