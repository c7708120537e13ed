//! Builds images: the context is packed while the engine takes it.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::Arc,
};

use tokio::sync::watch;

use crate::archives::pipe::{self, PieceWriter};
use maestro_core::{
    fault::BuildFault,
    model::{container::tagged_image, image_build::LABEL_BUILD},
};
use maestro_engine::{BuildError, BuildNews, BuildRequest, Builds, Engine, EngineError};

/// How many lines of a step's output are kept for its failure.
const LAST_LINES: usize = 20;

/// Writes the context as an archive, in a thread of its own.
pub type Pack = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// What an engine has of an image that is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildState {
    /// The image as it is to be: built of the same files in the same way.
    Unchanged,
    /// Another image by the name.
    Changed,
    /// No image by the name.
    Missing,
}

/// What the engine has of the image.
///
/// # Errors
/// If the engine cannot be asked.
pub async fn state(engine: &dyn Engine, request: &BuildRequest) -> Result<BuildState, EngineError> {
    let image = engine.image_defaults(&tagged_image(&request.build.image)).await?;
    Ok(match image {
        None => BuildState::Missing,
        Some(image) if image.labels.get(LABEL_BUILD) == Some(&request.digest) => BuildState::Unchanged,
        Some(_) => BuildState::Changed,
    })
}

/// Builds an image and tells what the builder says: the image's id.
///
/// # Errors
/// Why it was not built. The references lead to what they led to before.
pub async fn build(
    builder: Arc<dyn Builds>,
    request: BuildRequest,
    pack: Pack,
    mut interrupted: watch::Receiver<bool>,
    tell: &(dyn Fn(BuildNews) + Sync),
) -> Result<String, BuildFault> {
    let (sender, receiver) = pipe::pipe();
    let packing = tokio::task::spawn_blocking(move || {
        let mut writer = PieceWriter::new(sender);
        let packed = pack(&mut writer);
        writer.end(&packed);
        packed
    });
    let mut step = Step::default();
    let mut progress = |news: BuildNews| {
        step.take(&news);
        tell(news);
    };
    let built = tokio::select! {
        biased;
        Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => return Err(BuildFault::Interrupted),
        built = builder.build(&request, pipe::archive(receiver), &mut progress) => built,
    };
    // The thread ends with the pipe.
    let packed = packing.await.unwrap_or_else(|error| Err(io::Error::other(error.to_string())));
    match (built, packed) {
        (Ok(id), _) => Ok(id),
        // Whoever breaks a pipe off says why.
        (Err(_), Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(BuildFault::Context(error.to_string()))
        }
        (Err(BuildError::Failed { words, code, line: None, output }), _) if output.is_empty() => {
            Err(step.failed(words, code))
        }
        // Steps that run beside one another have no number that counts all.
        (Err(BuildError::Failed { words, code, line, output }), _) => {
            Err(BuildFault::Step { number: None, line, words, code, output })
        }
        (Err(BuildError::Buildx(fault)), _) => Err(BuildFault::Buildx(fault)),
        (Err(BuildError::Engine(error)), _) => Err(BuildFault::Engine(error.fault().clone())),
    }
}

/// The step that a build is at.
#[derive(Default)]
struct Step {
    number: Option<usize>,
    output: VecDeque<String>,
}

impl Step {
    fn take(&mut self, news: &BuildNews) {
        match news {
            BuildNews::Step { number, .. } => {
                self.number = Some(*number);
                self.output.clear();
            }
            BuildNews::Output(line) => {
                if self.output.len() == LAST_LINES {
                    self.output.pop_front();
                }
                self.output.push_back(line.clone());
            }
            BuildNews::Cached | BuildNews::Pulling(_) => {}
        }
    }

    fn failed(self, words: String, code: Option<i64>) -> BuildFault {
        BuildFault::Step { number: self.number, line: None, words, code, output: self.output.into() }
    }
}
