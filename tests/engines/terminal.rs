//! What is drawn on a terminal: the table of a run, and the status that stays current.

use crate::support::{IMAGE, site::Site, terminal::Terminal};

/// `web-1` becomes ready when somebody writes its file.
const SHOP: &str = r#"
name: env-unique
services:
  db:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_timeout: 0
    instances: {db-unique: {}}
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_timeout: 0
    requires: db
    lifecycle: {running: [{type: rexec, command: [/bin/busybox, test, -e, /ready], max_wait: 60}]}
    instances: {web-unique: {}}
"#;

fn shop() -> Site {
    Site::new(&SHOP.replace("IMAGE", IMAGE))
}

/// The lines with these words.
fn with<'a>(screen: &'a [String], words: &[&str]) -> Vec<&'a String> {
    screen.iter().filter(|line| words.iter().all(|word| line.contains(word))).collect()
}

#[test]
#[ignore = "needs an engine"]
fn the_table_of_a_run_shows_what_is_waited_for_and_ends_as_the_result() {
    let site = shop();
    let (web, db) = (site.real("web-unique"), site.real("db-unique"));
    let terminal = Terminal::begin(&site, "apply");
    let waiting = terminal.shows(&[&web, "waiting until ready"]);
    assert_eq!(with(&waiting, &[&web, "waiting until ready"]).len(), 1, "{waiting:#?}");
    assert_eq!(with(&waiting, &[&db, "ready"]).len(), 1, "{waiting:#?}");
    site.docker("exec web-unique /bin/busybox touch /ready");
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(0), "{screen:#?}");
    assert!(with(&screen, &["waiting"]).is_empty(), "{screen:#?}");
    for name in [&web, &db] {
        assert_eq!(with(&screen, &[name, "created, ready"]).len(), 1, "{screen:#?}");
    }
    let last = screen.last().unwrap();
    assert!(last.contains("is as declared: 2 created"), "{screen:#?}");
}

#[test]
#[ignore = "needs an engine"]
fn the_status_follows_the_containers_until_it_is_interrupted() {
    let site = shop();
    let (web, db) = (site.real("web-unique"), site.real("db-unique"));
    let mut terminal = Terminal::begin(&site, "status --watch");
    let screen = terminal.shows(&["0 of 2 instances ready"]);
    assert_eq!(with(&screen, &["absent"]).len(), 2, "{screen:#?}");
    site.succeed("start db-unique");
    terminal.shows(&["1 of 2 instances ready"]);
    site.docker("stop -t 0 db-unique");
    let screen = terminal.shows(&[&db, "down"]);
    // The screen has the status once, however often it was drawn.
    assert_eq!(with(&screen, &["instances ready"]).len(), 1, "{screen:#?}");
    assert_eq!(with(&screen, &[&db]).len(), 1, "{screen:#?}");
    assert_eq!(with(&screen, &[&web, "absent"]).len(), 1, "{screen:#?}");
    terminal.interrupt();
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(130), "{screen:#?}");
    assert_eq!(with(&screen, &[&db, "down"]).len(), 1, "the last status stays: {screen:#?}");
}
