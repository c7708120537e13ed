//! Names of services and resources that are used must be defined.

use super::circle::circle;
use crate::compose::{
    element::{Element, Members},
    normal::SHARED,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    source::Span,
};

/// Tells names that nothing defines, and services that depend on one another in a circle.
pub(super) fn check(model: &Element, disabled: &Members, diagnostics: &mut Diagnostics) {
    let Some(services) = model.get("services").and_then(Element::members) else { return };
    let mut work = Work { model, services, disabled, diagnostics };
    for member in services.values() {
        work.service(&member.value);
    }
    work.circles();
}

struct Work<'a> {
    model: &'a Element,
    services: &'a Members,
    disabled: &'a Members,
    diagnostics: &'a mut Diagnostics,
}

/// Services that are listed where none is near.
const MOST_LISTED: usize = 8;

fn undefined(section: &str, word: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("undefined-name", format!("there is no {word} `{name}`"))
        .at(span, format!("not defined under `{section}`"))
}

/// `NAME:PATH` of a config or a secret, which has no such short form.
fn with_target(section: &str, written: &str) -> String {
    let (source, target) = written.split_once(':').unwrap_or((written, ""));
    let own = source.rsplit('/').next().unwrap_or(source);
    let long = format!("write `{{source: {own}, target: {target}}}`");
    if own == source {
        return long;
    }
    format!("{long}, and define it at the top of the file: `{section}: {{{own}: {{file: {source}}}}}`")
}

/// How a service does without one that it depends on by what is written at `span`: in `depends_on`, or by a key that brings
/// the dependency with it.
fn way_without(service: &Element, name: &str, span: Span) -> String {
    let is_item = |key: &str| {
        service.get(key).and_then(Element::items).unwrap_or_default().iter().any(|item| item.span == span)
    };
    let is_value = |key: &&str| service.get(key).is_some_and(|value| value.span == span);
    if let Some(key) = ["links", "volumes_from"].into_iter().find(|key| is_item(key)) {
        return format!("remove it from `{key}`");
    }
    match SHARED.iter().copied().find(|key| is_value(key)) {
        Some(key) => format!("leave out `{key}`"),
        None => format!(
            "do without it: `depends_on: {{{name}: {{condition: service_started, required: false}}}}`"
        ),
    }
}

