//! Two ships as one Swarm, of two versions of Docker. The kernel need not have IPVS: names lead to the tasks themselves, and
//! ports are published by the nodes that run them.

use std::{collections::BTreeMap, fs, time::Duration};

use maestro_core::{
    model::swarm::{StoredKind, tidy},
    observed::service::{SwarmService, UpdateState},
};
use maestro_engine::{Engine, EngineError, Services};
use maestro_fake::{Behaviour, Fake};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    engine_of,
    lab::{IMAGE, Lab},
    projects::answer,
    site::until,
};

const SITE: &str = "ships: {cluster: {ip: IP-OF-SHIP1, docker_port: 2375, tls: false, swarm: true}}\n";

/// The Swarm by the addresses of two managers, the first of which is a worker, and the worker as a ship.
const SITE_OF_BOTH: &str = "ships:
  cluster:
    ip: IP-OF-SHIP1
    tls: false
    swarm: true
    managers: ['tcp://IP-OF-SHIP2:2375', 'tcp://IP-OF-SHIP1:2375']
  worker: {ip: IP-OF-SHIP2, docker_port: 2375, tls: false}
services: {web: {ship: cluster}, db: {ship: cluster}}
";

/// A program that ends at once when it is asked to.
const RUNS: &str = "trap 'exit 0' TERM; busybox httpd -p 18080; while true; do busybox sleep 0.1; done";

/// The project with a `web` that runs this.
fn project(runs: &str) -> String {
    format!(
        r#"name: env-unique
services:
  web:
    image: {IMAGE}
    command: [busybox, sh, -c, "{runs}"]
    depends_on: {{db: {{condition: service_healthy}}}}
    ports: [{{target: 18080, published: "18080", mode: host}}]
    deploy:
      mode: global
      endpoint_mode: dnsrr
      update_config: {{parallelism: 0, failure_action: rollback, monitor: 1s}}
  db:
    image: {IMAGE}
    command: [busybox, sh, -c, "{RUNS}"]
    healthcheck: {{test: [CMD, busybox, "true"], interval: 300ms}}
    deploy: {{endpoint_mode: dnsrr}}
    volumes: ["data:/data"]
    configs: [{{source: conf, target: /etc/conf, mode: 0440}}]
    secrets: [token]
volumes: {{data: {{}}}}
configs: {{conf: {{file: ./conf}}}}
secrets: {{token: {{file: ./token}}}}
"#
    )
}

pub(crate) struct Swarm(pub(crate) Lab);

impl Swarm {
    /// The first ship is the manager, the second one a worker.
    pub(crate) fn new() -> Self {
        let lab = Lab::with("name: env-unique\nSHIPS\n");
        fs::write(lab.path().join("site.yaml"), lab.real(SITE)).unwrap();
        fs::write(lab.path().join("conf"), "one").unwrap();
        fs::write(lab.path().join("token"), "hunter2").unwrap();
        let address = lab.real("IP-OF-SHIP1");
        let address = address.as_str();
        lab.docker_on(1, &["swarm", "init", "--advertise-addr", address], "");
        let token = lab.docker_on(1, &["swarm", "join-token", "-q", "worker"], "");
        lab.docker_on(2, &["swarm", "join", "--token", token.trim(), &format!("{address}:2377")], "");
        Self(lab)
    }

    fn run(&self, runs: &str, arguments: &str, code: i32) -> String {
        fs::write(self.0.path().join("compose.yaml"), self.0.real(&project(runs))).unwrap();
        let said = self.0.run(&format!("-f compose.yaml -f site.yaml {arguments}"));
        assert_eq!(said.code, Some(code), "{arguments}: {}", said.text);
        assert!(!said.text.contains("hunter2"), "{}", said.text);
        said.text
    }

