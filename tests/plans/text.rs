//! A whole plan as text: every fact of it, in the order of its fields.

use std::fmt::Write as _;

use maestro_core::{
    model::{Check, Environment, membership::Membership},
    plan::{
        Compensation, Plan, Step, StepId, Wait,
        action::{
            Action, ContainerAction, ImageAction, NetworkAction, RecordAction, ServiceAction, VolumeAction,
            WaitAction,
        },
        drift::{Difference, FieldValue},
    },
    value::hook::Hook,
};

/// All that a plan says.
pub(super) fn of(plan: &Plan, environment: &Environment) -> String {
    let mut text = format!("{}\n", plan.command);
    for (at, step) in plan.steps.iter().enumerate() {
        let ship = &environment.ship(step.ship).name;
        let instance = step.instance.map_or("", |id| environment.instance(id).name.as_str());
        let compensation = step.compensation.map(|id| format!("({}) ", id.0)).unwrap_or_default();
        let Step { action, reason, .. } = step;
        let action = self::action(action, environment);
        let after = waits(&step.after);
        add(&mut text, &format!("{at} {compensation}{ship}/{instance}: {action} [{reason:?}]{after}"));
    }
    for (at, barrier) in plan.barriers.iter().enumerate() {
        let tolerance = barrier.tolerance.map(|one| match one.failures {
            usize::MAX => format!(", any may fail, counted: {:?}", one.counted),
            failures => format!(", {failures} may fail, counted: {:?}", one.counted),
        });
        let (kind, after) = (&barrier.kind, waits(&barrier.after));
        add(&mut text, &format!("barrier {at}: {kind:?}{after}{}", tolerance.unwrap_or_default()));
    }
    for (at, Compensation { kind, of, tolerates }) in plan.compensations.iter().enumerate() {
        let of: Vec<String> = of.iter().map(|step| step.0.to_string()).collect();
        let tolerates = if *tolerates > 0 { format!(", {tolerates} may fail") } else { String::new() };
        add(&mut text, &format!("compensation {at}: {kind:?} of {}{tolerates}", of.join(" ")));
    }
    let name = |id| &environment.instance(id).name;
    for one in &plan.unchanged {
        let note = one.note.as_ref().map(|note| format!(", {note:?}")).unwrap_or_default();
        add(&mut text, &format!("unchanged {}: {:?}{note}", name(one.instance), one.reason));
    }
    for one in &plan.blocked {
        add(&mut text, &format!("blocked {}: {:?}", name(one.instance), one.reason));
    }
    for one in &plan.remarks {
        add(&mut text, &format!("note {}: {:?}", name(one.instance), one.note));
    }
    for (word, all) in [("differs", &plan.differing), ("other peers", &plan.other_peers)] {
        for one in all {
            let fields: Vec<String> = one.differences.iter().map(difference).collect();
            add(&mut text, &format!("{word} {}: {}", name(one.instance), fields.join(", ")));
        }
    }
    for one in &plan.orphans {
        let ship = &environment.ship(one.ship).name;
        let removed = if one.removed { ", removed" } else { "" };
        add(&mut text, &format!("orphan {ship}/{} ({}): {:?}{removed}", one.container, one.id, one.reason));
    }
    for one in &plan.volumes {
        let (volume, path, fate) = (&one.volume, &one.path, &one.fate);
        add(&mut text, &format!("volume {} {volume} {path}: {fate:?}", name(one.instance)));
    }
    for one in &plan.moves {
        let (from, data) = (&environment.ship(one.from).name, one.data.join(", "));
        add(
            &mut text,
            &format!("move {}: {} from {from}, data: {data:?}", name(one.instance), one.container),
        );
    }
    named(&text, environment)
}

/// What a plan does to each thing: its kind, reason, order, what a failure restores, and the steps.
pub(super) fn changes(plan: &Plan, environment: &Environment) -> String {
    let mut text = String::new();
    for change in plan.changes_by_target() {
        let numbers =
            |steps: &[StepId]| steps.iter().map(|step| step.0.to_string()).collect::<Vec<_>>().join(" ");
        let order = change.order.map(|order| format!(" {order:?}")).unwrap_or_default();
        let restored = match change.on_failure {
            Some(restored) => format!(", {restored:?} restored by {}", numbers(&change.restoring)),
            None => String::new(),
        };
        let (target, kind, reason) = (change.target, change.kind, change.reason);
        let steps = numbers(&change.steps);
        add(&mut text, &format!("{target:?}: {kind:?}{order} [{reason:?}] by {steps}{restored}"));
    }
    named(&text, environment)
}

