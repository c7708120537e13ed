//! `history` and `rollback`: what was, and how it comes back, with the very image that it had.

use crate::{
    failures::file,
    support::{IMAGE, site::Site},
};

const SERVICES: &str = "  db:
    image: busybox
    sh: runs
    instances: {db-unique: {}}
  web:
    image: revision-unique:1
    sh: runs
    requires: db
    env: {MODE: fast, PASSWORD: first-secret}
    ports: {http: '80:PORT1'}
    instances: {web-unique: {links: {db-unique: db}}}
";

fn site() -> Site {
    let mut site = Site::new(&file("", SERVICES));
    site.set("LOGNAME", "ann");
    site.docker(&format!("tag {IMAGE} revision-unique:1"));
    site
}

fn told(text: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let text = text.replace(&format!("ann@{}", host.trim()), "ann@box");
    regex::Regex::new(r"\(?\b[0-9a-f]{12} → [0-9a-f]{12}\b")
        .unwrap()
        .replace_all(&text, "(OLD → NEW")
        .into_owned()
}

fn image(site: &Site, of: &str) -> String {
    site.docker(&format!("inspect -f {{{{.Image}}}} {of}"))
}

fn end(site: &Site) {
    site.succeed("kill");
    site.succeed("clean");
    assert_eq!(site.docker("volume ls -q --filter label=maestro.environment=env-unique"), "");
    site.docker("image rm revision-unique:1");
}

#[test]
#[ignore = "needs an engine"]
fn a_rollback_brings_back_the_very_image_though_its_tag_has_moved() {
    let mut site = site();
    let mut said = vec![site.transcript("history")];
    site.succeed("apply");
    let before = image(&site, "web-unique");
    // Another image by the same name, another configuration, one instance more and one less.
    site.docker("commit -c 'LABEL another=1' db-unique revision-unique:1");
    let changed = SERVICES
        .replace("MODE: fast", "MODE: slow")
        .replace("first-secret", "second-secret")
        .replace("  db:\n", "  extra:\n")
        .replace("requires: db", "requires: extra")
        .replace("db-unique", "extra-unique")
        .replace(": db}", ": extra}");
    site.write(&file("", &changed));
    said.push(site.transcript("apply -c 1 --prune"));
    let after = image(&site, "web-unique");
    assert_ne!(before, after);
    for command in [
        "history",
        "rollback -n",
        "rollback -c 1",
        "diff",
        "history",
        "rollback 1",
        "plan --detailed-exitcode",
    ] {
        said.push(site.transcript(command));
    }
    assert_eq!(image(&site, "web-unique"), before);
    assert!(site.docker("inspect -f {{.Config.Env}} web-unique").contains("first-secret"));
    assert!(!site.docker("ps -a --format {{.Names}}").contains(&site.real("extra-unique")));
    // And forward again.
    site.succeed("apply --prune");
    assert_eq!(image(&site, "web-unique"), after);
    site.succeed("rollback 2");
    let pending = site.output("plan --detailed-exitcode");
    assert_eq!(pending.code, Some(0), "{}", pending.text);
    let said = told(&said.join("\n"));
    assert!(!said.contains("secret"), "{said}");
    let json = site.output("--output json history");
    assert!(!json.text.contains("secret"), "{}", json.text);
    let value: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!((&value["version"], &value["generations"][0]["runs"]), (&1.into(), &true.into()));
    let json = site.output("--output json rollback -n 1");
    assert!(!json.text.contains("secret"), "{}", json.text);
    insta::assert_snapshot!(said);
    end(&site);
}

#[test]
#[ignore = "needs an engine"]
fn what_is_missing_is_told_and_nothing_changed() {
    let mut site = site();
    let mut said = vec![site.transcript("rollback")];
    site.succeed("apply");
    said.push(site.transcript("rollback"));
    said.push(site.transcript("rollback 7"));
    site.docker("commit -c 'LABEL only=1' db-unique revision-unique:1");
    site.succeed("apply");
    let gone = image(&site, "web-unique");
    site.docker(&format!("tag {IMAGE} revision-unique:1"));
    site.succeed("apply");
    site.docker(&format!("image rm {gone}"));
    let before = site.docker("ps -q --no-trunc --filter label=maestro.environment=env-unique");
    let refused = site.run("rollback 2");
    assert_eq!(refused.code, Some(6));
    let text = site.transcript_of("rollback 2", &refused);
    said.push(
        regex::Regex::new(r", [0-9a-f]{12}\)").unwrap().replace_all(&text, ", 0123456789ab)").into_owned(),
    );
    let history = site.transcript("history");
    said.push(
        regex::Regex::new(r", [0-9a-f]{12}\)").unwrap().replace_all(&history, ", 0123456789ab)").into_owned(),
    );
    assert_eq!(site.docker("ps -q --no-trunc --filter label=maestro.environment=env-unique"), before);
    // A file that declares nothing any more may have declared something once.
    site.write("name: env-unique\n");
    said.push(site.transcript("rollback -n 1"));
    site.write(&file("", SERVICES));
    insta::assert_snapshot!(told(&said.join("\n")));
    end(&site);
}

#[test]
#[ignore = "needs an engine"]
fn what_ran_before_the_first_apply_comes_back() {
    let mut site = site();
    site.succeed("start");
    let made = "{{.Config.Env}} {{.Config.Cmd}} {{.Config.Hostname}} {{.HostConfig.PortBindings}} {{.HostConfig.Binds}}";
    // In which order an engine keeps variables makes no difference.
    let inspected = |site: &Site| {
        let told = site.docker(&format!("inspect -f '{made}' web-unique db-unique"));
        let mut words: Vec<String> = told.replace(['[', ']'], " ").split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    let before = inspected(&site);
    site.write(&file("", &SERVICES.replace("fast", "slow").replace("PORT1", "PORT2")));
    let said = site.transcript("apply -c 1");
    assert_ne!(inspected(&site), before);
    let back = site.transcript("rollback -c 1");
    assert_eq!(inspected(&site), before);
    insta::assert_snapshot!(told(&format!("{said}\n{back}\n{}", site.transcript("history"))));
    end(&site);
}

#[test]
#[ignore = "needs an engine"]
fn a_ship_that_does_not_answer_is_in_the_way() {
    let mut site = site();
    let ships = "ships:\n  local: {host: 'unix://SOCKET', ip: localhost}\n  far: {host: 'unix:///nowhere/docker.sock', ip: 10.0.0.9}\n";
    let ships = ships.replace("SOCKET", &site.socket().display().to_string());
    let on = |services: &str| services.replace("-unique: {", "-unique: {ship: local, ").replace(", }", "}");
    let alone =
        ships.lines().filter(|line| !line.contains("far")).fold(String::new(), |all, line| all + line + "\n");
    site.write(&file(&alone, &on(SERVICES)));
    site.succeed("apply");
    site.write(&file(&alone, &on(&SERVICES.replace("fast", "slow"))));
    site.succeed("apply web");
    let before = site.docker("ps -q --no-trunc --filter label=maestro.environment=env-unique");
    site.write(&file(&ships, &on(SERVICES)));
    let said = site.transcripts(&["history", "rollback", "rollback 7 --dry-run"]);
    insta::assert_snapshot!(told(&said));
    assert_eq!(site.docker("ps -q --no-trunc --filter label=maestro.environment=env-unique"), before);
    site.write(&file(&alone, &on(SERVICES)));
    end(&site);
}
