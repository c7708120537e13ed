//! The keys of an instance, which may stand on its service as well.

pub(super) mod command;
pub(crate) mod container;
mod device;
mod extra_hosts;
mod forms;
mod health;
mod hook;
mod image;
mod labels;
pub(crate) mod limits;
pub(crate) mod logging;
pub(super) mod on_unhealthy;
mod platform;
pub(crate) mod pull;
mod restart;
mod security;
pub(crate) mod tmpfs;
pub(crate) mod ulimits;
pub(crate) mod user;
mod variables;
mod words;
pub mod written;

pub(crate) use container::{bounds, check_cpuset, check_mode, check_sysctl, of_thousandths};
pub use extra_hosts::HostAddress;
pub(crate) use extra_hosts::{bad_host_address, check_extra_host};
pub(crate) use image::check_image;
pub(crate) use labels::{check_annotation, check_label};
pub(crate) use platform::check_platform;
pub(crate) use restart::short as short_restart;
pub(crate) use security::{check_capability, check_security_option};
pub(crate) use words::{check_exposed, check_mac_address, check_name_server};

use std::time::Duration;

use super::{
    checks::{self, LifecycleSection},
    convert::instance_of,
    element::Members,
    files::{self, FileUse},
    read::{Field, Fields, Reader},
    scalar::as_scalar,
    schema::Schema,
    volumes::VolumeSection,
    yaml::NodeKind,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help},
    source::Spanned,
    value::{
        Port, RestartPolicy, Ulimit, hook::Hook, image_source::ImageSource, on_unhealthy::OnUnhealthy,
        pull::PullPolicy,
    },
};

/// What an instance, or a service for its instances, says. What is not said is none or empty.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What was written, but could not be read.
    pub gaps: SettingsGaps,
    /// The keys that were written, each with its place.
    pub written: Vec<Spanned<String>>,
    /// `ship`
    pub ship: Option<Spanned<String>>,
    /// `image`
    pub image: Option<Spanned<String>>,
    /// `command`, or `cmd`
    pub command: Option<Spanned<Vec<String>>>,
    /// `ports`
    pub ports: Vec<Spanned<Port>>,
    /// `volumes`
    pub volumes: Vec<VolumeSection>,
    /// `container_volumes`
    pub container_volumes: Vec<Spanned<String>>,
    /// `volumes_from`
    pub volumes_from: Vec<Spanned<String>>,
    /// `env`; a value of none passes the bare name.
    pub env: Vec<(Spanned<String>, Option<String>)>,
    /// `envfile`
    pub envfile: Vec<Spanned<String>>,
    /// `links`: `(instance, alias)`
    pub links: Vec<(Spanned<String>, Spanned<String>)>,
    /// `requires`
    pub requires: Vec<Spanned<String>>,
    /// `wants_info`
    pub wants_info: Vec<Spanned<String>>,
    /// `lifecycle`
    pub lifecycle: LifecycleSection,
    /// `job`
    pub job: Option<Spanned<bool>>,
    /// `container_name`
    pub container_name: Option<Spanned<String>>,
    /// `privileged`
    pub privileged: Option<bool>,
    /// `cap_add`
    pub cap_add: Option<Vec<String>>,
    /// `cap_drop`
    pub cap_drop: Option<Vec<String>>,
    /// `extra_hosts`
    pub extra_hosts: Vec<(Spanned<String>, HostAddress)>,
    /// `stop_timeout`
    pub stop_timeout: Option<Duration>,
    /// `limits.cpu`
    pub cpu: Option<i64>,
    /// `limits.memory`, in bytes
    pub memory: Option<i64>,
    /// `limits.swap`, in bytes
    pub swap: Option<Spanned<i64>>,
    /// `log_driver`
    pub log_driver: Option<String>,
    /// `log_opt`
    pub log_opt: Vec<(String, String)>,
    /// `net`
    pub net: Option<Spanned<String>>,
    /// `restart`
    pub restart: Option<RestartPolicy>,
    /// `dns`
    pub dns: Option<Vec<String>>,
    /// `security_opt`
    pub security_opt: Option<Vec<String>>,
    /// `ulimits`
    pub ulimits: Option<Vec<Ulimit>>,
    /// `username`
    pub username: Option<String>,
    /// `labels`
    pub labels: Vec<(String, String)>,
    /// `workdir`
    pub workdir: Option<String>,
    /// `post_start`
    pub post_start: Option<Vec<Hook>>,
    /// `pre_stop`
    pub pre_stop: Option<Vec<Hook>>,
    /// `pull_policy`
    pub pull_policy: Option<PullPolicy>,
    /// `image_source`
    pub image_source: Option<ImageSource>,
    /// `on_unhealthy`
    pub on_unhealthy: Option<OnUnhealthy>,
    /// `hostname`
    pub hostname: Option<Spanned<String>>,
    /// `profiles`; none if there is no such key.
    pub profiles: Option<Vec<Spanned<String>>>,
    /// `configs` and `secrets`
    pub files: Vec<FileUse>,
    /// Values in forms of Compose, by their keys: `networks`, and lists of `ports` and `volumes`. Only schema 3 has them.
    pub forms: Members,
    /// Settings that the engine takes as they are written.
    pub container: written::WrittenSettings,
}

