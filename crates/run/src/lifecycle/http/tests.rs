//! Against a server in a thread that writes down what it is asked and answers what it is told to.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::*;
use maestro_core::value::{
    check::{HttpOptions, Pattern},
    secret::Secret,
};

const AUTHORITY: &[u8] = include_bytes!("../../../../../tests/support/tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../../../../tests/support/tls/localhost.pem");
const KEY: &[u8] = include_bytes!("../../../../../tests/support/tls/localhost-key.pem");

/// Answers one request after the other, and tells each as it came. A connection is for one request.
fn server(answers: Vec<String>, tls: bool) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, requests) = mpsc::channel();
    let config = tls.then(|| {
        let chain = CertificateDer::pem_slice_iter(CERTIFICATE).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Arc::new(versions.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap())
    });
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            match &config {
                None => serve(stream, &answer, &sender),
                Some(config) => {
                    let connection = ServerConnection::new(config.clone()).unwrap();
                    let mut stream = StreamOwned::new(connection, stream);
                    serve(&mut stream, &answer, &sender);
                    stream.conn.send_close_notify();
                    stream.flush().ok();
                }
            }
        }
    });
    (port, requests)
}

/// One request and its answer; an other side that hangs up on us is its own business.
fn serve(mut stream: impl Read + Write, answer: &str, sender: &mpsc::Sender<String>) {
    let mut request = Vec::new();
    let mut byte = [0];
    let length = |head: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
        line.map_or(0, |length| length.parse::<usize>().unwrap())
    };
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return,
        }
    }
    let mut body = vec![0; length(&String::from_utf8_lossy(&request))];
    if stream.read_exact(&mut body).is_ok() {
        request.extend(body);
        sender.send(String::from_utf8(request).unwrap()).ok();
        stream.write_all(answer.as_bytes()).ok();
        stream.flush().ok();
    }
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn check(port: u16) -> HttpCheck {
    HttpCheck {
        scheme: "http".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        path: "/health".to_owned(),
        method: "GET".to_owned(),
        pattern: None,
        max_wait: Duration::from_secs(30),
        options: HttpOptions::default(),
        authorities: None,
        identity: None,
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern { written: text.to_owned(), translated: text.to_owned() }
}

async fn ask(check: &HttpCheck) -> Result<(), HttpFault> {
    Request::new(check).unwrap().ask().await
}

#[tokio::test]
async fn status_200_passes_and_no_other() {
    let answers =
        [answer("200 OK", ""), answer("204 No Content", ""), answer("503 Service Unavailable", "x")];
    let (port, _requests) = server(answers.into(), false);
    assert_eq!(ask(&check(port)).await, Ok(()));
    assert_eq!(ask(&check(port)).await, Err(HttpFault::Status("204 No Content".to_owned())));
    assert_eq!(ask(&check(port)).await, Err(HttpFault::Status("503 Service Unavailable".to_owned())));
    // Bound, so that nobody else gets it, but not listening.
    let deaf = tokio::net::TcpSocket::new_v4().unwrap();
    deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let seen = ask(&check(deaf.local_addr().unwrap().port())).await;
    assert_eq!(seen, Err(HttpFault::Words("connection refused".to_owned())));
}

#[tokio::test]
async fn a_pattern_counts_whatever_the_status() {
    let answers = [answer("503 Oh", "all\nUP"), answer("200 OK", "starting"), answer("200 OK", "")];
    let (port, _requests) = server(answers.into(), false);
    let check = HttpCheck { pattern: Some(pattern("all.UP")), ..check(port) };
    assert_eq!(ask(&check).await, Ok(()));
    let status = || "200 OK".to_owned();
    let no_match =
        HttpFault::NoMatch { status: status(), pattern: "all.UP".to_owned(), begins: "starting".to_owned() };
    assert_eq!(ask(&check).await, Err(no_match));
    assert_eq!(ask(&check).await, Err(HttpFault::EmptyBody { status: status() }));
}

#[tokio::test]
async fn all_that_the_file_says_is_sent() {
    let (port, requests) = server(vec![answer("200 OK", ""); 3], false);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = HttpOptions {
        headers: vec![pair("X-Token", "abc"), pair("User-Agent", "mine")],
        auth: Some(pair("ann", "hunter2")),
        params: vec![pair("a b", "c&d")],
        body: Some(HttpBody::Form(vec![pair("x", "1 2"), pair("y", "ä")])),
        ..HttpOptions::default()
    };
    let sent = HttpCheck { method: "POST".to_owned(), path: "/p?q=1".to_owned(), options, ..check(port) };
    assert_eq!(ask(&sent).await, Ok(()));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /p?q=1&a+b=c%26d HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nx=1+2&y=%C3%A4"), "{request}");
    for line in [
        "x-token: abc",
        "user-agent: mine",
        "authorization: Basic YW5uOmh1bnRlcjI=",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} in {request}");
    }
    assert_eq!(request.matches("user-agent").count(), 1);
    let json = HttpOptions { body: Some(HttpBody::Json("{\"a\":1}".to_owned())), ..HttpOptions::default() };
    assert_eq!(ask(&HttpCheck { options: json, ..check(port) }).await, Ok(()));
    let request = requests.recv().unwrap();
    assert!(
        request.contains("content-type: application/json\r\n") && request.ends_with("{\"a\":1}"),
        "{request}"
    );
    let text = HttpOptions { body: Some(HttpBody::Text("ping".to_owned())), ..HttpOptions::default() };
    assert_eq!(ask(&HttpCheck { options: text, ..check(port) }).await, Ok(()));
    let request = requests.recv().unwrap();
    assert!(!request.contains("content-type") && request.ends_with("ping"), "{request}");
}

