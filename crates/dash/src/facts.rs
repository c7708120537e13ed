//! What the dashboard is told of the environment.

use maestro_core::model::filter::StateWord;
use maestro_report::status::EntryState;

/// The state of the environment at one moment. All text is harmless and without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashState {
    /// The environment's name.
    pub environment: String,
    /// All ships, in the order of the file.
    pub ships: Vec<DashShip>,
    /// Instances in start order, then orphans.
    pub rows: Vec<DashRow>,
    /// Whether the file has mistakes now: then this is what was read before.
    pub has_mistakes: bool,
}

/// A ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashShip {
    /// Its name.
    pub name: String,
    /// Why it does not answer; none if it does.
    pub silent: Option<String>,
}

/// An instance or orphan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashRow {
    /// The name of the instance, or of the orphan's container.
    pub name: String,
    /// Its service; none of an orphan.
    pub service: Option<String>,
    /// The ship that it is on.
    pub ship: String,
    /// How it stands.
    pub standing: EntryState,
    /// Every state that it is in.
    pub states: Vec<StateWord>,
    /// Its state in words, with the reason.
    pub state: String,
    /// The word of its image's `HEALTHCHECK`; none if there is none.
    pub health: Option<String>,
    /// Since when its container is in its state, in the engine's words; empty if that is not known.
    pub age: String,
    /// Whether its container is up.
    pub is_up: bool,
}

impl DashRow {
    /// Whether it is an instance of the file.
    pub(crate) fn is_instance(&self) -> bool {
        self.standing != EntryState::Orphan
    }

    /// Whether it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.states.contains(&StateWord::Ready)
    }
}

/// What `apply` would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashPlan {
    /// The plan as `maestro plan` prints it, and what stands in its way.
    pub lines: Vec<String>,
    /// Whether there is something to do.
    pub changes: bool,
    /// Whether it would be refused.
    pub is_refused: bool,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashRun {
    /// How the same is typed.
    pub typed: String,
    /// Its table now; at its end all that is told.
    pub lines: Vec<String>,
    /// Its exit code, once it has ended.
    pub exit_code: Option<u8>,
}

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText {
    /// A line, or a part of it. Untrusted.
    pub text: String,
    /// Whether the next piece is its rest.
    pub goes_on: bool,
    /// Whether Maestro says it, and not the program.
    pub is_note: bool,
}
