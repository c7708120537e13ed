//! What is said of a container that is not ready.

use std::time::Duration;

use super::{again, failure, holds, rescue::rescued};
use crate::{
    event::{Failure, FailureKind},
    execute::Run,
    model::check::State,
    plan::{StepId, action::Action},
};

/// A check that did not pass.
pub(in crate::execute) struct CheckFailure<'a> {
    pub what: &'a str,
    pub within: Duration,
    pub tries: u32,
    pub last: &'a str,
    pub key: &'a str,
}

/// What holds of a container that its engine restarts again and again.
fn goes_on(name: &str) -> String {
    format!("the container {name} is there; by its restart policy the engine keeps starting it again")
}

/// A container ended right after its start, or is found ended.
pub(in crate::execute) fn died(
    run: &Run,
    id: StepId,
    exit_code: i64,
    restarting: bool,
    log: Vec<String>,
) -> Failure {
    let name = instance_name(run, id);
    let has_ended = exit_code == 0 && !restarting;
    let holds = match (restarting, has_ended) {
        (true, _) => goes_on(&name),
        (false, true) => format!(
            "the container {name} is there, not running; every later `start` and `apply` runs its program again"
        ),
        (false, false) => format!("the container {name} is there, not running"),
    };
    let (cause, next) = if has_ended {
        (
            "the container started, and its program came to its end with exit code 0".to_owned(),
            format!(
                "an instance is a program that keeps running. A program that works in the background has to stay in \
                 the foreground; a job that is to end cannot be told so yet (a later version has jobs): until then \
                 run it by hand, or let its command go on after its work, with a `running` check that sees the work \
                 done. Then run {} again",
                again(run, id)
            ),
        )
    } else {
        (
            "the container started and then ended by itself".to_owned(),
            format!(
                "`{} logs {name}` shows all that it wrote; mend its cause, then run {} again",
                run.invocation,
                again(run, id)
            ),
        )
    };
    let died =
        Failure { exit_code: Some(exit_code), log, ..failure(FailureKind::Failed, cause, holds, next) };
    rescued(run, id, died)
}

/// The engine restarts a container again and again.
pub(in crate::execute) fn restarted(run: &Run, id: StepId, times: u64, exit_code: Option<i64>) -> Failure {
    let name = instance_name(run, id);
    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    let cause = format!("its program keeps ending by itself; the engine has restarted it {often}");
    let next = format!(
        "`{} logs {name}` shows all that it wrote; fix the cause, then run {} again",
        run.invocation,
        again(run, id)
    );
    Failure { exit_code, ..failure(FailureKind::Failed, cause, goes_on(&name), next) }
}

/// Somebody paused a container.
pub(in crate::execute) fn paused(run: &Run, id: StepId) -> Failure {
    let name = instance_name(run, id);
    let ship = &run.environment.ship(run.plan.step(id).ship).name;
    failure(
        FailureKind::Failed,
        "somebody paused it (`docker pause`)".to_owned(),
        format!("the container {name} is there, and its processes are frozen"),
        format!(
            "`docker unpause {name}` on ship {ship} lets it go on, `{} restart {name}` replaces it; then run {} again",
            run.invocation,
            again(run, id)
        ),
    )
}

/// The image's `HEALTHCHECK` finds a container unhealthy.
pub(in crate::execute) fn unhealthy(run: &Run, id: StepId, last: &str) -> Failure {
    let name = instance_name(run, id);
    failure(
        FailureKind::Failed,
        format!("its image's HEALTHCHECK finds it unhealthy: {last}"),
        format!("the container {name} is running, but it is not known to work"),
        format!(
            "fix what the HEALTHCHECK looks at; `{} logs {name}` shows what it wrote. Then run {} again",
            run.invocation,
            again(run, id)
        ),
    )
}

/// A check did not pass in its time.
pub(in crate::execute) fn check(run: &Run, id: StepId, check: &CheckFailure<'_>) -> Failure {
    let tries = if check.tries == 1 { "1 try".to_owned() } else { format!("{} tries", check.tries) };
    let cause = format!(
        "{} did not pass within {} s ({tries}); the last one saw: {}",
        check.what,
        check.within.as_secs_f64(),
        check.last
    );
    let looks_at = "mend what the check looks at";
    checked(run, id, cause, looks_at, &format!("if it only needs longer, raise `{}` of the check", check.key))
}

/// A check can never pass.
pub(in crate::execute) fn impossible_check(run: &Run, id: StepId, what: &str, why: &str) -> Failure {
    checked(run, id, format!("{what} cannot pass: {why}"), "mend the check, or what it names", "")
}

/// `remedy` is what helps, `longer` what may help as well.
fn checked(run: &Run, id: StepId, cause: String, remedy: &str, longer: &str) -> Failure {
    let name = instance_name(run, id);
    let action = &run.plan.step(id).action;
    let (again, maestro) = (again(run, id), &run.invocation);
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
    rescued(run, id, failure(FailureKind::Failed, cause, holds, next))
}

fn instance_name(run: &Run, id: StepId) -> String {
    run.plan
        .step(id)
        .instance
        .map_or_else(String::new, |instance| run.environment.instance(instance).name.clone())
}
