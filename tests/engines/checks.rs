//! Checks of every kind, against what they are about.

use std::{fs, path::Path};

use crate::{
    failures::{RUNS, file},
    support::{
        IMAGE,
        normal::without_logs,
        site::{Running, Site, until},
    },
};

/// Serves its own `/www` when it has been up for a moment.
const SERVES: &str = "command: [/bin/busybox, sh, -c, \"/bin/busybox mkdir /www; echo all-is-UP >/www/health; \
                      /bin/busybox sleep 0.3; /bin/busybox touch /ready; \
                      trap 'exit 0' TERM; /bin/busybox httpd -p 80 -h /www; while true; do /bin/busybox sleep 0.1; done\"]";

fn served(services: &str) -> String {
    file("", &services.replace("sh: serves", SERVES))
}

/// An image like the tests' that tells its health by a file.
pub struct Healthy<'s> {
    site: &'s Site,
}

impl<'s> Healthy<'s> {
    pub fn new(site: &'s Site) -> Self {
        site.docker(&format!("create --name made-unique {IMAGE} /bin/busybox true"));
        let probe = r#"HEALTHCHECK --interval=100ms --retries=2 CMD ["/bin/busybox", "cat", "/tmp/health"]"#;
        site.docker(&format!("commit --change '{probe}' made-unique unique-health:1"));
        site.docker("rm made-unique");
        Self { site }
    }
}

impl Drop for Healthy<'_> {
    fn drop(&mut self) {
        let words = ["rmi", "-f", "unique-health:1"].map(|word| self.site.real(word));
        self.site.program("docker", &words).output().ok();
    }
}

