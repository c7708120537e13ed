//! Copies files between containers and this machine, and from one container to another.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::PathBuf,
};

use tokio::{
    sync::{
        mpsc::{Receiver, Sender},
        watch,
    },
    task::JoinHandle,
};

pub use super::sides::Inside;
use super::{
    CopyAmount, TellAmount, fault,
    pack::{Packing, pack},
    pipe::{Piece, PieceReader, PieceWriter, archive, pass_on, pipe},
    rewrite::{Rewriting, rewrite},
    rules::{CopiedPath, CopyPlacement, PlaceKind, placement, trimmed},
    sides::{Found, found, local_fault, local_source, local_target, target},
    unpack::{Unpacking, unpack},
};
use maestro_core::fault::{ArchiveFault, TarFault};

/// How many bytes are read from standard input at once.
const PIECE: usize = 64 * 1024;

/// One side of a copy.
#[derive(Clone)]
pub enum Side {
    /// A path of a container.
    Inside(Inside),
    /// A path of this machine.
    Local(String),
    /// Standard input or output: a tar archive.
    Stream,
}

/// A copy. One of its sides is a container's.
pub struct CopyRequest {
    /// What is copied.
    pub from: Side,
    /// Where it is copied to.
    pub to: Side,
    /// Whether files keep their owners and all bits of their modes.
    pub keeps_owners: bool,
    /// Whether a symbolic link that `from` names stands for what it leads to.
    pub follows_link: bool,
    /// Turns true when the user interrupts.
    pub interrupted: watch::Receiver<bool>,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied {
    /// Bytes of the archive.
    pub bytes: u64,
    /// What was left out: devices, sockets and pipes. Untrusted.
    pub skipped: Vec<String>,
}

/// Copies.
///
/// # Errors
/// Why not all was copied. What was copied before stays.
pub async fn copy(request: CopyRequest, tell: &TellAmount<'_>) -> Result<Copied, ArchiveFault> {
    let CopyRequest { from, to, keeps_owners, follows_link, interrupted } = request;
    let run = Run { interrupted, keeps_owners, tell };
    match (from, to) {
        (Side::Inside(from), Side::Stream) => {
            let found = found(&from, follows_link).await?;
            run.to_output(&found).await
        }
        (Side::Inside(from), Side::Local(to)) => {
            let found = found(&from, follows_link).await?;
            let placed = placement(&found.source(), &to, local_target(&to)?)?;
            run.to_local(&found, placed).await
        }
        (Side::Inside(from), Side::Inside(to)) => {
            let found = found(&from, follows_link).await?;
            let (to, target) = target(&to).await?;
            let placed = placement(&found.source(), &to.path, target)?;
            run.to_other(&found, &to, placed).await
        }
        (Side::Local(from), Side::Inside(to)) => {
            let metadata = local_source(&from, follows_link)?;
            let (to, target) = target(&to).await?;
            let source = CopiedPath { path: &from, is_directory: metadata.is_dir() };
            let placed = placement(&source, &to.path, target)?;
            run.upload(&from, follows_link, &to, placed).await
        }
        (Side::Stream, Side::Inside(to)) => {
            let (to, target) = target(&to).await?;
            if target != PlaceKind::Directory {
                return Err(ArchiveFault::NoDirectory(to.path));
            }
            run.upload_input(&to).await
        }
        (Side::Local(path), Side::Local(_) | Side::Stream) | (Side::Stream, Side::Local(path)) => {
            Err(ArchiveFault::NoContainer(path))
        }
        (Side::Stream, Side::Stream) => Err(ArchiveFault::NoContainer("-".to_owned())),
    }
}

/// What all copies have.
struct Run<'a> {
    interrupted: watch::Receiver<bool>,
    keeps_owners: bool,
    tell: &'a TellAmount<'a>,
}

