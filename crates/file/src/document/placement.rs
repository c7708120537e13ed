//! Placement of a service as it is written: `ships`, `replicas`, `per_ship`.

use super::{
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
        ships.or_else(replicas).or_else(per_ship)
    }
}

/// Reads the placement of a service.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> PlacementSection {
    let count = |reader: &mut Reader<'_>, key: &str| {
        let field = fields.get(reader, key)?.clone();
        let count = reader.integer(field.value, &format!("`{key}`"), (0, MOST), &format!("{key}: 2"))?;
        Some(Spanned::new(usize::try_from(count.value).ok()?, count.span))
    };
    let section = PlacementSection {
        ships: ships(reader, fields),
        replicas: count(reader, "replicas"),
        per_ship: count(reader, "per_ship"),
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
