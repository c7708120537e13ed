//! The server: routes, headers, streams.

use std::{convert::Infallible, future::Future, io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{
    assets,
    backend::{
        Backend, PageAction, PageNodes, PagePlan, PageQuestion, PageRefusal, PageStream, PageThing, PageVerb,
    },
    guard::{AccessGuard, Refused},
};

/// How long a stream may be silent: then the browser is told that it is still there.
const SILENCE: Duration = Duration::from_secs(15);
/// Bytes that an action's document may have.
const LARGEST: usize = 4096;

/// What a browser may do with the page: its own files alone, no code within the page, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The same for a picture, which has its own styles and nothing else.
const POLICY_OF_PICTURES: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Headers of each answer. A picture has a policy of its own.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

struct Server {
    guard: AccessGuard,
    backend: Arc<dyn Backend>,
}

type Shared = State<Arc<Server>>;

/// Answers until `end`.
///
/// # Errors
/// If no connections can be accepted any more.
pub async fn serve<L>(
    listener: L,
    guard: AccessGuard,
    backend: Arc<dyn Backend>,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
    L: axum::serve::Listener,
    L::Addr: std::fmt::Debug,
{
    let answering = axum::serve(listener, router(guard, backend)).into_future();
    tokio::select! {
        ended = answering => ended,
        () = end => Ok(()),
    }
}

fn router(guard: AccessGuard, backend: Arc<dyn Backend>) -> Router {
    let server = Arc::new(Server { guard, backend });
    let pages = ["/", "/instance/{name}", "/service/{name}", "/graph", "/plan", "/revisions", "/events"];
    let router = pages.iter().fold(Router::new(), |router, path| router.route(path, get(page)));
    router
        .route("/assets/{file}", get(asset))
        .route("/api/session", get(session))
        .route("/api/plan", get(plan))
        .route("/api/history", get(history))
        .route("/api/stats", get(stats))
        .route("/api/stats/history", get(stats_with_history))
        .route("/api/usage/{name}", get(usage))
        .route("/api/graph", get(graph))
        .route("/api/graph.svg", get(picture))
        .route("/api/instance/{name}", get(instance))
        .route("/api/rollback/{revision}", get(rollback_plan).post(rollback))
        .route("/api/do/{verb}/{kind}/{name}", get(plan_of).post(carry_out))
        .route("/api/follow/state", get(follow_state))
        .route("/api/follow/events", get(follow_events))
        .route("/api/follow/run", get(follow_run))
        .route("/api/follow/log/{name}", get(follow_log))
        .route("/api/apply", post(apply))
        .route("/api/interrupt", post(interrupt))
        .route("/api/retry", post(retry))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn_with_state(Arc::clone(&server), guarded))
        .with_state(server)
}

/// Lets through what may pass.
async fn guarded(State(server): Shared, request: Request, next: Next) -> Response {
    let mut answer = match entered(&server, &request) {
        Some(answer) => answer,
        None => match server.guard.check(request.method(), request.headers()) {
            Ok(()) => next.run(request).await,
            Err(refused) => refusal(refused, request.uri().path()),
        },
    };
    for (name, value) in HEADERS {
        let has_own = name == header::CONTENT_SECURITY_POLICY && answer.headers().contains_key(name);
        if !has_own {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    answer
}

/// The answer to an address with a token, unless the browser has the cookie already.
fn entered(server: &Server, request: &Request) -> Option<Response> {
    let is_page = request.method() == Method::GET && request.uri().path() == "/";
    let query = request.uri().query().filter(|_| is_page)?;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    if let Err(refused) = server.guard.check_host(request.headers()) {
        return Some(refusal(refused, "/"));
    }
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    match server.guard.enter(token) {
        Some((cookie, next)) => {
            answer.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
            server.backend.token_used(&next);
        }
        None if server.guard.check(request.method(), request.headers()).is_ok() => {}
        None => return Some(refusal(Refused::Cookie, "/")),
    }
    Some(answer)
}

fn refusal(refused: Refused, path: &str) -> Response {
    let (status, text) = match refused {
        Refused::Host => {
            (StatusCode::MISDIRECTED_REQUEST, "this server has another name (`--host NAME` adds one)")
        }
        Refused::Cookie if path.starts_with("/api/") || path.starts_with("/assets/") => {
            (StatusCode::UNAUTHORIZED, "open the address that `maestro ui` printed")
        }
        Refused::Cookie => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            return (StatusCode::UNAUTHORIZED, kind, assets::CLOSED).into_response();
        }
        Refused::Origin => (StatusCode::FORBIDDEN, "the request comes from another page"),
        Refused::Token => (StatusCode::FORBIDDEN, "the request has no token, or a wrong one"),
        Refused::ReadOnly => (StatusCode::FORBIDDEN, "the page is read-only (`--read-only`)"),
    };
    (status, axum_json(&json!({ "error": text }))).into_response()
}

/// A document as a body.
fn axum_json(document: &Value) -> ([(header::HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string())
}

async fn page() -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], assets::PAGE).into_response()
}

