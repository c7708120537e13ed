//! The status as text: what is wrong first.

use std::collections::BTreeSet;

use super::{
    entry::{EntryState, EntrySubject, Silent, Status, StatusEntry, ship_name},
    finding::PortStates,
    lines::{Columns, Row},
    options::{Grouping, StatusOptions},
    ports,
    silent::silent_rows,
};
use crate::{
    labels::count,
    style::Tone,
    text::{fit, harmless, width},
};
use maestro_core::model::{Environment, ShipId, filter::StateWord};

/// The names of all that a status shows, one a line.
#[must_use]
pub fn names(status: &Status) -> String {
    status.entries.iter().flat_map(|entry| [&*entry.name, "\n"]).collect()
}

/// The status as text: a line that counts, then a line for each instance and orphan, what is wrong first. If that is more
/// than the terminal has lines, what is ready is counted.
#[must_use]
pub fn text(
    environment: &Environment,
    status: &Status,
    ports: &PortStates,
    options: StatusOptions,
) -> String {
    let groups = groups(environment, status, options);
    let all: Vec<Row> = groups.iter().flat_map(|(_, rows)| rows.iter().cloned()).collect();
    let header = options.is_wide().then(|| columns(options));
    let total = options.width.map(usize::from);
    let columns = Columns::new(&all, header.as_deref(), total, options.colour);
    let draw = |hidden: bool| {
        let mut lines = Vec::new();
        for (heading, rows) in &groups {
            lines.extend(heading.clone());
            for row in rows.iter().filter(|row| !hidden || row.standing != EntryState::Ready) {
                lines.extend(columns.row(row));
                lines.extend(port_lines(environment, row, ports, options));
            }
        }
        lines
    };
    let mut lines = vec![counts(environment, status), String::new()];
    lines.extend(header.map(|names| columns.header(&names)));
    let body = draw(false);
    // The line of the prompt, and the line that counts what is hidden.
    let sums = sums(status);
    let taken = if sums.is_some() { 2 } else { 1 };
    let room = options.height.map_or(usize::MAX, |height| usize::from(height).saturating_sub(taken));
    if options.all || lines.len() + body.len() <= room {
        lines.extend(body);
    } else {
        lines.extend(draw(true));
        let hidden = all.iter().filter(|row| row.standing == EntryState::Ready).count();
        lines.extend((hidden > 0).then(|| more(hidden, hidden < all.len(), options)));
    }
    if all.is_empty() && status.instances > 0 {
        lines.push("    no instance is in such a state".to_owned());
    }
    lines.extend(sums);
    lines.push(String::new());
    lines.join("\n")
}

/// Fewer instances can be counted at a glance.
const SUMMED_FROM: usize = 11;

/// All states but `up`, which says less than the others. What most describes an entry comes first.
pub(super) const SUMMED: [StateWord; 13] = [
    StateWord::Orphan,
    StateWord::Unmanaged,
    StateWord::Unreachable,
    StateWord::Absent,
    StateWord::Restarting,
    StateWord::Unhealthy,
    StateWord::Paused,
    StateWord::Created,
    StateWord::Down,
    StateWord::NotReady,
    StateWord::OnOldShip,
    StateWord::Differs,
    StateWord::Ready,
];

/// `1 absent, 2 restarting, 17 ready`, where there are many.
fn sums(status: &Status) -> Option<String> {
    let mut counts = [0_usize; SUMMED.len()];
    for entry in &status.entries {
        if let Some(at) = SUMMED.iter().position(|word| entry.states.contains(word)) {
            counts[at] += 1;
        }
    }
    let all: Vec<String> = SUMMED
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {}", word.word()))
        .collect();
    // One state alone is counted in the first line.
    (status.entries.len() >= SUMMED_FROM && all.len() > 1).then(|| format!("  {}", all.join(", ")))
}

/// `shop · 3 ships · 16 of 20 instances ready`.
fn counts(environment: &Environment, status: &Status) -> String {
    let (name, ships) = (harmless(&environment.name), count(status.ships, "ship"));
    let instances = match status.instances {
        0 => "no instances".to_owned(),
        all => format!("{} of {} ready", status.ready, count(all, "instance")),
    };
    format!("{name} · {ships} · {instances}")
}

fn columns(options: StatusOptions) -> Vec<&'static str> {
    let mut names = vec!["INSTANCE"];
    if options.by != Some(Grouping::Service) {
        names.push("SERVICE");
    }
    if options.by != Some(Grouping::Ship) {
        names.push("SHIP");
    }
    names.push("CONTAINER");
    names
}

/// `✓ 15 more ready      `status -a` lists them`.
fn more(hidden: usize, are_others: bool, options: StatusOptions) -> String {
    let words = if are_others { format!("{hidden} more ready") } else { format!("all {hidden} ready") };
    let tip = "`status -a` lists them";
    let tone = EntryState::Ready.tone();
    let line = format!(
        "  {} {}",
        tone.paint(EntryState::Ready.sign(), options.colour),
        tone.paint(&words, options.colour)
    );
    let taken = 4 + width(&words);
    let room = options.width.map_or(0, usize::from);
    let gap = room.saturating_sub(taken + width(tip)).max(2);
    line + &" ".repeat(gap) + &Tone::Dim.paint(tip, options.colour)
}