impl Run<'_> {
    /// Reads what was found and hands it to a thread, until all of it came or nobody takes more. Tells how many bytes.
    async fn read(&self, found: &Found, sender: Sender<Vec<u8>>) -> Result<u64, ArchiveFault> {
        let (path, _) = found.read();
        let Inside { engine, container, .. } = &found.inside;
        let pieces = engine.read_archive(container, &path).await.map_err(fault)?;
        let interrupted = self.interrupted.clone();
        let tell = |bytes| (self.tell)(CopyAmount { bytes, total: None });
        let (scan, _) = pass_on(pieces, interrupted, &tell, &sender).await?;
        Ok(scan.bytes())
    }

    async fn to_output(&self, found: &Found) -> Result<Copied, ArchiveFault> {
        let (sender, receiver) = pipe();
        let writing = tokio::task::spawn_blocking(move || {
            let mut out = io::stdout().lock();
            io::copy(&mut PieceReader::new(receiver), &mut out)
                .and_then(|_| out.flush())
                .map_err(local_fault("-"))
        });
        let read = self.read(found, sender).await;
        joined(writing).await?;
        Ok(Copied { bytes: read?, skipped: Vec::new() })
    }

    async fn to_local(&self, found: &Found, placed: CopyPlacement) -> Result<Copied, ArchiveFault> {
        let (sender, receiver) = pipe();
        let unpacking = Unpacking {
            directory: PathBuf::from(placed.directory),
            root: found.read().1,
            name: placed.name,
            keeps_owners: self.keeps_owners,
        };
        let writing = tokio::task::spawn_blocking(move || {
            let mut pieces = PieceReader::new(receiver);
            let skipped = unpack(&mut pieces, &unpacking)?;
            pieces.drain();
            Ok(skipped)
        });
        let read = self.read(found, sender).await;
        let written = joined(writing).await;
        // What broke off the reading is the cause of what the thread sees.
        match (read, written) {
            (Err(fault), _) => Err(fault),
            (Ok(bytes), written) => Ok(Copied { bytes, skipped: written? }),
        }
    }

    async fn to_other(
        &self,
        found: &Found,
        to: &Inside,
        placed: CopyPlacement,
    ) -> Result<Copied, ArchiveFault> {
        let (sender, receiver) = pipe();
        let (out, pieces) = pipe();
        let rewriting =
            Rewriting { root: found.read().1, name: placed.name, keeps_owners: self.keeps_owners };
        let rewriting = tokio::task::spawn_blocking(move || {
            let mut out = PieceWriter::new(out);
            let mut pieces = PieceReader::new(receiver);
            let rewritten = rewrite(&mut pieces, &mut out, &rewriting);
            pieces.drain();
            let end = match &rewritten {
                Ok(()) => Ok(()),
                Err(fault) => Err(io::Error::other(format!("{fault:?}"))),
            };
            out.end(&end);
            rewritten
        });
        let writing = to.engine.write_archive(&to.container, &placed.directory, archive(pieces));
        let mut writing = std::pin::pin!(writing);
        let mut read = std::pin::pin!(self.read(found, sender));
        let mut bytes = None;
        let written = loop {
            tokio::select! {
                biased;
                // Where reading fails, what is written must not end as if it were whole: it is given up here.
                done = &mut read, if bytes.is_none() => bytes = Some(done?),
                written = &mut writing => break written,
            }
        };
        let rewritten = joined(rewriting).await;
        match (rewritten, written) {
            (Err(fault), _) if !is_unheard(&fault) => Err(fault),
            (_, Err(error)) => Err(fault(error)),
            (_, Ok(())) => Ok(Copied { bytes: bytes.unwrap_or_default(), skipped: Vec::new() }),
        }
    }

    async fn upload(
        &self,
        from: &str,
        follows_link: bool,
        to: &Inside,
        placed: CopyPlacement,
    ) -> Result<Copied, ArchiveFault> {
        let followed = if follows_link { fs::canonicalize(from).ok() } else { None };
        let path = followed.unwrap_or_else(|| PathBuf::from(trimmed(from)));
        let (name, packing) = (placed.name.clone(), Packing { keeps_owners: self.keeps_owners });
        let about = from.to_owned();
        let (out, pieces) = pipe();
        let packing = tokio::task::spawn_blocking(move || {
            let mut out = PieceWriter::new(out);
            let packed = pack(&mut out, &path, name.as_deref(), packing);
            let end = match &packed {
                Ok(_) => Ok(()),
                Err(error) => Err(io::Error::other(error.to_string())),
            };
            out.end(&end);
            packed.map_err(local_fault(&about))
        });
        let (bytes, written) = self.write(to, &placed.directory, pieces).await;
        let packed = joined(packing).await;
        match (packed, written) {
            (_, Err(ArchiveFault::Interrupted)) => Err(ArchiveFault::Interrupted),
            (Err(fault), _) if !is_unheard(&fault) => Err(fault),
            (packed, written) => written.and(Ok(Copied { bytes, skipped: packed.unwrap_or_default() })),
        }
    }

    async fn upload_input(&self, to: &Inside) -> Result<Copied, ArchiveFault> {
        let (out, pieces) = pipe();
        // A thread that waits for input ends with the program.
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            let mut piece = vec![0; PIECE];
            loop {
                let next = match input.read(&mut piece) {
                    Ok(0) => None,
                    Ok(read) => Some(Ok(piece[..read].to_owned())),
                    Err(error) => Some(Err(error)),
                };
                let is_end = !matches!(next, Some(Ok(_)));
                if out.blocking_send(next).is_err() || is_end {
                    return;
                }
            }
        });
        let (bytes, written) = self.write(to, &to.path, pieces).await;
        written.and(Ok(Copied { bytes, skipped: Vec::new() }))
    }

    /// Hands what comes out of the pipe to the engine, until its end.
    async fn write(
        &self,
        to: &Inside,
        directory: &str,
        mut pieces: Receiver<Piece>,
    ) -> (u64, Result<(), ArchiveFault>) {
        let (sender, counted) = pipe();
        let mut interrupted = self.interrupted.clone();
        let mut bytes = 0;
        let passing = async {
            while let Some(piece) = pieces.recv().await {
                if let Some(Ok(piece)) = &piece {
                    bytes += piece.len() as u64;
                    (self.tell)(CopyAmount { bytes, total: None });
                }
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
            drop(pieces);
            std::future::pending::<()>().await;
        };
        let written = tokio::select! {
            biased;
            Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => Err(ArchiveFault::Interrupted),
            written = to.engine.write_archive(&to.container, directory, archive(counted)) => written.map_err(fault),
            () = passing => Ok(()),
        };
        (bytes, written)
    }
}

/// What a thread came to.
async fn joined<T>(thread: JoinHandle<Result<T, ArchiveFault>>) -> Result<T, ArchiveFault> {
    match thread.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(ArchiveFault::NotTar(TarFault::Words(error.to_string()))),
        },
    }
}

/// Whether a thread ended because nobody takes any more what it writes.
fn is_unheard(fault: &ArchiveFault) -> bool {
    let words = io::Error::from(io::ErrorKind::BrokenPipe).to_string();
    matches!(fault, ArchiveFault::File { words: said, .. } | ArchiveFault::NotTar(TarFault::Words(said)) if said.contains(&words))
}
