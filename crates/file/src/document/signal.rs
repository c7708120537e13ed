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

pub(crate) fn check_signal(diagnostics: &mut Diagnostics, text: &Spanned<String>, example: &str) -> bool {
    let upper = text.value.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let is_number = text.value.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number));
    let is_real_time = ["RTMIN", "RTMAX"].iter().any(|first| name.starts_with(first));
    if is_number || is_real_time || SIGNALS.contains(&name) {
        return true;
    }
    let help = match nearest(name, SIGNALS) {
        Some(near) => Help::did_you_mean(text.span, &text.value, &format!("SIG{near}")),
        None => format!("write for example `{example}`; `kill -l` lists all").into(),
    };
    let problem = format!("there is no signal `{}`", text.value);
    diagnostics.push(Diagnostic::error("bad-signal", problem).at(text.span, "unknown signal").help(help));
    false
}
