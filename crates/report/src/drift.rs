//! What differs between the file and what runs: one line a difference, with the line of the file.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{
    explain::{self, difference},
    labels::count,
    text::harmless,
};
use maestro_core::{
    model::{Environment, InstanceId},
    observed::{InstanceState, Observed},
    plan::{
        Differing, Orphan, Plan, PlanRemark,
        command::Command,
        drift::Difference,
        reason::{FileLine, Note, OrphanReason},
        stop::StopMethod,
    },
    source::Sources,
    value::shell::quoted,
};

/// The line of the file that says what differs.
fn place(difference: &Difference, sources: &Sources) -> Option<FileLine> {
    let location = sources.location(difference.place?);
    Some(FileLine { file: location.name.clone(), line: location.line })
}

/// `env.DEBUG: 0 → 1 (shop.yaml:12)`.
#[must_use]
pub fn line(difference: &Difference, sources: &Sources) -> String {
    difference::line(difference, place(difference, sources).as_ref())
}

/// The differences of the instances in a plan, each instance with a heading.
#[must_use]
pub fn differing(plan: &Plan, environment: &Environment, sources: &Sources) -> String {
    listed(&plan.differing, "", environment, sources)
}

/// The differences of the instances that run on though the list of their peers differs, each instance with a heading.
#[must_use]
pub fn other_peers(plan: &Plan, environment: &Environment, sources: &Sources) -> String {
    let tip = " in its peer variables; `apply --peers` replaces it";
    listed(&plan.other_peers, tip, environment, sources)
}

fn listed(all: &[Differing], tip: &str, environment: &Environment, sources: &Sources) -> String {
    let each = all.iter().map(|differing| {
        let mut text = count(differing.differences.len(), "difference") + tip + "\n";
        for difference in &differing.differences {
            text.extend(["  ", &line(difference, sources), "\n"]);
        }
        (differing.instance, text)
    });
    let groups = grouped(each).into_iter();
    groups.flat_map(|(text, instances)| [names(environment, &instances), ": ".to_owned(), text]).collect()
}

