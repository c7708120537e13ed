//! Which steps may begin: counts, for every step and gate, what is still missing before it, and for every rescue what
//! has failed.

use crate::plan::{GateId, Plan, RescueId, StepId, Wait};

/// Where a step or gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many things are still missing.
    Missing(usize),
    /// It has begun; a gate never does.
    Begun,
    /// It has succeeded, or is not needed.
    Good,
    /// It has failed, or will never begin because of that step.
    Bad(StepId),
}

/// What a gate counts.
#[derive(Debug, Clone, Copy)]
struct Count {
    /// How many may fail; none if the first failure counts.
    tolerated: Option<usize>,
    /// The gate whose failures count here too.
    counted: Option<usize>,
    /// How many have failed.
    failed: usize,
    /// The last one of them.
    last: Option<StepId>,
}

/// A rescue while its steps may still not be needed.
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
    pub rescues: Vec<RescueId>,
}

/// The order of a plan while it is carried out.
pub(super) struct Queue {
    states: Vec<State>,
    /// Steps and gates behind each.
    behind: Vec<Vec<usize>>,
    counts: Vec<Count>,
    watches: Vec<Watch>,
    /// The rescues that watch each step.
    watched: Vec<Vec<usize>>,
    /// The rescue that each step is part of.
    part_of: Vec<Option<usize>>,
    steps: usize,
}

