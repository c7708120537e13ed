//! The revisions of an environment, as text for people and as JSON for programs.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::{
    id::short_id,
    labels::{self, count},
    text::harmless,
    wrap::wrapped,
};
use crate::explain::ship;
use maestro_core::{
    model::{Environment, ShipId, patterns::Patterns},
    observed::revision::Commit,
    plan::revision::{
        history::{Image, Revision, RevisionChange},
        rollback::Missing,
    },
};

/// What time the engines of the ships think it is.
pub type Clocks = BTreeMap<ShipId, SystemTime>;

/// Which revisions are wanted, by what they changed. Of one key any value may match, and all keys have to, of one change.
#[derive(Debug, Clone)]
pub struct HistoryFilter(Patterns<Key>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Ship,
    Service,
    Instance,
}

const KEYS: [(&str, Key); 3] = [("ship", Key::Ship), ("service", Key::Service), ("instance", Key::Instance)];

impl FromStr for HistoryFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Patterns::parse(text, &KEYS).map(Self)
    }
}

impl HistoryFilter {
    /// The revisions that changed something that all filters together keep, each with those changes alone.
    #[must_use]
    pub fn kept(filters: &[Self], environment: &Environment, history: Vec<Revision>) -> Vec<Revision> {
        let patterns = Patterns::merged(filters.iter().map(|filter| &filter.0));
        if patterns.keeps_all() {
            return history;
        }
        let is_kept = |change: &RevisionChange| {
            let instance = environment.instance_named(&change.instance);
            let service = instance.map(|instance| environment.service(instance.service).name.as_str());
            patterns.keeps(|key, pattern| match key {
                Key::Ship => pattern.is_match(&change.ship),
                Key::Service => service.is_some_and(|name| pattern.is_match(name)),
                Key::Instance => pattern.is_match(&change.instance),
            })
        };
        let kept = history.into_iter().filter_map(|mut revision| {
            revision.changes.retain(&is_kept);
            (!revision.changes.is_empty()).then_some(revision)
        });
        kept.collect()
    }
}

/// The numbers of all revisions, newest first, a line each.
#[must_use]
pub fn numbers(history: &[Revision]) -> String {
    let numbers: Vec<String> = history.iter().map(|revision| revision.number.to_string()).collect();
    numbers.join("\n")
}

/// All revisions, newest first, each with what it changed.
#[must_use]
pub fn text(history: &[Revision], environment: &Environment, clocks: &Clocks) -> String {
    let name = harmless(&environment.name);
    if history.is_empty() {
        return format!(
            "No revision of {name} is recorded yet: `maestro apply` records one after a change.\n"
        );
    }
    let mut text = format!("{name}: {}\n", count(history.len(), "revision"));
    let now = history.iter().find(|revision| revision.runs).map(|revision| revision.number);
    for revision in history {
        let Revision { number, author, runs, missing, changes, .. } = revision;
        let runs = match now {
            Some(now) if now == *number => ", runs now".to_owned(),
            Some(now) if *runs => format!(", the same as {now}"),
            Some(_) | None => String::new(),
        };
        let command = command(revision);
        let (by, command) = (harmless(&author.by), harmless(&command));
        // Writing to a String cannot fail.
        let head = format!("{number}{runs}{}, by {by}: {command}", time(revision, clocks));
        let _ = writeln!(text, "\n{}", wrapped("", &head, 4));
        if let Some(commit) = &author.commit {
            let _ = writeln!(text, "{}", wrapped("  ", &committed(commit), 4));
        }
        for line in grouped(changes) {
            let _ = writeln!(text, "{}", wrapped("  ", &line, 4));
        }
        if changes.is_empty() {
            text.push_str("  no changes\n");
        }
        for gone in missing.iter().filter(|missing| !matches!(missing, Missing::Ship { .. })) {
            let _ = writeln!(text, "{}", wrapped("  cannot be restored: ", &lacking(gone, environment), 4));
        }
    }
    text
}

