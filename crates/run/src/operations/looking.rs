//! What an engine is asked, and what its answers mean.

use futures_util::future::OptionFuture;

use crate::{lease, store::LabelStore};
use maestro_core::{
    fault::ShipFault,
    model::{Environment, container::MountKind},
    observed::ShipState,
};
use maestro_engine::{
    Engine, EngineError, Volume,
    observe::{Describing, Question, describe, observe, unknown},
};

/// Volumes are asked for where containers may be made, of files that declare some or mount some by their names: one may be an
/// incomplete copy.
pub(super) fn asks_for_volumes(environment: &Environment, question: Question) -> bool {
    let has_mounts = || {
        let mut mounts = environment.instances.iter().flat_map(|instance| &instance.container.mounts);
        mounts.any(|mount| mount.kind() == MountKind::Volume)
    };
    question.networks && question.volumes && (!environment.volumes.is_empty() || has_mounts())
}

/// What is kept for copied files is asked for if the file declares some, or if it is to be removed.
pub(super) fn asks_for_files(environment: &Environment, question: Question) -> bool {
    let has_files = || environment.instances.iter().any(|instance| !instance.container.files.is_empty());
    question.leftover_files || question.files && has_files()
}

/// What descriptions and records are read with, where some are asked for.
pub(super) fn describing(environment: &Environment, question: Question) -> Describing<'_> {
    let is_asked = question.descriptions || question.revisions;
    if is_asked { Describing::of(environment) } else { Describing::default() }
}

/// Asks an engine what it has, how the environment's containers are made and which leases there are on it, as far as that
/// is wanted.
pub(super) async fn look(
    engine: &dyn Engine,
    (environment, describing): (&Environment, &Describing<'_>),
    question: Question,
) -> (ShipState, Vec<Volume>) {
    let name = &environment.name;
    let leases = OptionFuture::from(question.leases.then(|| lease::volumes(engine, name)));
    let store = LabelStore::on(engine);
    let stopped = OptionFuture::from(question.stopped.then(|| store.stopped(name)));
    let (mut state, leases, stopped) = tokio::join!(observe(engine, name, question), leases, stopped);
    let leases = match leases.transpose() {
        Ok(leases) => leases.unwrap_or_default(),
        Err(error) => {
            if matches!(state, ShipState::Answering(_)) {
                state = ShipState::Unreachable { reason: reason(&error) };
            }
            Vec::new()
        }
    };
    match (stopped.transpose(), &mut state) {
        (Ok(Some(stopped)), ShipState::Answering(holdings)) => holdings.stopped = stopped,
        (Err(error), ShipState::Answering(_)) => state = unknown(error),
        (Ok(_) | Err(_), _) => {}
    }
    if question.revisions {
        let _turn = describing.turn_for_records().await;
        store.observe_revisions(name, &mut state).await;
        describing.share_records(&mut state);
    }
    if question.left_behind {
        store.observe_left_behind(name, &mut state).await;
    }
    if question.descriptions {
        describe(engine, &environment.name, describing, &mut state).await;
    }
    if question.files {
        store.observe_files(name, &mut state).await;
    }
    (state, leases)
}

/// Asks an engine what it has for this environment, as a fleet asks it.
pub(super) async fn look_at(engine: &dyn Engine, environment: &Environment, question: Question) -> ShipState {
    let question = Question {
        identity: false,
        leases: false,
        volumes: asks_for_volumes(environment, question),
        files: asks_for_files(environment, question),
        ..question
    };
    look(engine, (environment, &describing(environment, question)), question).await.0
}

/// Why an engine gave no lease.
#[must_use]
pub fn reason(error: &EngineError) -> ShipFault {
    match error {
        EngineError::Unreachable(fault) | EngineError::ResponseLost(fault) => {
            ShipFault::NoAnswer(fault.clone())
        }
        EngineError::NotFound(fault) | EngineError::Conflict(fault) | EngineError::Refused(fault) => {
            ShipFault::NoLease(fault.clone())
        }
    }
}
