//! Why a saved plan was not applied: all that has changed since, a line each.

use maestro_core::{
    plan::stale::{Divergence, DivergenceKind},
    value::shell::quoted,
};

use super::{id::short_id, labels::count, problem::CommandProblem, text::harmless};

/// So many changes are told one by one.
const SHOWN: usize = 100;

/// What a refusal says. `file` is where the plan was read from, `again` the command that plans anew.
#[must_use]
pub fn refusal(changes: &[Divergence], file: &str, again: &str) -> CommandProblem {
    let silent = changes.iter().all(|change| matches!(change, Divergence::Silent { .. }));
    let found = match (silent, changes.len()) {
        (true, 1) => "a ship that it needs no longer answers".to_owned(),
        (true, ships) => format!("{} that it needs no longer answer", count(ships, "ship")),
        (false, 1) => "1 thing has changed since it was saved".to_owned(),
        (false, things) => format!("{} have changed since it was saved", count(things, "thing")),
    };
    let file = harmless(file);
    let mut lines: Vec<String> = Vec::new();
    for change in changes.iter().take(SHOWN) {
        lines.push(harmless(&line(change)).into_owned());
    }
    if let Some(more @ 1..) = changes.len().checked_sub(SHOWN) {
        lines.push(format!("and {}", count(more, "other change")));
    }
    let help = if silent {
        format!(
            "bring the ship back and run the same command, or plan without the ship: `{}`",
            harmless(again)
        )
    } else {
        format!("save a new plan and review it: `{}`", harmless(again))
    };
    let problem = CommandProblem::new(format!("the plan in {file} was not applied: {found}"));
    lines.into_iter().fold(problem, CommandProblem::note).note("holds: nothing was changed").help(help)
}

/// `web-1: it was stopped, or ended by itself`. Untrusted.
fn line(change: &Divergence) -> String {
    match change {
        Divergence::Declared { name, is_service, how } => declared(name, *is_service, *how),
        Divergence::Silent { ship, reason } => format!("ship {ship}: it no longer answers ({reason})"),
        Divergence::Answers { ship } => format!("ship {ship}: it answers now"),
        Divergence::Engine { ship } => format!("ship {ship}: another engine answers there now"),
        Divergence::Container { instance, was, is } => match (was, is) {
            (Some(was), Some(is)) => format!(
                "{instance}: container {} exists now; the plan has container {}",
                short_id(is),
                short_id(was)
            ),
            (Some(was), None) => format!("{instance}: container {} is gone", short_id(was)),
            (None, is) => {
                let id = is.as_deref().map(short_id).unwrap_or_default();
                format!("{instance}: container {id} exists now; the plan has none")
            }
        },
        Divergence::State { instance, was, is } => state(instance, was, is),
        Divergence::Made { instance, fields } if fields.is_empty() => {
            format!("{instance}: its container was changed")
        }
        Divergence::Made { instance, fields } => {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            format!("{instance}: its container was changed: {}", fields.join(", "))
        }
        Divergence::Image { ship, image, how } => match how {
            DivergenceKind::New => format!("ship {ship}: the image {image} is there now"),
            DivergenceKind::Gone => format!("ship {ship}: the image {image} is not there any more"),
            DivergenceKind::Other => format!("ship {ship}: the image {image} is another one now"),
        },
        Divergence::Orphan { ship, container, how } => match how {
            DivergenceKind::New => {
                format!("{container} @{ship}: it is there now, and the file does not declare it")
            }
            DivergenceKind::Gone => format!("{container} @{ship}: it is gone, or the file declares it now"),
            DivergenceKind::Other => {
                format!("{container} @{ship}: it is another one now, and the file does not declare it")
            }
        },
        Divergence::Steps { whom, was, is } if was == is => {
            format!("{whom}: the plan is to {}, which would be done otherwise now", done(was))
        }
        Divergence::Steps { whom, was, is } => {
            format!("{whom}: the plan is to {}; now it would be to {}", done(was), done(is))
        }
        Divergence::Plan => "what is planned now is another plan, as in the order of its steps".to_owned(),
    }
}

fn declared(name: &str, is_service: bool, how: DivergenceKind) -> String {
    let kind = if is_service { "service" } else { "instance" };
    match how {
        DivergenceKind::New => format!("{name}: the file has this {kind} now"),
        DivergenceKind::Gone => format!("{name}: the file does not have this {kind} any more"),
        DivergenceKind::Other if is_service => {
            format!("{name}: the file says something else of this service now")
        }
        DivergenceKind::Other => format!("{name}: the file says something else of it now"),
    }
}

fn state(instance: &str, was: &str, is: &str) -> String {
    match (was, is) {
        (_, "running") => format!("{instance}: it was started (its container was {was})"),
        ("running", "exited") => format!("{instance}: it was stopped, or ended by itself"),
        _ => format!("{instance}: its container is {is} now, and was {was}"),
    }
}

fn done(actions: &[String]) -> String {
    if actions.is_empty() {
        return "leave it alone".to_owned();
    }
    actions.join(", ")
}

