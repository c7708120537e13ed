//! Carries an image from one engine to others, without a registry: `docker save` of one is `docker load` of the others. The
//! archive passes through this machine once, whatever the number of targets; the files of layers that a target has are
//! left out on the way to it. What was loaded is looked at before it gets its name.

mod layers;
mod parts;
mod send;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::future::join_all;

pub use layers::KnownLayers;
use maestro_core::fault::{ArchiveFault, CarryFault, EngineFault};
use maestro_engine::{Engine, EngineError, StoredImage};

/// What engines say when their disk is full.
const NO_ROOM: &str = "no space left on device";

/// An image, and where it goes.
pub struct CarryRequest {
    /// The engine that has it.
    pub from: Arc<dyn Engine>,
    /// Its id there.
    pub id: String,
    /// The reference that it gets.
    pub reference: String,
    /// The engines that get it.
    pub to: Vec<Arc<dyn Engine>>,
}

/// What is told of a target while an image is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarryNews {
    /// So many bytes were sent to it.
    Sent(u64),
    /// It has the image, and so many bytes were sent for that; or why it has not. The last that is told of it.
    Ended(Result<u64, CarryFault>),
}

/// Told with the number of the target.
pub type TellCarry<'a> = dyn Fn(usize, CarryNews) + Send + Sync + 'a;

/// A target that lacks the image.
struct Target<'a> {
    number: usize,
    engine: &'a dyn Engine,
    known: KnownLayers,
    /// Whether the engine gives the image the same id as the source.
    has_same_ids: bool,
}

/// Carries an image. Each target is told about once it has the image or cannot get it; the others go on.
pub async fn carry(request: &CarryRequest, tell: &TellCarry<'_>) {
    let fail_all = |fault: &CarryFault| {
        for number in 0..request.to.len() {
            tell(number, CarryNews::Ended(Err(fault.clone())));
        }
    };
    let source = async {
        let image = request.from.stored_image(&request.id).await?;
        Ok((image.filter(StoredImage::has_layers), request.from.image_store().await?))
    };
    let (image, store) = match source.await {
        Ok((Some(image), store)) => (image, store),
        Ok((None, _)) => return fail_all(&CarryFault::Gone),
        Err(error) => return fail_all(&unreadable(&error)),
    };
    let prepared = request
        .to
        .iter()
        .enumerate()
        .map(|(number, engine)| prepare(request, &image, store.is_containerd, number, &**engine));
    let mut targets = Vec::new();
    for (number, prepared) in join_all(prepared).await.into_iter().enumerate() {
        match prepared {
            Ok(Some(target)) => targets.push(target),
            Ok(None) => tell(number, CarryNews::Ended(Ok(0))),
            Err(fault) => tell(number, CarryNews::Ended(Err(fault))),
        }
    }
    let refused = send::send(request, &image, targets, tell).await;
    // What was taken for known is not there in the form that it was left out in, or was removed meanwhile.
    let whole = refused.into_iter().map(|target| Target { known: KnownLayers::default(), ..target });
    send::send(request, &image, whole.collect(), tell).await;
}

/// Finds out what a target lacks; none if it has the image, which then has its reference.
async fn prepare<'a>(
    request: &CarryRequest,
    image: &StoredImage,
    is_containerd: bool,
    number: usize,
    engine: &'a dyn Engine,
) -> Result<Option<Target<'a>>, CarryFault> {
    for name in [&request.reference, &image.id] {
        let there = engine.stored_image(name).await.map_err(|error| not_loaded(&error))?;
        if let Some(there) = there.filter(|there| there.is_same(image) && there.layers == image.layers) {
            let tagged = engine.tag_image(&there.id, &request.reference).await;
            return tagged.map(|()| None).map_err(|error| not_loaded(&error));
        }
    }
    let store = engine.image_store().await.map_err(|error| not_loaded(&error))?;
    let layers = engine.image_layers().await.map_err(|error| not_loaded(&error))?;
    Ok(Some(Target {
        number,
        engine,
        known: KnownLayers::of(image, &store, &layers),
        has_same_ids: store.is_containerd == is_containerd,
    }))
}

/// Why an image cannot be read.
fn unreadable(error: &EngineError) -> CarryFault {
    match error {
        EngineError::NotFound(_) => CarryFault::Gone,
        EngineError::Unreachable(fault)
        | EngineError::ResponseLost(fault)
        | EngineError::Conflict(fault)
        | EngineError::Refused(fault) => CarryFault::Read(ArchiveFault::Engine(fault.clone())),
    }
}

/// Why an image was not loaded.
fn not_loaded(error: &EngineError) -> CarryFault {
    match error.fault() {
        fault @ EngineFault::Words(words) if words.contains(NO_ROOM) => CarryFault::NoRoom(fault.clone()),
        fault => CarryFault::Load(fault.clone()),
    }
}
