//! Keys that have two names: that of `MaestroNG` and that of Compose.

use super::{convert::flow, field::Field, keys::Key, yaml::Yaml};
use maestro_core::diagnostic::{Diagnostic, Diagnostics, Help};

/// A key of an instance or a service in Compose's word, and in this format's own. Both together are an error.
pub const SYNONYMS: &[(&str, &str)] = &[
    ("environment", "env"),
    ("user", "username"),
    ("working_dir", "workdir"),
    ("network_mode", "net"),
    ("scale", "replicas"),
];

/// Pairs whose values have different forms or places; each is compared where it is read.
pub const OTHER_FORMS: &[(&str, &str)] = &[
    ("cmd", "command"),
    ("logging", "log_driver"),
    ("logging", "log_opt"),
    ("stop_grace_period", "stop_timeout"),
    ("mem_limit", "limits.memory"),
    ("memswap_limit", "limits.swap"),
    ("cpu_shares", "limits.cpu"),
];

/// Gives keys that are written in Compose's word the format's own. Both together are told, and the own one counts.
pub(super) fn rename(
    yaml: &Yaml,
    fields: &mut Vec<Field>,
    known: &[&'static [Key]],
    diagnostics: &mut Diagnostics,
) {
    let has = |name: &str| known.iter().copied().flatten().any(|key| key.name == name);
    // Other sections have keys of these names.
    if !has("image") {
        return;
    }
    for (word, own) in SYNONYMS.iter().filter(|(_, own)| has(own)) {
        let Some(at) = fields.iter().position(|field| field.key.value == *word) else { continue };
        match fields.iter().find(|field| field.key.value == *own) {
            None => (*own).clone_into(&mut fields[at].key.value),
            Some(other) => {
                diagnostics.push(both(yaml, (&fields[at], word), (other, own)));
                fields.remove(at);
            }
        }
    }
}

/// Tells two keys that mean the same: Compose's word, and the format's own.
pub(super) fn both(yaml: &Yaml, (one, word): (&Field, &str), (other, own): (&Field, &str)) -> Diagnostic {
    let diagnostic = Diagnostic::error("duplicate-key", format!("`{word}` and `{own}` mean the same"))
        .at(one.key.span, "said here")
        .also(other.key.span, "and here");
    let entry = |field: &Field| yaml.whole_entry(field.key.span, field.value);
    if flow(yaml, one.value) == flow(yaml, other.value) {
        let help = Help::from(format!("remove `{word}`: both say the same"));
        return diagnostic.help(entry(one).map_or(help.clone(), |entry| help.drop_entry(entry)));
    }
    let remove = |text: String, field: &Field| {
        let help = Help::from(text);
        entry(field).map_or(help.clone(), |entry| help.leave_out(entry))
    };
    diagnostic
        .help(remove(format!("remove `{word}`, if the value of `{own}` is meant"), one))
        .help(remove(format!("or remove `{own}`, if that of `{word}` is"), other))
}
