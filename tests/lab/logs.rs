//! Logs of ships whose engines come and go.

use crate::support::{
    counting::COUNTS,
    lab::{IMAGE, Lab},
    site::Running,
};

/// An instance that counts on the first ship, and fifty quiet ones beside it on the second.
fn file() -> String {
    format!(
        "name: env-unique
SHIPS
services:
  app:
    image: {IMAGE}
    command: {COUNTS}
    instances: {{app-unique: {{ship: ship1}}}}
  quiet:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, \"echo up; trap 'exit 0' TERM; while true; do /bin/busybox sleep 1; done\"]
    ship: ship2
    replicas: 50
"
    )
}

/// What the engine has kept of it is what was shown, over every transport.
#[test]
#[ignore = "needs a lab"]
fn logs_go_on_when_an_engine_is_back() {
    for transport in ["tcp", "tls", "ssh"] {
        let lab = Lab::over(transport, &file());
        lab.succeed("start app");
        let mut followed = Running::begin(lab.maestro("logs -f app"), true);
        followed.says("line 20\n");
        lab.command("kill ship1");
        followed.says("its logs go on when it answers");
        lab.command("revive ship1");
        followed.says("ship ship1 answers again");
        lab.succeed("apply app");
        lab.docker_on(1, &["stop", "-t", "5", "app-unique"], "");
        followed.says("end ");
        followed.signal("INT");
        let said = followed.end();
        let is_told = |line: &&str| line.starts_with("line ") || line.starts_with("end ");
        let shown: Vec<&str> = said.text.lines().filter(is_told).collect();
        let kept = lab.docker_on(1, &["logs", "app-unique"], "");
        assert_eq!(shown, kept.lines().collect::<Vec<_>>(), "{transport}");
        lab.succeed("stop");
    }
}

#[test]
#[ignore = "needs a lab"]
fn fifty_logs_are_followed_through_one_login() {
    let lab = Lab::over("ssh", &file());
    lab.succeed("start quiet");
    let before = lab.logins("ship2");
    let mut followed = Running::begin(lab.maestro("logs -f quiet"), true);
    followed.says_times("| up", 50);
    followed.signal("INT");
    assert_eq!(followed.end().code, Some(130));
    assert_eq!(lab.logins("ship2") - before, 1);
    lab.succeed("stop");
}
