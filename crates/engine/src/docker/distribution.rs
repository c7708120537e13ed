//! What a registry has of an image, as an engine asks it.

use http::Method;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Docker,
    error::{Asked, Failure, silent},
    pull::{authorized, refused},
    wire::segment,
};
use crate::pull::{PullError, RemoteImage};
use maestro_core::{
    model::{container::tagged_image, registry::RegistryLogin},
    value::{platform, shortened},
};

/// How many characters are kept of a digest.
const LONGEST_DIGEST: usize = 200;
/// How many characters are kept of a platform's words.
const LONGEST_WORD: usize = 40;
/// How many platforms are kept.
const MOST_PLATFORMS: usize = 100;
/// How an image calls the platform of what is no program, like a list of what it was built of.
const UNKNOWN: &str = "unknown";

/// Asks the registry for the image's description, as a fetch would begin.
pub(super) async fn remote_image(
    engine: &Docker,
    image: &str,
    login: Option<&RegistryLogin>,
) -> Result<RemoteImage, PullError> {
    engine.agree(engine.timeout).await?;
    let path = format!("/distribution/{}/json", segment(&tagged_image(image)));
    let asked = async { engine.wire.ask::<ToldRemote>(authorized(&path, Method::GET, image, login)?).await };
    match timeout(engine.timeout, asked).await {
        Ok(Ok(told)) => Ok(RemoteImage::from(told)),
        // What does not know the question says 404 as well as a registry: only its words tell.
        Ok(Err(Failure::Answered { status: 404, words })) => Err(refused(500, words, login)),
        Ok(Err(Failure::Answered { status, words })) => Err(refused(status, words, login)),
        Ok(Err(failure)) => Err(failure.told(Asked::Reading, &engine.wire.address).into()),
        Err(_) => Err(silent(Asked::Reading, &engine.wire.address, engine.timeout).into()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldRemote {
    descriptor: ToldDescriptor,
    #[serde(default)]
    platforms: Option<Vec<ToldPlatform>>,
}

#[derive(Deserialize)]
struct ToldDescriptor {
    digest: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldPlatform {
    os: String,
    architecture: String,
    variant: String,
}

impl From<ToldRemote> for RemoteImage {
    fn from(ToldRemote { descriptor, platforms }: ToldRemote) -> Self {
        let cut = |text: &str| shortened(text, LONGEST_WORD).into_owned();
        let platforms = platforms.into_iter().flatten().take(MOST_PLATFORMS);
        let platforms = platforms
            .filter(|one| !one.architecture.is_empty() && one.architecture != UNKNOWN)
            .map(|one| platform::of_image(&cut(&one.os), &cut(&one.architecture), &cut(&one.variant)));
        Self {
            digest: shortened(&descriptor.digest, LONGEST_DIGEST).into_owned(),
            platforms: platforms.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_program_is_no_platform() {
        let told = r#"{"Descriptor":{"mediaType":"x","digest":"sha256:0","size":1},"Platforms":[
            {"architecture":"amd64","os":"linux"},{"architecture":"arm64","os":"linux","variant":"v8"},
            {"architecture":"unknown","os":"unknown"},{"architecture":"","os":""}]}"#;
        let remote = RemoteImage::from(serde_json::from_str::<ToldRemote>(told).unwrap());
        let platforms = vec!["linux/amd64".to_owned(), "linux/arm64/v8".to_owned()];
        assert_eq!(remote, RemoteImage { digest: "sha256:0".to_owned(), platforms });
        let bare = r#"{"Descriptor":{"digest":"sha256:0"},"Platforms":null}"#;
        assert!(RemoteImage::from(serde_json::from_str::<ToldRemote>(bare).unwrap()).platforms.is_empty());
    }
}
