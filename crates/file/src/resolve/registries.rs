//! Registries: where they are, and who one is there.

use super::bad;
use crate::document::registries::{RegistrySection, RetrySection};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::registry::{DEFAULT_ATTEMPTS, Login, Proof, Registry, Retry, host_of},
    source::Spanned,
};

pub(super) fn resolve(sections: &[RegistrySection], diagnostics: &mut Diagnostics) -> Vec<Registry> {
    sections.iter().map(|section| registry(section, diagnostics)).collect()
}

fn registry(section: &RegistrySection, diagnostics: &mut Diagnostics) -> Registry {
    let written = section.registry.as_ref().unwrap_or(&section.name);
    check_address(written, section.registry.is_some(), diagnostics);
    Registry {
        name: section.name.value.clone(),
        address: host_of(&written.value).to_owned(),
        login: login(section, diagnostics),
        retry: retry(&section.retry),
    }
}

/// Says what can be no address. The name alone may be anything: it can be what images' names begin with.
fn check_address(written: &Spanned<String>, is_address: bool, diagnostics: &mut Diagnostics) {
    let (address, host) = (&written.value, host_of(&written.value));
    if host.contains('@') {
        diagnostics.push(
            bad(
                "bad-registry",
                "the address of a registry says nothing about its user",
                written.span,
                "an `@` in the host",
            )
            .help("write the user as `username` and the password as `password`"),
        );
    } else if is_address && (host.is_empty() || address.contains(char::is_whitespace)) {
        let text = format!("`{address}` is not the address of a registry");
        diagnostics.push(
            bad("bad-registry", text, written.span, "expected a host, and a port if it has one")
                .help("write for example `registry: quay.io` or `registry: https://quay.io/v1/`"),
        );
    }
}

fn login(section: &RegistrySection, diagnostics: &mut Diagnostics) -> Option<Login> {
    let name = &section.name.value;
    match (&section.username, &section.password) {
        (Some(username), Some(password)) => Some(Login {
            username: username.value.clone(),
            proof: Proof::Password(password.value.clone()),
            email: section.email.as_ref().map(|email| email.value.clone()),
        }),
        (Some(username), None) if !section.unreadable => {
            let text = format!("registry `{name}` has a user, but no password");
            diagnostics.push(
                bad("missing-password", text, username.span, "no `password` beside it")
                    .note("without both, the login of `docker login` on this machine is used")
                    .help("add `password: \"{{ env.REGISTRY_PASSWORD }}\"`, or leave `username` out"),
            );
            None
        }
        (None, Some(password)) if !section.unreadable => {
            let text = format!("registry `{name}` has a password, but no user, so it is not used");
            diagnostics.push(
                Diagnostic::warning("unused-password", text)
                    .at(password.span, "no `username` beside it")
                    .note("without both, the login of `docker login` on this machine is used")
                    .help("add `username`, or leave `password` out"),
            );
            None
        }
        _ => None,
    }
}

fn retry(section: &RetrySection) -> Retry {
    Retry {
        attempts: section.attempts.unwrap_or(DEFAULT_ATTEMPTS),
        when: section.when.as_ref().map(|when| when.iter().map(|status| status.value).collect()),
    }
}
