//! HTTP with one engine: one pooled client, the API version agreed on once, errors told apart.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::body::{Bytes, Incoming};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use super::error::Failure;
use crate::transport::{self, Body, Dial, HttpClient, Limits};
use maestro_core::{
    fault::{ConnectionFault, Greeting, LostAnswer, Malformed},
    model::ApiVersion,
    value::shortened,
};

/// The oldest API version that is spoken: Docker 20.10's newest.
pub(super) const OLDEST: ApiVersion = ApiVersion { major: 1, minor: 41 };
/// The newest API version that this program was made for.
pub(super) const NEWEST: ApiVersion = ApiVersion { major: 1, minor: 53 };
/// How many characters of a server's name are told.
const LONGEST_SERVER: usize = 60;
/// How many bytes of an engine's error are kept.
const WORDS_LIMIT: usize = 64 * 1024;

/// How many bytes an answer may have that is not the list of containers. That about a network names all containers on
/// it: 100,000 of them take half.
const USUAL_LIMIT: usize = 64 * 1024 * 1024;

/// The way to one engine.
pub(super) struct Wire {
    /// The engine's address as a user would write it.
    pub(super) address: String,
    /// How it is reached.
    pub(super) dial: Arc<dyn Dial>,
    pooled: HttpClient,
    endless: HttpClient,
    version: OnceCell<ApiVersion>,
    /// Who answers in place of a Docker engine: asked once an answer was bad, and only where the version is pinned.
    impostor: Option<OnceCell<Option<ConnectionFault>>>,
}

/// How the engine answered a request for a connection.
pub(super) enum Opened {
    /// It took over the connection.
    Taken(hyper::upgrade::Upgraded),
    /// It answers as usual, in one direction: something between it and us does not pass on an upgrade.
    Answer(Incoming),
}

impl Wire {
    /// A way to the engine that `dial` reaches, with answers within `limits`.
    pub(super) fn new(
        dial: &Arc<dyn Dial>,
        timeout: Duration,
        pinned: Option<ApiVersion>,
        limits: Limits,
    ) -> Self {
        let idle = limits.allowance.idle_each();
        Self {
            address: dial.address(),
            dial: Arc::clone(dial),
            pooled: transport::client(Arc::clone(dial), timeout, Some(limits), idle),
            endless: transport::client(Arc::clone(dial), timeout, None, idle),
            version: OnceCell::new_with(pinned),
            impostor: pinned.map(|_| OnceCell::new()),
        }
    }

    /// The API version that is spoken with this engine: asked for once, by whoever comes first.
    pub(super) async fn version(&self) -> Result<ApiVersion, Failure> {
        self.version.get_or_try_init(|| self.negotiate()).await.copied()
    }

    async fn negotiate(&self) -> Result<ApiVersion, Failure> {
        let ping = request(Method::GET, "/_ping", Bytes::new())?;
        let response = self.pooled.request(ping).await?;
        let version = response
            .headers()
            .get("api-version")
            .and_then(|value| value.to_str().ok()?.parse::<ApiVersion>().ok());
        let greeting = greeting(&response);
        match (good(response).await, version) {
            // What a port says that needs TLS is told as that.
            (Err(Failure::NeedsTls), _) => Err(Failure::NeedsTls),
            (_, None) => {
                let address = self.address.clone();
                Err(Failure::NotConnected(ConnectionFault::OtherServer { address, greeting }))
            }
            (_, Some(version)) if version < OLDEST => Err(Failure::NotConnected(ConnectionFault::TooOld {
                address: self.address.clone(),
                version: version.to_string(),
                oldest: OLDEST.to_string(),
            })),
            (answer, Some(version)) => {
                // Its two letters are read so that the connection can be used again.
                answer?.into_body().collect().await?;
                Ok(version.min(NEWEST))
            }
        }
    }