fn add(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string");
}

/// With the names of instances, services and ships for their places, and the names that engines made up in short.
pub(super) fn named(text: &str, environment: &Environment) -> String {
    let mut text = text.to_owned();
    let instances = environment.instances.iter().map(|one| ("InstanceId", &one.name)).enumerate();
    let services = environment.services.iter().map(|one| ("ServiceId", &one.name)).enumerate();
    let ships = environment.ships.iter().map(|one| ("ShipId", &one.name)).enumerate();
    for (at, (kind, name)) in instances.chain(services).chain(ships) {
        text = text.replace(&format!("{kind}({at})"), name);
    }
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words.map(|word| if word.len() >= 64 { volume(word) } else { word.to_owned() }).collect()
}

/// `web-1/data` for the name that `engines::volume` made of it.
fn volume(word: &str) -> String {
    let digits = word.trim_start_matches('0').as_bytes();
    let rest = word.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    let letters = digits.chunks_exact(2).filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        Some(char::from(u8::from_str_radix(pair, 16).ok()?))
    });
    format!("<{}>{rest}", letters.collect::<String>())
}

fn waits(after: &[Wait]) -> String {
    let words = after.iter().map(|wait| match wait {
        Wait::Step(step) => step.0.to_string(),
        Wait::Barrier(barrier) => format!("barrier {}", barrier.0),
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { String::new() } else { format!(" after {}", words.join(", ")) }
}

fn difference(one: &Difference) -> String {
    let value = |value: &Option<FieldValue>| {
        value.as_ref().map_or_else(|| "-".to_owned(), maestro_report::explain::difference::value)
    };
    let peers = if one.is_peers_alone { " (peers)" } else { "" };
    format!("{} {} → {}{peers}", one.field, value(&one.running), value(&one.declared))
}

fn checks(checks: &[Check]) -> String {
    let words = checks.iter().map(|check| match check {
        Check::Tcp { port, .. } => format!(" tcp {port}"),
        Check::Http(http) => format!(" http {}", http.port),
        Check::Exec { command, .. } => format!(" exec {}", command.join(" ")),
        Check::Rexec { command, .. } => format!(" rexec {}", command.join(" ")),
        Check::Docker { .. } => " docker".to_owned(),
        Check::Completion => " completion".to_owned(),
        Check::Sleep { wait } => format!(" sleep {wait:?}"),
    });
    words.collect()
}

/// An action with all that decides what it does.
fn action(action: &Action, environment: &Environment) -> String {
    let word = action.word();
    match action {
        Action::Container(action) => container(word, action, environment),
        Action::Service(ServiceAction::Create { name, request, files: _ }) => {
            format!("{word} service {name} {}", request.document)
        }
        Action::Service(ServiceAction::Update { name, id, request, files: _, force }) => {
            let force = if *force { ", forced" } else { "" };
            format!("{word} service {name} ({id}){force} {}", request.document)
        }
        Action::Image(ImageAction::Pull { image, .. }) => format!("{word} {image}"),
        Action::Image(ImageAction::Remove { id, names }) => format!("{word} {id} {names:?}"),
        Action::Image(ImageAction::Carry { image, from, id, size, missing }) => {
            format!("{word} {image} ({id}) from {from:?}, {missing} of {size} bytes")
        }
        Action::Network(NetworkAction::Create { name, environment, fixed, .. }) => {
            format!("{word} {name} of {environment}{}", if *fixed { ", fixed" } else { "" })
        }
        Action::Network(NetworkAction::Remove { name, environment })
        | Action::Volume(
            VolumeAction::RemoveLeftover { name, environment }
            | VolumeAction::RemoveNamed { name, environment }
            | VolumeAction::DiscardCopy { name, environment }
            | VolumeAction::TakeCopy { name, environment }
            | VolumeAction::Reuse { name, environment }
            | VolumeAction::Create { name, environment, .. },
        ) => {
            format!("{word} {name} of {environment}")
        }
        Action::Network(NetworkAction::Rejoin { container, id, membership }) => {
            let Membership { network, links, attachment } = &**membership;
            let aliases = &attachment.aliases;
            format!(
                "{word} {container}{} on {network}, links {links:?}, aliases {aliases:?}",
                seen(id.as_ref())
            )
        }
        Action::Volume(
            VolumeAction::Copy { name, environment: of, from: ship, .. }
            | VolumeAction::Keep { name, environment: of, to: ship },
        ) => {
            format!("{word} {name} of {of} and {}", environment.ship(*ship).name)
        }
        Action::Volume(VolumeAction::Remove { left }) => {
            format!("{word} {} of {} {}", left.volume, left.instance, left.path)
        }
        Action::Record(RecordAction::Write { record }) => {
            let each = record.instances.iter().flatten();
            let each: Vec<String> =
                each.map(|one| format!("{} {} {}", one.spec.name, one.spec.image, one.image_id)).collect();
            let found = if record.is_found { "before " } else { "" };
            format!("{word} {} {found}{:?}: {}", record.number, record.author.command, each.join(", "))
        }
        Action::Record(RecordAction::Forget { revision, volume }) => format!("{word} {revision} ({volume})"),
        Action::Wait(action) => wait(word, action),
    }
}

fn container(word: &str, action: &ContainerAction, environment: &Environment) -> String {
    match action {
        ContainerAction::Create { name, spec, volumes, names } => {
            let volumes = volumes.iter().map(|one| {
                let mark = if one.if_declared { "?" } else { "" };
                format!(" with {} {}{mark}", one.volume, one.path)
            });
            // Under its instance's name, or beside it, it is found as an engine does it by itself.
            let aliases = names.aliases.iter().filter(|alias| *alias != name);
            let found = aliases.map(|alias| format!(" found as {alias}"));
            let targets = names.targets.iter().map(|(target, name)| format!(" {target} is {name}"));
            let found: Vec<String> = found.chain(targets).collect();
            let found = found.concat();
            format!("{word} {name} from {}{}{found}", spec.image, volumes.collect::<String>())
        }
        ContainerAction::Copy { container, id, files } => {
            let files: Vec<&str> = files.iter().map(|file| file.target.as_str()).collect();
            format!("{word} {} to {container}{}", files.join(" "), seen(id.as_ref()))
        }
        ContainerAction::Reload { container, files, signals, record, replaced } => {
            let files: Vec<&str> = files.iter().map(|file| file.target.as_str()).collect();
            let replaced = replaced.iter().map(|volume| format!(" in place of {volume}"));
            let (files, signals) = (files.join(" "), signals.join(" "));
            let number = record.number;
            format!(
                "{word} {files} of {container} with {signals}, record {number}{}",
                replaced.collect::<String>()
            )
        }
        ContainerAction::Rename { container, id, to } => {
            format!("{word} {container}{} to {to}", seen(id.as_ref()))
        }
        ContainerAction::Discard { names, keep, keep_on, left, timeout } => {
            let (names, ship) = (names.join(" or "), &environment.ship(*keep_on).name);
            let left = if left.is_empty() { String::new() } else { format!(", left: {}", left.join(" ")) };
            format!("{word} {names}, not {keep} on {ship}{left}, {timeout:?}")
        }
        ContainerAction::Start { container, hooks } => format!("{word} {container}{}", self::hooks(hooks)),
        ContainerAction::Stop { hooks, container, id, timeout } => {
            format!("{word} {container} ({id}) {timeout:?}{}", self::hooks(hooks))
        }
        ContainerAction::Kill { container, id }
        | ContainerAction::Pause { container, id }
        | ContainerAction::Unpause { container, id } => format!("{word} {container} ({id})"),
        ContainerAction::Remove { container, id, leaves, file_volumes } => {
            let leaves = leaves.iter().map(|left| format!(" leaves {}", left.volume));
            let files = file_volumes.iter().map(|volume| format!(" with {volume}"));
            format!("{word} {container} ({id}){}", leaves.chain(files).collect::<String>())
        }
    }
}

fn hooks(hooks: &[Hook]) -> String {
    let each = hooks.iter().map(|hook| format!(" runs {}", hook.command.join(" ")));
    each.collect::<Vec<_>>().concat()
}

fn wait(word: &str, action: &WaitAction) -> String {
    match action {
        WaitAction::Ready { container, checks } => format!("{word} {container}{}", self::checks(checks)),
        WaitAction::Verify { container, id, checks, age } => {
            format!("{word} {container} ({id}) {age:?}{}", self::checks(checks))
        }
        WaitAction::Check { container, id, state: _, checks } => {
            format!("{word} {container}{}{}", seen(id.as_ref()), self::checks(checks))
        }
        WaitAction::Pause { duration } => format!("{word} {duration:?}"),
    }
}

fn seen(id: Option<&String>) -> String {
    id.map(|id| format!(" ({id})")).unwrap_or_default()
}
