//! Answers that are huge, deep, corrupt, slow or without end: each ends with a message, in bounded memory and time.

use crate::server::{Answer, Site, json, typed};

const FILE: &str = "name: shop
ships: {node1: {ip: 10.0.0.1, timeout: 3, socket_path: docker.sock}}
services:
  web: {image: nginx, instances: {web-1: {ship: node1}}}
";

/// What is said of an answer that is given up for its length.
const TOO_LONG: &str = "longer than 268435456 bytes";

fn head(rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{rest}\r\n\r\n").into_bytes()
}

/// What an engine answers to the list of containers, and parts of which one is said about it.
type Bad = (&'static str, fn() -> Answer, &'static str);

#[expect(clippy::too_many_lines, reason = "a table")]
fn bad_answers() -> Vec<Bad> {
    vec![
        ("endless", || Answer::Endless(head("Connection: close"), b"[".to_vec()), TOO_LONG),
        (
            "declared too long",
            || Answer::Endless(head("Content-Length: 1000000000000"), b" ".to_vec()),
            TOO_LONG,
        ),
        ("declared and not sent", || Answer::HangUp(head("Content-Length: 1073741824")), "was lost"),
        (
            "declared and awaited",
            || Answer::Silence(head("Content-Length: 1073741824")),
            "did not answer within 3 s",
        ),
        (
            "endless chunks",
            || {
                let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
                Answer::Endless(head("Transfer-Encoding: chunked"), chunk.into_bytes())
            },
            TOO_LONG,
        ),
        (
            "endless head",
            || Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: of the same\r\n".to_vec()),
            "does not speak HTTP",
        ),
        (
            "endless line of the head",
            || Answer::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b"x".to_vec()),
            "does not speak HTTP",
        ),
        (
            "huge chunk",
            || {
                Answer::HangUp(
                    [head("Transfer-Encoding: chunked"), b"ffffffffffffffff\r\n[".to_vec()].concat(),
                )
            },
            "was lost",
        ),
        ("deep", || json(200, &"[".repeat(100_000)), "recursion limit exceeded|not understood"),
        ("deep object", || json(200, &format!("[{}", "{\"Labels\":".repeat(100_000))), "not understood"),
        (
            "deep where nobody looks",
            || {
                json(
                    200,
                    &format!("[{{\"Id\":\"1\",\"Unheard\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000)),
                )
            },
            "recursion limit exceeded|web-1",
        ),
        ("cut off", || json(200, "[{\"Id\":\"1\",\"Names\":[\"/we"), "not understood"),
        ("of another kind", || json(200, "{\"message\":\"no\"}"), "not understood"),
        ("a page", || typed(200, "text/html", b"<html><body>Welcome</body></html>"), "not understood"),
        ("no text", || typed(200, "application/json", b"[{\"Id\":\"\xff\xfe\"}]"), "not understood"),
        (
            "a number that is none",
            || json(200, "[{\"Id\":\"1\",\"Ports\":[{\"PublicPort\":1e999}]}]"),
            "not understood",
        ),
        (
            "drop by drop",
            || Answer::Drops(head("Content-Length: 1000"), vec![b' '; 1000]),
            "did not answer within 3 s",
        ),
        (
            "head drop by drop",
            || {
                Answer::Drops(
                    b"HTTP".to_vec(),
                    b"/1.1 200 OK\r\nX-More: xxxxxxxxxxxxxxxxxxxxxxxxxxx".to_vec(),
                )
            },
            "did not answer within 3 s",
        ),
        (
            "an error without end",
            || Answer::Endless(b"HTTP/1.1 500 No\r\n\r\n".to_vec(), b"sorry ".to_vec()),
            "sorry sorry",
        ),
        (
            "twice",
            || Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]".to_vec()),
            "does not speak HTTP",
        ),
    ]
}

#[test]
fn every_bad_answer_ends_with_a_message() {
    let mut wrong = Vec::new();
    for (name, answer, words) in bad_answers() {
        // Nobody may tell its length from its slowness.
        let file =
            if words == TOO_LONG { FILE.replace("timeout: 3", "timeout: 300") } else { FILE.to_owned() };
        let site = Site::new(&file, move |request| match request {
            "GET /containers/json?all=1" => answer(),
            _ => json(404, "{\"message\":\"page not found\"}"),
        });
        let ran = site.run("status");
        let is_told = words.split('|').any(|words| ran.all().contains(words));
        let ended = ran.code == Some(4) || ran.code == Some(0) && ran.all().contains("web-1");
        if !is_told || !ended || ran.all().contains("panicked") {
            wrong.push(format!("{name}: {:?}, wanted {words:?}\n{}", ran.code, ran.all()));
        }
        let longest = ran.all().lines().map(str::len).max().unwrap_or_default();
        if longest > 8_000 {
            wrong.push(format!("{name}: a line of {longest} bytes"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_changed_with_a_bad_answer_is_unknown() {
    for body in ["", "{", "{\"Id\":7}", "[]"] {
        let site = Site::new(FILE, move |request| match request {
            "GET /containers/json?all=1" | "GET /networks" => json(200, "[]"),
            "GET /images/json" => json(200, "[{\"Id\":\"sha256:1\",\"RepoTags\":[\"nginx:latest\"]}]"),
            "GET /info" => json(200, "{\"ID\":\"A\"}"),
            "GET /volumes" => json(200, "{\"Volumes\":[]}"),
            _ if request.starts_with("GET /volumes") => json(200, "{\"Volumes\":null}"),
            _ if request.starts_with("POST /volumes/create") => json(201, "{\"Name\":7}"),
            _ if request.starts_with("POST /containers/create") => json(201, body),
            _ => json(404, "{\"message\":\"nothing is here\"}"),
        });
        let ran = site.run("start");
        assert_eq!(ran.code, Some(4), "{body:?}: {}", ran.all());
        assert!(!ran.all().contains("panicked"), "{}", ran.all());
    }
}

#[test]
fn a_terminal_names_the_ships_that_are_waited_for_and_nothing_else_does() {
    let file = "name: shop
ships:
  far: {ip: 10.0.0.1, timeout: 2, socket_path: docker.sock}
  near: {ip: 10.0.0.2, socket_path: none.sock}
services:
  web: {image: nginx, instances: {web-1: {ship: far}, web-2: {ship: near}}}
";
    let site = Site::new(file, |_| Answer::Silence(Vec::new()));
    for command in ["status", "plan", "start"] {
        let screen = site.run_on_a_terminal(command);
        let line = "\r\u{1b}[K";
        let (before, after) = screen
            .split_once("waiting for ship far …")
            .unwrap_or_else(|| panic!("{command} does not name it: {screen:?}"));
        assert!(before.ends_with(line) || before.ends_with("\u{1b}[2m"), "{screen:?}");
        assert!(!after.contains("waiting for"), "{screen:?}");
        // The line is gone before anything else is written.
        let rest = after.strip_prefix("\u{1b}[0m").unwrap_or(after);
        assert!(rest.starts_with(line) && rest.contains("web-1"), "{screen:?}");
        let ran = site.run(command);
        assert!(ran.code == Some(4) && !ran.all().contains("waiting for"), "{}", ran.all());
    }
}
