//! What a status shows.

/// What a status shows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command, and any set of them is valid"
)]
#[derive(Debug, Clone, Copy, Default)]
pub struct StatusOptions {
    /// Every instance, however many there are.
    pub all: bool,
    /// Services and ids of containers as well.
    pub wide: bool,
    /// The ports of each instance as well.
    pub full: bool,
    /// The addresses of the ships in place of their names.
    pub show_hosts: bool,
    /// What instances are grouped by.
    pub by: Option<Grouping>,
    /// In colours.
    pub colour: bool,
    /// Columns of the terminal; none cuts nothing.
    pub width: Option<u16>,
    /// Lines that the terminal has; none shows everything.
    pub height: Option<u16>,
}

/// What instances are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// By their ships.
    Ship,
    /// By their services.
    Service,
}

impl StatusOptions {
    pub(super) fn is_wide(self) -> bool {
        self.wide || self.full
    }
}
