//! Writes a backup that was checked into a volume. Until all of it is written, a mark says that the volume is not whole.

use std::{
    fs::File,
    io::{self, Seek as _},
    sync::Arc,
};

use tokio::sync::{mpsc::Sender, watch};

use super::{
    CopyAmount, TellAmount,
    carrier::{self, Created},
    fault,
    format::{BackupReader, CheckedBackup},
    pipe::{archive, pipe},
};
use crate::{lease::Owner, store::LabelStore};
use maestro_core::{
    fault::{ArchiveFault, EngineFault},
    model::volume::VolumeOptions,
    observed::restore_mark::RestoreMark,
};
use maestro_engine::{CarrierMount, Engine};

/// What is restored, and where.
pub struct RestoreRequest {
    /// The engine of the volume's ship.
    pub engine: Arc<dyn Engine>,
    /// Who asks for it.
    pub me: Arc<Owner>,
    /// The volume, or directory of the ship.
    pub mount: CarrierMount,
    /// Whether the volume is removed first, with all that is in it.
    pub is_replaced: bool,
    /// How the volume is created if it does not exist; its labels say whose it is.
    pub options: VolumeOptions,
    /// The backup.
    pub file: File,
    /// How the backup's file is called.
    pub path: String,
    /// What was found when it was checked.
    pub checked: CheckedBackup,
    /// Turns true when the user interrupts.
    pub interrupted: watch::Receiver<bool>,
}

/// Restores a backup.
///
/// # Errors
/// Why the volume is not whole. What was written stays, and so does the mark.
pub async fn restore(request: RestoreRequest, tell: &TellAmount<'_>) -> Result<(), ArchiveFault> {
    let engine = Arc::clone(&request.engine);
    let mark = match &request.mount {
        CarrierMount::Volume(volume) => {
            Some(RestoreMark { environment: request.me.holder.environment.clone(), volume: volume.clone() })
        }
        CarrierMount::Directory(_) => None,
    };
    if let Some(mark) = &mark {
        put(&*engine, mark).await?;
    }
    if let CarrierMount::Volume(volume) = &request.mount {
        if request.is_replaced {
            engine.remove_volume(volume).await.map_err(fault)?;
        }
        engine.create_volume(volume, &request.options).await.map_err(fault)?;
    }
    let carrier = Created::new(&engine, &request.me, request.mount.clone()).await?;
    let written = write(&engine, request, &carrier, tell).await;
    carrier.remove().await;
    written?;
    match mark {
        Some(mark) => LabelStore::on(&*engine).remove(&mark.record()).await.map_err(fault),
        None => Ok(()),
    }
}

/// Says that a volume is not whole from now on.
async fn put(engine: &dyn Engine, mark: &RestoreMark) -> Result<(), ArchiveFault> {
    let entry = LabelStore::on(engine).put(&mark.record(), &mark.labels()).await.map_err(fault)?;
    if RestoreMark::from_labels(&entry.name, &entry.labels).as_ref() == Some(mark) {
        return Ok(());
    }
    let name = entry.name;
    Err(EngineFault::from(maestro_core::fault::StepFault::OtherRecord(name)).into())
}

async fn write(
    engine: &Arc<dyn Engine>,
    request: RestoreRequest,
    carrier: &Created,
    tell: &TellAmount<'_>,
) -> Result<(), ArchiveFault> {
    let RestoreRequest { file, path, checked, mut interrupted, .. } = request;
    let total = Some(checked.length);
    let (sender, receiver) = pipe();
    let (amounts, mut amount) = watch::channel(0);
    let reading = tokio::task::spawn_blocking(move || read(file, checked, &sender, &amounts));
    let told = async {
        while amount.changed().await.is_ok() {
            tell(CopyAmount { bytes: *amount.borrow_and_update(), total });
        }
        std::future::pending::<()>().await;
    };
    let written = tokio::select! {
        biased;
        Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => Err(ArchiveFault::Interrupted),
        written = engine.write_archive(&carrier.id, "/", archive(receiver)) => written.map_err(fault),
        () = told => Ok(()),
    };
    // Where the file is at fault, the engine only says that the archive broke off.
    match (reading.await, written) {
        (_, Err(ArchiveFault::Interrupted)) => Err(ArchiveFault::Interrupted),
        (Ok(Err(error)), Err(_)) if error.kind() == io::ErrorKind::InvalidData => Err(ArchiveFault::Changed),
        (Ok(Err(error)), Err(_)) if !is_unheard(&error) => {
            Err(ArchiveFault::File { path, words: error.to_string() })
        }
        (_, written) => written,
    }
}

/// Whether a thread ended because nobody takes any more what it reads.
fn is_unheard(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Reads the backup's archive into the pipe.
fn read(
    mut file: File,
    checked: CheckedBackup,
    sender: &Sender<Option<io::Result<Vec<u8>>>>,
    amounts: &watch::Sender<u64>,
) -> io::Result<()> {
    let unheard = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    file.rewind()?;
    let mut reader = BackupReader::new(file, checked)?;
    loop {
        match reader.piece() {
            Ok(Some(piece)) => {
                sender.blocking_send(Some(Ok(piece))).map_err(unheard)?;
                amounts.send_replace(reader.position());
            }
            Ok(None) => return sender.blocking_send(None).map_err(unheard),
            Err(error) => {
                let told = io::Error::other(error.to_string());
                sender.blocking_send(Some(Err(told))).map_err(unheard)?;
                return Err(error);
            }
        }
    }
}

/// Whether there is nothing in a volume, which exists.
///
/// # Errors
/// As the engine answers.
pub async fn is_empty(
    engine: &Arc<dyn Engine>,
    me: &Owner,
    mount: &CarrierMount,
) -> Result<bool, ArchiveFault> {
    use futures_util::StreamExt as _;
    let carrier = Created::new(engine, me, mount.clone()).await?;
    let looked = async {
        let mut scan = super::TarScan::default();
        let mut pieces = engine.read_archive(&carrier.id, carrier::PATH).await.map_err(fault)?;
        // The first file is the volume's own directory.
        while let Some(piece) = pieces.next().await {
            scan.feed(&piece.map_err(fault)?)?;
            if scan.files() > 1 {
                return Ok(false);
            }
        }
        if scan.is_complete() { Ok(true) } else { Err(ArchiveFault::CutOff) }
    }
    .await;
    carrier.remove().await;
    looked
}
