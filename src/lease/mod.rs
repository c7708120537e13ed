//! One run at a time: a lease on an environment, kept by the engines that are changed.
//!
//! A lease is a volume without content. Engines make a volume or tell the one that is there, atomically and with the
//! labels of who made it, so its labels say who holds the lease, and a request whose answer was lost is simply asked
//! again. See "One at a time" in `docs/architecture.md` for why two runs never both hold it.

mod holder;
mod leftover;
mod process;
mod settle;
mod take;
mod unlock;

pub use holder::{Fate, Holder, Machine, fate};
pub use leftover::{holders, is_held, volumes};
pub use process::{Process, Started, here, look};
pub use take::{Busy, Lease, News, Place, Refusal, Released, in_order, take_within};
pub use unlock::{Unlocked, unlock};

use crate::{model::container, value::sha256};

/// How often a change is asked for whose answer is lost, before the engine counts as one that does not answer.
const TRIES: u32 = 3;

/// Looks after a process of this machine, by its id.
pub type Look = dyn Fn(u32) -> Process + Send + Sync;

/// Who asks for leases.
pub struct Me {
    /// What is written on them.
    pub holder: Holder,
    /// Tells what became of a process of this machine.
    pub look: Box<Look>,
}

impl Me {
    /// What is known of a holder.
    #[must_use]
    pub fn fate(&self, holder: &Holder) -> Fate {
        fate(holder, &self.holder.machine, &*self.look)
    }
}

/// Name of the volume that is an environment's lease.
#[must_use]
pub fn volume_name(environment: &str) -> String {
    container::volume_name("lease", environment)
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
        assert_eq!(volume_name("shop"), "maestro-lease-shop");
        assert_eq!(volume_name("my shop/é"), "maestro-lease-my_shop__");
        let long = |end: &str| volume_name(&format!("{}{end}", "x".repeat(300)));
        assert!(long("a").len() < 200 && long("a") != long("b"));
    }
}