async fn asset(Path(file): Path<String>) -> Response {
    match assets::file(&file) {
        Some((kind, text)) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(answer: Result<Value, PageRefusal>) -> Response {
    match answer {
        Ok(document) => axum_json(&document).into_response(),
        Err(PageRefusal { status, document }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum_json(&document)).into_response()
        }
    }
}

async fn session(State(server): Shared) -> Response {
    let told = server.backend.ask(PageQuestion::Session).await.map(|mut document| {
        document["token"] = server.guard.token().into();
        document["read_only"] = server.guard.token().is_none().into();
        document
    });
    answer(told)
}

async fn plan(State(server): Shared) -> Response {
    answer(server.backend.ask(PageQuestion::Plan(PagePlan::Apply)).await)
}

async fn history(State(server): Shared) -> Response {
    answer(server.backend.ask(PageQuestion::History).await)
}

async fn stats(State(server): Shared) -> Response {
    answer(server.backend.ask(PageQuestion::Stats { with_history: false }).await)
}

async fn stats_with_history(State(server): Shared) -> Response {
    answer(server.backend.ask(PageQuestion::Stats { with_history: true }).await)
}

async fn usage(State(server): Shared, Path(name): Path<String>) -> Response {
    answer(server.backend.ask(PageQuestion::Usage(name)).await)
}

async fn graph(State(server): Shared) -> Response {
    answer(server.backend.ask(PageQuestion::Graph).await)
}

/// The graph's picture; `by=instances` and `by=services` choose its nodes.
async fn picture(State(server): Shared, RawQuery(query): RawQuery) -> Response {
    let mut pairs = query.iter().flat_map(|query| query.split('&'));
    let nodes = pairs.find_map(|pair| match pair {
        "by=instances" => Some(PageNodes::Instances),
        "by=services" => Some(PageNodes::Services),
        _ => None,
    });
    match server.backend.draw(nodes).await {
        Ok(picture) => {
            let headers = [
                (header::CONTENT_TYPE, "image/svg+xml"),
                (header::CONTENT_SECURITY_POLICY, POLICY_OF_PICTURES),
            ];
            (headers, picture).into_response()
        }
        Err(refusal) => answer(Err(refusal)),
    }
}

async fn instance(State(server): Shared, Path(name): Path<String>) -> Response {
    answer(server.backend.ask(PageQuestion::Instance(name)).await)
}

async fn rollback_plan(State(server): Shared, Path(revision): Path<u64>) -> Response {
    answer(server.backend.ask(PageQuestion::Plan(PagePlan::Rollback(revision))).await)
}

/// Messages as server-sent events.
async fn follow(server: &Server, stream: PageStream) -> Response {
    match server.backend.follow(stream).await {
        Ok(messages) => {
            let events = messages
                .map(|message| Ok::<_, Infallible>(Event::default().event(message.event).data(message.data)));
            Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE)).into_response()
        }
        Err(refusal) => answer(Err(refusal)),
    }
}

async fn follow_state(State(server): Shared) -> Response {
    follow(&server, PageStream::State).await
}

async fn follow_events(State(server): Shared) -> Response {
    follow(&server, PageStream::Events).await
}

async fn follow_run(State(server): Shared) -> Response {
    follow(&server, PageStream::Run).await
}

async fn follow_log(State(server): Shared, Path(name): Path<String>) -> Response {
    follow(&server, PageStream::Log(name)).await
}

/// The digest of the plan that an action is about.
async fn digest(body: Body) -> Option<String> {
    let bytes: Bytes = to_bytes(body, LARGEST).await.ok()?;
    let document: Value = serde_json::from_slice(&bytes).ok()?;
    document["digest"].as_str().map(str::to_owned)
}

fn no_digest() -> Response {
    (StatusCode::BAD_REQUEST, axum_json(&json!({ "error": "the digest of the plan is missing" })))
        .into_response()
}

/// Carries out the plan whose digest the body has.
async fn agree(server: &Server, plan: PagePlan, body: Body) -> Response {
    match digest(body).await {
        Some(digest) => answer(server.backend.act(PageAction::CarryOut(plan, digest)).await),
        None => no_digest(),
    }
}

async fn apply(State(server): Shared, body: Body) -> Response {
    agree(&server, PagePlan::Apply, body).await
}

async fn rollback(State(server): Shared, Path(revision): Path<u64>, body: Body) -> Response {
    agree(&server, PagePlan::Rollback(revision), body).await
}

/// A verb, `instance` or `service`, and a name.
type Words = Path<(String, String, String)>;

fn plan_named(Path((verb, kind, name)): Words) -> Option<PagePlan> {
    let thing = match kind.as_str() {
        "instance" => PageThing::Instance(name),
        "service" => PageThing::Service(name),
        _ => return None,
    };
    Some(PagePlan::Of(PageVerb::named(&verb)?, thing))
}

async fn plan_of(State(server): Shared, words: Words) -> Response {
    match plan_named(words) {
        Some(plan) => answer(server.backend.ask(PageQuestion::Plan(plan)).await),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn carry_out(State(server): Shared, words: Words, body: Body) -> Response {
    match plan_named(words) {
        Some(plan) => agree(&server, plan, body).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn interrupt(State(server): Shared) -> Response {
    answer(server.backend.act(PageAction::Interrupt).await)
}

async fn retry(State(server): Shared) -> Response {
    answer(server.backend.act(PageAction::Retry).await)
}
