//! Between tasks and a thread that reads or writes files: a few pieces wait, then the faster side does.

use std::io::{self, Read, Write};

use futures_util::{StreamExt as _, stream};
use tokio::sync::{
    mpsc::{self, Receiver, Sender},
    watch,
};

use super::{TarScan, fault};
use maestro_core::fault::ArchiveFault;
use maestro_engine::{ArchiveBytes, ArchiveInput};

/// How many pieces wait at most.
const PIECES: usize = 8;
/// How many bytes a piece has that a thread writes.
const PIECE: usize = 64 * 1024;

/// A piece of an archive; none is its end, without which it was broken off.
pub(crate) type Piece = Option<io::Result<Vec<u8>>>;

/// A pipe of pieces.
pub(crate) fn pipe<T>() -> (Sender<T>, Receiver<T>) {
    mpsc::channel(PIECES)
}

/// Passes on what is read of an archive, until all of it came, nobody takes more or the user interrupts. Tells what came, and
/// whether all was taken: whoever did not take it says why. `tell` hears how many bytes of files came so far.
pub(crate) async fn pass_on<T: From<Vec<u8>>>(
    mut pieces: ArchiveBytes,
    mut interrupted: watch::Receiver<bool>,
    tell: &(dyn Fn(u64) + Send + Sync),
    sender: &Sender<T>,
) -> Result<(TarScan, bool), ArchiveFault> {
    let mut scan = TarScan::default();
    loop {
        let piece = tokio::select! {
            biased;
            Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => return Err(ArchiveFault::Interrupted),
            piece = pieces.next() => piece,
        };
        let Some(piece) = piece else { break };
        let piece = piece.map_err(fault)?;
        scan.feed(&piece)?;
        tell(scan.content());
        if sender.send(piece.into()).await.is_err() {
            return Ok((scan, false));
        }
    }
    if scan.is_complete() { Ok((scan, true)) } else { Err(ArchiveFault::CutOff) }
}

/// What comes out of a pipe as an archive.
pub(crate) fn archive(pieces: Receiver<Piece>) -> ArchiveInput {
    stream::unfold(Some(pieces), |pieces| async move {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            Some(None) => None,
            None => Some((Err(io::ErrorKind::BrokenPipe.into()), None)),
        }
    })
    .boxed()
}

/// Reads what comes out of a pipe, in a thread.
pub(crate) struct PieceReader {
    pieces: Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
}

impl PieceReader {
    pub(crate) fn new(pieces: Receiver<Vec<u8>>) -> Self {
        Self { pieces, piece: io::Cursor::default() }
    }

    /// Takes what is left: whoever writes is not told that nobody reads.
    pub(crate) fn drain(mut self) {
        while self.pieces.blocking_recv().is_some() {}
    }
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = io::Cursor::new(piece),
                None => return Ok(0),
            }
        }
    }
}

/// Writes into a pipe, in a thread.
pub(crate) struct PieceWriter {
    pieces: Sender<Piece>,
    piece: Vec<u8>,
}

impl PieceWriter {
    pub(crate) fn new(pieces: Sender<Piece>) -> Self {
        Self { pieces, piece: Vec::new() }
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        // Nobody takes it any more.
        self.pieces.blocking_send(piece).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Ends the archive: well, or broken off.
    pub(crate) fn end(mut self, written: &io::Result<()>) {
        let end = match written {
            Ok(()) => self.flush().and_then(|()| self.send(None)),
            Err(error) => self.send(Some(Err(io::Error::other(error.to_string())))),
        };
        // If nobody takes it, whoever took the rest says why.
        end.ok();
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        self.send(Some(Ok(piece)))
    }
}
