//! The words for what is done: one place, so that plan, progress and failures say the same.

use std::time::Duration;

use maestro_core::{
    event::Subject,
    model::{Check, name::is_beside_name, swarm::without_digest},
    observed::{left_behind::LeftBehind, ship_facts::ClockSkew},
    plan::action::{
        Action, ActionKind, ContainerAction, ImageAction, NetworkAction, RecordAction, ServiceAction,
        VolumeAction, WaitAction,
    },
    value::check::Tries,
};

pub(crate) use super::{
    action_words::{awaited, doing, done, failed, running},
    size::size,
};
use super::{carried, hook, id::short_id, text::harmless};

/// `once`, `12 times`.
pub(crate) fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

/// What a step that takes long is doing, with what it waits for: `waiting until ready: 10.0.0.1:5432 answers within 30 s`.
pub(crate) fn underway(action: &Action) -> String {
    let doing = running(action.kind());
    match action {
        Action::Wait(
            WaitAction::Ready { checks, .. }
            | WaitAction::Verify { checks, .. }
            | WaitAction::Check { checks, .. },
        ) if !checks.is_empty() => format!("{doing}: {}", in_short(checks)),
        Action::Wait(WaitAction::Pause { duration: time }) => format!("{doing} {}", duration(*time)),
        Action::Container(ContainerAction::Stop { timeout, .. }) => {
            format!("{doing}, up to {}", duration(*timeout))
        }
        Action::Image(ImageAction::Pull { image, .. } | ImageAction::Carry { image, .. }) => {
            format!("{doing} {}", harmless(image))
        }
        Action::Image(action @ ImageAction::Remove { .. }) => format!("{doing} {}", image_name(action)),
        Action::Volume(VolumeAction::Copy { name, .. }) => format!("{doing} {}", harmless(name)),
        Action::Container(
            ContainerAction::Create { .. }
            | ContainerAction::Copy { .. }
            | ContainerAction::Reload { .. }
            | ContainerAction::Rename { .. }
            | ContainerAction::Discard { .. }
            | ContainerAction::Start { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Pause { .. }
            | ContainerAction::Unpause { .. }
            | ContainerAction::Remove { .. },
        )
        | Action::Service(_)
        | Action::Network(_)
        | Action::Volume(
            VolumeAction::Create { .. }
            | VolumeAction::Remove { .. }
            | VolumeAction::RemoveNamed { .. }
            | VolumeAction::RemoveLeftover { .. }
            | VolumeAction::DiscardCopy { .. }
            | VolumeAction::TakeCopy { .. }
            | VolumeAction::Reuse { .. }
            | VolumeAction::Keep { .. },
        )
        | Action::Record(_)
        | Action::Wait(WaitAction::Ready { .. } | WaitAction::Verify { .. } | WaitAction::Check { .. }) => {
            doing.to_owned()
        }
    }
}

/// The name of an image; without one, its short id.
fn image_name(action: &ImageAction) -> String {
    let name = action.name();
    if name.contains(['@', ':']) && !name.starts_with("sha256:") {
        harmless(name).into_owned()
    } else {
        short_id(name)
    }
}

/// An action in full, with what it is done to beside the instance itself.
pub(crate) fn action(action: &Action) -> String {
    match action {
        Action::Container(action) => container_action(action),
        Action::Service(ServiceAction::Create { name, .. }) => format!("create service {}", harmless(name)),
        Action::Service(ServiceAction::Update { name, force: false, .. }) => {
            format!("update service {}", harmless(name))
        }
        Action::Service(ServiceAction::Update { name, force: true, .. }) => {
            format!("update service {} and replace its tasks", harmless(name))
        }
        Action::Image(ImageAction::Pull { image, .. }) => format!("pull image {}", harmless(image)),
        Action::Image(action @ ImageAction::Remove { .. }) => format!("remove image {}", image_name(action)),
        Action::Image(ImageAction::Carry { image, from, size, missing, .. }) => {
            let amount = carried::amount(*missing, *size);
            format!("carry image {} from {}, {amount}", harmless(image), carried::source(from))
        }
        Action::Network(action) => network_action(action),
        Action::Volume(VolumeAction::Create { name, .. }) => format!("create volume {}", harmless(name)),
        Action::Volume(VolumeAction::Remove { left }) => remove_volume(left),
        Action::Volume(VolumeAction::RemoveNamed { name, .. }) => format!("remove volume {}", harmless(name)),
        Action::Volume(VolumeAction::RemoveLeftover { name, .. }) => match without_digest(name) {
            Some(name) => format!("remove {} of copied files", harmless(name)),
            None => format!("remove volume {} of copied files", short_id(name)),
        },
        Action::Volume(VolumeAction::Copy { name, .. }) => {
            format!("copy volume {} and verify the copy", harmless(name))
        }
        Action::Volume(VolumeAction::DiscardCopy { name, .. }) => {
            format!("remove the copy of volume {}", harmless(name))
        }
        Action::Volume(VolumeAction::TakeCopy { name, .. }) => {
            format!("record that the copy of volume {} is complete", harmless(name))
        }
        Action::Volume(VolumeAction::Reuse { name, .. }) => {
            format!("record that volume {} is used again", harmless(name))
        }
        Action::Volume(VolumeAction::Keep { name, .. }) => {
            format!("record that volume {} is kept", harmless(name))
        }
        Action::Record(RecordAction::Write { record }) => format!("record revision {}", record.number),
        Action::Record(RecordAction::Forget { revision, .. }) => format!("forget revision {revision}"),
        Action::Wait(action) => wait_action(action),
    }
}

fn container_action(action: &ContainerAction) -> String {
    match action {
        ContainerAction::Create { name, spec, volumes, names: _ } => {
            let named = match name {
                name if *name == spec.name => String::new(),
                name if is_beside_name(name, &spec.name) => format!(" {} beside it", harmless(name)),
                name => format!(" {}", harmless(name)),
            };
            let paths: Vec<_> = volumes.iter().map(|one| harmless(&one.path)).collect();
            let with = match &paths[..] {
                [] => String::new(),
                [one] => format!(" with the volume at {one}"),
                all => format!(" with the volumes at {}", all.join(", ")),
            };
            format!("create container{named}{with}")
        }
        ContainerAction::Copy { container, files, .. } => {
            format!("copy {} to {}", count(files.iter().len(), "file"), harmless(container))
        }
        ContainerAction::Reload { container, files, signals, .. } => {
            let (files, signals) = (count(files.iter().len(), "file"), signals.join(", "));
            format!("copy {files} to {} and send {signals}", harmless(container))
        }
        ContainerAction::Rename { container, to, .. } => {
            format!("rename {} to {}", harmless(container), harmless(to))
        }
        ContainerAction::Discard { names, .. } => {
            format!("stop and remove {} if it is new", harmless(&names.join(" or ")))
        }
        ContainerAction::Start { hooks, .. } => format!("start container{}", hook::after(hooks)),
        ContainerAction::Stop { hooks, id, timeout, .. } => {
            hook::stop(hooks, &short_id(id), &duration(*timeout))
        }
        ContainerAction::Kill { id, .. } => format!("kill container {}", short_id(id)),
        ContainerAction::Pause { id, .. } => format!("pause container {}", short_id(id)),
        ContainerAction::Unpause { id, .. } => format!("unpause container {}", short_id(id)),
        ContainerAction::Remove { id, leaves, file_volumes, .. } => {
            let files = if file_volumes.is_empty() { "" } else { " with the volumes of its files" };
            format!("remove container {}{files}{}", short_id(id), leaving(leaves))
        }
    }
}

fn network_action(action: &NetworkAction) -> String {
    match action {
        NetworkAction::Create { name, .. } => format!("create network {}", harmless(name)),
        NetworkAction::Remove { name, .. } => format!("remove network {}", harmless(name)),
        NetworkAction::Rejoin { container, membership, .. } if membership.attachment.aliases.is_empty() => {
            format!("remove links from container {}", harmless(container))
        }
        NetworkAction::Rejoin { container, membership, .. } => {
            let aliases = membership.attachment.aliases.join(", ");
            format!("switch links of {} to {}", harmless(&aliases), harmless(container))
        }
    }
}

fn wait_action(action: &WaitAction) -> String {
    match action {
        WaitAction::Ready { checks, .. } if checks.is_empty() => {
            "wait until ready: stays up for 300 ms".to_owned()
        }
        WaitAction::Ready { checks, .. } => format!("wait until ready: {}", in_short(checks)),
        WaitAction::Verify { checks, .. } if checks.is_empty() => {
            "check readiness: container state".to_owned()
        }
        WaitAction::Verify { checks, .. } => format!("check readiness: {}", in_short(checks)),
        WaitAction::Check { state, checks, .. } => {
            format!("{}: {}", doing(ActionKind::Check(*state)), in_short(checks))
        }
        WaitAction::Pause { duration: time } => format!("wait {}", duration(*time)),
    }
}

fn in_short(checks: &[Check]) -> String {
    checks.iter().map(check).collect::<Vec<String>>().join(", ")
}

/// What a removed container leaves behind.
fn leaving(leaves: &[LeftBehind]) -> String {
    let paths: Vec<_> = leaves.iter().map(|left| harmless(&left.path)).collect();
    if paths.is_empty() { String::new() } else { format!(", leave its volumes at {}", paths.join(", ")) }
}

fn remove_volume(left: &LeftBehind) -> String {
    let (instance, path) = (harmless(&left.instance), harmless(&left.path));
    format!("remove volume {} ({instance}, {path})", short_id(&left.volume))
}

/// A check in short.
pub(crate) fn check(check: &Check) -> String {
    let what = check.what();
    let what = harmless(&what);
    match check {
        Check::Tcp { host, port, max_wait } => {
            format!("{}:{port} answers within {}", harmless(host), duration(*max_wait))
        }
        Check::Http(http) => {
            let answer = match &http.pattern {
                Some(pattern) => format!("a body with `{}`", harmless(&pattern.written)),
                None => "status 200".to_owned(),
            };
            let trust = if http.options.verify { "" } else { ", certificate not verified" };
            format!("{what} gives {answer} within {}{trust}", duration(http.max_wait))
        }
        Check::Exec { tries, .. } => {
            format!("{what} on this machine succeeds within {}", tried(*tries))
        }
        Check::Rexec { tries, .. } => format!("{what} succeeds within {}", tried(*tries)),
        Check::Docker { max_wait } => format!("{what} passes within {}", duration(*max_wait)),
        Check::Completion => "it ends with exit code 0".to_owned(),
        Check::Sleep { wait } => format!("{} pass", duration(*wait)),
    }
}

/// How long a command is tried: `30 s`, or the number of tries that it gets if they are slow.
fn tried(tries: Tries) -> String {
    match tries.at_most {
        Some(most) => duration(most),
        None if tries.at_least == 1 => format!("{} (1 try at least)", duration(tries.within)),
        None => format!("{} ({} tries at least)", duration(tries.within), tries.at_least),
    }
}

/// A duration that somebody asked for, as exact as it was said.
fn duration(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// A duration in seconds, with a tenth as long as that tells something.
pub(crate) fn seconds(milliseconds: u64) -> String {
    let tenths = milliseconds.saturating_add(50) / 100;
    match tenths {
        0..600 => format!("{}.{} s", tenths / 10, tenths % 10),
        600..36_000 => format!("{} min {} s", tenths / 600, tenths / 10 % 60),
        _ => format!("{} h {} min", tenths / 36_000, tenths / 600 % 60),
    }
}

/// `1 step`, `2 steps`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// How long ago something was, in the largest of these units, which are given in seconds: `3 days ago`. None if it is less
/// than any of them.
pub(crate) fn ago(seconds: u64, units: &[(u64, &str)]) -> Option<String> {
    let (size, word) = units.iter().find(|(size, _)| seconds >= *size)?;
    Some(format!("{} ago", count(usize::try_from(seconds / size).unwrap_or(usize::MAX), word)))
}

/// A subject at the head of a line: `server-1 on local`.
pub(crate) fn on(subject: &Subject) -> String {
    let ship = harmless(&subject.ship);
    match &subject.instance {
        Some(instance) => format!("{} on {ship}", harmless(instance)),
        None => format!("ship {ship}"),
    }
}

/// A clock that differs by less is told as right.
const RIGHT_CLOCK: Duration = Duration::from_secs(1);

/// `right`, `2 h 5 min behind`.
pub(crate) fn skew(skew: ClockSkew) -> String {
    match skew {
        ClockSkew::Ahead(by) if by >= RIGHT_CLOCK => format!("{} ahead", span(by)),
        ClockSkew::Behind(by) if by >= RIGHT_CLOCK => format!("{} behind", span(by)),
        ClockSkew::None | ClockSkew::Ahead(_) | ClockSkew::Behind(_) => "right".to_owned(),
    }
}

/// Two units of a time: `3 d 4 h`, `5 min 2 s`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [
        ("d", seconds / 86_400),
        ("h", seconds / 3600 % 24),
        ("min", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let first = units.iter().position(|(_, number)| *number > 0).unwrap_or(units.len() - 1);
    let shown = units[first..].iter().take(2).filter(|(_, number)| *number > 0);
    shown.map(|(unit, number)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_as_exact_as_it_is_useful() {
        let shown = [0, 49, 50, 3_249, 59_949, 60_000, 125_000, 7_260_000].map(seconds);
        assert_eq!(
            shown,
            ["0.0 s", "0.0 s", "0.1 s", "3.2 s", "59.9 s", "1 min 0 s", "2 min 5 s", "2 h 1 min"]
        );
    }

    #[test]
    fn a_clock_is_right_or_told_in_two_units() {
        let told = |seconds| skew(ClockSkew::Ahead(Duration::from_millis(seconds)));
        assert_eq!(
            ["right", "1 s ahead", "2 h ahead", "1 d 2 h ahead"],
            [999, 1999, 7_201_000, 93_700_000].map(told)[..]
        );
    }
}
