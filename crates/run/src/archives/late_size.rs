//! A size that an engine is asked for while files are copied: it reads the sizes of all files of all volumes for it, so no
//! copy waits for the answer.

use std::sync::{Mutex, PoisonError};

use maestro_engine::Engine;

/// How many bytes the files of a volume have, once the engine has said it.
#[derive(Default)]
pub(super) struct LateSize(Mutex<Option<u64>>);

impl LateSize {
    /// The size, if it is known.
    pub(super) fn get(&self) -> Option<u64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what is known now.
    pub(super) fn set(&self, size: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(size);
    }

    /// Does `work`, and meanwhile asks how large the volume is. An engine that does not know it is not asked again.
    pub(super) async fn beside<T>(
        &self,
        (engine, volume): (&dyn Engine, &str),
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            sizes = engine.volume_sizes() => {
                if let Some(&size) = sizes.ok().as_ref().and_then(|sizes| sizes.get(volume))
                    && self.get().is_none()
                {
                    self.set(size);
                }
            }
        }
        work.await
    }
}
