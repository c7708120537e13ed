//! Keys that nothing reads.

use super::port_meant;
use crate::compose::{
    element::{Element, Member},
    form::{Form, Property},
};
use maestro_core::diagnostic::{Diagnostic, nearest};

/// Keys of a section that are listed where none is near.
const MOST_LISTED: usize = 12;
/// How deep below a section a key is looked for.
const DEEPEST: usize = 4;

/// What people write for keys of a service, and the key.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("publish", "ports"),
    ("livenessProbe", "healthcheck"),
    ("readinessProbe", "healthcheck"),
    ("startupProbe", "healthcheck"),
    ("cmd", "command"),
    ("mounts", "volumes"),
    ("name", "container_name"),
    ("cpu", "cpus"),
    ("memory", "mem_limit"),
    ("mem", "mem_limit"),
    ("requires", "depends_on"),
    ("needs", "depends_on"),
    ("host", "hostname"),
    ("username", "user"),
    ("runAsUser", "user"),
    ("network", "networks"),
    ("containerPort", "ports"),
    ("volumeMounts", "volumes"),
    ("interactive", "stdin_open"),
    ("workdir", "working_dir"),
    ("cmd", "test"),
    ("command", "test"),
    ("every", "interval"),
    ("period", "interval"),
    ("periodSeconds", "interval"),
    ("disabled", "disable"),
    ("src", "source"),
    ("name", "source"),
    ("dst", "target"),
    ("destination", "target"),
    ("path", "target"),
    ("mountPath", "target"),
    ("ro", "read_only"),
    ("readonly", "read_only"),
];

/// Options of `docker run` that say nothing of a container, and why they are not needed.
const NEEDLESS: [(&str, &str); 3] = [
    ("rm", "containers that are replaced are removed"),
    ("detach", "containers run in the background"),
    ("d", "containers run in the background"),
];

/// A key that nothing reads.
pub(super) struct Unknown<'a> {
    /// The key.
    pub name: &'a str,
    /// Its place and its value.
    pub member: &'a Member,
    /// The keys that it could be.
    pub known: &'static [Property],
    /// All keys of the mapping.
    pub siblings: &'a [String],
}

/// What is told of a key that nothing reads.
pub(super) struct ToldUnknown {
    pub diagnostic: Diagnostic,
    /// The key that is meant, if only one can be.
    pub meant: Option<&'static Property>,
}

impl From<Diagnostic> for ToldUnknown {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, meant: None }
    }
}

/// Tells a key that nothing reads, and what is meant if that is known.
pub(super) fn told(unknown: &Unknown<'_>, what: &str) -> ToldUnknown {
    let Unknown { name, member, known, siblings } = *unknown;
    let span = member.key;
    if is_top(known) && looks_like_service(&member.value) {
        return not_below_services(unknown).into();
    }
    if is_service(known) && looks_like_service(&member.value) {
        return in_another_service(unknown, what).into();
    }
    let diagnostic =
        Diagnostic::error("unknown-key", format!("{what} has no key `{name}`")).at(span, "unknown key");
    let is_free = |property: &&Property| !siblings.iter().any(|other| other == property.name);
    let near = nearest(name, known.iter().filter(is_free).map(|property| property.name));
    let there =
        || nearest(name, known.iter().filter(|property| !is_free(property)).map(|property| property.name));
    // A key that begins like another one is that, rather than one of the same name elsewhere.
    let is_close = |near: &str| near.starts_with(name) || name.starts_with(near);
    if let Some((_, why)) = NEEDLESS.iter().find(|(known, _)| *known == name) {
        return diagnostic.help(format!("leave it out: {why}")).into();
    }
    if let Some(help) = in_other_words(unknown) {
        return diagnostic.help(help).into();
    }
    let elsewhere = || of_logging(unknown).or_else(|| below(unknown));
    if let Some(help) = near.is_none_or(|near| !is_close(near)).then(elsewhere).flatten() {
        return diagnostic.help(help).into();
    }
    if let Some(near) = near {
        let diagnostic = diagnostic.help(format!("did you mean `{near}`?")).replace(span, near);
        return ToldUnknown { diagnostic, meant: known.iter().find(|property| property.name == near) };
    }
    if let Some(there) = there() {
        return diagnostic.help(format!("`{there}` is there already: remove one of both")).into();
    }
    let diagnostic = if known.len() <= MOST_LISTED {
        let keys: Vec<&str> = known.iter().map(|property| property.name).collect();
        diagnostic.help(format!("its keys are: {}", keys.join(", ")))
    } else {
        diagnostic
    };
    diagnostic.help(format!("to keep it without an effect, call it `x-{name}`")).into()
}

