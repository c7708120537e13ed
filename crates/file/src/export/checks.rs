//! When an instance counts as ready, in the keys of a service.

use std::time::Duration;

use super::{
    Writer, secret,
    yaml::{Block, Value},
};
use maestro_core::{
    model::{Check, Instance, Service, check::HttpCheck, container::Protocol},
    value::{
        check::{EnvFrom, HttpOptions, Tries},
        secret::without_secrets,
    },
};

impl Writer<'_> {
    pub(super) fn lifecycle(&mut self, service: &Service, first: &Instance, block: &mut Block) {
        let mut states: Vec<(&str, Value)> = Vec::new();
        for (state, checks) in first.lifecycle.states() {
            let written: Vec<Value> =
                checks.iter().filter_map(|check| self.check((service, first), check, block)).collect();
            if !written.is_empty() {
                states.push((state.word(), Value::List(written)));
            }
        }
        if !states.is_empty() {
            block.add("lifecycle", Value::flow(states));
        }
    }

    /// None if it is said otherwise, or cannot be said.
    fn check(
        &mut self,
        (service, first): (&Service, &Instance),
        check: &Check,
        block: &mut Block,
    ) -> Option<Value> {
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
            Check::Rexec { command, tries } => {
                let command = ("command", secret::words(&service.name, "rexec", command.iter()));
                Some(Value::flow([kind("rexec"), command].into_iter().chain(attempts(tries))))
            }
            Check::Exec { command, tries, env_from } => {
                let command = ("command", secret::words(&service.name, "exec", command.iter()));
                let from = (*env_from == EnvFrom::Stdin).then(|| ("envfrom", Value::plain("stdin")));
                Some(Value::flow([kind("exec"), command].into_iter().chain(attempts(tries)).chain(from)))
            }
            Check::Tcp { host, port, max_wait } => {
                let name = self.port(first, host, *port).map(|name| ("port", Value::quoted(&name)));
                if name.is_none() {
                    self.leave_out_check(service, check, block);
                }
                name.map(|name| Value::flow([kind("tcp"), name, ("max_wait", seconds(max_wait))]))
            }
            Check::Http(http) => {
                let written = self.http(first, http);
                if written.is_none() {
                    self.leave_out_check(service, check, block);
                }
                written
            }
        }
    }

    /// None if it has options, certificates or secrets, which are not written.
    fn http(&self, first: &Instance, http: &HttpCheck) -> Option<Value> {
        let HttpCheck { scheme, host, port, path, method, pattern, max_wait, options, authorities, identity } =
            http;
        let is_plain = *options == HttpOptions::default() && authorities.is_none() && identity.is_none();
        let texts = [host.as_str(), path.as_str()].into_iter();
        let mut texts = texts.chain(pattern.iter().map(|pattern| pattern.written.as_str()));
        let has_secret = without_secrets(&http.address()) != http.address()
            || texts.any(|text| without_secrets(text) != text);
        if !is_plain || has_secret {
            return None;
        }
        let place = match self.port(first, host, *port) {
            Some(name) => vec![("port", Value::quoted(&name))],
            None => vec![("host", Value::text(host)), ("port", Value::plain(&port.to_string()))],
        };
        let further = [
            (path != "/").then(|| ("path", Value::text(path))),
            (scheme != "http").then(|| ("scheme", Value::text(scheme))),
            (method != "GET").then(|| ("method", Value::text(method))),
            pattern.as_ref().map(|pattern| ("match_regex", Value::quoted(&pattern.written))),
            Some(("max_wait", Value::plain(&max_wait.as_secs_f64().to_string()))),
        ];
        let further = further.into_iter().flatten();
        Some(Value::flow([("type", Value::text("http"))].into_iter().chain(place).chain(further)))
    }

    fn leave_out_check(&mut self, service: &Service, check: &Check, block: &mut Block) {
        self.leave_out(Some(service), &format!("the check `{}`", check.what()), block);
    }

    /// The name of the port that an instance publishes there: its number in the container. None if it is not the first one
    /// of that number, or if the check is of another host.
    fn port(&self, first: &Instance, host: &str, port: u16) -> Option<String> {
        let ports = &first.container.ports;
        let found = ports.iter().position(|one| {
            one.host == port && one.count == 1 && one.choice == 1 && one.protocol == Protocol::Tcp
        })?;
        let number = ports[found].container;
        let is_first = ports[..found].iter().all(|earlier| earlier.container != number);
        (is_first && self.environment.ship(first.ship).address == host).then(|| number.to_string())
    }
}

/// How often and how long a command is tried.
fn attempts(tries: &Tries) -> impl Iterator<Item = (&'static str, Value)> {
    let seconds = |time: Duration| Value::plain(&time.as_secs_f64().to_string());
    let attempts = tries.at_least.max(1);
    let delay = tries.within / attempts;
    [
        Some(("attempts", Value::plain(&attempts.to_string()))),
        (delay != Duration::from_secs(1)).then(|| ("delay", seconds(delay))),
        tries.at_most.map(|most| ("max_wait", seconds(most))),
    ]
    .into_iter()
    .flatten()
}
