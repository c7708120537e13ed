//! Which steps may begin: counts, for every step and barrier, what is still missing before it, and for every compensation what
//! has failed.

use maestro_core::plan::{BarrierId, CompensationId, Plan, StepId, Wait};

/// Where a step or barrier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepState {
    /// So many things are still missing.
    Missing(usize),
    /// It has begun; a barrier never does.
    Begun,
    /// It has succeeded, or is not needed.
    Good,
    /// It has failed, or will never begin because of that step.
    Bad(StepId),
}

/// What a barrier counts.
#[derive(Debug, Clone, Copy)]
struct Count {
    /// How many may fail; none if the first failure counts.
    tolerated: Option<usize>,
    /// The barrier whose failures count here too.
    counted: Option<usize>,
    /// How many have failed.
    failed: usize,
    /// The last one of them.
    last: Option<StepId>,
}

/// A compensation while its steps may still not be needed.
#[derive(Debug, Clone)]
struct Watch {
    of: Vec<usize>,
    /// Steps of it that have not come to their end.
    open: usize,
    failed: usize,
    tolerated: usize,
    /// The steps that it consists of.
    steps: Vec<usize>,
    is_over: bool,
}

/// What follows from the end of a step.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    /// Steps that may begin now.
    pub free: Vec<StepId>,
    /// Steps that will never begin, each with the step whose failure is to blame.
    pub blocked: Vec<(StepId, StepId)>,
    /// Rescues that begin now.
    pub compensations: Vec<CompensationId>,
}

/// The order of a plan while it is carried out.
pub(super) struct Queue {
    states: Vec<StepState>,
    /// Steps and barriers behind each.
    behind: Vec<Vec<usize>>,
    counts: Vec<Count>,
    watches: Vec<Watch>,
    /// The compensations that watch each step.
    watched: Vec<Vec<usize>>,
    /// The compensation that each step is part of.
    part_of: Vec<Option<usize>>,
    steps: usize,
}

impl Queue {
    /// The queue of a plan, and the steps that may begin at once.
    pub(super) fn new(plan: &Plan) -> (Self, Vec<StepId>) {
        let steps = plan.steps.len();
        let waits = plan
            .steps
            .iter()
            .map(|step| &step.after)
            .chain(plan.barriers.iter().map(|barrier| &barrier.after));
        let mut queue = Self {
            states: Vec::with_capacity(steps + plan.barriers.len()),
            behind: vec![Vec::new(); steps + plan.barriers.len()],
            counts: plan.barriers.iter().map(|barrier| count(barrier, steps)).collect(),
            watches: Vec::new(),
            watched: vec![Vec::new(); steps],
            part_of: plan
                .steps
                .iter()
                .map(|step| step.compensation.map(|CompensationId(compensation)| compensation))
                .collect(),
            steps,
        };
        for (node, after) in waits.enumerate() {
            // A step of a compensation also waits for the compensation to begin.
            let of_compensation = plan.steps.get(node).is_some_and(|step| step.compensation.is_some());
            queue.states.push(StepState::Missing(after.len() + usize::from(of_compensation)));
            for &wait in after {
                queue.behind[index(wait, steps)].push(node);
            }
        }
        for compensation in &plan.compensations {
            for of in &compensation.of {
                queue.watched[of.0].push(queue.watches.len());
            }
            queue.watches.push(Watch {
                of: compensation.of.iter().map(|of| of.0).collect(),
                open: compensation.of.len(),
                failed: 0,
                tolerated: compensation.tolerates,
                steps: Vec::new(),
                is_over: false,
            });
        }
        for (at, step) in plan.steps.iter().enumerate() {
            if let Some(CompensationId(compensation)) = step.compensation {
                queue.watches[compensation].steps.push(at);
            }
        }
        let mut next = Next::default();
        for node in 0..queue.states.len() {
            queue.release(node, &mut next);
        }
        (queue, next.free)
    }

    /// A step has succeeded.
    pub(super) fn succeeded(&mut self, step: StepId) -> Next {
        let mut next = Next::default();
        self.good(step.0, &mut next);
        self.watch(step.0, false, &mut next);
        self.watch_blocked(&mut next);
        next
    }

    /// A step has not succeeded. It is rescued, if the plan has a compensation for it, unless nothing of it was begun.
    pub(super) fn failed(&mut self, step: StepId, is_rescued: bool) -> Next {
        let mut next = Next::default();
        self.bad(step.0, step, &mut next);
        self.watch(step.0, is_rescued, &mut next);
        self.watch_blocked(&mut next);
        next.blocked.sort_unstable();
        next
    }

