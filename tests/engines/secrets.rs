//! No secret is in any output of a run on a real engine: what the file has, what a container has from before, what a
//! program writes before it dies, what an engine answers.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    failures::{RUNS, file},
    support::site::Site,
};

/// What all secrets of these tests begin with.
const CANARY: &str = "c4nary";

/// All that was said, with the command that said it.
struct Heard {
    site: Site,
    commands: usize,
    leaks: Vec<String>,
}

impl Heard {
    /// Runs a command with both kinds of output, or one that changes something with the kind named.
    fn run(&mut self, arguments: &str) -> String {
        let said = self.site.run(arguments);
        self.commands += 1;
        for line in said.text.lines().filter(|line| line.to_lowercase().contains(CANARY)) {
            self.leaks.push(format!("$ maestro {arguments}\n{line}"));
        }
        said.text
    }

    /// Every command that changes nothing.
    fn ask(&mut self) {
        for command in ["plan", "diff", "why web-unique", "status", "history", "config", "dump", "deptree"] {
            self.run(command);
            self.run(&format!("--output json {command}"));
        }
        self.run("status --details");
    }

    fn end(self) {
        assert!(self.commands > 0 && self.leaks.is_empty(), "{}", self.leaks.join("\n"));
    }
}

/// A service with a secret in each place that has one.
fn services(secret: &str) -> String {
    format!(
        "  web:
    image: busybox
    command: [/bin/busybox, sh, -c, \"{RUNS}\", --token, c4nary-cmd-{secret}]
    env:
      DB_PASSWORD: c4nary-env-{secret}
      LEVEL: c4nary-env-{secret}
      URL: postgres://u:c4nary-url-{secret}@h/db
      TUNING: c4nary-marked-{secret}
      EMPTY_TOKEN: \"\"
    envfile: [a.env]
    labels: {{a.token: c4nary-label-{secret}, a.config: 'x=1 PASSWORD=c4nary-pair-{secret}'}}
    log_driver: json-file
    log_opt: {{tag: \"--password c4nary-log-{secret}\"}}
    extra_hosts: {{h: 10.0.0.1}}
    instances: {{web-unique: {{}}}}
"
    )
}

fn heard(secret: &str) -> Heard {
    let mut site = Site::new("");
    site.write(&file("sensitive: ['**.TUNING']\n", &services(secret)));
    fs::write(
        site.path().join("a.env"),
        format!("API_KEY=c4nary-file-{secret}\nPLAIN=c4nary-file-{secret}\n"),
    )
    .unwrap();
    Heard { site, commands: 0, leaks: Vec::new() }
}

#[test]
#[ignore = "needs an engine"]
fn secrets_that_change_are_in_no_output() {
    let mut heard = heard("one");
    heard.ask();
    heard.run("apply");
    heard.ask();
    // The old values are in no file any more.
    let next = file("sensitive: ['**.TUNING']\n", &services("two"));
    heard.site.write(&next);
    fs::write(heard.site.path().join("a.env"), "API_KEY=c4nary-file-two\nPLAIN=c4nary-file-two\n").unwrap();
    heard.ask();
    heard.run("plan -o next.plan");
    let saved = fs::read_to_string(heard.site.path().join("next.plan")).unwrap();
    assert!(!saved.contains(CANARY), "{saved}");
    heard.run("--output json apply");
    heard.ask();
    heard.run("rollback -n");
    heard.run("--output json rollback");
    heard.ask();
    heard.run("restart");
    heard.run("stop");
    heard.run("clean");
    heard.end();
}

#[test]
#[ignore = "needs an engine"]
fn what_a_program_writes_before_it_dies_has_none() {
    let mut heard = heard("one");
    let tells = "/bin/busybox env; /bin/busybox env | /bin/busybox sed 's/^/x /' >&2; \
                 echo \\\"quoted=$DB_PASSWORD\\\" '$TUNING' {\\\"password\\\":\\\"$API_KEY\\\"} $PLAIN; exit 3";
    let services = services("one").replace(RUNS, tells);
    let audit = "sensitive: ['**.TUNING']\naudit:\n  - {type: log, file: told.log, level: debug}\n  - {type: exec, script: ./told.sh, args: '--{what} {message}'}\n";
    let script = heard.site.path().join("told.sh");
    fs::write(&script, "#!/bin/sh\necho \"$@\" >> told.log\ncat >> told.log\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    heard.site.write(&file(audit, &services));
    for command in ["apply", "--output json apply", "start", "--output json restart"] {
        let told = heard.run(command);
        assert!(
            told.contains("code 3") || told.contains("\"exit_code\":3") || told.contains("***"),
            "{told}"
        );
        heard.ask();
    }
    let told = fs::read_to_string(heard.site.path().join("told.log")).unwrap();
    assert!(!told.is_empty() && !told.contains(CANARY), "{told}");
    heard.end();
}

#[test]
#[ignore = "needs an engine"]
fn a_roll_out_that_fails_tells_neither_the_old_secrets_nor_the_new_ones() {
    let mut heard = heard("one");
    heard.run("apply");
    let tells = "/bin/busybox env; exit 3";
    let two = services("two").replace(RUNS, tells) + "    update: {order: start-first}\n";
    heard.site.write(&file("sensitive: ['**.TUNING']\n", &two));
    let told = heard.run("apply");
    assert!(told.contains("***"), "{told}");
    heard.ask();
    heard.run("--output json apply");
    // The program that runs from before tells its own values, which the file has no more.
    let trap = "trap '/bin/busybox env; exit 4' TERM; while true; do /bin/busybox sleep 0.1; done";
    heard.site.write(&file("sensitive: ['**.TUNING']\n", &services("three").replace(RUNS, trap)));
    heard.run("apply");
    heard.site.write(&file("sensitive: ['**.TUNING']\n", &services("four").replace(RUNS, "exit 5")));
    heard.run("apply");
    heard.ask();
    heard.end();
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_that_says_what_it_was_asked_says_no_secret() {
    let mut heard = heard("one");
    for command in [
        "[DB_PASSWORD=c4nary-a, x]",
        r#"["DB_PASSWORD=c4na\"ry-c4nary", x]"#,
        r#"["--token=c4nary\\x'y", x]"#,
        "[\"postgres://u:c4nary@h/db\"]",
    ] {
        let services = format!(
            "  web:\n    image: busybox\n    command: {command}\n    instances: {{web-unique: {{}}}}\n"
        );
        heard.site.write(&file("sensitive: ['**.TUNING']\n", &services));
        let told = heard.run("start");
        assert!(told.contains("***"), "{command}: {told}");
        heard.run("--output json start");
        heard.ask();
    }
    heard.end();
}

#[test]
#[ignore = "needs an engine"]
fn a_check_that_fails_tells_no_secret() {
    let mut heard = heard("one");
    for check in [
        "{type: exec, command: 'sh -c \"/bin/busybox env; exit 1\"', attempts: 1}",
        "{type: rexec, command: [/bin/busybox, sh, -c, '/bin/busybox env; echo $DB_PASSWORD; exit 1'], attempts: 1}",
        "{type: rexec, command: [/bin/busybox, sh, -c, 'echo $PLAIN; exit 1', --token, c4nary-check], attempts: 1}",
        "{type: exec, command: 'echo --password c4nary-check $DB_PASSWORD; false', attempts: 1}",
    ] {
        let services = services("one") + &format!("    lifecycle: {{running: [{check}]}}\n");
        heard.site.write(&file("sensitive: ['**.TUNING']\n", &services));
        heard.run("apply");
        heard.run("--output json apply");
        heard.ask();
    }
    heard.end();
}
