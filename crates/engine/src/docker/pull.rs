//! Fetching an image: the request, its stream, and who one is to the registry.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use serde_json::json;
use tokio::time::timeout;

use super::{
    Docker,
    create::for_platform,
    error::{Asked, Failure, said, silent},
    fault::fault,
    json_lines::Lines,
    layers::{Layers, Message},
    wire::segment,
};
use crate::{
    pull::{PullError, Pulled, Pushed},
    transport::Body,
};
use maestro_core::{
    fault::{ConnectionFault, EngineFault},
    model::{
        container::tagged_image,
        registry::{Credential, DOCKER_HUB, DOCKER_HUB_KEY, PullFault, RegistryLogin, registry_of},
    },
    observed::pull::PullAmount,
};

/// How long an engine may take to say that it is alive.
const ALIVE_WITHIN: Duration = Duration::from_secs(5);
/// What an engine says last of an image that it had already.
const UP_TO_DATE: &str = "Status: Image is up to date";

/// What an engine says last of an image that it has sent, behind its tag: `1: digest: sha256:… size: 527`.
const PUSHED: &str = ": digest: ";
/// `X-Registry-Auth` without a login, which a push has to have.
const NO_LOGIN: &str = "e30=";

/// Why a stream of messages ended badly.
enum Broken {
    Failure(Failure),
    Words(String),
    Silence,
}

impl<F: Into<Failure>> From<F> for Broken {
    fn from(failure: F) -> Self {
        Self::Failure(failure.into())
    }
}

/// Fetches an image; `engine.timeout` runs anew with every sign of progress.
pub(super) async fn pull(
    engine: &Docker,
    image: &str,
    platform: Option<&str>,
    login: Option<&RegistryLogin>,
    progress: &mut (dyn FnMut(PullAmount) + Send),
) -> Result<Pulled, PullError> {
    engine.agree(engine.timeout).await?;
    let request = request(image, platform, login).map_err(|failure| told(engine, failure, login))?;
    match stream(engine, request, progress).await {
        Ok(pulled) => Ok(pulled),
        Err(Broken::Words(words)) => Err(refused(500, words, login)),
        Err(Broken::Failure(failure)) => Err(told(engine, failure, login)),
        Err(Broken::Silence) => Err(stalled(engine).await),
    }
}

/// Sends an image; `engine.timeout` runs anew with every sign of progress.
pub(super) async fn push(
    engine: &Docker,
    image: &str,
    login: Option<&RegistryLogin>,
    progress: &mut (dyn FnMut(PullAmount) + Send),
) -> Result<Pushed, PullError> {
    engine.agree(engine.timeout).await?;
    let request = push_request(image, login).map_err(|failure| told(engine, failure, login))?;
    match stream(engine, request, progress).await {
        Ok(Pulled { digest, .. }) => Ok(Pushed { digest }),
        Err(Broken::Words(words)) => Err(refused(500, words, login)),
        Err(Broken::Failure(failure)) => Err(told(engine, failure, login)),
        Err(Broken::Silence) => Err(stalled(engine).await),
    }
}

async fn stream(
    engine: &Docker,
    request: Request<Body>,
    progress: &mut (dyn FnMut(PullAmount) + Send),
) -> Result<Pulled, Broken> {
    let silence = |_| Broken::Silence;
    let answer = timeout(engine.timeout, engine.wire.send(request)).await.map_err(silence)??;
    let mut lines = Lines::new(answer.into_body());
    let (mut layers, mut pulled) = (Layers::default(), Pulled::default());
    let news = async |lines: &mut Lines<Message>, layers: &mut Layers| -> Result<Option<Message>, Failure> {
        loop {
            match lines.next().await? {
                // What repeats what was said before does not count: the clock goes on.
                Some(message) if message.error.is_none() && !layers.take(&message) => {}
                message => return Ok(message),
            }
        }
    };
    while let Some(message) =
        timeout(engine.timeout, news(&mut lines, &mut layers)).await.map_err(silence)??
    {
        if let Some(error) = message.error {
            let detail = message.error_detail.and_then(|detail| detail.message);
            return Err(Broken::Words(detail.unwrap_or(error)));
        }
        if let Some(status) = message.status.filter(|_| message.id.is_none()) {
            pulled.was_there |= status.starts_with(UP_TO_DATE);
            if let Some(digest) = status.strip_prefix("Digest: ") {
                pulled.digest = Some(digest.to_owned());
            } else if let Some((_, rest)) = status.split_once(PUSHED) {
                pulled.digest = rest.split(' ').next().map(str::to_owned);
            }
        }
        if let Some(amount) = layers.news() {
            progress(amount);
        }
    }
    Ok(pulled)
}

fn told(engine: &Docker, failure: Failure, login: Option<&RegistryLogin>) -> PullError {
    match failure {
        Failure::Answered { status, words } => refused(status, words, login),
        failure => failure.told(Asked::Changing, &engine.wire.address).into(),
    }
}

pub(super) fn refused(status: u16, words: String, login: Option<&RegistryLogin>) -> PullError {
    PullError::Registry { fault: fault(status, &words, login.is_some()), words: said(status, words) }
}

/// Nothing more came: from the registry, if the engine is alive.
async fn stalled(engine: &Docker) -> PullError {
    let timeout = engine.timeout.min(ALIVE_WITHIN);
    match tokio::time::timeout(timeout, engine.wire.is_alive()).await {
        Ok(true) => {
            PullError::Registry { fault: PullFault::Stalled, words: EngineFault::NoProgress(engine.timeout) }
        }
        Ok(false) | Err(_) => silent(Asked::Changing, &engine.wire.address, engine.timeout).into(),
    }
}