/// `, 2026-11-27 10:02:11 UTC (2 hours ago)`, as far as it is known.
fn time(revision: &Revision, clocks: &Clocks) -> String {
    let ago = age(revision, clocks).map(ago);
    let at = revision.created.and_then(|(_, created)| utc(created));
    match (at, ago) {
        (Some(at), Some(ago)) => format!(", {at} ({ago})"),
        (Some(only), None) | (None, Some(only)) => format!(", {only}"),
        (None, None) => String::new(),
    }
}

/// A time as UTC, to the second; none if no calendar has it.
fn utc(time: SystemTime) -> Option<String> {
    let time = jiff::Timestamp::try_from(time).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// `commit 0123456789ab, and the file had changes that were not committed`.
fn committed(commit: &Commit) -> String {
    let id: String = commit.id.chars().take(12).collect();
    match commit.is_dirty {
        Some(true) => format!("commit {id}; the file had uncommitted changes"),
        Some(false) => format!("commit {id}"),
        None => format!("commit {id} or later (git was not asked for uncommitted changes)"),
    }
}

/// A line for each change; instances that changed in the same way have one together.
fn grouped(changes: &[RevisionChange]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for change in changes {
        let at = format!("{} @{}", harmless(&change.instance), harmless(&change.ship));
        let what = changed(change);
        match lines.iter_mut().find(|(other, _)| *other == what) {
            Some((_, names)) => names.push(at),
            None => lines.push((what, vec![at])),
        }
    }
    lines.into_iter().map(|(what, names)| format!("{}: {what}", names.join(", "))).collect()
}

fn age(revision: &Revision, clocks: &Clocks) -> Option<Duration> {
    let (ship, created) = revision.created?;
    clocks.get(&ship)?.duration_since(created).ok()
}

/// The command that made a revision, or before which it ran. Untrusted.
fn command(revision: &Revision) -> Cow<'_, str> {
    let command = &revision.author.command;
    if revision.is_found {
        Cow::Owned(format!("what ran before `{command}`"))
    } else {
        Cow::Borrowed(command)
    }
}

fn ago(age: Duration) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    labels::ago(age.as_secs(), &units).unwrap_or_else(|| "less than a minute ago".to_owned())
}

/// `replaced: image app:1 → app:2, env.DEBUG`.
fn changed(change: &RevisionChange) -> String {
    let image = |image: &Image| harmless(&image.name).into_owned();
    match (&change.before, &change.after) {
        (None, Some(after)) => format!("created, image {}", image(after)),
        (Some(before), None) => format!("removed, image {}", image(before)),
        (Some(before), Some(after)) => {
            let mut what = Vec::new();
            if before.name != after.name {
                what.push(format!("image {} → {}", image(before), image(after)));
            } else if before.id != after.id {
                let (old, new) = (short_id(&before.id), short_id(&after.id));
                what.push(format!("image {} ({old} → {new})", image(after)));
            }
            let own = change.keys.iter().filter(|key| !change.peers.contains_key(*key));
            what.extend(own.map(|key| harmless(key).into_owned()));
            let peers: BTreeSet<&String> = change.peers.values().collect();
            what.extend(
                (!peers.is_empty()).then(|| format!("env of {}", count(peers.len(), "peer service"))),
            );
            if change.reconfigured && change.keys.is_empty() {
                what.push("configuration".to_owned());
            }
            format!("replaced: {}", what.join(", "))
        }
        (None, None) => "unchanged".to_owned(),
    }
}

