//! Against a scripted server: what goes over the wire, and what becomes of an engine's bad answers.

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::*;
use crate::{
    Containers as _, Engine as _, Images as _, LogOptions, Networks as _, Streams as _,
    pull::{PullError, Pulled},
    scripted::{Reply, Scripted, json, pong},
    transport::{NotConnected, Stream, tcp::PlainTcp, unix::UnixSocket},
};
use maestro_core::{
    fault::{ConnectionFault, EngineFault},
    observed::ContainerState,
};

const TIMEOUT: Duration = Duration::from_millis(200);

/// A server that gives `reply` to all but pings, and an engine on top of it.
pub(super) async fn engine_that(reply: Reply) -> (Scripted, Docker) {
    engine_on(Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => reply.clone(),
    }))
    .await
}

pub(super) async fn engine_on(server: Scripted) -> (Scripted, Docker) {
    let dial = on_port(server.on_tcp().await);
    (server, Docker::with_limits(&dial, TIMEOUT, None, limits(1 << 20)))
}

fn limits(answer: u64) -> Limits {
    Limits { answer, allowance: Allowance::default() }
}

pub(super) fn on_port(port: u16) -> Arc<dyn Dial> {
    Arc::new(PlainTcp { host: "127.0.0.1".into(), port })
}

/// What comes of a pull that has no trouble with a registry.
async fn pulled(engine: &Docker) -> Result<Pulled, EngineError> {
    match engine.pull("web", None, None, &mut |_| {}).await {
        Ok(pulled) => Ok(pulled),
        Err(PullError::Engine(error)) => Err(error),
        Err(other) => panic!("it was {other:?}"),
    }
}

fn silence() -> Reply {
    Reply::ThenSilence(String::new())
}

#[track_caller]
fn assert_unreachable<T: std::fmt::Debug>(result: Result<T, EngineError>, part: &str) {
    match result {
        Err(EngineError::Unreachable(fault)) => assert!(format!("{fault:?}").contains(part), "{fault:?}"),
        other => panic!("expected unreachable, got {other:?}"),
    }
}

#[track_caller]
fn assert_no_answer<T: std::fmt::Debug>(result: Result<T, EngineError>, part: &str) {
    match result {
        Err(EngineError::ResponseLost(fault)) => assert!(format!("{fault:?}").contains(part), "{fault:?}"),
        other => panic!("expected no answer, got {other:?}"),
    }
}

#[tokio::test]
async fn silence_is_unreachable_to_a_question_and_unknown_to_a_change() {
    let (_server, engine) = engine_that(silence()).await;
    assert_unreachable(engine.containers().await, "within: 200ms");
    assert_no_answer(engine.start("web-1").await, "within: 200ms");
    assert_no_answer(engine.stop("web-1", TIMEOUT).await, "within: 400ms");
}

#[tokio::test]
async fn an_engine_that_is_silent_from_the_start_was_asked_nothing() {
    let (server, engine) = engine_on(Scripted::new(|_| silence())).await;
    assert_unreachable(engine.start("web-1").await, "within: 200ms");
    assert_eq!(server.requests(), ["GET /_ping"]);
}

#[tokio::test]
async fn the_deadline_holds_for_the_body_too() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[";
    let (_server, engine) = engine_that(Reply::ThenSilence(head.into())).await;
    assert_unreachable(engine.containers().await, "within: 200ms");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_lost() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[";
    let (_server, engine) = engine_that(Reply::ThenHangUp(head.into())).await;
    assert_unreachable(engine.containers().await, "Lost { address");
    assert_no_answer(pulled(&engine).await, "Lost { address");
    let (_server, engine) = engine_that(Reply::ThenHangUp(String::new())).await;
    assert_unreachable(engine.containers().await, "Lost { address");
    assert_no_answer(engine.kill("web-1").await, "Lost { address");
}

#[tokio::test]
async fn a_refused_connection_changed_nothing() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let engine = Docker::new(&on_port(port), TIMEOUT, None);
    assert_unreachable(engine.start("web-1").await, "PortRefused { address: \"tcp://127.0.0.1:");
    let dial: Arc<dyn Dial> = Arc::new(UnixSocket { path: "/nowhere/docker.sock".into() });
    let engine = Docker::new(&dial, TIMEOUT, None);
    assert_unreachable(engine.containers().await, "NoSocket");
}

