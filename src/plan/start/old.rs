//! The old container of an instance that is made anew: why it goes, and how.

use super::Start;
use crate::{
    model::InstanceId,
    observed::{Container, State},
    plan::{StepId, Wait, action::Action, builder::Builder, volumes::removal},
};

impl Start<'_, '_> {
    pub(super) fn remove(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        old: &Container,
        first: impl Iterator<Item = StepId>,
    ) -> StepId {
        let container = old.name.clone();
        let mut after: Vec<Wait> = first.map(Wait::Step).collect();
        if let Some(&stopped) = self.stopped.get(&id) {
            after.push(Wait::Step(stopped));
        } else if old.state.is_up() {
            let timeout = builder.environment.instance(id).stop_timeout;
            let stop = Action::Stop { container: container.clone(), id: old.id.clone(), timeout };
            let cause = "it is not this environment's, and --adopt was given";
            after = vec![Wait::Step(builder.step(id, stop, cause, after))];
        }
        let cause = self.old_state(builder, id, old);
        let action = removal(builder, builder.environment.instance(id).ship, old, &container);
        builder.step(id, action, cause, after)
    }

    pub(super) fn old_state(&self, builder: &Builder<'_>, id: InstanceId, old: &Container) -> String {
        if builder.is_foreign(id) {
            return "its place is taken by a container that --adopt gives up".to_owned();
        }
        if self.stopped.contains_key(&id) {
            return "it is restarted with a new container".to_owned();
        }
        match old.state {
            State::Created => "its old container never started".to_owned(),
            State::Dead => "its old container is dead".to_owned(),
            _ => format!("its old container is down ({})", old.status),
        }
    }
}
