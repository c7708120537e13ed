//! Copying a named volume from one ship to another: the one action that takes two engines.

use std::sync::Arc;

use super::{
    Run, about,
    outcome::{NotDone, failed},
};
use crate::archives::{
    CopyAmount,
    transfer::{TransferRequest, transfer},
};
use maestro_core::{
    event::{Cause, CopiedAmount, Event, Failure, StepProgress},
    fault::{ArchiveFault, ConnectionFault, EngineFault, VolumeCopyFault},
    model::ShipId,
    model::volume::VolumeOptions,
    observed::{copy_mark::CopyMark, restore_mark::RestoreMark},
    plan::StepId,
};

/// Copies the volume of that name, and tells how far it is. An interrupt ends it: the mark stays then, until the
/// copy is discarded.
pub(super) async fn run(
    run: &Run,
    id: StepId,
    (name, environment): (&str, &str),
    options: &VolumeOptions,
    from: ShipId,
) -> Result<(), NotDone> {
    let step = run.plan.step(id);
    let not_copied = |fault| failed(Failure::of(Cause::NotCopied { volume: name.to_owned(), fault }));
    let engine = |ship: ShipId| run.engines[ship.0].clone();
    let silent = || EngineFault::from(ConnectionFault::NotConnected).into();
    let Some(source) = engine(from) else { return Err(not_copied(VolumeCopyFault::Read(silent()))) };
    let Some(target) = engine(step.ship) else { return Err(not_copied(VolumeCopyFault::Write(silent()))) };
    let mark = RestoreMark { environment: environment.to_owned(), volume: name.to_owned() };
    let request = TransferRequest {
        from: source,
        to: target,
        me: Arc::clone(&run.me),
        mark: CopyMark { mark, from: run.environment.ship(from).name.clone() },
        options: options.clone(),
        interrupted: run.interrupted.clone(),
    };
    let (subject, action) = about(run, id);
    let tell = |amount: CopyAmount, is_verifying| {
        let CopyAmount { bytes, total } = amount;
        let progress = StepProgress::Copied(CopiedAmount { bytes, total_bytes: total, is_verifying });
        let event = Event::StepProgress { step: id.0, subject: subject.clone(), action, progress };
        run.events.send(event).ok();
    };
    match transfer(&request, &tell).await {
        Err(VolumeCopyFault::Read(ArchiveFault::Interrupted)) => Err(NotDone::Cancelled),
        copied => copied.map_err(not_copied),
    }
}
