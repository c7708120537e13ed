//! Placement of a service as it is written: `ships`, `replicas`, `per_ship`, `max_per_ship`, `preferences`.

use super::{
    keys,
    read::{Field, Fields, Reader},
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
};

/// More than anybody has instances.
const MOST: i64 = 100_000;

/// Which ships a service runs on, and how many instances it has. What is not said is none.
#[derive(Debug, Clone, Default)]
pub struct PlacementSection {
    /// `ships`
    pub ships: Option<Spanned<ShipChoice>>,
    /// `replicas`
    pub replicas: Option<Spanned<usize>>,
    /// `per_ship`
    pub per_ship: Option<Spanned<usize>>,
    /// `max_per_ship`
    pub max_per_ship: Option<Spanned<usize>>,
    /// `spread` of each of `preferences`: labels of ships
    pub spread: Vec<Spanned<String>>,
}

/// The value of `ships` of a service.
#[derive(Debug, Clone)]
pub enum ShipChoice {
    /// All ships.
    All,
    /// These ships.
    Names(Vec<Spanned<String>>),
    /// The ships that have all these labels: `(name, value)`.
    Labels(Vec<(Spanned<String>, String)>),
}

impl PlacementSection {
    /// Whether it makes instances.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.key().is_some()
    }

    /// The first of its keys that is written, with a place.
    #[must_use]
    pub fn key(&self) -> Option<(&'static str, Span)> {
        let ships = self.ships.as_ref().map(|ships| ("ships", ships.span));
        let replicas = || self.replicas.as_ref().map(|count| ("replicas", count.span));
        let per_ship = || self.per_ship.as_ref().map(|count| ("per_ship", count.span));
        let max = || self.max_per_ship.as_ref().map(|max| ("max_per_ship", max.span));
        let spread = || self.spread.first().map(|label| ("preferences", label.span));
        ships.or_else(replicas).or_else(per_ship).or_else(max).or_else(spread)
    }
}

/// Reads the placement of a service.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> PlacementSection {
    let number = |reader: &mut Reader<'_>, key: &str, least: i64| {
        let field = fields.get(reader, key)?.clone();
        let count = reader.integer(field.value, &format!("`{key}`"), (least, MOST), &format!("{key}: 2"))?;
        Some(Spanned::new(usize::try_from(count.value).ok()?, count.span))
    };
    let count = |reader: &mut Reader<'_>, key: &str| number(reader, key, 0);
    let section = PlacementSection {
        ships: ships(reader, fields),
        replicas: count(reader, "replicas"),
        per_ship: count(reader, "per_ship"),
        max_per_ship: number(reader, "max_per_ship", 1),
        spread: preferences(reader, fields),
    };
    if let (Some(replicas), Some(per_ship)) = (&section.replicas, &section.per_ship) {
        reader.diagnostics.push(
            Diagnostic::error("two-counts", "`replicas` and `per_ship` cannot stand together")
                .at(per_ship.span, "instances on each ship")
                .also(replicas.span, "instances on all ships together")
                .help("remove one of them"),
        );
    }
    section
}

/// The labels of ships that instances are spread over.
fn preferences(reader: &mut Reader<'_>, fields: &Fields) -> Vec<Spanned<String>> {
    const EXAMPLE: &str = "preferences: [{spread: zone}]";
    let Some(field) = fields.get(reader, "preferences").cloned() else { return Vec::new() };
    let NodeKind::Sequence(items) = reader.yaml.kind(field.value) else {
        reader.wrong_type(field.value, "`preferences`", "a list of mappings", EXAMPLE);
        return Vec::new();
    };
    let mut labels = Vec::new();
    for item in items.clone() {
        let what = "an item of `preferences`";
        let fields = reader.section(item, what, &[keys::PREFERENCE], EXAMPLE);
        let spread = fields.get(reader, "spread").cloned();
        if spread.is_none() && !fields.attempted(reader, "spread") {
            reader.diagnostics.push(
                Diagnostic::error("missing-key", "a preference does not say what instances are spread over")
                    .at(reader.span(item), "no `spread` here")
                    .help(format!("name a label of ships: `{EXAMPLE}`")),
            );
        }
        labels.extend(spread.and_then(|field| reader.text(field.value, "`spread`", "spread: zone")));
    }
    labels
}

fn ships(reader: &mut Reader<'_>, fields: &Fields) -> Option<Spanned<ShipChoice>> {
    const EXAMPLE: &str = "ships: [node1, node2]";
    let field = fields.get(reader, "ships")?.clone();
    let span = reader.span(field.value);
    let choice = if let NodeKind::Mapping(_) = reader.yaml.kind(field.value) {
        ShipChoice::Labels(label_pairs(
            reader,
            field.value,
            ("`ships`", "labels to values"),
            "ships: {role: web}",
        )?)
    } else if reader.is_scalar(field.value) && reader.written(field.value) == "all" {
        ShipChoice::All
    } else {
        let names = reader.texts(field.value, "`ships`", EXAMPLE);
        if names.is_empty() {
            reader.diagnostics.push(
                Diagnostic::error("missing-ship", "`ships` names no ship")
                    .at(span, "empty")
                    .help(format!("write for example `{EXAMPLE}`, or `ships: all`")),
            );
            return None;
        }
        ShipChoice::Names(names)
    };
    Some(Spanned::new(choice, span))
}

/// Reads `labels` of a ship.
pub(super) fn labels(reader: &mut Reader<'_>, node: NodeId) -> Vec<(String, String)> {
    let labels =
        label_pairs(reader, node, ("`labels`", "names to values"), "labels: {role: web}").unwrap_or_default();
    labels.into_iter().map(|(name, value)| (name.value, value)).collect()
}

/// Labels and their values; none if there is no mapping of them, which is told.
fn label_pairs(
    reader: &mut Reader<'_>,
    node: NodeId,
    (what, of): (&str, &str),
    example: &str,
) -> Option<Vec<(Spanned<String>, String)>> {
    let entries = reader.mapping(node, what, of, example)?;
    let label = |entry: Field| {
        let value = reader.raw_text(entry.value, "a label's value", example)?;
        Some((entry.key, value.value))
    };
    Some(entries.into_iter().filter_map(label).collect())
}