#[tokio::test]
async fn redirections_are_followed_unless_the_file_says_no() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let answers = vec![moved.to_owned(), answer("200 OK", ""), moved.to_owned()];
    let (port, requests) = server(answers, false);
    assert_eq!(ask(&check(port)).await, Ok(()));
    let second = requests.iter().nth(1).unwrap();
    assert!(second.starts_with("GET /other "), "{second}");
    let options = HttpOptions { redirects: false, ..HttpOptions::default() };
    let still = HttpCheck { options, ..check(port) };
    assert_eq!(ask(&still).await, Err(HttpFault::Status("302 Found".to_owned())));
}

#[tokio::test]
async fn another_host_gets_none_of_what_the_file_says() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let (other, others) = server(vec![answer("200 OK", "")], false);
        // The same address under another port is another host: somebody else may listen there.
        let moved = format!(
            "HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:{other}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let here = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let (port, requests) = server(vec![here.to_owned(), moved], false);
        let options = HttpOptions {
            headers: vec![
                pair("X-Token", "c4nary"),
                pair("Cookie", "session=c4nary"),
                pair("Host", "c4nary.example"),
            ],
            auth: Some(pair("ann", "c4nary")),
            params: vec![pair("key", "c4nary")],
            ..HttpOptions::default()
        };
        assert_eq!(ask(&HttpCheck { options, ..check(port) }).await, Ok(()));
        let (first, again) = (requests.recv().unwrap(), requests.recv().unwrap());
        assert!(first.contains("x-token: c4nary") && again.contains("x-token: c4nary"), "{again}");
        assert!(
            again.contains("authorization: Basic ") && again.contains("cookie: session=c4nary"),
            "{again}"
        );
        let told = others.recv().unwrap();
        for secret in ["c4nary", "authorization", "cookie", "referer", "YW5u"] {
            assert!(!told.to_lowercase().contains(&secret.to_lowercase()), "{status}: {secret} in {told}");
        }
    }
}

#[tokio::test]
async fn redirections_without_an_end_or_a_place_do_not_pass() {
    let moved = |to: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    };
    let (port, requests) = server(vec![moved("/"); MOST_REDIRECTS + 5], false);
    assert_eq!(ask(&check(port)).await, Err(HttpFault::Redirections(MOST_REDIRECTS)));
    assert_eq!(requests.try_iter().count(), MOST_REDIRECTS + 1);
    let (port, _requests) = server(vec![moved("file:///etc/passwd")], false);
    assert_eq!(ask(&check(port)).await, Err(HttpFault::RedirectedNowhere));
}

#[tokio::test]
async fn what_hangs_up_or_hangs_is_told_in_few_words() {
    let (port, _requests) = server(vec![String::new()], false);
    assert_eq!(ask(&check(port)).await, Err(HttpFault::Closed));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let short = Duration::from_millis(50);
    let options = HttpOptions { timeout: Some((short, short)), ..HttpOptions::default() };
    let hangs = HttpCheck { options, ..check(silent.local_addr().unwrap().port()) };
    assert_eq!(ask(&hangs).await, Err(HttpFault::Timeout));
}

