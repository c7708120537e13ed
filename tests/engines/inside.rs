//! What a container finds inside.

use crate::{failures::file, support::site::Site};

const SERVICES: &str = "  db:
    image: busybox
    sh: runs
    ports: {tcp: '80:PORT1'}
    env: {PASSWORD: secret-of-db}
    instances:
      db-unique: {}
  web:
    image: busybox
    command: [/bin/busybox, httpd, -f, -p, '80']
    env: {A: 1.50, B: true, SERVICE_COLOUR: blue}
    requires: db
    extra_hosts: {elsewhere: 10.1.2.3}
    instances:
      web-unique:
        links: {db-unique: service}
";

fn inside(site: &Site, words: &str) -> String {
    site.docker(&format!("exec web-unique /bin/busybox {words}"))
}

#[test]
#[ignore = "needs an engine"]
fn variables_and_names() {
    let site = Site::new(&file("", SERVICES));
    site.succeed("start");
    let env = site.told(&inside(&site, "env"));
    let mut env: Vec<&str> =
        env.lines().filter(|line| !line.starts_with("PATH=") && !line.starts_with("SHLVL=")).collect();
    env.sort_unstable();
    insta::assert_snapshot!(env.join("\n"));
    assert_eq!(site.told(&inside(&site, "hostname")), "web-unique");
    assert!(inside(&site, "cat /etc/hosts").contains("10.1.2.3\telsewhere"));
}

/// The address that `service` has inside, and the one that `db` has.
fn addresses(site: &Site) -> (String, String) {
    let answer = inside(site, "nslookup service");
    let seen = answer.lines().rev().find_map(|line| line.strip_prefix("Address: ")).unwrap_or(&answer);
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    (
        seen.split_whitespace().last().unwrap_or_default().to_owned(),
        site.docker(&format!("inspect --format '{format}' db-unique")),
    )
}

#[test]
#[ignore = "needs an engine"]
fn an_alias_holds_though_its_target_is_made_anew() {
    let mut site = Site::new(&file("", SERVICES));
    site.succeed("start");
    let (seen, real) = addresses(&site);
    assert_eq!(seen, real);
    site.succeed("stop db");
    // Somebody takes the address meanwhile, so that the new container has another.
    site.strangers.push("thief-unique".to_owned());
    let image = crate::support::IMAGE;
    site.docker(&format!(
        "run -d --net maestro-env-unique --name thief-unique {image} /bin/busybox sleep 1000"
    ));
    site.succeed("start db");
    let (seen, now) = addresses(&site);
    assert_eq!(seen, now);
    assert_ne!(now, real);
}
