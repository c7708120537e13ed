//! A colon in a path: most are in front of a mode, as `docker run` and Compose have it.

use super::super::bad;
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Spanned,
};

/// Modes that stand behind the paths of other tools.
const MODES: [&str; 6] = ["ro", "readonly", "read_only", "rw", "z", "Z"];

/// What is wrong with a path that has a colon.
pub(super) fn problem(path: &Spanned<String>) -> Diagnostic {
    mode(path).unwrap_or_else(|| {
        let text = format!("`{}` has a `:` in it, at which an engine ends a path", path.value);
        bad("bad-volume", text, path.span, "no engine mounts this")
            .help("rename the directory, or mount the one above it")
    })
}

/// Tells `/srv/data:ro`, if this is that.
fn mode(path: &Spanned<String>) -> Option<Diagnostic> {
    let (before, mode) = path.value.rsplit_once(':').filter(|(_, mode)| MODES.contains(mode))?;
    let help = if mode.starts_with("ro") || mode.starts_with("read") {
        format!(
            "write `{before}`; with `__maestro: {{schema: 2}}`, `{before}: {{target: PATH INSIDE, mode: ro}}`"
        )
    } else {
        format!("write `{before}`")
    };
    let text = format!("`{mode}` is a mode, and a mode is a key here");
    let label = format!("a path has no `:{mode}` behind it");
    Some(bad("bad-volume", text, path.span, label).help(Help::from(help).replace(path.span, before)))
}
