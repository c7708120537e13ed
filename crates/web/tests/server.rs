//! The server over a real socket: what it lets in and what it refuses.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use maestro_web::{
    AccessGuard, Backend, Hosts, PageAction, PageMessage, PageMessages, PageNodes, PageQuestion, PageRefusal,
    PageStream, serve,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Counts what it is asked to do.
#[derive(Default)]
struct Stub {
    acts: AtomicUsize,
    tokens: Mutex<Vec<String>>,
}

/// The stub, which the test looks at too.
struct Shared(Arc<Stub>);

#[async_trait]
impl Backend for Shared {
    async fn ask(&self, question: PageQuestion) -> Result<Value, PageRefusal> {
        match question {
            PageQuestion::Instance(name) if name != "web-1" => {
                Err(PageRefusal { status: 404, document: json!({ "error": name }) })
            }
            other => Ok(json!({ "asked": format!("{other:?}") })),
        }
    }

    async fn draw(&self, nodes: Option<PageNodes>) -> Result<String, PageRefusal> {
        Ok(format!("<svg>{nodes:?}</svg>"))
    }

    async fn follow(&self, stream: PageStream) -> Result<PageMessages, PageRefusal> {
        let data = format!("{stream:?}");
        Ok(stream::iter([PageMessage { event: "state", data }]).boxed())
    }

    async fn act(&self, action: PageAction) -> Result<Value, PageRefusal> {
        self.0.acts.fetch_add(1, Ordering::Relaxed);
        Ok(json!({ "did": format!("{action:?}") }))
    }

    fn token_used(&self, next: &str) {
        self.0.tokens.lock().unwrap().push(next.to_owned());
    }
}

struct World {
    port: u16,
    entry: String,
    stub: Arc<Stub>,
}

