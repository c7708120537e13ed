//! The processes of one machine, as the holders of leases see them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use maestro_run::lease::{Holder, MachineId, Owner, Process};

/// Which processes are alive.
#[derive(Clone, Default)]
pub struct Processes {
    alive: Arc<Mutex<BTreeSet<u32>>>,
}

impl Processes {
    /// A process begins. `stop_timeout` is the longest that it may wait for a stop.
    pub fn begin(&self, number: u32, stop_timeout: Duration) -> Owner {
        self.alive.lock().expect("no test panics with it").insert(number);
        let (host, id, boot) = ("box".to_owned(), "id".to_owned(), "boot".to_owned());
        let holder = Holder {
            nonce: format!("nonce{number}"),
            environment: "world".to_owned(),
            user: "ann".to_owned(),
            machine: MachineId { host, id, boot, namespace: "pid:[1]".to_owned() },
            process: Some(number),
            started: "1".to_owned(),
            command: "maestro".to_owned(),
            stop_timeout,
        };
        let alive = self.alive.clone();
        let look = move |number: u32| {
            let lives = alive.lock().expect("no test panics with it").contains(&number);
            if lives { Process::Since("1".to_owned()) } else { Process::None }
        };
        Owner { holder, look: Box::new(look) }
    }

    /// The process of that number ends.
    pub fn end(&self, number: u32) {
        self.alive.lock().expect("no test panics with it").remove(&number);
    }
}
