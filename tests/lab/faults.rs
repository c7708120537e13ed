//! Ships that are cut off, frozen, killed: what is told, what is held, what goes on, and that a second start mends it.

use std::{fs, path::Path};

use crate::support::{
    cable::Cable,
    lab::{Lab, without_warning},
    site::Running,
};

/// `app` on the second ship needs `db` on the first; `other` needs nobody.
const SERVICES: &str = "services:
  db:
    image: lab/busybox:1
    command: RUNS
    instances:
      db-unique: {ship: ship1}
  app:
    image: lab/busybox:1
    command: RUNS
    requires: [db]
    instances:
      app-unique: {ship: ship2}
  other:
    image: lab/busybox:1
    command: RUNS
    instances:
      other-unique: {ship: ship2}
";
pub const RUNS: &str =
    "[/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.1; done\"]";

/// A file whose ships may take so many seconds.
pub fn file(seconds: u32) -> String {
    let services = SERVICES.replace("RUNS", RUNS);
    format!("name: env-unique\nSHIPS\nship_defaults: {{timeout: {seconds}}}\n{services}")
}

/// Breaks the first ship, starts all, mends it, starts again.
fn broken_and_mended(seconds: u32, fault: &str, remedy: &str) -> String {
    broken_and_mended_over("tcp", seconds, fault, remedy)
}

