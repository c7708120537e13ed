//! The command that a plan is for.

/// A command that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Command {
    /// `start`
    #[default]
    Start,
    /// `stop`
    Stop,
    /// `kill`
    Kill,
    /// `restart`
    Restart,
    /// `apply`
    Apply,
    /// `rollback` to a revision
    Rollback(u64),
    /// `clean`
    Clean,
    /// `pull`
    Pull,
    /// `down`
    Down,
    /// `pause`
    Pause,
    /// `unpause`
    Unpause,
    /// `volume move`
    MoveVolumes,
}

impl Command {
    /// Its word on the command line: `rollback`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::Apply => "apply",
            Self::Rollback(_) => "rollback",
            Self::Clean => "clean",
            Self::Pull => "pull",
            Self::Down => "down",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::MoveVolumes => "volume move",
        }
    }
}

/// As it is typed: `rollback 3`.
impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rollback(revision) => write!(f, "rollback {revision}"),
            Self::Start
            | Self::Stop
            | Self::Kill
            | Self::Restart
            | Self::Apply
            | Self::Clean
            | Self::Pull
            | Self::Down
            | Self::Pause
            | Self::Unpause
            | Self::MoveVolumes => f.write_str(self.word()),
        }
    }
}