    /// Nothing more may begin but compensations: those that have begun, and those of which a step has. `unbegun` are steps that
    /// nobody has begun yet. Tells which steps will not begin, as [`Self::drain`] does, and what begins now.
    pub(super) fn take_back(&mut self, unbegun: &[StepId]) -> (Vec<StepId>, Next) {
        let mut next = Next::default();
        let mut left = Vec::new();
        let touched: Vec<bool> = self.watches.iter().map(|watch| self.is_touched(watch)).collect();
        for &step in unbegun {
            self.states[step.0] = StepState::Bad(step);
            left.push(step);
        }
        let kept = |step: usize| {
            self.part_of
                .get(step)
                .copied()
                .flatten()
                .is_some_and(|of| touched[of] || self.watches[of].is_over)
        };
        let kept: Vec<bool> = (0..self.states.len()).map(kept).collect();
        for (index, state) in self.states.iter_mut().enumerate() {
            if matches!(state, StepState::Missing(_)) && !kept[index] {
                *state = StepState::Good;
                let is_expected = self.part_of.get(index).is_some_and(Option::is_none);
                left.extend(is_expected.then_some(StepId(index)));
            }
        }
        for (at, is_touched) in touched.into_iter().enumerate() {
            if is_touched {
                self.watches[at].failed = self.watches[at].tolerated + 1;
                self.settle(at, &mut next);
            } else {
                self.watches[at].is_over = true;
            }
        }
        (left, next)
    }

    /// Whether a compensation may still begin, and something of what it takes back has begun.
    fn is_touched(&self, watch: &Watch) -> bool {
        let has_begun = |step: &usize| matches!(self.states[*step], StepState::Begun | StepState::Good);
        !watch.is_over && watch.of.iter().any(has_begun)
    }

    /// Nothing more may begin: tells which steps had neither begun nor been blocked, those of compensations left out that
    /// are not needed.
    pub(super) fn drain(&mut self) -> Vec<StepId> {
        let idle: Vec<usize> = self
            .watches
            .iter()
            .filter(|watch| !watch.is_over)
            .flat_map(|watch| watch.steps.clone())
            .collect();
        for step in idle {
            self.states[step] = StepState::Good;
        }
        let mut left = Vec::new();
        for (index, state) in self.states.iter_mut().enumerate() {
            if matches!(state, StepState::Missing(_)) {
                *state = StepState::Good;
                if index < self.steps {
                    left.push(StepId(index));
                }
            }
        }
        for watch in &mut self.watches {
            watch.is_over = true;
        }
        left
    }

    fn good(&mut self, node: usize, next: &mut Next) {
        self.states[node] = StepState::Good;
        for behind in self.behind[node].clone() {
            self.count_down(behind, next);
        }
    }

    fn count_down(&mut self, node: usize, next: &mut Next) {
        if let StepState::Missing(count) = &mut self.states[node] {
            *count -= 1;
            self.release(node, next);
        }
    }

    /// Lets a node go on for which nothing is missing any more.
    fn release(&mut self, node: usize, next: &mut Next) {
        if self.states[node] != StepState::Missing(0) {
            return;
        }
        let Some(barrier) = node.checked_sub(self.steps) else {
            self.states[node] = StepState::Begun;
            return next.free.push(StepId(node));
        };
        let Count { tolerated, counted, failed, last } = self.counts[barrier];
        let before = counted.map_or(0, |before| self.counts[before - self.steps].failed);
        self.counts[barrier].failed = failed.saturating_add(before);
        match (tolerated, last) {
            (Some(most), Some(last)) if self.counts[barrier].failed > most => self.bad(node, last, next),
            _ => self.good(node, next),
        }
    }

    /// A step or barrier does not come to its end, and neither does what is behind it.
    fn bad(&mut self, node: usize, cause: StepId, next: &mut Next) {
        let mut pending = vec![(node, true)];
        while let Some((node, is_first)) = pending.pop() {
            let is_waiting = matches!(self.states[node], StepState::Missing(_));
            if !(is_waiting || is_first) {
                continue;
            }
            if node < self.steps && is_waiting && !self.is_idle(node) {
                next.blocked.push((StepId(node), cause));
            }
            self.states[node] = StepState::Bad(cause);
            for behind in self.behind[node].clone() {
                if self.tolerates(behind) {
                    let count = &mut self.counts[behind - self.steps];
                    count.failed += 1;
                    count.last = Some(cause);
                    self.count_down(behind, next);
                } else {
                    pending.push((behind, false));
                }
            }
        }
    }

    /// Whether a step is part of a compensation that has not begun: nobody expects it.
    fn is_idle(&self, step: usize) -> bool {
        self.part_of[step].is_some_and(|compensation| !self.watches[compensation].is_over)
    }

    /// Whether a node is a barrier that waits until all is over.
    fn tolerates(&self, node: usize) -> bool {
        node.checked_sub(self.steps).is_some_and(|barrier| self.counts[barrier].tolerated.is_some())
    }

