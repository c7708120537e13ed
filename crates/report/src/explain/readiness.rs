//! Why a container is not ready.

use super::{Context, action::holds, explanation::Explanation, is_of_compose, probe, refusal};
use crate::labels;
use maestro_core::{
    fault::HealthRun,
    model::check::LifecycleState,
    plan::{
        StepId,
        action::{Action, WaitAction},
    },
};

/// What holds of a container that its engine restarts again and again.
fn goes_on(container: &str) -> String {
    format!("the container {container} exists; its restart policy makes the engine restart it")
}

/// A container ended right after its start, or is found ended.
pub(super) fn died(
    context: &Context<'_>,
    id: StepId,
    restarting: bool,
    exit_code: Option<i64>,
) -> Explanation {
    let (name, again) = (context.typed_instance(id), context.again(id));
    let container = context.container(id);
    let has_ended = exit_code == Some(0) && !restarting;
    let is_of_compose = is_of_compose(context.environment);
    let job = if is_of_compose {
        "let the services that need it wait for it with `condition: service_completed_successfully`"
    } else {
        "write `job: true`"
    };
    let holds = match (restarting, has_ended) {
        (true, _) => goes_on(container),
        (false, true) => format!(
            "the container {container} exists and is not running; each `start` or `apply` runs its program again"
        ),
        (false, false) => format!("the container {container} exists and is not running"),
    };
    let signals = context.reload_signals(id);
    let (cause, next) = if !signals.is_empty() {
        let key = if is_of_compose { "x-on-change" } else { "on_change" };
        let signals = signals.join(", ");
        (
            format!("the program ended at {signals}, the signal of its changed files"),
            format!(
                "let the program read its files again at {signals}, or remove `{key}` of these files: then another \
                 content replaces the container. `{} logs {name}` shows the whole log. Then run {again} again",
                context.invocation
            ),
        )
    } else if has_ended {
        (
            "the program exited with code 0 right after the start".to_owned(),
            format!(
                "the program of an instance must keep running: run it in the foreground. If it is a job that ends, {job}. Then run {again} again"
            ),
        )
    } else {
        (
            "the container exited right after its start".to_owned(),
            format!(
                "`{} logs {name}` shows the whole log; fix the cause, then run {again} again",
                context.invocation
            ),
        )
    };
    Explanation { cause, holds, next }
}

/// The kernel killed a container's program because the memory limit was reached.
pub(super) fn out_of_memory(context: &Context<'_>, id: StepId, restarting: bool) -> Explanation {
    let (name, again) = (context.typed_instance(id), context.again(id));
    let container = context.container(id);
    let limit = context.declared(id).and_then(|instance| instance.container.memory);
    let (cause, remedy) = match limit {
        Some(bytes) => {
            let (limit, key) = (labels::size(bytes.unsigned_abs()), context.key(id, "limits.memory"));
            (format!("out of memory: limit {limit} ({key})"), refusal::raise_memory(context, id))
        }
        None => (
            "out of memory: the container has no limit, so the ship ran out".to_owned(),
            "free memory on that ship".to_owned(),
        ),
    };
    let holds = if restarting {
        goes_on(container)
    } else {
        format!("the container {container} exists and is not running")
    };
    let next = format!(
        "{remedy}, or make the program use less; `{} logs {name}` shows the whole log. Then run {again} again",
        context.invocation
    );
    Explanation { cause, holds, next }
}

/// The engine restarts a container again and again.
pub(super) fn restarted(context: &Context<'_>, id: StepId, times: u64) -> Explanation {
    let name = context.typed_instance(id);
    let container = context.container(id);
    let often = labels::times(times);
    Explanation {
        cause: format!("its program keeps exiting; the engine restarted it {often}"),
        holds: goes_on(container),
        next: format!(
            "`{} logs {name}` shows the whole log; fix the cause, then run {} again",
            context.invocation,
            context.again(id)
        ),
    }
}

/// Somebody paused a container.
pub(super) fn paused(context: &Context<'_>, id: StepId) -> Explanation {
    let name = context.typed_instance(id);
    let container = context.container(id);
    let ship = &context.environment.ship(context.plan.step(id).ship).name;
    Explanation {
        cause: "the container is paused (`docker pause`)".to_owned(),
        holds: format!("the container {container} exists; its processes are paused"),
        next: format!(
            "`docker unpause {container}` on ship {ship} lets it go on, `{} restart {name}` replaces it; then run {} again",
            context.invocation,
            context.again(id)
        ),
    }
}

/// The image's `HEALTHCHECK` finds a container unhealthy.
pub(super) fn unhealthy(context: &Context<'_>, id: StepId, last: Option<&HealthRun>) -> Explanation {
    let name = context.typed_instance(id);
    let container = context.container(id);
    Explanation {
        cause: format!("the health check reports it unhealthy: {}", probe::last_run(last)),
        holds: format!("the container {container} is running; it is unknown whether it works"),
        next: format!(
            "fix what the HEALTHCHECK tests; `{} logs {name}` shows its log. Then run {} again",
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
    let name = context.typed_instance(id);
    let container = context.container(id);
    let action = &context.plan.step(id).action;
    let (again, maestro) = (context.again(id), &context.invocation);
    let longer = if longer.is_empty() { String::new() } else { format!("; {longer}") };
    let (holds, next) = match action {
        Action::Wait(WaitAction::Check { state: LifecycleState::PreStart, .. }) => {
            (holds(action), format!("{remedy}, then run {again} again{longer}"))
        }
        Action::Wait(WaitAction::Check { state: LifecycleState::PreStop, .. }) => (
            holds(action),
            format!(
                "{remedy}, then run {again} again, or `{maestro} kill {name}`, which asks no pre-stop check{longer}"
            ),
        ),
        Action::Wait(WaitAction::Check { state: LifecycleState::Stopped, .. }) => {
            (holds(action), format!("{remedy}; `{maestro} start {name}` starts it again{longer}"))
        }
        Action::Wait(
            WaitAction::Check { state: LifecycleState::Running, .. }
            | WaitAction::Ready { .. }
            | WaitAction::Verify { .. }
            | WaitAction::Pause { .. },
        )
        | Action::Container(_)
        | Action::Service(_)
        | Action::Image(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_) => {
            let log = format!("`{maestro} logs {name}` shows its log");
            let holds = format!("the container {container} is running; it is unknown whether it works");
            (holds, if longer.is_empty() { format!("{remedy}; {log}") } else { format!("{log}{longer}") })
        }
    };
    Explanation { cause, holds, next }
}