/// Keys that were written, but misspelt or so that they could not be read, which was told: nothing more is to be said
/// about what they should have said.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettingsGaps {
    /// `ship`
    pub ship: bool,
    /// `image`
    pub image: bool,
    /// Some of `ports`
    pub ports: bool,
}

/// Reads the keys of an instance.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> Settings {
    let mut settings = Settings { written: fields.written(reader), ..Settings::default() };
    identity(reader, fields, &mut settings);
    relations(reader, fields, &mut settings);
    host(reader, fields, &mut settings);
    limits::read(reader, fields, &mut settings);
    settings.hostname = text(reader, fields, "hostname", "web");
    if let Some(hostname) = &settings.hostname {
        check_hostname(reader.diagnostics, hostname);
    }
    settings.post_start = hook::read(reader, fields, "post_start");
    settings.pre_stop = hook::read(reader, fields, "pre_stop");
    settings.pull_policy = pull::policy(reader, fields);
    settings.image_source = pull::source(reader, fields);
    settings.on_unhealthy = on_unhealthy::on_unhealthy(reader, fields);
    settings.files = files::uses(reader, fields);
    settings.profiles = texts(reader, fields, "profiles", "[debug]");
    settings.container = container::read(reader, fields);
    settings.gaps.image = settings.image.is_none() && fields.attempted(reader, "image");
    settings.gaps.ship = settings.ship.is_none() && fields.attempted(reader, "ship");
    settings.gaps.ports |= settings.ports.is_empty()
        && !settings.forms.contains_key("ports")
        && fields.attempted(reader, "ports");
    settings
}

pub(super) fn text(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &str,
    example: &str,
) -> Option<Spanned<String>> {
    let field = fields.get(reader, key)?.clone();
    reader.text(field.value, &format!("`{key}`"), &format!("{key}: {example}"))
}

pub(super) fn texts(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &str,
    example: &str,
) -> Option<Vec<Spanned<String>>> {
    let field = fields.get(reader, key)?.clone();
    Some(reader.texts(field.value, &format!("`{key}`"), &format!("{key}: {example}")))
}

pub(super) fn plain(texts: Option<Vec<Spanned<String>>>) -> Option<Vec<String>> {
    texts.map(|texts| texts.into_iter().map(|text| text.value).collect())
}

