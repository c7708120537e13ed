//! A command that a user talks to, as the engine in memory keeps it.

use maestro_engine::{ExecRequest, WindowSize};

/// A command for a user.
pub(super) struct FakeProgram {
    /// The container's id.
    pub(super) container: String,
    /// Which start of the container it runs in.
    pub(super) starts: u64,
    pub(super) request: ExecRequest,
    pub(super) exit_code: Option<i64>,
    /// The sizes that its terminal was told.
    pub(super) sizes: Vec<WindowSize>,
}
