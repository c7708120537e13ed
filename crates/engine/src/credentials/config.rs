//! Docker's `config.json`, as `docker login` leaves it.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use maestro_core::{
    model::registry::{
        Credential, DOCKER_HUB, DOCKER_HUB_KEY, LoginProblem, RegistryLogin, Secret, host_of, is_docker_hub,
    },
    value::file,
};

/// What is read of the configuration.
#[derive(Debug, Default, Deserialize)]
struct Content {
    #[serde(default)]
    auths: HashMap<String, Auth>,
    #[serde(default, rename = "credsStore")]
    store: String,
    #[serde(default, rename = "credHelpers")]
    helpers: HashMap<String, String>,
}

/// A login as the configuration keeps it.
#[derive(Default, Deserialize)]
struct Auth {
    /// `user:password` in base64.
    #[serde(default, rename = "auth")]
    user_and_password: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default, rename = "identitytoken")]
    identity_token: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth")
    }
}

/// The configuration.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Its file.
    pub(super) path: PathBuf,
    /// Why it could not be read.
    pub(super) trouble: Option<LoginProblem>,
    content: Content,
}

/// What the configuration has for a registry.
#[derive(Debug)]
pub(super) enum ConfigEntry {
    /// A login.
    Login(RegistryLogin),
    /// Something that is not a login.
    Unreadable(LoginProblem),
    /// Nothing.
    Nothing,
}

impl Config {
    /// Reads `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`, else the `~/.dockercfg` of old.
    pub(super) fn read(variables: &BTreeMap<String, String>) -> Self {
        let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(Path::new);
        let home = variable("HOME");
        let directory =
            variable("DOCKER_CONFIG").map(Path::to_owned).or(home.map(|home| home.join(".docker")));
        let Some(path) = directory.map(|directory| directory.join("config.json")) else {
            return Self::default();
        };
        let old = home.map(|home| home.join(".dockercfg")).filter(|old| !path.exists() && old.exists());
        match old {
            Some(path) => Self::of(path, |json| {
                serde_json::from_slice(json).map(|auths| Content { auths, ..Content::default() })
            }),
            None => Self::of(path, |json| serde_json::from_slice(json)),
        }
    }

    fn of(path: PathBuf, parse: impl Fn(&[u8]) -> serde_json::Result<Content>) -> Self {
        let trouble = match file::read(&path) {
            Ok(json) => match parse(&json) {
                Ok(content) => return Self { path, trouble: None, content },
                // Not serde's own words: they may quote what is secret.
                Err(error) => LoginProblem::ConfigurationMalformed {
                    path: path.clone(),
                    line: error.line(),
                    column: error.column(),
                },
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Self { path, ..Self::default() };
            }
            Err(error) => {
                LoginProblem::ConfigurationUnreadable { path: path.clone(), words: error.to_string() }
            }
        };
        Self { trouble: Some(trouble), path, content: Content::default() }
    }

    /// The helper to ask about a registry, and how that is called there.
    pub(super) fn helper(&self, host: &str) -> Option<(&str, String)> {
        let own = of_host(&self.content.helpers, host);
        let name = own.map_or(&self.content.store, |(_, name)| name);
        let server = match own {
            Some((key, _)) => key.clone(),
            None if host == DOCKER_HUB => DOCKER_HUB_KEY.to_owned(),
            None => host.to_owned(),
        };
        (!name.is_empty()).then_some((name, server))
    }

    /// The login that is kept in the file itself.
    pub(super) fn login(&self, host: &str) -> ConfigEntry {
        let Some((key, auth)) = of_host(&self.content.auths, host) else { return ConfigEntry::Nothing };
        let unreadable = || {
            ConfigEntry::Unreadable(LoginProblem::EntryMalformed {
                path: self.path.clone(),
                key: key.clone(),
                registry: host.to_owned(),
            })
        };
        let (username, password) = if auth.user_and_password.is_empty() {
            (auth.username.clone(), auth.password.clone())
        } else {
            let Some(login) = user_and_password(&auth.user_and_password) else { return unreadable() };
            login
        };
        let proof = match (auth.identity_token.as_str(), password.as_str()) {
            // A helper has it.
            ("", "") => return ConfigEntry::Nothing,
            ("", password) => Credential::Password(Secret::new(password)),
            (token, _) => Credential::IdentityToken(Secret::new(token)),
        };
        ConfigEntry::Login(RegistryLogin { username, proof, email: None })
    }
}

/// What a map has for a registry: under its own name, or under a URL of it. Docker Hub has several names.
fn of_host<'a, T>(map: &'a HashMap<String, T>, host: &str) -> Option<(&'a String, &'a T)> {
    let first = if host == DOCKER_HUB { DOCKER_HUB_KEY } else { host };
    let same = |key: &str| {
        let other = host_of(key);
        other == host || (host == DOCKER_HUB && is_docker_hub(other))
    };
    // In the order of their names, so that it is always the same one.
    let others = || map.iter().filter(|(key, _)| same(key)).min_by_key(|(key, _)| key.as_str());
    map.get_key_value(first).or_else(others)
}

fn user_and_password(base64: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(base64.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    // Old versions of Docker padded it with zeros.
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}
