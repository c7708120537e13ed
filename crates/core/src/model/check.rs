//! Checks: tests that a state of an instance's life is reached, or may be left.

use std::time::Duration;

use serde::Serialize;

use super::variables::Variables;
use crate::value::{
    check::{EnvFrom, HttpOptions, Pattern, Tries},
    secret::{self, Known, MASK, Secret, digested, hides},
};

/// A state in the life of an instance that checks can stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleState {
    /// What must hold before it is started.
    PreStart,
    /// When it counts as running.
    Running,
    /// What must hold before it is stopped.
    PreStop,
    /// When it counts as stopped.
    Stopped,
}

impl LifecycleState {
    /// The state's name in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PreStart => "pre-start",
            Self::Running => "running",
            Self::PreStop => "pre-stop",
            Self::Stopped => "stopped",
        }
    }

    /// Whether its container runs while the checks are made.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::PreStop)
    }
}

/// The checks of an instance: its service's and its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lifecycle {
    /// What must hold before it is started.
    pub pre_start: Vec<Check>,
    /// When it counts as running.
    pub running: Vec<Check>,
    /// What must hold before it is stopped.
    pub pre_stop: Vec<Check>,
    /// When it counts as stopped.
    pub stopped: Vec<Check>,
}

impl Lifecycle {
    /// The checks of a state.
    #[must_use]
    pub fn of(&self, state: LifecycleState) -> &[Check] {
        match state {
            LifecycleState::PreStart => &self.pre_start,
            LifecycleState::Running => &self.running,
            LifecycleState::PreStop => &self.pre_stop,
            LifecycleState::Stopped => &self.stopped,
        }
    }

    /// All states with their checks, in the order of a life.
    #[must_use]
    pub fn states(&self) -> [(LifecycleState, &[Check]); 4] {
        [LifecycleState::PreStart, LifecycleState::Running, LifecycleState::PreStop, LifecycleState::Stopped]
            .map(|state| (state, self.of(state)))
    }
}

/// A test that a state is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Check {
    /// A TCP connection to a published port succeeds.
    Tcp {
        /// Host to connect to.
        host: String,
        /// The published port.
        port: u16,
        /// Budget of time for all tries.
        max_wait: Duration,
    },
    /// An HTTP request gets the answer that is wanted.
    Http(Box<HttpCheck>),
    /// A command on this machine ends with exit code 0.
    Exec {
        /// The command's words; one at least.
        #[serde(serialize_with = "digested")]
        command: Vec<String>,
        /// How it gets its instance's environment.
        env_from: EnvFrom,
        /// How long it is tried.
        tries: Tries,
    },
    /// A command in the container ends with exit code 0.
    Rexec {
        /// The command's words; one at least.
        #[serde(serialize_with = "digested")]
        command: Vec<String>,
        /// How long it is tried.
        tries: Tries,
    },
    /// The engine finds the container healthy, by its image's own `HEALTHCHECK`.
    Docker {
        /// Budget of time.
        max_wait: Duration,
    },
    /// The container ends with exit code 0: it is a job.
    Completion,
    /// Some time passes.
    Sleep {
        /// The time.
        wait: Duration,
    },
}

/// An HTTP request, and what is wanted of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HttpCheck {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Path, with its query; begins with `/`.
    #[serde(serialize_with = "digested")]
    pub path: String,
    /// In capitals: `GET`.
    pub method: String,
    /// What the body must have in it; without one the status must be 200.
    pub pattern: Option<Pattern>,
    /// Budget of time for all tries.
    pub max_wait: Duration,
    /// All else.
    pub options: HttpOptions,
    /// Certificates (PEM) of those who may have signed the other side's, instead of the system's.
    pub authorities: Option<Secret<Vec<u8>>>,
    /// Certificate and key (PEM) that we show.
    pub identity: Option<Secret<Vec<u8>>>,
}

impl Check {
    /// What the check looks at: `TCP port 10.0.0.1:80`. Shows no secret as far as one can tell.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Tcp { host, port, .. } => {
                format!("TCP port {}", secret::without_secrets(&authority(host, *port)))
            }
            Self::Http(http) => format!("{} {}", http.method, http.shown_address()),
            Self::Exec { command, .. } => format!("the command `{}`", shown_command(command)),
            Self::Rexec { command, .. } => {
                format!("the command `{}` in the container", shown_command(command))
            }
            Self::Docker { .. } => "the health check".to_owned(),
            Self::Completion => "its end with exit code 0".to_owned(),
            Self::Sleep { wait } => format!("a wait of {} s", wait.as_secs_f64()),
        }
    }
}

impl HttpCheck {
    /// The address that is asked, query included: not to be shown.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}://{}{}", self.scheme, authority(&self.host, self.port), self.path)
    }

    /// The address without its query, which may have a key in it.
    #[must_use]
    pub fn shown_address(&self) -> String {
        let address = secret::without_secrets(&self.address());
        match address.split_once('?') {
            Some((before, _)) => format!("{before}?…"),
            None => address,
        }
    }
}

/// What a container's variables have of secrets: its log and the answers of its checks may well repeat them.
#[must_use]
pub fn secrets_of(env: &Variables) -> Known {
    let texts = env.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let found = texts.flat_map(|(name, value)| {
        if hides(name, value) {
            return vec![value];
        }
        secret::secrets(value).into_iter().map(|place| &value[place]).collect()
    });
    Known::new(found)
}

/// `host:port`, an IPv6 address in brackets.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A command as its user knows it, without the words that are named as secret or look like `user:password`.
fn shown_command(command: &[String]) -> String {
    let words = secret::hidden_words(command.iter().map(String::as_str));
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// As it can be typed, quotes only where a shell needs them. A word that no shell takes (it has a NUL) stays as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,^".contains(c);
    if !word.is_empty() && word.replace(MASK, "").chars().all(plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_variables_are_not_told() {
        let pair = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let env = Variables::from([pair("DB_PASSWORD", "hunter2"), pair("TOKEN", "1"), pair("PORT", "5432")]);
        assert_eq!(secrets_of(&env).hide("no user:hunter2@db:5432 1"), "no user:***@db:5432 1");
    }

    #[test]
    fn commands_are_shown_without_their_secrets() {
        let shown = |line: &str| shown_command(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(shown("python ./ruok.py --port 80"), "python ./ruok.py --port 80");
        assert_eq!(shown("curl -u ann:pw -f http://a/b"), "curl -u *** -f http://a/b");
        assert_eq!(shown("curl https://ann:pw@a/b"), "curl https://ann:***@a/b");
        assert_eq!(
            shown("x --token=abc DB_PASSWORD=pw --password hunter2"),
            "x --token=*** DB_PASSWORD=*** --password ***"
        );
        let words = |words: &[&str]| shown_command(&words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>());
        assert_eq!(
            words(&["sh", "-c", "PGPASSWORD=hunter2 psql -p hunter2 a://b:c@d/e"]),
            "sh -c 'PGPASSWORD=*** psql -p *** a://b:***@d/e'"
        );
        assert_eq!(
            words(&["curl", "-H", "Authorization: Bearer hunter2", "it's"]),
            "curl -H Authorization:*** \"it's\""
        );
    }
}
