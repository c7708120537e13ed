//! A plan that is kept, to be carried out later if nothing has changed by then: what was asked for, the plan, and what it
//! was made from. No secret is in it: where one may be, its digest stands.
//!
//! It is made anew before it is carried out, and the two are compared ([`stale`](super::stale)). What is carried out is
//! the new one, so that nothing is ever done because a file says so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    fault::ShipFault,
    model::{Environment, InstanceId, Required, Requirement, ServiceId},
    observed::{ContainerState, InstanceState, Observed, ShipState},
    value::secret::digest,
};

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u64 = 2;
/// The version of this program: two versions may plan otherwise.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// The first key of the file, whose value is [`VERSION`].
pub const MAGIC: &str = "maestro_plan";

/// A plan that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// [`VERSION`].
    pub maestro_plan: u64,
    /// The version of the program that planned.
    pub program: String,
    /// The environment's name.
    pub environment: String,
    /// What was asked for.
    pub asked: Asked,
    /// What the file declared.
    pub declared: Declared,
    /// What was heard of each ship that was asked.
    pub ships: BTreeMap<String, SavedShip>,
    /// What there was of each instance that was asked about and whose ship answered.
    pub found: BTreeMap<String, SavedInstance>,
    /// The plan as it is told to programs.
    pub plan: Value,
}

/// What was asked for, as it was typed, and the instances that this meant.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Names of services and instances.
    pub things: Vec<String>,
    /// `-C`
    pub container_filter: Option<String>,
    /// `-S`
    pub ship_filter: Option<String>,
    /// `-d`
    pub with_dependencies: bool,
    /// `-i`
    pub ignore_dependencies: bool,
    /// `--prune`
    pub prune: bool,
    /// `--adopt`
    pub adopt: bool,
    /// `--renew-anonymous-volumes`
    #[serde(default)]
    pub renew_volumes: bool,
    /// `--peers`
    #[serde(default)]
    pub peers: bool,
    /// `--continue`
    #[serde(default)]
    pub continues: bool,
    /// `--move`
    #[serde(default)]
    pub moves: bool,
    /// `--skip-unreachable`
    #[serde(default)]
    pub skip_unreachable: bool,
    /// `--detach`
    #[serde(default)]
    pub detach: bool,
    /// The instances that were meant.
    pub instances: BTreeSet<String>,
}

/// What the file declared, as digests by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// What holds for all instances of a service.
    pub services: BTreeMap<String, String>,
    /// Each instance with its container and its checks.
    pub instances: BTreeMap<String, String>,
}

/// What was heard of a ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SavedShip {
    /// What tells its engine from all others; none if it does not say.
    Engine(Option<String>),
    /// It did not answer, and why.
    Silent(String),
}

/// What there was of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedInstance {
    /// Its ship.
    pub ship: String,
    /// The id of its container, if there was one.
    pub container: Option<String>,
    /// What that did: `running`, `exited`, …
    pub state: Option<String>,
    /// Digest of how it was made; none if that is not known, as of somebody else's.
    pub made: Option<String>,
    /// The image that the file names for it.
    pub image: String,
    /// The engine's id of that image, if the ship had it.
    pub image_id: Option<String>,
}

impl Saved {
    /// Keeps a plan of these instances, told as `plan`, with what it was made from. `words` tells why a ship does not
    /// answer.
    #[must_use]
    pub fn of(
        environment: &Environment,
        observed: &Observed,
        asked: Asked,
        plan: Value,
        words: &dyn Fn(&ShipFault) -> String,
    ) -> Self {
        let ships = environment.ship_ids().filter_map(|id| {
            let heard = match observed.ship(id) {
                ShipState::NotAsked => return None,
                ShipState::Unreachable { reason } => SavedShip::Silent(words(reason)),
                ShipState::Answering(holdings) => SavedShip::Engine(holdings.engine_id.clone()),
            };
            Some((environment.ship(id).name.clone(), heard))
        });
        let observed = observed.by_label(environment);
        let found = environment.instance_ids().filter_map(|id| {
            let name = &environment.instance(id).name;
            asked.instances.contains(name).then(|| found(environment, &observed, id)).flatten()
        });
        // As it is read again: a number may come back as its neighbour.
        let plan = serde_json::from_str(&plan.to_string()).unwrap_or(plan);
        Self {
            maestro_plan: VERSION,
            program: PROGRAM.to_owned(),
            environment: environment.name.clone(),
            declared: Declared::of(environment),
            ships: ships.collect(),
            found: found.collect(),
            asked,
            plan,
        }
    }
}

impl Declared {
    /// What an environment declares. Logins, auditors and the ways to ships say how, not what, and are left out: a token
    /// that is new for every run makes no other plan.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let services = (0..environment.services.len()).map(|at| {
            let service = environment.service(ServiceId(at));
            let requires = requirements(environment, &service.requires);
            (service.name.clone(), digested(&json!({ "says": service, "requires": requires })))
        });
        let instances = environment.instances.iter().map(|instance| {
            let whole = json!({
                "says": instance,
                "service": environment.service(instance.service).name,
                "ship": environment.ship(instance.ship).name,
                "requires": requirements(environment, &instance.requires),
            });
            (instance.name.clone(), digested(&whole))
        });
        Self { services: services.collect(), instances: instances.collect() }
    }
}

