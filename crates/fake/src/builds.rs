//! Builds of the engine in memory: an image's id is the digest of what it is built from.

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::{Fake, state::Inside};
use maestro_core::{
    model::{container::tagged_image, image_build::LABEL_BUILD},
    observed::description::ImageDefaults,
};
use maestro_engine::{ArchiveInput, BuildError, BuildNews, BuildRequest, Builds};

impl Fake {
    /// Lets the next build fail in its second step: with these words, and with the exit code of its command.
    pub fn fail_build(&self, words: &str, code: Option<i64>) {
        self.inside().build_failure = Some((words.to_owned(), code));
    }
}

#[async_trait]
impl Builds for Fake {
    async fn build(
        &self,
        request: &BuildRequest,
        mut context: ArchiveInput,
        progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError> {
        while let Some(piece) = context.next().await {
            if piece.is_err() {
                // The engine sees an archive that ends early.
                return Err(failed("unexpected EOF".to_owned(), None));
            }
        }
        progress(BuildNews::Step { number: 1, of: 2, instruction: "FROM scratch".to_owned() });
        progress(BuildNews::Step { number: 2, of: 2, instruction: "RUN make".to_owned() });
        progress(BuildNews::Output("making".to_owned()));
        let build = |inside: &mut Inside| {
            if let Some((words, code)) = inside.build_failure.take() {
                return Ok(Err(failed(words, code)));
            }
            let id = format!("sha256:{}", request.digest);
            let mut image =
                ImageDefaults { labels: request.build.settings.labels.clone(), ..ImageDefaults::default() };
            image.labels.insert(LABEL_BUILD.to_owned(), request.digest.clone());
            inside.defaults.insert(id.clone(), image);
            inside.images.insert(id.clone(), id.clone());
            for reference in std::iter::once(&request.build.image).chain(&request.build.tags) {
                inside.images.insert(tagged_image(reference), id.clone());
            }
            Ok(Ok(id))
        };
        self.call("build", &request.build.image, build).await?
    }
}

fn failed(words: String, code: Option<i64>) -> BuildError {
    BuildError::Failed { words, code, line: None, output: Vec::new() }
}
