//! `logs`: what is followed, and what of a log is shown.

use std::process::Stdio;

use crate::support::{
    IMAGE,
    counting::{COUNTS, assert_counted},
    normal::unwrapped,
    site::{Running, Site, until},
};

fn counting() -> String {
    format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: {COUNTS}\n    env: {{VERSION: first}}\n    \
         instances: {{app-unique: {{}}}}\n"
    )
}

#[test]
#[ignore = "needs an engine"]
fn all_lines_of_an_instance_are_followed_whatever_becomes_of_its_container() {
    let mut site = Site::new(&counting());
    site.succeed("start");
    let mut followed = Running::begin(site.command("logs -f app"), true);
    followed.says("line 20\n");
    site.docker("restart -t 5 app-unique");
    site.succeed("restart");
    site.docker("stop -t 5 app-unique");
    site.succeed("start");
    site.write(&counting().replace("first", "second"));
    site.succeed("apply");
    site.succeed("stop");
    followed.says_times("end ", 5);
    followed.signal("INT");
    let said = followed.end();
    assert_eq!(said.code, Some(130), "{}", said.text);
    assert_eq!(assert_counted(said.text.lines()), 5, "{}", said.text);
}

#[test]
#[ignore = "needs an engine"]
fn what_of_a_log_is_shown() {
    let script =
        "echo early; /bin/busybox sleep 1.5; echo late error; /bin/busybox sleep 0.2; echo other >&2";
    let text = format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    job: true\n    \
         command: [/bin/busybox, sh, -c, \"{script}\"]\n    instances: {{a-unique: {{}}, bb-unique: {{}}}}\n"
    );
    let site = Site::new(&text);
    site.succeed("start");
    let (lines, code) = site.json_lines("logs a-unique");
    assert_eq!(code, Some(0));
    let told: Vec<_> = lines.iter().map(|line| line["line"].as_str().unwrap()).collect();
    assert_eq!(told, ["early", "late error", "other"]);
    assert_eq!((&lines[2]["stderr"], &lines[2]["goes_on"]), (&true.into(), &false.into()));
    assert_eq!(lines[0]["service"], "app");
    let times: Vec<&str> = lines.iter().map(|line| line["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");

    let late = times[1];
    assert_eq!(site.succeed(&format!("logs --since {late} a-unique")), "late error\nother\n");
    assert_eq!(site.succeed(&format!("logs --until {late} -n 1 a-unique")), "late error\n");
    assert_eq!(site.succeed("logs --since 1h --grep ^late a-unique"), "late error\n");
    let stamped = site.succeed("logs -t -n 1 a-unique");
    let (time, line) = stamped.trim_end().split_once(' ').unwrap();
    assert_eq!((time.len(), line), ("2026-11-29T08:00:00.000000000Z".len(), "other"));
    let both = site.succeed("logs --grep early|other");
    let (a, b) = (site.real("a-unique "), site.real("bb-unique"));
    let mut seen: Vec<_> = both.lines().collect();
    seen.sort_unstable();
    let expected =
        [format!("{a} | early"), format!("{a} | other"), format!("{b} | early"), format!("{b} | other")];
    assert_eq!(seen, expected, "{both}");
    assert!(both.lines().take(2).all(|line| line.ends_with("early")), "in the order of time: {both}");
    let bare = site.succeed("logs --no-prefix --grep early");
    assert_eq!(bare, "early\nearly\n");
}

/// 10 MB without a line end, and bytes that are no text.
#[test]
#[ignore = "needs an engine"]
fn a_long_line_comes_whole_and_harmless() {
    let script = "/bin/busybox yes xxxxxxxxx | /bin/busybox tr -d '\\\\n' | /bin/busybox head -c 10000000; \
                  printf '\\\\377\\\\033[2J\\\\n'";
    for tty in [false, true] {
        let text = format!(
            "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    job: true\n    tty: {tty}\n    \
             command: [/bin/busybox, sh, -c, \"{script}\"]\n    instances: {{a-unique: {{}}}}\n"
        );
        let site = Site::new(&text);
        site.succeed("start");
        let log = site.succeed("logs");
        assert_eq!(
            (log.len(), log.lines().count()),
            (10_000_000 + "\u{fffd}\\u{1b}[2J\n".len(), 1),
            "tty {tty}"
        );
        assert!(log.starts_with("xxxxxxxxx") && !log[..10_000_000].contains(|c| c != 'x'), "tty {tty}");
        assert!(log.ends_with("x\u{fffd}\\u{1b}[2J\n"), "tty {tty}");
    }
}

/// Whoever reads is stopped while 5 MB are written: memory does not grow with them, and all lines come at last.
#[test]
#[ignore = "needs an engine"]
fn a_reader_that_stops_reading_costs_no_memory_and_no_line() {
    const LINES: usize = 40_000;
    let blank = "#".repeat(110);
    let writes = format!(
        "echo begin; until [ -e /go ]; do /bin/busybox sleep 0.1; done; \
         /bin/busybox seq 1 {LINES} | /bin/busybox sed 's/^/{blank} /'; echo end; /bin/busybox sleep 1000"
    );
    let site = Site::new(&format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"{writes}\"]\n    \
         net: none\n    stop_timeout: 0\n    instances: {{app-unique: {{}}}}\n"
    ));
    site.succeed("start");
    let taken = site.path().join("taken");
    let mut command = site.command("logs -f --no-prefix app-unique");
    let mut logs = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = std::process::Command::new("cat")
        .stdin(logs.stdout.take().unwrap())
        .stdout(std::fs::File::create(&taken).unwrap())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(&taken).unwrap();
    until("the first line", || (!read().is_empty()).then_some(()));
    signal("STOP", reader.id());
    let before = most_memory(logs.id());
    site.docker("exec app-unique /bin/busybox touch /go");
    until("all lines", || site.docker("logs --tail 1 app-unique").ends_with("end").then_some(()));
    let grown = most_memory(logs.id()) - before;
    assert!(grown < 3 * 1024, "{grown} kB more for a reader that does not read");
    signal("CONT", reader.id());
    until("the last line", || read().ends_with("end\n").then_some(()));
    signal("INT", logs.id());
    logs.wait().unwrap();
    reader.wait().unwrap();
    let numbers = read();
    let numbers = numbers.lines().filter_map(|line| line.strip_prefix(&blank)?.trim().parse::<usize>().ok());
    assert!(numbers.eq(1..=LINES), "lines are missing or doubled");
}

