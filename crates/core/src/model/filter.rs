//! A filter of instances by ship, service and state: `ship=node*,state=down`.

use std::str::FromStr;

use globset::{Glob, GlobMatcher};

/// What a filter keeps. Of one key any value may match, and all keys have to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    ships: Vec<GlobMatcher>,
    services: Vec<GlobMatcher>,
    states: Vec<StateWord>,
}

/// A state that a filter asks for. An instance may be in several: down, not ready, and different from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateWord {
    /// Up, and no check fails.
    Ready,
    /// Known not to be ready.
    NotReady,
    /// Its program runs.
    Up,
    /// Its program has ended.
    Down,
    /// Its engine restarts it.
    Restarting,
    /// Its image's `HEALTHCHECK` finds that it does not work.
    Unhealthy,
    /// Its processes are frozen.
    Paused,
    /// Created, never started.
    Created,
    /// It has no container.
    Absent,
    /// Its ship does not answer.
    Unreachable,
    /// Its name belongs to a container of somebody else.
    Unmanaged,
    /// Made from another configuration than the file has now.
    Differs,
    /// Its container is on another ship than the one that the file names.
    OnOldShip,
    /// A container that the file does not declare.
    Orphan,
}

impl StateWord {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Ready,
        Self::NotReady,
        Self::Up,
        Self::Down,
        Self::Restarting,
        Self::Unhealthy,
        Self::Paused,
        Self::Created,
        Self::Absent,
        Self::Unreachable,
        Self::Unmanaged,
        Self::Differs,
        Self::OnOldShip,
        Self::Orphan,
    ];

    /// As it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not-ready",
            Self::Up => "up",
            Self::Down => "down",
            Self::Restarting => "restarting",
            Self::Unhealthy => "unhealthy",
            Self::Paused => "paused",
            Self::Created => "created",
            Self::Absent => "absent",
            Self::Unreachable => "unreachable",
            Self::Unmanaged => "unmanaged",
            Self::Differs => "differs",
            Self::OnOldShip => "on-old-ship",
            Self::Orphan => "orphan",
        }
    }
}

/// A filter that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A part without a key.
    #[error("expected `ship=NAME`, `service=NAME` or `state=STATE`, several with commas between them")]
    NoKey,
    /// Another key.
    #[error("there is no filter `{0}`; there are `ship`, `service` and `state`")]
    Key(String),
    /// A state that nothing can be in.
    #[error("there is no state `{word}`; there are {}", StateWord::ALL.map(StateWord::word).join(", "))]
    State {
        /// What was written.
        word: String,
    },
    /// A name that is no pattern.
    #[error("`{pattern}` is not a pattern: {why}")]
    Pattern {
        /// What was written.
        pattern: String,
        /// Why.
        why: String,
    },
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or(FilterError::NoKey)?;
            match key.trim() {
                "ship" => filter.ships.push(pattern(value.trim())?),
                "service" => filter.services.push(pattern(value.trim())?),
                "state" => filter.states.push(state(value.trim())?),
                other => return Err(FilterError::Key(other.to_owned())),
            }
        }
        Ok(filter)
    }
}

fn pattern(text: &str) -> Result<GlobMatcher, FilterError> {
    match Glob::new(text) {
        Ok(glob) => Ok(glob.compile_matcher()),
        Err(error) => Err(FilterError::Pattern { pattern: text.to_owned(), why: error.kind().to_string() }),
    }
}

fn state(word: &str) -> Result<StateWord, FilterError> {
    let found = StateWord::ALL.into_iter().find(|state| state.word() == word);
    found.ok_or_else(|| FilterError::State { word: word.to_owned() })
}

impl Filter {
    /// One filter of several: what each of them names counts.
    #[must_use]
    pub fn merged(filters: &[Self]) -> Self {
        let mut all = Self::default();
        for filter in filters {
            all.ships.extend(filter.ships.iter().cloned());
            all.services.extend(filter.services.iter().cloned());
            all.states.extend(&filter.states);
        }
        all
    }

    /// Whether it keeps a ship.
    #[must_use]
    pub fn keeps_ship(&self, name: &str) -> bool {
        self.ships.is_empty() || self.ships.iter().any(|glob| glob.is_match(name))
    }

    /// Whether it keeps a service; `None` is that of an orphan.
    #[must_use]
    pub fn keeps_service(&self, name: Option<&str>) -> bool {
        let is_kept = |name| self.services.iter().any(|glob| glob.is_match(name));
        self.services.is_empty() || name.is_some_and(is_kept)
    }

    /// Whether it keeps what is in these states.
    #[must_use]
    pub fn keeps_states(&self, states: &[StateWord]) -> bool {
        self.states.is_empty() || self.states.iter().any(|state| states.contains(state))
    }

    /// Whether it keeps every state.
    #[must_use]
    pub fn is_for_all_states(&self) -> bool {
        self.states.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_key_add_up_and_keys_exclude() {
        let filters: Vec<Filter> =
            ["ship=node*,state=down", "state=absent"].map(|text| text.parse().unwrap()).into();
        let filter = Filter::merged(&filters);
        assert!(filter.keeps_ship("node1") && !filter.keeps_ship("local"));
        assert!(filter.keeps_service(None) && filter.keeps_service(Some("web")));
        assert!(filter.keeps_states(&[StateWord::NotReady, StateWord::Down]));
        assert!(filter.keeps_states(&[StateWord::Absent]) && !filter.keeps_states(&[StateWord::Ready]));
        let services: Filter = "service=web".parse().unwrap();
        assert!(services.keeps_service(Some("web")) && !services.keeps_service(None));
        assert!(services.is_for_all_states() && services.keeps_states(&[]));
    }

    #[test]
    fn what_cannot_be_followed_is_told_with_what_can() {
        let told = |text: &str| text.parse::<Filter>().unwrap_err().to_string();
        assert_eq!(told("web"), FilterError::NoKey.to_string());
        assert_eq!(told("host=a"), "there is no filter `host`; there are `ship`, `service` and `state`");
        assert!(told("state=exited").starts_with("there is no state `exited`; there are ready, not-ready, "));
        assert!(told("ship=[").starts_with("`[` is not a pattern: "));
    }
}