/// An answer: its status, its headers in small letters, its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl World {
    async fn new(is_read_only: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let guard =
            AccessGuard::new(Hosts { address, names: Vec::new(), is_tls: false }, is_read_only).unwrap();
        let (entry, stub) = (guard.entry(), Arc::new(Stub::default()));
        let backend = Arc::new(Shared(Arc::clone(&stub)));
        tokio::spawn(serve(listener, guard, backend, std::future::pending()));
        Self { port: address.port(), entry, stub }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends a request with exactly these headers.
    async fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let mut request =
            format!("{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// Opens the address with its token; the cookie.
    async fn enter(&self) -> String {
        let answer = self.ask(&format!("GET /?token={}", self.entry), &[("Host", &self.host())], "").await;
        assert_eq!(answer.status, 303, "{}", answer.head);
        assert!(answer.head.contains("\r\nlocation: /\r\n"), "{}", answer.head);
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(cookie.ends_with("; httponly; samesite=strict; path=/"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The token of actions, as the page gets it.
    async fn token(&self, cookie: &str) -> Value {
        let answer = self.ask("GET /api/session", &[("Host", &self.host()), ("Cookie", cookie)], "").await;
        serde_json::from_str::<Value>(&answer.body).unwrap()["token"].clone()
    }
}

#[tokio::test]
async fn a_picture_may_have_styles_and_nothing_else() {
    let world = World::new(true).await;
    let cookie = world.enter().await;
    let headers = [("Host", world.host()), ("Cookie", cookie)];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (query, nodes) in [("", "None"), ("?by=services&at=1", "Some(Services)"), ("?by=x", "None")] {
        let answer = world.ask(&format!("GET /api/graph.svg{query}"), &headers, "").await;
        assert_eq!((answer.status, answer.body), (200, format!("<svg>{nodes}</svg>")));
        let policy = answer.head.lines().find(|line| line.starts_with("content-security-policy")).unwrap();
        assert_eq!(
            policy,
            "content-security-policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        );
        assert!(answer.head.contains("content-type: image/svg+xml") && answer.head.contains("nosniff"));
    }
    assert_eq!(world.ask("GET /api/graph.svg", &headers[..1], "").await.status, 401);
}

#[tokio::test]
async fn the_token_opens_the_page_once_and_leaves_the_address() {
    let world = World::new(false).await;
    let host = world.host();
    for path in
        ["/", "/plan", "/instance/web-1", "/api/plan", "/api/follow/state", "/assets/main.js", "/none"]
    {
        let answer = world.ask(&format!("GET {path}"), &[("Host", &host)], "").await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.body.contains("<script"), "{path}");
    }
    let wrong = format!("GET /?token={}", "0".repeat(64));
    assert_eq!(world.ask(&wrong, &[("Host", &host)], "").await.status, 401);
    let cookie = world.enter().await;
    let page = world.ask("GET /", &[("Host", &host), ("Cookie", &cookie)], "").await;
    assert!(page.status == 200 && page.body.contains("/assets/start.js"), "{}", page.head);
    assert!(!page.body.contains(&world.entry));
    let posted = format!("POST /?token={}", world.entry);
    assert_eq!(world.ask(&posted, &[("Host", &host)], "").await.status, 401);
    // The token is void, and the next one was told. Who has the cookie may follow an old address.
    let again = format!("GET /?token={}", world.entry);
    assert_eq!(world.ask(&again, &[("Host", &host)], "").await.status, 401);
    assert_eq!(world.ask(&again, &[("Host", &host), ("Cookie", &cookie)], "").await.status, 303);
    let next = world.stub.tokens.lock().unwrap().clone();
    assert!(next.len() == 1 && next[0] != world.entry);
    assert_eq!(world.ask(&format!("GET /?token={}", next[0]), &[("Host", &host)], "").await.status, 303);
}

#[tokio::test]
async fn a_foreign_host_gets_nothing() {
    let world = World::new(false).await;
    let entry = format!("GET /?token={}", world.entry);
    for host in ["evil.example", "evil.example:80", "127.0.0.1:1", ""] {
        assert_eq!(world.ask(&entry, &[("Host", host)], "").await.status, 421, "{host}");
    }
    let rebound = format!("evil.example:{}", world.port);
    assert_eq!(world.ask(&entry, &[("Host", &rebound)], "").await.status, 421);
    let (own, cookie) = (world.host(), world.enter().await);
    assert_eq!(world.ask("GET /", &[("Host", &rebound), ("Cookie", &cookie)], "").await.status, 421);
    let both = [("Host", own.as_str()), ("Host", rebound.as_str()), ("Cookie", cookie.as_str())];
    assert!(world.ask("GET /", &both, "").await.status >= 400);
    let named = format!("localhost:{}", world.port);
    assert_eq!(world.ask("GET /", &[("Host", &named), ("Cookie", &cookie)], "").await.status, 200);
}

#[tokio::test]
async fn an_action_needs_the_cookie_the_origin_and_the_token() {
    let world = World::new(false).await;
    let (host, cookie) = (world.host(), world.enter().await);
    let token = world.token(&cookie).await.as_str().unwrap().to_owned();
    assert!(token.len() == 64 && !cookie.contains(&token));
    let origin = format!("http://{host}");
    let whole = [
        ("Host", host.as_str()),
        ("Cookie", cookie.as_str()),
        ("Origin", origin.as_str()),
        ("X-Maestro-Token", token.as_str()),
    ];
    let body = r#"{"digest": "d"}"#;
    for left_out in 1..whole.len() {
        let headers: Vec<_> =
            whole.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, one)| *one).collect();
        let answer = world.ask("POST /api/apply", &headers, body).await;
        assert_eq!(answer.status, if left_out == 1 { 401 } else { 403 }, "{left_out}");
    }
    let other = format!("http://localhost:{}", world.port);
    let changed = [
        (2, "http://evil.example"),
        (2, "null"),
        (2, &*other),
        (2, "https://x"),
        (3, "0"),
        (1, "maestro-1=0"),
    ];
    for (at, value) in changed {
        let mut headers = whole;
        headers[at].1 = value;
        let answer = world.ask("POST /api/apply", &headers, body).await;
        assert!(answer.status == 403 || answer.status == 401, "{value}: {}", answer.status);
    }
    assert_eq!(world.stub.acts.load(Ordering::Relaxed), 0);
    let answer = world.ask("POST /api/apply", &whole, body).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"did":"CarryOut(Apply, \"d\")"}"#));
    let answer = world.ask("POST /api/rollback/3", &whole, body).await;
    assert_eq!(answer.body, r#"{"did":"CarryOut(Rollback(3), \"d\")"}"#);
    let answer = world.ask("POST /api/do/stop/instance/web-1", &whole, body).await;
    assert_eq!(answer.body, r#"{"did":"CarryOut(Of(Stop, Instance(\"web-1\")), \"d\")"}"#);
    for unknown in ["/api/do/kill/instance/web-1", "/api/do/stop/ship/a"] {
        assert_eq!(world.ask(&format!("POST {unknown}"), &whole, body).await.status, 404);
    }
    assert_eq!(world.ask("POST /api/interrupt", &whole, "").await.status, 200);
    assert_eq!(world.ask("POST /api/apply", &whole, "{}").await.status, 400);
    assert_eq!(
        world
            .ask("POST /api/apply", &whole, &format!("{{\"digest\": \"{}\"}}", "x".repeat(9000)))
            .await
            .status,
        400
    );
    // What changes something has no address to click on.
    assert_eq!(world.ask("GET /api/apply", &whole, "").await.status, 405);
    assert_eq!(world.stub.acts.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_read_only_page_has_no_token_and_no_actions() {
    let world = World::new(true).await;
    let (host, cookie) = (world.host(), world.enter().await);
    assert_eq!(world.token(&cookie).await, Value::Null);
    let origin = format!("http://{host}");
    let headers = [("Host", host.as_str()), ("Cookie", cookie.as_str()), ("Origin", origin.as_str())];
    for path in
        ["/api/apply", "/api/rollback/1", "/api/do/restart/service/web", "/api/interrupt", "/api/retry"]
    {
        assert_eq!(world.ask(&format!("POST {path}"), &headers, r#"{"digest": "d"}"#).await.status, 403);
    }
    assert_eq!(world.stub.acts.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn each_answer_has_the_policy_and_is_not_kept() {
    let world = World::new(false).await;
    let (host, cookie) = (world.host(), world.enter().await);
    let headers = [("Host", host.as_str()), ("Cookie", cookie.as_str())];
    for path in ["/", "/assets/main.js", "/assets/none.js", "/api/plan", "/api/follow/state", "/none"] {
        let answer = world.ask(&format!("GET {path}"), &headers, "").await;
        for wanted in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(answer.head.contains(wanted), "{path}: {wanted}: {}", answer.head);
        }
        assert!(!answer.head.contains("access-control-"), "{path}");
    }
}

#[tokio::test]
async fn documents_and_streams_are_passed_on() {
    let world = World::new(false).await;
    let (host, cookie) = (world.host(), world.enter().await);
    let headers = [("Host", host.as_str()), ("Cookie", cookie.as_str())];
    let body = async |path: &str| world.ask(&format!("GET {path}"), &headers, "").await;
    assert_eq!(body("/api/plan").await.body, r#"{"asked":"Plan(Apply)"}"#);
    assert_eq!(body("/api/rollback/2").await.body, r#"{"asked":"Plan(Rollback(2))"}"#);
    let plan = body("/api/do/start/service/web").await;
    assert_eq!(plan.body, r#"{"asked":"Plan(Of(Start, Service(\"web\")))"}"#);
    assert_eq!(body("/service/web").await.status, 200);
    assert_eq!(body("/api/instance/web-1").await.status, 200);
    let missing = body("/api/instance/a%2Fb").await;
    assert_eq!((missing.status, missing.body.as_str()), (404, r#"{"error":"a/b"}"#));
    let stream = body("/api/follow/log/web-1").await;
    assert!(stream.head.contains("text/event-stream"), "{}", stream.head);
    assert!(stream.body.contains("event: state\ndata: Log(\"web-1\")"), "{}", stream.body);
}