    /// What a program writes in the database's task, on whichever node that is.
    fn in_database(&self, program: &[&str]) -> String {
        let label = self.0.real("label=com.docker.swarm.service.name=env-unique_db");
        for ship in [1, 2] {
            let found = self.0.docker_on(ship, &["ps", "-q", "--filter", &label], "");
            if let Some(id) = found.lines().next() {
                return self.0.docker_on(ship, &[&["exec", id], program].concat(), "");
            }
        }
        panic!("no node runs the database");
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        // Ignore errors: the test has failed already, or the next one says what is left.
        for ship in [2, 1] {
            self.0.docker_command(ship, &["swarm", "leave", "--force"]).output().ok();
            self.0.docker_command(ship, &["network", "rm", "docker_gwbridge"]).output().ok();
        }
    }
}

#[test]
#[ignore = "needs a lab"]
fn services_are_applied_found_changed_rolled_back_stopped_and_removed() {
    let swarm = Swarm::new();
    let lab = &swarm.0;
    let run = |arguments: &str| swarm.run(RUNS, arguments, 0);
    run("apply");
    // Each node answers for its own task.
    for ship in ["IP-OF-SHIP1:18080", "IP-OF-SHIP2:18080"] {
        assert!(answer(&lab.real(ship), "/").is_err_and(|error| error.contains("404")), "{ship}");
    }
    let status = run("status");
    assert!(status.contains("2/2 tasks: ship1, ship2") && status.contains("1/1 tasks"), "{status}");
    let again = run("apply");
    assert!(again.contains("nothing to do"), "{again}");
    look_into_tasks(&swarm);

    let service = lab.real("env-unique_db");
    lab.docker_on(1, &["service", "update", "--detach", "--env-add", "BY=hand", &service], "");
    fs::write(lab.path().join("conf"), "two").unwrap();
    let plan = swarm.run(RUNS, "plan --detailed-exitcode", 3);
    assert!(plan.contains("env.BY ") && plan.contains("files./etc/conf "), "{plan}");
    run("apply");
    let files = ["busybox", "cat", "/etc/conf", "/run/secrets/token"];
    assert_eq!(swarm.in_database(&files), "twohunter2");
    assert!(run("history").contains("files./etc/conf"));
    // No file tells the first content any more, and the Swarm keeps it for this.
    fs::write(lab.path().join("conf"), "three").unwrap();
    run("rollback 1");
    assert_eq!(swarm.in_database(&files), "onehunter2");
    fs::write(lab.path().join("conf"), "one").unwrap();

    let failed = swarm.run("echo no config; exit 3", "apply", 1);
    assert!(failed.contains("the Swarm rolled the update back"), "{failed}");
    assert!(failed.contains("non-zero exit (3)") && failed.contains("no config"), "{failed}");
    run("plan --detailed-exitcode");

    run("stop");
    let down = run("status");
    assert!(down.contains("0 of 2 instances ready"), "{down}");
    run("start");
    run("down --yes");
    assert_eq!(lab.docker_on(1, &["service", "ls", "-q"], "").trim(), "");
    assert_eq!(lab.docker_on(1, &["config", "ls", "-q"], "").trim(), "");
    assert_eq!(lab.docker_on(1, &["secret", "ls", "-q"], "").trim(), "");
    for ship in [1, 2] {
        // A node removes containers of tasks a while after they have ended.
        until("the volume is not in use", || {
            let mut remove =
                lab.docker_command(ship, &["volume", "rm", "--force", &lab.real("env-unique_data")]);
            remove.output().unwrap().status.success().then_some(())
        });
    }
}

/// Commands in tasks: of the node of the manager, of a node that the file does not name, and of one that it names.
fn look_into_tasks(swarm: &Swarm) {
    let run = |arguments: &str, code| swarm.run(RUNS, arguments, code);
    assert!(run("exec -T web.ship1 busybox echo hello", 0).contains("hello"));
    let unknown = run("exec -T web.ship2 busybox echo hello", 2);
    assert!(
        unknown.contains("web.ship2 runs on node ship2") && unknown.contains("add it to `ships`"),
        "{unknown}"
    );
    let none = run("exec -T web.ship9 busybox echo hello", 2);
    assert!(none.contains("there are web.ship1 @ship1, web.ship2 @ship2"), "{none}");
    let lab = &swarm.0;
    fs::write(lab.path().join("site.yaml"), lab.real(SITE_OF_BOTH)).unwrap();
    let said = run("status", 0);
    assert!(said.contains("asking the manager at"), "{said}");
    assert!(said.contains("is a worker of its Swarm (site.yaml:6)"), "{said}");
    assert!(run("exec -T web.ship2 busybox echo hello", 0).contains("hello"));
    run("cp conf web.ship2:/copied", 0);
    assert!(run("exec -T -a web busybox ls /", 0).contains("copied"));
    let top = run("top", 0);
    assert!(top.contains("web.ship2 on ship2") && top.contains("db.1 on "), "{top}");
    assert!(run("stats --no-stream web", 0).contains("web.ship1"));
    assert!(run("kill web.ship2", 0).contains("web.ship2 @ship2 killed"));
    fs::write(lab.path().join("site.yaml"), lab.real(SITE)).unwrap();
    run("apply", 0);
}

