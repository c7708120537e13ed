//! The longest chain of a run: what would have to be faster for the run to be faster.

use std::collections::BTreeMap;

use super::{TimedStep, Timeline};

/// A part of the longest chain: steps in a row of one instance, or of what instances share on one ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLink {
    /// The instance; none for what instances share.
    pub instance: Option<String>,
    /// The ship.
    pub ship: String,
    /// When the first step of it began, in milliseconds since the command began.
    pub from: u64,
    /// When the last one ended.
    pub to: u64,
}

/// Marks the steps that each waited for the one before, up to the step that ended last.
pub(super) fn mark(steps: &mut [TimedStep]) {
    let at: BTreeMap<usize, usize> = steps.iter().enumerate().map(|(at, step)| (step.step, at)).collect();
    // Of several that ended at once the one that began last: the others do not hold the run up.
    let mut next = steps.iter().enumerate().max_by_key(|(_, step)| (step.to, step.from)).map(|(at, _)| at);
    while let Some(place) = next {
        if std::mem::replace(&mut steps[place].is_critical, true) {
            break;
        }
        next = steps[place].waited_for.and_then(|number| at.get(&number).copied());
    }
}

impl Timeline {
    /// The longest chain, from its begin to the end of the run.
    #[must_use]
    pub fn chain(&self) -> Vec<ChainLink> {
        let mut critical: Vec<&TimedStep> = self.steps.iter().filter(|step| step.is_critical).collect();
        critical.sort_by_key(|step| (step.from, step.to));
        let mut links: Vec<ChainLink> = Vec::new();
        for step in critical {
            match links.last_mut() {
                Some(link) if link.instance == step.instance && link.ship == step.ship => link.to = step.to,
                _ => links.push(ChainLink {
                    instance: step.instance.clone(),
                    ship: step.ship.clone(),
                    from: step.from,
                    to: step.to,
                }),
            }
        }
        links
    }
}