    /// Tells the compensations that watch a step that it is over.
    fn watch(&mut self, step: usize, has_failed: bool, next: &mut Next) {
        for compensation in self.watched[step].clone() {
            self.watches[compensation].open -= 1;
            self.watches[compensation].failed += usize::from(has_failed);
            self.settle(compensation, next);
        }
    }

    /// Tells the compensations about steps that were blocked, which may block others.
    fn watch_blocked(&mut self, next: &mut Next) {
        let mut told = 0;
        while let Some(&(StepId(step), _)) = next.blocked.get(told) {
            told += 1;
            self.watch(step, false, next);
        }
    }

    /// Begins a compensation, or drops it, once that is known.
    fn settle(&mut self, compensation: usize, next: &mut Next) {
        let Watch { open, failed, tolerated, is_over, .. } = self.watches[compensation];
        if is_over {
            return;
        }
        if failed > tolerated {
            let of = self.watches[compensation].of.clone();
            let cause = of.iter().rev().find_map(|&step| match self.states[step] {
                StepState::Bad(cause) => Some(cause),
                _ => None,
            });
            for step in of {
                if matches!(self.states[step], StepState::Missing(_))
                    && let Some(cause) = cause
                {
                    self.bad(step, cause, next);
                }
            }
            let under_way =
                self.watches[compensation].of.iter().any(|&step| self.states[step] == StepState::Begun);
            if under_way {
                return;
            }
        } else if open > 0 {
            return;
        }
        self.watches[compensation].is_over = true;
        let steps = self.watches[compensation].steps.clone();
        if failed > tolerated {
            next.compensations.push(CompensationId(compensation));
            for step in steps {
                // Nobody expected it when it was blocked.
                if let StepState::Bad(cause) = self.states[step] {
                    next.blocked.push((StepId(step), cause));
                }
                self.count_down(step, next);
            }
        } else {
            // What stands behind them does not wait for what will not be done.
            for step in steps {
                if matches!(self.states[step], StepState::Missing(_)) {
                    self.good(step, next);
                }
            }
        }
    }
}

fn count(barrier: &maestro_core::plan::Barrier, steps: usize) -> Count {
    Count {
        tolerated: barrier.tolerance.map(|tolerance| tolerance.failures),
        counted: barrier
            .tolerance
            .and_then(|tolerance| tolerance.counted)
            .map(|BarrierId(barrier)| steps + barrier),
        failed: 0,
        last: None,
    }
}

fn index(wait: Wait, steps: usize) -> usize {
    match wait {
        Wait::Step(StepId(step)) => step,
        Wait::Barrier(BarrierId(barrier)) => steps + barrier,
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Queue};
    use maestro_core::{
        model::ShipId,
        plan::{
            Compensation, CompensationId, Plan, Step, StepId, Wait,
            action::{Action, ContainerAction},
            reason::{CompensationKind, Reason},
        },
    };

    fn step(compensation: Option<usize>, after: &[usize]) -> Step {
        Step {
            ship: ShipId(0),
            instance: None,
            action: Action::Container(ContainerAction::Start {
                container: "web-1".to_owned(),
                hooks: Vec::new(),
            }),
            reason: Reason::NoContainer,
            after: after.iter().map(|&at| Wait::Step(StepId(at))).collect(),
            compensation: compensation.map(CompensationId),
        }
    }

    fn compensation(of: &[usize]) -> Compensation {
        Compensation {
            kind: CompensationKind::Instance(maestro_core::model::InstanceId(0)),
            of: of.iter().copied().map(StepId).collect(),
            tolerates: 0,
        }
    }

    #[test]
    fn a_step_of_a_compensation_that_was_blocked_before_that_began_is_told() {
        let plan = Plan {
            steps: vec![step(None, &[]), step(None, &[]), step(Some(0), &[]), step(Some(1), &[2])],
            compensations: vec![compensation(&[0]), compensation(&[0, 1])],
            ..Plan::default()
        };
        let (mut queue, free) = Queue::new(&plan);
        assert_eq!(free, [StepId(0), StepId(1)]);
        let first = queue.failed(StepId(0), true);
        assert_eq!(
            first,
            Next { free: vec![StepId(2)], compensations: vec![CompensationId(0)], ..Next::default() }
        );
        // Nobody expects step 3 yet.
        assert_eq!(queue.failed(StepId(2), true), Next::default());
        let blocked = vec![(StepId(3), StepId(2))];
        assert_eq!(
            queue.failed(StepId(1), true),
            Next { compensations: vec![CompensationId(1)], blocked, ..Next::default() }
        );
        assert!(queue.drain().is_empty());
    }
}
