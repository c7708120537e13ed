//! From a ship's keys to the way to its engine.

use super::{Surroundings, files, host::check_host};
use crate::document::ship::{ShipSection, SshTunnelSection, is_host};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest, nearest_name},
    endpoint::{DEFAULT_SOCKET, Endpoint, PLAIN_PORT, Remote, SshLogin, TLS_PORT, tls::Tls},
    model::ManagerAddress,
    source::{Span, Spanned},
};
use maestro_endpoint::{
    address::{self, Address, Misread},
    docker::Contexts,
};

/// The endpoint that a ship's keys say, and all of its managers if they name several; after a problem, which was told, any.
pub(super) fn resolve(
    section: &ShipSection,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> (Endpoint, Vec<ManagerAddress>) {
    let mut work = Work { section, surroundings, diagnostics };
    match work.way() {
        Some(EndpointKey::Managers(managers)) => {
            let managers = work.managers(managers);
            (managers.first().map_or(Endpoint::Local, |first| first.endpoint.clone()), managers)
        }
        way => (work.endpoint(way).unwrap_or(Endpoint::Local), Vec::new()),
    }
}

/// A key that says by itself where the engine is, unlike an address with a port.
#[derive(Clone, Copy)]
enum EndpointKey<'a> {
    Host(&'a Spanned<String>),
    Managers(&'a Spanned<Vec<Spanned<String>>>),
    Context(&'a Spanned<String>),
    Socket(&'a Spanned<String>),
}

impl EndpointKey<'_> {
    fn key(self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::Managers(_) => "managers",
            Self::Context(_) => "context",
            Self::Socket(_) => "socket_path",
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Host(written) | Self::Context(written) | Self::Socket(written) => written.span,
            Self::Managers(written) => written.span,
        }
    }
}

struct Work<'a, 'd> {
    section: &'a ShipSection,
    surroundings: Surroundings<'a>,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Work<'a, '_> {
    fn endpoint(&mut self, way: Option<EndpointKey<'a>>) -> Option<Endpoint> {
        match way {
            Some(way @ EndpointKey::Host(host)) => self.host(host, way),
            Some(EndpointKey::Managers(_)) => None,
            Some(way @ EndpointKey::Context(context)) => {
                self.refuse_beside(way, &self.tls_keys(), "a context brings its own certificates");
                self.context(context)
            }
            Some(way @ EndpointKey::Socket(path)) => {
                self.refuse_beside(way, &self.tls_keys(), "nothing is encrypted on a Unix socket");
                Some(Endpoint::Unix(path.value.clone().into()))
            }
            None => self.address(),
        }
    }

    /// The key that says where the engine is: one of the ship itself rather than one of `ship_defaults`. A second one
    /// is told.
    fn way(&mut self) -> Option<EndpointKey<'a>> {
        let section = self.section;
        let socket = section.socket_path.as_ref().filter(|_| section.ssh_tunnel.is_none());
        let mut ways: Vec<EndpointKey<'a>> = [
            section.host.as_ref().map(EndpointKey::Host),
            section.managers.as_ref().map(EndpointKey::Managers),
            section.context.as_ref().map(EndpointKey::Context),
            socket.map(EndpointKey::Socket),
        ]
        .into_iter()
        .flatten()
        .collect();
        ways.sort_by_key(|way| section.inherited.contains(way.key()));
        let (&first, others) = ways.split_first()?;
        let told = section.inherited.contains(first.key());
        for &other in others.iter().filter(|way| told || !section.inherited.contains(way.key())) {
            self.conflict((other.key(), other.span()), first, "both say where the engine is");
        }
        if let Some(tunnel) = &section.ssh_tunnel
            && !matches!(first, EndpointKey::Socket(_))
        {
            self.refuse_beside(first, &[("ssh_tunnel", tunnel.span)], "both say where the engine is");
        }
        Some(first)
    }

    /// The keys that ask for TLS, or say something about it, with their places.
    fn tls_keys(&self) -> Vec<(&'static str, Span)> {
        let section = self.section;
        let asks = |name, key: &Option<Spanned<bool>>| {
            key.as_ref().filter(|key| key.value).map(|key| (name, key.span))
        };
        let mut keys: Vec<_> = asks("tls", &section.tls).into_iter().collect();
        keys.extend(asks("tls_verify", &section.tls_verify));
        keys.extend(self.tls_files());
        keys
    }

    fn tls_files(&self) -> Vec<(&'static str, Span)> {
        let section = self.section;
        [
            ("tls_ca_cert", &section.tls_ca_cert),
            ("tls_cert", &section.tls_cert),
            ("tls_key", &section.tls_key),
        ]
        .into_iter()
        .filter_map(|(name, key)| Some((name, key.as_ref()?.span)))
        .collect()
    }

    /// Tells keys that do not go with a way. Those of `ship_defaults` are for the other ships, unless the way is too.
    fn refuse_beside(&mut self, way: EndpointKey<'_>, keys: &[(&'static str, Span)], why: &str) {
        let inherited = &self.section.inherited;
        for &(name, span) in keys {
            if !inherited.contains(name) || inherited.contains(way.key()) {
                self.conflict((name, span), way, why);
            }
        }
    }

    fn conflict(&mut self, (name, span): (&str, Span), way: EndpointKey<'_>, why: &str) {
        let ship = &self.section.name.value;
        let text = format!("`{name}` and `{}` do not go together, at ship `{ship}`", way.key());
        self.diagnostics.push(
            Diagnostic::error("conflicting-keys", text)
                .at(span, why)
                .also(way.span(), "the other one")
                .help("remove one of them"),
        );
    }

    /// Each manager once, in the order of the file.
    fn managers(&mut self, managers: &'a Spanned<Vec<Spanned<String>>>) -> Vec<ManagerAddress> {
        let ship = &self.section.name.value;
        if !self.section.swarm {
            self.diagnostics.push(
                Diagnostic::error("missing-key", format!("`managers` of ship `{ship}` needs `swarm: true`"))
                    .at(managers.span, "a Swarm has managers")
                    .help("add `swarm: true`, or write `host` with one address"),
            );
        }
        let mut found: Vec<ManagerAddress> = Vec::new();
        for address in &managers.value {
            let Some(endpoint) = self.host(address, EndpointKey::Managers(managers)) else { continue };
            if let Some(first) = found.iter().find(|one| one.endpoint == endpoint) {
                let text = format!("`managers` of ship `{ship}` names `{endpoint}` twice");
                let problem = Diagnostic::error("duplicate-entry", text).at(address.span, "again");
                self.diagnostics.push(problem.also(first.span, "first here").help("remove one of them"));
                continue;
            }
            found.push(ManagerAddress { endpoint, span: address.span });
        }
        found
    }

    fn host(&mut self, host: &'a Spanned<String>, way: EndpointKey<'a>) -> Option<Endpoint> {
        match address::parse(&host.value) {
            Ok(Address::Unix(path)) => {
                self.refuse_beside(way, &self.tls_keys(), "nothing is encrypted on a Unix socket");
                Some(Endpoint::Unix(path))
            }
            Ok(Address::Ssh { login, socket }) => {
                self.refuse_beside(way, &self.tls_keys(), "SSH encrypts by itself");
                let remote = Remote::Socket(socket.unwrap_or_else(|| DEFAULT_SOCKET.into()));
                Some(Endpoint::Ssh { login, remote, tls: None })
            }
            Ok(Address::Tcp { host: name, .. } | Address::Https { host: name, .. }) if name.is_empty() => {
                self.bad_host(host, "there is no host in it", None);
                None
            }
            Ok(Address::Tcp { host, port }) => self.over_tcp(host, port, false),
            Ok(Address::Https { host, port }) => self.over_tcp(host, port, true),
            Err(misread) => {
                let near = match &misread {
                    Misread::Scheme(scheme) => nearest(scheme, address::SCHEMES.iter().copied()),
                    Misread::NoScheme | Misread::Rest(_) => None,
                };
                let help = near.map(|near| format!("did you mean `{near}://`?"));
                self.bad_host(host, &misread.to_string(), help);
                None
            }
        }
    }

    fn bad_host(&mut self, host: &Spanned<String>, why: &str, help: Option<String>) {
        let shown = address::shown(&host.value);
        let text = format!("`{shown}` does not say where an engine answers");
        let name = if is_host(&host.value) { host.value.as_str() } else { "10.0.0.1" };
        let forms = format!(
            "write for example `ssh://ops@{name}`, `tcp://{name}:2375` or `unix:///var/run/docker.sock`"
        );
        self.diagnostics
            .push(Diagnostic::error("bad-host", text).at(host.span, why).help(help.unwrap_or(forms)));
    }

    fn context(&mut self, context: &Spanned<String>) -> Option<Endpoint> {
        let contexts = Contexts::of(self.surroundings.variables);
        if let Some(contexts) = contexts.as_ref().filter(|contexts| contexts.has(&context.value)) {
            return match contexts.endpoint(&context.value, "this file") {
                Ok(endpoint) => Some(endpoint),
                Err(nameless) => {
                    let text = format!("the Docker context `{}` cannot be used", context.value);
                    self.diagnostics.push(
                        Diagnostic::error("bad-context", text)
                            .at(context.span, "named here")
                            .note(nameless.reason)
                            .help(format!("`docker context inspect {}` shows what it says", context.value)),
                    );
                    None
                }
            };
        }
        let names = contexts.map(|contexts| contexts.names()).unwrap_or_default();
        let help = match nearest_name(&context.value, names.iter().map(String::as_str)) {
            Some(near) => Help::from(format!("did you mean `{near}`?")).replace(context.span, near),
            None if names.is_empty() => {
                "`docker context create` makes one; `host: ssh://user@host` needs none".into()
            }
            None => format!("there are {}; `docker context create` makes one", names.join(", ")).into(),
        };
        let text = format!("there is no Docker context `{}`", context.value);
        let diagnostic = Diagnostic::error("unknown-context", text).at(context.span, "unknown context");
        self.diagnostics.push(diagnostic.help(help));
        None
    }

    /// The engine at `ip` or `endpoint`, directly or through a tunnel.
    fn address(&mut self) -> Option<Endpoint> {
        let section = self.section;
        let Some(host) = section.endpoint.as_ref().or(section.ip.as_ref()) else {
            self.missing_address();
            return None;
        };
        check_host(host, self.diagnostics);
        let port = section.docker_port.as_ref().map(|port| port.value);
        match &section.ssh_tunnel {
            None => self.over_tcp(host.value.clone(), port, false),
            Some(tunnel) => self.tunnel(host.value.clone(), port, tunnel),
        }
    }

    fn missing_address(&mut self) {
        if self.section.addressed {
            return;
        }
        let name = &self.section.name;
        self.diagnostics.push(
            Diagnostic::error("missing-key", format!("ship `{}` does not say where it is", name.value))
                .at(name.span, "no `ip` here")
                .help("add `ip:` and its address or host name, or `host: unix:///var/run/docker.sock` for this machine"),
        );
    }

    fn over_tcp(&mut self, host: String, port: Option<u16>, https: bool) -> Option<Endpoint> {
        if https || self.wants_tls() {
            let tls = self.tls()?;
            return Some(Endpoint::Tls { host, port: port.unwrap_or(TLS_PORT), tls });
        }
        self.warn_of_unused_tls();
        Some(Endpoint::Tcp { host, port: port.unwrap_or(PLAIN_PORT) })
    }

    fn tunnel(&mut self, host: String, port: Option<u16>, tunnel: &SshTunnelSection) -> Option<Endpoint> {
        let tls = if self.wants_tls() { Some(self.tls()) } else { None };
        if tls.is_none() {
            self.warn_of_unused_tls();
        }
        if let Some(user) = &tunnel.user
            && let Err(why) = address::check_user(&user.value)
        {
            self.diagnostics.push(
                Diagnostic::error("bad-user", why)
                    .at(user.span, "expected the name of a user of that machine")
                    .help("write for example `user: ops`"),
            );
        }
        let key = tunnel.key.as_ref().map(|key| files::ssh_key(key, self.surroundings, self.diagnostics));
        let user = tunnel.user.as_ref().map(|user| user.value.clone());
        let remote = match (port, &self.section.socket_path, &tls) {
            (Some(port), _, _) => Remote::Port(port),
            (None, Some(path), _) => Remote::Socket(path.value.clone().into()),
            (None, None, Some(_)) => Remote::Port(TLS_PORT),
            (None, None, None) => Remote::Port(PLAIN_PORT),
        };
        let login = SshLogin { user, host, port: tunnel.port, key: key.flatten() };
        let tls = match tls {
            Some(tls) => Some(tls?),
            None => None,
        };
        Some(Endpoint::Ssh { login, remote, tls })
    }

    /// `tls_verify: true` alone asks for TLS as well, as in `MaestroNG`; what the ship says counts more than a default.
    fn wants_tls(&self) -> bool {
        let is = |key: &Option<Spanned<bool>>, value| key.as_ref().is_some_and(|key| key.value == value);
        let section = self.section;
        let refused = is(&section.tls, false)
            && !section.inherited.contains("tls")
            && section.inherited.contains("tls_verify");
        is(&section.tls, true) || (is(&section.tls_verify, true) && !refused)
    }

    fn tls(&mut self) -> Option<Tls> {
        files::tls(self.section, self.surroundings, self.diagnostics)
    }

    /// `MaestroNG` did not look at these keys without `tls`, and said nothing.
    fn warn_of_unused_tls(&mut self) {
        if self.section.tls.is_some() {
            return;
        }
        for (name, span) in self.tls_files() {
            let text =
                format!("`{name}` has no effect: ship `{}` does not ask for TLS", self.section.name.value);
            self.diagnostics.push(
                Diagnostic::warning("unused-key", text)
                    .at(span, "not read")
                    .help("add `tls: true`, or remove this"),
            );
        }
    }
}
