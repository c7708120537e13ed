//! Reads a volume into the file of a backup.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::{mpsc::Receiver, watch};

use super::{
    CopyAmount, TellAmount,
    carrier::{self, Created},
    fault,
    format::{BackupContent, BackupHeader, BackupWriter},
    late_size::LateSize,
    pipe::{pass_on, pipe},
};
use crate::lease::Owner;
use maestro_core::fault::ArchiveFault;
use maestro_engine::{CarrierMount, Engine};

/// How many bytes are written to a file at once.
const BUFFER: usize = 256 * 1024;

/// What is backed up, and how.
pub struct BackupRequest {
    /// The engine of its ship.
    pub engine: Arc<dyn Engine>,
    /// Who asks for it.
    pub me: Arc<Owner>,
    /// The volume, or directory of the ship. It exists.
    pub mount: CarrierMount,
    /// What is written about it.
    pub header: BackupHeader,
    /// Where it is written.
    pub target: BackupTarget,
    /// Turns true when the user interrupts.
    pub interrupted: watch::Receiver<bool>,
}

/// Where a backup is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupTarget {
    /// A file, which has this name only once it is complete: until then `.part` follows.
    File(PathBuf),
    /// Standard output.
    Output,
}

/// A backup that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupMade {
    /// What it holds.
    pub content: BackupContent,
    /// How many bytes the backup has.
    pub length: u64,
}

/// Makes a backup.
///
/// # Errors
/// Why there is none. Nothing is left of it then, but what was written to standard output.
pub async fn backup(request: BackupRequest, tell: &TellAmount<'_>) -> Result<BackupMade, ArchiveFault> {
    let carrier = Created::new(&request.engine, &request.me, request.mount.clone()).await?;
    let made = read(&request, &carrier, tell).await;
    carrier.remove().await;
    made
}

async fn read(
    request: &BackupRequest,
    carrier: &Created,
    tell: &TellAmount<'_>,
) -> Result<BackupMade, ArchiveFault> {
    let engine = &request.engine;
    let pieces = engine.read_archive(&carrier.id, carrier::PATH).await.map_err(fault)?;
    let (sender, receiver) = pipe();
    let (target, header) = (request.target.clone(), request.header.clone());
    let writing = tokio::task::spawn_blocking(move || write(&target, &header, receiver));
    let interrupted = request.interrupted.clone();
    let copied = async {
        let total = LateSize::default();
        let told = |bytes| tell(CopyAmount { bytes, total: total.get() });
        let passing = pass_on(pieces, interrupted, &told, &sender);
        let (scan, is_taken) = match &request.mount {
            CarrierMount::Volume(volume) => total.beside((&**engine, volume), passing).await?,
            CarrierMount::Directory(_) => passing.await?,
        };
        if is_taken {
            let content = BackupContent { files: scan.files(), bytes: scan.bytes() };
            sender.send(ToWrite::End(content)).await.ok();
        }
        Ok::<(), ArchiveFault>(())
    }
    .await;
    // The thread ends with the pipe.
    drop(sender);
    let written = writing
        .await
        .map_err(|error| ArchiveFault::File { path: name(&request.target), words: error.to_string() })?;
    copied?;
    written
}

/// What the thread that writes is told.
enum ToWrite {
    Piece(Vec<u8>),
    End(BackupContent),
}

impl From<Vec<u8>> for ToWrite {
    fn from(piece: Vec<u8>) -> Self {
        Self::Piece(piece)
    }
}

/// Writes what comes. What ends without an end leaves no file.
fn write(
    target: &BackupTarget,
    header: &BackupHeader,
    pieces: Receiver<ToWrite>,
) -> Result<BackupMade, ArchiveFault> {
    match target {
        BackupTarget::Output => write_to(io::stdout().lock(), header, pieces)
            .map(|(_, made)| made)
            .map_err(failed(Path::new("-"))),
        BackupTarget::File(path) => {
            let part = part_of(path);
            let done = File::create(&part)
                .and_then(|file| write_to(BufWriter::with_capacity(BUFFER, file), header, pieces))
                .and_then(|(out, made)| {
                    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                    std::fs::rename(&part, path)?;
                    Ok(made)
                });
            if done.is_err() {
                std::fs::remove_file(&part).ok();
            }
            done.map_err(failed(&part))
        }
    }
}

/// The name of a file that is not complete.
fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

fn name(target: &BackupTarget) -> String {
    match target {
        BackupTarget::Output => "-".to_owned(),
        BackupTarget::File(path) => path.display().to_string(),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ArchiveFault {
    let path = path.display().to_string();
    move |error| ArchiveFault::File { path, words: error.to_string() }
}

fn write_to<W: Write>(
    out: W,
    header: &BackupHeader,
    mut pieces: Receiver<ToWrite>,
) -> io::Result<(W, BackupMade)> {
    let mut writer = BackupWriter::new(out, header)?;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            ToWrite::Piece(bytes) => writer.write(&bytes)?,
            ToWrite::End(content) => {
                let (out, length) = writer.finish(content)?;
                return Ok((out, BackupMade { content, length }));
            }
        }
    }
    Err(io::ErrorKind::BrokenPipe.into())
}
