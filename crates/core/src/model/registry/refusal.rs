//! Facts about an image that a registry does not give, and about the login that it was asked with.

use std::{path::PathBuf, time::Duration};

use super::PullFault;

/// An image that was not available. Knows the user, but not the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRefusal {
    /// The image's reference.
    pub image: String,
    /// What went wrong.
    pub fault: PullFault,
    /// The user that the registry was asked as: empty for an identity token, none without a login.
    pub user: Option<String>,
    /// Where the login was found.
    pub origin: LoginOrigin,
    /// Why a place where a login could be was not read.
    pub problem: Option<LoginProblem>,
}

impl ImageRefusal {
    /// The same with other texts where they say what others wrote.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        self.problem = self.problem.map(|problem| problem.map_texts(map));
        self
    }
}

/// Where a login was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LoginOrigin {
    /// No login was found.
    #[default]
    NotFound,
    /// In the file, under `registries`.
    File {
        /// The registry's name there.
        name: String,
    },
    /// In Docker's configuration.
    Configuration {
        /// That file.
        path: PathBuf,
    },
    /// In a credential helper.
    Helper {
        /// Its program: `docker-credential-pass`.
        program: String,
    },
}

/// Why a place where a login could be was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginProblem {
    /// Docker's configuration is not valid. Its parser's words are left out: they may quote a secret.
    ConfigurationMalformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Docker's configuration could not be read.
    ConfigurationUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        words: String,
    },
    /// Docker's configuration has an entry for the registry that is not a login.
    EntryMalformed {
        /// The file.
        path: PathBuf,
        /// The entry's key.
        key: String,
        /// The registry.
        registry: String,
    },
    /// A credential helper gave no answer.
    Helper {
        /// Its program.
        program: String,
        /// The registry's name for the helper.
        server: String,
        /// What went wrong.
        fault: HelperFault,
    },
}

impl LoginProblem {
    /// The same with other texts where they say what others wrote.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        match &mut self {
            Self::ConfigurationUnreadable { words, .. }
            | Self::Helper {
                fault: HelperFault::NotRunnable(words) | HelperFault::Failed { words, .. },
                ..
            } => {
                *words = map(words);
            }
            Self::ConfigurationMalformed { .. } | Self::EntryMalformed { .. } | Self::Helper { .. } => {}
        }
        self
    }
}

/// What went wrong with a credential helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelperFault {
    /// Its name cannot be part of a program's name.
    InvalidName,
    /// It did not answer within this time.
    Timeout(Duration),
    /// Its program is not on `PATH`.
    NotInstalled,
    /// Its program could not be started; the system's words.
    NotRunnable(String),
    /// It ended with an error.
    Failed {
        /// Its exit status.
        status: String,
        /// Its words, cut.
        words: String,
    },
    /// Its answer is not valid. The answer is left out: it may be secret.
    Malformed,
}
