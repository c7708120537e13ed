//! What a run is going to be about, known before it begins: its rows, and what each step waits for.

use std::collections::HashMap;

use crate::{
    event::Subject,
    model::{Environment, InstanceId},
    plan::{GateId, Plan, StepId, Wait},
};

use super::{explain::barrier, text::harmless, words};

/// The rows of a run, and from its plan, who waits for whom.
#[derive(Debug, Clone, Default)]
pub struct Outlook {
    /// The rows, in the order in which they are shown.
    pub(crate) rows: Vec<Row>,
    steps: Vec<Step>,
    gates: Vec<Gate>,
    /// Gates that become passable, once nothing is left, by the step that they wait for.
    gates_of_step: Vec<Vec<usize>>,
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Whom it is about.
    pub(crate) subject: Subject,
    /// Its steps, in the order of the plan; empty if there is no plan.
    pub(crate) steps: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Step {
    instance: Option<InstanceId>,
    /// What others call it that wait for it.
    name: String,
    after: Vec<Wait>,
    done: bool,
}

#[derive(Debug, Clone)]
struct Gate {
    what: String,
    /// How much it still waits for.
    left: usize,
    /// Gates that wait for this one.
    gates: Vec<usize>,
}

impl Outlook {
    /// Rows without a plan: nothing is known about what they wait for.
    #[must_use]
    pub fn of(subjects: Vec<Subject>) -> Self {
        let rows = subjects.into_iter().map(|subject| Row { subject, steps: Vec::new() });
        Self { rows: rows.collect(), ..Self::default() }
    }

    /// The rows of `instances`, whose steps are those of `plan`.
    #[must_use]
    pub fn new(environment: &Environment, instances: &[InstanceId], plan: &Plan) -> Self {
        let mut outlook = Self::of(instances.iter().map(|id| Subject::of(environment, *id)).collect());
        let row_of: HashMap<InstanceId, usize> =
            instances.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        for (at, step) in plan.steps.iter().enumerate() {
            // What is done only if something fails is nobody's outlook.
            if step.rescue.is_none()
                && let Some(&row) = step.instance.and_then(|id| row_of.get(&id))
            {
                outlook.rows[row].steps.push(at);
            }
            let instance = step.instance.map(|id| environment.instance(id).name.as_str());
            let ship = &environment.ship(step.ship).name;
            let name = words::awaited(step.action.word(), instance, ship);
            outlook.steps.push(Step {
                instance: step.instance,
                name,
                after: step.after.clone(),
                done: false,
            });
        }
        outlook.add_gates(environment, plan);
        outlook
    }

    fn add_gates(&mut self, environment: &Environment, plan: &Plan) {
        self.gates_of_step = vec![Vec::new(); plan.steps.len()];
        self.gates.extend(plan.gates.iter().map(|gate| Gate {
            what: harmless(&barrier::sentence(gate.kind, plan.command, environment)).into_owned(),
            left: gate.after.len(),
            gates: Vec::new(),
        }));
        for (at, gate) in plan.gates.iter().enumerate() {
            for wait in &gate.after {
                match *wait {
                    Wait::Step(StepId(step)) => self.gates_of_step[step].push(at),
                    Wait::Gate(GateId(other)) => self.gates[other].gates.push(at),
                }
            }
        }
        // A gate that waits for nothing is open from the start, and so may be those behind it.
        let open = (0..self.gates.len()).filter(|at| plan.gates[*at].after.is_empty());
        self.open(open.collect());
    }

    /// Notes that a step has succeeded.
    pub(crate) fn complete(&mut self, step: usize) {
        let Some(entry) = self.steps.get_mut(step) else {
            return;
        };
        if std::mem::replace(&mut entry.done, true) {
            return;
        }
        let mut open = Vec::new();
        for &gate in &self.gates_of_step[step] {
            self.gates[gate].left = self.gates[gate].left.saturating_sub(1);
            if self.gates[gate].left == 0 {
                open.push(gate);
            }
        }
        self.open(open);
    }

    /// Lets gates that opened be felt by the gates behind them.
    fn open(&mut self, mut open: Vec<usize>) {
        while let Some(gate) = open.pop() {
            for behind in self.gates[gate].gates.clone() {
                self.gates[behind].left = self.gates[behind].left.saturating_sub(1);
                if self.gates[behind].left == 0 {
                    open.push(behind);
                }
            }
        }
    }

    /// What `step` waits for that is not its own instance's: `for db-1`, `until service db is ready`.
    pub(crate) fn waits_for(&self, step: usize) -> Option<String> {
        let step = self.steps.get(step)?;
        step.after.iter().find_map(|wait| match *wait {
            Wait::Gate(GateId(gate)) => {
                let gate = self.gates.get(gate).filter(|gate| gate.left > 0)?;
                Some(format!("until {}", gate.what))
            }
            Wait::Step(StepId(other)) => {
                let other = self.steps.get(other).filter(|other| !other.done)?;
                let own = other.instance.is_some() && other.instance == step.instance;
                (!own).then(|| format!("for {}", other.name))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use crate::plan::{self, reason::BarrierKind};

    #[test]
    fn a_step_waits_for_what_is_not_done_yet() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let mut outlook = Outlook::new(&environment, &instances, &samples::plan(&environment));
        assert_eq!(outlook.rows[1].steps, [1, 5, 6, 7]);
        assert_eq!(outlook.waits_for(2).as_deref(), Some("for the network of ship local"));
        outlook.complete(0);
        assert_eq!(outlook.waits_for(2), None);
        assert_eq!(outlook.waits_for(6).as_deref(), Some("until service db is ready"));
        outlook.complete(4);
        assert_eq!(outlook.waits_for(6), None);
        assert_eq!(outlook.waits_for(99), None);
    }

    #[test]
    fn gates_open_through_gates_and_empty_ones_at_once() {
        let environment = samples::environment();
        let mut plan = samples::plan(&environment);
        plan.gates.push(plan::Gate { kind: BarrierKind::RecordedBefore, after: Vec::new(), tolerance: None });
        plan.gates.push(plan::Gate {
            kind: BarrierKind::AllDone,
            after: vec![Wait::Gate(GateId(0)), Wait::Gate(GateId(1))],
            tolerance: None,
        });
        plan.steps[7].after = vec![Wait::Gate(GateId(2))];
        let mut outlook = Outlook::new(&environment, &[], &plan);
        assert_eq!(outlook.waits_for(7).as_deref(), Some("until all else is done"));
        outlook.complete(4);
        outlook.complete(4);
        assert_eq!(outlook.waits_for(7), None);
    }
}
