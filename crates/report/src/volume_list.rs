//! The volumes of an environment, as a table and for programs.

use std::{collections::BTreeMap, fmt::Write as _, str::FromStr};

use serde_json::{Value, json};

use crate::{
    labels::size,
    text::{harmless, pad, width},
};
use maestro_core::{
    model::{Environment, ShipId, patterns::Patterns},
    observed::volume_use::{UsedVolume, VolumeRole, VolumeUser},
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

/// Which volumes are wanted. Of one key any value may match, and all keys have to.
#[derive(Debug, Clone)]
pub struct VolumeFilter(Patterns<Key>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Ship,
    Service,
    Instance,
    Name,
    Kind,
    State,
}

const KEYS: [(&str, Key); 6] = [
    ("ship", Key::Ship),
    ("service", Key::Service),
    ("instance", Key::Instance),
    ("name", Key::Name),
    ("kind", Key::Kind),
    ("state", Key::State),
];

/// What [`kind`] and [`state`] say, as they are typed.
const KINDS: [&str; 5] = ["declared", "external", "anonymous", "left-over", "kept-by-a-move"];
const STATES: [&str; 4] = ["in-use", "unused", "missing", "incomplete"];

impl FromStr for VolumeFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let patterns = Patterns::parse(text, &KEYS)?;
        for (key, what, words) in [(Key::Kind, "kind", &KINDS[..]), (Key::State, "state", &STATES[..])] {
            if let Some(unknown) = patterns.unknown(key, words) {
                return Err(format!("there is no {what} `{unknown}`; there are {}", words.join(", ")));
            }
        }
        Ok(Self(patterns))
    }
}

impl VolumeFilter {
    /// The volumes that all filters together keep. Words are typed with hyphens for spaces: `state=in-use`.
    #[must_use]
    pub fn kept(filters: &[Self], environment: &Environment, volumes: Vec<UsedVolume>) -> Vec<UsedVolume> {
        let patterns = Patterns::merged(filters.iter().map(|filter| &filter.0));
        let is_kept = |volume: &UsedVolume| {
            let service = |user: &VolumeUser| {
                let instance = environment.instance_named(&user.instance)?;
                Some(environment.service(instance.service).name.as_str())
            };
            patterns.keeps(|key, pattern| match key {
                Key::Ship => pattern.is_match(&environment.ship(volume.ship).name),
                Key::Service => volume.users.iter().filter_map(service).any(|name| pattern.is_match(name)),
                Key::Instance => volume.users.iter().any(|user| pattern.is_match(&user.instance)),
                Key::Name => pattern.is_match(&volume.name),
                Key::Kind => pattern.is_match(kind(volume).replace(' ', "-")),
                Key::State => pattern.is_match(state(volume).replace(' ', "-")),
            })
        };
        volumes.into_iter().filter(is_kept).collect()
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
        for known in volumes.iter().flat_map(|volume| [kind(volume), state(volume)]) {
            let typed = known.replace(' ', "-");
            assert!(KINDS.contains(&&*typed) || STATES.contains(&&*typed), "{known}");
        }
        let kept = |filters: &[&str]| {
            let filters: Vec<VolumeFilter> = filters.iter().map(|text| text.parse().unwrap()).collect();
            let kept = VolumeFilter::kept(&filters, &environment, volumes.to_vec());
            kept.iter().map(|volume| volume.name.clone()).collect::<Vec<String>>()
        };
        assert_eq!(kept(&[]).len(), 4);
        assert_eq!(kept(&["state=in-use", "state=missing,ship=al*"]), ["shop_data", "shop_cache"]);
        assert_eq!(kept(&["kind=kept-*"]), ["shop_old"]);
        assert_eq!(kept(&["instance=db-*,name=shop_*"]), ["shop_data"]);
        assert_eq!(kept(&["service=db"]), [""; 0], "no file declares it");
        let refused = |text: &str| text.parse::<VolumeFilter>().unwrap_err();
        assert_eq!(
            refused("state=used"),
            "there is no state `used`; there are in-use, unused, missing, incomplete"
        );
        assert!(refused("dangling=true").contains("there is no filter `dangling`"));
    }
}
