//! Roll-outs: one that nobody notices, for clients that ask all the time through a link lose no request; and ones that
//! fail, and are taken back.

use std::{collections::BTreeMap, fs, time::Duration};

use maestro_core::model::{
    attachment::Attachment,
    container::{ContainerNames, ContainerOwner, ContainerSpec, Network},
    membership::Membership,
};
use maestro_engine::Engine;

use crate::{
    failures::{RUNS, file},
    support::{
        self,
        normal::without_logs,
        site::{Site, until},
        traffic::{self, tally},
    },
};

const CLIENTS: usize = 2;
const ROUNDS: usize = 3;
/// So long a request that found the old container may take to reach it: the kernel says a second time after one second
/// that it wants a connection.
const SETTLE: Duration = Duration::from_secs(2);

/// The site's network, image and engine.
struct Stage {
    site: Site,
    engine: std::sync::Arc<dyn Engine>,
    network: String,
    image: String,
}

impl Stage {
    fn spec(&self, name: &str, script: &str, links: &[(&str, &str)]) -> ContainerSpec {
        let links = links.iter().map(|(to, alias)| (self.site.real(to), (*alias).to_owned())).collect();
        let network = Network::Environment { name: self.network.clone(), links };
        let environment = self.site.environment.clone();
        let owner = ContainerOwner { environment, service: "traffic".into() };
        let words = ["/bin/busybox", "sh", "-c", script].map(str::to_owned);
        ContainerSpec {
            command: Some(words.to_vec()),
            ..ContainerSpec::new(&self.site.real(name), &self.image, network, owner)
        }
    }

    async fn run(&self, name: &str, spec: &ContainerSpec) -> String {
        let id = self
            .engine
            .create(
                name,
                &spec.clone().into(),
                &std::collections::BTreeMap::new(),
                &ContainerNames::default(),
            )
            .await
            .unwrap()
            .id;
        self.engine.start(&id).await.unwrap();
        id
    }

    fn log(&self, container: &str) -> String {
        self.site.docker(&format!("logs {container}"))
    }

    /// A server that says its version, and holds a connection to `db` all the time.
    fn server(&self, version: usize) -> ContainerSpec {
        let script = format!(
            "/bin/traffic hold db 80 & /bin/traffic serve v{version} 80 & trap 'exit 0' TERM; \
             while true; do /bin/busybox sleep 0.05; done"
        );
        self.spec("web-unique", &script, &[("db-unique", "db")])
    }

    /// Hands the name over to a container that is ready.
    async fn hand_over(&self, old: &str, new: &str) {
        let name = self.site.real("web-unique");
        let (engine, network) = (&self.engine, &self.network);
        let links = vec![(self.site.real("db-unique"), "db".to_owned())];
        let named = |aliases: &[&str]| Membership {
            network: network.clone(),
            links: links.clone(),
            attachment: Attachment {
                aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
                ..Attachment::default()
            },
        };
        engine.rejoin(new, &named(&[&name])).await.unwrap();
        engine.rename(old, &format!("{name}.previous")).await.unwrap();
        engine.rename(new, &name).await.unwrap();
        engine.rejoin(old, &named(&[])).await.unwrap();
        tokio::time::sleep(SETTLE).await;
        engine.stop(old, Duration::from_secs(10)).await.unwrap();
        engine.remove(old).await.unwrap();
    }
}

async fn stage() -> Stage {
    let site = Site::new("name: env-unique\nservices: {}\n");
    let engine = support::engine_at(&site.host).await;
    let image = traffic::image(&site);
    let network = maestro_core::model::container::network_name(&site.environment);
    let labels = BTreeMap::from([("maestro.environment".to_owned(), site.environment.clone())]);
    engine.create_network(&network, &labels.into(), true).await.unwrap();
    Stage { site, engine, network, image }
}

#[tokio::test]
#[ignore = "needs an engine"]
async fn a_container_takes_the_place_of_another_and_no_request_is_lost() {
    let stage = stage().await;
    let site = &stage.site;
    let serves = |id: &str, what: &str| until(what, || stage.log(id).contains("serving").then_some(()));
    let db = stage.spec("db-unique", "exec /bin/traffic serve db 80", &[]);
    serves(&stage.run(&db.name, &db).await, "the database serves");
    let first = stage.server(0);
    let mut old = stage.run(&first.name, &first).await;
    serves(&old, "the first server serves");
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let name = format!("client-{number}-unique");
        let spec = stage.spec(&name, "exec /bin/traffic ask web 80", &[("web-unique", "web")]);
        clients.push(stage.run(&spec.name, &spec).await);
    }
    for round in 1..=ROUNDS {
        let next = stage.run(&site.real("web-unique.next"), &stage.server(round)).await;
        serves(&next, "the next server serves");
        for client in &clients {
            let told = tally(&stage.log(client));
            assert_ne!(told.last, format!("v{round}"), "found before it is to be: {told:?}");
        }
        stage.hand_over(&old, &next).await;
        for client in &clients {
            until("the next server is asked", || {
                stage.log(client).contains(&format!("v{round}=")).then_some(())
            });
        }
        // What it had opened before it took its place goes on.
        let before = tally(&stage.log(&next)).asked;
        until("its connection continues", || (tally(&stage.log(&next)).asked > before).then_some(()));
        assert!(!stage.log(&next).contains("broken"), "{}", stage.log(&next));
        old = next;
    }
    for client in &clients {
        let told = tally(&stage.log(client));
        assert_eq!((told.failed, told.failures), (0, Vec::<String>::new()));
        assert!(told.asked > 1_000, "asked {} times only", told.asked);
    }
}

