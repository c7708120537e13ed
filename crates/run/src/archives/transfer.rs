//! Copies a volume from one ship to a new volume on another, through this machine, and verifies the copy. Until the instance
//! that moves with it is ready, a mark says that the copy is not taken, so that no interrupted copy is used.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::{mpsc::Sender, watch};

use super::{
    CopyAmount, TarScan,
    carrier::{self, Created},
    digest::{ArchiveDigest, FilesDigest},
    fault,
    late_size::LateSize,
    pipe::{Piece, archive, pipe},
};
use crate::{lease::Owner, store::LabelStore};
use maestro_core::{
    fault::{ArchiveFault, EngineFault, StepFault, VolumeCopyFault},
    model::{container::LABEL_ENVIRONMENT, volume::VolumeOptions},
    observed::{copy_mark::CopyMark, restore_mark::RestoreMark},
};
use maestro_engine::{ArchiveBytes, CarrierMount, Engine, EngineError};

/// What is told of a copy while it goes on: how far it is, and whether it is read to be compared.
pub type TellCopy<'a> = dyn Fn(CopyAmount, bool) + Send + Sync + 'a;

/// What is copied, and where.
pub struct TransferRequest {
    /// The engine that has the volume.
    pub from: Arc<dyn Engine>,
    /// The engine that gets the copy.
    pub to: Arc<dyn Engine>,
    /// Who asks for it.
    pub me: Arc<Owner>,
    /// What is recorded until the copy is taken: the volume, and the ship that it is copied from.
    pub mark: CopyMark,
    /// How the copy is made.
    pub options: VolumeOptions,
    /// Turns true when the user interrupts.
    pub interrupted: watch::Receiver<bool>,
}

/// Copies a volume and verifies the copy. What an interrupted copy has left is removed first. `tell` hears how far it is.
///
/// # Errors
/// Why there is no complete copy: `Read(Interrupted)` if the user interrupts. What was copied stays, and so does the mark.
pub async fn transfer(request: &TransferRequest, tell: &TellCopy<'_>) -> Result<(), VolumeCopyFault> {
    let TransferRequest { from, to, me, mark, options, .. } = request;
    let volume = &mark.mark.volume;
    for (engine, side) in [(from, VolumeCopyFault::Read as fn(_) -> _), (to, VolumeCopyFault::Write)] {
        let containers = engine.containers().await.map_err(|error| side(fault(error)))?;
        carrier::remove_left(&**engine, me, containers.iter()).await;
    }
    prepare(&**to, mark, options).await?;
    let mount = || CarrierMount::Volume(volume.clone());
    let source = Created::new(from, me, mount()).await.map_err(VolumeCopyFault::Read)?;
    let copied = async {
        let target = Created::new(to, me, mount()).await.map_err(VolumeCopyFault::Write)?;
        let mut interrupted = request.interrupted.clone();
        // The carriers are removed whatever comes of the copy: they would keep it from being removed.
        let copied = tokio::select! {
            biased;
            copied = copy_and_verify(request, &source, &target, tell) => copied,
            Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => {
                Err(VolumeCopyFault::Read(ArchiveFault::Interrupted))
            }
        };
        target.remove().await;
        copied
    }
    .await;
    source.remove().await;
    copied
}

/// The mark of a copy that is not taken; none if the volume has none, or one of a restore.
pub(crate) async fn copy_mark(
    engine: &dyn Engine,
    mark: &RestoreMark,
) -> Result<Option<CopyMark>, EngineError> {
    let entry = LabelStore::on(engine).entry(&mark.record()).await?;
    let found = entry.and_then(|entry| CopyMark::from_labels(&entry.name, &entry.labels));
    Ok(found.filter(|found| found.mark == *mark))
}

