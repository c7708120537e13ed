//! The volumes of an environment, as a table and for programs.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    labels::size,
    text::{harmless, pad, width},
};
use maestro_core::{
    model::{Environment, ShipId},
    observed::volume_use::{UsedVolume, VolumeRole},
};

/// Sizes in bytes, by ship and name.
pub type VolumeSizes = BTreeMap<(ShipId, String), u64>;

/// A word for what a volume is to its environment.
#[must_use]
pub fn role(role: VolumeRole) -> &'static str {
    match role {
        VolumeRole::Declared => "declared",
        VolumeRole::External => "external",
        VolumeRole::Anonymous => "anonymous",
        VolumeRole::LeftOver => "left over",
    }
}

/// The same for a volume: one whose instance has moved is `kept by a move`.
fn kind(volume: &UsedVolume) -> &'static str {
    if volume.moved_to.is_some() { "kept by a move" } else { role(volume.role) }
}

/// What of it is there: `missing`, `incomplete`, `in use` or `unused`.
#[must_use]
pub fn state(volume: &UsedVolume) -> &'static str {
    match volume {
        UsedVolume { is_incomplete: true, .. } => "incomplete",
        UsedVolume { exists: false, .. } => "missing",
        UsedVolume { containers, .. } if containers.is_empty() => "unused",
        UsedVolume { .. } => "in use",
    }
}

/// A line for each volume below a line of headings. `sizes` is none where they were not asked for.
#[must_use]
pub fn text(environment: &Environment, volumes: &[UsedVolume], sizes: Option<&VolumeSizes>) -> String {
    if volumes.is_empty() {
        return format!("{} has no volumes.\n", harmless(&environment.name));
    }
    let mut rows = vec![["VOLUME", "SHIP", "KIND", "STATE", "SIZE", "USED BY"].map(str::to_owned)];
    rows.extend(volumes.iter().map(|volume| {
        let bytes = sizes.and_then(|sizes| sizes.get(&(volume.ship, volume.name.clone())));
        let users = volume.users.iter().map(|user| format!("{}:{}", user.instance, user.path));
        let users: Vec<String> = users.collect();
        [
            harmless(&volume.name).into_owned(),
            harmless(&environment.ship(volume.ship).name).into_owned(),
            kind(volume).to_owned(),
            state(volume).to_owned(),
            bytes.map_or_else(|| "-".to_owned(), |bytes| size(*bytes)),
            harmless(&users.join(", ")).into_owned(),
        ]
    }));
    let shown: Vec<usize> = (0..6).filter(|column| *column != 4 || sizes.is_some()).collect();
    let columns = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default();
    let widths: Vec<usize> = (0..6).map(columns).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = shown.iter().map(|column| pad(&row[*column], widths[*column])).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

/// The same for programs.
#[must_use]
pub fn json(environment: &Environment, volumes: &[UsedVolume], sizes: Option<&VolumeSizes>) -> Value {
    let each = volumes.iter().map(|volume| {
        let users = volume.users.iter().map(|user| json!({"instance": user.instance, "path": user.path}));
        let containers = volume.containers.iter().map(|container| {
            json!({
                "id": container.id,
                "name": container.name,
                "up": container.is_up,
                "instance": container.instance,
            })
        });
        json!({
            "volume": volume.name,
            "ship": environment.ship(volume.ship).name,
            "kind": kind(volume),
            "moved_to": volume.moved_to,
            "state": state(volume),
            "size": sizes.and_then(|sizes| sizes.get(&(volume.ship, volume.name.clone()))),
            "used_by": users.collect::<Vec<_>>(),
            "containers": containers.collect::<Vec<_>>(),
        })
    });
    let volumes: Vec<Value> = each.collect();
    json!({"version": 1, "environment": environment.name, "volumes": volumes})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schema;
    use maestro_core::observed::volume_use::{VolumeContainer, VolumeUser};

    fn volume(name: &str, role: VolumeRole) -> UsedVolume {
        UsedVolume {
            ship: ShipId(0),
            name: name.to_owned(),
            role,
            exists: true,
            other_owner: None,
            is_incomplete: false,
            moved_to: None,
            users: BTreeSet::new(),
            containers: Vec::new(),
        }
    }

    #[test]
    fn volumes_are_a_table_and_a_document() {
        let environment = crate::samples::empty(&["alpha"], &[]);
        let mut used = volume("shop_data", VolumeRole::Declared);
        used.users.insert(VolumeUser { instance: "db-1".into(), path: "/data".into() });
        used.containers.push(VolumeContainer {
            id: "c1".into(),
            name: "db-1".into(),
            is_up: true,
            instance: Some("db-1".into()),
        });
        let missing = UsedVolume { exists: false, ..volume("shop_cache", VolumeRole::External) };
        let incomplete = UsedVolume { is_incomplete: true, ..volume("a\u{1b}b", VolumeRole::LeftOver) };
        let kept = UsedVolume { moved_to: Some("beta".into()), ..volume("shop_old", VolumeRole::Declared) };
        let volumes = [used, missing, incomplete, kept];
        let sizes: VolumeSizes = [((ShipId(0), "shop_data".to_owned()), 3 << 20)].into();
        let shown = text(&environment, &volumes, Some(&sizes));
        insta::assert_snapshot!(shown, @r#"
        VOLUME      SHIP   KIND            STATE       SIZE   USED BY
        shop_data   alpha  declared        in use      3 MiB  db-1:/data
        shop_cache  alpha  external        missing     -
        a\u{1b}b    alpha  left over       incomplete  -
        shop_old    alpha  kept by a move  unused      -
        "#);
        assert!(!text(&environment, &volumes, None).contains("SIZE"));
        let told = json(&environment, &volumes, Some(&sizes));
        assert_eq!(schema::undescribed(&told, schema::VOLUMES), [""; 0]);
        assert_eq!(text(&environment, &[], None), "Hello has no volumes.\n");
    }
}
