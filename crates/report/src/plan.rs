//! A plan as text for people and as JSON for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use maestro_core::{
    model::{Environment, InstanceId, selection::typed_name, update::Order},
    plan::{BlockedReason, Plan, PlanRemark, Unchanged, changes::Change, reason::ResourceKind},
    source::Sources,
};

use super::{
    barriers,
    details::details,
    drift,
    explain::{planned, reason, remark, unchanged},
    labels::count,
    moves,
    overview::{Group, Overview, Row},
    part::part,
    steps,
    style::Tone,
    text::{pad, width},
    volumes,
    waits::waits_json,
    wrap::{COLUMNS, wrapped},
};

/// A longer list of names stands in lines of its own.
const NAMES_AT_MOST: usize = 26;
/// `unchanged` stands behind all others.
const WORD_AT_MOST: usize = 7;
/// A longer field, or change of one, does not push the others to the right.
const FIELD_AT_MOST: usize = 24;
const CHANGE_AT_MOST: usize = 30;

/// How much of a plan is printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct View {
    /// Each step, below what happens to each instance.
    pub steps: bool,
    /// Whether there are colours.
    pub colour: bool,
}

/// What happens to each instance and why, what else to know, and all in one line; with [`View::steps`] each step.
#[must_use]
pub fn text(plan: &Plan, environment: &Environment, sources: &Sources, view: View) -> String {
    let changes = plan.changes_by_target();
    let overview = Overview::of(plan, &changes, environment, sources);
    let mut sections = vec![groups(&overview.groups, view.colour)];
    if view.steps {
        sections.push(steps::text(plan, environment, &changes, view.colour));
    }
    sections.push(notes(&overview.notes));
    sections.push(Tone::Bold.paint(&wrapped("", &overview.sum, 2), view.colour) + "\n");
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// Whether a plan has something to say beside how many instances are unchanged.
#[must_use]
pub fn is_worth_showing(plan: &Plan) -> bool {
    let has_note =
        plan.unchanged.iter().any(|one| one.note.is_some() || unchanged::state(one.reason).is_none());
    plan.expected() > 0
        || !plan.blocked.is_empty()
        || !plan.remarks.is_empty()
        || has_note
        || plan.orphans.iter().any(|orphan| !orphan.removed)
}

/// Groups as lines: sign, names, what happens, how; below it what differs.
fn groups(groups: &[Group], colour: bool) -> String {
    let subjects: Vec<String> = groups.iter().map(|group| group.names.join(", ")).collect();
    let widest = |widths: &mut dyn Iterator<Item = usize>, most: usize| {
        widths.filter(|width| *width <= most).max().unwrap_or(0)
    };
    let named = widest(&mut subjects.iter().map(|names| width(names)), NAMES_AT_MOST);
    let worded = widest(&mut groups.iter().map(|group| width(group.word)), WORD_AT_MOST);
    let mut text = String::new();
    for (group, subject) in groups.iter().zip(&subjects) {
        let tone = group.sign.tone();
        let sign = tone.paint(group.sign.text(), colour);
        let word = pad(group.word, worded.max(width(group.word)));
        let details = group.details.join(", ");
        let on_one_line = 4 + width(subject).max(named) + 2 + worded + 2 + width(&details) <= COLUMNS;
        let named = if on_one_line { width(subject).max(named) } else { named };
        let indent = 4 + named + 2;
        let start = if width(subject) > named {
            // Long lists of names stand in lines of their own.
            let lines = wrapped("    ", subject, 4);
            format!("  {sign} {}\n{}", lines.trim_start(), " ".repeat(indent))
        } else {
            format!("  {sign} {}  ", pad(subject, named))
        };
        text.push_str(&start);
        let line = wrapped(&format!("{}{word}  ", " ".repeat(indent)), &details, indent + width(&word) + 2);
        let line = line[indent..].trim_end();
        text.push_str(&tone.paint(group.word, colour));
        text.push_str(&line[group.word.len()..]);
        text.push('\n');
        text.push_str(&rows(&group.rows));
    }
    text
}

/// Differences as lines: field, old and new value, place in the file.
fn rows(rows: &[Row]) -> String {
    let widest = |widths: &mut dyn Iterator<Item = usize>, most: usize| {
        widths.filter(|width| *width <= most).max().unwrap_or(0)
    };
    let named = widest(&mut rows.iter().map(|row| width(&row.field)), FIELD_AT_MOST);
    let changed = widest(&mut rows.iter().map(|row| width(&row.text)), CHANGE_AT_MOST);
    let mut text = String::new();
    for row in rows {
        let start = format!("      {}  ", pad(&row.field, named.max(width(&row.field))));
        let mut behind: Vec<String> = row.place.iter().cloned().collect();
        if !row.only.is_empty() {
            behind.push(format!("({})", row.only.join(", ")));
        }
        let behind = behind.join("  ");
        let line = format!("{start}{}  {behind}", pad(&row.text, changed.max(width(&row.text))));
        let line = line.trim_end();
        if width(line) <= COLUMNS {
            text.push_str(line);
        } else {
            text.push_str(&wrapped(&start, &format!("{} {behind}", row.text), 8));
        }
        text.push('\n');
    }
    text
}

/// What to know, each in a paragraph.
fn notes(notes: &[String]) -> String {
    notes.iter().map(|note| wrapped("note: ", note, 6) + "\n").collect()
}

/// The plan for programs. Environment variables and other contents of containers are left out: they may be secret.
/// Texts are as they came: print them by [`super::json`].
#[must_use]
pub fn json(plan: &Plan, environment: &Environment, sources: &Sources) -> Value {
    let instance_name = |id: InstanceId| environment.instance(id).name.clone();
    let ship_of = |id: InstanceId| environment.ship(environment.instance(id).ship).name.clone();
    let steps = plan.steps.iter().enumerate().map(|(at, step)| {
        json!({
            "id": at,
            "number": at + 1,
            "ship": environment.ship(step.ship).name,
            "instance": step.instance.map(instance_name),
            "action": step.action.word(),
            "details": details(&step.action),
            "reason": reason::sentence(&step.reason, plan.command),
            "after": waits_json(&step.after),
            "compensation": step.compensation,
        })
    });
    let remarks = plan
        .remarks
        .iter()
        .map(|remark| json!({ "instance": instance_name(remark.instance), "remark": note(remark, plan, environment) }));
    let unchanged = plan.unchanged.iter().map(|unchanged| {
        let (reason, note) = unchanged_sentences(unchanged, plan, environment);
        json!({
            "instance": instance_name(unchanged.instance),
            "ship": ship_of(unchanged.instance),
            "reason": reason,
            "remark": note,
        })
    });
    let blocked = plan.blocked.iter().map(|blocked| {
        json!({
            "instance": instance_name(blocked.instance),
            "ship": ship_of(blocked.instance),
            "kind": blocked_kind(&blocked.reason),
            "reason": planned::sentence(&blocked.reason, environment),
        })
    });
    json!({
        "version": 2,
        "command": plan.command.to_string(),
        "environment": environment.name,
        "changes": changes_json(plan, environment),
        "steps": steps.collect::<Vec<_>>(),
        "remarks": remarks.collect::<Vec<_>>(),
        "barriers": barriers::barriers_json(plan, environment),
        "compensations": barriers::compensations_json(plan, environment),
        "unchanged": unchanged.collect::<Vec<_>>(),
        "blocked": blocked.collect::<Vec<_>>(),
        "differing": drift::differing_json(&plan.differing, environment, sources),
        "other_peers": drift::differing_json(&plan.other_peers, environment, sources),
        "orphans": drift::orphans_json(plan, environment),
        "volumes": volumes::json(plan, environment),
        "moves": moves::json(plan, environment),
    })
}

/// The stable word for why an instance is blocked.
fn blocked_kind(reason: &BlockedReason) -> &'static str {
    match reason {
        BlockedReason::NotAsked | BlockedReason::Unreachable { .. } => "unreachable",
        BlockedReason::Unmanaged { .. } => "unmanaged",
        BlockedReason::SharedVolume { .. } => "shared-volume",
        BlockedReason::Moved { .. }
        | BlockedReason::ServiceMoved { .. }
        | BlockedReason::OnUnknownSwarm { .. } => "moved",
        BlockedReason::Volume(_) => "volume-copy",
        BlockedReason::Elsewhere { .. } | BlockedReason::RunsElsewhere { .. } => "elsewhere",
        BlockedReason::UnmanagedNetwork { .. } => "unmanaged-network",
        BlockedReason::UnmanagedVolume { .. } => "unmanaged-volume",
        BlockedReason::ExternalMissing { kind: ResourceKind::Network, .. } => "external-network-missing",
        BlockedReason::ExternalMissing { kind: ResourceKind::Volume, .. } => "external-volume-missing",
        BlockedReason::Behind { .. } => "behind",
    }
}

