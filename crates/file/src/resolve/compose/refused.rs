//! Values that docker compose passes on as they are and engines refuse: they are errors here, at their place.

use std::collections::BTreeMap;

use super::{ProjectResolver, constraint, duplicate, placement::constraints, ulimit};
use crate::{
    compose::{element::Element, service::ComposeService},
    document::settings::{
        bad_host_address, check_annotation, check_capability, check_exposed, check_extra_host,
        check_hostname, check_image, check_label, check_mac_address, check_mode, check_name_server,
        check_platform, check_security_option, check_sysctl,
        logging::{Driver, check_log_driver, fault, wrong_together},
        pull::AGE_HELP,
        short_restart, tmpfs,
    },
    resolve::security::profile_path,
};
use maestro_core::{
    diagnostic::{Diagnostic, nearest},
    source::{Span, Spanned},
    value::{pull::PullPolicy, setting::Setting},
};

/// What docker compose takes as `pull_policy`, beside `every_2h` and its like.
const PULL_POLICIES: [&str; 8] =
    ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];

fn is_pull_policy(policy: &str) -> bool {
    policy.is_empty() || PULL_POLICIES.contains(&policy) || PullPolicy::from_word(policy).is_some()
}

impl<'p> ProjectResolver<'p, '_> {
    /// Tells what engines refuse of a service.
    pub(super) fn tell_refused(&mut self, service: ComposeService<'p>) {
        let element = service.element;
        self.words(element);
        for mount in service.mounts() {
            let target = own(&mount.target);
            if target.value == "/" {
                self.diagnostics.push(
                    Diagnostic::error("bad-path", "nothing can be mounted at `/`")
                        .at(mount.span, "the image's own files are there")
                        .help("write a path below it, for example `/data`"),
                );
            }
            let what = || match one_letter(&target.value) {
                Some(letter) => format!(
                    "docker compose reads `{letter}:` as a drive of Windows: give the volume a name of two letters or more"
                ),
                None => format!("write the whole path, for example `{}`", absolute(&target.value)),
            };
            self.path_inside(&target, target.value.as_str(), what);
        }
        for memory in element.spanned_texts("tmpfs").unwrap_or_default() {
            let path = memory.value.split(':').next().unwrap_or_default();
            let what = || format!("write the whole path, for example `tmpfs: {}`", absolute(path));
            let memory = own(&memory);
            self.path_inside(&memory, path, what);
            tmpfs::check_options(self.diagnostics, &memory);
        }
        self.diagnostics.extend(ulimit::refused(element));
        self.diagnostics.extend(duplicate::ports(service));
        self.diagnostics.extend(constraints(service).iter().filter_map(constraint::malformed));
        self.names(element);
        self.forms(element);
        self.ranges(element);
        self.logging(element);
        self.shared_network(element);
    }

    /// Tells values that have a form for engines alone.
    fn forms(&mut self, element: &Element) {
        let single = pull_policy(element).into_iter().chain(test_without_command(element));
        let several =
            element.each("devices").filter_map(device).chain(element.each("volumes").filter_map(drive));
        self.diagnostics
            .extend(single.chain(several).chain(block_devices(element)).chain(directories(element)));
    }

    fn words(&mut self, element: &Element) {
        let text = |key: &str| element.spanned_text(key).filter(|text| !text.value.is_empty());
        let texts = |key: &str| element.spanned_texts(key).unwrap_or_default();
        let diagnostics = &mut *self.diagnostics;
        if let Some(image) = text("image").filter(|_| self.makes_containers) {
            check_image(diagnostics, &own(&image));
        }
        if let Some(policy) = text("restart") {
            short_restart(diagnostics, &own(&policy));
        }
        if let Some(signal) = text("stop_signal") {
            crate::document::signal::check_signal(diagnostics, &own(&signal), "stop_signal: SIGINT");
        }
        if let Some(name) = text("hostname") {
            check_hostname(diagnostics, &own(&name));
        }
        for server in texts("dns") {
            check_name_server(diagnostics, &own(&server));
        }
        for key in ["cap_add", "cap_drop"] {
            for capability in texts(key) {
                check_capability(diagnostics, key, &own(&capability));
            }
        }
        for (name, _) in element.spanned_pairs("sysctls") {
            check_sysctl(diagnostics, &own(&name));
        }
        // The path of a profile is looked for with its file.
        for option in texts("security_opt").iter().filter(|option| profile_path(option.value).is_none()) {
            check_security_option(diagnostics, &own(option));
        }
        for port in texts("expose") {
            check_exposed(diagnostics, &own(&port));
        }
        if let Some(address) = text("mac_address") {
            check_mac_address(diagnostics, &own(&address));
        }
        // Another container's namespace is looked at where all services are known.
        let is_of_another = |mode: &str| mode.starts_with("service:") || mode.starts_with("container:");
        for setting in [Setting::Pid, Setting::Ipc, Setting::UsernsMode, Setting::Uts] {
            if let Some(mode) = text(setting.key()).filter(|mode| !is_of_another(mode.value)) {
                check_mode(diagnostics, setting, &own(&mode));
            }
        }
        if let Some(platform) = text("platform") {
            check_platform(diagnostics, &own(&platform));
        }
    }

    /// Names of hosts and of labels.
    fn names(&mut self, element: &Element) {
        for (name, addresses) in element.entries("extra_hosts") {
            check_extra_host(self.diagnostics, &own(&name));
            let addresses = addresses.items().unwrap_or(std::slice::from_ref(addresses)).iter();
            let wrong =
                addresses.filter_map(|address| bad_host_address(address.as_text()?, "", address.span));
            self.diagnostics.extend(
                wrong.map(|problem| problem.help(format!("write for example `\"{}=10.0.0.1\"`", name.value))),
            );
        }
        for (name, _) in element.spanned_pairs("labels") {
            check_label(self.diagnostics, &own(&name));
        }
        for (name, _) in element.spanned_pairs("annotations") {
            check_annotation(self.diagnostics, &own(&name));
        }
    }

    fn path_inside(&mut self, written: &Spanned<String>, path: &str, what: impl FnOnce() -> String) {
        if path.starts_with('/') || written.value.is_empty() {
            return;
        }
        let text = format!("`{path}` is not a path inside a container");
        let diagnostic = Diagnostic::error("bad-path", text).at(written.span, "it must begin with `/`");
        self.diagnostics.push(diagnostic.help(what()));
    }

    /// Tells log drivers and options that no engine takes.
    fn logging(&mut self, element: &Element) {
        let Some(logging) = element.get("logging") else { return };
        let Some(name) = logging.spanned_text("driver").filter(|name| !name.value.is_empty()) else { return };
        let Some(driver) =
            check_log_driver(self.diagnostics, &own(&name)).then(|| Driver::of(name.value)).flatten()
        else {
            return;
        };
        let mut options = BTreeMap::new();
        for (option, value) in logging.spanned_pairs("options") {
            let place = value.as_ref().map_or(option.span, |value| value.span);
            let value = value.map_or("", |value| value.value);
            options.insert(option.value.to_owned(), value.to_owned());
            if let Some(mut fault) = fault(driver, option.value, value) {
                fault.help = in_words_of_compose(&fault.help);
                self.diagnostics.push(fault.at(option.span, place));
            }
        }
        let together = wrong_together(name.value, &options, &[]);
        self.wrong_log_option(name.span, together);
    }

    /// A problem with all options together, a label and what to do.
    fn wrong_log_option(&mut self, span: Span, wrong: Option<(String, String, String)>) {
        let Some((text, label, help)) = wrong else { return };
        let help = in_words_of_compose(&help);
        self.diagnostics.push(Diagnostic::error("bad-log-opt", text).at(span, label).help(help));
    }

    /// Tells what does not go with the network of another container.
    fn shared_network(&mut self, element: &Element) {
        let Some(mode) = element.spanned_text("network_mode") else { return };
        let other = mode.value.strip_prefix("service:").or_else(|| mode.value.strip_prefix("container:"));
        let Some(other) = other else { return };
        for key in ["ports", "extra_hosts", "dns", "hostname", "links"] {
            let Some(member) = element.members().and_then(|members| members.get(key)) else { continue };
            if member.value.items().is_some_and(<[Element]>::is_empty) {
                continue;
            }
            let text = format!("`{key}` and `network_mode: {}` do not go together", mode.value);
            self.diagnostics.push(
                Diagnostic::error("conflicting-keys", text)
                    .at(member.key, "an engine refuses this beside the network of another container")
                    .also(mode.span, "the network")
                    .help(format!("move `{key}` to `{other}`, whose network it is")),
            );
        }
    }
}

