//! `stats`, `top`, `images`, `inspect`, `events`, `wait`, `pause` and `unpause`: what they tell of a real engine.

use maestro_report::schema;

use crate::support::{
    IMAGE,
    site::{Running, Site},
    terminal::Terminal,
};

/// A program that works, ends at once when it is asked to, and writes to a network and a disk nothing.
const WORKS: &str = "trap 'exit 3' TERM; while :; do :; done";
const RESTS: &str = "trap exit TERM; /bin/busybox sleep 600 & wait";

fn file() -> String {
    let service = |name: &str, script: &str, more: &str| {
        format!(
            "  {name}:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"{script}\"]\n    {more}\n    \
             instances: {{{name}-unique: {{}}}}\n"
        )
    };
    format!(
        "__maestro: {{schema: 3}}\nname: env-unique\nvolumes: {{data-unique: {{name: data-unique}}}}\nservices:\n{}{}",
        service("busy", WORKS, "limits: {memory: 64m}\n    cpus: 0.5"),
        service("calm", RESTS, "env: {DB_PASSWORD: hunter2}\n    volumes: ['data-unique:/data']"),
    )
}

fn json(site: &Site, arguments: &str) -> serde_json::Value {
    let said = site.output(&format!("--output json {arguments}"));
    assert_eq!(said.code, Some(0), "{arguments}: {}", said.text);
    serde_json::from_str(&said.text).unwrap_or_else(|error| panic!("{error}: {}", said.text))
}

#[test]
#[ignore = "needs an engine"]
fn what_instances_use_and_run_is_told() {
    let site = Site::new(&file());
    site.succeed("apply");
    what_they_use(&site);
    what_they_run(&site);
    the_ship_they_are_on(&site);
    a_table_on_a_terminal_is_live(&site);
    site.succeed("down --volumes --yes");
}

fn what_they_use(site: &Site) {
    let stats = json(site, "stats");
    assert_eq!(schema::undescribed(&stats, schema::STATS), [""; 0]);
    let [busy, calm] = &stats["instances"].as_array().unwrap()[..] else { panic!("{stats}") };
    // Half of a processor, which it may use, as far as the machine has it.
    let percent = busy["cpu_percent"].as_f64().unwrap();
    assert!(percent > 1.0 && percent < 75.0, "{stats}");
    assert!(calm["cpu_percent"].as_f64().unwrap() < percent, "{stats}");
    assert_eq!(busy["memory_limit_bytes"], 64 << 20);
    assert!(
        busy["memory_bytes"].as_u64().unwrap() > 0 && busy["processes"].as_u64().unwrap() >= 1,
        "{stats}"
    );
    assert_eq!(busy["ship"], "local");
    let text = site.succeed("stats calm");
    assert!(text.starts_with("INSTANCE") && text.lines().count() == 2, "{text}");

    let text = site.succeed("top --filter service=c*,state=up");
    assert!(text.contains("calm-") && !text.contains("busy-"), "{text}");
    let filtered = json(site, "stats --filter service=busy,state=up");
    assert_eq!(filtered["instances"].as_array().map(Vec::len), Some(1), "{filtered}");
    let logs = site.succeed("logs --filter state=down");
    assert_eq!(logs, "", "none is down");
    assert_eq!(site.succeed("history -q").trim(), "1");
    for names in ["stats -q calm", "top -q --filter service=c*"] {
        assert_eq!(site.succeed(names).trim(), site.real("calm-unique"), "{names}");
    }
    let created = site.succeed("events -q --since 10m --until 0s --filter type=container,event=start");
    assert_eq!(created.lines().collect::<std::collections::BTreeSet<_>>().len(), 2, "{created}");
    assert_eq!(
        site.succeed("volume ls -q --filter state=in-use,service=calm").trim(),
        site.real("data-unique")
    );
    assert_eq!(site.succeed("volume ls --filter service=busy"), "no volume matches the filters\n");
    let history = site.succeed("history --filter service=calm");
    assert!(history.contains("calm-") && !history.contains("busy-"), "{history}");

    let top = site.succeed("top calm");
    assert!(top.contains("sleep 600"), "{top}");
    let top = json(site, "top calm");
    let processes = top["instances"][0]["processes"].as_array().unwrap();
    assert!(processes.iter().any(|process| process["CMD"].as_str().unwrap().contains("sleep 600")), "{top}");
}

