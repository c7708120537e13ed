//! Who one is to a registry: what the file says, else what `docker login` has left on this machine.
//!
//! Nothing is read before an image is to be fetched, and nothing twice.

mod config;
mod helper;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use self::config::{Config, ConfigEntry};
use maestro_core::model::{
    Environment,
    registry::{ImageRefusal, LoginOrigin, LoginProblem, PullFault, RegistryLogin, entry_for, registry_of},
};

/// A login, and where it was found.
#[derive(Debug, Clone, Default)]
pub struct FoundLogin {
    /// The login; none if nobody knows one.
    pub login: Option<RegistryLogin>,
    /// Where it was found.
    pub origin: LoginOrigin,
    /// Why a place where a login could be was not read.
    pub trouble: Option<LoginProblem>,
}

impl FoundLogin {
    /// What is told when the registry does not give an image for this login.
    #[must_use]
    pub fn refusal(&self, image: &str, fault: PullFault) -> ImageRefusal {
        ImageRefusal {
            image: image.to_owned(),
            fault,
            user: self.login.as_ref().map(|login| login.username.clone()),
            origin: self.origin.clone(),
            problem: self.trouble.clone(),
        }
    }
}

/// Knows the logins, each found once.
#[derive(Default)]
pub struct Credentials {
    config: OnceCell<Config>,
    variables: BTreeMap<String, String>,
    found: Mutex<HashMap<String, Arc<OnceCell<FoundLogin>>>>,
}

impl Credentials {
    /// Credentials of a process with these variables: `DOCKER_CONFIG`, `HOME`, `PATH`.
    #[must_use]
    pub fn new(variables: &BTreeMap<String, String>) -> Self {
        Self { variables: variables.clone(), ..Self::default() }
    }

    /// The same, of which nothing was looked up yet.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::new(&self.variables)
    }

    /// The login for an image.
    pub async fn find(&self, environment: &Environment, image: &str) -> FoundLogin {
        if let Some(registry) = entry_for(&environment.registries, image)
            && let Some(login) = &registry.login
        {
            let origin = LoginOrigin::File { name: registry.name.clone() };
            return FoundLogin { login: Some(login.clone()), origin, trouble: None };
        }
        let host = registry_of(image).to_owned();
        let cell = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(found.entry(host.clone()).or_default())
        };
        cell.get_or_init(|| self.kept_by_docker(&host)).await.clone()
    }

    async fn kept_by_docker(&self, host: &str) -> FoundLogin {
        let config = self.config.get_or_init(|| async { Config::read(&self.variables) }).await;
        let mut found = FoundLogin { trouble: config.trouble.clone(), ..FoundLogin::default() };
        if let Some((name, server)) = config.helper(host) {
            match helper::get(name, &server, &self.variables).await {
                Ok(Some(login)) => {
                    found.login = Some(login);
                    found.origin = LoginOrigin::Helper { program: helper::program(name) };
                    return found;
                }
                Ok(None) => {}
                Err(trouble) => found.trouble = Some(trouble),
            }
        }
        match config.login(host) {
            ConfigEntry::Login(login) => {
                found.login = Some(login);
                found.origin = LoginOrigin::Configuration { path: config.path.clone() };
            }
            ConfigEntry::Unreadable(trouble) => found.trouble = Some(trouble),
            ConfigEntry::Nothing => {}
        }
        found
    }
}

#[cfg(test)]
mod tests;
