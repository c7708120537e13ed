//! A plan as text for people and as JSON for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use maestro_core::{
    event::Blocked,
    model::{Environment, InstanceId, ShipId},
    plan::{BlockedReason, CompensationId, Plan, Remark, Unchanged, Wait},
    source::Sources,
};

use super::{
    barriers, data,
    details::details,
    drift,
    explain::{barrier, planned, reason, remark, unchanged},
    failure::blocked_word,
    labels::{self, count},
    moves,
    text::{harmless, pad, width},
    verify, volumes,
    waits::{numbers, waits_json},
};

/// A column wider than this does not push the next one further to the right.
const COLUMN_AT_MOST: usize = 60;

/// The whole plan: its steps with their causes and what they wait for, then what is left alone and what is held.
#[must_use]
pub fn text(plan: &Plan, environment: &Environment, sources: &Sources) -> String {
    let mut sections = vec![head(plan)];
    if plan.expected() > 0 {
        sections.push(steps(plan, environment, None));
    }
    for (at, compensation) in plan.compensations.iter().enumerate() {
        sections.push(
            barriers::head(compensation, environment) + &steps(plan, environment, Some(CompensationId(at))),
        );
    }
    if !plan.differing.is_empty() {
        sections.push(drift::differing(plan, environment, sources));
    }
    if !plan.barriers.is_empty() && plan.expected() > 0 {
        let barriers = plan.barriers.iter().map(|barrier| {
            let what = barrier::sentence(barrier.kind, plan.command, environment);
            format!("{}: {}\n", harmless(&what), after(&barrier.after, plan, environment))
        });
        sections.push(barriers.collect());
    }
    let rest = rest(plan, environment);
    if !rest.is_empty() {
        sections.push(rest);
    }
    sections.join("\n")
}