impl Work<'_> {
    fn service(&mut self, service: &Element) {
        for (section, word) in [("networks", "network"), ("models", "model")] {
            for (name, member) in service.get(section).and_then(Element::members).into_iter().flatten() {
                self.defined(section, word, name, member.key);
            }
        }
        for (section, word) in [("configs", "config"), ("secrets", "secret")] {
            self.sources(service.get(section), section, word);
        }
        self.sources(service.get("build").and_then(|build| build.get("secrets")), "secrets", "secret");
        for mount in service.get("volumes").and_then(Element::items).unwrap_or_default() {
            if let (Some("volume"), Some(source)) = (mount.text_of("type"), mount.get("source")) {
                self.volume(source.as_text().unwrap_or_default(), source.span);
            }
        }
        for (name, member) in service.get("depends_on").and_then(Element::members).into_iter().flatten() {
            let is_optional = member.value.get("required").is_some_and(|required| !required.is_true());
            if !(is_optional && self.disabled.contains_key(name)) {
                self.active(name, member.key, || way_without(service, name, member.key));
            }
        }
        let mode = service.get("network_mode");
        if let Some((name, span)) =
            mode.and_then(|mode| Some((mode.as_text()?.strip_prefix("service:")?, mode.span)))
        {
            self.active(name, span, || "leave out `network_mode`".to_owned());
        }
        let contexts = service.get("build").and_then(|build| build.get("additional_contexts"));
        for (_, member) in contexts.and_then(Element::members).into_iter().flatten() {
            if let Some(name) = member.value.as_text().and_then(|text| text.strip_prefix("service:")) {
                self.active(name, member.value.span, || "build it of another context".to_owned());
            }
        }
    }

    fn sources(&mut self, list: Option<&Element>, section: &str, word: &str) {
        for item in list.and_then(Element::items).unwrap_or_default() {
            if let Some(source) = item.get("source") {
                self.defined(section, word, source.as_text().unwrap_or_default(), source.span);
            }
        }
    }

    fn is_defined(&self, section: &str, name: &str) -> bool {
        let known = self.model.get(section).and_then(Element::members);
        name.is_empty() || known.is_some_and(|known| known.contains_key(name))
    }

    fn defined(&mut self, section: &str, word: &str, name: &str, span: Span) {
        if self.is_defined(section, name) {
            return;
        }
        let diagnostic = undefined(section, word, name, span);
        let help = self.near_or_new(section, name);
        self.diagnostics.push(diagnostic.help(help));
    }

    /// The defined name that is meant, or how to define this one.
    fn near_or_new(&self, section: &str, name: &str) -> String {
        if matches!(section, "configs" | "secrets") && name.contains(':') {
            return with_target(section, name);
        }
        let known = self.model.get(section).and_then(Element::members);
        let near = nearest(name, known.into_iter().flat_map(Members::keys).map(String::as_str));
        let value = match section {
            "configs" | "secrets" => format!("{{file: ./{name}.txt}}"),
            "models" => "{model: ai/smollm2}".to_owned(),
            _ => "{}".to_owned(),
        };
        match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if name.contains('/') => {
                let own = name.rsplit('/').next().unwrap_or(name);
                format!(
                    "define it at the top of the file, `{section}: {{{own}: {{file: {name}}}}}`, and write `{own}` here"
                )
            }
            None => format!("define it at the top of the file: `{section}: {{{name}: {value}}}`"),
        }
    }

    /// A volume, whose name may be meant as a path.
    fn volume(&mut self, name: &str, span: Span) {
        if self.is_defined("volumes", name) {
            return;
        }
        let path = format!("to mount a file or directory, begin its path with `./`: `./{name}:…`");
        let diagnostic = undefined("volumes", "volume", name, span);
        let diagnostic = if name.starts_with(['.', '/', '~']) {
            diagnostic.note("a volume has a name, and no path").help("write `type: bind`")
        } else if name.contains(['/', '\\']) {
            diagnostic.note("the name of a volume has no `/`").help(path)
        } else if name.contains('.') {
            diagnostic.help(path).help(format!("or {}", self.near_or_new("volumes", name)))
        } else {
            let help = self.near_or_new("volumes", name);
            diagnostic.help(help).help(format!("or, {path}"))
        };
        self.diagnostics.push(diagnostic);
    }

    /// A service that must take part; `way_without` says how to do without it.
    fn active(&mut self, name: &str, span: Span, way_without: impl FnOnce() -> String) {
        if self.services.contains_key(name) {
            return;
        }
        let error = |message: String| Diagnostic::error("undefined-name", message);
        if let Some(disabled) = self.disabled.get(name) {
            let profiles = disabled.value.get("profiles").and_then(Element::items).unwrap_or_default();
            let profile = profiles.first().and_then(Element::as_text).unwrap_or_default().to_owned();
            let diagnostic = error(format!("the service `{name}` takes no part: its profile is not active"))
                .at(span, "needed here")
                .also(disabled.key, "this service");
            let diagnostic = diagnostic.help(format!("activate it with `--profile {profile}`"));
            self.diagnostics.push(diagnostic.help(format!("or {}", way_without())));
            return;
        }
        let near = nearest(name, self.services.keys().map(String::as_str));
        let diagnostic =
            error(format!("there is no service `{name}`")).at(span, "not defined under `services`");
        self.diagnostics.push(diagnostic.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let known = self.services.keys().take(MOST_LISTED).map(|name| format!("`{name}`"));
                format!("name one of the services: {}", known.collect::<Vec<_>>().join(", "))
            }
        }));
    }

    fn circles(&mut self) {
        let dependencies = |name: &str| {
            let service = self.services.get(name).map(|member| &member.value);
            let members = service.and_then(|service| service.get("depends_on")).and_then(Element::members);
            members.into_iter().flatten().map(|(name, member)| (name.as_str(), member.key)).collect()
        };
        let Some(circle) = circle(self.services.keys().map(String::as_str), dependencies) else { return };
        let Some(((_, at), others)) = circle.split_first() else { return };
        if others.is_empty() {
            let diagnostic = Diagnostic::error("dependency-cycle", "this service depends on itself");
            self.diagnostics.push(diagnostic.at(*at, "so it can never start").help("remove this dependency"));
            return;
        }
        let mut diagnostic =
            Diagnostic::error("dependency-cycle", "these services depend on one another in a circle")
                .at(*at, "so none of them can start first");
        for (name, place) in others {
            diagnostic = diagnostic.also(*place, format!("then `{name}`"));
        }
        self.diagnostics.push(diagnostic.help("remove one of these dependencies"));
    }
}
