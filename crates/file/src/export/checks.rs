//! When an instance counts as ready, in the keys of a service.

use super::{
    Writer,
    yaml::{Block, Value},
};
use maestro_core::model::{Check, Instance, Service};

impl Writer<'_> {
    pub(super) fn lifecycle(&mut self, service: &Service, first: &Instance, block: &mut Block) {
        let mut states: Vec<(&str, Value)> = Vec::new();
        for (state, checks) in first.lifecycle.states() {
            let written: Vec<Value> =
                checks.iter().filter_map(|check| self.check(service, check, block)).collect();
            if !written.is_empty() {
                states.push((state.word(), Value::List(written)));
            }
        }
        if !states.is_empty() {
            block.add("lifecycle", Value::flow(states));
        }
    }

    /// None if it is said otherwise, or cannot be said.
    fn check(&mut self, service: &Service, check: &Check, block: &mut Block) -> Option<Value> {
        let seconds = |time: &std::time::Duration| Value::plain(&time.as_secs_f64().to_string());
        let kind = |name: &str| ("type", Value::text(name));
        match check {
            Check::Completion => {
                block.add("job", Value::plain("true"));
                None
            }
            Check::Docker { max_wait } => {
                Some(Value::flow([kind("docker"), ("max_wait", seconds(max_wait))]))
            }
            Check::Sleep { wait } => Some(Value::flow([kind("sleep"), ("wait", seconds(wait))])),
            Check::Rexec { command, .. } => {
                Some(Value::flow([kind("rexec"), ("command", Value::texts(command))]))
            }
            Check::Exec { command, .. } => {
                Some(Value::flow([kind("exec"), ("command", Value::texts(command))]))
            }
            Check::Tcp { .. } | Check::Http(_) => {
                self.leave_out(Some(service), &format!("the check `{}`", check.what()), block);
                None
            }
        }
    }
}
