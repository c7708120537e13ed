//! What works across ships, on both generations.

use crate::support::lab::Lab;

/// Each ship has a service that the other's needs: `near` on the second ship reads the page of `far` on the first, and
/// the other way round.
const BOTH_WAYS: &str = "name: env-unique
SHIPS
services:
  page:
    image: lab/busybox:1
    command: [/bin/busybox, sh, -c, \"/bin/busybox hostname > /page; trap 'exit 0' TERM; /bin/busybox httpd -f -h / -p 8080 & wait\"]
    ports: {http: 8080}
    lifecycle: {running: [{type: tcp, port: http, max_wait: 20}]}
    instances:
      page1-unique: {ship: ship1}
      page2-unique: {ship: ship2}
  reader:
    image: lab/busybox:1
    requires: [page]
    command: [/bin/busybox, sh, -c, \"echo read: $(/bin/busybox wget -qO- http://page:8080/page); trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.1; done\"]
    instances:
      reader1-unique: {ship: ship1, links: {page2-unique: page}}
      reader2-unique: {ship: ship2, links: {page1-unique: page}}
";

#[test]
#[ignore = "needs a lab"]
fn services_that_need_each_other_across_ships() {
    let lab = Lab::with(BOTH_WAYS);
    insta::assert_snapshot!("before", [lab.transcript("status"), lab.talk(&["plan"])].concat());
    let (events, code) = lab.json_lines("start");
    assert_eq!(code, Some(0), "{events:?}");
    let position = |event: &str, action: &str, instance: &str| {
        let is = |line: &serde_json::Value| {
            line["event"] == event && line["action"] == action && line["instance"] == instance
        };
        events.iter().position(is).unwrap_or_else(|| panic!("{event} of {action} of {instance}: {events:#?}"))
    };
    for reader in ["reader1-unique", "reader2-unique"] {
        for page in ["page1-unique", "page2-unique"] {
            let ready = position("step-done", "ready", page);
            assert!(ready < position("step-started", "start", reader), "{events:#?}");
        }
    }
    assert_eq!(said_by(&lab, "reader1-unique"), "read: page2-unique");
    assert_eq!(said_by(&lab, "reader2-unique"), "read: page1-unique");
    insta::assert_snapshot!("running", lab.talk(&["status", "start"]));
    lab.succeed("stop");
    insta::assert_snapshot!("stopped", lab.talk(&["status", "clean | tail -n 1", "status"]));
}

/// The line that an instance wrote.
fn said_by(lab: &Lab, instance: &str) -> String {
    let text = lab.told(&lab.succeed(&format!("logs {instance}")));
    let line = text.lines().find_map(|line| line.split_once("read: ")).unwrap_or_else(|| panic!("{text}"));
    format!("read: {}", line.1.trim())
}
