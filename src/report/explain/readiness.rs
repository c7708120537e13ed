//! Why a container is not ready.

use super::{
    Context,
    failure::{Explanation, holds},
};
use crate::{
    model::check::State,
    plan::{StepId, action::Action},
};

/// What holds of a container that its engine restarts again and again.
fn goes_on(name: &str) -> String {
    format!("the container {name} is there; by its restart policy the engine keeps starting it again")
}

/// A container ended right after its start, or is found ended.
pub(super) fn died(
    context: &Context<'_>,
    id: StepId,
    restarting: bool,
    exit_code: Option<i64>,
) -> Explanation {
    let (name, again) = (context.instance(id), context.again(id));
    let has_ended = exit_code == Some(0) && !restarting;
    let holds = match (restarting, has_ended) {
        (true, _) => goes_on(name),
        (false, true) => format!(
            "the container {name} is there, not running; every later `start` and `apply` runs its program again"
        ),
        (false, false) => format!("the container {name} is there, not running"),
    };
    let (cause, next) = if has_ended {
        (
            "the container started, and its program came to its end with exit code 0",
            format!(
                "an instance is a program that keeps running. A program that works in the background has to stay in \
                 the foreground; a job that is to end cannot be told so yet (a later version has jobs): until then \
                 run it by hand, or let its command go on after its work, with a `running` check that sees the work \
                 done. Then run {again} again"
            ),
        )
    } else {
        (
            "the container started and then ended by itself",
            format!(
                "`{} logs {name}` shows all that it wrote; mend its cause, then run {again} again",
                context.invocation
            ),
        )
    };
    Explanation { cause: cause.to_owned(), holds, next }
}

/// The engine restarts a container again and again.
pub(super) fn restarted(context: &Context<'_>, id: StepId, times: u64) -> Explanation {
    let name = context.instance(id);
    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    Explanation {
        cause: format!("its program keeps ending by itself; the engine has restarted it {often}"),
        holds: goes_on(name),
        next: format!(
            "`{} logs {name}` shows all that it wrote; fix the cause, then run {} again",
            context.invocation,
            context.again(id)
        ),
    }
}

/// Somebody paused a container.
pub(super) fn paused(context: &Context<'_>, id: StepId) -> Explanation {
    let name = context.instance(id);
    let ship = &context.environment.ship(context.plan.step(id).ship).name;
    Explanation {
        cause: "somebody paused it (`docker pause`)".to_owned(),
        holds: format!("the container {name} is there, and its processes are frozen"),
        next: format!(
            "`docker unpause {name}` on ship {ship} lets it go on, `{} restart {name}` replaces it; then run {} again",
            context.invocation,
            context.again(id)
        ),
    }
}

/// The image's `HEALTHCHECK` finds a container unhealthy.
pub(super) fn unhealthy(context: &Context<'_>, id: StepId, last: &str) -> Explanation {
    let name = context.instance(id);
    Explanation {
        cause: format!("its image's HEALTHCHECK finds it unhealthy: {last}"),
        holds: format!("the container {name} is running, but it is not known to work"),
        next: format!(
            "fix what the HEALTHCHECK looks at; `{} logs {name}` shows what it wrote. Then run {} again",
            context.invocation,
            context.again(id)
        ),
    }
}

/// A check that did not pass. `remedy` is what helps, `longer` what may help as well.
pub(super) fn checked(
    context: &Context<'_>,
    id: StepId,
    cause: String,
    remedy: &str,
    longer: &str,
) -> Explanation {
    let name = context.instance(id);
    let action = &context.plan.step(id).action;
    let (again, maestro) = (context.again(id), &context.invocation);
    let longer = if longer.is_empty() { String::new() } else { format!("; {longer}") };
    let (holds, next) = match action {
        Action::Check { state: State::PreStart, .. } => {
            (holds(action), format!("{remedy}, then run {again} again{longer}"))
        }
        Action::Check { state: State::PreStop, .. } => (
            holds(action),
            format!(
                "{remedy}, then run {again} again, or `{maestro} kill {name}`, which asks no pre-stop check{longer}"
            ),
        ),
        Action::Check { state: State::Stopped, .. } => {
            (holds(action), format!("{remedy}; `{maestro} start {name}` starts it again{longer}"))
        }
        _ => {
            let log = format!("`{maestro} logs {name}` shows what it wrote");
            let holds = format!("the container {name} is running, but it is not known to work");
            (holds, if longer.is_empty() { format!("{remedy}; {log}") } else { format!("{log}{longer}") })
        }
    };
    Explanation { cause, holds, next }
}
