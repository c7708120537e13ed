//! What the dashboard asks for.

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DashEffect {
    /// End the dashboard.
    Quit,
    /// Draw the whole screen again, whatever it shows.
    Redraw,
    /// From now on, count what these instances use, and no others.
    Count(Vec<String>),
    /// Read what runs of an instance, beside what is declared.
    Inspect(String),
    /// Follow the log of an instance.
    Follow(String),
    /// Do not follow a log any more.
    Unfollow,
    /// Give the terminal to a shell in an instance.
    Shell(String),
    /// Make the plan of `apply`.
    Plan,
    /// Apply the plan that is shown.
    Apply,
    /// Restart an instance.
    Restart(String),
    /// Let the run begin nothing new.
    Interrupt,
}
