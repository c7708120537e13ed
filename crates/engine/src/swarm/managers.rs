//! The managers of one Swarm, of which one is asked. Another takes its place if it does not answer, or is no manager any more.

mod asked;
mod choice;
mod manager;
mod settled;

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

use self::choice::Look;
pub use self::manager::Manager;
use crate::EngineError;
use maestro_core::fault::{EngineFault, ManagerFault};

/// Time between two looks for a leader.
const PAUSE: Duration = Duration::from_secs(1);
/// How long managers that are left may take to elect a leader: some seconds, in which they answer nothing.
const ELECTION: Duration = Duration::from_secs(20);

/// The managers of one Swarm, in the order in which they are asked. One alone is asked whatever it answers.
pub struct Managers {
    all: Vec<Manager>,
    /// How long one call may take, and for how long it is not asked again that none can be asked.
    timeout: Duration,
    choice: Mutex<Choice>,
}

/// Which manager is asked.
#[derive(Default)]
struct Choice {
    chosen: Option<usize>,
    /// The id of the Swarm: others are not asked.
    swarm: Option<String>,
    /// Why none could be asked, and when that was.
    refused: Option<(Instant, Vec<ManagerFault>)>,
}

/// What was found when a manager was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its number among all; none if none can be asked.
    pub at: Option<usize>,
    /// Those before it that cannot be asked, or all.
    pub others: Vec<ManagerFault>,
}

impl Managers {
    /// These managers; `timeout` is how long one call may take.
    #[must_use]
    pub fn new(all: Vec<Manager>, timeout: Duration) -> Self {
        Self { all, timeout, choice: Mutex::default() }
    }

    /// Chooses one now, if there are several, and tells which.
    pub async fn choose(&self) -> Chosen {
        if self.all.len() < 2 {
            return Chosen { at: Some(0), others: Vec::new() };
        }
        self.choose_with(&mut *self.choice.lock().await, None).await
    }

    async fn choose_with(&self, choice: &mut Choice, last: Option<usize>) -> Chosen {
        if let Some((when, others)) = &choice.refused
            && when.elapsed() < self.timeout
        {
            return Chosen { at: None, others: others.clone() };
        }
        let begin = Instant::now();
        loop {
            let Look { found, others } = choice::look(&self.all, choice.swarm.as_deref(), last).await;
            if let Some((at, swarm)) = found {
                *choice = Choice { chosen: Some(at), swarm: Some(swarm), refused: None };
                return Chosen { at: Some(at), others };
            }
            // Those that were asked before may have lost their leader.
            let may_elect = others
                .iter()
                .any(|one| choice::is_leaderless(one) || choice.swarm.is_some() && one.fault.is_silence());
            if !may_elect || begin.elapsed() >= ELECTION {
                choice.refused = Some((Instant::now(), others.clone()));
                return Chosen { at: None, others };
            }
            sleep(PAUSE).await;
        }
    }

    /// The manager to ask.
    async fn current(&self) -> Result<&Manager, EngineError> {
        if let [only] = &self.all[..] {
            return Ok(only);
        }
        let choice = &mut *self.choice.lock().await;
        let chosen = match choice.chosen {
            Some(at) => Chosen { at: Some(at), others: Vec::new() },
            None => self.choose_with(choice, None).await,
        };
        self.at(chosen)
    }

    /// Has another one asked than a manager which gave that answer. The same again if the others cannot be asked and it can.
    async fn pass_over(&self, manager: &Manager, answer: EngineError) -> Result<(), EngineError> {
        if self.all.len() < 2 {
            return Err(answer);
        }
        let choice = &mut *self.choice.lock().await;
        let Some(last) = choice.chosen.filter(|at| std::ptr::eq(&raw const self.all[*at], manager)) else {
            // Another call has passed it over.
            return Ok(());
        };
        choice.chosen = None;
        self.at(self.choose_with(choice, Some(last)).await).map(drop)
    }

    fn at(&self, chosen: Chosen) -> Result<&Manager, EngineError> {
        let manager = chosen.at.and_then(|at| self.all.get(at));
        manager.ok_or(EngineError::Unreachable(EngineFault::NoManager(chosen.others)))
    }

    /// How often a call is asked for at most: each manager once, and the one that is left after an election.
    fn tries(&self) -> usize {
        self.all.len() + 1
    }
}