/// A server that says its version, and is ready when it serves; clients that ask it all the time.
fn served(image: &str, version: &str) -> String {
    format!(
        "name: env-unique
services:
  web:
    image: {image}
    env: {{VERSION: {version}}}
    command:
      - /bin/busybox
      - sh
      - -c
      - \"/bin/traffic serve $VERSION 80 & trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.05; done\"
    update: {{order: start-first}}
    lifecycle:
      running:
        - type: rexec
          command: [/bin/busybox, sh, -c, 'echo ask | /bin/busybox nc 127.0.0.1 80 | /bin/busybox grep v']
          delay: 0.2
    instances:
      web-unique: {{}}
  client:
    image: traffic-unique:1
    command: [/bin/traffic, ask, web, '80']
    requires: web
    instances:
      client-1-unique: {{links: {{web-unique: web}}}}
      client-2-unique: {{links: {{web-unique: web}}}}
"
    )
}

#[test]
#[ignore = "needs an engine"]
fn apply_replaces_what_is_asked_all_the_time_and_no_request_fails() {
    let mut site = Site::new("");
    traffic::image(&site);
    let another = "FROM traffic-unique:1\nLABEL another=1\n";
    fs::write(site.path().join("Dockerfile"), site.real(another)).unwrap();
    site.docker("build -q -t traffic-unique:2 .");
    site.write(&served("traffic-unique:1", "v0"));
    site.succeed("apply");
    let clients = ["client-1-unique", "client-2-unique"];
    let told = |client: &str| tally(&site.docker(&format!("logs {client}")));
    let ids = || site.docker("inspect -f {{.Id}} client-1-unique client-2-unique");
    let asked_of = |version: &str| {
        for client in clients {
            until(&format!("{client} asks {version}"), || (told(client).last == version).then_some(()));
        }
    };
    asked_of("v0");
    let before = ids();
    let mut said = String::new();
    for (image, version) in [("traffic-unique:1", "v1"), ("traffic-unique:2", "v2")] {
        fs::write(site.path().join("maestro.yaml"), site.real(&served(image, version))).unwrap();
        said += &site.transcript("apply -c 1");
        asked_of(version);
    }
    for client in clients {
        let told = told(client);
        assert_eq!((told.failed, told.failures), (0, Vec::<String>::new()));
        assert!(told.asked > 1_000, "asked {} times only", told.asked);
    }
    assert_eq!(before, ids(), "the clients were not touched");
    assert_eq!(site.docker("inspect -f {{.Config.Image}} web-unique"), site.real("traffic-unique:2"));
    assert_eq!(containers(&site).lines().count(), 3, "{}", containers(&site));
    assert!(site.succeed("apply").contains("nothing to "));
    insta::assert_snapshot!(said);
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm traffic-unique:2 traffic-unique:1");
}