fn not_below_services(unknown: &Unknown<'_>) -> Diagnostic {
    let help = if unknown.siblings.iter().any(|key| key == "services") {
        "indent it below `services`"
    } else {
        "write `services:` above it, and indent it"
    };
    let text = format!("`{}` is a service, but it is not below `services`", unknown.name);
    Diagnostic::error("misplaced-key", text).at(unknown.member.key, "a key of the file").help(help)
}

fn in_another_service(unknown: &Unknown<'_>, what: &str) -> Diagnostic {
    let text = format!("`{}` is a service, but it stands within {what}", unknown.name);
    let help = format!("indent it and its keys less: it begins in the column of {what}");
    Diagnostic::error("misplaced-key", text).at(unknown.member.key, "a service of its own").help(help)
}

/// Whether these are the keys of a service.
fn is_service(known: &[Property]) -> bool {
    known.iter().any(|property| property.name == "depends_on")
}

/// Whether these are the keys of a file.
pub(super) fn is_top(known: &[Property]) -> bool {
    known.iter().any(|property| property.name == "services")
}

fn looks_like_service(value: &Element) -> bool {
    ["image", "build"].iter().any(|key| value.get(key).is_some())
}

/// The value as it can be written behind a key: itself if it is a single one, else an example of the key.
fn value_for(property: &Property, value: &Element) -> Option<String> {
    if property.name == "networks"
        && let Some(name) = value.as_text()
    {
        return Some(format!("networks: [{name}]"));
    }
    if property.name == "ports"
        && let Some(ports) = port_meant::of_values(value)
    {
        return Some(format!("ports: [{}]", ports.join(", ")));
    }
    if let Form::Section(_) | Form::List(_) | Form::Short(..) | Form::Texts = property.form {
        return property.example();
    }
    let written = value.content.printed().map(|text| format!("{}: {text}", property.name));
    written.or_else(|| property.example())
}

/// A key of a service under the name that other tools have for it.
fn in_other_words(unknown: &Unknown<'_>) -> Option<String> {
    let Unknown { name, member, known, .. } = *unknown;
    let image = known.iter().find(|property| property.name == "image");
    if name == "tag" && !is_top(known) && image.is_some_and(|image| matches!(image.form, Form::Text)) {
        let tag = member.value.content.printed()?;
        return Some(format!("write it after the name of the image: `image: NAME:{tag}`"));
    }
    let of = |key: &str| known.iter().find(|property| property.name == key);
    let property = OTHER_WORDS.iter().find_map(|(other, key)| of(key).filter(|_| *other == name))?;
    Some(format!("write `{}`", value_for(property, &member.value)?))
}

/// An option of `docker run` about logs.
fn of_logging(unknown: &Unknown<'_>) -> Option<String> {
    unknown.known.iter().find(|property| property.name == "logging")?;
    let value = unknown.member.value.content.printed()?;
    match unknown.name.replace('-', "_").as_str() {
        "log_driver" => Some(format!("write `logging: {{driver: {value}}}`")),
        "log_opt" => Some("write `logging: {options: {NAME: \"VALUE\"}}`".to_owned()),
        _ => None,
    }
}

/// Where below the section the key belongs.
fn below(unknown: &Unknown<'_>) -> Option<String> {
    let sections = unknown.known.iter().filter(|property| property.name != "extends");
    let found = sections
        .filter_map(|property| Some((property, inside(&property.form, unknown, 1)?)))
        .min_by_key(|(_, (depth, _))| *depth);
    let (property, (_, inner)) = found?;
    Some(format!("it belongs below `{0}`: `{0}: {inner}`", property.name))
}

/// The value of that form that has the key, and how deep.
fn inside(form: &Form, unknown: &Unknown<'_>, depth: usize) -> Option<(usize, String)> {
    if depth > DEEPEST {
        return None;
    }
    match form {
        Form::Optional(inner) | Form::Short(_, inner) => inside(inner, unknown, depth),
        Form::List(inner) => {
            inside(inner, unknown, depth).map(|(depth, inner)| (depth, format!("[{inner}]")))
        }
        Form::Section(known) => {
            if let Some(property) = known.iter().find(|property| property.name == unknown.name) {
                return Some((depth, format!("{{{}}}", value_for(property, &unknown.member.value)?)));
            }
            let found = known.iter().filter_map(|property| {
                let (depth, inner) = inside(&property.form, unknown, depth + 1)?;
                Some((depth, format!("{{{}: {inner}}}", property.name)))
            });
            found.min_by_key(|(depth, _)| *depth)
        }
        _ => None,
    }
}