/// A host that swallows all packets.
struct Blackhole;

#[async_trait]
impl Dial for Blackhole {
    fn address(&self) -> String {
        "tcp://ship:2375".into()
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_is_told_as_one() {
    let dial: Arc<dyn Dial> = Arc::new(Blackhole);
    let engine = Docker::new(&dial, TIMEOUT, Some(wire::NEWEST));
    assert_unreachable(engine.start("web-1").await, "Timeout { address: \"tcp://ship:2375\", within: 150.");
}

#[tokio::test]
async fn what_is_no_http_is_told_as_such() {
    let banner = Reply::ThenSilence("SSH-2.0-OpenSSH_9.2\r\n\r\n".into());
    let (_server, engine) = engine_on(Scripted::new(move |_| banner.clone())).await;
    let told = "protocol: Some(Ssh), begins: \"SSH-2.0-OpenSSH_9.2\"";
    assert_unreachable(engine.containers().await, told);
    // Nothing but the ping was sent, and whoever answers is no engine.
    assert_unreachable(engine.start("web-1").await, told);
}

#[tokio::test]
async fn a_server_that_greets_before_it_is_asked_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.2\r\n").await.ok();
            // Until the client hangs up: a server that hangs up first is another case.
            tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await.ok();
        }
    });
    let engine = Docker::new(&on_port(port), Duration::from_secs(5), None);
    for _ in 0..20 {
        assert_unreachable(engine.containers().await, "protocol: Some(Ssh)");
    }
}

#[tokio::test]
async fn a_tls_port_is_told_as_one() {
    let body = "Client sent an HTTP request to an HTTPS server.\n";
    let reply = format!("HTTP/1.0 400 Bad Request\r\n\r\n{body}");
    let (_server, engine) = engine_on(Scripted::new(move |_| Reply::ThenHangUp(reply.clone()))).await;
    let error = engine.containers().await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Unreachable(EngineFault::Connection(fault))
            if matches!(**fault, ConnectionFault::NeedsTls { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn whoever_is_no_engine_has_no_say_about_containers() {
    let (_server, engine) = engine_on(Scripted::new(|_| json(404, "page not found"))).await;
    assert_unreachable(engine.inspect("web-1").await, "status: \"404 Not Found\", server: None");
    assert_unreachable(engine.remove("web-1").await, "status: \"404 Not Found\", server: None");
    let (_server, engine) = engine_on(Scripted::new(|_| json(200, "{}"))).await;
    assert_unreachable(engine.containers().await, "status: \"200 OK\", server: None");
    let nginx = "HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.25.3\r\nContent-Length: 0\r\n\r\n";
    let (_server, engine) = engine_on(Scripted::new(|_| Reply::Bytes(nginx.into()))).await;
    assert_unreachable(engine.containers().await, "\"502 Bad Gateway\", server: Some(\"nginx/1.25.3\")");
}

#[tokio::test]
async fn no_answer_is_collected_without_end() {
    let spaces = Reply::ThenSpaces("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".into());
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => spaces.clone(),
    });
    let dial = on_port(server.on_tcp().await);
    let engine = Docker::with_limits(&dial, Duration::from_secs(60), None, limits(1 << 20));
    assert_unreachable(engine.containers().await, "TooLong(1048576)");
    assert_no_answer(pulled(&engine).await, "LongMessage(65536)");
}

#[tokio::test]
async fn all_answers_to_one_command_have_one_limit_whatever_the_engine_and_the_connection() {
    let list = format!("[{}]", " ".repeat(300_000));
    let allowance = Allowance::of(1 << 20);
    let mut engines = Vec::new();
    for _ in 0..2 {
        let list = list.clone();
        let server = Scripted::new(move |request| match request {
            "GET /_ping" => pong("1.41"),
            _ => json(200, &list),
        });
        let dial = on_port(server.on_tcp().await);
        engines.push((Docker::sharing(&dial, Duration::from_secs(60), None, allowance.clone()), server));
    }
    let (one, other) = (&engines[0].0, &engines[1].0);
    let (containers, images) = tokio::join!(one.containers(), one.images());
    assert!(containers.is_ok() && images.is_ok());
    assert!(other.networks().await.is_ok());
    assert_unreachable(other.containers().await, "AllTooLong(1048576)");
    assert_unreachable(one.containers().await, "AllTooLong(1048576)");
}

#[tokio::test]
async fn the_list_of_containers_alone_may_be_long() {
    let long = format!("[{}]", " ".repeat(65 << 20));
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => json(200, &long),
    });
    let dial = on_port(server.on_tcp().await);
    let engine = Docker::new(&dial, Duration::from_secs(60), None);
    assert_eq!(engine.containers().await, Ok(Vec::new()));
    assert_unreachable(engine.inspect("web-1").await, "TooLong(67108864)");
    assert_unreachable(engine.images().await, "TooLong(67108864)");
    assert_unreachable(engine.identity().await, "TooLong(67108864)");
}