fn signal(name: &str, process: u32) {
    let sent = std::process::Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// The most memory that a process had so far, in kB.
fn most_memory(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[ignore = "needs an engine"]
fn a_log_that_nobody_keeps_and_a_container_that_is_restarted_say_what_to_do() {
    let text = format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    log_driver: none\n    \
         command: [/bin/busybox, sh, -c, \"trap exit TERM; /bin/busybox sleep 600 & wait\"]\n    \
         instances: {{a-unique: {{}}}}\n  crash:\n    image: {IMAGE}\n    restart: always\n    \
         command: [/bin/busybox, sh, -c, \"echo broken; exit 3\"]\n    instances: {{c-unique: {{}}}}\n"
    );
    let site = Site::new(&text);
    site.succeed("start app");
    let said = site.run("logs a-unique");
    let text = unwrapped(&said.text);
    assert_eq!(said.code, Some(1), "{text}");
    let hint = "with `log_driver: local` in the file, its next container keeps one";
    assert!(text.contains(&site.real("a-unique: its log cannot be read from ship local")), "{text}");
    assert!(text.contains(hint), "{text}");
    site.run("start crash");
    // Between two tries the container runs for a moment.
    let said = until("the container is restarted", || {
        let said = site.run("exec c-unique true");
        said.text.contains("Restarting").then(|| unwrapped(&said.text))
    });
    let typed = format!("logs {}`", site.real("c-unique"));
    assert!(said.contains(&typed), "{said}");
    assert!(site.succeed("logs c-unique").contains("broken"));
    site.succeed("down");
}
