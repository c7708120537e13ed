//! The version of the API: negotiated, pinned, refused, or asked of a server that is no engine.

use std::time::Duration;

use super::{tests::on_port, *};
use crate::{
    Containers as _, Images as _,
    scripted::{Reply, Scripted, json, pong},
};

/// The versions that are spoken with an engine whose newest is `offered`.
async fn spoken(offered: &'static str, pinned: Option<ApiVersion>) -> Vec<String> {
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong(offered),
        _ => json(200, "[]"),
    });
    let dial = on_port(server.on_tcp().await);
    let engine = Docker::new(&dial, Duration::from_secs(5), pinned);
    engine.images().await.unwrap();
    server.requests()
}

#[tokio::test]
async fn the_version_stays_within_what_is_known() {
    for (offered, path) in [
        ("1.41", "GET /v1.41/images/json"),
        ("1.52", "GET /v1.52/images/json"),
        ("2.7", "GET /v1.53/images/json"),
    ] {
        assert_eq!(spoken(offered, None).await, ["GET /_ping", path]);
    }
    let pinned = ApiVersion { major: 1, minor: 30 };
    assert_eq!(spoken("1.41", Some(pinned)).await, ["GET /v1.30/images/json"]);
}

/// What an engine says whose newest version is `offered`, to somebody who wants `pinned`.
async fn unspoken(offered: &'static str, pinned: Option<ApiVersion>) -> String {
    let server = Scripted::new(move |request| match request {
        "GET /_ping" => pong(offered),
        _ => json(
            400,
            r#"{"message":"client version 1.99 is too new. Maximum supported API version is 1.41"}"#,
        ),
    });
    let port = server.on_tcp().await;
    let engine = Docker::new(&on_port(port), Duration::from_secs(5), pinned);
    match engine.containers().await {
        Err(EngineError::Unreachable(fault)) => format!("{fault:?}").replace(&port.to_string(), "PORT"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_version_that_is_not_spoken_is_told_as_such() {
    insta::assert_snapshot!(unspoken("1.39", None).await, @r#"Connection(TooOld { address: "tcp://127.0.0.1:PORT", version: "1.39", oldest: "1.41" })"#);
    let pinned = ApiVersion { major: 1, minor: 99 };
    insta::assert_snapshot!(unspoken("1.41", Some(pinned)).await, @r#"Connection(VersionRefused { address: "tcp://127.0.0.1:PORT", version: "1.99", words: "client version 1.99 is too new. Maximum supported API version is 1.41" })"#);
}

#[tokio::test]
async fn with_a_pinned_version_what_is_no_engine_is_told_as_such() {
    let server = Scripted::new(|_| {
        Reply::Bytes("HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n".into())
    });
    let pinned = ApiVersion { major: 1, minor: 45 };
    let engine = Docker::new(&on_port(server.on_tcp().await), Duration::from_secs(5), Some(pinned));
    let told = engine.containers().await;
    assert!(
        matches!(&told, Err(EngineError::Unreachable(fault)) if format!("{fault:?}").contains("OtherServer")),
        "{told:?}"
    );
    assert_eq!(server.requests(), ["GET /v1.45/containers/json?all=1", "GET /_ping"]);
}

#[tokio::test]
async fn with_a_pinned_version_a_web_page_is_no_engine() {
    let page = "<html><title>It works</title></html>";
    let server = Scripted::new(move |_| {
        let kind = "Content-Type: text/html; charset=utf-8";
        let length = page.len();
        Reply::Bytes(format!(
            "HTTP/1.1 200 OK\r\nServer: nginx\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{page}"
        ))
    });
    let pinned = ApiVersion { major: 1, minor: 45 };
    let port = server.on_tcp().await;
    let engine = Docker::new(&on_port(port), Duration::from_secs(5), Some(pinned));
    let Err(EngineError::Unreachable(fault)) = engine.containers().await else { panic!("an engine") };
    let told = format!("{fault:?}").replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(told, @r#"Connection(OtherServer { address: "tcp://127.0.0.1:PORT", greeting: Http { status: "200 OK, text/html", server: Some("nginx") } })"#);
}
