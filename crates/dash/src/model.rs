//! All that the dashboard knows.

use super::{
    facts::{DashRun, DashState},
    list::ListView,
    log::LogPage,
    page::{PlanPage, TextPage},
    usage::UsageHistory,
};

/// What does not change.
#[derive(Debug, Clone, Default)]
pub struct DashOptions {
    /// Nothing may be changed.
    pub read_only: bool,
    /// Whether there are colours.
    pub colour: bool,
    /// How the user calls the program.
    pub invocation: String,
}

/// All that the dashboard knows. A new one has been told nothing.
#[derive(Debug, Clone)]
pub struct DashModel {
    pub(crate) options: DashOptions,
    pub(crate) size: (u16, u16),
    pub(crate) state: Option<DashState>,
    pub(crate) used: UsageHistory,
    pub(crate) list: ListView,
    pub(crate) page: Page,
    pub(crate) prompt: Prompt,
    /// What was told last, until the next key.
    pub(crate) notice: Option<String>,
    /// Whose usage is counted.
    pub(crate) counted: Vec<String>,
    /// The last run.
    pub(crate) run: Option<DashRun>,
    /// Whether the run was asked to begin nothing new.
    pub(crate) is_interrupted: bool,
    /// Whether the dashboard ends with the run.
    pub(crate) is_leaving: bool,
}

/// What is looked at.
#[derive(Debug, Clone)]
pub(crate) enum Page {
    List,
    Details(TextPage),
    Log(LogPage),
    Plan(PlanPage),
    Run(TextPage),
    Help(TextPage),
}

/// What is asked in the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prompt {
    None,
    /// Words that filter the list; with what the filter was before.
    Filter(String),
    /// What to search the log for.
    Search(String),
    /// Whether to do something.
    Ask(Question),
}

/// Something that is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Restart(String),
    Apply,
    Leave,
}

impl DashModel {
    /// Knows nothing but the size of the terminal, in columns and rows.
    #[must_use]
    pub fn new(options: DashOptions, size: (u16, u16)) -> Self {
        Self {
            options,
            size,
            state: None,
            used: UsageHistory::default(),
            list: ListView::default(),
            page: Page::List,
            prompt: Prompt::None,
            notice: None,
            counted: Vec::new(),
            run: None,
            is_interrupted: false,
            is_leaving: false,
        }
    }

    /// Whether a run goes on.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.exit_code.is_none())
    }

    /// Whether the window is too small to show anything.
    pub(crate) fn is_too_small(&self) -> bool {
        self.size.0 < LEAST.0 || self.size.1 < LEAST.1
    }

    /// The ships whose reason is told above the list: where they have no headings.
    pub(crate) fn silent_lines(&self) -> usize {
        let silent = self.state.iter().flat_map(|state| &state.ships).filter(|ship| ship.silent.is_some());
        match self.list.by {
            maestro_report::status::Grouping::Ship => 0,
            maestro_report::status::Grouping::Service => silent.count().min(SILENT_AT_MOST + 1),
        }
    }

    /// The rows of the list.
    pub(crate) fn list_height(&self) -> usize {
        let mistakes = usize::from(self.state.as_ref().is_some_and(|state| state.has_mistakes));
        // The title, the names of columns, the line about the selected instance, and the keys.
        usize::from(self.size.1).saturating_sub(4 + mistakes + self.silent_lines())
    }

    /// The rows of a page of text.
    pub(crate) fn page_height(&self) -> usize {
        usize::from(self.size.1).saturating_sub(2)
    }
}

/// The least columns and rows.
pub(crate) const LEAST: (u16, u16) = (40, 10);
/// How many ships that do not answer are told above the list.
pub(crate) const SILENT_AT_MOST: usize = 2;
