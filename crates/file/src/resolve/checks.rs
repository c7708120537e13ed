//! Checks: which port of which host is meant, and what cannot be checked at which state.

use std::path::Path;

use super::{ReadFile, Resolver, Section, bad, container::cannot_read, ports::port_span};
use crate::document::checks::{CheckKind, CheckSection, HttpSection, LifecycleSection};
use maestro_core::value::secret::Secret;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest_name},
    model::{
        Check, Ship, ShipId,
        check::{HttpCheck, Lifecycle, LifecycleState},
        container::{Port, Protocol},
    },
    source::{Sources, Span, Spanned},
};

/// Whose checks they are.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    /// The instance.
    pub name: &'a str,
    /// The ports that it publishes, under the names that checks have for them.
    pub ports: &'a [Port],
    /// Its ship; none if it is not known, which was told.
    pub ship: Option<ShipId>,
    /// Where a port is written.
    pub place: &'a dyn Fn(&str) -> Span,
    /// Whether some of its ports could not be read, which was told.
    pub lacks_ports: bool,
    /// Whether ports are numbers in a container, published by a Compose file.
    pub of_compose: bool,
}

/// Resolves checks.
pub(super) struct CheckResolver<'a> {
    pub ships: &'a [Ship],
    pub sources: &'a Sources,
    pub read_file: ReadFile<'a>,
    pub diagnostics: &'a mut Diagnostics,
}

impl Resolver<'_, '_> {
    /// The checks of all states: the service's and the instance's add up.
    pub(super) fn lifecycle(
        &mut self,
        section: Section<'_>,
        ports: &[Port],
        ship: Option<ShipId>,
    ) -> Lifecycle {
        let gaps = |settings: &crate::document::settings::Settings| settings.gaps.ports;
        let whose = Whose {
            name: &section.instance.name.value,
            ports,
            ship,
            place: &|port| port_span(section, port),
            lacks_ports: gaps(&section.instance.settings) || gaps(&section.service.settings),
            of_compose: false,
        };
        let mut checks = CheckResolver {
            ships: &self.ships,
            sources: self.sources,
            read_file: self.read_file,
            diagnostics: self.diagnostics,
        };
        let (service, instance) = (&section.service.settings, &section.instance.settings);
        let mut lifecycle = checks.lifecycle(whose, &service.lifecycle, &instance.lifecycle);
        let job = instance.job.as_ref().or(service.job.as_ref());
        if let Some(job) = job.filter(|job| job.value) {
            if !lifecycle.running.is_empty() {
                self.diagnostics.push(
                    bad(
                        "bad-check",
                        "a job has no `running` checks",
                        job.span,
                        "it is ready when it has ended",
                    )
                    .help("remove its `running` checks, or `job`"),
                );
            }
            lifecycle.running = vec![Check::Completion];
        }
        lifecycle
    }
}

