//! Nushell, for which `clap_complete` has no completions that ask the program.

use std::{ffi::OsString, io, path::Path};

use clap_complete::{engine::complete, env::EnvCompleter};
use serde_json::{Value, json};

/// The adapter of Nushell: its external completer asks the program, and passes other programs on to the completer that was
/// there before. Declared commands (`extern`) would refuse options of other programs, as in `maestro exec web-1 ls -l`.
pub(in crate::cli) struct Nushell;

impl EnvCompleter for Nushell {
    fn name(&self) -> &'static str {
        "nushell"
    }

    fn is(&self, name: &str) -> bool {
        name == "nu" || name == "nushell"
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        _bin: &str,
        completer: &str,
        buf: &mut dyn io::Write,
    ) -> io::Result<()> {
        write!(
            buf,
            r#"$env.config.completions.external.completer = do {{
    let others = $env.config.completions?.external?.completer?
    {{|spans|
        if $spans.0 == "{name}" {{
            with-env {{{variable}: "nushell"}} {{ ^{completer} -- ...$spans | complete }} | get stdout | from json
        }} else if $others != null {{
            do $others $spans
        }}
    }}
}}
"#
        )
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn io::Write,
    ) -> io::Result<()> {
        let last = args.len().saturating_sub(1);
        let candidates = complete(command, args, last, current_dir)?;
        let offered: Vec<Value> = candidates
            .iter()
            .map(|candidate| {
                let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
                let value = quoted(&candidate.get_value().to_string_lossy());
                json!({"value": value, "description": help.lines().next().unwrap_or_default()})
            })
            .collect();
        // Nushell offers files where a completer has nothing (`null`).
        let answer = if offered.is_empty() { Value::Null } else { Value::Array(offered) };
        writeln!(buf, "{answer}")
    }
}

/// A word as it is typed in Nushell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/_-.,+=:@~%".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_nushell_would_split_are_quoted() {
        assert_eq!(quoted("web-1"), "web-1");
        assert_eq!(quoted("./files/site.yaml"), "./files/site.yaml");
        assert_eq!(quoted("my file"), "\"my file\"");
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted("$(x)"), "\"$(x)\"");
    }
}
