//! What is sent to the engine for one instance, from its own settings and those of its service.

use std::{collections::BTreeMap, io, path::Path};

use indexmap::IndexMap;

use super::{Resolver, Section, bad, settings, update, volumes::MountedVolumes};
use crate::document::settings::{HostAddress, Settings, bad_host_address, logging};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        ShipId,
        container::{ContainerOwner, ContainerSpec, Port, Setting},
        update::Order,
        variables::{Variables, image_tag, parse_env_file},
    },
    source::{Span, Spanned},
    value::secret::{env_file::torn, hides, secrets},
};

/// What `net` takes beside the name of a network.
const NETWORK_MODES: [&str; 4] = ["host", "none", "bridge", "default"];

/// The instance's ports, and those of its service that it does not redefine. A list replaces all of them.
pub(super) fn ports(section: Section<'_>) -> Vec<Port> {
    let mut ports: IndexMap<&str, &Port> = IndexMap::new();
    let (service, own) = (&section.service.settings.ports, &section.instance.settings.ports);
    let inherited: &[_] = if section.instance.settings.forms.contains_key("ports") { &[] } else { service };
    for port in inherited.iter().chain(own) {
        ports.insert(&port.value.name, &port.value);
    }
    ports.into_values().cloned().collect()
}

/// The first that is said: by the instance, else by its service.
pub(super) fn either<T: Clone>(section: Section<'_>, get: impl Fn(&Settings) -> &Option<T>) -> Option<T> {
    get(&section.instance.settings).clone().or_else(|| get(&section.service.settings).clone())
}

/// The instance's list, or its service's if the instance has none.
fn list<'a, T>(section: Section<'a>, get: impl Fn(&'a Settings) -> &'a Vec<T>) -> &'a [T] {
    let own = get(&section.instance.settings);
    if own.is_empty() { get(&section.service.settings) } else { own }
}

/// The service's pairs, overridden one by one by the instance's.
fn merged(
    section: Section<'_>,
    get: impl Fn(&Settings) -> &Vec<(String, String)>,
) -> BTreeMap<String, String> {
    get(&section.service.settings).iter().chain(get(&section.instance.settings)).cloned().collect()
}

impl Resolver<'_, '_> {
    /// All but what depends on other instances: links, their variables and their hosts.
    pub(super) fn container(
        &mut self,
        section: Section<'_>,
        ship: ShipId,
        image: String,
        ports: &[Port],
    ) -> ContainerSpec {
        let name = section.instance.name.value.clone();
        let net = either(section, |s| &s.net);
        if let Some(net) = &net {
            self.warn_of_network(net);
        }
        let net = net.map(|net| net.value);
        let MountedVolumes { mounts, anonymous, memory } = self.volumes(section, ship);
        self.check_logging(section);
        // A host name is a name on the network too, so a successor would be found before it is ready.
        let start_first = update::order(&section.service.update) == Order::StartFirst;
        let (network, attachments) = self.connection(section, net.as_deref());
        let mut settings = settings::of(section);
        settings::add_memory(&mut settings, memory);
        ContainerSpec {
            env: self.variables(section, ship, &image),
            hostname: either(section, |s| &s.hostname).map(|hostname| hostname.value).or_else(|| {
                let has_own = net.is_none() && !settings.contains_key(&Setting::Uts);
                (has_own && !start_first).then(|| name.clone())
            }),
            command: either(section, |s| &s.command).map(|command| command.value),
            ports: ports.to_vec(),
            mounts,
            volumes: anonymous,
            volumes_from: list(section, |s| &s.volumes_from).iter().map(|from| from.value.clone()).collect(),
            network,
            extra_hosts: self.extra_hosts(section),
            restart: either(section, |s| &s.restart),
            privileged: either(section, |s| &s.privileged).unwrap_or(false),
            cap_add: either(section, |s| &s.cap_add).unwrap_or_default(),
            cap_drop: either(section, |s| &s.cap_drop).unwrap_or_default(),
            dns: either(section, |s| &s.dns).unwrap_or_default(),
            security_opt: self.security_options(section),
            ulimits: either(section, |s| &s.ulimits).unwrap_or_default(),
            user: either(section, |s| &s.username),
            workdir: either(section, |s| &s.workdir),
            labels: merged(section, |s| &s.labels),
            cpu_shares: either(section, |s| &s.cpu),
            memory: either(section, |s| &s.memory),
            memory_swap: either(section, |s| &s.swap).map(|swap| swap.value),
            log_driver: either(section, |s| &s.log_driver),
            log_opt: merged(section, |s| &s.log_opt),
            settings,
            attachments,
            stop_timeout: None,
            files: BTreeMap::new(),
            owner: ContainerOwner {
                environment: self.document.name.value.clone(),
                service: section.service.name.value.clone(),
            },
            name,
            image,
        }
    }

