//! What is only looked at, on ships of two generations, however they are reached; and lines that fall silent.

use std::io::{Read as _, Write as _};

use crate::support::{
    lab::{IMAGE, Lab},
    site::Running,
    terminal::Terminal,
};

const RUNS: &str = "[/bin/busybox, sh, -c, \"echo page > /page; /bin/busybox httpd -p 8080 -h /; \
                    trap 'exit 0' TERM; while true; do echo tick; /bin/busybox sleep 0.2; done\"]";

#[test]
#[ignore = "needs a lab"]
fn what_is_looked_at_is_the_same_over_every_transport() {
    let file = format!(
        "name: env-unique\nSHIPS\nservices:\n  app:\n    image: {IMAGE}\n    command: {RUNS}\n    \
         ships: all\n    per_ship: 2\n"
    );
    for (transport, forwarding) in [("tcp", "on"), ("tls", "on"), ("ssh", "on"), ("ssh", "off")] {
        let lab = Lab::over(transport, &file);
        if forwarding == "off" {
            for ship in ["ship1", "ship2"] {
                lab.command(&format!("forwarding {ship} off"));
            }
        }
        lab.succeed("start");
        let each = format!("{transport} {forwarding}");
        let lines = |command: &str, words: &str| {
            let said = lab.succeed(command);
            said.lines().filter(|line| line.contains(words)).count()
        };
        assert_eq!(lines("stats --no-stream", "app-"), 4, "{each}");
        assert_eq!(lines("top", " on ship"), 4, "{each}");
        assert_eq!(lines("images", IMAGE), 4, "{each}");
        assert_eq!(lines("inspect app-1 app-4", "state      Up"), 2, "{each}");
        let inspected: serde_json::Value =
            serde_json::from_str(&lab.output("--output json inspect app").text).unwrap();
        let documents = inspected["instances"].as_array().unwrap().iter();
        assert_eq!(documents.filter(|one| one["engine"]["Id"].is_string()).count(), 4, "{each}");
        assert_eq!(lines("events --since 5m --until 0s --filter event=start", "app-"), 4, "{each}");
        lab.succeed("stop");
        lab.succeed("clean");
    }
}

/// Three ways to the first ship, each a ship of its own to a user, with an instance.
const WAYS: [&str; 3] = ["plain", "tls", "ssh"];

fn three_ways() -> String {
    let ships = "  plain: {ip: IP-OF-SHIP1, docker_port: 2375}
  tls: {ip: IP-OF-SHIP1, docker_port: 2376, tls: true, tls_ca_cert: LAB-FOLDER/certificates/client/ca.pem, \
                 tls_cert: LAB-FOLDER/certificates/client/cert.pem, tls_key: LAB-FOLDER/certificates/client/key.pem}
  ssh: {host: 'ssh://root@IP-OF-SHIP1'}\n";
    let instance = |ship: &&str| format!("      {ship}-unique: {{ship: {ship}, PORTS}}\n");
    let instances: String = WAYS.iter().map(instance).collect();
    let instances = instances.replacen("PORTS", "ports: {web: '8080:18080'}", 1).replace(", PORTS", "");
    format!(
        "name: env-unique\nships:\n{ships}ship_defaults: {{timeout: 4}}\nservices:\n  app:\n    image: {IMAGE}\n    \
         command: {RUNS}\n    instances:\n{instances}"
    )
}

/// A ship that vanishes without a word is noticed on every kind of line: sessions end and give the terminal back, also if
/// something was typed since; what goes on by itself says that it waits, and goes on.
#[test]
#[ignore = "needs a lab"]
fn a_line_that_falls_silent_ends_what_uses_it() {
    let lab = Lab::with(&three_ways());
    lab.succeed("start");
    let mut shells = WAYS.map(|way| {
        let end = "echo code $?; stty -a | grep -q ' icanon' && echo restored";
        let line = format!("maestro exec {way}-unique /bin/busybox sh; {end}");
        let terminal = Terminal::shell(&lab, &line);
        terminal.shows_prompt();
        terminal
    });
    let attached = Terminal::shell(&lab, "maestro attach plain-unique; echo code $?");
    attached.shows(&["tick"]);
    let mut logs = WAYS.map(|way| {
        let mut logs = Running::begin(lab.maestro(&format!("logs -f -n 1 {way}-unique")), true);
        logs.says("tick");
        logs
    });
    let mut events = Running::begin(lab.maestro("events --since 1m --filter event=start"), true);
    events.says("plain-");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut forwarded = Running::begin(lab.maestro(&format!("port-forward plain-unique {port}:8080")), true);
    forwarded.says("leads to port");
    let mut connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(b"GET /page HTTP/1.0\r\n\r\n").unwrap();
    let mut page = String::new();
    connection.read_to_string(&mut page).unwrap();
    assert!(page.ends_with("page\n"), "{page}");
    let mut idle = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    idle.write_all(b"GET").unwrap();
    events.says("tls-");

    lab.command("cut ship1");
    // What was typed is on its way for long: the line does not count as idle.
    for shell in &mut shells {
        shell.types(b"echo lost\r");
    }
    for (way, shell) in WAYS.iter().zip(shells) {
        shell.shows(&[&format!("the connection to ship {way} was lost")]);
        shell.shows(&["code 4"]);
        assert_eq!(shell.end().0.last().map(String::as_str), Some("restored"), "{way}");
    }
    attached.shows(&["code 4"]);
    for logs in &mut logs {
        logs.says("its logs go on when it answers");
    }
    events.says("ship plain");
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)));
    lab.command("heal ship1");
    for mut logs in logs {
        logs.says("answers again");
        logs.says("tick");
        logs.signal("INT");
        assert_eq!(logs.end().code, Some(130));
    }
    lab.succeed("stop");
}