fn what_they_run(site: &Site) {
    let images = json(site, "images busy");
    let image = &images["instances"][0];
    assert_eq!((&image["image"], &image["is_tag_elsewhere"]), (&IMAGE.into(), &false.into()), "{images}");
    let id = site.docker(&format!("image inspect -f {{{{.Id}}}} {IMAGE}"));
    assert_eq!(image["id"], id.as_str());
    assert!(image["size_bytes"].as_u64().unwrap() > 0, "{images}");
    assert_eq!(site.succeed("images -q").trim(), id);

    let inspected = json(site, "inspect calm");
    assert_eq!(schema::undescribed(&inspected, schema::INSPECT), [""; 0]);
    let text = inspected.to_string();
    assert!(!text.contains("hunter2"), "{text}");
    let calm = &inspected["instances"][0];
    assert_eq!(calm["engine"]["Id"], calm["container_id"]);
    assert_eq!(calm["declared"]["image"], IMAGE);
    assert_eq!(calm["mounts"][0]["path"], "/data");
    assert_eq!(calm["differing"], serde_json::json!([]));
    let text = site.succeed("inspect calm");
    assert!(text.contains("RUNS") && text.contains("/data") && !text.contains("hunter2"), "{text}");
}

fn the_ship_they_are_on(site: &Site) {
    let list = json(site, "ship ls");
    assert_eq!(schema::undescribed(&list, schema::SHIPS), [""; 0]);
    let ship = &list["ships"][0];
    assert_eq!(
        (&ship["instances"], &ship["instances_up"], &ship["reachable"]),
        (&2.into(), &2.into(), &true.into())
    );
    assert!(ship["engine_version"].is_string() && ship["memory_bytes"].as_u64() > Some(0), "{list}");
    assert!(ship["disk_bytes"].as_u64() > ship["disk_free_bytes"].as_u64(), "this machine's disk: {list}");
    // It is this machine's own clock.
    assert!(ship["clock_ahead_seconds"].as_f64().unwrap().abs() < 2.0, "{list}");
    assert!(site.succeed("ship ls").contains("2 of 2 up"));
    assert_eq!(site.succeed("ship check"), "1 ship: nothing to fix\n");
    assert_eq!(site.run("ship check lokal").code, Some(2));
}

fn a_table_on_a_terminal_is_live(site: &Site) {
    let mut terminal = Terminal::begin(site, "stats");
    terminal.shows(&["INSTANCE", "CPU"]);
    // The first count tells no percentage, the second does.
    terminal.shows(&["busy-", "%", "64 MiB"]);
    site.docker("stop calm-unique");
    crate::support::site::until("the table follows what runs", || {
        (!terminal.lines().iter().any(|line| line.starts_with("calm-"))).then_some(())
    });
    terminal.interrupt();
    let (screen, code) = terminal.end();
    assert_eq!(code, Some(130), "{screen:?}");
}

#[test]
#[ignore = "needs an engine"]
fn what_happens_is_told_as_it_happens() {
    let site = Site::new(&file());
    site.succeed("apply calm");
    // Once they have told what happened before, they listen.
    let mut events = Running::begin(site.command("events --since 10m --filter type=container"), true);
    events.says("container start calm-");
    let others = "--output json events --since 10m --filter type=network,type=volume";
    let mut others = Running::begin(site.command(others), true);
    others.says("\"connect\"");
    others.says("\"mount\"");
    // Pausing is told by its state and its event.
    let plan = site.succeed("pause calm --dry-run");
    assert!(plan.contains("1 to pause"), "{plan}");
    site.succeed("pause calm");
    assert_eq!(site.docker("inspect -f {{.State.Status}} calm-unique"), "paused");
    assert!(site.succeed("pause calm").contains("nothing to do"));
    site.succeed("unpause calm");
    assert_eq!(site.docker("inspect -f {{.State.Status}} calm-unique"), "running");
    events.says("container pause calm-");
    events.says("container unpause calm-");
    site.succeed("apply busy");
    let waited = Running::begin(site.command("wait busy"), false);
    site.succeed("wait --ready calm busy");
    site.docker("stop -t 5 busy-unique");
    let said = waited.end();
    assert_eq!((said.text.trim(), said.code), ("3", Some(3)));
    events.says("container die busy-");
    for running in [events, others] {
        running.signal("INT");
        assert_eq!(running.end().code, Some(130));
    }
    let past = site.succeed("events --since 10m --until 0s --filter event=pause");
    assert!(past.lines().count() == 1 && past.contains("container pause calm-"), "{past}");
    let late = site.run("wait --timeout 1s calm");
    assert_eq!(late.code, Some(1), "{}", late.text);
    site.succeed("down --volumes --yes");
}
