//! Files of other tools in the place of ours: each is told as what it is, with the same in our words.

mod docker_run;
mod found;
mod lines;
mod trees;

use super::yaml::{NodeKind, Yaml};
pub use docker_run::{NotDockerRun, of_docker_run};
use found::OtherFile;
use maestro_core::{
    diagnostic::Diagnostic,
    source::{FileId, Span},
    value::secret::{masked, text::places},
};
pub(crate) use trees::is_compose_file;

/// Tells a text that is no YAML, but a file of another tool.
pub(super) fn text(text: &str, file: FileId) -> Option<Diagnostic> {
    // A file of ours with a slip in it is told by its slip.
    if ["{{", "{%", "\nservices:", "\nships:"].iter().any(|ours| text.contains(ours)) {
        return None;
    }
    let found = lines::recognise(text)?;
    let mut start = 0;
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with(['#', ';']);
    for line in text.split_inclusive('\n').take_while(|line| !is_code(line)) {
        start += line.len();
    }
    let first = start.min(text.len());
    let end = text[first..].find('\n').map_or(text.len(), |end| first + end);
    Some(told(found, Span::new(file, first..end), Span::new(file, 0..text.len())))
}

/// Tells a file that stands in the place of a Compose file and is one of another tool.
pub(crate) fn in_place_of_compose(yaml: &Yaml, text: &str, file: FileId) -> Option<Diagnostic> {
    let is_mapping = matches!(yaml.kind(yaml.root()), NodeKind::Mapping(_));
    // What has services is read as a Compose file, whatever else it looks like.
    let has_services = yaml.value_of(yaml.root(), "services").is_some();
    let tree = if has_services { None } else { trees::recognise(yaml) };
    let (what, at) = match tree {
        Some((found, at)) => (found.what, at),
        None if is_mapping => return None,
        None => {
            let is_page = text.trim_start().starts_with('<');
            let what = if is_page { "a web page" } else { lines::recognise(text)?.what };
            let first = text.len() - text.trim_start().len();
            let end = text[first..].find('\n').map_or(text.len(), |end| first + end);
            (what, Span::new(file, first..end))
        }
    };
    let help = match what {
        "a Dockerfile" => "name its directory in a Compose file: `services: {web: {build: .}}`",
        "a file of environment variables" => "call it `.env`, and write a Compose file beside it",
        "a web page" => "download the file itself, which some sites call `raw`",
        _ => COMPOSE_FORM,
    };
    let problem = Diagnostic::error("other-format", format!("this is {what}, not a Compose file"));
    Some(problem.at(at, "").help(help))
}

/// What every Compose file looks like.
pub(crate) const COMPOSE_FORM: &str =
    "a Compose file has `services:`, and below it each service: `services: {web: {image: nginx:1.27}}`";

/// Tells a tree that is a file of another tool.
pub(super) fn tree(yaml: &Yaml) -> Option<Diagnostic> {
    let (found, at) = trees::recognise(yaml)?;
    let whole = yaml.whole(yaml.root()).unwrap_or(at);
    Some(told(found, at, whole))
}

fn told(found: OtherFile, at: Span, whole: Span) -> Diagnostic {
    let OtherFile { what, words, help, written } = found;
    let problem = Diagnostic::error("other-format", format!("this is {what}, not a file of Maestro"))
        .at(at, "")
        .note(words);
    match written {
        Some(written) => {
            let shown = masked(&written, places(&written));
            problem.help(format!("as a file:\n{}", shown.trim_end())).replace(whole, written)
        }
        None => problem.help(help),
    }
}
