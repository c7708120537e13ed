//! Ctrl-C: the first ends in good order, the second at once.

use crate::{
    failures::file,
    support::site::{Running, Site, until},
};
use maestro_report::schema::{SIGNALS, undescribed};

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

/// `heard` says which signals it gets.
const LISTENS: &str = "  heard:
    image: busybox
    stop_timeout: 600
    command: [/bin/busybox, sh, -c, \"trap 'echo heard HUP' HUP; trap '' TERM; echo up; while true; do /bin/busybox sleep 0.1; done\"]
    instances:
      heard-unique: {}
";

#[test]
#[ignore = "needs an engine"]
fn a_signal_reaches_the_program_and_changes_nothing_else() {
    let site = Site::new(&file("", LISTENS));
    site.succeed("start");
    let id = || site.docker("inspect --format {{.Id}}{{.State.Status}} heard-unique");
    let before = id();
    let said = site.succeed("kill --signal hup --dry-run heard");
    assert_eq!(said, site.real("heard-unique @local: SIGHUP would be sent\n"));
    let said = site.succeed("kill --signal hup heard");
    assert_eq!(said, site.real("heard-unique @local: SIGHUP sent\n"));
    until("it has heard of it", || (site.succeed("logs heard") == "up\nheard HUP\n").then_some(()));
    let told = site.output("--output json kill --signal 18 heard");
    let told: serde_json::Value = serde_json::from_str(&told.text).unwrap();
    assert_eq!(undescribed(&told, SIGNALS), [""; 0]);
    assert_eq!(told["instances"][0]["sent"], true);
    assert_eq!(id(), before);
    let said = site.run("kill -s HUP heard");
    let help = "to send it: `maestro kill --signal HUP heard`";
    assert!(said.text.contains(help) && said.code == Some(2), "{}", said.text);

    // The file gives it ten minutes.
    let said = site.succeed("stop -t 1");
    assert!(said.contains("did not stop within 1 s"), "{said}");
    let said = site.run("kill --signal HUP heard");
    assert_eq!(said.code, Some(1), "it does not run: {}", said.text);
    assert_eq!(site.succeed("kill --signal HUP"), "");
}
