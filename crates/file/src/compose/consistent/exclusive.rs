//! Keys of a service that exclude or need one another.

use std::{collections::HashMap, net::IpAddr};

use crate::compose::element::{Content, Element, Member, Members};
use crate::document::scalar::as_scalar;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    source::Span,
};

/// Keys of a service that are also limits of `deploy`: where there, and the key here.
const LIMITS: [(&str, &str, &str); 4] = [
    ("cpus", "limits", "cpus"),
    ("mem_limit", "limits", "memory"),
    ("mem_reservation", "reservations", "memory"),
    ("pids_limit", "limits", "pids"),
];

/// Tells what does not fit in each service.
pub(super) fn check(model: &Element, diagnostics: &mut Diagnostics) {
    let mut names: HashMap<&str, Span> = HashMap::new();
    let Some(services) = model.get("services").and_then(Element::members) else { return };
    for (name, member) in services {
        let service = &member.value;
        let mut work = Work { service, services, diagnostics };
        work.image(name, member);
        work.exclude("network_mode", "networks");
        work.limits();
        work.mounts();
        work.details();
        if let Some(container) = service.get("container_name")
            && let Some(text) = container.as_text()
            && let Some(other) = names.insert(text, container.span)
        {
            let diagnostic =
                Diagnostic::error("contradiction", format!("two services call their container `{text}`"));
            let help = format!("write another name, for example `container_name: {text}-{name}`");
            diagnostics
                .push(diagnostic.at(container.span, "this one").also(other, "and this one").help(help));
        }
    }
}

struct Work<'a> {
    service: &'a Element,
    services: &'a Members,
    diagnostics: &'a mut Diagnostics,
}

