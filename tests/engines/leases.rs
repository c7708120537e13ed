//! Two at once: one works, the other says who does. Whatever ends a run, the next one can go on.

use crate::{
    failures::file,
    support::{
        IMAGE,
        proxy::Proxy,
        site::{Running, Said, Site, until},
    },
};

/// `slow` takes that long to stop.
fn services(stop_timeout: u32) -> String {
    format!(
        "  slow:
    image: busybox
    command: [/bin/busybox, sh, -c, \"trap '' TERM; echo up; while true; do /bin/busybox sleep 0.1; done\"]
    stop_timeout: {stop_timeout}
    instances:
      slow-unique: {{}}
"
    )
}

/// A site where `slow` runs.
fn started(stop_timeout: u32) -> Site {
    let mut site = Site::new(&file("", &services(stop_timeout)));
    site.set("LOGNAME", "ann");
    site.succeed("start");
    assert_eq!(volumes(&site), "");
    site
}

fn volumes(site: &Site) -> String {
    site.docker("volume ls -q --filter label=maestro.environment=env-unique --filter label=maestro.lease")
}

/// A `stop` that has begun and takes its time.
fn stopping(site: &Site) -> Running {
    let mut stop = Running::begin(site.command("stop"), true);
    stop.says("stopping, up to");
    assert_eq!(volumes(site), site.real("maestro-lease-env-unique"));
    stop
}

/// What differs: this machine's name, the process's number, the time.
fn transcript(site: &Site, arguments: &str, said: &Said) -> String {
    let text = site.transcript_of(arguments, said);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let text = text.replace(&format!("ann@{}", host.trim()), "ann@box");
    let text = regex::Regex::new(r"(process|kill) [0-9]+").unwrap().replace_all(&text, "$1 4711");
    regex::Regex::new(r"(,|local) for [0-9]+ s").unwrap().replace_all(&text, "$1 for 1 s").into_owned()
}

/// Another machine's lease: the one that is there, but for the machine.
fn make_it_anothers(site: &Site) -> String {
    let format = "{{range $label, $value := .Labels}}--label {{$label}}={{printf \"%q\" $value}} {{end}}";
    let labels = site.docker(&format!("volume inspect maestro-lease-env-unique --format '{format}'"));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let of = |label: &str| format!("--label maestro.lease.{label}=\"{}\"", host.trim());
    let labels = labels.replace(&of("host"), "--label maestro.lease.host=\"faraway\"");
    site.docker("volume rm maestro-lease-env-unique");
    site.docker(&format!("volume create {labels} maestro-lease-env-unique"));
    site.docker(
        "volume inspect maestro-lease-env-unique --format '{{index .Labels \"maestro.lease.nonce\"}}'",
    )
}

#[test]
#[ignore = "needs an engine"]
fn the_second_says_who_is_the_first_or_waits_for_it() {
    let site = started(15);
    let first = stopping(&site);
    let refused = site.run("restart");
    insta::assert_snapshot!(transcript(&site, "restart", &refused));
    assert_eq!(refused.code, Some(5));
    // What only looks is not kept waiting.
    site.succeed("status");
    let mut second = Running::begin(site.command("restart --wait 5m"), true);
    second.says("waiting");
    assert_eq!(first.end().code, Some(0));
    let waited = second.end();
    insta::assert_snapshot!(transcript(&site, "restart --wait 5m", &waited));
    assert_eq!(site.docker("inspect --format {{.State.Status}} slow-unique"), "running");
    assert_eq!(volumes(&site), "");
    site.succeed("kill");
}

#[test]
#[ignore = "needs an engine"]
fn a_killed_one_is_replaced_and_named() {
    let site = started(600);
    let killed = stopping(&site);
    killed.signal("KILL");
    killed.end();
    assert_eq!(volumes(&site), site.real("maestro-lease-env-unique"));
    let next = site.run("kill");
    insta::assert_snapshot!(transcript(&site, "kill", &next));
    assert_eq!(volumes(&site), "");
}

#[test]
#[ignore = "needs an engine"]
fn clean_removes_what_a_killed_one_has_left_though_nothing_else_is_to_be_done() {
    let site = started(600);
    let killed = stopping(&site);
    killed.signal("KILL");
    killed.end();
    site.docker("rm -f slow-unique");
    site.docker("network rm maestro-env-unique");
    insta::assert_snapshot!(transcript(&site, "clean", &site.run("clean")));
    assert_eq!(volumes(&site), "");
}

#[test]
#[ignore = "needs an engine"]
fn another_machines_is_unlocked_by_its_nonce() {
    let site = started(600);
    let killed = stopping(&site);
    killed.signal("KILL");
    killed.end();
    let nonce = make_it_anothers(&site);
    let mut said = transcript(&site, "kill", &site.run("kill --wait 1"));
    said += &transcript(&site, "unlock 000", &site.run("unlock 000"));
    let unlocked = site.run(&format!("unlock {nonce}"));
    said += &transcript(&site, "unlock NONCE", &unlocked);
    let again = site.run(&format!("unlock {nonce}"));
    said += &transcript(&site, "unlock NONCE", &again);
    insta::assert_snapshot!(said);
    // What that machine's run began may be under way, which the next run has to know.
    assert_eq!(volumes(&site), format!("maestro-takeover-{nonce}"));
    site.succeed("kill");
    assert_eq!(volumes(&site), "");
}

/// A library that puts a program's clock five hours forward, or back.
const CLOCK: &str = "
    #define _GNU_SOURCE
    #include <sys/syscall.h>
    #include <time.h>
    #include <unistd.h>
    int clock_gettime(clockid_t clock, struct timespec *time) {
        long result = syscall(SYS_clock_gettime, clock, time);
        if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += HOURS * 3600;
        return (int) result;
    }
";

/// Builds that library.
fn clock_library(site: &Site, hours: i32) -> String {
    let [code, library] = ["clock.c", "clock.so"].map(|name| site.path().join(name).display().to_string());
    std::fs::write(&code, CLOCK.replace("HOURS", &format!("({hours})"))).unwrap();
    let words = ["-shared", "-fPIC", "-o", &library, &code].map(str::to_owned);
    let built = site.program("cc", &words).output().unwrap();
    assert!(built.status.success(), "{built:?}");
    library
}

/// No lease expires by this machine's clock, and what an engine did is as old as the engine says.
#[test]
#[ignore = "needs an engine"]
fn a_clock_that_is_hours_off_expires_no_lease_and_changes_no_age() {
    let age = regex::Regex::new(" for [0-9]+ s").unwrap();
    for (hours, skew) in [(5, "behind"), (-5, "ahead")] {
        let mut site = Site::new(&file("", &services(600)));
        site.set("LOGNAME", "ann");
        let library = clock_library(&site, hours);
        site.set("LD_PRELOAD", &library);
        let check = site.run("ship check");
        assert!(check.text.contains("4 h 59 min") || check.text.contains("5 h"), "{}", check.text);
        assert!(check.text.contains(skew), "{}", check.text);
        site.succeed("apply");
        assert_eq!(site.run("plan --detailed-exitcode").code, Some(0));
        assert!(site.succeed("history").contains("(less than a minute ago)"));
        assert!(site.succeed("logs --since 1h").contains("up"));
        let killed = stopping(&site);
        killed.signal("KILL");
        killed.end();
        let nonce = make_it_anothers(&site);
        let refused = site.run("kill");
        assert_eq!(refused.code, Some(5), "{}", refused.text);
        assert!(age.is_match(&refused.text), "{}", refused.text);
        site.succeed(&format!("unlock {nonce}"));
        site.succeed("kill");
    }
}

#[test]
#[ignore = "needs an engine"]
fn one_that_runs_is_not_unlocked() {
    let site = started(600);
    let mut first = stopping(&site);
    let nonce = site.docker(
        "volume inspect maestro-lease-env-unique --format '{{index .Labels \"maestro.lease.nonce\"}}'",
    );
    let refused = site.run(&format!("unlock {nonce}"));
    insta::assert_snapshot!(transcript(&site, "unlock NONCE", &refused));
    // The second signal names what stays.
    first.signal("INT");
    first.says("interrupted");
    first.signal("INT");
    let said = first.end();
    assert!(said.text.contains(&format!("unlock {nonce}")), "{}", said.text);
    assert_eq!(said.code, Some(130));
    site.succeed("kill");
    assert_eq!(volumes(&site), "");
}

/// The engine finishes the stop of a run that was killed: the next run waits for that before it looks.
#[test]
#[ignore = "needs an engine"]
fn a_killed_runs_stop_is_over_before_the_next_run_looks() {
    let site = started(5);
    for (killed, next) in [("restart", "apply"), ("stop", "start"), ("stop", "stop")] {
        let mut first = Running::begin(site.command(killed), true);
        first.says("stopping, up to");
        first.signal("KILL");
        first.end();
        let status = site.run("status");
        assert!(
            status.text.contains("was killed") && status.text.contains("may still be under way"),
            "{}",
            status.text
        );
        let said = site.run(next);
        assert_eq!(said.code, Some(0), "{}", said.text);
        assert!(said.text.contains(&site.real("may still be stopping slow-unique")), "{}", said.text);
        let running = site.docker("inspect --format {{.State.Running}} slow-unique");
        assert_eq!(running, if next == "stop" { "false" } else { "true" }, "{killed}, {next}: {}", said.text);
        assert_eq!(volumes(&site), "");
        // Nothing is left that could stop it later.
        assert!(site.docker("ps -aq --filter name=slow-unique").lines().count() == 1);
    }
    site.succeed("kill");
}

/// The engine finishes a creation whose client is gone, and keeps the name until then. What is copied into a volume makes
/// this one slow.
#[test]
#[ignore = "needs an engine"]
fn a_killed_runs_creation_is_used_by_the_next_run() {
    let mut site = Site::new(&file("", &services(1)).replace(IMAGE, "big-unique"));
    let dd = "/bin/busybox dd if=/dev/zero of=/data/big bs=1M count=500";
    site.strangers.push("made-unique".to_owned());
    site.docker(&format!("run --name made-unique {IMAGE} /bin/busybox mkdir /data"));
    site.docker("commit made-unique big-unique");
    site.docker("rm made-unique");
    site.docker(&format!("run --name made-unique big-unique {dd}"));
    site.docker("commit --change 'VOLUME /data' --change 'CMD []' made-unique big-unique");
    site.docker("rm made-unique");
    let direct = site.host.clone();
    let proxy = Proxy::new(site.path(), &direct);
    site.set("DOCKER_HOST", &proxy.host());
    let first = Running::begin(site.command("apply"), true);
    until("a creation is asked for", || {
        proxy.requests().iter().any(|request| request.starts_with("POST /containers/create")).then_some(())
    });
    first.signal("KILL");
    first.end();
    let said = site.run("apply");
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert_eq!(
        site.docker("ps -a --filter name=slow-unique --format '{{.Names}} {{.State}}'"),
        site.real("slow-unique running")
    );
    assert_eq!(volumes(&site), "");
    site.docker("rm -f -v slow-unique");
    site.docker("rmi -f big-unique");
}

/// A command that finds nothing to do while another run is about to change that.
#[test]
#[ignore = "needs an engine"]
fn what_has_nothing_to_do_waits_for_a_run_that_has() {
    let site = started(5);
    let first = stopping(&site);
    for command in ["start", "apply", "pull"] {
        let refused = site.run(command);
        assert_eq!(refused.code, Some(5), "{command}: {}", refused.text);
        assert!(refused.text.contains("another run is changing"), "{command}: {}", refused.text);
    }
    let status = site.succeed("status");
    assert!(status.contains("another run is changing"), "{status}");
    let waited = site.run("start --wait 1m");
    assert_eq!(waited.code, Some(0), "{}", waited.text);
    assert_eq!(first.end().code, Some(0));
    assert_eq!(site.docker("inspect --format {{.State.Running}} slow-unique"), "true");
    site.succeed("kill");
}

#[test]
#[ignore = "needs an engine"]
fn a_signal_gives_it_back() {
    let site = started(5);
    for signal in ["INT", "TERM", "HUP"] {
        site.succeed("start");
        let mut stop = stopping(&site);
        stop.signal(signal);
        stop.says("interrupted");
        stop.end();
        assert_eq!(volumes(&site), "", "{signal}");
    }
    // Also while it only waits for another's.
    site.succeed("start");
    let first = stopping(&site);
    first.signal("STOP");
    let mut second = Running::begin(site.command("kill --wait 1h"), true);
    second.says("waiting");
    second.signal("INT");
    let said = second.end();
    assert_eq!(said.code, Some(130));
    assert!(!said.text.contains("kill …"), "{}", said.text);
    assert_eq!(volumes(&site), site.real("maestro-lease-env-unique"));
    first.signal("CONT");
    first.end();
    assert_eq!(volumes(&site), "");
}

#[test]
#[ignore = "needs an engine"]
fn many_at_once_take_turns() {
    let site = started(1);
    let commands = ["restart", "stop", "start", "restart", "start", "kill"];
    let all: Vec<Running> = commands
        .iter()
        .map(|command| Running::begin(site.command(&format!("{command} --wait 10m")), true))
        .collect();
    for (command, running) in commands.iter().zip(all) {
        let said = running.end();
        // A start that finds it running verifies it, and looks again if another one takes it down meanwhile.
        assert_eq!(said.code, Some(0), "{command}: {}", said.text);
    }
    assert_eq!(volumes(&site), "");
}

#[test]
#[ignore = "needs an engine"]
fn what_changes_nothing_takes_none() {
    let mut site = started(1);
    let proxy = Proxy::new(site.path(), &site.host);
    site.set("DOCKER_HOST", &proxy.host());
    for command in ["start", "plan", "status"] {
        site.succeed(command);
        let requests = proxy.requests();
        // To wait until a container ends changes nothing.
        let is_look = |request: &String| request.starts_with("GET ") || request.ends_with("/wait");
        assert!(requests.iter().all(is_look), "{command}: {requests:?}");
    }
    site.succeed("kill");
    let changes: Vec<String> =
        proxy.requests().into_iter().filter(|request| !request.starts_with("GET ")).collect();
    let lease = site.real("DELETE /volumes/maestro-lease-env-unique");
    assert_eq!(changes.first().map(String::as_str), Some("POST /volumes/create"), "{changes:?}");
    assert_eq!(changes.last(), Some(&lease), "{changes:?}");
    assert_eq!(volumes(&site), "");
}
