//! The variables that Maestro gave to a container, and what they are called.

use std::collections::BTreeMap;

use super::trouble::Trouble;

/// The variables of a container.
pub(super) struct Surroundings {
    variables: BTreeMap<String, String>,
}

/// Which of an instance's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Inside its container.
    Internal,
    /// On its ship, where others reach it.
    External,
}

impl Surroundings {
    /// Those that this process has.
    pub(super) fn of_process() -> Self {
        let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
        Self { variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect() }
    }

    /// The value of a variable; one that is empty counts as not set, as in `MaestroNG`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The instances of a service; none if nothing is known of it.
    pub(super) fn instances(&self, service: &str) -> Option<Vec<&str>> {
        let names = self.get(&format!("{}_INSTANCES", variable(service)))?;
        Some(names.split(',').collect())
    }

    /// The services of which something is known, as their variables call them.
    pub(super) fn services(&self) -> Vec<&str> {
        self.variables.keys().filter_map(|name| name.strip_suffix("_INSTANCES")).collect()
    }

    /// A port of an instance.
    pub(super) fn port(
        &self,
        service: &str,
        instance: &str,
        port: &str,
        side: Side,
    ) -> Result<Option<&str>, Trouble> {
        let name = format!("{}{}{}", prefix(service, instance), variable(port), side.suffix());
        let Some(value) = self.get(&name) else { return Ok(None) };
        let is_number = |part: &str| part.parse::<u16>().is_ok();
        let is_port = match value.split_once('-') {
            Some((first, last)) => is_number(first) && is_number(last),
            None => is_number(value),
        };
        if is_port {
            return Ok(Some(value));
        }
        Err(Trouble::Unknown(format!("{name} is `{value}`, which is not a port")))
    }

    /// All ports of an instance, as their variables call them.
    pub(super) fn ports(&self, service: &str, instance: &str, side: Side) -> Vec<(&str, &str)> {
        let own = prefix(service, instance);
        // `web-1` begins as `web-1-old` does: what is the other's is not this one's.
        let longer: Vec<String> = self
            .instances(service)
            .unwrap_or_default()
            .into_iter()
            .map(|other| prefix(service, other))
            .filter(|other| *other != own && other.starts_with(&own))
            .collect();
        self.variables
            .iter()
            .filter(|(name, _)| !longer.iter().any(|other| name.starts_with(other)))
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(&own)?.strip_suffix(side.suffix())?;
                // Internal ports end like external ones.
                let is_other_side = side == Side::External && name.ends_with("_INTERNAL");
                (!name.is_empty() && !is_other_side).then_some((name, value.as_str()))
            })
            .collect()
    }
}

impl Side {
    fn suffix(self) -> &'static str {
        match self {
            Self::Internal => "_INTERNAL_PORT",
            Self::External => "_PORT",
        }
    }
}

fn prefix(service: &str, instance: &str) -> String {
    format!("{}_{}_", variable(service), variable(instance))
}

/// A name as part of a variable's name, as `model::name::variable_name` makes it.
pub(super) fn variable(name: &str) -> String {
    let part = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
    name.chars().map(part).collect::<String>().to_uppercase()
}

#[cfg(test)]
impl Surroundings {
    pub(super) fn with(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { variables: variables.iter().map(owned).collect() }
    }
}
