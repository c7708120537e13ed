//! Ctrl-C: the first ends in good order, the second at once.

use crate::{
    failures::file,
    support::site::{Running, Site},
};

/// `slow` does not end when it is asked to, so its stop takes as long as `stop_timeout`.
fn services(stop_timeout: u32) -> String {
    format!(
        "  db:
    image: busybox
    sh: runs
    instances:
      db-unique: {{}}
  slow:
    image: busybox
    command: [/bin/busybox, sh, -c, \"trap '' TERM; echo up; while true; do /bin/busybox sleep 0.1; done\"]
    stop_timeout: {stop_timeout}
    requires: db
    instances:
      slow-unique: {{}}
"
    )
}

#[test]
#[ignore = "needs an engine"]
fn once_lets_end_what_is_under_way() {
    let site = Site::new(&file("", &services(5)));
    site.succeed("start");
    let mut stop = Running::begin(site.command("stop"), true);
    stop.says("stopping, up to");
    stop.signal("INT");
    let said = stop.end();
    insta::assert_snapshot!(site.transcript_of("stop", &said));
    let states = site.docker("inspect --format {{.State.Status}} slow-unique db-unique");
    assert_eq!(states, "exited\nrunning", "the stop under way ended, the next never began");
    // The next run carries on.
    site.succeed("stop");
}

#[test]
#[ignore = "needs an engine"]
fn twice_ends_at_once() {
    let site = Site::new(&file("", &services(600)));
    site.succeed("start");
    let mut stop = Running::begin(site.command("stop"), true);
    stop.says("stopping, up to");
    stop.signal("TERM");
    stop.says("interrupted: no new steps start");
    stop.signal("INT");
    let said = stop.end();
    insta::assert_snapshot!(site.transcript_of("stop", &said));
    assert_eq!(site.docker("inspect --format {{.State.Status}} slow-unique"), "running");
}

#[test]
#[ignore = "needs an engine"]
fn a_wait_for_readiness_is_given_up() {
    let services = services(1).replace("requires: db", "lifecycle: {running: [{type: sleep, wait: 600}]}");
    let site = Site::new(&file("", &services));
    let mut start = Running::begin(site.command("start slow"), true);
    start.says("waiting until ready");
    start.signal("INT");
    let said = start.end();
    insta::assert_snapshot!(site.transcript_of("start slow", &said));
}