/// The command that saves such a plan anew.
#[must_use]
pub fn again(invocation: &str, asked: &maestro_core::plan::saved::Asked, file: &str) -> String {
    let mut words = vec![invocation.to_owned(), "plan".to_owned()];
    let flags = [
        (asked.prune, "--prune"),
        (asked.adopt, "--adopt"),
        (asked.peers, "--peers"),
        (asked.with_dependencies, "-d"),
        (asked.ignore_dependencies, "-i"),
    ];
    words.extend(flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()));
    for (option, value) in [("-C", &asked.container_filter), ("-S", &asked.ship_filter)] {
        words.extend(value.iter().flat_map(|value| [option.to_owned(), quoted(value)]));
    }
    words.extend(asked.things.iter().map(|thing| quoted(thing)));
    words.extend(["-o".to_owned(), quoted(file)]);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::plan::saved::Asked;

    /// One of each kind.
    fn all() -> Vec<Divergence> {
        let text = str::to_owned;
        let id = |id: &str| Some(id.to_owned());
        let container = |was, is| Divergence::Container { instance: text("web-1"), was, is };
        let state =
            |was: &str, is: &str| Divergence::State { instance: text("web-1"), was: text(was), is: text(is) };
        let declared = |is_service, how| Divergence::Declared { name: text("web"), is_service, how };
        let image = |how| Divergence::Image { ship: text("local"), image: text("shop:1"), how };
        let orphan = |how| Divergence::Orphan { ship: text("local"), container: text("old-1"), how };
        let made = |fields: &[&str]| Divergence::Made {
            instance: text("web-1"),
            fields: fields.iter().map(|&field| text(field)).collect(),
        };
        let steps = |was: &[&str], is: &[&str]| Divergence::Steps {
            whom: text("web-1"),
            was: was.iter().map(|&word| text(word)).collect(),
            is: is.iter().map(|&word| text(word)).collect(),
        };
        vec![
            declared(true, DivergenceKind::Other),
            declared(true, DivergenceKind::New),
            declared(false, DivergenceKind::Gone),
            declared(false, DivergenceKind::Other),
            Divergence::Silent { ship: text("far"), reason: text("connection refused\u{1b}[2J") },
            Divergence::Answers { ship: text("far") },
            Divergence::Engine { ship: text("far") },
            container(id("0123456789"), id("abcdef0123")),
            container(id("0123456789"), None),
            container(None, id("abcdef0123")),
            state("running", "exited"),
            state("exited", "running"),
            state("running", "paused"),
            made(&[]),
            made(&["limits.memory", "name"]),
            image(DivergenceKind::New),
            image(DivergenceKind::Gone),
            image(DivergenceKind::Other),
            orphan(DivergenceKind::New),
            orphan(DivergenceKind::Gone),
            orphan(DivergenceKind::Other),
            steps(&["stop", "remove"], &[]),
            steps(&["create"], &["create"]),
            Divergence::Plan,
        ]
    }

    #[test]
    fn each_change_is_a_line() {
        let changes = all();
        insta::assert_snapshot!(refusal(&changes, "next.plan", "maestro plan -o next.plan").text(), @r#"
        error: the plan in next.plan was not applied: 24 things have changed since it was saved
          web: the file says something else of this service now
          web: the file has this service now
          web: the file does not have this instance any more
          web: the file says something else of it now
          ship far: it no longer answers (connection refused\u{1b}[2J)
          ship far: it answers now
          ship far: another engine answers there now
          web-1: container abcdef0123 exists now; the plan has container 0123456789
          web-1: container 0123456789 is gone
          web-1: container abcdef0123 exists now; the plan has none
          web-1: it was stopped, or ended by itself
          web-1: it was started (its container was exited)
          web-1: its container is paused now, and was running
          web-1: its container was changed
          web-1: its container was changed: limits.memory, name
          ship local: the image shop:1 is there now
          ship local: the image shop:1 is not there any more
          ship local: the image shop:1 is another one now
          old-1 @local: it is there now, and the file does not declare it
          old-1 @local: it is gone, or the file declares it now
          old-1 @local: it is another one now, and the file does not declare it
          web-1: the plan is to stop, remove; now it would be to leave it alone
          web-1: the plan is to create, which would be done otherwise now
          what is planned now is another plan, as in the order of its steps
          holds: nothing was changed
          help: save a new plan and review it: `maestro plan -o next.plan`
        "#);
        insta::assert_snapshot!(refusal(&changes[4..5], "next.plan", "maestro plan -o next.plan").text(), @r#"
        error: the plan in next.plan was not applied: a ship that it needs no longer answers
          ship far: it no longer answers (connection refused\u{1b}[2J)
          holds: nothing was changed
          help: bring the ship back and run the same command, or plan without the ship: `maestro plan -o next.plan`
        "#);
        let many = vec![Divergence::Plan; SHOWN + 2];
        assert!(refusal(&many, "a", "b").text().contains("\n  and 2 other changes\n  holds"));
        assert!(
            refusal(&changes[..1], "a", "b").text().contains(": 1 thing has changed since it was saved\n")
        );
    }

    #[test]
    fn the_command_that_plans_anew_is_the_one_that_planned() {
        let asked = Asked {
            things: vec!["web".into(), "it's".into()],
            container_filter: Some("web-*".into()),
            adopt: true,
            ..Asked::default()
        };
        assert_eq!(
            again("maestro -f shop.yaml", &asked, "next plan"),
            "maestro -f shop.yaml plan --adopt -C 'web-*' web \"it's\" -o 'next plan'"
        );
    }
}
