//! The name of a project.

use super::{
    dotenv::ProjectVariables,
    element::Content,
    interpolation::interpolate,
    loader::Loader,
    request::{Located, ProjectRequest},
    scalar,
};
use crate::document::yaml::NodeKind;
use maestro_core::{diagnostic::Diagnostic, source::Span};

/// The name with nothing but small letters, digits, `-` and `_`, the first of them a letter or a digit.
pub(super) fn normalised(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(*c))
        .collect();
    kept.trim_start_matches(['-', '_']).to_owned()
}

/// The project's name: the one asked for, that of `COMPOSE_PROJECT_NAME`, that of the last file that has one, or that of the
/// directory. A name that cannot be one is told, and stands for any: the rest of the project is read all the same.
pub(super) fn find(loader: &mut Loader<'_>, request: &ProjectRequest, located: &Located) -> String {
    let of_variable = located.environment.get("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty());
    if let Some(name) = request.name.as_ref().or(of_variable) {
        let from = if request.name.is_some() { None } else { Some("COMPOSE_PROJECT_NAME") };
        return explicit(loader, name, from);
    }
    let written =
        located.files.iter().filter_map(|(path, _)| in_file(loader, path, &located.environment)).last();
    let name = match &written {
        Some((name, _)) => normalised(name),
        None => normalised(located.directory.rsplit('/').next().unwrap_or_default()),
    };
    if let Some((written, span)) = written.filter(|_| name.is_empty()) {
        loader.diagnostics.push(
            unfit(&written)
                .at(span, "no letter from a to z and no digit")
                .help(format!("write another name, for example `name: {ANY}`"))
                .replace(span, ANY),
        );
        return ANY.to_owned();
    }
    if name.is_empty() {
        let diagnostic = Diagnostic::error("bad-project-name", "the project has no name");
        loader.diagnostics.push(
            diagnostic
                .note("the name of its directory has no letter or digit")
                .help(format!("write `name: {ANY}` at the top of the file")),
        );
        return ANY.to_owned();
    }
    name
}

/// A name that is asked for outside the files, by a variable if `from` names one.
fn explicit(loader: &mut Loader<'_>, name: &str, from: Option<&str>) -> String {
    let good = normalised(name);
    if good == name {
        return good;
    }
    let good = if good.is_empty() { ANY.to_owned() } else { good };
    let diagnostic = unfit(name);
    loader.diagnostics.push(match from {
        Some(variable) => diagnostic
            .note(format!("the variable {variable} says so"))
            .help(format!("write `{variable}={good}`, or unset it")),
        None => diagnostic.help(format!("write `{good}`")),
    });
    good
}

/// A name that can be one.
const ANY: &str = "my-project";

fn unfit(name: &str) -> Diagnostic {
    Diagnostic::error("bad-project-name", format!("`{name}` cannot be the name of a project"))
        .note("a name has small letters, digits, `-` and `_`, and begins with a letter or a digit")
}

/// The name that a file says, and where, before anything else of it is read: its own variables may use it.
fn in_file(loader: &mut Loader<'_>, path: &str, environment: &ProjectVariables) -> Option<(String, Span)> {
    let file = loader.text(path, None, "Compose file")?;
    let text = &loader.sources.file(file).text;
    let may_name = |line: &str| line.trim_start_matches(['{', ' ', '"', '\'']).starts_with("name");
    if !text.lines().any(may_name) && !text.trim_start().starts_with('{') {
        return None;
    }
    let yaml = loader.tree(file)?.yaml;
    let entries = yaml.entries(yaml.root());
    let is_name = |node| matches!(yaml.kind(node), NodeKind::Scalar(key) if key.text == "name");
    let value = entries.iter().find(|entry| is_name(entry.key))?.value;
    let NodeKind::Scalar(scalar) = yaml.kind(value) else { return None };
    let Content::Text(text) = scalar::content(scalar) else { return None };
    let lookup = |name: &str| environment.get(name).cloned();
    let name = interpolate(&text, &lookup).ok()?.text;
    let span = yaml.span(value);
    (!name.is_empty()).then_some((name, span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_normalised_as_docker_compose_does() {
        for (name, meant) in
            [("My.App", "myapp"), ("_a-b_1", "a-b_1"), ("--", ""), ("ÄB c", "bc"), ("1a", "1a")]
        {
            assert_eq!(normalised(name), meant);
        }
    }

    proptest! {
        #[test]
        fn a_good_name_stays(name in "\\PC*") {
            let good = normalised(&name);
            prop_assert_eq!(normalised(&good), good);
        }
    }
}
