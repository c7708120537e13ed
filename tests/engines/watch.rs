//! `watch` on a real engine: what is killed comes back, what is stopped stays down, and what it tells about that.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::net::UnixDatagram,
    time::Duration,
};

use crate::{
    checks::Healthy,
    failures::{RUNS, file},
    support::site::{Running, Site, until},
};

const SERVICES: &str = "  app:
    image: busybox
    sh: runs
    instances: {a-unique: {}, b-unique: {}}
";

fn watching(site: &Site, options: &str) -> Running {
    let mut running = Running::begin(site.command(&format!("watch {options}")), true);
    running.says("2 as declared");
    running
}

fn is_up(site: &Site, name: &str) -> bool {
    site.docker("ps --format {{.Names}}").contains(&site.real(name))
}

#[test]
#[ignore = "needs an engine"]
fn what_is_killed_comes_back_and_what_is_stopped_stays_down() {
    let site = Site::new(&file("audit: [{type: log, file: audit.log}]\n", SERVICES));
    site.succeed("apply");
    let mut running = watching(&site, "--stable 1s");
    site.docker_kill(&["b-unique"]);
    running.says(&site.real("b-unique on local: down, exit code 137"));
    running.says(&site.real("b-unique on local: starting its container (try 1 of 5)"));
    running.says(&site.real("b-unique on local: recovered"));
    assert!(is_up(&site, "b-unique"));
    site.succeed("stop a-unique");
    running.says(&site.real("a-unique on local: stopped on purpose"));
    site.docker_kill(&["b-unique"]);
    running.says_times(&site.real("b-unique on local: healed"), 2);
    assert!(!is_up(&site, "a-unique"));
    running.signal("TERM");
    assert_eq!(running.end().code, Some(143));
    let log = fs::read_to_string(site.path().join("audit.log")).unwrap();
    for words in ["ERROR: Failed", "lease"] {
        assert!(!log.contains(words), "{log}");
    }
    assert!(log.contains("down, exit code 137") && log.contains("recovered"), "{log}");
}

#[test]
#[ignore = "needs an engine"]
fn the_file_is_read_again_and_applied_and_metrics_are_served() {
    let services = SERVICES.replace("sh: runs\n", "sh: runs\n    envfile: app.env\n");
    let mut site = Site::new(&file("", &services));
    fs::write(site.path().join("app.env"), "COLOUR=red\n").unwrap();
    site.succeed("apply");
    let mut running = watching(&site, "--apply --metrics 127.0.0.1:0");
    running.says("/metrics");
    site.write(&file("", &services.replace("sh: runs\n", "sh: runs\n    env: {LEVEL: debug}\n")));
    running.says("the file was read again");
    running.says("applied in");
    let env = site.docker("inspect --format {{.Config.Env}} a-unique");
    assert!(env.contains("LEVEL=debug") && env.contains("COLOUR=red"), "{env}");
    // The same for a file that it names.
    fs::write(site.path().join("app.env"), "COLOUR=blue\n").unwrap();
    running.says_times("applied in", 2);
    let env = site.docker("inspect --format {{.Config.Env}} a-unique");
    assert!(env.contains("COLOUR=blue"), "{env}");
    running.signal("INT");
    assert_eq!(running.end().code, Some(130));
}

#[test]
#[ignore = "needs an engine"]
fn systemd_is_told_that_it_is_ready_alive_and_about_to_stop() {
    let site = Site::new(&file("", SERVICES));
    let path = site.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut command = site.command("watch");
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let mut running = Running::begin(command, true);
    let until = |wanted: &str| loop {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        if &bytes[..length] == wanted.as_bytes() {
            return;
        }
    };
    until("READY=1");
    running.says("0 as declared");
    for _ in 0..3 {
        until("WATCHDOG=1");
    }
    running.signal("TERM");
    until("STOPPING=1");
    assert_eq!(running.end().code, Some(143));
}

#[test]
#[ignore = "needs an engine"]
fn metrics_tell_what_is_up() {
    let site = Site::new(&file("", SERVICES));
    site.succeed("apply");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let running = watching(&site, &format!("--dry-run --metrics 127.0.0.1:{port}"));
    let text = until("metrics", || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        text.contains("state=\"ready\"} 2").then_some(text)
    });
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("maestro_ship_up{"), "{text}");
    running.signal("TERM");
    assert_eq!(running.end().code, Some(143));
}