/// Texts about instances, each once with all instances that it is about, in the order in which they come.
fn grouped(all: impl IntoIterator<Item = (InstanceId, String)>) -> Vec<(String, Vec<InstanceId>)> {
    let mut groups: Vec<(String, Vec<InstanceId>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (id, text) in all {
        match places.get(&text) {
            Some(&place) => groups[place].1.push(id),
            None => {
                places.insert(text.clone(), groups.len());
                groups.push((text, vec![id]));
            }
        }
    }
    groups
}

/// How many instances are named that are told the same.
const NAMED_AT_MOST: usize = 10;

/// `web-1, web-2 @local, web-3 @far`.
fn names(environment: &Environment, instances: &[InstanceId]) -> String {
    let mut text = String::new();
    let shown = &instances[..instances.len().min(NAMED_AT_MOST)];
    for (place, &id) in shown.iter().enumerate() {
        let instance = environment.instance(id);
        text.push_str(if place == 0 { "" } else { ", " });
        text.push_str(&harmless(&instance.name));
        let next = shown.get(place + 1).map(|&next| environment.instance(next).ship);
        if next != Some(instance.ship) {
            text.extend([" @", &*harmless(&environment.ship(instance.ship).name)]);
        }
    }
    match instances.len() - shown.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// What differs of the instances that a plan replaces, a remark a difference, as of a run that shows no plan.
#[must_use]
pub fn remarks(plan: &Plan, sources: &Sources) -> Vec<PlanRemark> {
    let each = plan.differing.iter().flat_map(|differing| {
        differing.differences.iter().map(|difference| PlanRemark {
            instance: differing.instance,
            note: Note::Differs { difference: difference.clone(), place: place(difference, sources) },
        })
    });
    each.collect()
}

/// A line for each container that the file does not declare.
#[must_use]
pub fn orphans(orphans: &[Orphan], command: Command, environment: &Environment) -> String {
    let lines = orphans.iter().map(|one| orphan(one, command, environment));
    lines.flat_map(|line| ["orphan: ".to_owned(), line, "\n".to_owned()]).collect()
}

/// `old-1 @local: the file does not declare it; apply --prune removes it`.
#[must_use]
pub fn orphan(orphan: &Orphan, command: Command, environment: &Environment) -> String {
    let tip = if orphan.removed { "" } else { tip(&orphan.reason) };
    let ship = harmless(&environment.ship(orphan.ship).name);
    let reason = explain::orphan::sentence(&orphan.reason, command);
    format!("{} @{ship}: {}{tip}", harmless(&orphan.container), harmless(&reason))
}

/// What removes an orphan.
fn tip(reason: &OrphanReason) -> &'static str {
    match reason {
        OrphanReason::OneOff { runs: true, .. } => "; it ends by itself, and `stop` stops it",
        OrphanReason::NotDeclared
        | OrphanReason::Surplus { .. }
        | OrphanReason::OnOtherShip { .. }
        | OrphanReason::OneOff { runs: false, .. } => "; `apply --prune` removes it",
        OrphanReason::OnSwarm { .. } | OrphanReason::BesideSwarm { .. } | OrphanReason::OffSwarm { .. } => {
            "; `apply` moves the service"
        }
    }
}

/// After a `stop` or `kill` of everything: which orphans go on running, and what to type against that.
#[must_use]
pub fn go_on(
    orphans: &[Orphan],
    environment: &Environment,
    invocation: &str,
    how: StopMethod,
) -> Option<String> {
    let (first, names) = some(orphans, environment)?;
    let word = match how {
        StopMethod::Stop => "stop",
        StopMethod::Kill => "kill",
    };
    let all = if orphans.iter().all(|orphan| orphan.reason.is_pruned()) {
        format!("; `{invocation} apply --prune` removes all, and starts what the file declares")
    } else {
        String::new()
    };
    Some(format!(
        "orphans keep running (not declared in the file): {names}. `{invocation} {word} {first}` stops one{all}"
    ))
}

/// After a `clean` of everything: which orphans stay, and what to type against that.
#[must_use]
pub fn stay(orphans: &[Orphan], environment: &Environment, invocation: &str) -> Option<String> {
    let (first, names) = some(orphans, environment)?;
    Some(format!(
        "orphans stay (not declared in the file): {names}. `{invocation} clean {first}` removes one that \
         is stopped"
    ))
}

/// After a `down` of everything: which orphans stay, and what to type against that.
#[must_use]
pub fn left_by_down(orphans: &[Orphan], environment: &Environment, invocation: &str) -> Option<String> {
    let (first, names) = some(orphans, environment)?;
    Some(format!(
        "orphans stay (not declared in the file): {names}. `{invocation} down {first}` removes one, `{invocation} down --orphans` all"
    ))
}

/// The first orphan's name as a shell takes it, and the names of some of them.
fn some(orphans: &[Orphan], environment: &Environment) -> Option<(String, String)> {
    const SHOWN: usize = 10;
    let first = quoted(&orphans.first()?.container);
    let name = |orphan: &Orphan| {
        format!("{} @{}", harmless(&orphan.container), harmless(&environment.ship(orphan.ship).name))
    };
    let names: Vec<String> = orphans.iter().take(SHOWN).map(name).collect();
    let more = match orphans.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some((first, names.join(", ") + &more))
}

/// How an instance stands to the file.
struct Standing {
    /// A stable word: `same`, `completed`, `differs`, `peers`, `down`, `absent`, `blocked`, `moves`.
    word: &'static str,
    /// In words; none where the differences say it.
    reason: Option<String>,
}

fn standing(plan: &Plan, environment: &Environment, observed: &Observed, id: InstanceId) -> Standing {
    if let Some(blocked) = plan.blocked.iter().find(|blocked| blocked.instance == id)
        && !matches!(blocked.reason, maestro_core::plan::BlockedReason::Behind { .. })
    {
        return Standing {
            word: "blocked",
            reason: Some(explain::planned::sentence(&blocked.reason, environment)),
        };
    }
    if let Some(moved) = plan.moves.iter().find(|one| one.instance == id) {
        let reason = format!("its container is on ship {}", environment.ship(moved.from).name);
        return Standing { word: "moves", reason: Some(reason) };
    }
    let is_in = |all: &[Differing]| all.iter().any(|differing| differing.instance == id);
    match observed.instance(environment, id) {
        _ if is_in(&plan.differing) => Standing { word: "differs", reason: None },
        _ if is_in(&plan.other_peers) => Standing { word: "peers", reason: None },
        InstanceState::Ours(container) | InstanceState::Unmanaged(container) if container.state.is_up() => {
            Standing { word: "same", reason: None }
        }
        InstanceState::Ours(container) if container.has_completed(environment.instance(id)) => {
            Standing { word: "completed", reason: None }
        }
        InstanceState::Ours(container) | InstanceState::Unmanaged(container) => {
            let reason = format!("it is down ({}), otherwise as the file says", container.status);
            Standing { word: "down", reason: Some(reason) }
        }
        InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => {
            Standing { word: "absent", reason: Some("container does not exist".to_owned()) }
        }
    }
}

/// What differs, instance by instance, then what the file does not declare, then how many instances stand how to the file.
#[must_use]
pub fn text(
    plan: &Plan,
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    sources: &Sources,
) -> String {
    let mut text = differing(plan, environment, sources) + &other_peers(plan, environment, sources);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut reasons = Vec::new();
    for &id in selected {
        let Standing { word, reason } = standing(plan, environment, observed, id);
        *counts.entry(word).or_default() += 1;
        reasons.extend(reason.map(|reason| (id, harmless(&reason).into_owned())));
    }
    for (reason, instances) in grouped(reasons) {
        text.extend([&*names(environment, &instances), ": ", &reason, "\n"]);
    }
    text.push_str(&orphans(&plan.orphans, plan.command, environment));
    if text.is_empty() {
        text.extend(["No difference: ", &no_difference(&counts, selected.len()), ".\n"]);
    } else if selected.len() + plan.orphans.len() > 1 {
        text.extend(["\n", &sum(&counts, selected.len(), plan.orphans.len()), "\n"]);
    }
    text
}

/// `3 instances run as the file says`, or `3 instances, 1 is completed, 2 run as the file says`.
fn no_difference(counts: &HashMap<&str, usize>, instances: usize) -> String {
    let number = count(instances, "instance");
    match standings(counts).as_slice() {
        [] => format!("{number} run as the file says"),
        [(_, all)] => format!("{number} {all}"),
        several => format!("{number}, {}", counted(several)),
    }
}

/// `3 instances: 1 differs, 1 does not exist, 1 runs as the file says; 1 orphan`.
fn sum(counts: &HashMap<&str, usize>, instances: usize, orphans: usize) -> String {
    let mut text = format!("{}: {}", count(instances, "instance"), counted(&standings(counts)));
    if orphans > 0 {
        text.extend(["; ", &count(orphans, "orphan")]);
    }
    text
}

/// `1 differs, 2 run as the file says`.
fn counted(standings: &[(usize, &str)]) -> String {
    standings.iter().map(|(number, words)| format!("{number} {words}")).collect::<Vec<_>>().join(", ")
}

/// How many instances stand how to the file, in words.
fn standings(counts: &HashMap<&str, usize>) -> Vec<(usize, &'static str)> {
    let words = [
        ("blocked", "is blocked", "are blocked"),
        ("moves", "moves", "move"),
        ("differs", "differs", "differ"),
        ("peers", "differs in its peer variables", "differ in their peer variables"),
        ("down", "is down", "are down"),
        ("absent", "does not exist", "do not exist"),
        ("completed", "is completed", "are completed"),
        ("same", "runs as the file says", "run as the file says"),
    ];
    let parts = words.iter().filter_map(|(word, one, several)| {
        let number = *counts.get(word)?;
        Some((number, if number == 1 { *one } else { *several }))
    });
    parts.collect()
}

/// The same for programs.
#[must_use]
pub fn json(
    plan: &Plan,
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    sources: &Sources,
) -> Value {
    let instances = selected.iter().map(|&id| {
        let Standing { word, reason } = standing(plan, environment, observed, id);
        let instance = environment.instance(id);
        json!({
            "instance": instance.name,
            "ship": environment.ship(instance.ship).name,
            "state": word,
            "reason": reason,
            "differences": differences_json(plan, id, sources),
        })
    });
    json!({
        "version": 2,
        "environment": environment.name,
        "instances": instances.collect::<Vec<_>>(),
        "orphans": orphans_json(plan, environment),
    })
}

/// The differences of one instance.
fn differences_json(plan: &Plan, id: InstanceId, sources: &Sources) -> Value {
    let own = plan.differing.iter().chain(&plan.other_peers).filter(|differing| differing.instance == id);
    lines_json(own.flat_map(|differing| &differing.differences), sources)
}

/// The same for a program: a list of differences, each with its place in the file.
pub fn lines_json<'a>(differences: impl IntoIterator<Item = &'a Difference>, sources: &Sources) -> Value {
    let each = differences.into_iter().map(|one| {
        let location = one.place.map(|span| sources.location(span));
        json!({
            "field": one.field,
            "running": one.running.as_ref().map(difference::value),
            "declared": one.declared.as_ref().map(difference::value),
            "file": location.as_ref().map(|location| &location.name),
            "line": location.as_ref().map(|location| location.line),
        })
    });
    each.collect()
}