impl Work<'_> {
    fn image(&mut self, name: &str, member: &Member) {
        let has = |key| self.service.get(key).is_some();
        let image = self.service.get("image");
        if !has("build") && !has("provider") && image.is_none_or(|image| image.as_text() == Some("")) {
            let message = format!("the service `{name}` has neither `image` nor `build`");
            let diagnostic = Diagnostic::error("missing-key", message);
            let diagnostic = match image {
                Some(image) => diagnostic.at(image.span, "this is empty").also(member.key, "of this service"),
                None => diagnostic.at(member.key, "no `image` below it"),
            };
            self.diagnostics.push(if image.is_some() {
                diagnostic.help("write `image: NAME:TAG`; if it comes from a variable, set that one")
            } else {
                match self.of_other_file(name, member) {
                    Some(near) => diagnostic
                        .help(format!("did you mean `{near}`, which another file has?"))
                        .help("or write `image: NAME:TAG`"),
                    None => diagnostic.help("write `image: NAME:TAG`"),
                }
            });
        }
        if let Some(build) = self.service.get("build")
            && let (Some(file), Some(inline)) = (build.get("dockerfile"), build.get("dockerfile_inline"))
        {
            self.contradiction(
                "`dockerfile` and `dockerfile_inline` exclude one another",
                file.span,
                inline.span,
            );
        }
    }

    /// The service of another file whose name is like that of this one.
    fn of_other_file(&self, name: &str, member: &Member) -> Option<&str> {
        let others = self.services.iter().filter(|(_, other)| other.key.file != member.key.file);
        nearest(name, others.map(|(name, _)| name.as_str()))
    }

    fn contradiction(&mut self, message: &str, at: Span, also: Span) {
        let diagnostic =
            Diagnostic::error("contradiction", message).at(at, "this one").also(also, "and this one");
        self.diagnostics.push(diagnostic.help("leave out one of them"));
    }

    fn exclude(&mut self, first: &str, second: &str) {
        let key = |name: &str| {
            self.service.members().and_then(|members| members.get(name)).map(|member| member.key)
        };
        if let (Some(at), Some(also)) = (key(first), key(second)) {
            self.contradiction(&format!("`{first}` and `{second}` exclude one another"), at, also);
        }
    }

    fn limits(&mut self) {
        let resources = self.service.get("deploy").and_then(|deploy| deploy.get("resources"));
        for (key, section, inner) in LIMITS {
            let own = self.service.get(key).filter(|own| number(own) != Some(0.0));
            let (Some(own), Some(limits)) = (own, resources.and_then(|resources| resources.get(section)))
            else {
                continue;
            };
            let other = limits.get(inner);
            if number(own) != Some(other.and_then(number).unwrap_or_default()) {
                let message =
                    format!("`{key}` and `deploy.resources.{section}.{inner}` say different numbers");
                self.contradiction(&message, own.span, other.map_or(limits.span, |other| other.span));
            }
        }
    }

    fn mounts(&mut self) {
        let mut targets: HashMap<String, Span> = HashMap::new();
        let tmpfs = self.service.get("tmpfs").and_then(Element::items).unwrap_or_default().iter();
        let tmpfs = tmpfs.filter_map(|item| Some((item.as_text()?.split(':').next()?.to_owned(), item.span)));
        let volumes = self.service.get("volumes").and_then(Element::items).unwrap_or_default().iter();
        let volumes = volumes.filter_map(|mount| Some((mount.text_of("target")?.to_owned(), mount.span)));
        for (target, span) in tmpfs.chain(volumes) {
            let message = format!("two mounts have the target `{target}`");
            if let Some(other) = targets.insert(target, span) {
                self.contradiction(&message, span, other);
            }
        }
    }

    fn details(&mut self) {
        let service = self.service;
        for port in service.each("ports") {
            if let Some(address) = port.get("host_ip")
                && address.as_text().is_some_and(|text| text.parse::<IpAddr>().is_err())
            {
                let diagnostic = Diagnostic::error("bad-value", "`host_ip` must be an IP address");
                self.diagnostics
                    .push(diagnostic.at(address.span, "this is none").help("write for example `127.0.0.1`"));
            }
        }
        let reservations =
            service.get("deploy").and_then(|deploy| deploy.get("resources")?.get("reservations"));
        let devices = reservations.into_iter().flat_map(|reservations| reservations.each("devices"));
        for request in service.each("gpus").chain(devices) {
            if let (Some(count), Some(ids)) = (request.get("count"), request.get("device_ids")) {
                self.contradiction("`count` and `device_ids` exclude one another", count.span, ids.span);
            }
        }
        let test = self.service.get("healthcheck").and_then(|check| check.get("test"));
        if let Some(first) = test.and_then(Element::items).and_then(<[Element]>::first)
            && !["CMD", "CMD-SHELL", "NONE"].contains(&first.as_text().unwrap_or_default())
        {
            let diagnostic =
                Diagnostic::error("bad-value", "a test begins with `CMD`, `CMD-SHELL` or `NONE`")
                    .at(first.span, "");
            let words = test.and_then(Element::items).unwrap_or_default().iter().filter_map(Element::as_text);
            // The first word is a slip, or the program itself.
            let slip = first.as_text().and_then(|word| nearest(word, ["CMD", "CMD-SHELL", "NONE"]));
            let words: Vec<String> = words.skip(usize::from(slip.is_some())).map(as_scalar).collect();
            let known = slip.unwrap_or("CMD");
            let help = format!("write `[{known}, {}]`, or one text for a shell", words.join(", "));
            self.diagnostics.push(diagnostic.help(help));
        }
        for watch in service.get("develop").into_iter().flat_map(|develop| develop.each("watch")) {
            // An action that is none was told.
            let Some(action) = watch.text_of("action") else { continue };
            if watch.text_of("target").unwrap_or_default().is_empty()
                && !["rebuild", "restart"].contains(&action)
            {
                let message = format!("the action `{action}` needs a `target`");
                let diagnostic = Diagnostic::error("missing-key", message).at(watch.span, "no `target` here");
                self.diagnostics.push(diagnostic.help("write for example `target: /app`"));
            }
        }
    }
}

fn number(element: &Element) -> Option<f64> {
    match &element.content {
        Content::Integer(number) => number.to_string().parse().ok(),
        Content::Number(number) => Some(*number),
        _ => None,
    }
}
