//! `build` of a service: how its image is built.

use super::{
    keys,
    read::{Field, Fields, Reader},
    settings::{self, limits::bytes, pairs, text, texts},
    yaml::NodeId,
};
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// `build` as it is written. What is not said is none.
#[derive(Debug, Clone, Default)]
pub struct BuildSection {
    /// `context`
    pub context: Option<Spanned<String>>,
    /// `dockerfile`
    pub dockerfile: Option<Spanned<String>>,
    /// `dockerfile_inline`
    pub dockerfile_inline: Option<Spanned<String>>,
    /// `args`
    pub args: Vec<(String, String)>,
    /// `target`
    pub target: Option<String>,
    /// `labels`
    pub labels: Vec<(String, String)>,
    /// `network`
    pub network: Option<String>,
    /// `shm_size`, in bytes
    pub shm_size: Option<i64>,
    /// `platform`
    pub platform: Option<String>,
    /// `platforms`
    pub platforms: Vec<Spanned<String>>,
    /// `tags`
    pub tags: Vec<String>,
    /// `cache_from`
    pub cache_from: Vec<String>,
    /// `cache_to`
    pub cache_to: Vec<String>,
    /// `additional_contexts`, by their names.
    pub additional_contexts: Vec<(String, Spanned<String>)>,
    /// `secrets`
    pub secrets: Vec<SecretUse>,
    /// `ssh`
    pub ssh: Vec<Spanned<String>>,
    /// The keys that only BuildKit carries out, with their places.
    pub of_buildkit: Vec<Spanned<&'static str>>,
    /// `no_cache`
    pub no_cache: bool,
    /// `pull`
    pub pull: bool,
    /// `on`
    pub on: Option<Spanned<String>>,
}

/// A secret that a build sees.
#[derive(Debug, Clone)]
pub struct SecretUse {
    /// Its name at the top of the file.
    pub source: Spanned<String>,
    /// Its id in the Dockerfile; none is the source's.
    pub target: Option<String>,
}

/// Keys that only BuildKit carries out.
const OF_BUILDKIT: [&str; 4] = ["additional_contexts", "cache_to", "secrets", "ssh"];

const EXAMPLE: &str = "build: {context: ., target: release}";

/// Reads `build`: the context alone, or a mapping.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Option<Spanned<BuildSection>> {
    let span = reader.span(field.value);
    if reader.is_scalar(field.value) && !reader.is_null(field.value) {
        let context = reader.text(field.value, "`build`", "build: .")?;
        let section = BuildSection { context: Some(context), ..BuildSection::default() };
        return Some(Spanned::new(section, span));
    }
    let fields = reader.section(field.value, "`build`", &[keys::BUILD], EXAMPLE);
    let section = BuildSection {
        context: text(reader, &fields, "context", "."),
        dockerfile: text(reader, &fields, "dockerfile", "web.Dockerfile"),
        dockerfile_inline: text(reader, &fields, "dockerfile_inline", "\"FROM nginx\""),
        args: mapping(reader, &fields, "args", "args: {VERSION: \"2\"}"),
        target: plain(reader, &fields, "target", "release"),
        labels: mapping(reader, &fields, "labels", "labels: {team: web}"),
        network: plain(reader, &fields, "network", "host"),
        shm_size: fields.get(reader, "shm_size").cloned().and_then(|field| bytes(reader, &field, "shm_size")),
        platform: plain(reader, &fields, "platform", "linux/amd64"),
        platforms: texts(reader, &fields, "platforms", "[linux/amd64, linux/arm64]").unwrap_or_default(),
        tags: settings::plain(texts(reader, &fields, "tags", "[\"shop-web:2\"]")).unwrap_or_default(),
        cache_from: settings::plain(texts(reader, &fields, "cache_from", "[\"shop-web:1\"]"))
            .unwrap_or_default(),
        cache_to: settings::plain(texts(reader, &fields, "cache_to", "[type=inline]")).unwrap_or_default(),
        additional_contexts: contexts(reader, &fields),
        secrets: secrets(reader, &fields),
        ssh: ssh(reader, &fields),
        of_buildkit: of_buildkit(reader, &fields),
        no_cache: is_true(reader, &fields, "no_cache"),
        pull: is_true(reader, &fields, "pull"),
        on: text(reader, &fields, "on", "local"),
    };
    if let (Some(path), Some(inline)) = (&section.dockerfile, &section.dockerfile_inline) {
        reader.diagnostics.push(
            Diagnostic::error(
                "two-dockerfiles",
                "`dockerfile` and `dockerfile_inline` cannot stand together",
            )
            .at(inline.span, "a Dockerfile's text")
            .also(path.span, "a Dockerfile's path")
            .help("remove one of them"),
        );
    }
    Some(Spanned::new(section, span))
}