    /// The variables that need no other instance.
    fn variables(&mut self, section: Section<'_>, ship: ShipId, image: &str) -> Variables {
        let mut variables = Variables::new();
        let service = &section.service.settings;
        self.add_settings(&mut variables, service);
        variables.insert("MAESTRO_ENVIRONMENT_NAME".to_owned(), Some(self.document.name.value.clone()));
        variables.insert("SERVICE_NAME".to_owned(), Some(section.service.name.value.clone()));
        self.add_settings(&mut variables, &section.instance.settings);
        let own = [
            ("CONTAINER_NAME", section.instance.name.value.as_str()),
            ("CONTAINER_HOST_ADDRESS", self.ships[ship.0].address.as_str()),
            ("DOCKER_IMAGE", image),
            ("DOCKER_TAG", image_tag(image)),
        ];
        for (name, value) in own {
            variables.insert(name.to_owned(), Some(value.to_owned()));
        }
        // The file marks what its env files say as well.
        let (service, instance) = (&section.service.name.value, &section.instance.name.value);
        let is_marked =
            |name: &str| self.document.sensitive.covers_key(service, instance, &format!("env.{name}"));
        let marked = variables.iter().filter(|(name, _)| is_marked(name));
        let marked: Vec<String> = marked.filter_map(|(_, value)| value.clone()).collect();
        self.diagnostics.hide(marked);
        variables
    }

    /// Checks the options of the log driver that only the service and the instance together tell.
    fn check_logging(&mut self, section: Section<'_>) {
        let Some(driver) = either(section, |s| &s.log_driver) else { return };
        let sides = [&section.instance.settings, &section.service.settings];
        // Those that stand beside their driver were checked there.
        let apart = sides.iter().filter(|side| side.log_driver.as_ref() != Some(&driver));
        let apart: Vec<String> = apart.flat_map(|side| &side.log_opt).map(|(name, _)| name.clone()).collect();
        let options = merged(section, |s| &s.log_opt);
        let Some((text, label, help)) = logging::wrong_together(&driver, &options, &apart) else { return };
        let place = |name: &str| {
            sides
                .iter()
                .find_map(|side| side.written.iter().find(|key| key.value == name).map(|key| key.span))
        };
        let problem = Diagnostic::error("bad-log-opt", text).help(help);
        self.diagnostics.push(match place("log_opt").or_else(|| place("log_driver")) {
            Some(span) => problem.at(span, label),
            None => problem,
        });
    }

    fn add_settings(&mut self, variables: &mut Variables, settings: &Settings) {
        for path in &settings.envfile {
            if let Some(file) = self.env_file(path) {
                variables.extend(file);
            }
        }
        variables.extend(settings.env.iter().map(|(name, value)| (name.value.clone(), value.clone())));
    }

    /// Keeps diagnostics from showing the secrets of an env file.
    fn hide_secrets(&mut self, variables: &Variables) {
        let texts = variables.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let secrets = texts.flat_map(|(name, value)| {
            if hides(name, value) {
                return vec![value.to_owned()];
            }
            secrets(value).into_iter().map(|place| value[place].to_owned()).collect()
        });
        self.diagnostics.hide(secrets.collect::<Vec<_>>());
    }

    /// An env file's variables; each file is read once.
    fn env_file(&mut self, path: &Spanned<String>) -> Option<Variables> {
        if let Some(known) = self.env_files.get(&path.value) {
            return known.clone();
        }
        let read = self.read_env_file(path);
        self.env_files.insert(path.value.clone(), read.clone());
        read
    }

    fn read_env_file(&mut self, path: &Spanned<String>) -> Option<Variables> {
        let unreadable = |why: String, help: String| {
            let text = format!("the env file `{}` cannot be read", path.value);
            bad("env-file", text, path.span, why).help(help)
        };
        let bytes = match (self.read_file)(Path::new(&path.value)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let (why, help) = cannot_read(&error, &self.sources.file(path.span.file).name);
                self.diagnostics.push(unreadable(why, help));
                return None;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            let help = "convert it, for example with `iconv -f LATIN1 -t UTF-8`".to_owned();
            self.diagnostics.push(unreadable("it is not UTF-8 text".to_owned(), help));
            return None;
        };
        let (variables, wrong) = match parse_env_file(&text) {
            Ok(variables) => (Some(variables), Vec::new()),
            Err(wrong) => (None, wrong),
        };
        if let Some(variables) = &variables {
            self.hide_secrets(variables);
            self.diagnostics.hide(torn(&text));
        }
        let quoted = if variables.is_some() { quoted_lines(&text) } else { Vec::new() };
        if wrong.is_empty() && quoted.is_empty() {
            return variables;
        }
        let lines = shown_lines(&text);
        let file = self.sources.add(path.value.clone(), lines.shown);
        for (line, why) in wrong {
            let (span, help) = lines.spans[line - 1].clone();
            let text = "this line of an env file is no variable";
            let diagnostic = bad("env-file", text, Span::new(file, span), why);
            self.diagnostics.push(diagnostic.also(path.span, "the file is named here").help(help));
        }
        for (line, why, help) in quoted {
            let (span, _) = lines.spans[line - 1].clone();
            self.diagnostics.push(
                Diagnostic::warning("env-file-quotes", why)
                    .at(Span::new(file, span), "read as `docker run --env-file` reads it")
                    .also(path.span, "the file is named here")
                    .help(help),
            );
        }
        variables
    }