/// What is missing for the way back to a revision, as a clause.
#[must_use]
pub fn lacking(missing: &Missing, environment: &Environment) -> String {
    let ship_name = |ship: &ShipId| harmless(&environment.ship(*ship).name).into_owned();
    match missing {
        Missing::Records => {
            format!("no revision of {} is recorded on any ship", harmless(&environment.name))
        }
        Missing::Earlier => "the running revision is the only one recorded".to_owned(),
        Missing::Revision { number, known } if known.is_empty() => {
            format!("there is no revision {number}: none is recorded")
        }
        Missing::Revision { number, known } => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            format!("there is no revision {number}; there are: {}", known.join(", "))
        }
        Missing::Ship { ship, reason } => {
            harmless(&ship::unreachable(&environment.ship(*ship).name, reason)).into_owned()
        }
        Missing::Unreadable { ship, number, newer: Some(version) } => format!(
            "a newer version of Maestro recorded revision {number} on ship {} (format {version}); update Maestro on this \
             machine to read it",
            ship_name(ship)
        ),
        Missing::Unreadable { ship, number, newer: None } => {
            format!(
                "the record of revision {number} on ship {} cannot be read by this version",
                ship_name(ship)
            )
        }
        Missing::Forgotten { ship, oldest } => {
            format!("ship {} has nothing older than revision {oldest}", ship_name(ship))
        }
        Missing::Files { ship, instance, files } => {
            let files: Vec<_> = files.iter().map(|file| harmless(file)).collect();
            format!(
                "{} on ship {} had other files at {}, and no revision holds contents",
                harmless(instance),
                ship_name(ship),
                files.join(", ")
            )
        }
        Missing::Image { ship, instance, image, id } => format!(
            "the image of {} ({}, {}) no longer exists on ship {} and came from no registry",
            harmless(instance),
            harmless(image),
            short_id(id),
            ship_name(ship)
        ),
    }
}

