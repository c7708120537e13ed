//! Paths of this machine that containers of other machines would mount, of either format.

use maestro_core::{diagnostic::Diagnostic, source::Span};

/// A path of this machine that a container mounts.
pub(super) struct LocalPath<'a> {
    /// The path as it is written.
    pub written: &'a str,
    /// Where it is written.
    pub span: Span,
    /// Whether it is a file.
    pub is_file: bool,
    /// The path inside.
    pub target: &'a str,
}

/// What is to be said of a path that is not on a ship; `carry` is what copies it there by itself.
pub(super) fn not_on_ship(path: &LocalPath<'_>, ship: &str, carry: Option<String>) -> Diagnostic {
    let LocalPath { written, span, is_file, target } = path;
    let text = format!("`{written}` is on this machine, and ship `{ship}` is another one");
    let problem = Diagnostic::error("local-path", text)
        .at(*span, "mounted from the ship")
        .note("its engine would mount an empty directory");
    let or = if carry.is_some() { "or " } else { "" };
    let problem = match carry {
        Some(carry) => problem.help(carry),
        None => problem,
    };
    if !is_file {
        return problem
            .help(format!("{or}make configs of its files: `maestro config --fix-binds`"))
            .help("or put the directory on the ship, and mount it by its whole path there");
    }
    problem.help(format!(
        "{or}make it a config, as `maestro config --fix-binds` does: `configs: {{NAME: {{file: {written}}}}}`, and `configs: [{{source: NAME, target: {target}}}]` in the service",
    ))
}