    /// Any word may be a network's name, but one that is nearly a mode is hardly meant as one.
    fn warn_of_network(&mut self, net: &Spanned<String>) {
        let Some(mode) = NETWORK_MODES.iter().find(|mode| strsim::damerau_levenshtein(mode, &net.value) == 1)
        else {
            return;
        };
        let text = format!("`{}` is taken for the name of a network that you made", net.value);
        self.diagnostics.push(
            Diagnostic::warning("network-name", text)
                .at(net.span, "not a mode")
                .help(format!(
                    "did you mean `{mode}`? Otherwise `docker network create` makes it on its ship"
                ))
                .replace(net.span, *mode),
        );
    }

    fn extra_hosts(&mut self, section: Section<'_>) -> IndexMap<String, String> {
        let mut hosts = IndexMap::new();
        let both = section.service.settings.extra_hosts.iter().chain(&section.instance.settings.extra_hosts);
        for (name, address) in both {
            let (addresses, whose) = match address {
                HostAddress::Addresses(addresses) => (addresses.clone(), String::new()),
                HostAddress::Ship(ship) => {
                    let Some(id) = self.ship_named(ship) else { continue };
                    let found = &self.ships[id.0];
                    let address = Spanned::new(found.address.clone(), ship.span);
                    (vec![address], format!(", the address of ship `{}`,", found.name))
                }
            };
            for Spanned { value: address, span } in &addresses {
                self.check_host_address(name, address, *span, &whose);
            }
            let addresses: Vec<String> = addresses.into_iter().map(|address| address.value).collect();
            hosts.insert(name.value.clone(), addresses.join(","));
        }
        hosts
    }

    fn check_host_address(&mut self, name: &Spanned<String>, address: &str, span: Span, whose: &str) {
        if let Some(problem) = bad_host_address(address, whose, span) {
            self.diagnostics.push(problem.help(if whose.is_empty() {
                format!("write for example `{}: 10.0.0.1`, or `{{ship: NAME}}`", name.value)
            } else {
                "give that ship an IP address: `ip: 10.0.0.1`".to_owned()
            }));
        }
    }
}

/// An env file as it may be shown: values are nobody's business, so only names are kept.
struct ShownLines {
    shown: String,
    /// Of each line what to point at, and what to say if it is wrong.
    spans: Vec<(std::ops::Range<usize>, &'static str)>,
}

fn shown_lines(text: &str) -> ShownLines {
    let (mut shown, mut spans) = (String::new(), Vec::new());
    for line in text.lines() {
        let name = line.trim_start();
        let name = &name[..name.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(name.len())];
        // A line without a name may be the rest of a secret that was written in several lines.
        let is_name = line.contains('=')
            || matches!(name, "export" | "")
            || name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let name = if is_name { name } else { "" };
        let rest = if name == line.trim() { "\n" } else { "…\n" };
        let help = match name {
            "export" => "leave `export` out: this is no script, a line is `NAME=value` and no more",
            _ => "write each line as `NAME=value`",
        };
        let length = if name.is_empty() { rest.trim_end().len() } else { name.len() };
        spans.push((shown.len()..shown.len() + length, help));
        shown.extend([name, rest]);
    }
    ShownLines { shown, spans }
}

/// Lines of an env file with quotes, which Compose takes away and engines do not: the number of each, from 1, what
/// happens, and what to do.
fn quoted_lines(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some((_, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        if value.len() > 1 && value.ends_with(quote) {
            found.push((
                index + 1,
                "the quotes of this value are a part of it",
                "leave the quotes out, or write the variable under `env`",
            ));
        } else if !value[1..].contains(quote) {
            found.push((
                index + 1,
                "this value ends with its line, though its quote is not closed",
                "an env file has no values of several lines: write the variable under `env`, with `|` and its lines below",
            ));
        }
    }
    found
}

/// Why a file that the environment names cannot be read, and the way out.
pub(super) fn cannot_read(error: &io::Error, main: &str) -> (String, String) {
    let help = format!("its path counts from the directory of {main}: correct it, or make the file");
    match error.kind() {
        io::ErrorKind::NotFound => ("there is no such file".to_owned(), help),
        io::ErrorKind::IsADirectory => ("this is a directory".to_owned(), "name a file in it".to_owned()),
        io::ErrorKind::PermissionDenied => {
            ("this may not be read".to_owned(), "make it readable, or run this as its owner".to_owned())
        }
        _ => (error.to_string(), help),
    }
}
