//! `links --check`: each link is tried from within its consumer's network, and nothing of that stays.

use crate::{
    failures::file,
    support::{guest_program::guest_program, normal, site::Site},
};

/// `db` listens on one port, on another for itself alone, and not at the third. `cache` has two instances under one name.
const SHOP: &str = "  db:
    image: busybox
    command: [/bin/busybox, sh, -c, '/bin/busybox httpd -p 127.0.0.1:81; exec /bin/busybox httpd -f -p 80']
    stop_timeout: 0
    instances:
      db-unique: {ports: {web: '80:PORT1', own: '81:PORT2', none: '82:PORT3'}}
  cache:
    image: busybox
    command: [/bin/busybox, httpd, -f, -p, '80']
    stop_timeout: 0
    instances:
      cache1-unique: {}
      cache2-unique: {}
  web:
    image: busybox
    sh: runs
    stop_timeout: 0
    instances:
      web-unique: {links: {db-unique: db, cache: cache}}
";

#[test]
#[ignore = "needs an engine"]
fn a_link_is_tried_from_its_consumers_network_and_nothing_stays() {
    let mut site = Site::new(&file("", SHOP));
    let program = guest_program();
    site.set("MAESTRO_GUEST", program.to_str().unwrap());
    site.succeed("apply");
    let before = site.docker("inspect -f {{.Id}}{{.State.StartedAt}} web-unique");
    let said = site.run("links --check");
    assert_eq!(said.code, Some(1), "{}", said.text);
    let text = normal::unwrapped(&said.text);
    for part in [
        "port 81: refused; db-unique listens on its loopback address alone",
        "port 82: refused; no program of db-unique listens there",
        "cache1-unique, cache2-unique known",
    ] {
        assert!(
            site.told(&text).split_whitespace().collect::<Vec<_>>().join(" ").contains(part),
            "{part}: {text}"
        );
    }
    assert!(!text.contains("port 80:"), "{text}");
    let told = site.output("--output json links --check web-unique").text;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let links = &told["links"];
    assert_eq!(links[1]["check"]["tries"].as_array().map(Vec::len), Some(2), "{told:#?}");
    site.docker("stop db-unique");
    let text = normal::unwrapped(&site.run("links --check").text);
    assert!(text.contains("the name is not known in the container"), "{text}");
    assert_eq!(site.docker("inspect -f {{.Id}}{{.State.StartedAt}} web-unique"), before);
    let left = site.docker("ps -a --filter label=maestro.one-off --format {{.Names}}");
    assert!(!left.contains(&site.real("web-unique")), "{left}");
    site.succeed("stop");
    site.succeed("links --check");
    site.succeed("clean");
}
