//! Registries: where they are, and who one is there.

use super::bad;
use crate::document::registries::{RegistrySection, RetrySection};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::registry::{Credential, DEFAULT_ATTEMPTS, Registry, RegistryLogin, Retry, host_of},
    source::Spanned,
};

pub(super) fn resolve(sections: &[RegistrySection], diagnostics: &mut Diagnostics) -> Vec<Registry> {
    let registries = sections.iter().map(|section| registry(section, diagnostics)).collect::<Vec<_>>();
    for (at, second) in registries.iter().enumerate() {
        if let Some(first) = registries[..at].iter().position(|first| first.address == second.address) {
            same_address(&sections[first], &sections[at], &second.address, diagnostics);
        }
    }
    registries
}

/// Warns of two registries with one address: one login of the two is used for most images.
fn same_address(
    first: &RegistrySection,
    second: &RegistrySection,
    address: &str,
    diagnostics: &mut Diagnostics,
) {
    let place = |section: &RegistrySection| section.registry.as_ref().unwrap_or(&section.name).span;
    let (one, other) = (&first.name.value, &second.name.value);
    let text = format!("registries `{one}` and `{other}` have the same address: `{address}`");
    diagnostics.push(
        Diagnostic::warning("duplicate-registry", text)
            .at(place(second), "again")
            .also(place(first), "first")
            .note(format!(
                "images whose names begin with `{other}/` use `{other}`, all others of `{address}` use `{one}`"
            ))
            .help(format!("remove `{other}`, unless images begin with `{other}/`")),
    );
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
    } else if let Some(path) = is_address.then(|| path_of(address)).flatten() {
        let bare = address.trim_end_matches('/').strip_suffix(path).unwrap_or(address);
        let text = format!("the address of a registry has no path: nothing reads `{path}`");
        diagnostics.push(
            Diagnostic::warning("bad-registry", text)
                .at(written.span, format!("this is the registry `{host}`"))
                .help(format!(
                    "write `registry: {bare}`: a path belongs to the names of images, `{host}{}/NAME`",
                    path.trim_start_matches("/v1").trim_start_matches("/v2")
                ))
                .replace(written.span, format!("\"{bare}\"")),
        );
    }
}

/// What stands behind the host of an address, if it is more than the version of the registry's API.
fn path_of(address: &str) -> Option<&str> {
    let begin = address.find("://").map_or(0, |at| at + 3);
    let path = &address[begin + address[begin..].find('/')?..];
    let path = path.trim_end_matches('/');
    (!["", "/v1", "/v2"].contains(&path)).then_some(path)
}

fn login(section: &RegistrySection, diagnostics: &mut Diagnostics) -> Option<RegistryLogin> {
    let name = &section.name.value;
    match (&section.username, &section.password) {
        (Some(username), Some(password)) => Some(RegistryLogin {
            username: username.value.clone(),
            proof: Credential::Password(password.value.clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_what_no_api_has() {
        for bare in
            ["quay.io", "https://quay.io", "https://quay.io/", "https://quay.io/v1/", "quay.io:5000/v2"]
        {
            assert_eq!(path_of(bare), None, "{bare}");
        }
        assert_eq!(path_of("https://hub.example.com/v2/team"), Some("/v2/team"));
        assert_eq!(path_of("ghcr.io/team/"), Some("/team"));
    }
}