fn pull_policy(service: &Element) -> Option<Diagnostic> {
    let policy = service.spanned_text("pull_policy").filter(|policy| !is_pull_policy(policy.value))?;
    let text = format!("`{}` is not a pull policy", policy.value);
    let problem = Diagnostic::error("bad-pull-policy", text).at(policy.span, "unknown policy");
    if policy.value.starts_with("every_") {
        return Some(problem.help(AGE_HELP));
    }
    Some(match nearest(policy.value, PULL_POLICIES) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!("the policies are {}", PULL_POLICIES.join(", "))),
    })
}

fn test_without_command(service: &Element) -> Option<Diagnostic> {
    let test = service.get("healthcheck")?.spanned_texts("test")?;
    let [first] = &test[..] else { return None };
    let problem = Diagnostic::error("bad-value", "the test of the health check has no command")
        .at(first.span, "nothing follows")
        .help(format!("write for example `test: [{}, \"curl -f http://localhost\"]`", first.value));
    (first.value != "NONE").then_some(problem)
}

fn device(device: &Element) -> Option<Diagnostic> {
    let source = device.text_of("source").unwrap_or_default();
    let target = device.spanned_text("target");
    let inside = target.as_ref().map_or(source, |target| target.value);
    if let Some(target) = target.filter(|target| !target.value.starts_with('/') && !source.contains('=')) {
        let text = format!("`{}` is not a device", target.value);
        return Some(
            Diagnostic::error("bad-device", text)
                .at(target.span, "expected the path of a device of the ship")
                .help(format!("write the whole path, for example `{}`", absolute(source))),
        );
    }
    let rights = device.spanned_text("permissions")?;
    let known: String = rights.value.chars().filter(|c| "rwm".contains(*c)).collect();
    if known == rights.value && !known.is_empty() {
        return None;
    }
    let known = if known.is_empty() { "rwm" } else { &known };
    Some(
        Diagnostic::error("bad-device", format!("`{}` are no permissions of a device", rights.value))
            .at(rights.span, "`r` reads, `w` writes, `m` makes device files")
            .help(format!("write `{source}:{inside}:{known}`")),
    )
}

