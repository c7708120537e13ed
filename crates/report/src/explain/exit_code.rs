//! What an exit code tells by convention.

/// What an exit code means, as a clause; none where it is the program's own.
#[must_use]
pub fn meaning(code: i64) -> Option<String> {
    match code {
        126 => Some("the command could not be executed".to_owned()),
        127 => Some("the command was not found".to_owned()),
        134 => Some("aborted (SIGABRT)".to_owned()),
        137 => Some("killed (SIGKILL)".to_owned()),
        139 => Some("crashed (SIGSEGV)".to_owned()),
        143 => Some("stopped (SIGTERM)".to_owned()),
        129..=192 => Some(format!("signal {}", code - 128)),
        _ => None,
    }
}