#[tokio::test]
async fn a_certificate_is_verified_unless_the_file_says_no() {
    let (port, _requests) = server(vec![answer("200 OK", ""); 3], true);
    let https = HttpCheck { scheme: "https".to_owned(), ..check(port) };
    let seen = ask(&https).await.unwrap_err();
    assert!(matches!(&seen, HttpFault::Words(words) if words.contains("certificate")), "{seen:?}");
    let authority = Some(Secret::new(AUTHORITY));
    let identity = Some(Secret::new([CERTIFICATE, KEY].concat()));
    assert_eq!(ask(&HttpCheck { authorities: authority, identity, ..https.clone() }).await, Ok(()));
    let options = HttpOptions { verify: false, ..HttpOptions::default() };
    assert_eq!(ask(&HttpCheck { options, ..https }).await, Ok(()));
}

#[tokio::test]
async fn what_cannot_be_used_is_told_before_anything_is_sent() {
    let bad = Some(Secret::new(*b"-----BEGIN CERTIFICATE-----\nxx\n"));
    let authorities = Request::new(&HttpCheck { authorities: bad.clone(), ..check(1) });
    assert!(matches!(authorities, Err(HttpFault::Authorities(_))));
    let identity = Request::new(&HttpCheck { identity: bad, ..check(1) });
    assert!(matches!(identity, Err(HttpFault::Identity(_))));
}

#[tokio::test]
async fn a_proxy_is_gone_through() {
    let (port, requests) = server(vec![answer("200 OK", "fine")], false);
    let mut check = check(1);
    check.host = "10.255.255.1".to_owned();
    check.options.proxies = vec![(ProxyFor::Http, format!("http://127.0.0.1:{port}"))];
    Request::new(&check).unwrap().attempt().await.unwrap();
    assert!(requests.recv().unwrap().starts_with("GET http://10.255.255.1:1/"));
}

#[tokio::test]
async fn a_failure_behind_a_proxy_names_it() {
    let (port, _requests) = server(vec![answer("503 Service Unavailable", "no such host")], false);
    let mut check = check(1);
    check.host = "10.255.255.1".to_owned();
    check.options.proxies = vec![(ProxyFor::Http, format!("http://user:hunter2@127.0.0.1:{port}"))];
    let Err(Seen::NotYet(why)) = Request::new(&check).unwrap().attempt().await else { panic!() };
    let ProbeFault::Http { proxy, .. } = why else { panic!("{why:?}") };
    assert_eq!(proxy, Some(format!("127.0.0.1:{port}")));
}

#[test]
fn a_proxy_of_the_environment_is_known() {
    let check = check(1);
    let of = |variables: &[(&str, &str)], url: &str| {
        let get =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        proxy::of(&check, &Url::parse(url).unwrap(), get)
    };
    let set = [("http_proxy", "http://u:p@proxy:3128"), ("NO_PROXY", "localhost,.example.com")];
    assert_eq!(of(&set, "http://10.0.0.1/").as_deref(), Some("proxy:3128"));
    assert_eq!(of(&set, "http://web.example.com/"), None);
    assert_eq!(of(&set, "http://localhost:80/"), None);
    assert_eq!(of(&set, "https://10.0.0.1/"), None);
    assert_eq!(of(&[], "http://10.0.0.1/"), None);
}

/// What tells the test below that it is the machine without certificates.
const NOWHERE: &str = "/nowhere/certificates";

#[tokio::test]
async fn without_certificates_of_authorities_plain_http_works() {
    if std::env::var_os("SSL_CERT_DIR").is_none_or(|folder| folder != NOWHERE) {
        let name = "lifecycle::http::tests::without_certificates_of_authorities_plain_http_works";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let output =
            again.args(["--exact", name]).env("SSL_CERT_DIR", NOWHERE).env("SSL_CERT_FILE", NOWHERE).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
        return;
    }
    let (port, _requests) = server(vec![answer("200 OK", "fine")], false);
    let plain = check(port);
    Request::new(&plain).unwrap().attempt().await.unwrap();
    let over_tls = HttpCheck { scheme: "https".to_owned(), ..plain };
    assert!(Request::new(&over_tls).is_err(), "a machine without certificates cannot trust anybody");
}