/// Makes the volume that gets the copy. One that its mark says is an interrupted copy is removed first.
async fn prepare(
    engine: &dyn Engine,
    mark: &CopyMark,
    options: &VolumeOptions,
) -> Result<(), VolumeCopyFault> {
    let failed = |error| VolumeCopyFault::Write(fault(error));
    let store = LabelStore::on(engine);
    let volume = &mark.mark.volume;
    let record = mark.mark.record();
    let is_copy = copy_mark(engine, &mark.mark).await.map_err(failed)?.is_some();
    if engine.volume(volume).await.map_err(failed)?.is_some() {
        if !is_copy {
            return Err(VolumeCopyFault::Exists);
        }
        engine.remove_volume(volume).await.map_err(failed)?;
    }
    if is_copy {
        // It may have been copied from another ship.
        store.remove(&record).await.map_err(failed)?;
    }
    let entry = store.put(&record, &mark.labels()).await.map_err(failed)?;
    if CopyMark::from_labels(&entry.name, &entry.labels).as_ref() != Some(mark) {
        let fault = EngineFault::from(StepFault::OtherRecord(entry.name));
        return Err(VolumeCopyFault::Write(fault.into()));
    }
    let mut options = options.clone();
    options.labels.insert(LABEL_ENVIRONMENT.to_owned(), mark.mark.environment.clone());
    engine.create_volume(volume, &options).await.map(drop).map_err(failed)
}

async fn copy_and_verify(
    request: &TransferRequest,
    source: &Created,
    target: &Created,
    tell: &TellCopy<'_>,
) -> Result<(), VolumeCopyFault> {
    let volume = &request.mark.mark.volume;
    let total = LateSize::default();
    let told = |bytes, is_verifying| {
        // What an engine says of the size may be of a moment ago.
        let total = total.get().filter(|total| bytes <= *total);
        tell(CopyAmount { bytes, total }, is_verifying);
    };
    let working = async {
        let read = copy(request, source, target, &|bytes| told(bytes, false)).await?;
        total.set(read.bytes);
        let pieces = request.to.read_archive(&target.id, carrier::PATH).await;
        let pieces = pieces.map_err(|error| VolumeCopyFault::Write(fault(error)))?;
        let copied =
            digest(pieces, None, &|bytes| told(bytes, true)).await.map_err(VolumeCopyFault::Write)?;
        if read == copied {
            return Ok(());
        }
        Err(VolumeCopyFault::Differs { read: (read.files, read.bytes), copied: (copied.files, copied.bytes) })
    };
    total.beside((&*request.from, volume), working).await
}

/// Streams the archive of one volume into the other. Tells the digest of what was read.
async fn copy(
    request: &TransferRequest,
    source: &Created,
    target: &Created,
    tell: &(dyn Fn(u64) + Send + Sync),
) -> Result<FilesDigest, VolumeCopyFault> {
    let pieces = request.from.read_archive(&source.id, carrier::PATH).await;
    let pieces = pieces.map_err(|error| VolumeCopyFault::Read(fault(error)))?;
    let (sender, receiver) = pipe::<Piece>();
    let mut reading = std::pin::pin!(digest(pieces, Some(sender), tell));
    let mut writing = std::pin::pin!(request.to.write_archive(&target.id, "/", archive(receiver)));
    let mut read = None;
    loop {
        tokio::select! {
            biased;
            // Where reading fails, what is written is given up: it must not end as if it were whole.
            done = &mut reading, if read.is_none() => match done {
                Ok(digest) => read = Some(digest),
                Err(fault) => return Err(VolumeCopyFault::Read(fault)),
            },
            written = &mut writing => {
                written.map_err(|error| VolumeCopyFault::Write(fault(error)))?;
                return match read {
                    Some(digest) => Ok(digest),
                    // An engine that takes no more than the archive's end ends first.
                    None => reading.await.map_err(VolumeCopyFault::Read),
                };
            }
        }
    }
}

/// Reads an archive to its end, and passes it on.
async fn digest(
    mut pieces: ArchiveBytes,
    sender: Option<Sender<Piece>>,
    tell: &(dyn Fn(u64) + Send + Sync),
) -> Result<FilesDigest, ArchiveFault> {
    let mut scan = TarScan::default();
    let mut digest = ArchiveDigest::default();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(fault)?;
        scan.feed(&piece)?;
        digest.feed(&piece);
        tell(digest.bytes());
        if let Some(sender) = &sender {
            // Whoever takes no more says why.
            sender.send(Some(Ok(piece))).await.ok();
        }
    }
    if !scan.is_complete() {
        return Err(ArchiveFault::CutOff);
    }
    if let Some(sender) = &sender {
        sender.send(None).await.ok();
    }
    Ok(digest.finish())
}
