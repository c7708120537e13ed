//! Sends an image to some engines at once: it is read once, and whoever is slow keeps the others waiting, so that memory
//! does not grow.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{StreamExt as _, future::join_all};
use tokio::sync::mpsc::{Receiver, Sender};

use super::{
    CarryNews, CarryRequest, Target, TellCarry,
    layers::LayerFiles,
    not_loaded,
    parts::{Part, Parts},
    unreadable,
};
use crate::archives::pipe::{Piece, archive, pipe};
use maestro_core::fault::{ArchiveFault, CarryFault};
use maestro_engine::{ArchiveBytes, EngineError, StoredImage};

/// A longer description of a directory is not looked at.
const LONGEST_DESCRIPTION: u64 = 1024 * 1024;

/// Sends the image to these targets, and tells of each. Those that refused an archive that lacked layers are handed back and
/// not told of.
pub(super) async fn send<'a>(
    request: &CarryRequest,
    image: &StoredImage,
    targets: Vec<Target<'a>>,
    tell: &TellCarry<'_>,
) -> Vec<Target<'a>> {
    if targets.is_empty() {
        return targets;
    }
    let end = |target: &Target<'_>, result| tell(target.number, CarryNews::Ended(result));
    let pieces = match request.from.save_image(&image.id).await {
        Ok(pieces) => pieces,
        Err(error) => {
            for target in &targets {
                end(target, Err(unreadable(&error)));
            }
            return Vec::new();
        }
    };
    // Why what is read broke off: what the targets say of it is of no interest then.
    let broken = Mutex::new(None);
    let pipes = targets.iter().map(|_| pipe::<Piece>());
    let (senders, receivers): (Vec<_>, Vec<_>) = pipes.unzip();
    let sent: Vec<AtomicU64> = targets.iter().map(|_| AtomicU64::new(0)).collect();
    let mut reader = Reader::new(image, &targets, senders, &sent, tell);
    let reading = async {
        let read = reader.read(pieces).await;
        *broken.lock().unwrap_or_else(PoisonError::into_inner) = read.err();
        reader.finish().await;
    };
    let loads = targets.iter().zip(receivers).zip(&sent).map(|((target, receiver), sent)| {
        let broken = &broken;
        async move {
            let loaded = load(target, image, &request.reference, receiver).await;
            let fault = broken.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match loaded {
                Ok(()) => end(target, Ok(sent.load(Ordering::Relaxed))),
                Err(NotLoaded::Refused(_)) if fault.is_none() && target.known.is_any() => return true,
                Err(NotLoaded::Refused(own) | NotLoaded::Failed(own)) => {
                    end(target, Err(fault.unwrap_or(own)));
                }
            }
            false
        }
    });
    let ((), again) = tokio::join!(reading, join_all(loads));
    let again = targets.into_iter().zip(again).filter(|(_, again)| *again);
    again.map(|(target, _)| target).collect()
}

/// Why a target has not loaded an image.
enum NotLoaded {
    /// It refused what it got, and has room.
    Refused(CarryFault),
    /// Anything else.
    Failed(CarryFault),
}

/// Loads the image of an archive, looks at it and gives it its reference.
async fn load(
    target: &Target<'_>,
    image: &StoredImage,
    reference: &str,
    receiver: Receiver<Piece>,
) -> Result<(), NotLoaded> {
    let engine = target.engine;
    let failed = |error: EngineError| NotLoaded::Failed(not_loaded(&error));
    let loaded = engine.load_image(archive(receiver)).await.map_err(|error| match not_loaded(&error) {
        fault @ CarryFault::Load(_) if matches!(error, EngineError::Refused(_)) => NotLoaded::Refused(fault),
        fault => NotLoaded::Failed(fault),
    })?;
    let id = loaded.as_ref().unwrap_or(&image.id);
    let found = engine.stored_image(id).await.map_err(failed)?;
    let is_it = |found: &StoredImage| {
        let is_same = if target.has_same_ids { found.id == image.id } else { found.is_same(image) };
        is_same && found.layers == image.layers
    };
    if let Some(found) = found.as_ref().filter(|found| is_it(found)) {
        return engine.tag_image(&found.id, reference).await.map_err(failed);
    }
    if let Some(half) = found.as_ref().filter(|found| !found.has_layers()) {
        // It has no reference; if it stays, nothing is started from it.
        engine.remove_image(&half.id).await.ok();
    }
    let loaded = found.map(|found| found.id);
    Err(NotLoaded::Refused(CarryFault::Differs { sent: image.id.clone(), loaded }))
}

