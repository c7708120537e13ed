//! Commands that run in a container after its start and before its stop.

use crate::text::harmless;
use maestro_core::value::hook::Hook;

/// What follows a start: `, then run /setup.sh in it`.
pub(crate) fn after(hooks: &[Hook]) -> String {
    let each = hooks.iter().map(|hook| format!(", then run {} in it", harmless(hook.program())));
    each.collect::<Vec<_>>().concat()
}

/// A stop, and what comes before it: `run /drain.sh, then stop container 1a2b, kill it after 10 s`.
pub(crate) fn stop(hooks: &[Hook], container: &str, timeout: &str) -> String {
    let each = hooks.iter().map(|hook| format!("run {}, then ", harmless(hook.program())));
    let hooks = each.collect::<Vec<_>>().concat();
    format!("{hooks}stop container {container}, kill it after {timeout}")
}