#[tokio::test]
async fn a_state_that_is_new_fails_nothing() {
    let list = r#"[{"Id":"1","Names":["/a"],"State":"levitating","Status":"Up"},
                   {"Id":"2","Names":["/b"],"State":"running","Status":"Up"}]"#;
    let (_server, engine) = engine_that(json(200, list)).await;
    let containers = engine.containers().await.unwrap();
    assert_eq!(containers[0].state, ContainerState::Other("levitating".into()));
    assert_eq!(containers[1].state, ContainerState::Running);
}

#[tokio::test]
async fn calls_share_one_connection_and_one_version() {
    let server = Scripted::new(|request| match request {
        "GET /_ping" => pong("1.47"),
        _ if request.starts_with("POST") => Reply::Bytes("HTTP/1.1 204 No Content\r\n\r\n".into()),
        _ => json(200, "[]"),
    });
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker.sock");
    server.on_unix(&path);
    let dial: Arc<dyn Dial> = Arc::new(UnixSocket { path });
    let engine = Docker::new(&dial, Duration::from_secs(5), None);
    for _ in 0..5 {
        engine.containers().await.unwrap();
        engine.start("web-1").await.unwrap();
    }
    assert_eq!(server.accepted(), 1);
    let mut expected = vec!["GET /_ping"];
    for _ in 0..5 {
        expected.push("GET /v1.47/containers/json?all=1");
        expected.push("POST /v1.47/containers/web-1/start");
    }
    assert_eq!(server.requests(), expected);
}