impl Queue {
    /// The queue of a plan, and the steps that may begin at once.
    pub(super) fn new(plan: &Plan) -> (Self, Vec<StepId>) {
        let steps = plan.steps.len();
        let waits =
            plan.steps.iter().map(|step| &step.after).chain(plan.gates.iter().map(|gate| &gate.after));
        let mut queue = Self {
            states: Vec::with_capacity(steps + plan.gates.len()),
            behind: vec![Vec::new(); steps + plan.gates.len()],
            counts: plan.gates.iter().map(|gate| count(gate, steps)).collect(),
            watches: Vec::new(),
            watched: vec![Vec::new(); steps],
            part_of: plan.steps.iter().map(|step| step.rescue.map(|RescueId(rescue)| rescue)).collect(),
            steps,
        };
        for (node, after) in waits.enumerate() {
            // A step of a rescue also waits for the rescue to begin.
            let of_rescue = plan.steps.get(node).is_some_and(|step| step.rescue.is_some());
            queue.states.push(State::Missing(after.len() + usize::from(of_rescue)));
            for &wait in after {
                queue.behind[index(wait, steps)].push(node);
            }
        }
        for rescue in &plan.rescues {
            for of in &rescue.of {
                queue.watched[of.0].push(queue.watches.len());
            }
            queue.watches.push(Watch {
                of: rescue.of.iter().map(|of| of.0).collect(),
                open: rescue.of.len(),
                failed: 0,
                tolerated: rescue.tolerates,
                steps: Vec::new(),
                is_over: false,
            });
        }
        for (at, step) in plan.steps.iter().enumerate() {
            if let Some(RescueId(rescue)) = step.rescue {
                queue.watches[rescue].steps.push(at);
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

    /// A step has not succeeded. It is rescued, if the plan has a rescue for it, unless nothing of it was begun.
    pub(super) fn failed(&mut self, step: StepId, is_rescued: bool) -> Next {
        let mut next = Next::default();
        self.bad(step.0, step, &mut next);
        self.watch(step.0, is_rescued, &mut next);
        self.watch_blocked(&mut next);
        next.blocked.sort_unstable();
        next
    }

    /// Nothing more may begin: tells which steps had neither begun nor been blocked, those of rescues left out that
    /// are not needed.
    pub(super) fn drain(&mut self) -> Vec<StepId> {
        let idle: Vec<usize> = self
            .watches
            .iter()
            .filter(|watch| !watch.is_over)
            .flat_map(|watch| watch.steps.clone())
            .collect();
        for step in idle {
            self.states[step] = State::Good;
        }
        let mut left = Vec::new();
        for (index, state) in self.states.iter_mut().enumerate() {
            if matches!(state, State::Missing(_)) {
                *state = State::Good;
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
        self.states[node] = State::Good;
        for behind in self.behind[node].clone() {
            self.count_down(behind, next);
        }
    }

    fn count_down(&mut self, node: usize, next: &mut Next) {
        if let State::Missing(count) = &mut self.states[node] {
            *count -= 1;
            self.release(node, next);
        }
    }

    /// Lets a node go on for which nothing is missing any more.
    fn release(&mut self, node: usize, next: &mut Next) {
        if self.states[node] != State::Missing(0) {
            return;
        }
        let Some(gate) = node.checked_sub(self.steps) else {
            self.states[node] = State::Begun;
            return next.free.push(StepId(node));
        };
        let Count { tolerated, counted, failed, last } = self.counts[gate];
        let before = counted.map_or(0, |before| self.counts[before - self.steps].failed);
        self.counts[gate].failed = failed.saturating_add(before);
        match (tolerated, last) {
            (Some(most), Some(last)) if self.counts[gate].failed > most => self.bad(node, last, next),
            _ => self.good(node, next),
        }
    }

    /// A step or gate does not come to its end, and neither does what is behind it.
    fn bad(&mut self, node: usize, cause: StepId, next: &mut Next) {
        let mut pending = vec![(node, true)];
        while let Some((node, is_first)) = pending.pop() {
            let is_waiting = matches!(self.states[node], State::Missing(_));
            if !(is_waiting || is_first) {
                continue;
            }
            if node < self.steps && is_waiting && !self.is_idle(node) {
                next.blocked.push((StepId(node), cause));
            }
            self.states[node] = State::Bad(cause);
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

    /// Whether a step is part of a rescue that has not begun: nobody expects it.
    fn is_idle(&self, step: usize) -> bool {
        self.part_of[step].is_some_and(|rescue| !self.watches[rescue].is_over)
    }

    /// Whether a node is a gate that waits until all is over.
    fn tolerates(&self, node: usize) -> bool {
        node.checked_sub(self.steps).is_some_and(|gate| self.counts[gate].tolerated.is_some())
    }

    /// Tells the rescues that watch a step that it is over.
    fn watch(&mut self, step: usize, has_failed: bool, next: &mut Next) {
        for rescue in self.watched[step].clone() {
            self.watches[rescue].open -= 1;
            self.watches[rescue].failed += usize::from(has_failed);
            self.settle(rescue, next);
        }
    }

    /// Tells the rescues about steps that were blocked, which may block others.
    fn watch_blocked(&mut self, next: &mut Next) {
        let mut told = 0;
        while let Some(&(StepId(step), _)) = next.blocked.get(told) {
            told += 1;
            self.watch(step, false, next);
        }
    }

    /// Begins a rescue, or drops it, once that is known.
    fn settle(&mut self, rescue: usize, next: &mut Next) {
        let Watch { open, failed, tolerated, is_over, .. } = self.watches[rescue];
        if is_over {
            return;
        }
        if failed > tolerated {
            let of = self.watches[rescue].of.clone();
            let cause = of.iter().rev().find_map(|&step| match self.states[step] {
                State::Bad(cause) => Some(cause),
                _ => None,
            });
            for step in of {
                if matches!(self.states[step], State::Missing(_))
                    && let Some(cause) = cause
                {
                    self.bad(step, cause, next);
                }
            }
            let under_way = self.watches[rescue].of.iter().any(|&step| self.states[step] == State::Begun);
            if under_way {
                return;
            }
        } else if open > 0 {
            return;
        }
        self.watches[rescue].is_over = true;
        let steps = self.watches[rescue].steps.clone();
        if failed > tolerated {
            next.rescues.push(RescueId(rescue));
            for step in steps {
                // Nobody expected it when it was blocked.
                if let State::Bad(cause) = self.states[step] {
                    next.blocked.push((StepId(step), cause));
                }
                self.count_down(step, next);
            }
        } else {
            // What stands behind them does not wait for what will not be done.
            for step in steps {
                if matches!(self.states[step], State::Missing(_)) {
                    self.good(step, next);
                }
            }
        }
    }
}

fn count(gate: &crate::plan::Gate, steps: usize) -> Count {
    Count {
        tolerated: gate.tolerance.map(|tolerance| tolerance.failures),
        counted: gate.tolerance.and_then(|tolerance| tolerance.counted).map(|GateId(gate)| steps + gate),
        failed: 0,
        last: None,
    }
}

fn index(wait: Wait, steps: usize) -> usize {
    match wait {
        Wait::Step(StepId(step)) => step,
        Wait::Gate(GateId(gate)) => steps + gate,
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Queue};
    use crate::{
        model::ShipId,
        plan::{
            Plan, Rescue, RescueId, Step, StepId, Wait,
            action::Action,
            reason::{CompensationKind, Reason},
        },
    };

    fn step(rescue: Option<usize>, after: &[usize]) -> Step {
        Step {
            ship: ShipId(0),
            instance: None,
            action: Action::Start { container: "web-1".to_owned() },
            reason: Reason::NoContainer,
            after: after.iter().map(|&at| Wait::Step(StepId(at))).collect(),
            rescue: rescue.map(RescueId),
        }
    }

    fn rescue(of: &[usize]) -> Rescue {
        Rescue {
            kind: CompensationKind::Instance(crate::model::InstanceId(0)),
            of: of.iter().copied().map(StepId).collect(),
            tolerates: 0,
        }
    }

    #[test]
    fn a_step_of_a_rescue_that_was_blocked_before_that_began_is_told() {
        let plan = Plan {
            steps: vec![step(None, &[]), step(None, &[]), step(Some(0), &[]), step(Some(1), &[2])],
            rescues: vec![rescue(&[0]), rescue(&[0, 1])],
            ..Plan::default()
        };
        let (mut queue, free) = Queue::new(&plan);
        assert_eq!(free, [StepId(0), StepId(1)]);
        let first = queue.failed(StepId(0), true);
        assert_eq!(first, Next { free: vec![StepId(2)], rescues: vec![RescueId(0)], ..Next::default() });
        // Nobody expects step 3 yet.
        assert_eq!(queue.failed(StepId(2), true), Next::default());
        let blocked = vec![(StepId(3), StepId(2))];
        assert_eq!(
            queue.failed(StepId(1), true),
            Next { rescues: vec![RescueId(1)], blocked, ..Next::default() }
        );
        assert!(queue.drain().is_empty());
    }
}