impl CheckResolver<'_> {
    /// The checks of all states; those of a service and of its instance add up.
    pub(super) fn lifecycle(
        &mut self,
        whose: Whose<'_>,
        service: &LifecycleSection,
        instance: &LifecycleSection,
    ) -> Lifecycle {
        let mut of = |state, service: &[CheckSection], instance: &[CheckSection]| {
            let both = service.iter().chain(instance);
            both.filter_map(|check| self.check(whose, state, check)).collect::<Vec<Check>>()
        };
        Lifecycle {
            pre_start: of(LifecycleState::PreStart, &service.pre_start, &instance.pre_start),
            running: of(LifecycleState::Running, &service.running, &instance.running),
            pre_stop: of(LifecycleState::PreStop, &service.pre_stop, &instance.pre_stop),
            stopped: of(LifecycleState::Stopped, &service.stopped, &instance.stopped),
        }
    }

    fn check(&mut self, whose: Whose<'_>, state: LifecycleState, check: &CheckSection) -> Option<Check> {
        match &check.how {
            CheckKind::Sleep { wait } => Some(Check::Sleep { wait: *wait }),
            CheckKind::Tcp { port, max_wait } => {
                let found = self.tcp_port(whose, port, "a tcp check")?;
                let host = self.host_of(found, whose.ship)?;
                Some(Check::Tcp { host, port: found.host, max_wait: *max_wait })
            }
            CheckKind::Http(http) => self.http(whose, http),
            CheckKind::Exec { command, env_from, tries } => {
                Some(Check::Exec { command: command.clone(), env_from: *env_from, tries: *tries })
            }
            CheckKind::Rexec { command, tries } => {
                self.needs_container(state, "rexec", check.kind)?;
                Some(Check::Rexec { command: command.clone(), tries: *tries })
            }
            CheckKind::Docker { max_wait } => {
                self.needs_container(state, "docker", check.kind)?;
                Some(Check::Docker { max_wait: *max_wait })
            }
        }
    }

    /// Says so if a check needs a container that runs, and there is none at that state.
    fn needs_container(&mut self, state: LifecycleState, kind: &str, span: Span) -> Option<()> {
        if state.is_up() {
            return Some(());
        }
        let word = state.word();
        self.diagnostics.push(
            bad(
                "bad-check",
                format!("a {kind} check cannot pass at `{word}`"),
                span,
                "it needs a container that runs",
            )
            .note(format!("at `{word}` the instance's container does not run"))
            .help("check from this machine with `exec`, or move it to `running` or `pre-stop`"),
        );
        None
    }

    fn http(&mut self, whose: Whose<'_>, http: &HttpSection) -> Option<Check> {
        let files = &http.files;
        let authorities =
            files.authorities.as_ref().map(|path| self.certificates(std::slice::from_ref(path)));
        let identity = (!files.identity.is_empty()).then(|| self.certificates(&files.identity));
        let named = whose.ports.iter().any(|port| port.name == http.port.value);
        let (host, port) = match http.port.value.parse::<u16>() {
            Ok(number) if !named && number > 0 => {
                if http.host.is_none() {
                    self.warn_of_port_inside(whose, &http.port, number);
                }
                let host = match (&http.host, whose.ship) {
                    (Some(host), _) => host.clone(),
                    (None, Some(ship)) => self.ships[ship.0].address.clone(),
                    (None, None) => return None,
                };
                (host, number)
            }
            _ => {
                let found = self.tcp_port(whose, &http.port, "an http check")?;
                let host = match &http.host {
                    Some(host) => host.clone(),
                    None => self.host_of(found, whose.ship)?,
                };
                (host, found.host)
            }
        };
        Some(Check::Http(Box::new(HttpCheck {
            scheme: http.scheme.clone(),
            host,
            port,
            path: http.path.clone(),
            method: http.method.clone(),
            pattern: http.pattern.clone(),
            max_wait: http.max_wait,
            options: http.options.clone(),
            authorities: match authorities {
                Some(read) => Some(read?),
                None => None,
            },
            identity: match identity {
                Some(read) => Some(read?),
                None => None,
            },
        })))
    }

    /// Warns of a number that is a port inside the container, and that the instance publishes as another one.
    fn warn_of_port_inside(&mut self, whose: Whose<'_>, port: &Spanned<String>, number: u16) {
        let has = |first: u16, count: u16| (first..first.saturating_add(count)).contains(&number);
        let is_published = whose.ports.iter().any(|known| has(known.host, known.count.max(known.choice)));
        let inside = whose.ports.iter().find(|known| has(known.container, known.count));
        let Some(inside) = inside.filter(|_| !is_published) else { return };
        let (name, text) =
            (&inside.name, format!("nothing of `{}` is at port {number} of its ship", whose.name));
        self.diagnostics.push(
            Diagnostic::warning("unpublished-port", text)
                .at(port.span, "a number here is a port of the ship")
                .also((whose.place)(name), "this is at the port inside")
                .help(format!("write `port: {name}`: the check then asks where it is published"))
                .replace(port.span, name.clone()),
        );
    }

    /// The contents of all these files; none if one cannot be read, which was told.
    fn certificates(&mut self, paths: &[Spanned<String>]) -> Option<Secret<Vec<u8>>> {
        let mut all = Vec::new();
        let mut missing = false;
        for path in paths {
            if path.value.contains("-----BEGIN ") {
                missing = true;
                let text = "this is not the path of a file, but what belongs in one";
                let problem = bad("bad-certificate", text.to_owned(), path.span, "expected a path");
                self.diagnostics
                    .push(problem.help("put it into a file that only you can read, and name that file"));
                continue;
            }
            match (self.read_file)(Path::new(&path.value)) {
                Ok(bytes) if contains(&bytes, b"-----BEGIN ") => {
                    all.extend(bytes);
                    all.push(b'\n');
                }
                Ok(_) => {
                    missing = true;
                    let text = format!("the file `{}` has no certificate and no key in it", path.value);
                    self.diagnostics.push(
                        bad(
                            "bad-certificate",
                            text,
                            path.span,
                            "expected lines like `-----BEGIN CERTIFICATE-----`",
                        )
                        .help("name a PEM file; `openssl x509 -inform der -in FILE -out FILE.pem` makes one"),
                    );
                }
                Err(error) => {
                    missing = true;
                    let (why, help) = cannot_read(&error, &self.sources.file(path.span.file).name);
                    let text = format!("the file `{}` cannot be read", path.value);
                    self.diagnostics.push(bad("unreadable-file", text, path.span, why).help(help));
                }
            }
        }
        (!missing).then_some(Secret::new(all))
    }

    /// Where that port is reached from elsewhere; none if the ship is not known, which was told.
    fn host_of(&self, port: &Port, ship: Option<ShipId>) -> Option<String> {
        match (port.bind, ship) {
            (Some(address), _) if !address.is_unspecified() => Some(address.to_string()),
            (_, ship) => Some(self.ships[ship?.0].address.clone()),
        }
    }

    fn tcp_port<'p>(&mut self, whose: Whose<'p>, port: &Spanned<String>, what: &str) -> Option<&'p Port> {
        let Some(found) = whose.ports.iter().find(|known| known.name == port.value) else {
            self.unknown_port(whose, port);
            return None;
        };
        if found.protocol != Protocol::Tcp {
            let protocol = found.protocol.to_string().to_uppercase();
            let text = format!("{what} cannot look at the {protocol} port `{}`", port.value);
            self.diagnostics.push(
                bad("bad-check", text, port.span, format!("this port is {protocol}"))
                    .also((whose.place)(&port.value), "it is published here")
                    .help("name a TCP port, or wait with `{type: sleep, wait: 5}`"),
            );
            return None;
        }
        if found.is_chosen_by_engine() {
            let text = format!("{what} cannot know which port `{}` is", port.value);
            let label = match found.host {
                0 => "the engine chooses any port that is free".to_owned(),
                _ => format!("the engine chooses one of {}", found.on_ship()),
            };
            self.diagnostics.push(
                bad("bad-check", text, port.span, label)
                    .also((whose.place)(&port.value), "it is published here")
                    .help("publish it at one port, or wait with `{type: sleep, wait: 5}`"),
            );
            return None;
        }
        Some(found)
    }

    fn unknown_port(&mut self, whose: Whose<'_>, port: &Spanned<String>) {
        if whose.lacks_ports {
            return;
        }
        if whose.of_compose {
            let text = format!("`{}` does not publish port {}", whose.name, port.value);
            self.diagnostics.push(
                bad("unknown-port", text, port.span, "not published")
                    .help(format!("publish it in the Compose file: `ports: [\"{0}:{0}\"]`", port.value))
                    .help("or check inside the container: `{type: rexec, command: [COMMAND]}`"),
            );
            return;
        }
        if !port.value.is_empty() && port.value.bytes().all(|byte| byte.is_ascii_digit()) {
            let text = format!("`{}` is neither a port of `{}` nor a port at all", port.value, whose.name);
            self.diagnostics.push(
                bad("unknown-port", text, port.span, "unknown port")
                    .help("a port is the name of one of its `ports`, or a number from 1 to 65535"),
            );
            return;
        }
        let names: Vec<&str> = whose.ports.iter().map(|port| port.name.as_str()).collect();
        let help = match nearest_name(&port.value, names.iter().copied()) {
            Some(near) => Help::from(format!("did you mean `{near}`?")).replace(port.span, near),
            None if names.is_empty() => {
                Help::from(format!("it has no `ports`: add `ports: {{{}: PORT}}`", port.value))
            }
            None => match names[..] {
                [only] => Help::from(format!("write `port: {only}`")).replace(port.span, only),
                _ => Help::from(format!("its ports are {}", names.join(", "))),
            },
        };
        let text = format!("`{}` has no port `{}`", whose.name, port.value);
        self.diagnostics.push(bad("unknown-port", text, port.span, "unknown port").help(help));
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
