//! How often a step may tell how far it is, where every time is a line.

use std::collections::BTreeMap;

/// Keeps what each step told last until it may be shown. Time is counted in ticks; there are 20 a second.
#[derive(Debug)]
pub(crate) struct Throttle<T> {
    between: u32,
    first_at_once: bool,
    steps: BTreeMap<usize, ThrottledStep<T>>,
}

#[derive(Debug)]
struct ThrottledStep<T> {
    /// What was not shown yet.
    last: Option<T>,
    /// Ticks since something was shown.
    ticks: u32,
}

impl<T> Throttle<T> {
    /// So many ticks between two lines; the first one waits for as many unless it is to come at once.
    pub(crate) fn new(between: u32, first_at_once: bool) -> Self {
        Self { between, first_at_once, steps: BTreeMap::new() }
    }

    /// Takes what a step tells; gives back what is to be shown at once.
    pub(crate) fn take(&mut self, step: usize, news: T) -> Option<T> {
        let is_new = !self.steps.contains_key(&step);
        let kept = self.steps.entry(step).or_insert(ThrottledStep { last: None, ticks: 0 });
        if is_new && self.first_at_once {
            return Some(news);
        }
        kept.last = Some(news);
        None
    }

    /// A step has ended, or begins again: what it told no longer matters.
    pub(crate) fn forget(&mut self, step: usize) {
        self.steps.remove(&step);
    }

    /// A tick has passed: what is to be shown now.
    pub(crate) fn tick(&mut self) -> Vec<T> {
        let mut due = Vec::new();
        for step in self.steps.values_mut() {
            step.ticks = step.ticks.saturating_add(1);
            if step.ticks >= self.between
                && let Some(news) = step.last.take()
            {
                step.ticks = 0;
                due.push(news);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of a step that tells the number of each tick until that one.
    fn shown(mut pace: Throttle<u32>, until: u32) -> Vec<u32> {
        let mut shown = Vec::new();
        for tick in 0..30 {
            if tick < until {
                shown.extend(pace.take(1, tick));
            }
            shown.extend(pace.tick());
        }
        shown
    }

    #[test]
    fn lines_keep_their_distance_and_tell_the_latest() {
        assert_eq!(shown(Throttle::new(10, true), 30), [0, 9, 19, 29]);
        assert_eq!(shown(Throttle::new(10, false), 30), [9, 19, 29]);
        assert_eq!(shown(Throttle::new(10, false), 12), [9, 11], "nothing new is nothing to show");
    }

    #[test]
    fn what_has_ended_tells_no_more() {
        let mut pace = Throttle::new(1, false);
        pace.take(1, 'a');
        pace.take(2, 'b');
        pace.forget(1);
        assert_eq!(pace.tick(), ['b']);
    }
}