/// The same with ships that are reached by this transport.
fn broken_and_mended_over(transport: &str, seconds: u32, fault: &str, remedy: &str) -> String {
    let lab = Lab::over(transport, &file(seconds));
    let text = lab.talk(&[fault, "start", "status", remedy, "start | tail -n 1", "status"]);
    lab.succeed("stop");
    text
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_that_is_cut_off() {
    let text = broken_and_mended(2, "./lab cut ship1", "./lab heal ship1");
    insta::assert_snapshot!("cut", text);
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_that_is_cut_off_over_tls() {
    let text = broken_and_mended_over("tls", 2, "./lab cut ship1", "./lab heal ship1");
    insta::assert_snapshot!("cut_tls", text);
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_that_is_cut_off_over_ssh() {
    let text = broken_and_mended_over("ssh", 2, "./lab cut ship1", "./lab heal ship1");
    insta::assert_snapshot!("cut_ssh", text);
}

#[test]
#[ignore = "needs a lab"]
fn an_engine_that_hangs_behind_tls() {
    let text = broken_and_mended_over("tls", 2, "./lab freeze ship1", "./lab thaw ship1");
    insta::assert_snapshot!("frozen_tls", text);
}

#[test]
#[ignore = "needs a lab"]
fn an_engine_that_hangs_behind_ssh() {
    let text = broken_and_mended_over("ssh", 2, "./lab freeze ship1", "./lab thaw ship1");
    insta::assert_snapshot!("frozen_ssh", text);
}

/// Over SSH the connection itself finds out; over TCP the engine is asked for the time beside the check, and does not
/// tell it. Both come long before the wait would be given up. One cut serves both runs, each with an environment of its own.
#[test]
#[ignore = "needs a lab"]
fn a_ship_that_is_cut_off_while_it_is_waited_for() {
    let lab = Lab::over("ssh", &waiting_file(2));
    let over_tcp = waiting_file(2).replace("SHIPS\n", &lab.file("tcp")).replace("-unique", "-unique-tcp");
    fs::write(lab.path().join("tcp.yaml"), lab.real(&over_tcp)).unwrap();
    let commands = ["start db", "-f tcp.yaml start db"];
    let mut runs = commands.map(|command| Running::begin(lab.maestro(command), true));
    for run in &mut runs {
        run.says("waiting until ready");
    }
    lab.command("cut ship1");
    let said = runs.map(Running::end);
    let mut texts: Vec<String> = Vec::new();
    for (command, said) in commands.iter().zip(&said) {
        texts.push(without_nonce(&without_warning(&lab.transcript_of(command, said))));
    }
    lab.no_ssh_is_left();
    lab.command("heal ship1");
    for name in ["db-unique", "db-unique-tcp"] {
        lab.docker_on(1, &["exec", name, "/bin/busybox", "touch", "/ready"], "");
    }
    texts.push(lab.talk(&[
        "start | tail -n 1",
        "status",
        "-f tcp.yaml start | tail -n 1",
        "-f tcp.yaml down | tail -n 1",
    ]));
    insta::assert_snapshot!("cut_while_waited_for", texts.join("\n"));
}

/// The text without what stands behind an unknown lease: why, and a nonce.
fn without_nonce(text: &str) -> String {
    let unknown = "is released is unknown";
    let line = |line: &str| match line.split_once(unknown) {
        Some((lease, _)) => format!("{lease}{unknown}\n"),
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_whose_answers_are_lost() {
    let text = broken_and_mended(2, "./lab cut ship1 from", "./lab heal ship1");
    insta::assert_snapshot!("lost_answers", text);
}

#[test]
#[ignore = "needs a lab"]
fn an_engine_that_takes_connections_and_never_answers() {
    let text = broken_and_mended(2, "./lab freeze ship1", "./lab thaw ship1");
    insta::assert_snapshot!("frozen", text);
}

/// Its container runs on without it; when the engine is back, it stops what it finds running.
#[test]
#[ignore = "needs a lab"]
fn an_engine_that_was_killed() {
    let lab = Lab::with(&file(10));
    lab.succeed("start");
    let killed = lab.talk(&["./lab kill ship1", "status", "start"]);
    assert!(lab.command("exec ship1 ps ax").contains("trap 'exit 0' TERM"), "the container runs on");
    let revived = lab.talk(&["./lab revive ship1", "status", "start", "status"]);
    insta::assert_snapshot!("killed", [killed, revived].join("\n"));
}

/// What ran on a ship whose power was pulled does not run when it is back; `start` brings it up again.
#[test]
#[ignore = "needs a lab"]
fn a_ship_that_lost_its_power() {
    let lab = Lab::with(&file(2));
    lab.succeed("start");
    let commands = [
        "./lab poweroff ship1",
        "status",
        "stop db other",
        "./lab poweron ship1",
        "status",
        "start | tail -n 1",
        "status",
    ];
    insta::assert_snapshot!("power", lab.talk(&commands));
}

#[test]
#[ignore = "needs a lab"]
fn a_ship_whose_requests_are_lost() {
    let text = broken_and_mended(2, "./lab cut ship1 to", "./lab heal ship1");
    insta::assert_snapshot!("lost_requests", text);
}

/// What runs is not touched by a cut that comes after the run, and is as the file says when that is over.
#[test]
#[ignore = "needs a lab"]
fn a_ship_that_is_cut_off_after_a_run() {
    let lab = Lab::with(&file(2));
    lab.succeed("start");
    let commands = [
        "./lab cut ship1",
        "status",
        "plan --detailed-exitcode",
        "./lab heal ship1",
        "plan --detailed-exitcode",
    ];
    insta::assert_snapshot!("cut_after", lab.talk(&commands));
    lab.succeed("stop");
}

/// The file of a service whose check passes once a file is in its container; it may take ten minutes.
fn waiting_file(seconds: u32) -> String {
    let waits = "    lifecycle: {running: [{type: rexec, command: [/bin/busybox, test, -e, /ready], max_wait: 600}]}\n";
    file(seconds).replacen("    instances:\n", &format!("{waits}    instances:\n"), 1)
}

/// The start of `app` is under way when the engine is killed: nobody knows whether it runs, and the next run finds out.
#[test]
#[ignore = "needs a lab"]
fn an_engine_that_is_killed_under_a_start() {
    let text = waiting_file(20).replace("app-unique: {ship: ship2}", "app-unique: {ship: SECOND}");
    let text =
        text.replace("db-unique: {ship: ship1}", "db-unique: {ship: ship2}").replace("SECOND", "ship1");
    let lab = Lab::with(&text);
    let mut start = Running::begin(lab.maestro("start db app"), true);
    start.says("waiting until ready");
    lab.command("freeze ship1");
    lab.docker_on(2, &["exec", "db-unique", "/bin/busybox", "touch", "/ready"], "");
    start.says(&lab.real("db-unique on ship2: created, ready"));
    lab.command("kill ship1");
    let said = start.end();
    assert_eq!(said.code, Some(4), "{}", said.text);
    lab.command("revive ship1");
    lab.succeed("start db app");
    assert_eq!(lab.run("plan db app --detailed-exitcode").code, Some(0));
    lab.succeed("stop");
}

/// The engine is killed soon after it got the request to create the container of `db`: whether it was created, nobody
/// knows. The next run finds out, and there is one container of it in the end.
#[test]
#[ignore = "needs a lab"]
fn an_engine_that_is_killed_in_a_create() {
    let mut lab = Lab::with(&file(20));
    let socket = Path::new(&lab.variables["MAESTRO_LAB_FOLDER"]).join("ship1/engine.sock");
    let mut kill = lab.command_of_lab("kill ship1");
    let act = move || {
        std::thread::spawn(move || assert!(kill.output().unwrap().status.success()));
    };
    let folder = tempfile::tempdir().unwrap();
    let cable = Cable::before(folder.path(), &socket, "/containers/create?", act);
    let ship = format!("  ship1: {{host: '{}', ip: IP-OF-SHIP1}}\n", cable.host());
    let ship = lab.real(&ship);
    let ships =
        lab.file("tcp").replace(&lab.real("  ship1:\n    ip: IP-OF-SHIP1\n    docker_port: 2375\n"), &ship);
    let text = file(20).replace("SHIPS\n", &ships);
    lab.write(&text);
    let said = lab.run("start db");
    assert_eq!(said.code, Some(4), "{}", said.text);
    lab.command("revive ship1");
    lab.succeed("start db");
    assert_eq!(lab.run("plan db --detailed-exitcode").code, Some(0));
    let names = lab.docker_on(1, &["ps", "-a", "--filter", "name=db-unique", "--format", "{{.Names}}"], "");
    assert_eq!(names, lab.real("db-unique"));
    lab.succeed("stop");
}

/// With live-restore an engine that comes back finds its containers running; without it, it stops them.
#[test]
#[ignore = "needs a lab"]
fn an_engine_with_live_restore_that_was_killed() {
    let lab = Lab::with(&file(10));
    lab.succeed("start");
    let commands = ["./lab kill ship1", "status db", "./lab revive ship1 live-restore", "status", "start"];
    let killed = lab.talk(&commands);
    insta::assert_snapshot!("live_restore", killed);
    lab.succeed("stop");
}
