//! Auditors are told of real runs, and what cannot be told breaks nothing.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    sync::mpsc,
    time::Duration,
};

use crate::{
    failures::file,
    support::site::{DEADLINE, Site},
};

const SERVICES: &str = "  web:
    image: busybox
    sh: runs
    instances: {web-unique: {}}
";

/// A listener that answers every request with that body, and hands the requests on.
fn listener(body: &'static str) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !is_whole(&request) {
                let length = stream.read(&mut buffer).unwrap();
                request.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            }
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                .unwrap();
            sender.send(request).ok();
        }
    });
    (address, requests)
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head
        .to_lowercase()
        .split_once("content-length: ")
        .map(|(_, rest)| rest.lines().next().unwrap_or_default().parse::<usize>().unwrap());
    body.len() >= length.unwrap_or_default()
}

/// The next request's first line, the headers that were asked for, and its body.
fn next(site: &Site, requests: &mpsc::Receiver<String>, header: &str) -> String {
    let request = requests.recv_timeout(DEADLINE).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let header = lines.find(|line| line.to_lowercase().starts_with(header)).unwrap_or_default();
    site.told(&format!("{first}\n{header}\n{body}\n"))
}

#[test]
#[ignore = "needs an engine"]
fn everybody_is_told_of_a_start() {
    let mut site = Site::new("");
    let (slack, to_slack) = listener("{\"ok\":true}");
    let (hook, to_hook) = listener("");
    let script = site.path().join("told.sh");
    fs::write(&script, "#!/bin/sh\necho \"$@\" > told.txt\ncat >> told.txt\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let audit = format!(
        "audit:
  - {{type: log, file: maestro.log, level: debug}}
  - {{type: slack, channel: '#ops', token: '{{{{ env.SLACK_TOKEN }}}}', url: {slack}/api}}
  - type: http
    endpoint: {hook}/deployments?by=hook
    headers: {{X-Token: '{{{{ env.SLACK_TOKEN }}}}'}}
    payload: {{text: '{{message}}', what: '{{what}}'}}
  - {{type: exec, script: ./told.sh, args: '--{{action}} {{what}} {{who}}'}}
"
    );
    site.set("SLACK_TOKEN", "hunter2");
    site.set("USER", "ann");
    site.write(&file(&audit, SERVICES));
    let said = site.succeed("start");
    assert!(!said.contains("warning") && !said.contains("hunter2"), "{said}");
    let mut told = String::new();
    for _ in 0..2 {
        told.push_str(&next(&site, &to_slack, "authorization"));
    }
    told.push_str(&next(&site, &to_hook, "x-token"));
    told.push_str(&site.told(&fs::read_to_string(site.path().join("told.txt")).unwrap()));
    let log = fs::read_to_string(site.path().join("maestro.log")).unwrap();
    // The time stands before the first word in capitals.
    let lines = log.lines().map(|line| line.split_once(',').unwrap().1.split_once(' ').unwrap().1);
    let log = site.told(&lines.collect::<Vec<_>>().join("\n"));
    assert!(to_hook.try_recv().is_err(), "a webhook is told of the begin alone");
    insta::assert_snapshot!(format!("{told}\n\n{log}"));
}

#[test]
#[ignore = "needs an engine"]
fn an_audit_that_fails_is_a_warning_and_the_run_is_whole() {
    let mut site = Site::new("");
    // It takes connections, and answers none.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (slack, _requests) = listener("{\"ok\":false,\"error\":\"invalid_auth\"}");
    let audit = format!(
        "audit:
  - {{type: log, file: no/such/folder.log}}
  - {{type: http, endpoint: 'http://{}/hunter2', timeout: 0.5}}
  - {{type: slack, channel: ops, token: hunter2, url: {slack}}}
  - {{type: exec, script: ./none, ignore_errors: true}}
",
        silent.local_addr().unwrap()
    );
    site.write(&file(&audit, SERVICES));
    let said = site.run("start");
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(!said.text.contains("hunter2"), "{}", said.text);
    assert_eq!(site.docker("inspect -f {{.State.Running}} web-unique"), "true");
    let warnings: Vec<&str> = said.text.lines().filter(|line| line.starts_with("warning")).collect();
    insta::assert_snapshot!(warnings.join("\n"));
    // What only looks tells nobody.
    let looked = site.succeed("plan");
    assert!(!looked.contains("warning"), "{looked}");
}
