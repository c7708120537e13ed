//! The server over TLS.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use maestro_web::{
    AccessGuard, Backend, Hosts, PageAction, PageMessages, PageNodes, PageQuestion, PageRefusal, PageStream,
    TlsListener, serve,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider, pki_types::ServerName};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

/// Knows nothing.
struct Nothing;

fn refused() -> PageRefusal {
    PageRefusal { status: 404, document: json!({}) }
}

#[async_trait]
impl Backend for Nothing {
    async fn ask(&self, _: PageQuestion) -> Result<Value, PageRefusal> {
        Err(refused())
    }

    async fn draw(&self, _: Option<PageNodes>) -> Result<String, PageRefusal> {
        Err(refused())
    }

    async fn follow(&self, _: PageStream) -> Result<PageMessages, PageRefusal> {
        Err(refused())
    }

    async fn act(&self, _: PageAction) -> Result<Value, PageRefusal> {
        Err(refused())
    }

    fn token_used(&self, _: &str) {}
}

#[tokio::test]
async fn the_page_is_served_over_tls_and_a_silent_client_holds_no_other_up() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let guard = AccessGuard::new(Hosts { address, names: Vec::new(), is_tls: true }, false).unwrap();
    let token = guard.entry();
    let key = signing_key.serialize_der();
    let listener = TlsListener::new(listener, vec![cert.der().to_vec()], &key).unwrap();
    tokio::spawn(serve(listener, guard, Arc::new(Nothing), pending()));

    let _silent = TcpStream::connect(address).await.unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let port = address.port();
    let request = format!("GET /?token={token} HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 303"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/; Secure"), "{cookie}");
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused() {
    let one = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let key = other.signing_key.serialize_der();
    assert!(TlsListener::new(listener, vec![one.cert.der().to_vec()], &key).is_err());
}
