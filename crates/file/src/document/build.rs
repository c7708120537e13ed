//! `build` of a service: how its image is built.

use super::{
    keys,
    read::{Field, Fields, Reader},
    settings::{self, limits::bytes, pairs, text, texts},
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
    /// `tags`
    pub tags: Vec<String>,
    /// `cache_from`
    pub cache_from: Vec<String>,
    /// `no_cache`
    pub no_cache: bool,
    /// `pull`
    pub pull: bool,
    /// `on`
    pub on: Option<Spanned<String>>,
}

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
        tags: settings::plain(texts(reader, &fields, "tags", "[\"shop-web:2\"]")).unwrap_or_default(),
        cache_from: settings::plain(texts(reader, &fields, "cache_from", "[\"shop-web:1\"]"))
            .unwrap_or_default(),
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
