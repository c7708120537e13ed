//! Commands that run in a container after its start and before its stop, the same in either format.

use super::{
    secret,
    yaml::{Block, Value},
};
use maestro_core::{model::Instance, value::hook::Hook};

/// Adds `post_start` and `pre_stop`.
pub(super) fn add(owner: &str, instance: &Instance, block: &mut Block) {
    for (key, hooks) in [("post_start", &instance.hooks.post_start), ("pre_stop", &instance.hooks.pre_stop)] {
        let hooks = hooks.iter().enumerate();
        let hooks: Vec<Value> = hooks.map(|(at, hook)| value(owner, &format!("{key}_{at}"), hook)).collect();
        if !hooks.is_empty() {
            block.add(key, Value::List(hooks));
        }
    }
}

fn value(owner: &str, key: &str, hook: &Hook) -> Value {
    let Hook { command, user, privileged, working_dir, environment } = hook;
    let variable = |(name, value): (&String, &Option<String>)| {
        let value = value.as_ref().map(|value| secret::value(&format!("{owner}_{key}"), name, value));
        (name.clone(), value.unwrap_or_else(|| Value::plain("null")))
    };
    let environment: Vec<_> = environment.iter().map(variable).collect();
    let entries = [
        Some(("command", secret::words(owner, key, command.iter()))),
        user.as_ref().map(|user| ("user", Value::quoted(user))),
        privileged.then(|| ("privileged", Value::plain("true"))),
        working_dir.as_ref().map(|path| ("working_dir", Value::text(path))),
        (!environment.is_empty()).then(|| {
            let entries = environment.iter().map(|(name, value)| (name.as_str(), value.clone()));
            ("environment", Value::flow(entries))
        }),
    ];
    Value::flow(entries.into_iter().flatten())
}
