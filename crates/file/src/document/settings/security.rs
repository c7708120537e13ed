//! `cap_add`, `cap_drop` and `security_opt`: what engines take there.

use crate::document::{
    read::{Field, Reader},
    scalar::{Value, as_scalar},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::Spanned,
};

/// The capabilities of Linux, without `CAP_`, and `ALL`.
const CAPABILITIES: [&str; 42] = [
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// Tells a mapping of capabilities in the place of a list: `cap_drop: {ALL: true}`. False if it is none.
pub(super) fn is_mapping(reader: &mut Reader<'_>, key: &str, field: &Field) -> bool {
    let names: Vec<String> = reader
        .yaml
        .entries(field.value)
        .into_iter()
        .filter(|entry| !matches!(reader.yaml.value(entry.value), Value::Bool(false)))
        .map(|entry| reader.written(entry.key).to_ascii_uppercase())
        .collect();
    let plain = |name: &String| CAPABILITIES.contains(&name.strip_prefix("CAP_").unwrap_or(name));
    if names.is_empty() || !names.iter().all(plain) {
        return false;
    }
    let list = format!("[{}]", names.join(", "));
    let span = reader.yaml.whole(field.value).unwrap_or_else(|| reader.span(field.value));
    let text = format!("`{key}` must be a list of capabilities, or one of them");
    let help = Help::from(format!("write `{key}: {list}`")).replace(span, list);
    reader.diagnostics.push(
        Diagnostic::error("wrong-type", text).at(reader.span(field.value), "this is a mapping").help(help),
    );
    true
}

/// Checks the items of `cap_add` or `cap_drop`.
pub(super) fn capabilities(
    reader: &mut Reader<'_>,
    key: &str,
    (in_list, in_block): (bool, bool),
    items: &[Spanned<String>],
) {
    for item in items {
        let upper = item.value.to_ascii_uppercase();
        let plain = upper.strip_prefix("CAP_").unwrap_or(&upper);
        if CAPABILITIES.contains(&plain) {
            continue;
        }
        // An item without its `-`, or without a space behind it, is read as a part of the item above.
        let parts = plain.split([',', ' ']).map(|part| part.trim_start_matches('-'));
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let help = if parts.len() > 1 && parts.iter().all(|part| CAPABILITIES.contains(part)) {
            if in_block {
                let text = format!("`{}` is more than one item", item.value);
                let diagnostic = Diagnostic::error("bad-capability", text)
                    .at(item.span, "each item has a line and a `- `");
                let items: Vec<String> = parts.iter().map(|part| format!("`- {part}`")).collect();
                let help = format!("write {} in lines of their own, indented alike", items.join(", "));
                reader.diagnostics.push(diagnostic.help(help));
                continue;
            }
            let list = format!("[{}]", parts.join(", "));
            let help = Help::from(format!("a list has brackets: write `{key}: {list}`"));
            if in_list { help.fix(item.span, parts.join(", ")) } else { help.fix(item.span, list) }
        } else {
            near_capability(key, item, plain)
        };
        reader.diagnostics.push(unknown_capability(item, help));
    }
}

fn unknown_capability(item: &Spanned<String>, help: Help) -> Diagnostic {
    Diagnostic::error("bad-capability", format!("there is no capability `{}`", item.value))
        .at(item.span, "no engine knows it")
        .help(help)
}

/// Tells one item of a list of capabilities that is none.
pub(crate) fn check_capability(diagnostics: &mut Diagnostics, key: &str, item: &Spanned<String>) {
    let upper = item.value.to_ascii_uppercase();
    let plain = upper.strip_prefix("CAP_").unwrap_or(&upper);
    if !CAPABILITIES.contains(&plain) {
        diagnostics.push(unknown_capability(item, near_capability(key, item, plain)));
    }
}

fn near_capability(key: &str, item: &Spanned<String>, plain: &str) -> Help {
    match nearest(plain, CAPABILITIES) {
        Some(near) => Help::did_you_mean(item.span, plain, near),
        None => Help::from(format!("write for example `{key}: [NET_ADMIN]`; `man 7 capabilities` lists all")),
    }
}

/// What may stand in front of `=` in `security_opt`; the last three are Podman's.
const OPTIONS: [&str; 9] = [
    "no-new-privileges",
    "seccomp",
    "apparmor",
    "label",
    "systempaths",
    "writable-cgroups",
    "mask",
    "unmask",
    "proc-opts",
];

/// Tells an item of `security_opt` that no engine takes.
pub(crate) fn check_security_option(diagnostics: &mut Diagnostics, item: &Spanned<String>) {
    let Some((label, help, meant)) = wrong_option(&item.value) else { return };
    let help = match meant {
        Some(meant) => Help::from(help).replace(item.span, as_scalar(&meant)),
        None => Help::from(help),
    };
    let text = format!("`{}` is not a security option", item.value);
    diagnostics.push(Diagnostic::error("bad-security-opt", text).at(item.span, label).help(help));
}

fn wrong_option(item: &str) -> Option<(String, String, Option<String>)> {
    let (name, value) = match item.split_once('=').or_else(|| item.split_once(':')) {
        Some((name, value)) => (name, Some(value)),
        None => (item, None),
    };
    if !OPTIONS.contains(&name) {
        let label = "unknown option".to_owned();
        return Some(match nearest(name, OPTIONS) {
            Some(near) => {
                let meant = item.replacen(name, near, 1);
                (label, format!("did you mean `{near}`?"), Some(meant))
            }
            None => (label, format!("the options are {}", OPTIONS[..5].join(", ")), None),
        });
    }
    match (name, value) {
        ("no-new-privileges", None) => None,
        ("no-new-privileges" | "writable-cgroups", Some(value)) => {
            let is_boolean =
                ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"]
                    .contains(&value);
            (!is_boolean).then(|| {
                (
                    "expected true or false".to_owned(),
                    format!("write `{name}=true`"),
                    Some(format!("{name}=true")),
                )
            })
        }
        // The only value: engines get the paths that it opens.
        ("systempaths", Some(value)) if value != "unconfined" => Some((
            "expected `unconfined`".to_owned(),
            "write `systempaths=unconfined`".to_owned(),
            Some("systempaths=unconfined".to_owned()),
        )),
        ("seccomp", Some(value)) if value.starts_with(['/', '.', '~']) => Some((
            "an engine takes the profile itself here, not the path of a file".to_owned(),
            "write `seccomp=unconfined`, or the JSON of the profile after `seccomp=`".to_owned(),
            Some("seccomp=unconfined".to_owned()),
        )),
        ("seccomp", Some(value)) if !is_profile(value) => Some((
            "this is no profile".to_owned(),
            "write `seccomp=unconfined`, or the JSON of the profile after `seccomp=`".to_owned(),
            Some("seccomp=unconfined".to_owned()),
        )),
        (_, None) => Some((format!("nothing stands after `{name}`"), format!("write `{name}=VALUE`"), None)),
        (_, Some(_)) => None,
    }
}

/// What engines take behind `seccomp=`; `builtin` is known since 23.
fn is_profile(text: &str) -> bool {
    ["", "unconfined", "builtin"].contains(&text)
        || serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As engines 20.10 and 28 answer a create and a start.
    #[test]
    fn options_are_those_of_engines() {
        for good in [
            "no-new-privileges",
            "no-new-privileges:true",
            "no-new-privileges=false",
            "seccomp=unconfined",
            "seccomp:unconfined",
            "seccomp={}",
            "apparmor=docker-default",
            "label:user:x",
            "label=disable",
            "systempaths=unconfined",
        ] {
            assert_eq!(wrong_option(good), None, "{good}");
        }
        for bad in ["seccomp=nope", "seccomp={", "credentialspec=file://x", "systempaths=confined"] {
            assert!(wrong_option(bad).is_some(), "{bad}");
        }
        for bad in ["", "foo", "foo=bar", "label", "no-new-privileges=maybe", "seccomp=/etc/profile.json"] {
            assert!(wrong_option(bad).is_some(), "{bad}");
        }
    }
}