    /// Sends a request with a path of the API, which gets its version here, and returns a good answer's head.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
        let request = self.versioned(request).await?;
        match exchange(&self.pooled, request).await {
            // A page in place of JSON: engines have none.
            Ok(response) if self.impostor.is_some() && is_html(&response) => {
                self.who_else().await.map_or(Ok(response), |fault| Err(Failure::NotConnected(fault)))
            }
            Ok(response) => Ok(response),
            Err(failure) => Err(self.unmasked(self.spoken(failure)).await),
        }
    }

    /// The same failure, or who answers if that is no Docker engine: with a pinned version nothing was asked before.
    async fn unmasked(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Answered { .. } => self.who_else().await.map_or(failure, Failure::NotConnected),
            failure => failure,
        }
    }

    /// Who answers, if that is no Docker engine. None where the version was asked for, as only an engine tells it.
    async fn who_else(&self) -> Option<ConnectionFault> {
        let impostor = self.impostor.as_ref()?;
        impostor.get_or_init(|| self.other_server()).await.clone()
    }

    /// Who answers a ping, if that is no Docker engine.
    async fn other_server(&self) -> Option<ConnectionFault> {
        match self.negotiate().await {
            Err(Failure::NotConnected(fault @ ConnectionFault::OtherServer { .. })) => Some(fault),
            Ok(_) | Err(_) => None,
        }
    }

    /// The same failure, but in better words where the engine does not speak the version that was pinned.
    fn spoken(&self, failure: Failure) -> Failure {
        match (failure, self.version.get()) {
            (Failure::Answered { status: 400, words }, Some(version)) if words.contains("client version") => {
                let (address, version) = (self.address.clone(), version.to_string());
                Failure::NotConnected(ConnectionFault::VersionRefused { address, version, words })
            }
            (failure, _) => failure,
        }
    }

    /// As [`Wire::send`], for an answer that may be without end. Its connection is its own.
    pub(super) async fn follow(&self, path: &str) -> Result<Response<Incoming>, Failure> {
        let request = self.versioned(request(Method::GET, path, Bytes::new())?).await?;
        exchange(&self.endless, request).await
    }

    /// Sends JSON to `path` for an answer that may be without end. Its connection is its own.
    pub(super) async fn converse(
        &self,
        path: &str,
        json: &serde_json::Value,
    ) -> Result<Response<Incoming>, Failure> {
        let request = self.versioned(request(Method::POST, path, json.to_string().into())?).await?;
        exchange(&self.endless, request).await
    }

    /// Asks the engine to take over the connection of a request to `path`. The connection is its own.
    pub(super) async fn upgrade(
        &self,
        path: &str,
        json: Option<&serde_json::Value>,
    ) -> Result<Opened, Failure> {
        let body = json.map_or_else(Bytes::new, |json| json.to_string().into());
        let mut request = self.versioned(request(Method::POST, path, body)?).await?;
        let headers = request.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("tcp"));
        let response = self.endless.request(request).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(Opened::Taken(hyper::upgrade::on(response).await?));
        }
        Ok(Opened::Answer(good(response).await?.into_body()))
    }

    /// Sends JSON to `path` and reads what it answers.
    pub(super) async fn post_for<T: DeserializeOwned>(
        &self,
        path: &str,
        json: &serde_json::Value,
    ) -> Result<T, Failure> {
        let request = request(Method::POST, path, json.to_string().into())?;
        understood(&collect(self.send(request).await?.into_body()).await?)
    }

    /// Asks for what the API has at `path`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let response = self.send(request(Method::GET, path, Bytes::new())?).await?;
        understood(&collect(response.into_body()).await?)
    }

    /// Sends a request and reads what it answers.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: Request<Body>) -> Result<T, Failure> {
        understood(&collect(self.send(request).await?.into_body()).await?)
    }

    /// Asks for what the API has at `path`, which may be as long as any answer.
    pub(super) async fn get_long<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let response = self.send(request(Method::GET, path, Bytes::new())?).await?;
        understood(&response.into_body().collect().await?.to_bytes())
    }

    /// Asks for a number of things, one behind the other, that the API has at `path`.
    pub(super) async fn get_all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let response = self.send(request(Method::GET, path, Bytes::new())?).await?;
        let body = response.into_body().collect().await?.to_bytes();
        let things = serde_json::Deserializer::from_slice(&body).into_iter();
        things.collect::<Result<_, _>>().map_err(|error| content(&error))
    }

    /// Whether something answers a ping.
    pub(super) async fn is_alive(&self) -> bool {
        let Ok(ping) = request(Method::GET, "/_ping", Bytes::new()) else { return false };
        match exchange(&self.pooled, ping).await {
            Ok(answer) => answer.into_body().collect().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Sends JSON to `path`; what the answer says beyond success is not looked at.
    pub(super) async fn post(&self, path: &str, json: &serde_json::Value) -> Result<(), Failure> {
        let request = request(Method::POST, path, json.to_string().into())?;
        self.send(request).await?.into_body().collect().await?;
        Ok(())
    }

    /// Asks for the head of what the API has at `path`.
    pub(super) async fn head(&self, path: &str) -> Result<Response<Incoming>, Failure> {
        self.send(request(Method::HEAD, path, Bytes::new())?).await
    }

    /// Sends a tar archive of unknown length to `path`. Its connection is its own.
    pub(super) async fn put_archive(&self, path: &str, archive: Body) -> Result<(), Failure> {
        self.send_archive(Method::PUT, path, archive).await?.into_body().collect().await?;
        Ok(())
    }

    /// The same, for what answers without end.
    pub(super) async fn post_tar(&self, path: &str, archive: Body) -> Result<Response<Incoming>, Failure> {
        self.send_archive(Method::POST, path, archive).await
    }

    async fn send_archive(
        &self,
        method: Method,
        path: &str,
        archive: Body,
    ) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::new(archive);
        *request.method_mut() = method;
        *request.uri_mut() = uri(path)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
        self.post_archive(request).await
    }

    /// Sends a request with an archive for an answer that may be without end. Its connection is its own.
    pub(super) async fn post_archive(&self, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
        let request = self.versioned(request).await?;
        exchange(&self.endless, request).await
    }

    async fn versioned(&self, request: Request<Body>) -> Result<Request<Body>, Failure> {
        let version = self.version().await?;
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = uri(&format!("/v{version}{path}"))?;
        Ok(Request::from_parts(head, body))
    }
}