/// What it is and runs.
fn identity(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    settings.ship = text(reader, fields, "ship", "local");
    settings.container_name = text(reader, fields, "container_name", "shop-web");
    settings.image = text(reader, fields, "image", "nginx:1.27");
    if let Some(image) = &settings.image {
        check_image(reader.diagnostics, image);
    }
    settings.command = command::read(reader, fields);
    let user = text(reader, fields, "username", "nobody");
    if let Some(user) = &user {
        user::check(reader.diagnostics, user);
    }
    settings.username = user.map(|user| user.value);
    settings.workdir = text(reader, fields, "workdir", "/app").and_then(|path| workdir(reader, path));
    if let Some(field) = fields.get(reader, "env").cloned() {
        settings.env = variables::read(reader, &field);
    }
    settings.envfile = texts(reader, fields, "envfile", "web.env").unwrap_or_default();
    settings.labels = labels::read(reader, fields);
}

/// Tells what Linux does not take for a host name.
pub(crate) fn check_hostname(diagnostics: &mut Diagnostics, name: &Spanned<String>) {
    const LONGEST: usize = 64;
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let label = if name.value.len() > LONGEST {
        format!("this has {} characters, Linux allows {LONGEST}", name.value.len())
    } else if name.value.is_empty() || !name.value.chars().all(is_of_name) || name.value.starts_with('-') {
        "a host name has letters, digits, `-`, `_` and `.`, and does not begin with `-`".to_owned()
    } else {
        return;
    };
    let text = format!("`{}` cannot be a host name", name.value);
    let help = "write for example `hostname: web`";
    diagnostics.push(Diagnostic::error("bad-host-name", text).at(name.span, label).help(help));
}

fn workdir(reader: &mut Reader<'_>, path: Spanned<String>) -> Option<String> {
    if path.value.starts_with('/') {
        return Some(path.value);
    }
    let text = format!("`{}` is not a path inside a container", path.value);
    let whole = format!("/{}", path.value.trim_start_matches("./"));
    let help = format!("write the whole path, for example `workdir: {whole}`");
    reader.diagnostics.push(
        Diagnostic::error("bad-path", text)
            .at(path.span, "it must begin with `/`")
            .help(help)
            .replace(path.span, as_scalar(&whole)),
    );
    None
}

/// A mapping of texts to texts; nothing counts as an empty text.
pub(super) fn pairs(
    reader: &mut Reader<'_>,
    field: &Field,
    what: &str,
    example: &str,
) -> Vec<(String, String)> {
    let entries = reader.mapping(field.value, what, "names to values", example).unwrap_or_default();
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = if reader.is_null(entry.value) {
            Some(String::new())
        } else {
            let name = &entry.key.value;
            let text = reader.text(entry.value, &format!("`{name}`"), &format!("{name}: text"));
            text.map(|text| text.value)
        };
        pairs.extend(value.map(|value| (entry.key.value, value)));
    }
    pairs
}

/// Whom it reaches and waits for.
fn relations(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    settings.requires = texts(reader, fields, "requires", "[db]").unwrap_or_default();
    settings.wants_info = texts(reader, fields, "wants_info", "[db]").unwrap_or_default();
    settings.volumes_from = texts(reader, fields, "volumes_from", "[data-1]").unwrap_or_default();
    if let Some(field) = fields.get(reader, "links").cloned() {
        let entries = reader.mapping(field.value, "`links`", "instances to aliases", "links: {db-1: db}");
        let entries = entries.unwrap_or_default();
        for entry in entries {
            if let Some(alias) = {
                let what = format!("the alias of the link to `{}`", entry.key.value);
                let name = &entry.key.value;
                let target = instance_of(reader.yaml, name).unwrap_or_else(|| name.clone());
                let alias = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
                reader.text(entry.value, &what, &format!("{target}: {alias}"))
            } {
                settings.links.push((entry.key, alias));
            }
        }
    }
    if let Some(field) = fields.get(reader, "extra_hosts").cloned() {
        settings.extra_hosts = extra_hosts::read(reader, &field);
    }
    if let Some(field) = fields.get(reader, "job").cloned() {
        let job = reader.boolean(field.value, "`job`");
        settings.job = job.map(|job| Spanned::new(job, field.key.span));
    }
    if let Some(field) = fields.get(reader, "lifecycle").cloned() {
        settings.lifecycle = checks::read(reader, &field);
    }
}