/// What differs, of instances that a plan replaces or leaves alone.
pub(super) fn differing_json(all: &[Differing], environment: &Environment, sources: &Sources) -> Value {
    let each = all.iter().map(|differing| {
        let instance = environment.instance(differing.instance);
        json!({
            "instance": instance.name,
            "ship": environment.ship(instance.ship).name,
            "differences": lines_json(&differing.differences, sources),
        })
    });
    each.collect()
}

/// What the file does not declare.
pub(super) fn orphans_json(plan: &Plan, environment: &Environment) -> Value {
    let each = plan.orphans.iter().map(|orphan| {
        json!({
            "container": orphan.container,
            "container_id": orphan.id,
            "ship": environment.ship(orphan.ship).name,
            "reason": explain::orphan::sentence(&orphan.reason, plan.command),
            "removed": orphan.removed,
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{samples, schema},
        *,
    };
    use maestro_core::{
        model::ShipId,
        observed::ContainerState,
        plan::{BlockedInstance, BlockedReason},
        source::Span,
    };

    fn sources() -> (Sources, Span) {
        let mut sources = Sources::default();
        let file = sources.add("shop.yaml", "name: Hello\nservices: {}\n");
        (sources, Span::new(file, 12..20))
    }

    fn plan(place: Span) -> Plan {
        let difference = |field: &str, running: Option<&str>, declared: Option<&str>| Difference {
            field: field.into(),
            running: running.map(|text| text.to_owned().into()),
            declared: declared.map(|text| text.to_owned().into()),
            place: Some(place),
            is_peers_alone: false,
        };
        let differences = vec![
            difference("env.DEBUG", Some("0"), Some("1")),
            difference("env.DB_PASSWORD", Some("(hidden)"), Some("(hidden)")),
            difference("env.URL", Some("postgres://u:hush@db/a"), None),
            difference("labels.evil", Some("\u{1b}[2J"), Some("")),
            difference("command", Some(&"long ".repeat(60)), Some("short")),
        ];
        let orphan = |name: &str, removed| Orphan {
            ship: ShipId(0),
            container: name.into(),
            id: "0123".into(),
            reason: maestro_core::plan::reason::OrphanReason::NotDeclared,
            removed,
        };
        Plan {
            command: Command::Apply,
            differing: vec![Differing { instance: InstanceId(1), differences }],
            blocked: vec![BlockedInstance {
                instance: InstanceId(2),
                reason: BlockedReason::Unreachable { reason: "connection refused".into() },
            }],
            orphans: vec![orphan("old-1", false), orphan("old-2", true)],
            ..Plan::default()
        }
    }

    #[test]
    fn differences_read_as_lines_and_secrets_are_not_among_them() {
        let (environment, (sources, place)) = (samples::environment(), sources());
        let all = environment.instance_ids().collect();
        let down = samples::container(
            &environment,
            InstanceId(0),
            ContainerState::Exited,
            "Exited (0) 3 minutes ago",
        );
        let observed = samples::observed(&environment, &[down]);
        let told = text(&plan(place), &environment, &observed, &all, &sources);
        assert!(!told.contains("hush"), "{told}");
        insta::assert_snapshot!(told, @r#"
        web-1 @local: 5 differences
          env.DEBUG: 0 → 1 (shop.yaml:2)
          env.DB_PASSWORD: (hidden) → (hidden) (another one) (shop.yaml:2)
          env.URL: postgres://u:***@db/a → nothing (shop.yaml:2)
          labels.evil: \u{1b}[2J → "" (shop.yaml:2)
          command: long long long long long long long long long long long long long long long long long long long long long long long long… → short (shop.yaml:2)
        db-1 @local: it is down (Exited (0) 3 minutes ago), otherwise as the file says
        web-2 @far: connection refused
        orphan: old-1 @local: the file does not declare it; `apply --prune` removes it
        orphan: old-2 @local: the file does not declare it

        3 instances: 1 is blocked, 1 differs, 1 is down; 2 orphans
        "#);
        let value = json(&plan(place), &environment, &observed, &all, &sources);
        let told = serde_json::to_string(&value).unwrap();
        assert!(!told.contains("hush"), "{told}");
        assert_eq!(schema::undescribed(&value, schema::DIFF), [""; 0]);
        assert_eq!(value["instances"][1]["state"], "differs");
        assert_eq!(value["instances"][1]["differences"][0]["line"], 2);
        assert_eq!(value["instances"][2]["state"], "blocked");
        assert_eq!(value["orphans"][1]["removed"], true);
    }

    #[test]
    fn a_job_that_has_completed_is_no_difference() {
        let (mut environment, (sources, place)) = (samples::environment(), sources());
        let job = InstanceId(0);
        environment.instances[job.0].lifecycle.running = vec![maestro_core::model::check::Check::Completion];
        let ended = samples::container(&environment, job, ContainerState::Exited, "Exited (0) 3 minutes ago");
        let runs = samples::container(&environment, InstanceId(1), ContainerState::Running, "Up 3 minutes");
        let observed = samples::observed(&environment, &[ended, runs]);
        let told = |ids: &[usize], plan: &Plan| {
            let selected = ids.iter().copied().map(InstanceId).collect();
            text(plan, &environment, &observed, &selected, &sources)
        };
        let nothing = Plan { command: Command::Apply, ..Plan::default() };
        assert_eq!(told(&[1], &nothing), "No difference: 1 instance runs as the file says.\n");
        assert_eq!(told(&[0], &nothing), "No difference: 1 instance is completed.\n");
        assert_eq!(
            told(&[0, 1], &nothing),
            "No difference: 2 instances, 1 is completed, 1 runs as the file says.\n"
        );
        let differs = Plan { orphans: Vec::new(), blocked: Vec::new(), ..plan(place) };
        assert_eq!(told(&[0, 1], &differs).lines().last(), Some("2 instances: 1 differs, 1 is completed"));
        let value = json(&nothing, &environment, &observed, &environment.instance_ids().collect(), &sources);
        assert_eq!(value["instances"][0]["state"], "completed");
    }

    #[test]
    fn what_is_the_same_of_many_instances_is_told_once() {
        let mut environment = samples::empty(&["local", "far"], &["web"]);
        let (sources, place) = sources();
        let all: BTreeSet<InstanceId> = (1..=30)
            .map(|number| samples::add(&mut environment, &format!("web-{number}"), 0, number / 16))
            .collect();
        let differing = &plan(place).differing[0].differences;
        let of = |ids: std::ops::Range<usize>, count: usize| {
            ids.map(move |id| Differing {
                instance: InstanceId(id),
                differences: differing[..count].to_vec(),
            })
        };
        let unreachable = |id: usize| BlockedInstance {
            instance: InstanceId(id),
            reason: BlockedReason::Unreachable { reason: "connection refused".into() },
        };
        let plan = Plan {
            command: Command::Apply,
            differing: of(0..3, 1).chain(of(3..4, 2)).chain(of(4..15, 1)).collect(),
            blocked: (15..30).map(unreachable).collect(),
            ..Plan::default()
        };
        insta::assert_snapshot!(text(&plan, &environment, &Observed::default(), &all, &sources), @r#"
        web-1, web-2, web-3, web-5, web-6, web-7, web-8, web-9, web-10, web-11 @local and 4 more: 1 difference
          env.DEBUG: 0 → 1 (shop.yaml:2)
        web-4 @local: 2 differences
          env.DEBUG: 0 → 1 (shop.yaml:2)
          env.DB_PASSWORD: (hidden) → (hidden) (another one) (shop.yaml:2)
        web-16, web-17, web-18, web-19, web-20, web-21, web-22, web-23, web-24, web-25 @far and 5 more: connection refused

        30 instances: 15 are blocked, 15 differ
        "#);
    }

    #[test]
    fn no_difference_is_said_in_one_line() {
        let environment = samples::environment();
        let (sources, _) = sources();
        let nothing = text(&Plan::default(), &environment, &Observed::default(), &BTreeSet::new(), &sources);
        assert_eq!(nothing, "No difference: 0 instances run as the file says.\n");
    }

    #[test]
    fn after_a_stop_the_orphans_that_go_on_are_told() {
        let environment = samples::environment();
        let orphan = |number: usize| Orphan {
            ship: ShipId(0),
            container: format!("old-{number}"),
            id: "0".into(),
            reason: maestro_core::plan::reason::OrphanReason::NotDeclared,
            removed: false,
        };
        let told = |count: usize, how| {
            let orphans: Vec<Orphan> = (1..=count).map(orphan).collect();
            go_on(&orphans, &environment, "maestro -f shop.yaml", how)
        };
        assert_eq!(told(0, StopMethod::Stop), None);
        insta::assert_snapshot!(told(2, StopMethod::Stop).unwrap(), @"orphans keep running (not declared in the file): old-1 @local, old-2 @local. `maestro -f shop.yaml stop old-1` stops one; `maestro -f shop.yaml apply --prune` removes all, and starts what the file declares");
        let many = told(12, StopMethod::Kill).unwrap();
        assert!(many.contains("old-10 @local and 2 more. `maestro -f shop.yaml kill old-1`"), "{many}");
    }
}