#[test]
#[ignore = "needs a lab"]
fn an_engine_that_is_no_manager_is_told() {
    let lab = Lab::with("name: env-unique\nSHIPS\n");
    for file in ["conf", "token"] {
        fs::write(lab.path().join(file), "x").unwrap();
    }
    fs::write(lab.path().join("site.yaml"), lab.real(SITE)).unwrap();
    fs::write(lab.path().join("compose.yaml"), lab.real(&project(RUNS))).unwrap();
    let said = lab.run("-f compose.yaml -f site.yaml plan");
    assert_eq!(said.code, Some(4), "{}", said.text);
    assert!(said.text.contains("docker swarm init"), "{}", said.text);
}

/// An image that a Swarm in memory takes for a program that fails.
const FAILS: &str = "lab/fails:1";

/// A service of two tasks that run this.
fn document(name: &str, image: &str, runs: &str) -> Value {
    let mut document = json!({
        "Name": name,
        "TaskTemplate": {
            "ContainerSpec": {"Image": image, "Command": ["busybox", "sh", "-c", runs]},
            "RestartPolicy": {"Condition": "any", "Delay": 1_000_000_000},
        },
        "UpdateConfig": {"FailureAction": "rollback", "Monitor": 1_000_000_000},
        "EndpointSpec": {"Mode": "dnsrr"},
    });
    document["Mode"] = json!({"Replicated": {"Replicas": 2}});
    tidy(&mut document);
    document
}

fn kind<T>(result: &Result<T, EngineError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(EngineError::Conflict(_)) => "conflict",
        Err(EngineError::NotFound(_)) => "not found",
        Err(EngineError::Refused(_)) => "refused",
        Err(EngineError::Unreachable(_) | EngineError::ResponseLost(_)) => "silent",
    }
}

/// The service once it is so.
async fn once(
    manager: &dyn Services,
    name: &str,
    predicate: impl Fn(&SwarmService, usize) -> bool,
) -> SwarmService {
    for _ in 0..300 {
        let service = manager.service(name).await.unwrap().unwrap();
        let tasks = manager.tasks(Some(&service.id)).await.unwrap();
        if predicate(&service, tasks.iter().filter(|task| task.is_running()).count()) {
            return service;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} does not become what it is to be");
}

/// What a manager answers to calls about a job that fails.
async fn of_job(manager: &dyn Services) -> Vec<String> {
    let name = "env-unique-job";
    let mut job = document(name, FAILS, "exit 3");
    job["TaskTemplate"]["RestartPolicy"] = json!({"Condition": "none"});
    job.as_object_mut().unwrap().remove("UpdateConfig");
    job["Mode"] = json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}});
    let mut said = vec![format!("job: {}", kind(&manager.create_service(&job, None).await))];
    for run in 0..2 {
        let (service, tasks) = loop {
            let service = manager.service(name).await.unwrap().unwrap();
            let tasks = manager.tasks(Some(&service.id)).await.unwrap();
            let of_run = service.job_run(&tasks);
            if of_run.failed.len() == 1 && of_run.live == 0 {
                break (service, tasks);
            }
            sleep(Duration::from_millis(100)).await;
        };
        let of_run = service.job_run(&tasks);
        let codes: Vec<_> = of_run.failed.iter().map(|task| task.exit_code).collect();
        said.push(format!("run {run}: {} {codes:?} {:?}", service.run, service.update));
        said.push(format!("{} of {}, as made: {}", of_run.completed, of_run.wanted, service.document == job));
        if run == 0 {
            let again = manager.update_service((&service.id, service.version), &job, None).await;
            said.push(format!("again: {}", kind(&again)));
            continue;
        }
        let mut other = job.clone();
        other["Mode"] = json!({"Replicated": {"Replicas": 1}});
        let other = manager.update_service((&service.id, service.version), &other, None).await;
        said.push(format!("no job any more: {}", kind(&other)));
        said.push(format!("remove: {}", kind(&manager.remove_service(&service.id).await)));
    }
    said
}

