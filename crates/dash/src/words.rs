//! The dashboard's own words.

use super::{
    facts::DashState,
    model::{DashOptions, Question},
    page::TextPage,
};
use maestro_report::labels::count;

pub(crate) const PLAN: &str = "what `apply` would do";
pub(crate) const READ_ONLY: &str = "--read-only: nothing is changed";
pub(crate) const NOT_APPLICABLE: &str = "there is nothing to apply";
pub(crate) const PLAN_AWAITED: &str = "the plan is not there yet";
pub(crate) const REFUSED: &str = "the plan is refused: its text tells why";
pub(crate) const INTERRUPTED: &str = "no new steps start; Ctrl-C again leaves the run";
pub(crate) const ASKED: &str = "asking the ships…";
pub(crate) const AWAITED: &str = "a moment…";
pub(crate) const NOTHING_LOGGED: &str = "nothing was written yet";
pub(crate) const MISTAKES: &str = "the file has mistakes (`config` shows them); this is what was read before";

/// Keys of the list, the most important first.
pub(crate) const LIST_KEYS: &[(&str, &str, bool)] = &[
    ("Enter", "details", false),
    ("l", "logs", false),
    ("s", "shell", true),
    ("r", "restart", true),
    ("p", "plan", false),
    ("/", "filter", false),
    ("g", "group", false),
    ("q", "quit", false),
    ("?", "help", false),
];

/// Keys of a text.
pub(crate) const TEXT_KEYS: &[(&str, &str, bool)] = &[("↑↓", "scroll", false), ("q", "back", false)];

/// Keys of a plan.
pub(crate) const PLAN_KEYS: &[(&str, &str, bool)] =
    &[("a", "apply", true), ("p", "plan again", false), ("↑↓", "scroll", false), ("q", "back", false)];

/// Keys of a log.
pub(crate) const LOG_KEYS: &[(&str, &str, bool)] = &[
    ("/", "search", false),
    ("n", "older", false),
    ("N", "newer", false),
    ("←→", "sides", false),
    ("End", "follow", false),
    ("q", "back", false),
    ("?", "help", false),
];

/// Keys of a run.
pub(crate) const RUN_KEYS: &[(&str, &str, bool)] =
    &[("↑↓", "scroll", false), ("Ctrl-C", "start no new steps", true), ("q", "back, it goes on", false)];

/// `shop · 3 ships · 16 of 20 instances ready`.
pub(crate) fn title(state: &DashState) -> String {
    let instances = state.rows.iter().filter(|row| row.is_instance()).count();
    let ready = state.rows.iter().filter(|row| row.is_instance() && row.is_ready()).count();
    let silent = state.ships.iter().filter(|ship| ship.silent.is_some()).count();
    let unreachable = if silent > 0 { format!(" ({silent} unreachable)") } else { String::new() };
    format!(
        "{} · {}{unreachable} · {ready} of {} ready",
        state.environment,
        count(state.ships.len(), "ship"),
        count(instances, "instance")
    )
}

/// `3 of 5 ready`, of a group.
pub(crate) fn ready(ready: usize, instances: usize) -> String {
    format!("{ready} of {instances} ready")
}

/// `? gamma unreachable: no connection`.
pub(crate) fn unreachable(ship: &str, reason: &str) -> String {
    format!("? {ship} unreachable: {reason}")
}

/// Of further ships that do not answer.
pub(crate) fn more_unreachable(number: usize) -> String {
    format!("? {number} more unreachable")
}

pub(crate) fn not_up(name: &str) -> String {
    format!("{name} is not up: a shell needs a running container")
}

pub(crate) fn orphan(name: &str, invocation: &str) -> String {
    format!("{name} is an orphan: `{invocation} apply --prune` removes it")
}

pub(crate) fn runs_already(typed: &str) -> String {
    format!("`{typed}` still runs: `p` shows it")
}

pub(crate) fn running(typed: &str) -> String {
    format!("running: {typed}")
}

pub(crate) fn ended(typed: &str, code: u8) -> String {
    if code == 0 { format!("`{typed}`: done") } else { format!("`{typed}` ended with exit code {code}") }
}

pub(crate) fn not_found(text: &str) -> String {
    format!("no line has `{text}`")
}

pub(crate) fn filtered(filter: &str) -> String {
    format!("filter: {filter}")
}

pub(crate) fn too_small((columns, rows): (u16, u16), (least_columns, least_rows): (u16, u16)) -> String {
    format!("{columns}×{rows} is too small: {least_columns}×{least_rows} at least")
}

/// What is asked before something is changed.
pub(crate) fn question(question: &Question) -> String {
    match question {
        Question::Restart(name) => format!("Restart {name} with a new container? y/n"),
        Question::Apply => "Apply this plan? y/n".to_owned(),
        Question::Leave => {
            "A run goes on. Start no new steps, wait for those in progress and quit? y/n".to_owned()
        }
    }
}

/// What all keys do.
pub(crate) fn help(options: &DashOptions) -> TextPage {
    let keys: [(&str, &str, bool); 22] = [
        ("↑ ↓ j k", "previous and next", false),
        ("PgUp PgDn", "a page up and down", false),
        ("Home End", "first and last; the end of a log is followed", false),
        ("", "", false),
        ("Enter", "details: its state and why, what runs beside the file", false),
        ("l", "its log, followed", false),
        ("s", "a shell in it; its end leads back here", true),
        ("r", "restart it with a new container", true),
        ("p", "the plan of `apply`", false),
        ("a", "in the plan: apply it", true),
        ("", "", false),
        ("/", "filter the list by words; search a log", false),
        ("n N", "in a log: next older, next newer hit", false),
        ("← →", "in a log: the left and right of long lines", false),
        ("g", "group by ship or by service", false),
        ("", "", false),
        ("Ctrl-L", "draw the screen again", false),
        ("q Esc", "back; in the list `q` quits", false),
        ("Ctrl-C", "quit; during a run: start no new steps", false),
        ("", "", false),
        ("✓ ✗ ! ? · -", "ready, failed, needs a look, ship unreachable, absent, orphan", false),
        ("▁ … █", "a full bar is a whole processor, or the limit of memory", false),
    ];
    let keys = keys.into_iter().filter(|(_, _, changes)| !(*changes && options.read_only));
    let lines = keys.map(|(key, what, _)| {
        let missing = 12_usize.saturating_sub(key.chars().count());
        format!("  {key}{} {what}", " ".repeat(missing)).trim_end().to_owned()
    });
    TextPage { title: "keys".to_owned(), lines: Some(lines.collect()), top: 0 }
}
