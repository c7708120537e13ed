//! Links between ships: each is tried from its consumer's side, a firewall between two ships is named, and a consumer is
//! replaced if what it links to moves.

use crate::support::{
    guest_program::guest_program,
    lab::Lab,
    normal,
    site::{Running, until},
};

/// `db` is on both ships, and `app` reaches both under one name, and the first under another. `cache` can move.
const FILE: &str = "name: env-unique
SHIPS
services:
  db:
    image: lab/busybox:1
    command: [/bin/busybox, httpd, -f, -p, '5432']
    stop_timeout: 0
    ports: {sql: 5432}
    instances:
      db1-unique: {ship: ship1}
      db2-unique: {ship: ship2}
  cache:
    image: lab/busybox:1
    command: [/bin/busybox, httpd, -f, -p, '7000']
    stop_timeout: 0
    ports: {kv: 7000}
    instances:
      cache-unique: {ship: ship1}
  app:
    image: lab/busybox:1
    command: [/bin/busybox, httpd, -f, -p, '80']
    stop_timeout: 0
    instances:
      app-unique: {ship: ship2, links: {db1-unique: first, db: db, cache-unique: cache}}
";
/// What is left of checks on the second ship.
const LEFT: [&str; 5] = ["ps", "-aq", "--filter", "label=maestro.one-off", "--no-trunc"];

#[test]
#[ignore = "needs a lab"]
fn a_firewall_between_two_ships_is_named_over_every_transport() {
    let program = guest_program();
    for transport in ["tcp", "tls", "ssh"] {
        let mut lab = Lab::over(transport, FILE);
        lab.set("MAESTRO_GUEST", program.to_str().unwrap());
        lab.succeed("apply");
        let good = lab.succeed("links --check");
        assert_eq!(good.matches("answers").count(), 3, "{transport}: {good}");
        lab.command("cut ship1 port 5432");
        let cut = lab.run("links --check --timeout 1");
        assert_eq!(cut.code, Some(1), "{transport}: {}", cut.text);
        let text = lab.told(&normal::unwrapped(&cut.text));
        let firewall = "IP-OF-SHIP1 port 5432: no answer in time; db1-unique listens, and ship ship1 publishes the \
                        port: a firewall between ship ship2 and ship ship1 stops it";
        assert_eq!(text.matches(firewall).count(), 2, "{transport}: {text}");
        assert_eq!(lab.docker_on(2, &LEFT, ""), "", "{transport}");
        lab.command("heal ship1");
        if transport == "tcp" {
            a_target_that_moves_is_linked_to_where_it_is(&mut lab);
        }
        lab.succeed("stop");
        lab.succeed("clean");
    }
}

/// The names of `app` that `/etc/hosts` has, with their addresses; the engine's own names are left out.
fn hosts_of_app(lab: &Lab) -> Vec<String> {
    let text = lab.docker_on(2, &["exec", "app-unique", "/bin/busybox", "cat", "/etc/hosts"], "");
    let lines = text.lines().map(|line| lab.told(line).replace('\t', " "));
    lines.filter(|line| line.starts_with("IP-OF-SHIP")).collect()
}

/// `cache` moves to the ship of `app`, which is replaced: the plan shows it, and no address of the other ship is left.
fn a_target_that_moves_is_linked_to_where_it_is(lab: &mut Lab) {
    let all = ["IP-OF-SHIP1 first", "IP-OF-SHIP1 db", "IP-OF-SHIP2 db"];
    assert_eq!(hosts_of_app(lab), [&all[..], &["IP-OF-SHIP1 cache"]].concat());
    let moved = FILE.replace("cache-unique: {ship: ship1}", "cache-unique: {ship: ship2}");
    let moved = moved.replace("SHIPS\n", &lab.file("tcp"));
    lab.write(&moved);
    let plan = normal::unwrapped(&lab.succeed("plan"));
    for words in ["move     ship1 → ship2", "replace  on ship2", "extra_hosts.cache  IP-OF-SHIP1 → nothing"]
    {
        assert!(lab.told(&plan).contains(words), "{words}: {plan}");
    }
    lab.succeed("apply");
    assert_eq!(hosts_of_app(lab), all);
    let good = lab.succeed("links --check");
    assert_eq!(good.matches("answers").count(), 3, "{good}");
}

#[test]
#[ignore = "needs a lab"]
fn a_check_of_links_that_ends_early_leaves_nothing_that_clean_does_not_find() {
    let mut lab = Lab::with(FILE);
    lab.set("MAESTRO_GUEST", guest_program().to_str().unwrap());
    lab.succeed("apply");
    lab.command("cut ship1 port 5432");
    let begin = |lab: &Lab| {
        let check = Running::begin(lab.maestro("links --check --timeout 60"), true);
        until("a container beside the consumer", || {
            (!lab.docker_on(2, &[&LEFT[..], &["--filter", "status=running"]].concat(), "").is_empty())
                .then_some(())
        });
        check
    };
    let interrupted = begin(&lab);
    interrupted.signal("INT");
    let said = interrupted.end();
    assert_eq!(said.code, Some(130), "{}", said.text);
    assert_eq!(lab.docker_on(2, &LEFT, ""), "", "{}", said.text);
    let killed = begin(&lab);
    killed.signal("KILL");
    killed.end();
    assert!(!lab.docker_on(2, &LEFT, "").is_empty());
    lab.command("heal ship1");
    // The consumer's ship does not answer: whether the link leads to its target is not known.
    lab.command("kill ship2");
    let unreachable = lab.run("links --check --timeout 1 app");
    assert_eq!(unreachable.code, Some(4), "{}", unreachable.text);
    lab.command("mend");
    lab.succeed("stop");
    until("what the killed run left has ended", || {
        lab.docker_on(2, &[&LEFT[..], &["--filter", "status=running"]].concat(), "").is_empty().then_some(())
    });
    lab.succeed("clean");
    assert_eq!(lab.docker_on(2, &LEFT, ""), "");
}