/// What is left alone, what is held, what is to be known.
fn rest(plan: &Plan, environment: &Environment) -> String {
    let name = |id: InstanceId| place(environment, environment.instance(id).ship, Some(id));
    let unchanged = plan.unchanged.iter().map(|unchanged| {
        let (reason, note) = unchanged_sentences(unchanged, plan, environment);
        let note = note.map(|note| format!(" ({})", harmless(&note))).unwrap_or_default();
        format!("unchanged: {}: {}{note}\n", name(unchanged.instance), harmless(&reason))
    });
    let blocked = plan.blocked.iter().map(|blocked| {
        format!(
            "{}: {}: {}\n",
            blocked_word(Blocked::Planned(blocked.reason.clone()).kind()),
            name(blocked.instance),
            harmless(&planned::sentence(&blocked.reason, environment))
        )
    });
    let of_data = data::remarks(plan, environment);
    let remarks = plan.remarks.iter().chain(&of_data).map(|remark| {
        let text = note(remark, plan, environment);
        format!("note: {}: {}\n", name(remark.instance), harmless(&text))
    });
    let mut rest: String = unchanged.chain(blocked).chain(remarks).collect();
    rest.push_str(&drift::orphans(&plan.orphans, plan.command, environment));
    rest
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
        let kind = match blocked.reason {
            BlockedReason::NotAsked | BlockedReason::Unreachable { .. } => "unreachable",
            BlockedReason::Unmanaged { .. } => "unmanaged",
            BlockedReason::SharedVolume { .. } => "shared-volume",
            BlockedReason::Moved { .. } => "moved",
            BlockedReason::Elsewhere { .. } => "elsewhere",
            BlockedReason::UnmanagedNetwork { .. } => "unmanaged-network",
            BlockedReason::Behind { .. } => "behind",
        };
        json!({
            "instance": instance_name(blocked.instance),
            "ship": ship_of(blocked.instance),
            "kind": kind,
            "reason": planned::sentence(&blocked.reason, environment),
        })
    });
    json!({
        "version": 2,
        "command": plan.command.to_string(),
        "environment": environment.name,
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

/// What a plan has about these instances alone: what differs, the steps with their numbers, and what else is said.
#[must_use]
pub fn text_of(
    plan: &Plan,
    environment: &Environment,
    asked: &BTreeSet<InstanceId>,
    sources: &Sources,
) -> String {
    let part = part(plan, asked);
    let mut sections = Vec::new();
    if !part.differing.is_empty() {
        sections.push(drift::differing(&part, environment, sources));
    }
    if !part.other_peers.is_empty() {
        sections.push(drift::other_peers(&part, environment, sources));
    }
    let rows = rows(plan, environment);
    let own = plan.steps.iter().zip(rows).enumerate();
    let is_own = |step: &maestro_core::plan::Step| {
        step.compensation.is_none() && step.instance.is_some_and(|id| asked.contains(&id))
    };
    let own = own.filter(|(_, (step, _))| is_own(step));
    let own: Vec<(usize, [String; 4])> = own.map(|(at, (_, row))| (at, row)).collect();
    if !own.is_empty() {
        let (steps, of) = (count(own.len(), "step"), plan.expected());
        let head = format!("{} would do {steps} of its {of}:\n", plan.command);
        sections.push(format!("{head}{}", listed(&own, plan.steps.len())));
    }
    sections.extend(Some(rest(&part, environment)).filter(|rest| !rest.is_empty()));
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
    for key in ["steps", "remarks", "unchanged", "blocked", "differing", "volumes", "moves", "other_peers"] {
        if let Some(Value::Array(items)) = value.get_mut(key) {
            items.retain(|item| item["instance"].as_str().is_some_and(|name| names.contains(name)));
        }
    }
    value
}

/// A plan without what is about others; its steps and barriers are left out.
fn part(plan: &Plan, asked: &BTreeSet<InstanceId>) -> Plan {
    let keep = |id: InstanceId| asked.contains(&id);
    let mut part = Plan {
        unchanged: plan.unchanged.clone(),
        blocked: plan.blocked.clone(),
        remarks: plan.remarks.clone(),
        differing: plan.differing.clone(),
        volumes: plan.volumes.clone(),
        other_peers: plan.other_peers.clone(),
        moves: plan.moves.clone(),
        ..Plan::default()
    };
    part.unchanged.retain(|unchanged| keep(unchanged.instance));
    part.blocked.retain(|blocked| keep(blocked.instance));
    part.remarks.retain(|remark| keep(remark.instance));
    part.differing.retain(|differing| keep(differing.instance));
    part.volumes.retain(|one| keep(one.instance));
    part.other_peers.retain(|differing| keep(differing.instance));
    part.moves.retain(|one| keep(one.instance));
    part
}

fn note(remark: &Remark, plan: &Plan, environment: &Environment) -> String {
    remark::planned(&environment.instance(remark.instance).name, &remark.note, plan.command)
}

/// Why an instance is left alone, and what to know about it.
fn unchanged_sentences(
    unchanged: &Unchanged,
    plan: &Plan,
    environment: &Environment,
) -> (String, Option<String>) {
    let name = &environment.instance(unchanged.instance).name;
    let note = unchanged.note.as_ref().map(|note| remark::planned(name, note, plan.command));
    (unchanged::sentence(unchanged.reason, plan.command, environment), note)
}

fn head(plan: &Plan) -> String {
    if plan.expected() > 0 {
        let mut ships: Vec<ShipId> = plan.steps.iter().map(|step| step.ship).collect();
        ships.sort_unstable();
        ships.dedup();
        let steps = count(plan.expected(), "step");
        let ships = count(ships.len(), "ship");
        return format!("{} would do {steps} on {ships}:\n", plan.command);
    }
    let mut why = Vec::new();
    if !plan.unchanged.is_empty() {
        why.push(format!("{} unchanged", count(plan.unchanged.len(), "instance")));
    }
    if plan.verifications() > 0 {
        why.push(format!("{} would be checked", plan.verifications()));
    }
    if !plan.blocked.is_empty() {
        why.push(format!("{} blocked", count(plan.blocked.len(), "instance")));
    }
    if why.is_empty() {
        why.push("no instance was selected".to_owned());
    }
    let what = if plan.blocked.is_empty() { "to do" } else { "can be done" };
    format!("Nothing {what}: {}.\n", why.join(", "))
}

/// The steps that are done in any case, or those of a compensation.
fn steps(plan: &Plan, environment: &Environment, compensation: Option<CompensationId>) -> String {
    let rows = rows(plan, environment).into_iter().enumerate();
    let silent = verify::silent(plan);
    let is_shown = |at: usize| plan.steps[at].compensation == compensation && !silent.contains(&at);
    let rows: Vec<(usize, [String; 4])> = rows.filter(|(at, _)| is_shown(*at)).collect();
    listed(&rows, plan.steps.len())
}

/// A step in four columns: whom it is done to, what, why, after what.
fn rows(plan: &Plan, environment: &Environment) -> Vec<[String; 4]> {
    plan.steps
        .iter()
        .map(|step| {
            [
                match step.action.ends() {
                    // A container that the file does not declare is nobody's.
                    Some((container, _)) if step.instance.is_none() => {
                        let ship = harmless(&environment.ship(step.ship).name).into_owned();
                        format!("{} @{ship}", harmless(container))
                    }
                    Some(_) | None => place(environment, step.ship, step.instance),
                },
                labels::action(&step.action),
                format!("reason: {}", harmless(&reason::sentence(&step.reason, plan.command))),
                after(&step.after, plan, environment),
            ]
        })
        .collect()
}

/// Rows as lines, each with the number of its step, of so many.
fn listed(rows: &[(usize, [String; 4])], of: usize) -> String {
    let widest = |column: usize| {
        let widths = rows.iter().map(|(_, row)| width(&row[column]));
        widths.filter(|width| *width <= COLUMN_AT_MOST).max().unwrap_or(0)
    };
    let widths = [widest(0), widest(1), widest(2)];
    let digits = of.to_string().len();
    let mut text = String::new();
    for (at, row) in rows {
        let mut line = format!("  {:>digits$}.", at + 1);
        for (cell, columns) in row.iter().zip(widths) {
            line.push_str("  ");
            line.push_str(&pad(cell, columns.max(width(cell))));
        }
        line.push_str("  ");
        line.push_str(&row[3]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `server @local`; the ship alone for what instances share.
fn place(environment: &Environment, ship: ShipId, instance: Option<InstanceId>) -> String {
    let ship = harmless(&environment.ship(ship).name);
    match instance {
        Some(id) => format!("{} @{ship}", harmless(&environment.instance(id).name)),
        None => ship.into_owned(),
    }
}

/// `after 1, 2, once service db is ready`.
fn after(waits: &[Wait], plan: &Plan, environment: &Environment) -> String {
    let mut parts = Vec::new();
    let numbers = numbers(waits);
    if !numbers.is_empty() {
        parts.push(format!("after {numbers}"));
    }
    parts.extend(barriers(waits, plan, environment));
    parts.join(", ")
}

fn barriers(waits: &[Wait], plan: &Plan, environment: &Environment) -> Vec<String> {
    let once = waits.iter().filter_map(|wait| match wait {
        Wait::Barrier(barrier) => {
            let what = barrier::sentence(plan.barrier(*barrier).kind, plan.command, environment);
            Some(format!("once {}", harmless(&what)))
        }
        Wait::Step(_) => None,
    });
    once.collect()
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::plan::BlockedInstance;

    #[test]
    fn a_plan_reads_as_text() {
        let environment = samples::environment();
        insta::assert_snapshot!(text(&samples::plan(&environment), &environment, &Sources::default()), @r#"
        start would do 8 steps on 1 ship:

          1.  local         create network maestro-Hello                         reason: the environment's network does not exist on the ship
          2.  web-1 @local  pull image example/web:1.2                           reason: the image is not on the ship
          3.  db-1 @local   create container                                     reason: container does not exist                              after 1
          4.  db-1 @local   start container                                      reason: container does not exist                              after 3
          5.  db-1 @local   wait until ready: 10.0.0.1:5432 answers within 30 s  reason: its dependants start when it is ready                 after 4
          6.  web-1 @local  create container                                     reason: container does not exist                              after 1, 2
          7.  web-1 @local  start container                                      reason: container does not exist                              after 6, once service db is ready
          8.  web-1 @local  wait until ready: stays up for 300 ms                reason: its dependants start when it is ready                 after 7

        service db is ready: after 5

        skipped: web-2 @far: connection refused
        "#);
    }

    #[test]
    fn a_plan_that_does_nothing_says_so() {
        let environment = samples::environment();
        insta::assert_snapshot!(text(&samples::idle_plan(), &environment, &Sources::default()), @r#"
        Nothing to do: 2 instances unchanged.

        unchanged: db-1 @local: already running
        unchanged: web-1 @local: already running (the file differs from its container's configuration; `diff web-1` shows what, `apply web-1` replaces it)
        "#);
        assert_eq!(
            text(&Plan::default(), &environment, &Sources::default()),
            "Nothing to do: no instance was selected.\n"
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
        insta::assert_snapshot!(text(&plan, &environment, &Sources::default()), @r#"
        Nothing can be done: 3 instances blocked.

        blocked: web-1 @local: an unmanaged container has this name (0123456789, image redis\u{1b}[0m; it was not created by Maestro)
        blocked: web-1 @local: an unmanaged container has this name (0123456789, image redis\u{1b}[0m; it belongs to environment other)
        blocked: web-1 @local: db-1 is blocked
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
        steps: {"id":0,"ship":"local","instance":null,"action":"create-network","details":{"network":"maestro-Hello"},"reason":"the environment's network does not exist on the ship","after":[],"compensation":null}
        steps: {"id":1,"ship":"local","instance":"web-1","action":"pull","details":{"image":"example/web:1.2"},"reason":"the image is not on the ship","after":[],"compensation":null}
        steps: {"id":2,"ship":"local","instance":"db-1","action":"create","details":{"container":"db-1","image":"example/db:1.2","config":"HASH","volumes":[]},"reason":"container does not exist","after":[{"step":0}],"compensation":null}
        steps: {"id":3,"ship":"local","instance":"db-1","action":"start","details":{"container":"db-1"},"reason":"container does not exist","after":[{"step":2}],"compensation":null}
        steps: {"id":4,"ship":"local","instance":"db-1","action":"ready","details":{"container":"db-1","checks":["10.0.0.1:5432 answers within 30 s"]},"reason":"its dependants start when it is ready","after":[{"step":3}],"compensation":null}
        steps: {"id":5,"ship":"local","instance":"web-1","action":"create","details":{"container":"web-1","image":"example/web:1.2","config":"HASH","volumes":[]},"reason":"container does not exist","after":[{"step":0},{"step":1}],"compensation":null}
        steps: {"id":6,"ship":"local","instance":"web-1","action":"start","details":{"container":"web-1"},"reason":"container does not exist","after":[{"step":5},{"barrier":0}],"compensation":null}
        steps: {"id":7,"ship":"local","instance":"web-1","action":"ready","details":{"container":"web-1","checks":[]},"reason":"its dependants start when it is ready","after":[{"step":6}],"compensation":null}
        barriers: {"id":0,"what":"service db is ready","after":[{"step":4}],"tolerates":null,"counts":null}
        blocked: {"instance":"web-2","ship":"far","kind":"unreachable","reason":"connection refused"}
        "#);
    }
}
