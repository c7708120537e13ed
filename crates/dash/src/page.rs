//! Pages of text.

use super::{facts::DashPlan, motion::Motion};

/// A text that is looked at in a window.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextPage {
    pub(crate) title: String,
    /// Its lines; none while they are made.
    pub(crate) lines: Option<Vec<String>>,
    /// The first line in sight.
    pub(crate) top: usize,
}

impl TextPage {
    /// A page whose text is not there yet.
    pub(crate) fn awaited(title: impl Into<String>) -> Self {
        Self { title: title.into(), lines: None, top: 0 }
    }

    /// Scrolls.
    pub(crate) fn go(&mut self, motion: Motion, height: usize) {
        let lines = self.lines.as_ref().map_or(0, Vec::len);
        self.top = motion.from(self.top, lines.saturating_sub(height), height);
    }

    /// The lines in sight.
    pub(crate) fn in_sight(&self, height: usize) -> &[String] {
        let lines = self.lines.as_deref().unwrap_or_default();
        let top = self.top.min(lines.len().saturating_sub(height));
        &lines[top..lines.len().min(top + height)]
    }
}

/// The plan of `apply`.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanPage {
    pub(crate) text: TextPage,
    /// Whether it can be applied.
    pub(crate) verdict: PlanVerdict,
}

/// Whether a plan can be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PlanVerdict {
    /// It is being made.
    #[default]
    Awaited,
    /// It changes nothing, or there is none.
    Nothing,
    /// Something stands in its way, which its text tells.
    Refused,
    /// It can.
    Applicable,
}

impl PlanPage {
    pub(crate) fn take(&mut self, planned: Result<DashPlan, Vec<String>>) {
        let (lines, verdict) = match planned {
            Ok(plan) if !plan.changes => (plan.lines, PlanVerdict::Nothing),
            Ok(plan) if plan.is_refused => (plan.lines, PlanVerdict::Refused),
            Ok(plan) => (plan.lines, PlanVerdict::Applicable),
            Err(lines) => (lines, PlanVerdict::Nothing),
        };
        self.verdict = verdict;
        self.text.lines = Some(lines);
    }
}