fn request(
    image: &str,
    platform: Option<&str>,
    login: Option<&RegistryLogin>,
) -> Result<Request<Body>, Failure> {
    // An engine that is not told a tag fetches all there are.
    let image_of = segment(&tagged_image(image));
    let path = format!("/images/create?fromImage={image_of}{}", for_platform(platform));
    authorized(&path, Method::POST, image, login)
}

/// A push of one tag: an engine that is not told one sends all that there are.
fn push_request(image: &str, login: Option<&RegistryLogin>) -> Result<Request<Body>, Failure> {
    let tagged = tagged_image(image);
    let (name, tag) = tagged.rsplit_once(':').unwrap_or((&tagged, "latest"));
    let path = format!(
        "/images/{name}/push?tag={}",
        segment(tag),
        name = name.split('/').map(segment).collect::<Vec<_>>().join("/")
    );
    let mut request = authorized(&path, Method::POST, image, login)?;
    request.headers_mut().entry("x-registry-auth").or_insert(HeaderValue::from_static(NO_LOGIN));
    Ok(request)
}

/// A request without a body, with the login for the image's registry.
pub(super) fn authorized(
    path: &str,
    method: Method,
    image: &str,
    login: Option<&RegistryLogin>,
) -> Result<Request<Body>, Failure> {
    let empty = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
    let mut request = Request::new(empty);
    *request.method_mut() = method;
    *request.uri_mut() = super::wire::uri(path)?;
    if let Some(login) = login {
        let header = header(image, login);
        // It is base64, which a header always takes.
        let mut value = HeaderValue::try_from(header)
            .map_err(|_| Failure::NotConnected(ConnectionFault::InvalidLogin))?;
        value.set_sensitive(true);
        request.headers_mut().insert("x-registry-auth", value);
    }
    Ok(request)
}

/// `X-Registry-Auth` as engines read it: JSON in the base64 that is safe in URLs.
fn header(image: &str, login: &RegistryLogin) -> String {
    URL_SAFE.encode(proof(server_of(registry_of(image)), login).to_string())
}

/// The server of a registry, as logins name it.
pub(super) fn server_of(registry: &str) -> &str {
    if registry == DOCKER_HUB { DOCKER_HUB_KEY } else { registry }
}

/// Who one is to a server, as engines read it.
pub(super) fn proof(server: &str, login: &RegistryLogin) -> serde_json::Value {
    let mut auth = match &login.proof {
        Credential::Password(password) => {
            json!({ "username": login.username, "password": password.reveal() })
        }
        Credential::IdentityToken(token) => json!({ "identitytoken": token.reveal() }),
    };
    auth["serveraddress"] = json!(server);
    if let Some(email) = &login.email {
        auth["email"] = json!(email);
    }
    auth
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::model::registry::Secret;

    fn decoded(image: &str, proof: Credential, email: Option<&str>) -> String {
        let email = email.map(str::to_owned);
        let login = RegistryLogin { username: "deploy".into(), proof, email };
        String::from_utf8(URL_SAFE.decode(header(image, &login)).unwrap()).unwrap()
    }

    #[test]
    fn a_login_is_written_as_engines_read_it() {
        let password = || Credential::Password(Secret::new("p\u{ff}>?w\""));
        assert_eq!(
            decoded("localhost:5000/web:1", password(), Some("a@b.c")),
            "{\"username\":\"deploy\",\"password\":\"p\u{ff}>?w\\\"\",\"serveraddress\":\"localhost:5000\",\"email\":\"a@b.c\"}"
        );
        assert_eq!(
            decoded("nginx", Credential::IdentityToken(Secret::new("t")), None),
            r#"{"identitytoken":"t","serveraddress":"https://index.docker.io/v1/"}"#
        );
        let login = RegistryLogin {
            username: "u".into(),
            proof: Credential::Password(Secret::new("???>>>ÿÿ")),
            email: None,
        };
        let encoded = header("a.b/c", &login);
        assert!(!encoded.contains(['+', '/']), "{encoded}");
        assert!(!format!("{login:?}").contains("???"), "{login:?}");
    }

    #[test]
    fn one_tag_is_pushed_with_or_without_a_login() {
        let request = push_request("localhost:5000/a/web", None).unwrap();
        assert!(request.uri().to_string().ends_with("/images/localhost%3A5000/a/web/push?tag=latest"));
        assert_eq!(request.headers()["x-registry-auth"], NO_LOGIN);
        let request = push_request("web:2", None).unwrap();
        assert!(request.uri().to_string().ends_with("/images/web/push?tag=2"));
    }

    #[test]
    fn an_image_is_asked_for_with_its_tag() {
        let path = |image| request(image, None, None).unwrap().uri().to_string();
        assert!(path("web").ends_with("/images/create?fromImage=web%3Alatest"), "{}", path("web"));
        let other = request("web", Some("linux/arm64"), None).unwrap().uri().to_string();
        assert!(other.ends_with("fromImage=web%3Alatest&platform=linux%2Farm64"), "{other}");
        let digest = path("localhost:5000/a/web@sha256:00");
        assert!(digest.ends_with("fromImage=localhost%3A5000%2Fa%2Fweb%40sha256%3A00"), "{digest}");
    }
}