#[tokio::test]
async fn what_is_already_so_is_no_error() {
    let (_server, engine) = engine_that(Reply::Bytes("HTTP/1.1 304 Not Modified\r\n\r\n".into())).await;
    assert_eq!(engine.start("web-1").await, Ok(()));
    assert_eq!(engine.stop("web-1", Duration::from_secs(10)).await, Ok(()));
    let (_server, engine) = engine_that(json(409, r#"{"message":"Container 1 is not running"}"#)).await;
    assert_eq!(engine.kill("web-1").await, Ok(()));
    assert!(matches!(engine.remove("web-1").await, Err(EngineError::Conflict(_))));
    let (_server, engine) = engine_that(json(404, r#"{"message":"No such container"}"#)).await;
    assert_eq!(engine.remove("web-1").await, Ok(()));
    assert_eq!(engine.inspect("web-1").await, Ok(None));
    assert!(matches!(engine.kill("web-1").await, Err(EngineError::NotFound(_))));
}

#[tokio::test]
async fn a_wait_ends_with_the_exit_code_or_with_its_time() {
    let (_server, engine) = engine_that(json(200, r#"{"StatusCode":137}"#)).await;
    assert_eq!(engine.exit_within("web-1", Duration::from_secs(5)).await, Ok(Some(137)));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for reply in [silence(), Reply::ThenSilence(head.into())] {
        let (_server, engine) = engine_that(reply).await;
        // Longer than the engine's own timeout, which does not count here.
        assert_eq!(engine.exit_within("web-1", 2 * TIMEOUT).await, Ok(None));
    }
    let late = ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", r#"{"StatusCode":0}"#];
    let late = Reply::Slowly(2 * TIMEOUT, late.map(str::to_owned).to_vec());
    let (_server, engine) = engine_that(late).await;
    assert_eq!(engine.exit_within("web-1", Duration::from_secs(30)).await, Ok(Some(0)));
    let (_server, engine) = engine_that(json(404, r#"{"message":"No such container"}"#)).await;
    assert!(matches!(engine.exit_within("web-1", TIMEOUT).await, Err(EngineError::NotFound(_))));
}

#[tokio::test]
async fn a_log_that_falls_silent_is_an_error_unless_it_is_followed() {
    let server = Scripted::new(|request| match request {
        "GET /_ping" => pong("1.41"),
        _ if request.contains("/json") => {
            json(200, r#"{"Id":"1","State":{"Status":"running"},"Config":{"Tty":true}}"#)
        }
        _ => Reply::ThenSilence(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n2026-11-29T08:00:00Z one\r\n2026-11-29T08:00:00Z tw"
                .into(),
        ),
    });
    let (server, engine) = engine_on(server).await;
    let mut lines = engine.logs("web-1", LogOptions::default()).await.unwrap();
    let first = lines.next().await.unwrap().unwrap();
    assert_eq!((first.stderr, first.text.as_str()), (false, "one"));
    assert_unreachable(lines.next().await.unwrap(), "within: 200ms");
    assert!(lines.next().await.is_none());
    let options = LogOptions { follow: true, tail: Some(7), ..LogOptions::default() };
    let mut lines = engine.logs("web-1", options).await.unwrap();
    assert!(lines.next().await.unwrap().is_ok());
    assert!(timeout(2 * TIMEOUT, lines.next()).await.is_err(), "it is waited for more");
    let followed = server.requests().into_iter().rfind(|request| request.contains("/logs")).unwrap();
    assert!(followed.ends_with("/logs?stdout=1&stderr=1&timestamps=1&follow=1&tail=7"), "{followed}");
}

#[tokio::test]
async fn an_engine_that_says_how_it_sends_a_log_is_not_asked_about_its_container() {
    let server = Scripted::new(|request| match request {
        "GET /_ping" => pong("1.42"),
        _ if request.contains("/logs") => Reply::ThenSilence(
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n\r\n\
             \u{2}\0\0\0\0\0\0\u{19}2026-11-29T08:00:00Z two\n"
                .into(),
        ),
        _ => json(404, r#"{"message":"nobody asks"}"#),
    });
    let (server, engine) = engine_on(server).await;
    let mut lines = engine.logs("web-1", LogOptions::default()).await.unwrap();
    let first = lines.next().await.unwrap().unwrap();
    assert_eq!((first.stderr, first.text.as_str()), (true, "two"));
    assert_eq!(server.requests().iter().filter(|request| request.contains("web-1")).count(), 1);
}

#[tokio::test]
async fn a_command_may_take_its_time_and_its_exit_code_may_come_late() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        "POST /v1.41/containers/web-1/exec" => json(201, r#"{"Id":"e1"}"#),
        "POST /v1.41/exec/e1/start" => Reply::Slowly(
            2 * TIMEOUT,
            ["HTTP/1.1 200 OK\r\n\r\n", "\u{1}\0\0\0\0\0\0\u{3}ok\n"].map(str::to_owned).to_vec(),
        ),
        _ if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
            json(200, r#"{"Running":true,"ExitCode":null}"#)
        }
        _ => json(200, r#"{"Running":false,"ExitCode":4}"#),
    });
    let dial = on_port(server.on_tcp().await);
    let engine = Docker::with_limits(&dial, 10 * TIMEOUT, None, limits(1 << 20));
    let executed = engine.exec("web-1", &["true".to_owned()][..].into()).await.unwrap();
    assert_eq!((executed.exit_code, executed.output), (4, vec!["ok".to_owned()]));
    let last = server.requests().pop();
    assert_eq!(last.as_deref(), Some("GET /v1.41/exec/e1/json"));
}
