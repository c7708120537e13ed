//! Which of the containers that the file does not declare a command is about.

use globset::GlobMatcher;

use crate::{
    model::{
        container::{LABEL_INSTANCE, LABEL_SERVICE},
        selection::{SelectionError, pattern},
    },
    observed::Container,
    plan::reason::OrphanReason,
};

/// Which of the containers that the file does not declare a command is about: those that have one of the names, of them
/// those that the filter leaves.
#[derive(Debug, Clone, Default)]
pub struct OrphanScope {
    /// Names of containers, instances and services; none means all.
    names: Vec<String>,
    /// What the instance's name has to match.
    filter: Option<GlobMatcher>,
    /// Whether all takes in somebody's commands that go on.
    has_commands: bool,
}

impl OrphanScope {
    /// What names and `--container-filter` of a command line leave.
    ///
    /// # Errors
    /// If the filter is not a pattern.
    pub fn of(names: &[String], filter: Option<&str>) -> Result<Self, Vec<SelectionError>> {
        let mut errors = Vec::new();
        let filter = pattern(filter, &mut errors);
        let scope = Self { filter, ..Self::named(names) };
        if errors.is_empty() { Ok(scope) } else { Err(errors) }
    }

    /// Those that have one of these names.
    #[must_use]
    pub fn named(names: &[String]) -> Self {
        Self { names: names.to_vec(), ..Self::default() }
    }

    /// All, and somebody's commands that go on among them.
    pub(super) fn with_commands() -> Self {
        Self { has_commands: true, ..Self::default() }
    }

    /// Whether a container that is an orphan for this reason is one of them.
    pub(super) fn includes(&self, container: &Container, reason: &OrphanReason) -> bool {
        let is_meant = match self.names.as_slice() {
            [] => reason.is_pruned() || self.has_commands && reason.ends_by_itself(),
            names => reason.is_pruned_by_name() && names.iter().any(|name| is_named(container, name)),
        };
        is_meant && self.passes_filter(container)
    }

    /// Whether an instance that its service no longer has is one of them: its service is named, not the instance, which
    /// the file does not have.
    pub(super) fn includes_surplus(&self, container: &Container, service: &str) -> bool {
        let is_service = |name: &String| name.strip_prefix("service/").unwrap_or(name) == service;
        (self.names.is_empty() || self.names.iter().any(is_service)) && self.passes_filter(container)
    }

    fn passes_filter(&self, container: &Container) -> bool {
        let instance = container.labels.get(LABEL_INSTANCE).unwrap_or(&container.name);
        self.filter.as_ref().is_none_or(|glob| glob.is_match(instance))
    }
}

/// Whether a container has that name, or was made for the instance or the service of that name.
pub(super) fn is_named(container: &Container, name: &str) -> bool {
    let is = |label: &str| container.labels.get(label).is_some_and(|of| of == name);
    container.name == name || is(LABEL_INSTANCE) || is(LABEL_SERVICE)
}