/// Reads an archive and passes on to each target what it lacks.
struct Reader<'a, 't> {
    targets: &'a [Target<'t>],
    /// None for a target that takes no more.
    senders: Vec<Option<Sender<Piece>>>,
    /// Bytes for each target.
    sent: &'a [AtomicU64],
    tell: &'a TellCarry<'a>,
    parts: Parts,
    files: LayerFiles,
    /// The targets that have the file that comes now.
    left_out: Vec<bool>,
    /// A description that comes now: its directory, its size and its bytes.
    description: Option<(String, usize, Vec<u8>)>,
}

impl<'a, 't> Reader<'a, 't> {
    fn new(
        image: &StoredImage,
        targets: &'a [Target<'t>],
        senders: Vec<Sender<Piece>>,
        sent: &'a [AtomicU64],
        tell: &'a TellCarry<'a>,
    ) -> Self {
        Self {
            targets,
            senders: senders.into_iter().map(Some).collect(),
            sent,
            tell,
            parts: Parts::default(),
            files: LayerFiles::of(image),
            left_out: vec![false; targets.len()],
            description: None,
        }
    }

    /// Reads to the end of the archive. An engine that fails while it reads ends its answer as usual.
    async fn read(&mut self, mut pieces: ArchiveBytes) -> Result<(), CarryFault> {
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| unreadable(&error))?;
            let mut outs = vec![Vec::new(); self.targets.len()];
            for part in self.parts.feed(&piece)? {
                self.take(&part);
                let (Part::File { header: bytes, .. } | Part::Content(bytes) | Part::End(bytes)) = &part;
                for (out, _) in outs.iter_mut().zip(&self.left_out).filter(|(_, left_out)| !**left_out) {
                    out.extend_from_slice(bytes);
                }
            }
            self.pass_on(outs).await;
            if self.senders.iter().all(Option::is_none) {
                return Ok(());
            }
        }
        if self.parts.is_complete() { Ok(()) } else { Err(CarryFault::Read(ArchiveFault::CutOff)) }
    }

    fn take(&mut self, part: &Part) {
        if let Part::Content(bytes) = part {
            if let Some((_, _, description)) = &mut self.description {
                description.extend_from_slice(bytes);
            }
            return;
        }
        if let Some((directory, size, description)) = self.description.take() {
            self.files.learn(&directory, description.get(..size).unwrap_or_default());
        }
        let Part::File { name, size, .. } = part else {
            self.left_out.fill(false);
            return;
        };
        let file = self.files.layer(name);
        for (left_out, target) in self.left_out.iter_mut().zip(self.targets) {
            *left_out = file.is_some_and(|file| target.known.has(file));
        }
        let described = LayerFiles::described(name).filter(|_| *size <= LONGEST_DESCRIPTION);
        self.description = described
            .map(|directory| (directory.to_owned(), usize::try_from(*size).unwrap_or_default(), Vec::new()));
    }

    async fn pass_on(&mut self, outs: Vec<Vec<u8>>) {
        let each = self.senders.iter_mut().zip(self.sent).zip(self.targets).zip(outs);
        for (((sender, sent), target), out) in each.filter(|(_, out)| !out.is_empty()) {
            let Some(to) = sender else { continue };
            let bytes = out.len() as u64;
            if to.send(Some(Ok(out))).await.is_err() {
                // It says itself why it takes no more.
                *sender = None;
                continue;
            }
            let all = sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
            (self.tell)(target.number, CarryNews::Sent(all));
        }
    }

    /// Ends all archives: well if this one was read to its end, otherwise as broken off.
    async fn finish(&mut self) {
        for sender in std::mem::take(&mut self.senders).into_iter().flatten() {
            if self.parts.is_complete() {
                sender.send(None).await.ok();
            }
        }
    }
}
