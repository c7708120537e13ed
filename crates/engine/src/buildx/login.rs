//! Logins of the file: `docker buildx` reads logins from Docker's configuration alone, so it gets one of its own.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, symlink},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use maestro_core::model::registry::{Credential, DOCKER_HUB, DOCKER_HUB_KEY, RegistryLogin};

/// The user's own directory of Docker's configuration: `DOCKER_CONFIG`, else `~/.docker`.
pub(super) fn own_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("DOCKER_CONFIG").or_else(|| variable("HOME").map(|home| home.join(".docker")))
}

/// Writes a configuration into `folder`, which nobody else may look into: the user's own with these logins, which take
/// precedence. Returns its directory.
pub(super) fn configuration(
    logins: &BTreeMap<String, RegistryLogin>,
    own: Option<&Path>,
    folder: &Path,
) -> io::Result<PathBuf> {
    let directory = folder.join("docker");
    fs::create_dir(&directory)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(directory.join("config.json"))?;
    let written = own.and_then(|own| fs::read(own.join("config.json")).ok());
    file.write_all(content(logins, written.as_deref().unwrap_or_default()).to_string().as_bytes())?;
    if let Some(plugins) = own.map(|own| own.join("cli-plugins")).filter(|plugins| plugins.exists()) {
        symlink(std::path::absolute(plugins)?, directory.join("cli-plugins"))?;
    }
    Ok(directory)
}

/// The configuration with these logins. One that cannot be read counts as empty, as Docker's command has it.
fn content(logins: &BTreeMap<String, RegistryLogin>, own: &[u8]) -> Value {
    let mut content: Map<String, Value> = serde_json::from_slice(own).unwrap_or_default();
    for (registry, login) in logins {
        let key = if registry == DOCKER_HUB { DOCKER_HUB_KEY } else { registry };
        let mut set = |section: &str, value: Value| {
            let entries = content.entry(section).or_insert_with(|| json!({}));
            entries.as_object_mut().map(|entries| entries.insert(key.to_owned(), value));
        };
        set("auths", entry(login));
        // Without a helper's name the entry above counts, whatever `credsStore` says.
        set("credHelpers", json!(""));
    }
    Value::Object(content)
}

fn entry(login: &RegistryLogin) -> Value {
    let auth = |password: &str| STANDARD.encode(format!("{}:{password}", login.username));
    match &login.proof {
        Credential::Password(password) => json!({ "auth": auth(password.reveal()) }),
        Credential::IdentityToken(token) => json!({ "auth": auth(""), "identitytoken": token.reveal() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::model::registry::Secret;

    #[test]
    fn logins_of_the_file_take_precedence_over_helpers_and_others_stay() {
        let login = |proof| RegistryLogin { username: "deploy".into(), proof, email: None };
        let logins = BTreeMap::from([
            ("hub.example.com".to_owned(), login(Credential::Password(Secret::new("p:w")))),
            (DOCKER_HUB.to_owned(), login(Credential::IdentityToken(Secret::new("token")))),
        ]);
        let own =
            r#"{"auths": {"quay.io": {"auth": "eDp5"}}, "credsStore": "pass", "currentContext": "far"}"#;
        insta::assert_snapshot!(content(&logins, own.as_bytes()), @r#"{"auths":{"quay.io":{"auth":"eDp5"},"https://index.docker.io/v1/":{"auth":"ZGVwbG95Og==","identitytoken":"token"},"hub.example.com":{"auth":"ZGVwbG95OnA6dw=="}},"credsStore":"pass","currentContext":"far","credHelpers":{"https://index.docker.io/v1/":"","hub.example.com":""}}"#);
        assert_eq!(content(&logins, b"no JSON")["credHelpers"]["hub.example.com"], "");
    }

    #[test]
    fn plugins_of_the_user_are_found_and_nobody_else_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let (own, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(own.path().join("cli-plugins")).unwrap();
        let directory = configuration(&BTreeMap::new(), Some(own.path()), folder.path()).unwrap();
        assert!(directory.join("cli-plugins").is_dir());
        let mode = fs::metadata(directory.join("config.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