/// What happens to each instance, and to what instances share.
fn changes_json(plan: &Plan, environment: &Environment) -> Vec<Value> {
    let changes = plan.changes_by_target();
    let changes = changes.iter().map(|change| {
        let instance = change.target.instance().map(|id| environment.instance(id));
        let first = change.steps.first().map(|step| plan.step(*step).ship);
        let ship = instance.map(|instance| instance.ship).or(first);
        json!({
            "instance": instance.map(|instance| &instance.name),
            "ship": ship.map(|ship| &environment.ship(ship).name),
            "change": change.kind.word(),
            "order": change.order.map(|order| match order {
                Order::StartFirst => "start-first",
                Order::StopFirst => "stop-first",
            }),
            "reason": reason::sentence(change.reason, plan.command),
            "steps": change.steps,
            "restored_by": change.restoring,
        })
    });
    changes.collect()
}

/// What a plan has about these instances alone: what differs, the steps with their numbers, and what else is said.
#[must_use]
pub fn text_of(
    plan: &Plan,
    environment: &Environment,
    asked: &BTreeSet<InstanceId>,
    sources: &Sources,
) -> String {
    let part = part(plan, asked);
    let is_asked = |change: &Change<'_>| change.target.instance().is_some_and(|id| asked.contains(&id));
    let own: Vec<Change<'_>> = plan.changes_by_target().into_iter().filter(is_asked).collect();
    let overview = Overview::of_part(plan, (&own, &part), environment, sources);
    let mut sections = vec![groups(&overview.groups, false)];
    if !part.other_peers.is_empty() {
        sections.push(drift::other_peers(&part, environment, sources));
    }
    if !own.is_empty() {
        let number: usize = own.iter().map(|change| change.steps.len()).sum();
        let (number, of) = (count(number, "step"), plan.expected());
        let head = format!("{} does {number} of its {of}:\n", plan.command);
        sections.push(head + &steps::text(plan, environment, &own, false));
    }
    sections.push(notes(&overview.notes));
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// The same for programs: the plan with these instances alone. Its steps keep their ids.
#[must_use]
pub fn json_of(
    plan: &Plan,
    environment: &Environment,
    asked: &BTreeSet<InstanceId>,
    sources: &Sources,
) -> Value {
    let names: BTreeSet<&str> = asked.iter().map(|&id| environment.instance(id).name.as_str()).collect();
    let mut value = json(plan, environment, sources);
    for key in [
        "changes",
        "steps",
        "remarks",
        "unchanged",
        "blocked",
        "differing",
        "volumes",
        "moves",
        "other_peers",
    ] {
        if let Some(Value::Array(items)) = value.get_mut(key) {
            items.retain(|item| item["instance"].as_str().is_some_and(|name| names.contains(name)));
        }
    }
    value
}

fn note(remark: &PlanRemark, plan: &Plan, environment: &Environment) -> String {
    remark::planned(&typed_name(environment, remark.instance), &remark.note, plan.command)
}

/// Why an instance is left alone, and what to know about it.
fn unchanged_sentences(
    unchanged: &Unchanged,
    plan: &Plan,
    environment: &Environment,
) -> (String, Option<String>) {
    let name = typed_name(environment, unchanged.instance);
    let note = unchanged.note.as_ref().map(|note| remark::planned(&name, note, plan.command));
    (unchanged::sentence(unchanged.reason, plan.command, environment), note)
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::plan::BlockedInstance;

    fn whole(plan: &Plan, environment: &Environment) -> String {
        text(plan, environment, &Sources::default(), View { steps: true, colour: false })
    }

    #[test]
    fn a_plan_reads_as_text() {
        let environment = samples::environment();
        insta::assert_snapshot!(whole(&samples::plan(&environment), &environment), @r#"
          + db-1, web-1            create   on local
          + network maestro-Hello  create   on local
          + example/web:1.2        pull     on local
          ? web-2                  skipped  connection refused

             1  create network maestro-Hello on local (the environment's network does
                  not exist on the ship)
          + db-1 on local  create  reason: container does not exist
             3  create container                            after 1
             4  start container
             5  wait until ready: 10.0.0.1:5432 answers within 30 s
          + web-1 on local  create  reason: container does not exist
             2  pull image example/web:1.2 (the image is not on the ship)
             6  create container                            after 1
             7  start container                             once service db is ready (5)
             8  wait until ready: stays up for 300 ms

        start Hello: 2 to create, 1 image to pull, 1 skipped (8 steps on 1 ship)
        "#);
    }

    #[test]
    fn a_plan_that_does_nothing_says_so() {
        let environment = samples::environment();
        insta::assert_snapshot!(whole(&samples::idle_plan(), &environment), @r#"
          = web-1   unchanged  already running; the file differs from its container's
                               configuration; `diff web-1` shows what, `apply web-1`
                               replaces it
          = 1 more  unchanged  already running

        start Hello: nothing to do, 2 unchanged
        "#);
        assert_eq!(
            whole(&Plan::default(), &environment),
            "start Hello: nothing to do, no instance was selected\n"
        );
    }

    #[test]
    fn holds_say_why() {
        let environment = samples::environment();
        let foreign = |environment: Option<&str>| BlockedReason::Unmanaged {
            id: "0123456789".into(),
            image: "redis\u{1b}[0m".into(),
            environment: environment.map(Into::into),
        };
        let reasons = [foreign(None), foreign(Some("other")), BlockedReason::Behind { other: InstanceId(0) }];
        let plan = Plan {
            blocked: reasons.map(|reason| BlockedInstance { instance: InstanceId(1), reason }).into(),
            ..Plan::default()
        };
        insta::assert_snapshot!(whole(&plan, &environment), @r#"
          ! web-1  blocked  an unmanaged container has this name (0123456789, image
                            redis\u{1b}[0m; it was not created by Maestro)
          ! web-1  blocked  an unmanaged container has this name (0123456789, image
                            redis\u{1b}[0m; it belongs to environment other)
          ! web-1  blocked  db-1 is blocked

        start Hello: nothing can be done, 3 blocked
        "#);
    }

    #[test]
    fn a_program_gets_the_plan_without_secrets() {
        let environment = samples::environment();
        let value = json(&samples::plan(&environment), &environment, &Sources::default());
        let line = |value: &Value| super::super::json::line(value).unwrap();
        let mut lines: Vec<String> = Vec::new();
        for (key, value) in value.as_object().unwrap() {
            match value {
                Value::Array(items) => {
                    lines.extend(items.iter().map(|item| format!("{key}: {}", line(item))));
                }
                other => lines.push(format!("{key}: {}", line(other))),
            }
        }
        let mut text = lines.join("\n");
        assert!(!text.contains("secret"));
        for instance in &environment.instances {
            text = text.replace(instance.container.hash(), "HASH");
        }
        insta::assert_snapshot!(text, @r#"
        version: 2
        command: "start"
        environment: "Hello"
        changes: {"instance":null,"ship":"local","change":"create","order":null,"reason":"the environment's network does not exist on the ship","steps":[0],"restored_by":[]}
        changes: {"instance":"db-1","ship":"local","change":"create","order":null,"reason":"container does not exist","steps":[2,3,4],"restored_by":[]}
        changes: {"instance":"web-1","ship":"local","change":"create","order":null,"reason":"container does not exist","steps":[1,5,6,7],"restored_by":[]}
        steps: {"id":0,"number":1,"ship":"local","instance":null,"action":"create-network","details":{"network":"maestro-Hello"},"reason":"the environment's network does not exist on the ship","after":[],"compensation":null}
        steps: {"id":1,"number":2,"ship":"local","instance":"web-1","action":"pull","details":{"image":"example/web:1.2"},"reason":"the image is not on the ship","after":[],"compensation":null}
        steps: {"id":2,"number":3,"ship":"local","instance":"db-1","action":"create","details":{"container":"db-1","image":"example/db:1.2","config":"HASH","volumes":[]},"reason":"container does not exist","after":[{"step":0}],"compensation":null}
        steps: {"id":3,"number":4,"ship":"local","instance":"db-1","action":"start","details":{"container":"db-1"},"reason":"container does not exist","after":[{"step":2}],"compensation":null}
        steps: {"id":4,"number":5,"ship":"local","instance":"db-1","action":"ready","details":{"container":"db-1","checks":["10.0.0.1:5432 answers within 30 s"]},"reason":"its dependants start when it is ready","after":[{"step":3}],"compensation":null}
        steps: {"id":5,"number":6,"ship":"local","instance":"web-1","action":"create","details":{"container":"web-1","image":"example/web:1.2","config":"HASH","volumes":[]},"reason":"container does not exist","after":[{"step":0},{"step":1}],"compensation":null}
        steps: {"id":6,"number":7,"ship":"local","instance":"web-1","action":"start","details":{"container":"web-1"},"reason":"container does not exist","after":[{"step":5},{"barrier":0}],"compensation":null}
        steps: {"id":7,"number":8,"ship":"local","instance":"web-1","action":"ready","details":{"container":"web-1","checks":[]},"reason":"its dependants start when it is ready","after":[{"step":6}],"compensation":null}
        barriers: {"id":0,"what":"service db is ready","after":[{"step":4}],"tolerates":null,"counts":null}
        blocked: {"instance":"web-2","ship":"far","kind":"unreachable","reason":"connection refused"}
        "#);
    }
}