#[test]
#[ignore = "needs an engine"]
fn every_kind_passes_when_what_it_looks_at_is_there() {
    let services = "  web:
    image: unique-health:1
    command: [/bin/busybox, sh, -c, \"/bin/busybox mkdir /tmp; echo fine >/tmp/health; RUNS\"]
    instances:
      health-unique:
        lifecycle: {running: [{type: docker, max_wait: 30}]}
  app:
    image: busybox
    sh: serves
    requires: web
    ports: {http: '80:PORT1'}
    env: {COLOUR: blue}
    lifecycle:
      pre-start:
        - {type: exec, command: [sh, -c, '[ \"$COLOUR\" = blue ] && echo before >>order'], attempts: 1}
      running:
        - {type: tcp, port: http, max_wait: 30}
        - {type: http, port: http, path: health, match_regex: 'all-.*UP$', max_wait: 30}
        - {type: http, port: PORT1, path: /health, host: 127.0.0.1, max_wait: 30}
    instances:
      app-unique:
        lifecycle:
          running:
            - {type: rexec, command: /bin/busybox cat /ready, attempts: 30}
            - {type: exec, command: [sh, -c, 'grep -q APP_UNIQUE && echo running >>order'], envfrom: stdin}
            - {type: sleep, wait: 0.2}
          pre-stop:
            - {type: rexec, command: [/bin/busybox, test, -e, /ready]}
            - {type: exec, command: [sh, -c, 'echo before stop >>order']}
          stopped:
            - {type: exec, command: [sh, -c, 'echo stopped >>order']}
"
    .replace("RUNS", RUNS);
    let mut site = Site::new("");
    site.write(&served(&services));
    let _image = Healthy::new(&site);
    insta::assert_snapshot!(site.transcript("plan"));
    site.succeed("start");
    let order = || fs::read_to_string(site.path().join("order")).unwrap_or_default();
    assert_eq!(order(), "before\nrunning\n");
    site.succeed("restart app");
    assert_eq!(order(), "before\nrunning\nbefore stop\nstopped\nbefore\nrunning\n");
    fs::remove_file(site.path().join("order")).unwrap();
    site.succeed("stop");
    assert_eq!(order(), "before stop\nstopped\n");
}

/// One service for each way not to pass.
const FAILING: &str = "  http:
    image: busybox
    sh: serves
    ports: {http: '80:PORT1'}
    lifecycle: {running: [{type: http, port: http, path: /nowhere, max_wait: 3}]}
    instances: {http-unique: {}}
  regex:
    image: busybox
    sh: serves
    ports: {http: '80:PORT2'}
    lifecycle: {running: [{type: http, port: http, path: /health, match_regex: DOWN, max_wait: 3}]}
    instances: {regex-unique: {}}
  nobody:
    image: busybox
    sh: runs
    ports: {http: '80:PORT3'}
    lifecycle: {running: [{type: http, port: http, max_wait: 1}]}
    instances: {nobody-unique: {}}
  exec:
    image: busybox
    sh: runs
    lifecycle: {running: [{type: exec, command: [sh, -c, 'echo trying; echo no such luck >&2; exit 3'], attempts: 1}]}
    instances: {exec-unique: {}}
  hangs:
    image: busybox
    sh: runs
    lifecycle: {running: [{type: exec, command: sleep 1000, max_wait: 0.5}]}
    instances: {hangs-unique: {}}
  nothing:
    image: busybox
    sh: runs
    lifecycle: {pre-start: [{type: exec, command: ./no-such-script --password hunter2}]}
    instances: {nothing-unique: {}}
  rexec:
    image: busybox
    sh: runs
    lifecycle: {running: [{type: rexec, command: /bin/busybox cat /not/there, attempts: 1}]}
    instances: {rexec-unique: {}}
  missing:
    image: busybox
    sh: runs
    lifecycle: {running: [{type: rexec, command: /no/such/program, attempts: 1}]}
    instances: {missing-unique: {}}
  plain:
    image: busybox
    sh: runs
    lifecycle: {running: [{type: docker}]}
    instances: {plain-unique: {}}
  health:
    image: unique-health:1
    sh: runs
    lifecycle: {running: [{type: docker, max_wait: 4}]}
    instances: {health-unique: {}}
";

#[test]
#[ignore = "needs an engine"]
fn what_the_last_try_saw_is_told() {
    let site = Site::new(&served(FAILING));
    let _image = Healthy::new(&site);
    let services =
        ["http", "regex", "nobody", "exec", "hangs", "nothing", "rexec", "missing", "plain", "health"];
    // From the second time on its create waits for its check, so that their order is always the same.
    site.run("start nothing");
    let told = services.map(|service| {
        let text = site.transcript(&format!("start {service}"));
        assert!(!text.contains("hunter2"), "{text}");
        let text = text.replace("exit code 127: there is no program", "exit code 126: there is no program");
        without_logs(&text)
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_dies_ends_the_wait() {
    let services = "  web:
    image: busybox
    command: [/bin/busybox, sh, -c, '/bin/busybox sleep 0.5; echo out of memory; exit 7']
    ports: {http: '80:PORT1'}
    lifecycle:
      running:
        - {type: http, port: http, max_wait: 100000}
        - {type: exec, command: sleep 100000}
        - {type: rexec, command: /bin/busybox sleep 100000}
    instances: {web-unique: {}}
";
    let site = Site::new(&file("", services));
    let said = site.run("start");
    assert_eq!(said.code, Some(1), "{}", said.text);
    for words in ["exited right after its start", "code 7", "out of memory"] {
        assert!(said.text.contains(words), "{words} in {}", said.text);
    }
}

#[test]
#[ignore = "needs an engine"]
fn an_interrupt_ends_a_command_and_what_it_began() {
    let services = "  web:
    image: busybox
    sh: runs
    lifecycle:
      pre-start: [{type: exec, command: [sh, -c, 'sleep 100000 & echo $! >pid.part; mv pid.part pid; wait']}]
    instances: {web-unique: {}}
";
    let site = Site::new(&file("", services));
    let run = Running::begin(site.command("start"), true);
    let file = site.path().join("pid");
    let pid = until("the command runs", || fs::read_to_string(&file).ok());
    run.signal("INT");
    let said = run.end();
    assert_eq!(said.code, Some(130), "{}", said.text);
    let why = "checking before start: cancelled";
    assert!(said.text.contains(why), "{}", said.text);
    let status = Path::new("/proc").join(pid.trim()).join("status");
    // What is dead may lie there until its parent looks.
    let is_gone = || !fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ"));
    until("the command's child ends", || is_gone().then_some(()));
}

#[test]
#[ignore = "needs an engine"]
fn an_instance_that_may_not_be_stopped_runs_on() {
    let services = "  db:
    image: busybox
    sh: runs
    instances: {db-unique: {}}
  web:
    image: busybox
    sh: runs
    requires: db
    lifecycle:
      pre-stop: [{type: exec, command: [test, -e, drained], max_wait: 0.5}]
      stopped: [{type: exec, command: [test, -e, released], max_wait: 0.5}]
    instances: {web-unique: {}}
";
    let site = Site::new(&file("", services));
    site.succeed("start");
    let refused = site.transcripts(&["stop", "status"]);
    fs::write(site.path().join("drained"), "").unwrap();
    let half = site.transcripts(&["restart", "status"]);
    fs::write(site.path().join("released"), "").unwrap();
    insta::assert_snapshot!(format!("{refused}\n{half}"));
    // What may be stopped is, and so is what it needs.
    site.succeed("start");
    site.succeed("restart");
    insta::assert_snapshot!("and_a_kill", site.transcript("kill"));
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_somebody_paused_is_not_ready() {
    let services = "  web:
    image: busybox
    sh: runs
    stop_timeout: 1
    instances:
      web-unique: {}
";
    let site = Site::new(&file("", services));
    site.succeed("start");
    site.docker("pause web-unique");
    for command in ["start", "apply", "start web"] {
        let said = site.run(command);
        assert_eq!(said.code, Some(1), "{command}: {}", said.text);
        let way_out = site.real("`docker unpause web-unique` on ship local lets it go on");
        assert!(said.text.contains(&way_out), "{command}: {}", said.text);
    }
    let status = site.run("status --exit-code");
    assert_eq!(status.code, Some(1), "{}", status.text);
    assert!(status.text.contains("paused"), "{}", status.text);
    site.docker("unpause web-unique");
    site.succeed("start");
    // A restart replaces it, paused or not.
    site.docker("pause web-unique");
    site.succeed("restart web");
    assert_eq!(site.docker("inspect --format {{.State.Status}} web-unique"), "running");
    site.succeed("status --exit-code");
}