/// What is required, by name.
fn requirements(environment: &Environment, requirements: &[Requirement]) -> Vec<Value> {
    let each = requirements.iter().map(|requirement| {
        let (kind, name) = match requirement.on {
            Required::Service(id) => ("service", &environment.service(id).name),
            Required::Instance(id) => ("instance", &environment.instance(id).name),
        };
        json!([kind, name, requirement.by.key()])
    });
    each.collect()
}

fn digested(value: &Value) -> String {
    digest(value.to_string().as_bytes())
}

/// What there is of an instance; none if its ship does not answer.
fn found(environment: &Environment, observed: &Observed, id: InstanceId) -> Option<(String, SavedInstance)> {
    let instance = environment.instance(id);
    let holdings = observed.holdings(instance.ship)?;
    let container = match observed.instance(environment, id) {
        InstanceState::Ours(container) | InstanceState::Unmanaged(container) => Some(container),
        InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => None,
    };
    let made = container.and_then(|container| holdings.descriptions.get(&container.id));
    let image = instance.container.image.clone();
    let found = SavedInstance {
        ship: environment.ship(instance.ship).name.clone(),
        container: container.map(|container| container.id.clone()),
        state: container.map(|container| state(&container.state).to_owned()),
        made: made.map(|made| digested(&json!(made))),
        image_id: holdings.image_id(&image).map(str::to_owned),
        image,
    };
    Some((instance.name.clone(), found))
}

/// A state as a word. A container that its engine starts again and again is running now, and not a moment later.
fn state(state: &ContainerState) -> &str {
    match state {
        ContainerState::Created => "created",
        ContainerState::Running | ContainerState::Restarting => "running",
        ContainerState::Paused => "paused",
        ContainerState::Exited => "exited",
        ContainerState::Removing => "removing",
        ContainerState::Dead => "dead",
        ContainerState::Other(word) => word,
    }
}

/// Why bytes are not a plan that can be carried out. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of this format, and not of [`VERSION`].
    Format(String),
    /// This version of the program wrote it, and it is not [`PROGRAM`].
    Program(String),
    /// It is broken, or was cut off, as JSON's parser says.
    Broken(String),
}

/// Whether a file that begins like this is meant to be a saved plan.
#[must_use]
pub fn begins(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let rest = rest.and_then(|rest| rest.strip_prefix(b"\"")?.strip_prefix(MAGIC.as_bytes()));
    rest.is_some_and(|rest| rest.starts_with(b"\""))
}

/// Reads a saved plan.
///
/// # Errors
/// If it is none, of another format or another version of the program, or broken.
pub fn read(bytes: &[u8]) -> Result<Saved, Unreadable> {
    #[derive(Deserialize)]
    struct Head {
        maestro_plan: Value,
        program: Option<String>,
    }
    let broken = |error: serde_json::Error| Unreadable::Broken(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
    if head.maestro_plan != VERSION {
        return Err(Unreadable::Format(head.maestro_plan.to_string().chars().take(40).collect()));
    }
    if let Some(program) = head.program.filter(|program| program != PROGRAM) {
        return Err(Unreadable::Program(program.chars().take(40).collect()));
    }
    serde_json::from_slice(bytes).map_err(broken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn saved() -> Saved {
        Saved {
            maestro_plan: VERSION,
            program: PROGRAM.into(),
            environment: "shop".into(),
            asked: Asked { things: vec!["web".into()], ..Asked::default() },
            declared: Declared::default(),
            ships: BTreeMap::from([("far".into(), SavedShip::Silent("refused".into()))]),
            found: BTreeMap::new(),
            plan: json!({ "steps": [] }),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = serde_json::to_vec_pretty(&saved()).unwrap();
        assert!(begins(&bytes));
        assert_eq!(read(&bytes), Ok(saved()));
    }

    #[test]
    fn what_is_no_whole_plan_of_this_version_says_why() {
        let refused = |text: &str| read(text.as_bytes()).unwrap_err();
        let broken = |text: &str| match refused(text) {
            Unreadable::Broken(words) => words,
            other => panic!("{other:?}"),
        };
        let good = serde_json::to_string(&saved()).unwrap();
        assert_eq!(refused(&good.replacen(":2,", ":3,", 1)), Unreadable::Format("3".into()));
        assert_eq!(refused(&good.replacen(":2,", ":\"x\",", 1)), Unreadable::Format("\"x\"".into()));
        assert_eq!(refused(&good.replacen(PROGRAM, "99.0", 1)), Unreadable::Program("99.0".into()));
        assert!(broken(&good[..good.len() - 1]).contains("EOF"));
        assert!(broken(&good.replace("things", "thinks")).contains("unknown field `thinks`"));
        assert!(broken("{}").contains("maestro_plan"));
        for other in ["", "{", "{\"maestro_plans\": 1}", "[\"maestro_plan\"]", "maestro_plan"] {
            assert!(!begins(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (begins(&bytes), read(&bytes));
        }

        #[test]
        fn a_plan_that_was_cut_or_changed_anywhere_is_read_or_refused(
            at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()
        ) {
            let mut bytes = serde_json::to_vec_pretty(&saved()).unwrap();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let read = read(&bytes);
            prop_assert!(!cut || read.is_err());
            if let Ok(read) = read {
                let _ = read.changes(&saved());
            }
        }
    }
}
