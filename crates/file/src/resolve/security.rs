//! `security_opt: seccomp=FILE`. Engines take the JSON of a profile and no path of this machine, so it is read here.

use std::path::Path;

use super::{
    Resolver, Section, bad,
    container::{cannot_read, either},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
};

impl Resolver<'_, '_> {
    /// The security options as engines take them: a seccomp profile in a file is read.
    pub(super) fn security_options(&mut self, section: Section<'_>) -> Vec<String> {
        let options = either(section, |s| &s.security_opt).unwrap_or_default();
        let sides = [&section.instance.settings, &section.service.settings];
        let key = sides.iter().find_map(|side| side.written.iter().find(|key| key.value == "security_opt"));
        let span = key.map_or(section.instance.span, |key| key.span);
        let option = |option: String| match profile_path(&option) {
            None if option.ends_with(['=', ':']) => {
                self.diagnostics.push(without_value(&option, span));
                None
            }
            Some(path) => self.seccomp_profile(&Spanned::new(path.to_owned(), span)),
            None => Some(option),
        };
        options.into_iter().filter_map(option).collect()
    }

    fn seccomp_profile(&mut self, path: &Spanned<String>) -> Option<String> {
        let bytes = match (self.read_file)(Path::new(&path.value)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let (why, help) = cannot_read(&error, &self.sources.file(path.span.file).name);
                let text = format!("the seccomp profile `{}` cannot be read", path.value);
                self.diagnostics.push(bad("bad-file", text, path.span, why).help(help));
                return None;
            }
        };
        match with_profile(&bytes) {
            Ok(option) => Some(option),
            Err(error) => {
                self.diagnostics.push(not_json(&path.value, path.span, error));
                None
            }
        }
    }
}

/// An option whose value is missing: an engine would take it for none at all.
fn without_value(option: &str, span: Span) -> Diagnostic {
    let name = option.trim_end_matches(['=', ':']);
    let text = format!("the security option `{option}` has no value");
    let example = match name {
        "seccomp" => "seccomp=unconfined",
        "apparmor" => "apparmor=docker-default",
        "label" => "label=disable",
        _ => "no-new-privileges=true",
    };
    bad("bad-option", text, span, "nothing stands after its name")
        .help(format!("write what it should be, for example `security_opt: [{example}]`, or leave it out"))
}

/// What is to be said of a profile that cannot be read for that error.
pub(super) fn not_json(path: &str, span: Span, error: String) -> Diagnostic {
    let text = format!("the seccomp profile `{path}` is not JSON");
    bad("bad-file", text, span, error)
        .help("write a profile as Docker's documentation has it: `{\"defaultAction\": …}`")
}

/// The path in `seccomp=FILE`; none for other options, for names of profiles, and for a profile in the option itself.
pub(super) fn profile_path(option: &str) -> Option<&str> {
    let profile = ["seccomp=", "seccomp:"].iter().find_map(|name| option.strip_prefix(name))?;
    (!matches!(profile, "" | "unconfined" | "builtin") && !profile.starts_with('{')).then_some(profile)
}

/// The option with a profile in place of its path.
///
/// # Errors
/// What is wrong with the JSON.
pub(super) fn with_profile(bytes: &[u8]) -> Result<String, String> {
    let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| error.to_string())?;
    Ok(format!("seccomp={}", compact(text)))
}

/// JSON without spaces and line breaks between its words; keys and numbers stay as they are.
fn compact(json: &str) -> String {
    let (mut compact, mut is_text, mut is_escaped) = (String::with_capacity(json.len()), false, false);
    for c in json.chars() {
        if is_text {
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            is_text = c == '"';
        }
        compact.push(c);
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_compacted_and_not_changed() {
        let json = "{ \"b\": 1.50,\n  \"a\": [\"x y\", \"\\\"q\\\\\", true ] }\n";
        let option = with_profile(json.as_bytes()).unwrap();
        assert_eq!(option, r#"seccomp={"b":1.50,"a":["x y","\"q\\",true]}"#);
        assert!(with_profile(b"{").is_err() && with_profile(b"\xff").is_err());
    }

    #[test]
    fn only_a_path_is_read() {
        assert_eq!(profile_path("seccomp=a.json"), Some("a.json"));
        assert_eq!(profile_path("seccomp:a.json"), Some("a.json"));
        for other in
            ["seccomp=unconfined", "seccomp=builtin", "seccomp={}", "no-new-privileges", "apparmor=a"]
        {
            assert_eq!(profile_path(other), None, "{other}");
        }
    }
}