/// Becomes unhealthy once its file is gone, and healthy again when it is started.
const HEALTHY: &str = "    image: unique-health:1
    command: [/bin/busybox, sh, -c, \"/bin/busybox mkdir -p /tmp; echo fine >/tmp/health; RUNS\"]
    lifecycle: {running: [{type: docker, max_wait: 30}]}
";

#[test]
#[ignore = "needs an engine"]
fn what_is_unhealthy_is_restarted_replaced_or_told() {
    let policies = ["restart", "replace", "notify"];
    let service = |policy: &&str| {
        format!(
            "  {policy}:\n{HEALTHY}    on_unhealthy: {policy}\n    instances: {{{policy}-unique: {{}}}}\n"
        )
    };
    let services: String = policies.iter().map(service).collect();
    let site = Site::new(&file("", &services.replace("RUNS", RUNS)));
    let _image = Healthy::new(&site);
    site.succeed("apply");
    let known = || {
        policies.map(|policy| {
            site.docker(&format!("inspect --format '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {policy}-unique"))
        })
    };
    let before = known();
    let mut running = Running::begin(site.command("watch"), true);
    running.says("3 as declared");
    for policy in policies {
        site.docker(&format!("exec {policy}-unique /bin/busybox rm /tmp/health"));
    }
    for policy in policies {
        running.says(&site.real(&format!("{policy}-unique on local: unhealthy")));
    }
    for policy in ["restart", "replace"] {
        running.says(&site.real(&format!("{policy}-unique on local: healed in")));
    }
    running.signal("TERM");
    let said = running.end();
    assert!(!said.text.contains(&site.real("notify-unique on local: restarting")), "{}", said.text);
    let after = known();
    let ids = |known: &[String; 3]| known.clone().map(|one| one.split(' ').next().unwrap().to_owned());
    let (old, new) = (ids(&before), ids(&after));
    assert!(old[0] == new[0] && before[0] != after[0], "restarted: {before:?} {after:?}");
    assert_ne!(old[1], new[1], "replaced");
    assert_eq!(before[2], after[2], "told alone");
}

#[test]
#[ignore = "needs an engine"]
fn what_ends_again_and_again_is_started_a_bounded_number_of_times() {
    let ends = "command: [/bin/busybox, sh, -c, \"echo up; /bin/busybox sleep 0.7; exit 3\"]";
    let services =
        "  app:\n    image: busybox\n    ENDS\n    instances: {a-unique: {}}\n".replace("ENDS", ends);
    let site = Site::new(&file("", &services));
    site.succeed("start");
    let mut running = Running::begin(site.command("watch --tries 2 --backoff 1s"), true);
    running.says(&site.real("a-unique on local: down, exit code 3"));
    running.says("(try 2 of 2)");
    running.says("not healed after 2 tries; nothing more is tried");
    running.signal("TERM");
    assert_eq!(running.end().code, Some(143));
    assert_eq!(site.docker("logs a-unique"), "up\nup\nup");
}

/// Commits the file of a repository in the site's folder, and returns the first letters of the commit's id.
fn commit(site: &Site, yaml: &str) -> String {
    let folder = site.path().join("shop");
    fs::write(folder.join("maestro.yaml"), site.real(yaml)).unwrap();
    let git = |words: &str| {
        let words = format!("-C {} -c user.name=Ann -c user.email=a@example.org {words}", folder.display());
        let done = site.program("git", &shlex::split(&words).unwrap()).output().unwrap();
        assert!(done.status.success(), "{words}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    git("init --quiet --initial-branch=main");
    git("add --all");
    git("commit --quiet --message more");
    git("rev-parse HEAD").chars().take(12).collect()
}

#[test]
#[ignore = "needs an engine"]
fn commits_of_a_repository_are_applied_and_recorded() {
    let site = Site::new("name: env-unique\n");
    fs::create_dir(site.path().join("shop")).unwrap();
    let first = commit(&site, &file("", SERVICES));
    let options = "watch --git shop --checkout state --branch main --interval 1s --apply";
    let mut running = Running::begin(site.command(options), true);
    running.says(&format!("commit {first}: the file was read"));
    running.says(&format!("applied commit {first} in"));
    commit(&site, &file("", &SERVICES.replace("image", "imgae")));
    running.says("cannot be used, the previous one stays in effect");
    assert!(is_up(&site, "a-unique") && is_up(&site, "b-unique"));
    let second =
        commit(&site, &file("", &SERVICES.replace("sh: runs\n", "sh: runs\n    env: {LEVEL: debug}\n")));
    running.says("the file can be used again");
    running.says(&format!("applied commit {second} in"));
    assert!(site.docker("inspect --format {{.Config.Env}} a-unique").contains("LEVEL=debug"));
    // The lease is held only while it acts.
    assert!(!site.docker("volume ls -q").contains(&site.real("maestro-lease-env-unique")));
    let history = site.succeed("-f state/shop/maestro.yaml --output json history");
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    for (revision, commit) in [(0, &second), (1, &first)] {
        let told = &history["generations"][revision]["commit"];
        assert!(told.to_string().contains(commit.as_str()), "{history}");
    }
    running.signal("TERM");
    assert_eq!(running.end().code, Some(143));
}