/// Tells several networks in `net`, which names one. True if there are several.
fn is_several_networks(reader: &mut Reader<'_>, fields: &Fields) -> bool {
    let Some(field) = fields.get(reader, "net").cloned() else { return false };
    let NodeKind::Sequence(items) = reader.yaml.kind(field.value) else { return false };
    let names: Vec<String> = items.iter().map(|&item| reader.written(item).to_owned()).collect();
    let [first, _, ..] = names.as_slice() else { return false };
    let networks = format!("networks: [{}]", names.join(", "));
    let entry = reader.yaml.whole_entry(field.key.span, field.value);
    let one = Help::from(format!("write `net: {first}`, for one of them"));
    let one = entry.map_or(one.clone(), |entry| one.replace(entry, format!("net: {first}")));
    let each: Vec<String> = names.iter().map(|name| format!("{name}: {{}}")).collect();
    let top = format!("`networks: {{{}}}`", each.join(", "));
    let all = if reader.schema == Schema::Three {
        format!("or, for all of them, `{networks}` here, and at the left margin {top}")
    } else {
        format!(
            "or, for all of them, `{networks}` here, and at the left margin `__maestro: {{schema: 3}}` and {top}"
        )
    };
    reader.diagnostics.push(
        Diagnostic::error("wrong-type", "`net` names one network")
            .at(reader.span(field.value), "these are several")
            .help(one)
            .help(all),
    );
    true
}

/// The example for a network that is written otherwise.
fn example_of_net(reader: &Reader<'_>, fields: &Fields) -> String {
    let first = match fields.get(reader, "net").map(|field| reader.yaml.kind(field.value)) {
        Some(NodeKind::Sequence(items)) => items.first().map(|&first| reader.written(first).to_owned()),
        Some(NodeKind::Scalar(_) | NodeKind::Mapping(_) | NodeKind::Bad) | None => None,
    };
    first.filter(|first| !first.is_empty()).unwrap_or_else(|| "host".to_owned())
}

/// How it is connected to its ship.
fn host(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    forms::read(reader, fields, settings);
    settings.container_volumes =
        texts(reader, fields, "container_volumes", "[/var/lib/data]").unwrap_or_default();
    if !is_several_networks(reader, fields) {
        settings.net = text(reader, fields, "net", &example_of_net(reader, fields));
    }
    let servers = texts(reader, fields, "dns", "[10.0.0.53]");
    for server in servers.iter().flatten() {
        check_name_server(reader.diagnostics, server);
    }
    settings.dns = plain(servers);
    for (key, example, list) in
        [("cap_add", "[NET_ADMIN]", &mut settings.cap_add), ("cap_drop", "[MKNOD]", &mut settings.cap_drop)]
    {
        if fields.get(reader, key).cloned().is_some_and(|field| security::is_mapping(reader, key, &field)) {
            continue;
        }
        let items = texts(reader, fields, key, example);
        let in_list = fields.get(reader, key).is_some_and(|field| !reader.is_scalar(field.value));
        let in_block = fields.get(reader, key).is_some_and(|field| reader.is_block_list(field.value));
        security::capabilities(reader, key, (in_list, in_block), items.as_deref().unwrap_or_default());
        *list = plain(items);
    }
    let options = texts(reader, fields, "security_opt", "[no-new-privileges]");
    for option in options.iter().flatten() {
        check_security_option(reader.diagnostics, option);
    }
    settings.security_opt = plain(options);
    settings.privileged = match fields.get(reader, "privileged").cloned() {
        Some(field) => reader.boolean(field.value, "`privileged`"),
        None => None,
    };
    (settings.log_driver, settings.log_opt) = logging::read(reader, fields);
}
