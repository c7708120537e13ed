//! One run at a time: a lease on an environment, kept by the engines that are changed.
//!
//! A lease is a volume without content. Engines make a volume or tell the one that is there, atomically and with the
//! labels of who made it, so its labels say who holds the lease, and a request whose answer was lost is simply asked
//! again. See `docs/architecture/leases.md` for why two runs never both hold it.

mod here;
mod holder;
pub(crate) mod later;
mod leftover;
mod process;
mod settle;
mod take;
mod target;
mod tidy;
mod unlock;

pub use here::{here, look};
pub use holder::{Holder, Liveness, MachineId, fate};
pub use leftover::{holders, is_held, volumes};
pub use process::{Process, Started};
pub use take::{Busy, Lease, LeaseEvent, LeaseRefused, Released, take_within};
pub use target::{LeaseTarget, in_order};
pub use unlock::{Unlocked, unlock};

use maestro_core::{model::container, value::sha256};

/// How often a change is asked for whose answer is lost, before the engine counts as one that does not answer.
const TRIES: u32 = 3;

/// Looks after a process of this machine, by its id.
pub type ProcessTable = dyn Fn(u32) -> Process + Send + Sync;

/// Who asks for leases.
pub struct Owner {
    /// What is written on them.
    pub holder: Holder,
    /// Tells what became of a process of this machine.
    pub look: Box<ProcessTable>,
}

impl Owner {
    /// The id of the run, who runs it, and what was typed.
    #[must_use]
    pub fn run(&self) -> (&str, String, String) {
        let Holder { nonce, user, machine, command, .. } = &self.holder;
        (nonce, format!("{user}@{}", machine.host), command.clone())
    }

    /// What is known of a holder.
    #[must_use]
    pub fn fate(&self, holder: &Holder) -> Liveness {
        fate(holder, &self.holder.machine, &*self.look)
    }
}

/// Names of the volumes that are an environment's lease, in the order in which they are taken. If its name has characters
/// that Docker does not allow there are two: release 1.0.0-alpha.1 knows the first one alone, which other environments may
/// share; the last one is the environment's own.
#[must_use]
pub fn volume_names(environment: &str) -> Vec<String> {
    let mut names = vec![family(environment), container::volume_name("lease", environment)];
    names.dedup();
    names
}

/// The word by which all volumes of a lease are found: the name that release 1.0.0-alpha.1 gives to the lease, so that it
/// finds them as well. Other environments may share it.
fn family(environment: &str) -> String {
    container::older_volume_name("lease", environment)
}

/// Twelve hexadecimal digits that stand for a text: short enough to be typed.
fn hash(text: &str) -> String {
    sha256::digits(text.as_bytes(), 12)
}

/// What the names of volumes begin with whose maker alone may remove what the holder of a nonce, which follows, has left.
const TAKEOVER: &str = "maestro-takeover-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_of_an_environment_has_its_name_as_far_as_it_goes() {
        assert_eq!(volume_names("shop"), ["maestro-lease-shop"]);
        let names = ["maestro-lease-my_shop__", "maestro-lease-my_shop__-da7ae92e62b9"];
        assert_eq!(volume_names("my shop/é"), names);
        let long = |end: &str| {
            let names = volume_names(&format!("{}{end}", "x".repeat(300)));
            assert_eq!(names.len(), 1);
            names[0].clone()
        };
        assert!(long("a").len() < 200 && long("a") != long("b"));
    }
}
