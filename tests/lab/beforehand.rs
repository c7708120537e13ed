//! What is looked at on remote ships before the first step, and what is told of them afterwards.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use crate::{faults::RUNS, support::lab::Lab};

/// Two instances, one on each ship, that have those keys.
fn file(keys: &str) -> String {
    let one = |ship: u32| format!("      w{ship}-unique: {{ship: ship{ship}, {keys}}}\n");
    format!(
        "__maestro: {{schema: 2}}\nname: env-unique\nSHIPS\nservices:\n  web:\n    image: lab/busybox:1\n    command: {RUNS}\n    \
         instances:\n{}{}",
        one(1),
        one(2)
    )
}

#[test]
#[ignore = "needs a lab"]
fn a_directory_that_an_engine_would_make_is_told_by_plan_and_apply() {
    let lab = Lab::over("ssh", &file("volumes: {/srv/unique/typo.conf: /etc/app.conf}"));
    for command in ["plan", "apply"] {
        let said = lab.succeed(command);
        for ship in ["ship1", "ship2"] {
            assert!(said.contains(&format!("/typo.conf does not exist on ship {ship}")), "{said}");
        }
    }
    // Now it is there.
    assert!(!lab.succeed("restart").contains("/typo.conf does not exist"));
    lab.succeed("stop");
    lab.succeed("clean");
}

#[test]
#[ignore = "needs a lab"]
fn a_network_that_is_missing_is_told_before_the_first_step() {
    for net in ["nosuchnet", "'container:nosuch'"] {
        let lab = Lab::over("ssh", &file(&format!("net: {net}")));
        let said = lab.run("apply");
        assert_eq!(said.code, Some(6), "{}", said.text);
        assert_eq!(said.text.matches("error[network-missing]").count(), 2, "{}", said.text);
        assert_eq!(lab.things(), Vec::<String>::new());
    }
}

#[test]
#[ignore = "needs a lab"]
fn status_and_diff_agree_about_a_tag_that_has_moved() {
    let lab = Lab::over("ssh", &file("").replace("lab/busybox:1", "env-unique:1"));
    for ship in [1, 2] {
        lab.docker_on(ship, &["tag", "lab/busybox:1", "env-unique:1"], "");
    }
    lab.succeed("apply");
    assert!(!lab.succeed("status").contains("differs") && lab.succeed("diff").contains("No difference"));
    for ship in [1, 2] {
        lab.docker_on(ship, &["build", "-t", "env-unique:1", "-"], "FROM lab/busybox:1\nLABEL moved=1\n");
    }
    let said = lab.succeed("status");
    assert_eq!(said.matches("differs from the file").count(), 2, "{said}");
    let said = lab.succeed("diff");
    assert_eq!(said.matches("image: ").count(), 2, "{said}");
    lab.succeed("apply");
    assert!(!lab.succeed("status").contains("differs") && lab.succeed("diff").contains("No difference"));
    lab.succeed("stop");
    lab.succeed("clean");
}

/// Answers every request with 502, as a proxy does that cannot reach what it is to reach.
fn proxy() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[test]
#[ignore = "needs a lab"]
fn a_check_tells_that_a_proxy_may_have_answered_and_not_its_password() {
    let check = format!(
        "ports: {{http: 20080}}, lifecycle: {{running: [{{type: http, port: http, max_wait: 1, requests_options: {{proxies: \
         {{http: 'http://u:hunter2@127.0.0.1:{}'}}}}}}]}}",
        proxy()
    );
    let lab = Lab::over("ssh", &file(&check));
    let said = lab.run("apply");
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("which may have answered in its place"), "{}", said.text);
    assert!(!said.text.contains("hunter2"), "{}", said.text);
    lab.succeed("stop");
    lab.succeed("clean");
}