/// What a manager answers to the same calls.
async fn answers(manager: &dyn Services) -> Vec<String> {
    let name = "env-unique-same";
    let mut said = Vec::new();
    let good = document(name, IMAGE, RUNS);
    said.push(format!("create: {}", kind(&manager.create_service(&good, None).await)));
    said.push(format!("again: {}", kind(&manager.create_service(&good, None).await)));
    let service = once(manager, name, |_, running| running == 2).await;
    said.push(format!("as made: {}, {:?}", service.document == good, service.update));
    let stale = manager.update_service((&service.id, service.version - 1), &good, None).await;
    said.push(format!("stale: {}", kind(&stale)));
    let bad = document(name, FAILS, "exit 3");
    said.push(format!(
        "update: {}",
        kind(&manager.update_service((&service.id, service.version), &bad, None).await)
    ));
    let is_over = |service: &SwarmService, running: usize| {
        running == 2 && service.update.as_ref().is_some_and(|update| update.state == UpdateState::RolledBack)
    };
    let service = once(manager, name, is_over).await;
    said.push(format!("rolled back: {}", service.document == good));
    let tasks = manager.tasks(Some(&service.id)).await.unwrap();
    let failed = tasks.iter().find(|task| task.has_failed());
    let failed = failed.map(|task| (task.exit_code, task.error.as_str()));
    said.push(format!("failed: {failed:?}"));
    let mut none = service.document.clone();
    none["Mode"] = json!({"Replicated": {"Replicas": 0}});
    said.push(format!(
        "to 0: {}",
        kind(&manager.update_service((&service.id, service.version), &none, None).await)
    ));
    let service = once(manager, name, |_, running| running == 0).await;
    said.push(format!("remove: {}", kind(&manager.remove_service(&service.id).await)));
    said.push(format!("again: {}", kind(&manager.remove_service(&service.id).await)));
    said.push(format!("gone: {}", manager.service(name).await.unwrap().is_none()));
    said.extend(of_job(manager).await);
    let labels = BTreeMap::from([("of".to_owned(), "env-unique".to_owned())]);
    said.push(format!(
        "config: {}",
        kind(&manager.store(StoredKind::Config, name, &labels, b"content").await)
    ));
    said.push(format!(
        "again: {}",
        kind(&manager.store(StoredKind::Config, name, &labels, b"content").await)
    ));
    let found = manager.stored(StoredKind::Config, &labels).await.unwrap();
    said.push(format!("found: {} {:?}", found.len(), found[0].labels));
    said.push(format!("remove: {}", kind(&manager.remove_stored(StoredKind::Config, &found[0].id).await)));
    said
}

#[tokio::test]
#[ignore = "needs a lab"]
async fn a_swarm_in_memory_answers_as_a_real_one() {
    let swarm = Swarm::new();
    for ship in [1, 2] {
        swarm.0.docker_on(ship, &["tag", IMAGE, FAILS], "");
    }
    let engine = engine_of(&swarm.0.real("tcp://IP-OF-SHIP1:2375"), true).await;
    let real = answers(engine.manager().expect("a Swarm")).await;
    let fake = Fake::new("swarm");
    fake.behave(FAILS, Behaviour { dies: Some((Duration::ZERO, 3)), ..Behaviour::default() });
    let in_memory = fake.as_swarm(&["ship1", "ship2"]);
    let fake = answers(in_memory.manager().expect("a Swarm")).await;
    for ship in [1, 2] {
        swarm.0.docker_on(ship, &["rmi", FAILS], "");
    }
    assert_eq!(real, fake);
}
