//! The status of instances, for people and for programs.

mod moved;
mod orphans;
mod ports;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::explain::engine;
use maestro_core::{
    model::{Environment, InstanceId, Ship},
    observed::{Container, InstanceState, Made, Observed, ShipState, State},
    plan::{Orphan, moves::on_old_ship},
};

use super::{
    id::short_id,
    style::Tone,
    table::{ColumnWidths, Line},
    text::harmless,
};

/// What a status shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatusOptions {
    /// The ports of each instance as well.
    pub full: bool,
    /// The addresses of the ships in place of their names.
    pub show_hosts: bool,
    /// In colours.
    pub colour: bool,
    /// Columns of the terminal; none cuts nothing.
    pub width: Option<u16>,
}

/// Whether something answers on a published port, by the instance and the port's place among its ports; only of ports
/// that were looked at.
pub type PortStates = HashMap<(InstanceId, usize), bool>;

/// Why an instance that is up is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// A check does not pass.
    Check(String),
    /// Its image's `HEALTHCHECK` finds it unhealthy, for that reason.
    Unhealthy(String),
    /// Its engine restarts it, so often by now.
    Restarting(u64),
}

/// What was found out of the instances that are up; none that are not in it are known to be not ready.
pub type Readiness = HashMap<InstanceId, Result<(), NotReady>>;