/// The same for programs. Texts are as they came: print them by [`super::json`].
#[must_use]
pub fn json(history: &[Revision], environment: &Environment, clocks: &Clocks) -> Value {
    let image =
        |image: &Option<Image>| image.as_ref().map(|image| json!({ "name": image.name, "id": image.id }));
    let changes = |changes: &[RevisionChange]| -> Vec<Value> {
        let each = changes.iter().map(|change| {
            json!({
                "instance": change.instance,
                "ship": change.ship,
                "image_before": image(&change.before),
                "image_after": image(&change.after),
                "reconfigured": change.reconfigured,
                "keys": change.keys,
            })
        });
        each.collect()
    };
    let revisions = history.iter().map(|revision| {
        let missing = revision.missing.iter().map(|missing| lacking(missing, environment));
        json!({
            "generation": revision.number,
            "by": revision.author.by,
            "command": command(revision),
            "commit": revision.author.commit.as_ref().map(|commit| json!({ "id": commit.id, "dirty": commit.is_dirty })),
            "created": revision.created.and_then(|(_, created)| jiff::Timestamp::try_from(created).ok()).map(|time| time.to_string()),
            "age_seconds": age(revision, clocks).map(|age| age.as_secs()),
            "runs": revision.runs,
            "missing": missing.collect::<Vec<_>>(),
            "changes": changes(&revision.changes),
        })
    });
    json!({
        "version": 1,
        "environment": environment.name,
        "generations": revisions.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{samples, schema},
        *,
    };
    use maestro_core::observed::revision::Author;

    fn image(name: &str, id: &str) -> Image {
        Image { name: name.into(), id: id.into() }
    }

    fn change(
        instance: &str,
        before: Option<Image>,
        after: Option<Image>,
        reconfigured: bool,
    ) -> RevisionChange {
        let of_peer = ["env.DB_DB_1_HOST", "env.DB_DB_1_SQL_PORT"];
        let keys = of_peer.into_iter().chain(["env.DEBUG", "command"]).filter(|_| reconfigured);
        let peers = of_peer.into_iter().filter(|_| reconfigured);
        RevisionChange {
            ship: "local".into(),
            instance: instance.into(),
            before,
            after,
            reconfigured,
            keys: keys.map(str::to_owned).collect(),
            peers: peers.map(|key| (key.to_owned(), "DB_1".to_owned())).collect(),
        }
    }

    fn history() -> Vec<Revision> {
        let then = SystemTime::UNIX_EPOCH;
        let (one, two) =
            (|| Some(image("app:1", "sha256:11111111")), || Some(image("app:1", "sha256:22222222")));
        let revision = |number, seconds, changes| Revision {
            number,
            author: Author {
                by: "ann@box".into(),
                command: "maestro apply".into(),
                commit: (number > 1)
                    .then(|| Commit { id: "0123456789abcdef".into(), is_dirty: Some(number == 3) }),
            },
            is_found: number == 1,
            created: Some((ShipId(0), then + Duration::from_secs(seconds))),
            runs: false,
            missing: Vec::new(),
            changes,
        };
        let evil = Author { by: "eve\u{1b}[2J".into(), command: "\u{1b}]0;x\u{7}".into(), commit: None };
        let missing = vec![
            Missing::Ship { ship: ShipId(1), reason: "connection refused".into() },
            Missing::Unreadable { ship: ShipId(0), number: 2, newer: None },
            Missing::Unreadable { ship: ShipId(0), number: 2, newer: Some(7) },
            Missing::Forgotten { ship: ShipId(0), oldest: 3 },
        ];
        vec![
            Revision {
                runs: true,
                ..revision(
                    4,
                    100_000,
                    vec![change("web-1", one(), two(), true), change("web-2", one(), two(), true)],
                )
            },
            revision(
                3,
                90_000,
                vec![change("web-1", None, one(), false), change("db-1", two(), None, false)],
            ),
            Revision { author: evil, missing, created: None, ..revision(2, 0, Vec::new()) },
            Revision {
                runs: true,
                ..revision(1, 40, vec![change("web-1", Some(image("app:0", "sha256:0")), two(), false)])
            },
        ]
    }

    fn clocks() -> Clocks {
        [(ShipId(0), SystemTime::UNIX_EPOCH + Duration::from_secs(100_030))].into()
    }

    #[test]
    fn a_history_reads_as_text() {
        let environment = samples::environment();
        insta::assert_snapshot!(text(&history(), &environment, &clocks()));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut history = history();
        history[0].changes[0].keys = (0..20)
            .map(|number| format!("env.A_LONG_NAME_{number}"))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        history[2].missing.push(Missing::Files {
            ship: ShipId(0),
            instance: "web-1".into(),
            files: ["/etc/one/configuration.conf".into(), "/etc/two/configuration.conf".into()].into(),
        });
        history[1].author.command = format!("maestro apply {}", "web-1 ".repeat(20));
        let text = text(&history, &samples::environment(), &clocks());
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert_eq!(wide, [""; 0], "{text}");
    }

    #[test]
    fn filters_keep_the_revisions_that_changed_what_they_name() {
        let environment = samples::environment();
        let kept = |filters: &[&str]| {
            let filters: Vec<HistoryFilter> = filters.iter().map(|text| text.parse().unwrap()).collect();
            HistoryFilter::kept(&filters, &environment, history())
        };
        assert_eq!(kept(&[]).len(), 4, "one changed nothing");
        let of_web = kept(&["service=web"]);
        assert_eq!(numbers(&of_web), "4\n3\n1");
        assert_eq!(of_web[1].changes.len(), 1, "db-1 is left out");
        assert_eq!(numbers(&kept(&["instance=web-2", "instance=db-*"])), "4\n3");
        assert_eq!(numbers(&kept(&["service=web,ship=far"])), "");
        let refused = "state=up".parse::<HistoryFilter>().unwrap_err();
        assert_eq!(refused, "there is no filter `state`; there are `ship=`, `service=` or `instance=`");
    }

    #[test]
    fn a_history_is_json() {
        let value = json(&history(), &samples::environment(), &clocks());
        assert_eq!(schema::undescribed(&value, schema::HISTORY), [""; 0]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&value["generations"][0]).unwrap());
        assert_eq!((&value["version"], &value["environment"]), (&1.into(), &"Hello".into()));
        let third = &value["generations"][2];
        assert_eq!(third["age_seconds"], Value::Null);
        assert_eq!(third["missing"].as_array().unwrap().len(), 4);
        // An engine's clock that was set back tells no age.
        let early = [(ShipId(0), SystemTime::UNIX_EPOCH)].into();
        assert_eq!(
            json(&history(), &samples::environment(), &early)["generations"][0]["age_seconds"],
            Value::Null
        );
    }
}
