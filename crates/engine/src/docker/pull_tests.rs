//! Fetching images from a scripted engine: its stream, its silence, its errors.

use super::{
    tests::{engine_on, engine_that, on_port},
    *,
};
use crate::{
    Images as _,
    pull::{PullError, Pulled},
    scripted::{Reply, Scripted, json, pong},
};
use maestro_core::{
    fault::EngineFault,
    model::registry::{Credential, PullFault, RegistryLogin, Secret},
    observed::pull::PullAmount,
};

/// What an engine says before it begins with a stream.
const HEAD: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

fn login() -> RegistryLogin {
    let proof = Credential::Password(Secret::new("c4nary-pa55word"));
    RegistryLogin { username: "deploy".into(), proof, email: None }
}

#[track_caller]
fn assert_fault(result: Result<Pulled, PullError>, expected: PullFault, part: &str) {
    match result {
        Err(PullError::Registry { fault, words }) => {
            assert_eq!(fault, expected, "{words:?}");
            assert!(format!("{words:?}").contains(part), "{words:?}");
        }
        other => panic!("expected {expected:?}, got {other:?}"),
    }
}

/// What comes of a pull whose engine gives that answer, and how far it said that it is.
async fn pulled(reply: Reply) -> (Result<Pulled, PullError>, Vec<PullAmount>) {
    let (_server, engine) = engine_that(reply).await;
    let mut progress = Vec::new();
    let result = engine.pull("web", None, Some(&login()), &mut |text| progress.push(text)).await;
    (result, progress)
}

#[tokio::test]
async fn a_registry_that_falls_silent_is_told_as_such() {
    let begun = format!("{HEAD}{{\"status\":\"Downloading\",\"id\":\"a\"}}\r\n");
    for beginning in [String::new(), HEAD.to_owned(), begun] {
        let (result, _) = pulled(Reply::ThenSilence(beginning)).await;
        assert_fault(result, PullFault::Stalled, "NoProgress(200ms)");
    }
}

#[tokio::test]
async fn an_engine_that_falls_silent_is_told_as_such() {
    let server = Scripted::new(|_| Reply::ThenSilence(String::new()));
    let engine = Docker::new(&on_port(server.on_tcp().await), Duration::from_millis(200), Some(wire::NEWEST));
    let result = engine.pull("web", None, None, &mut |_| {}).await;
    assert!(
        matches!(&result, Err(PullError::Engine(EngineError::ResponseLost(EngineFault::Silent { .. })))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_pull_may_last_as_long_as_there_is_progress() {
    let mut pieces = vec![HEAD.to_owned()];
    pieces.extend((1..=8).map(|mb| {
        format!(
            "{{\"status\":\"Downloading\",\"id\":\"a\",\"progressDetail\":{{\"current\":{mb}000000,\"total\":8000000}}}}\r\n"
        )
    }));
    // In all longer than the engine's timeout, with room for a busy machine between two.
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => Reply::Slowly(Duration::from_millis(150), pieces.clone()),
    });
    let engine = Docker::new(&on_port(server.on_tcp().await), Duration::from_secs(1), None);
    let mut progress = Vec::new();
    let result = engine.pull("web", None, None, &mut |line| progress.push(line)).await;
    assert_eq!((result, progress.len()), (Ok(Pulled::default()), 8));
    let (bytes, total_bytes) = (8_000_000, 8_000_000);
    let whole = PullAmount { bytes, total_bytes, is_total_known: true, layers_done: 0, layers: 1 };
    assert_eq!(progress[7], whole);
}

#[tokio::test]
async fn an_engine_that_only_repeats_itself_makes_no_progress() {
    let again = r#"{"status":"Downloading","id":"a","progressDetail":{"current":1,"total":8}}"#;
    let mut pieces = vec![HEAD.to_owned()];
    pieces.extend((0..1000).map(|_| format!("{again}\r\n")));
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => Reply::Slowly(Duration::from_millis(20), pieces.clone()),
    });
    let engine = Docker::new(&on_port(server.on_tcp().await), Duration::from_millis(400), None);
    assert_fault(engine.pull("web", None, None, &mut |_| {}).await, PullFault::Stalled, "NoProgress(400ms)");
}

#[tokio::test]
async fn an_error_in_the_stream_is_one_however_good_the_status_was() {
    let stream = concat!(
        r#"{"status":"Pulling from web","id":"latest"}"#,
        "\r\n",
        r#"{"status":"Downloading","id":"a","progressDetail":{"current":1000001,"total":2000000}}"#,
        "\r\n",
        r#"{"errorDetail":{"message":"write /x: no space left on device"},"error":"x"}"#,
        "\r\n"
    );
    let (result, progress) = pulled(Reply::ThenHangUp(format!("{HEAD}{stream}"))).await;
    assert_fault(result, PullFault::DiskFull, "no space left on device");
    let (bytes, total_bytes) = (1_000_001, 2_000_000);
    let all = PullAmount { bytes, total_bytes, is_total_known: true, layers_done: 0, layers: 1 };
    assert_eq!(progress, [all]);
    let (result, _) = pulled(Reply::ThenHangUp(format!("{HEAD}{{\"error\":\"unexpected EOF\"}}"))).await;
    assert_fault(result, PullFault::Unreachable, "unexpected EOF");
}

#[tokio::test]
async fn an_error_status_is_told_by_its_words() {
    for (status, words, fault) in [
        (
            500,
            "received unexpected HTTP status: 503 Service Unavailable",
            PullFault::Broken { status: Some(503) },
        ),
        (500, "unauthorized: authentication required", PullFault::WrongLogin),
        (401, "unauthorized: authentication required", PullFault::WrongLogin),
        (404, "manifest for web:latest not found: manifest unknown", PullFault::NoSuchImage),
    ] {
        let (result, _) = pulled(json(status, &format!("{{\"message\":\"{words}\"}}"))).await;
        assert_fault(result, fault, words);
    }
}

#[tokio::test]
async fn what_is_no_stream_is_no_success() {
    let (result, _) = pulled(Reply::ThenHangUp(format!("{HEAD}<html>\r\n"))).await;
    assert!(matches!(&result, Err(PullError::Engine(EngineError::ResponseLost(_)))), "{result:?}");
    let long = format!("{HEAD}{}", "x".repeat(1 << 18));
    let (server, engine) = engine_on(Scripted::new(move |request| match request {
        "GET /_ping" => pong("1.41"),
        _ => Reply::ThenHangUp(long.clone()),
    }))
    .await;
    let result = engine.pull("web", None, None, &mut |_| {}).await;
    assert!(matches!(&result, Err(PullError::Engine(EngineError::ResponseLost(_)))), "{result:?}");
    assert!(
        server.requests()[1].ends_with("/images/create?fromImage=web%3Alatest"),
        "{:?}",
        server.requests()
    );
}

#[tokio::test]
async fn what_has_changed_is_known_at_the_end() {
    let digest = r#"{"status":"Digest: sha256:b42d"}"#;
    for (status, was_there) in [
        ("Status: Image is up to date for web:latest", true),
        ("Status: Downloaded newer image for web:latest", false),
    ] {
        let stream = format!("{HEAD}{digest}\r\n{{\"status\":\"{status}\"}}\r\n");
        let (result, _) = pulled(Reply::ThenHangUp(stream)).await;
        assert_eq!(result, Ok(Pulled { digest: Some("sha256:b42d".into()), was_there }));
    }
}