/// The table of `instances` and `orphans`, and below it each ship that does not answer with its reason.
#[must_use]
pub fn table(
    environment: &Environment,
    observed: &Observed,
    instances: &[InstanceId],
    orphans: &[Orphan],
    (ports, readiness): (&PortStates, &Readiness),
    options: StatusOptions,
) -> String {
    let by_label = observed.by_label(environment);
    let moved = on_old_ship(environment, &by_label);
    let row = |id: &InstanceId| match moved.get(id) {
        Some(old) => moved::row(environment, *id, *old, options.show_hosts),
        None => Row::new(environment, observed, *id, readiness, options.show_hosts),
    };
    let stray = |orphan| orphans::row(environment, observed, orphan, options.show_hosts);
    let rows: Vec<Row> = instances.iter().map(row).chain(orphans.iter().filter_map(stray)).collect();
    let cells = || rows.iter().map(|row| row.cells.each_ref().map(String::as_str));
    let layout = ColumnWidths::new(cells(), options.width.map(usize::from));
    let mut lines = vec![layout.header(options.colour)];
    for (at, (row, cells)) in rows.iter().zip(cells()).enumerate() {
        let line = Line { number: at + 1, cells, status: &row.status };
        lines.push(layout.row(&line, row.tone, options.colour));
        if let Some(&id) = instances.get(at).filter(|_| options.full) {
            for (place, port) in environment.instance(id).ports.iter().enumerate() {
                let state = match ports.get(&(id, place)) {
                    Some(true) => Tone::Ok.paint("  open", options.colour),
                    Some(false) => Tone::Failed.paint("  closed", options.colour),
                    None => String::new(),
                };
                lines.push(format!("       port {}{state}", ports::text(port)));
            }
        }
    }
    let silent = silent_ships(environment, observed);
    if !silent.is_empty() {
        lines.push(String::new());
    }
    for (ship, reason) in silent {
        let head = Tone::Warning.paint("unreachable:", options.colour);
        let (name, endpoint) = (harmless(&ship.name), ship.endpoint.to_string());
        lines.push(format!("{head} ship {name} ({}): {}", harmless(&endpoint), harmless(&reason)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The same as [`table`], all of it, for programs. Texts are as they came: print them by [`super::json`].
#[must_use]
pub fn status_json(
    environment: &Environment,
    observed: &Observed,
    instances: &[InstanceId],
    orphans: &[Orphan],
    readiness: &Readiness,
) -> Value {
    let by_label = observed.by_label(environment);
    let moved = on_old_ship(environment, &by_label);
    let rows = instances.iter().map(|id| {
        if let Some(old) = moved.get(id) {
            return moved::json(environment, *id, *old);
        }
        let instance = environment.instance(*id);
        let state = observed.instance(environment, *id);
        let ship = environment.ship(instance.ship);
        json!({
            "instance": instance.name,
            "service": environment.service(instance.service).name,
            "ship": ship.name,
            "address": ship.address,
            "state": state_word(state),
            "ready": is_ready(*id, state, readiness),
            "reason": readiness.get(id).and_then(|found| found.as_ref().err()).map(reason),
            "container": container_json(environment, observed, *id, state),
            "ports": instance.ports,
        })
    });
    let silent = silent_ships(environment, observed);
    let unreachable = silent.iter().map(|(ship, reason)| {
        json!({
            "ship": ship.name,
            "endpoint": ship.endpoint.to_string(),
            "reason": reason,
        })
    });
    json!({
        "version": 2,
        "environment": environment.name,
        "instances": rows.collect::<Vec<_>>(),
        "orphans": orphans::list(environment, observed, orphans),
        "unreachable": unreachable.collect::<Vec<_>>(),
    })
}

struct Row {
    cells: [String; 4],
    status: String,
    tone: Tone,
}

impl Row {
    fn new(
        environment: &Environment,
        observed: &Observed,
        id: InstanceId,
        readiness: &Readiness,
        show_hosts: bool,
    ) -> Self {
        let instance = environment.instance(id);
        let ship = environment.ship(instance.ship);
        let state = observed.instance(environment, id);
        let (mut status, mut tone) = describe(state);
        let not_ready = readiness.get(&id).and_then(|found| found.as_ref().err());
        if let (Some(why), InstanceState::Ours(container)) = (not_ready, state) {
            (status, tone) = (unready(container, why), Tone::Failed);
        }
        if differs(environment, observed, id, state) {
            status.push_str(", differs from the file");
            if not_ready.is_none() {
                tone = Tone::Warning;
            }
        }
        if has_other_peers(environment, id, state) {
            status.push_str(", its peers have changed");
        }
        let container = match state {
            InstanceState::Ours(container) | InstanceState::Unmanaged(container) => container_cell(container),
            InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => "-".into(),
        };
        let ship = if show_hosts { &ship.address } else { &ship.name };
        Self {
            cells: [
                harmless(&instance.name).into_owned(),
                harmless(&environment.service(instance.service).name).into_owned(),
                harmless(ship).into_owned(),
                container,
            ],
            status,
            tone,
        }
    }
}

/// The words of the last column.
fn describe(state: InstanceState<'_>) -> (String, Tone) {
    match state {
        InstanceState::Absent => ("absent".into(), Tone::Dim),
        InstanceState::Unreachable { .. } => ("unreachable".into(), Tone::Warning),
        InstanceState::Unknown => ("not contacted".into(), Tone::Dim),
        InstanceState::Unmanaged(_) => ("unmanaged".into(), Tone::Warning),
        InstanceState::Ours(container) => container_status(container),
    }
}

/// The engine's words for a container, in ours.
fn container_status(container: &Container) -> (String, Tone) {
    let words = harmless(&container.status).to_ascii_lowercase();
    match &container.state {
        State::Running if container.is_unhealthy() => (format!("unhealthy, {}", up(&words)), Tone::Failed),
        State::Running if words.starts_with("up") => (words, Tone::Ok),
        State::Running => ("up".into(), Tone::Ok),
        State::Paused => (format!("paused, {}", up(&words)), Tone::Warning),
        State::Exited => (ended("down", &words), Tone::Failed),
        State::Dead => (ended("dead", &words), Tone::Failed),
        State::Restarting => (ended("restarting", &words), Tone::Warning),
        State::Created => ("created".into(), Tone::Warning),
        State::Removing => ("being removed".into(), Tone::Warning),
        State::Other(word) => (harmless(word).into_owned(), Tone::Warning),
    }
}

/// `up 3 hours (unhealthy)` → `up 3 hours`.
fn up(words: &str) -> &str {
    let up = words.split_once(" (").map_or(words, |(up, _)| up);
    if up.starts_with("up ") { up } else { "up" }
}

/// The words of the last column for an instance that is not ready.
fn unready(container: &Container, why: &NotReady) -> String {
    let words = harmless(&container.status).to_ascii_lowercase();
    match why {
        NotReady::Check(why) => format!("not ready, {}: {}", up(&words), harmless(why)),
        NotReady::Unhealthy(_) => format!("unhealthy, {}", up(&words)),
        NotReady::Restarting(1) => "restarting (once)".to_owned(),
        NotReady::Restarting(times) => format!("restarting ({times} times)"),
    }
}

/// Why an instance is not ready, in a sentence for programs.
fn reason(why: &NotReady) -> String {
    match why {
        NotReady::Check(why) => why.clone(),
        NotReady::Unhealthy(last) => format!("the image's HEALTHCHECK reports it unhealthy: {last}"),
        NotReady::Restarting(times) => {
            format!("its program keeps exiting; the engine restarted it {times} times")
        }
    }
}

/// Whether an instance is ready; none where that is not known.
fn is_ready(id: InstanceId, state: InstanceState<'_>, readiness: &Readiness) -> Option<bool> {
    match state {
        InstanceState::Unreachable { .. } | InstanceState::Unknown => None,
        InstanceState::Absent | InstanceState::Unmanaged(_) => Some(false),
        InstanceState::Ours(container) if container.state != State::Running => Some(false),
        InstanceState::Ours(container) => match readiness.get(&id) {
            Some(found) => Some(found.is_ok()),
            None => Some(!container.is_unhealthy()),
        },
    }
}

/// Whether any of these instances is down or not ready; those of ships that do not answer are not counted.
#[must_use]
pub fn is_any_unready(
    environment: &Environment,
    observed: &Observed,
    instances: &[InstanceId],
    readiness: &Readiness,
) -> bool {
    let by_label = observed.by_label(environment);
    let moved = on_old_ship(environment, &by_label);
    let mut all = instances.iter();
    all.any(|id| {
        let state = match moved.get(id) {
            Some(old) => InstanceState::Ours(old.container),
            None => observed.instance(environment, *id),
        };
        is_ready(*id, state, readiness) == Some(false)
    })
}

/// `exited (3) 5 minutes ago` → `down (exited 3) 5 minutes ago`.
fn ended(word: &str, words: &str) -> String {
    let code_and_time = words.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    match code_and_time {
        Some((code, time)) if code.parse::<i64>().is_ok() => format!("{word} (exited {code}){time}"),
        _ => word.to_owned(),
    }
}

/// Whether a container that is up was made from another configuration than the file has now, or from an image whose name
/// is another image's by now.
fn differs(environment: &Environment, observed: &Observed, id: InstanceId, state: InstanceState<'_>) -> bool {
    match state {
        InstanceState::Ours(container) if container.state.is_up() => {
            let instance = environment.instance(id);
            let image =
                observed.holdings(instance.ship).and_then(|on| on.image_id(&instance.container.image));
            let moved =
                image.is_some_and(|image| !container.image_id.is_empty() && image != container.image_id);
            moved || matches!(container.made(&instance.container), Made::Otherwise | Made::Unknown)
        }
        _ => false,
    }
}

/// Whether a container that is up was told of other peers than the file has now, and is made as the file says otherwise.
fn has_other_peers(environment: &Environment, id: InstanceId, state: InstanceState<'_>) -> bool {
    match state {
        InstanceState::Ours(container) if container.state.is_up() => {
            container.made(&environment.instance(id).container) == Made::WithOtherPeers
        }
        InstanceState::Ours(_)
        | InstanceState::Unmanaged(_)
        | InstanceState::Absent
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => false,
    }
}

/// `tag:shortid`, the tag of the image and the id of the container.
fn container_cell(container: &Container) -> String {
    format!("{}:{}", harmless(&tag(&container.image)), short_id(&container.id))
}

/// The tag of an image; the beginning of its digest if that names it.
fn tag(image: &str) -> String {
    let digest = image.split_once("sha256:").map(|(_, digest)| digest);
    if let Some(digest) = digest {
        return short_id(digest);
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or("latest", |(_, tag)| tag).to_owned()
}

fn silent_ships<'a>(environment: &'a Environment, observed: &'a Observed) -> Vec<(&'a Ship, String)> {
    let ships = environment.ship_ids().filter_map(|id| match observed.ship(id) {
        ShipState::Unreachable { reason } => Some((environment.ship(id), engine::ship(reason))),
        ShipState::NotAsked | ShipState::Answering(_) => None,
    });
    ships.collect()
}

/// A stable word for programs.
fn state_word(state: InstanceState<'_>) -> &str {
    match state {
        InstanceState::Absent => "absent",
        InstanceState::Unreachable { .. } => "unreachable",
        InstanceState::Unknown => "not-asked",
        InstanceState::Unmanaged(_) => "unmanaged",
        InstanceState::Ours(container) => match &container.state {
            State::Created => "created",
            State::Running => "up",
            State::Paused => "paused",
            State::Restarting => "restarting",
            State::Exited => "down",
            State::Removing => "removing",
            State::Dead => "dead",
            State::Other(word) => word,
        },
    }
}

fn container_json(
    environment: &Environment,
    observed: &Observed,
    id: InstanceId,
    state: InstanceState<'_>,
) -> Value {
    match state {
        InstanceState::Ours(container) | InstanceState::Unmanaged(container) => json!({
            "id": container.id,
            "image": container.image,
            "status": container.status,
            "differs": differs(environment, observed, id, state),
            "other_peers": has_other_peers(environment, id, state),
        }),
        InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};

    fn fleet() -> (Environment, Observed) {
        let mut environment = samples::environment();
        for name in ["web-3", "web-4", "データ"] {
            samples::add(&mut environment, name, 1, 0);
        }
        let at = |id, state, status| samples::container(&environment, InstanceId(id), state, status);
        let mut older = at(1, State::Running, "Up About a minute (healthy)");
        older.labels.insert("maestro.config".into(), "0".into());
        older.labels.insert("maestro.config.own".into(), "0".into());
        let mut lonely = at(0, State::Running, "Up 2 minutes");
        lonely.labels.insert("maestro.config".into(), "0".into());
        let mut foreign = at(4, State::Running, "Up 2 hours");
        foreign.labels.clear();
        foreign.image = "sha256:0123456789abcdef".into();
        let containers =
            vec![lonely, older, at(3, State::Exited, "Exited (3) 5 minutes ago\u{1b}[2J"), foreign];
        let mut observed = samples::observed(&environment, &containers);
        observed.ships[1] = ShipState::Unreachable { reason: "connection refused".into() };
        (environment, observed)
    }

    fn draw(options: StatusOptions) -> String {
        let (environment, observed) = fleet();
        let instances: Vec<_> = environment.instance_ids().collect();
        table(&environment, &observed, &instances, &[], (&PortStates::new(), &Readiness::new()), options)
    }

    #[test]
    fn every_state_has_its_words() {
        insta::assert_snapshot!(draw(StatusOptions::default()), @r#"
          #  INSTANCE  SERVICE  SHIP   CONTAINER                  STATUS
          1. db-1      db       local  1.2:0000567890ab           up 2 minutes, its peers have changed
          2. web-1     web      local  1.2:0001567890ab           up about a minute (healthy), differs from the file
          3. web-2     web      far    -                          unreachable
          4. web-3     web      local  1.2:0003567890ab           down (exited 3) 5 minutes ago\u{1b}[2j
          5. web-4     web      local  0123456789ab:0004567890ab  unmanaged
          6. データ    web      local  -                          absent

        unreachable: ship far (the local engine): connection refused
        "#);
    }

    #[test]
    fn full_with_hosts_in_a_narrow_terminal() {
        let options =
            StatusOptions { full: true, show_hosts: true, width: Some(60), ..StatusOptions::default() };
        insta::assert_snapshot!(draw(options), @r#"
          #  INSTANCE  SERVICE  SHIP      CONTAINER  STATUS
          1. db-1      db       10.0.0.1  1.2:0000…  up 2 minutes, …
               port sql 15432→5432/tcp
          2. web-1     web      10.0.0.1  1.2:0001…  up about a min…
          3. web-2     web      10.0.0.2  -          unreachable
          4. web-3     web      10.0.0.1  1.2:0003…  down (exited 3…
          5. web-4     web      10.0.0.1  01234567…  unmanaged
          6. データ    web      10.0.0.1  -          absent

        unreachable: ship far (the local engine): connection refused
        "#);
    }

    #[test]
    fn states_that_pass_quickly() {
        let environment = samples::environment();
        let words = [
            (State::Created, "Created"),
            (State::Restarting, "Restarting (1) 5 seconds ago"),
            (State::Paused, "Up 3 hours (Paused)"),
            (State::Running, "Up 3 hours (unhealthy)"),
            (State::Dead, "Dead"),
            (State::Exited, "Exited"),
            (State::Other("thawing\n".into()), ""),
        ];
        let shown = words.map(|(state, status)| {
            container_status(&samples::container(&environment, InstanceId(0), state, status)).0
        });
        assert_eq!(
            shown,
            [
                "created",
                "restarting (exited 1) 5 seconds ago",
                "paused, up 3 hours",
                "unhealthy, up 3 hours",
                "dead",
                "down",
                "thawing\\n"
            ]
        );
    }

    #[test]
    fn an_image_is_told_by_its_tag() {
        let images = [
            "redis",
            "host:5000/redis",
            "host:5000/a/redis:6.2",
            "redis:6@sha256:0123456789",
            "sha256:0123456789",
        ];
        assert_eq!(images.map(tag), ["latest", "latest", "6.2", "0123456789", "0123456789"]);
    }

    #[test]
    fn ports_tell_ranges_and_addresses() {
        let mut port = samples::environment().instances[0].ports[0].clone();
        assert_eq!(ports::text(&port), "sql 15432→5432/tcp");
        port.count = 3;
        port.bind = Some("::1".parse().unwrap());
        assert_eq!(ports::text(&port), "sql [::1]:15432-15434→5432-5434/tcp");
    }

    #[test]
    fn a_program_gets_all_of_it() {
        let (environment, observed) = fleet();
        let shown = [InstanceId(1), InstanceId(2)];
        let value = status_json(&environment, &observed, &shown, &[], &Readiness::new());
        insta::assert_snapshot!(super::super::json::pretty(&value).unwrap(), @r#"
        {
          "version": 2,
          "environment": "Hello",
          "instances": [
            {
              "instance": "web-1",
              "service": "web",
              "ship": "local",
              "address": "10.0.0.1",
              "state": "up",
              "ready": true,
              "reason": null,
              "container": {
                "id": "0001567890abcdef",
                "image": "example/web:1.2",
                "status": "Up About a minute (healthy)",
                "differs": true,
                "other_peers": false
              },
              "ports": []
            },
            {
              "instance": "web-2",
              "service": "web",
              "ship": "far",
              "address": "10.0.0.2",
              "state": "unreachable",
              "ready": null,
              "reason": null,
              "container": null,
              "ports": []
            }
          ],
          "orphans": [],
          "unreachable": [
            {
              "ship": "far",
              "endpoint": "the local engine",
              "reason": "connection refused"
            }
          ]
        }
        "#);
    }
}
