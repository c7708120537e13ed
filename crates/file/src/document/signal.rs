//! Signals that containers get.

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::Spanned,
};

/// Signals by name, without `SIG`.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// A signal as engines take it: its number, or its name with `SIG`. `None` if there is none of that name.
#[must_use]
pub fn signal(text: &str) -> Option<String> {
    if text.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number)) {
        return Some(text.to_owned());
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let is_real_time = ["RTMIN", "RTMAX"].iter().any(|first| name.starts_with(first));
    (is_real_time || SIGNALS.contains(&name)).then(|| format!("SIG{name}"))
}

/// The signal whose name resembles a word most, with `SIG`.
#[must_use]
pub fn nearest_signal(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    nearest(upper.strip_prefix("SIG").unwrap_or(&upper), SIGNALS).map(|near| format!("SIG{near}"))
}

pub(crate) fn check_signal(diagnostics: &mut Diagnostics, text: &Spanned<String>, example: &str) -> bool {
    if signal(&text.value).is_some() {
        return true;
    }
    let help = match nearest_signal(&text.value) {
        Some(near) => Help::did_you_mean(text.span, &text.value, &near),
        None => format!("write for example `{example}`; `kill -l` lists all").into(),
    };
    let problem = format!("there is no signal `{}`", text.value);
    diagnostics.push(Diagnostic::error("bad-signal", problem).at(text.span, "unknown signal").help(help));
    false
}
