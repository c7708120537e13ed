//! `registries`: who one is to the registries that images come from, and what is tried again.

use super::{
    keys,
    read::{Field, Fields, Reader},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
    value::secret::Secret,
};

/// Most tries that can be asked for.
const MOST_ATTEMPTS: i64 = 100;

/// A registry as it is written.
#[derive(Debug, Clone)]
pub struct RegistrySection {
    /// Its name.
    pub name: Spanned<String>,
    /// `registry`
    pub registry: Option<Spanned<String>>,
    /// `username`
    pub username: Option<Spanned<String>>,
    /// `password`
    pub password: Option<Spanned<Secret>>,
    /// Whether there is something about the login that could not be read, which was told.
    pub unreadable: bool,
    /// `email`
    pub email: Option<Spanned<String>>,
    /// `retry`
    pub retry: RetrySection,
}

/// `retry`, as it is written.
#[derive(Debug, Clone, Default)]
pub struct RetrySection {
    /// `attempts`
    pub attempts: Option<u32>,
    /// `when`
    pub when: Option<Vec<Spanned<u16>>>,
}

/// Reads `registries`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<RegistrySection> {
    let example = "registries: {quay.io: {username: deploy, password: \"{{ env.QUAY_PASSWORD }}\"}}";
    let Some(entries) = reader.mapping(field.value, "`registries`", "names to registries", example) else {
        return Vec::new();
    };
    let (entries, _) = reader.names(entries, field.value, keys::REGISTRY, "a registry");
    entries.iter().map(|entry| registry(reader, entry)).collect()
}

fn registry(reader: &mut Reader<'_>, entry: &Field) -> RegistrySection {
    let name = &entry.key.value;
    let example = format!("{name}: {{username: deploy, password: \"{{{{ env.REGISTRY_PASSWORD }}}}\"}}");
    let fields = reader.section(entry.value, &format!("registry `{name}`"), &[keys::REGISTRY], &example);
    // As it is written: a password of digits is no number.
    let text = |reader: &mut Reader<'_>, key: &str, example: &str| {
        let node = fields.get(reader, key)?.value;
        reader.raw_text(node, &format!("`{key}`"), &format!("{key}: {example}"))
    };
    let username = text(reader, "username", "deploy");
    let password = text(reader, "password", "\"{{ env.REGISTRY_PASSWORD }}\"")
        .map(|password| Spanned::new(Secret::new(password.value), password.span));
    let attempted = |key| fields.attempted(reader, key);
    RegistrySection {
        name: entry.key.clone(),
        unreadable: (attempted("username") && username.is_none())
            || (attempted("password") && password.is_none()),
        registry: text(reader, "registry", "https://quay.io/v1/"),
        username,
        password,
        email: text(reader, "email", "deploy@example.com"),
        retry: match fields.get(reader, "retry").cloned() {
            Some(field) => retry(reader, &field),
            None => RetrySection::default(),
        },
    }
}

fn retry(reader: &mut Reader<'_>, field: &Field) -> RetrySection {
    let example = "retry: {attempts: 3, when: [500]}";
    let fields = reader.section(field.value, "`retry`", &[keys::RETRY], example);
    let attempts = fields
        .get(reader, "attempts")
        .cloned()
        .and_then(|field| reader.integer(field.value, "`attempts`", (1, MOST_ATTEMPTS), "attempts: 3"))
        .and_then(|attempts| u32::try_from(attempts.value).ok());
    RetrySection { attempts, when: when(reader, &fields) }
}

/// The statuses; none if there is no such key.
fn when(reader: &mut Reader<'_>, fields: &Fields) -> Option<Vec<Spanned<u16>>> {
    let example = "when: [500, 503]";
    let field = fields.get(reader, "when").cloned()?;
    let items = reader.items(field.value, "`when`", example);
    let item = "each item of `when`";
    let statuses = items.into_iter().filter_map(|node| reader.integer(node, item, (400, 599), example));
    let statuses: Vec<Spanned<u16>> =
        statuses.filter_map(|s| Some(Spanned::new(u16::try_from(s.value).ok()?, s.span))).collect();
    for status in &statuses {
        if [401, 403, 404].contains(&status.value) {
            never_retried(reader, status.value, status.span);
        }
    }
    Some(statuses)
}

fn never_retried(reader: &mut Reader<'_>, status: u16, span: Span) {
    let what = if status == 404 { "an image that is not there" } else { "a login that is not accepted" };
    reader.diagnostics.push(
        Diagnostic::warning("never-retried", format!("nothing is tried again after status {status}"))
            .at(span, "has no effect")
            .note(format!("it means {what}, and that is so the next time as well"))
            .help("leave it out"),
    );
}