/// An answer of a usual length.
async fn collect(body: Incoming) -> Result<Bytes, Failure> {
    let collected = Limited::new(body, USUAL_LIMIT).collect().await;
    collected.map(Collected::to_bytes).map_err(|error| match error.downcast::<hyper::Error>() {
        Ok(error) => Failure::from(*error),
        Err(_) => Failure::Lost(LostAnswer::TooLong(USUAL_LIMIT as u64)),
    })
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| content(&error))
}

/// An answer that a parser does not read.
pub(super) fn content(error: &serde_json::Error) -> Failure {
    Failure::Malformed(Malformed::Content(error.to_string()))
}

/// A path segment that stays one, whatever is in it.
pub(super) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(segment, "%{byte:02X}");
        }
        segment
    })
}

/// The client wants a host in the URI; the engine does not care which.
pub(super) fn uri(path: &str) -> Result<Uri, Failure> {
    format!("http://docker{path}").parse().map_err(|error: http::uri::InvalidUri| {
        let path = shortened(path, 200).into_owned();
        Failure::NotConnected(ConnectionFault::InvalidPath { path, words: error.to_string() })
    })
}

fn request(method: Method, path: &str, json: Bytes) -> Result<Request<Body>, Failure> {
    let mut request = Request::new(Full::new(json).map_err(|never| match never {}).boxed_unsync());
    *request.method_mut() = method;
    *request.uri_mut() = uri(path)?;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// Whether an answer is a web page.
fn is_html(response: &Response<Incoming>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Who answers like that, if it is no Docker engine.
fn greeting(response: &Response<Incoming>) -> Greeting {
    let status = response.status();
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let server = response.headers().get(header::SERVER);
    let server =
        server.map(|name| shortened(&String::from_utf8_lossy(name.as_bytes()), LONGEST_SERVER).into_owned());
    let page = if is_html(response) { ", text/html" } else { "" };
    Greeting::Http { status: format!("{}{reason}{page}", status.as_u16()), server }
}

/// Sends a request and tells a good answer from the engine's errors.
async fn exchange(client: &HttpClient, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
    good(client.request(request).await?).await
}

/// Tells a good answer, which includes "not modified", from the engine's errors.
async fn good(response: Response<Incoming>) -> Result<Response<Incoming>, Failure> {
    let status = response.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    let mut body = response.into_body();
    let mut words = Vec::new();
    // A part of an error is better than an error about it.
    while words.len() < WORDS_LIMIT
        && let Some(Ok(frame)) = body.frame().await
    {
        words.extend(frame.into_data().unwrap_or_default());
    }
    words.truncate(WORDS_LIMIT);
    Err(Failure::answered(status.as_u16(), &words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one() {
        assert_eq!(segment("web-1_a.b"), "web-1_a.b");
        assert_eq!(segment("a/../b?c#d é"), "a%2F..%2Fb%3Fc%23d%20%C3%A9");
    }
}
