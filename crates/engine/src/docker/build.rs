//! Building an image: the request, and the stream of what the builder says.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use http::{HeaderValue, Method, Request, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, json};

use super::{
    Docker,
    error::{Asked, Failure},
    json_lines::Lines,
    layers::{Layers, Message},
    pull::{proof, server_of},
    upload,
    wire::{segment, uri},
};
use crate::{
    ArchiveInput,
    builds::{BuildError, BuildNews, BuildRequest},
    transport::Body,
};
use maestro_core::{
    fault::{ConnectionFault, EngineFault, LostAnswer},
    model::{container::tagged_image, image_build::LABEL_BUILD},
};

/// What comes before an image's id, where an engine does not tell it as data.
const BUILT: &str = "Successfully built ";
/// What a step says whose layer is there.
const CACHED: &str = " ---> Using cache";

/// A message of the builder.
#[derive(Deserialize)]
struct BuildMessage {
    /// Its output, in pieces that may end anywhere.
    stream: Option<String>,
    aux: Option<BuiltImage>,
    #[serde(flatten)]
    fetched: Message,
    #[serde(default, rename = "errorDetail")]
    trouble: Option<BuildTrouble>,
}

#[derive(Deserialize)]
struct BuiltImage {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Deserialize)]
struct BuildTrouble {
    code: Option<i64>,
    message: Option<String>,
}

pub(super) async fn build(
    docker: &Docker,
    request: &BuildRequest,
    context: ArchiveInput,
    progress: &mut (dyn FnMut(BuildNews) + Send),
) -> Result<String, BuildError> {
    docker.agree(docker.timeout).await?;
    let told = |failure: Failure| BuildError::Engine(failure.told(Asked::Changing, &docker.wire.address));
    let (body, taken) = upload::body(context);
    let message = message(request, body).map_err(told)?;
    let answer = taken.watch(docker, upload::SHORTEST_PATIENCE, docker.wire.post_archive(message)).await?;
    let mut lines = Lines::<BuildMessage>::new(answer.into_body());
    let (mut output, mut layers, mut id) = (Output::default(), Layers::default(), None);
    // A command of a Dockerfile may be silent for long, so no clock runs.
    while let Some(message) = lines.next().await.map_err(told)? {
        if let Some(words) = message.fetched.error {
            output.end(progress);
            let trouble = message.trouble;
            let code = trouble.as_ref().and_then(|trouble| trouble.code).filter(|code| *code != 0);
            let words = trouble.and_then(|trouble| trouble.message).unwrap_or(words);
            return Err(BuildError::Failed { words, code, line: None, output: Vec::new() });
        }
        if let Some(text) = &message.stream {
            output.take(text, progress);
        } else if layers.take(&message.fetched)
            && let Some(amount) = layers.news()
        {
            progress(BuildNews::Pulling(amount));
        }
        id = message.aux.and_then(|image| image.id).or(id);
    }
    output.end(progress);
    id.or(output.id).ok_or_else(|| {
        let (address, cause) = (docker.wire.address.clone(), LostAnswer::BuildEnded);
        BuildError::Engine(crate::EngineError::ResponseLost(EngineFault::Lost { address, cause }))
    })
}

/// The output of a builder, in lines.
#[derive(Default)]
struct Output {
    rest: String,
    /// The image's id, as the last line says it.
    id: Option<String>,
}

impl Output {
    fn take(&mut self, text: &str, progress: &mut (dyn FnMut(BuildNews) + Send)) {
        self.rest += text;
        while let Some(end) = self.rest.find('\n') {
            let line: String = self.rest.drain(..=end).collect();
            self.line(line.trim_end(), progress);
        }
    }

    fn end(&mut self, progress: &mut (dyn FnMut(BuildNews) + Send)) {
        let rest = std::mem::take(&mut self.rest);
        self.line(rest.trim_end(), progress);
    }

    fn line(&mut self, line: &str, progress: &mut (dyn FnMut(BuildNews) + Send)) {
        if let Some(id) = line.strip_prefix(BUILT) {
            self.id = Some(id.to_owned());
        } else if let Some(step) = step(line) {
            if !matches!(step, BuildNews::Step { number, of, .. } if number > of) {
                progress(step);
            }
        } else if line == CACHED {
            progress(BuildNews::Cached);
        } else if !line.is_empty() && !is_bookkeeping(line) {
            progress(BuildNews::Output(line.to_owned()));
        }
    }
}