/// Reads `build` of a site file: the engine that builds.
pub(super) fn read_place(reader: &mut Reader<'_>, field: &Field) -> Option<Spanned<String>> {
    let fields = reader.section(field.value, "`build`", &[keys::SITE_BUILD], "build: {on: local}");
    text(reader, &fields, "on", "local")
}

fn contexts(reader: &mut Reader<'_>, fields: &Fields) -> Vec<(String, Spanned<String>)> {
    const EXAMPLE: &str = "additional_contexts: {assets: ./assets}";
    let Some(field) = fields.get(reader, "additional_contexts").cloned() else { return Vec::new() };
    let entries = reader.mapping(field.value, "`additional_contexts`", "names to contexts", EXAMPLE);
    let entries = entries.unwrap_or_default().into_iter();
    let contexts = entries.filter_map(|entry| {
        let name = entry.key.value;
        let context = reader.text(entry.value, &format!("`{name}`"), &format!("{name}: ./assets"))?;
        Some((name, context))
    });
    contexts.collect()
}

fn secrets(reader: &mut Reader<'_>, fields: &Fields) -> Vec<SecretUse> {
    const EXAMPLE: &str = "secrets: [token]";
    let Some(field) = fields.get(reader, "secrets").cloned() else { return Vec::new() };
    let items = reader.items(field.value, "`secrets`", EXAMPLE).into_iter();
    items.filter_map(|item| secret(reader, item, EXAMPLE)).collect()
}

fn secret(reader: &mut Reader<'_>, item: NodeId, example: &str) -> Option<SecretUse> {
    const WHAT: &str = "an item of `secrets`";
    if !reader.is_mapping(item) {
        return Some(SecretUse { source: reader.text(item, WHAT, example)?, target: None });
    }
    let fields = reader.section(item, WHAT, &[keys::BUILD_SECRET], "secrets: [{source: token, target: npm}]");
    if fields.get(reader, "source").is_none() && !fields.is_meant("source") {
        let (span, label) = fields.missing("source");
        let problem =
            Diagnostic::error("missing-key", "an item of `secrets` does not say which secret it is");
        reader.diagnostics.push(problem.at(span, label).help(format!("write for example `{example}`")));
    }
    let target = plain(reader, &fields, "target", "npm");
    Some(SecretUse { source: text(reader, &fields, "source", "token")?, target })
}

fn ssh(reader: &mut Reader<'_>, fields: &Fields) -> Vec<Spanned<String>> {
    let keys = texts(reader, fields, "ssh", "[default]").unwrap_or_default();
    for key in &keys {
        let is_key = key.value.split_once('=').is_some_and(|(id, path)| !id.is_empty() && !path.is_empty());
        if key.value != "default" && !is_key {
            reader.diagnostics.push(
                Diagnostic::error("bad-value", format!("`{}` is neither an SSH agent nor a key", key.value))
                    .at(key.span, "no path")
                    .help(
                        "write `default` for this machine's agent, or for example `deploy=~/.ssh/id_ed25519`",
                    ),
            );
        }
    }
    keys
}

/// The keys that only BuildKit carries out, if something is written there.
fn of_buildkit(reader: &Reader<'_>, fields: &Fields) -> Vec<Spanned<&'static str>> {
    let written = OF_BUILDKIT.into_iter().filter_map(|key| {
        let field = fields.get(reader, key)?;
        let is_empty = reader.is_null(field.value) || matches!(reader.written(field.value), "[]" | "{}");
        (!is_empty).then(|| Spanned::new(key, field.key.span))
    });
    written.collect()
}

fn plain(reader: &mut Reader<'_>, fields: &Fields, key: &str, example: &str) -> Option<String> {
    text(reader, fields, key, example).map(|text| text.value)
}

fn mapping(reader: &mut Reader<'_>, fields: &Fields, key: &str, example: &str) -> Vec<(String, String)> {
    let Some(field) = fields.get(reader, key).cloned() else { return Vec::new() };
    pairs(reader, &field, &format!("`{key}`"), example)
}

fn is_true(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> bool {
    let Some(field) = fields.get(reader, key).cloned() else { return false };
    reader.boolean(field.value, &format!("`{key}`")).unwrap_or(false)
}