/// All containers of the environment, with their ids, images and variables.
fn containers(site: &Site) -> String {
    let ids = site.docker("ps -aq --filter label=maestro.environment=env-unique");
    let ids: Vec<&str> = ids.lines().collect();
    let format = "{{.Name}} {{.Id}} {{.State.Status}} {{.Config.Image}} {{json .Config.Env}} \
                  {{json .NetworkSettings.Networks}}";
    let all = site.docker(&format!("inspect -f '{format}' {}", ids.join(" ")));
    // An engine that starts a container anew gives it a place on its network anew.
    let place = regex::Regex::new(r#""(EndpointID|IPAddress|MacAddress)":"[^"]*",?"#).unwrap();
    let mut all: Vec<String> = all.lines().map(|line| place.replace_all(line, "").into_owned()).collect();
    all.sort();
    all.join("\n")
}

/// What is told of an instance in one go: what happens to several at the same time is told in any order.
fn by_instance(told: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for line in told.lines() {
        match parts.last_mut() {
            Some(part) if line.starts_with(' ') => part.extend(["\n", line]),
            _ => parts.push(line.to_owned()),
        }
    }
    let key = |part: &String| {
        let (time, rest) = part.split_once(' ')?;
        let (instance, _) = rest.split_once(" on ")?;
        time.contains(':').then(|| instance.to_owned())
    };
    let begin = parts.iter().position(|part| key(part).is_some()).unwrap();
    let length = parts[begin..].iter().take_while(|part| key(part).is_some()).count();
    parts[begin..begin + length].sort_by_key(key);
    parts.join("\n") + "\n"
}

/// Three servers; the second one's successor is broken where `broken` says how.
fn three(update: &str, colour: &str, broken: &str) -> String {
    let script = format!("[ $BROKEN != ends ] || {{ echo cannot read web.conf; exit 3; }}; {RUNS}");
    let web = format!(
        "  web:
    image: busybox
    command: [/bin/busybox, sh, -c, \"{script}\"]
    env: {{COLOUR: {colour}, BROKEN: \"no\"}}
{update}    lifecycle:
      running: [{{type: rexec, command: [/bin/busybox, sh, -c, '[ $BROKEN != hangs ]'], attempts: 2, delay: 0.2}}]
    instances:
      web-1-unique: {{}}
      web-2-unique: {{env: {{BROKEN: '{broken}'}}}}
      web-3-unique: {{}}
"
    );
    file("", &web)
}

#[test]
#[ignore = "needs an engine"]
fn what_does_not_work_is_taken_back() {
    let mut site = Site::new(&three("", "blue", "no"));
    site.succeed("apply");
    let before = containers(&site);
    let mut said = String::new();
    for (broken, update) in [("ends", ""), ("hangs", ""), ("hangs", "    update: {order: start-first}\n")] {
        site.write(&three(update, "green", broken));
        let run = site.run("apply -c 1");
        let told = without_logs(&by_instance(&site.transcript_of("apply -c 1", &run)));
        said.extend([broken, " ", update.trim(), "\n", &told, "\n"]);
        assert_eq!(run.code, Some(1), "{}", run.text);
        assert_eq!(before, containers(&site), "{}", run.text);
        let lease = "volume ls -q --filter label=maestro.environment=env-unique --filter name=maestro-lease";
        assert_eq!(site.docker(lease), "");
    }
    insta::assert_snapshot!(said);
    site.write(&three("", "green", "no"));
    site.succeed("apply");
    assert!(site.succeed("apply").contains("nothing to "));
    assert_eq!(containers(&site).matches("COLOUR=green").count(), 3);
    site.succeed("kill");
}

#[test]
#[ignore = "needs an engine"]
fn pause_and_continue_take_back_what_failed_alone() {
    for (on_failure, last, left) in [("pause", "blue", 4), ("continue", "green", 3)] {
        let update = format!("    update: {{on_failure: {on_failure}}}\n");
        let mut site = Site::new(&three(&update, "blue", "no"));
        site.succeed("apply");
        let line = |name: &str| {
            let all = containers(&site);
            all.lines().find(|line| line.starts_with(&site.real(&format!("/{name} ")))).unwrap().to_owned()
        };
        let before = line("web-2-unique");
        fs::write(site.path().join("maestro.yaml"), site.real(&three(&update, "green", "ends"))).unwrap();
        let run = site.run("apply -c 1");
        assert_eq!(run.code, Some(1), "{}", run.text);
        let text = without_logs(&by_instance(&site.transcript_of("apply -c 1", &run)));
        insta::assert_snapshot!(on_failure, text);
        assert!(line("web-1-unique").contains("COLOUR=green"));
        assert_eq!(line("web-2-unique"), before);
        assert!(line("web-3-unique").contains(&format!("COLOUR={last}")));
        assert_eq!(containers(&site).lines().count(), left, "{}", containers(&site));
        site.write(&three(&update, "green", "no"));
        site.succeed("apply");
        assert_eq!(containers(&site).matches("COLOUR=green").count(), 3);
        assert_eq!(containers(&site).lines().count(), 3);
        site.succeed("kill");
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_canary_waits_until_it_is_told_to_go_on() {
    let update = "    update: {canary: 1, parallel: 100%}\n";
    let mut site = Site::new(&three(update, "blue", "no"));
    site.succeed("apply");
    site.write(&three(update, "green", "no"));
    site.succeed("apply");
    let green = |site: &Site| containers(site).matches("COLOUR=green").count();
    assert_eq!(green(&site), 1);
    let waits = site.run("plan --detailed-exitcode");
    assert_eq!(waits.code, Some(3), "{}", waits.text);
    let told =
        ["not replaced yet: the canary comes first", "`apply --continue` replaces it when the canary works"];
    let words = waits.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.iter().all(|part| words.contains(part)), "{}", waits.text);
    let again = site.succeed("apply");
    assert!(!again.contains("is as declared"), "{again}");
    assert_eq!(green(&site), 1);
    // A saved plan knows what was asked for.
    site.succeed("plan --continue -o go.plan");
    let on = site.succeed("apply go.plan");
    assert!(on.contains("is as declared"), "{on}");
    assert_eq!(green(&site), 3);
    site.succeed("kill");
}