/// `Step 2/5 : RUN make`. The last one is none of the Dockerfile's: it gives the image its labels.
fn step(line: &str) -> Option<BuildNews> {
    let (numbers, instruction) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, of) = numbers.split_once('/')?;
    let (number, of): (usize, usize) = (number.parse().ok()?, of.parse().ok()?);
    Some(BuildNews::Step { number, of: of.saturating_sub(1), instruction: instruction.to_owned() })
}

/// Whether a line only names layers and containers in between.
fn is_bookkeeping(line: &str) -> bool {
    [" ---> ", "Removing intermediate container ", "Successfully tagged "]
        .iter()
        .any(|start| line.starts_with(start))
}

fn message(request: &BuildRequest, body: Body) -> Result<Request<Body>, Failure> {
    let mut message = Request::new(body);
    *message.method_mut() = Method::POST;
    *message.uri_mut() = uri(&path(request))?;
    message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    if !request.logins.is_empty() {
        let logins = request.logins.iter().map(|(registry, login)| {
            let server = server_of(registry);
            (server.to_owned(), proof(server, login))
        });
        let logins = serde_json::Value::Object(logins.collect::<Map<_, _>>());
        // It is base64, which a header always takes.
        let mut value = HeaderValue::try_from(URL_SAFE.encode(logins.to_string()))
            .map_err(|_| Failure::NotConnected(ConnectionFault::InvalidLogin))?;
        value.set_sensitive(true);
        message.headers_mut().insert("x-registry-config", value);
    }
    Ok(message)
}

/// The path of the request, with all that the builder is told.
fn path(request: &BuildRequest) -> String {
    let (build, settings) = (&request.build, &request.build.settings);
    let mut labels = settings.labels.clone();
    labels.insert(LABEL_BUILD.to_owned(), request.digest.clone());
    let mut query = vec![
        ("dockerfile", request.dockerfile.clone()),
        ("buildargs", json!(settings.arguments).to_string()),
        ("labels", json!(labels).to_string()),
        ("rm", "1".to_owned()),
        ("forcerm", "1".to_owned()),
    ];
    query.push(("t", tagged_image(&build.image)));
    query.extend(build.tags.iter().map(|tag| ("t", tagged_image(tag))));
    query.extend(settings.target.iter().map(|target| ("target", target.clone())));
    query.extend(settings.network.iter().map(|network| ("networkmode", network.clone())));
    query.extend(settings.extra_hosts.iter().map(|host| ("extrahosts", host.clone())));
    query.extend(settings.shm_size.iter().map(|bytes| ("shmsize", bytes.to_string())));
    query.extend(settings.platform.iter().map(|platform| ("platform", platform.clone())));
    if !build.cache_from.is_empty() {
        query.push(("cachefrom", json!(build.cache_from).to_string()));
    }
    if build.no_cache || request.no_cache {
        query.push(("nocache", "1".to_owned()));
    }
    if build.pull || request.pull {
        query.push(("pull", "1".to_owned()));
    }
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", segment(value))).collect();
    format!("/build?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(pieces: &[&str]) -> (Vec<BuildNews>, Option<String>) {
        let (mut output, mut news) = (Output::default(), Vec::new());
        for piece in pieces {
            output.take(piece, &mut |one| news.push(one));
        }
        output.end(&mut |one| news.push(one));
        (news, output.id)
    }

    #[test]
    fn what_a_builder_says_is_told_by_steps_and_lines() {
        let (said, id) = news(&[
            "Step 1/3 : FROM busybox",
            "\n",
            " ---> 0123456789ab\n",
            "Step 2/3 : RUN echo a && printf b\n ---> Using cache\n",
            " ---> Running in 0123\na\nb",
            "\nRemoving intermediate container 0123\n",
            "Step 3/3 : LABEL maestro.build=89ab\n ---> Running in 4567\n",
            "Successfully built 4567\nSuccessfully tagged shop-web:latest\n",
        ]);
        let step = |number, instruction: &str| BuildNews::Step {
            number,
            of: 2,
            instruction: instruction.to_owned(),
        };
        let line = |text: &str| BuildNews::Output(text.to_owned());
        assert_eq!(
            said,
            [
                step(1, "FROM busybox"),
                step(2, "RUN echo a && printf b"),
                BuildNews::Cached,
                line("a"),
                line("b"),
            ]
        );
        assert_eq!(id.as_deref(), Some("4567"));
    }
}