/// The rows under their headings, the worst first in each; without grouping one group without a heading.
fn groups(
    environment: &Environment,
    status: &Status,
    options: StatusOptions,
) -> Vec<(Option<String>, Vec<Row>)> {
    let is_shown = |entry: &&StatusEntry| {
        entry.standing != EntryState::Unreachable || options.by == Some(Grouping::Service)
    };
    let of = |ship: Option<ShipId>, service: Option<&Option<String>>| {
        let entries: Vec<&StatusEntry> = status
            .entries
            .iter()
            .filter(|entry| ship.is_none_or(|ship| entry.ship == ship))
            .filter(|entry| service.is_none_or(|service| entry.service == *service))
            .collect();
        let mut rows: Vec<Row> =
            entries.iter().copied().filter(is_shown).map(|entry| row(environment, entry, options)).collect();
        if service.is_none() {
            rows.extend(silent_rows(environment, status, ship, options));
        }
        rows.sort_by_key(|row| row.standing);
        (rows, entries)
    };
    let under = |name: &str, (rows, entries): (Vec<Row>, Vec<&StatusEntry>)| {
        (!rows.is_empty()).then(|| (Some(heading(name, &entries, options.colour)), rows))
    };
    match options.by {
        None => vec![(None, of(None, None).0)],
        Some(Grouping::Ship) => environment
            .ship_ids()
            .filter_map(|ship| under(&ship_name(environment, ship, options.show_hosts), of(Some(ship), None)))
            .collect(),
        Some(Grouping::Service) => {
            let mut seen = BTreeSet::new();
            let services = status.entries.iter().map(|entry| &entry.service).filter(|one| seen.insert(*one));
            let mut groups: Vec<_> = services
                .filter_map(|service| under(service.as_deref().unwrap_or("orphans"), of(None, Some(service))))
                .collect();
            let silent = silent_rows(environment, status, None, options);
            if !silent.is_empty() {
                groups.push((Some(Tone::Bold.paint("ships", options.colour)), silent));
            }
            groups
        }
    }
}

/// `alpha · 5 of 6 ready`.
fn heading(name: &str, entries: &[&StatusEntry], colour: bool) -> String {
    let instances = entries.iter().filter(|entry| matches!(entry.subject, EntrySubject::Instance(_)));
    let (mut all, mut ready) = (0, 0);
    for entry in instances {
        all += 1;
        ready += usize::from(entry.states.contains(&StateWord::Ready));
    }
    let name = Tone::Bold.paint(name, colour);
    if all == 0 { name } else { format!("{name} · {ready} of {all} ready") }
}

fn row(environment: &Environment, entry: &StatusEntry, options: StatusOptions) -> Row {
    let mut cells = vec![entry.name.clone()];
    if options.is_wide() && options.by != Some(Grouping::Service) {
        cells.push(entry.service.clone().unwrap_or_else(|| "-".to_owned()));
    }
    if options.by != Some(Grouping::Ship) {
        cells.push(ship_name(environment, entry.ship, options.show_hosts).into_owned());
    }
    if options.is_wide() {
        cells.push(if entry.container.is_empty() { "-".to_owned() } else { entry.container.clone() });
    }
    Row {
        standing: entry.standing,
        subject: Some(entry.subject),
        cells,
        state: entry.state.clone(),
        image: entry.image.clone(),
        age: entry.age.clone(),
    }
}

fn port_lines(
    environment: &Environment,
    row: &Row,
    states: &PortStates,
    options: StatusOptions,
) -> Vec<String> {
    let Some(EntrySubject::Instance(id)) = row.subject.filter(|_| options.full) else { return Vec::new() };
    let line = |(place, port)| {
        let (word, tone) = match states.get(&(id, place)) {
            Some(true) => ("  open", Tone::Ok),
            Some(false) => ("  closed", Tone::Failed),
            None => ("", Tone::Plain),
        };
        let port = format!("      port {}", ports::text(port));
        let room = options.width.map_or(usize::MAX, usize::from).saturating_sub(width(word));
        fit(&port, room).into_owned() + &tone.paint(word, options.colour)
    };
    environment.instance(id).ports.iter().enumerate().map(line).collect()
}

/// What has changed since an earlier status, a line for each instance, orphan and ship.
#[must_use]
pub fn changes(environment: &Environment, before: &Status, now: &Status) -> Vec<String> {
    let at = |entry: &StatusEntry| format!("{} @{}", entry.name, ship_name(environment, entry.ship, false));
    let find = |status: &Status, entry: &StatusEntry| {
        let same = |one: &&StatusEntry| one.name == entry.name && one.ship == entry.ship;
        status.entries.iter().find(same).map(|one| (one.state.clone(), one.container.clone()))
    };
    let mut lines = Vec::new();
    for entry in &now.entries {
        match find(before, entry) {
            Some((state, container)) if state == entry.state && container == entry.container => {}
            Some((state, _)) if state == entry.state => {
                lines.push(format!("{}: {state}, in a new container", at(entry)));
            }
            Some((state, _)) => lines.push(format!("{}: {state} → {}", at(entry), entry.state)),
            None => lines.push(format!("{}: {}", at(entry), entry.state)),
        }
    }
    let gone = before.entries.iter().filter(|entry| find(now, entry).is_none());
    lines.extend(gone.map(|entry| format!("{}: {} → gone", at(entry), entry.state)));
    let silent = |status: &Status, one: &Silent| status.silent.iter().any(|other| other.ship == one.ship);
    for one in now.silent.iter().filter(|one| !silent(before, one)) {
        lines.push(format!("ship {}: unreachable: {}", ship_name(environment, one.ship, false), one.reason));
    }
    for one in before.silent.iter().filter(|one| !silent(now, one)) {
        lines.push(format!("ship {}: answers again", ship_name(environment, one.ship, false)));
    }
    lines
}
