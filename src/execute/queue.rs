//! Which steps may begin: counts, for every step and gate, what is still missing before it.

use crate::plan::{GateId, Plan, StepId, Wait};

/// Where a step or gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    /// So many things are still missing.
    Missing(usize),
    /// Begun, ended, or never to begin.
    Over,
}

/// The order of a plan while it is carried out.
pub(super) struct Queue {
    nodes: Vec<Node>,
    behind: Vec<Vec<usize>>,
    steps: usize,
}

impl Queue {
    /// The queue of a plan, and the steps that may begin at once.
    pub(super) fn new(plan: &Plan) -> (Self, Vec<StepId>) {
        let steps = plan.steps.len();
        let waits =
            plan.steps.iter().map(|step| &step.after).chain(plan.gates.iter().map(|gate| &gate.after));
        let mut queue = Self {
            nodes: Vec::with_capacity(steps + plan.gates.len()),
            behind: vec![Vec::new(); steps + plan.gates.len()],
            steps,
        };
        for (node, after) in waits.enumerate() {
            queue.nodes.push(Node::Missing(after.len()));
            for &wait in after {
                queue.behind[index(wait, steps)].push(node);
            }
        }
        let mut free = Vec::new();
        for node in 0..queue.nodes.len() {
            queue.release(node, &mut free);
        }
        (queue, free)
    }

    /// A step has succeeded: tells which may begin now.
    pub(super) fn succeeded(&mut self, step: StepId) -> Vec<StepId> {
        let mut free = Vec::new();
        self.count_down(step.0, &mut free);
        free
    }

    /// A step has not succeeded: tells which will never begin because of it, each with that cause.
    pub(super) fn failed(&mut self, step: StepId) -> Vec<StepId> {
        let mut blocked = Vec::new();
        let mut pending = self.behind[step.0].clone();
        while let Some(node) = pending.pop() {
            if matches!(self.nodes[node], Node::Missing(_)) {
                self.nodes[node] = Node::Over;
                if node < self.steps {
                    blocked.push(StepId(node));
                }
                pending.extend_from_slice(&self.behind[node]);
            }
        }
        blocked.sort_unstable();
        blocked
    }

    /// Nothing more may begin: tells which steps had neither begun nor been blocked.
    pub(super) fn drain(&mut self) -> Vec<StepId> {
        let mut left = Vec::new();
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if matches!(node, Node::Missing(_)) {
                *node = Node::Over;
                if index < self.steps {
                    left.push(StepId(index));
                }
            }
        }
        left
    }

    fn count_down(&mut self, node: usize, free: &mut Vec<StepId>) {
        for next in self.behind[node].clone() {
            if let Node::Missing(count) = &mut self.nodes[next] {
                *count -= 1;
                self.release(next, free);
            }
        }
    }

    fn release(&mut self, node: usize, free: &mut Vec<StepId>) {
        if self.nodes[node] != Node::Missing(0) {
            return;
        }
        self.nodes[node] = Node::Over;
        if node < self.steps {
            free.push(StepId(node));
        } else {
            self.count_down(node, free);
        }
    }
}

fn index(wait: Wait, steps: usize) -> usize {
    match wait {
        Wait::Step(StepId(step)) => step,
        Wait::Gate(GateId(gate)) => steps + gate,
    }
}