/// The target of a config or secret that would be a directory.
fn directories(service: &Element) -> impl Iterator<Item = Diagnostic> {
    let files = ["configs", "secrets"].into_iter().flat_map(|key| service.each(key));
    files.filter_map(|file| {
        let target = file.spanned_text("target").filter(|target| target.value.ends_with('/'))?;
        let name = file.text_of("source").unwrap_or("file");
        Some(
            Diagnostic::error("bad-target", format!("`{}` is a directory", target.value))
                .at(target.span, "expected the path of the file")
                .help(format!("write `target: {}{name}`", target.value)),
        )
    })
}

/// A limit of a block device that is named by no path.
fn block_devices(service: &Element) -> impl Iterator<Item = Diagnostic> {
    const LISTS: [&str; 5] =
        ["weight_device", "device_read_bps", "device_write_bps", "device_read_iops", "device_write_iops"];
    let limits = service.get("blkio_config").into_iter();
    let limits = limits.flat_map(|config| LISTS.into_iter().flat_map(|list| config.each(list)));
    limits.filter_map(|limit| {
        let path = limit.spanned_text("path").filter(|path| !path.value.starts_with('/'))?;
        Some(
            Diagnostic::error("bad-device", format!("`{}` is not a device", path.value))
                .at(path.span, "expected the path of a device of the ship")
                .help(format!("write for example `path: /dev/{}`", path.value)),
        )
    })
}

/// A mount of a path of Windows.
fn drive(mount: &Element) -> Option<Diagnostic> {
    let source = mount.spanned_text("source").filter(|_| mount.text_of("type") == Some("bind"))?;
    let mut first = source.value.chars();
    if !first.next()?.is_ascii_alphabetic() || first.next() != Some(':') {
        return None;
    }
    let target = mount.text_of("target").unwrap_or("/data");
    Some(
        Diagnostic::error("bad-path", format!("`{}` is a path of Windows", source.value))
            .at(source.span, "engines that Maestro uses run on Linux")
            .help(format!("write a path of the ship, or one of the project: `./data:{target}`")),
    )
}

/// The letter of a volume whose name is one: `d` of `d:/data`.
fn one_letter(target: &str) -> Option<&str> {
    let (name, path) = target.split_once(':')?;
    (name.len() == 1 && path.starts_with('/')).then_some(name)
}

fn absolute(path: &str) -> String {
    format!("/{}", path.trim_start_matches("./"))
}

pub(super) fn own(text: &Spanned<&str>) -> Spanned<String> {
    Spanned::new(text.value.to_owned(), text.span)
}

/// What to do about log options, in the words of Compose files.
fn in_words_of_compose(help: &str) -> String {
    help.replace("log_opt:", "options:").replace("{{ '{{.Name}}' }}", "{{.Name}}")
}
