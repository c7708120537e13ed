//! A Compose project with a site file: where instances run, what they reach on other ships, and what is refused.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use maestro_core::model::{Check, Environment, container::Network, swarm::SwarmMode};
use maestro_file::{
    compose::{ProjectRequest, load},
    document::{
        load::{NamedFile, load_beside},
        site,
        template::Includes,
    },
    resolve::{CountChange, ProjectParts, Scales, Surroundings, places_in_project, resolve_project},
};

/// The environment of a Compose file with a site file, or what is said about them.
fn resolved(compose: &str, site: &str) -> Result<Environment, String> {
    Ok(scaled(compose, site, &[])?.0)
}

/// The ship of each instance.
fn ships(environment: &Environment) -> Vec<&str> {
    environment.instances.iter().map(|one| environment.ship(one.ship).name.as_str()).collect()
}

#[test]
fn compose_says_how_instances_are_spread_if_the_site_file_does_not() {
    let compose = "services: {web: {image: nginx, deploy: {replicas: 4, placement: {max_replicas_per_node: 2, \
                   preferences: [{spread: node.labels.zone}]}}}}";
    let site = |more: &str| {
        format!(
            "ships: {{a: {{host: ssh://a, labels: {{zone: east}}}}, b: {{host: ssh://b, labels: {{zone: east}}}}, \
             c: {{host: ssh://c, labels: {{zone: west}}}}}}\nservices: {{web: {{ships: all{more}}}}}\n"
        )
    };
    assert_eq!(ships(&resolved(compose, &site("")).unwrap()), ["a", "c", "b", "c"]);
    let environment = resolved(compose, &site(", max_per_ship: 1, replicas: 3")).unwrap();
    assert_eq!(ships(&environment), ["a", "c", "b"]);
    // A single engine has no choice.
    assert_eq!(resolved(compose, "").unwrap().instances.len(), 4);
}

/// The same with numbers of instances that hold for one run, and where they would be written.
fn scaled(compose: &str, site: &str, scales: &[(&str, usize)]) -> Result<(Environment, Places), String> {
    let request = ProjectRequest { working_directory: "/project".to_owned(), ..ProjectRequest::default() };
    let files: HashMap<PathBuf, String> = [
        ("compose.yaml", compose),
        ("nginx.conf", "listen 80;"),
        ("site/index.html", "hello"),
        ("site/deep/start.sh", "#!/bin/sh"),
    ]
    .map(|(name, text)| (Path::new("/project").join(name), text.to_owned()))
    .into();
    let loaded = load(&request, &files);
    let (mut sources, mut diagnostics) = (loaded.sources, loaded.diagnostics);
    let variables = BTreeMap::new();
    let project = loaded.project.expect("a project");
    let document = if site.is_empty() {
        project.site(&mut diagnostics)
    } else {
        let file = NamedFile {
            name: "site.yaml",
            bytes: site.as_bytes().to_vec(),
            includes: Includes::Inside(Path::new("/project")),
        };
        load_beside(file, &variables, &mut sources, &mut diagnostics)
            .and_then(|yaml| site::read(&yaml, &mut diagnostics))
    };
    let scales: Scales = scales.iter().map(|(service, count)| ((*service).to_owned(), *count)).collect();
    let surroundings =
        Surroundings { scales: &scales, ..Surroundings::new(Path::new("/project"), &variables) };
    let places = places_in_project(&project, document.as_ref(), &scales);
    let parts = ProjectParts { site: document.as_ref(), ..ProjectParts::new(&project, &files, &sources) };
    let environment = resolve_project(parts, surroundings, &mut diagnostics);
    let places =
        places.into_iter().map(|place| (place.key, place.change, sources.text(place.span).to_owned()));
    let environment =
        environment.ok_or_else(|| maestro_report::diagnostics::draw(&diagnostics, &sources, false))?;
    Ok((environment, places.collect()))
}

/// What has to be written where: a key, the change, and the text at the place.
type Places = Vec<(&'static str, CountChange, String)>;

const SHOP: &str = "name: shop
services:
  web:
    image: nginx
    ports: ['80:80']
    links: ['db:database']
    depends_on: {db: {condition: service_started}, init: {condition: service_completed_successfully}}
    networks: [front, back]
  db:
    image: postgres
    ports: ['5432:5432']
    networks: {back: {aliases: [sql]}}
  cache: {image: redis, networks: [back], ports: ['6379:6379']}
  init: {image: init, networks: [back]}
  agent: {image: agent, deploy: {mode: global}}
  logs: {image: logs, network_mode: 'service:agent', volumes_from: ['agent:ro']}
networks: {front: {}, back: {}}
";

const SHIPS: &str = "ships:
  a: {ip: 10.0.0.1, labels: {role: web}, tls: false}
  b: {ip: 10.0.0.2, labels: {role: web}, tls: false}
  c: {ip: 10.0.0.3, labels: {role: data}, tls: false}
";

/// Where instances run, as `web-1@a`.
fn places(environment: &Environment) -> Vec<String> {
    let place = |instance: &maestro_core::model::Instance| {
        format!("{}@{}", instance.name, environment.ship(instance.ship).name)
    };
    environment.instances.iter().map(place).collect()
}

fn shop() -> Environment {
    let site = format!(
        "{SHIPS}services:
  web: {{ships: {{role: web}}, update: {{parallel: 2}}, lifecycle: {{running: [{{type: tcp, port: 80}}]}}}}
  db: {{ship: c}}
  cache: {{ships: all}}
  init: {{ship: c}}
  logs: {{ships: [b, a]}}
"
    );
    resolved(SHOP, &site).unwrap_or_else(|told| panic!("{told}"))
}

#[test]
fn instances_run_where_the_site_file_says() {
    assert_eq!(
        places(&shop()),
        [
            "web-1@a",
            "web-2@b",
            "db-1@c",
            "cache-1@a",
            "cache-2@b",
            "cache-3@c",
            "init-1@c",
            "agent-1@a",
            "agent-2@b",
            "agent-3@c",
            "logs-1@b",
            "logs-2@a"
        ]
    );
}

#[test]
fn a_service_on_another_ship_is_found_under_its_address() {
    let environment = shop();
    let hosts = |name: &str| -> Vec<String> {
        let hosts = &environment.instance_named(name).unwrap().container.extra_hosts;
        hosts.iter().map(|(name, address)| format!("{name}={address}")).collect()
    };
    assert_eq!(hosts("web-1"), ["database=10.0.0.3", "db=10.0.0.3", "sql=10.0.0.3"]);
    // What runs on the same ship is found on its network; what publishes no port is not found.
    assert_eq!(hosts("db-1"), ["web=10.0.0.1"]);
    assert_eq!(hosts("init-1"), ["web=10.0.0.1"]);
    assert_eq!(hosts("agent-1"), Vec::<String>::new());
    let web = &environment.instance_named("web-2").unwrap().container.network;
    assert!(matches!(web, Network::Environment { links, .. } if links.is_empty()), "{web:?}");
}

#[test]
fn each_instance_knows_its_links_and_what_carries_them() {
    let links = |environment: &Environment, name: &str| -> Vec<String> {
        let links = environment.instance_named(name).unwrap().links.iter();
        let told = links.map(|link| {
            let targets = link.targets.iter().map(|id| environment.instance(*id).name.as_str());
            format!("{} → {} {:?}", link.alias, targets.collect::<Vec<_>>().join(" "), link.route)
        });
        told.collect()
    };
    assert_eq!(links(&shop(), "web-1"), [r#"database → db-1 Addresses(["10.0.0.3"])"#]);
    let compose = "name: shop
services:
  web: {image: nginx, depends_on: [db, init], links: ['cache:store']}
  db: {image: postgres, scale: 2}
  cache: {image: redis}
  init: {image: busybox}
";
    let here = resolved(compose, "ships: {a: {ip: 10.0.0.1}}\n").unwrap();
    assert_eq!(
        links(&here, "web-1"),
        [
            r#"db → db-1 db-2 NetworkAlias("shop_default")"#,
            r#"init → init-1 NetworkAlias("shop_default")"#,
            r#"store → cache-1 PrivateAlias("shop_default")"#
        ]
    );
}

#[test]
fn containers_of_other_services_are_those_of_the_same_ship() {
    let environment = shop();
    let logs = environment.instance_named("logs-1").unwrap();
    assert!(
        matches!(&logs.container.network, Network::Mode { mode, .. } if mode == "container:agent-2"),
        "{:?}",
        logs.container.network
    );
    assert_eq!(logs.container.volumes_from, ["agent-2:ro"]);
}

#[test]
fn the_site_file_adds_checks_and_batches() {
    let environment = shop();
    let web = environment.instance_named("web-2").unwrap();
    assert!(
        matches!(&web.lifecycle.running[..], [Check::Tcp { host, port: 80, .. }] if host == "10.0.0.2"),
        "{:?}",
        web.lifecycle
    );
    assert_eq!(environment.service(web.service).update.parallel.get(), 2);
}

#[test]
fn replicas_and_constraints_of_the_compose_file_count() {
    let compose = "name: shop
services:
  web: {image: nginx, deploy: {replicas: 4, placement: {constraints: [node.labels.role == web]}}}
  db: {image: postgres, scale: 2, deploy: {placement: {constraints: ['node.hostname!=a', 'node.labels.role != data']}}}
  other: {image: nginx}
";
    let site = format!("{SHIPS}services: {{other: {{ships: all, replicas: 2}}}}\n");
    let environment = resolved(compose, &site).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(
        places(&environment),
        ["web-1@a", "web-2@b", "web-3@a", "web-4@b", "db-1@b", "db-2@b", "other-1@a", "other-2@b"]
    );
}

#[test]
fn a_site_may_stand_in_the_compose_file() {
    let compose = "name: shop
services: {web: {image: nginx}}
x-maestro:
  ships: {node1: {ip: 10.0.0.1, tls: false}}
  registries: {hub.example.com: {username: shop, password: '{{ env.HUB }}'}}
";
    let environment = resolved(compose, "").unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(places(&environment), ["web-1@node1"]);
    assert_eq!(environment.registries.len(), 1);
}

#[test]
fn a_service_then_its_ship_then_all_ships_say_where_images_come_from() {
    let compose = "name: shop\nservices: {web: {image: web}, db: {image: db}}\n";
    let site = "ship_defaults: {image_source: registry}
ships:
  a: {ip: 10.0.0.1, tls: false, image_source: carry}
  b: {ip: 10.0.0.2, tls: false}
services: {web: {ships: all}, db: {ship: a, image_source: auto}}
";
    let environment = resolved(compose, site).unwrap_or_else(|told| panic!("{told}"));
    let sources = |environment: &Environment| {
        let sources =
            environment.instances.iter().map(|one| format!("{} {}", one.name, one.image_source.word()));
        sources.collect::<Vec<_>>()
    };
    assert_eq!(sources(&environment), ["web-1 carry", "web-2 registry", "db-1 auto"]);
    let exported = maestro_file::export::maestro_file(&environment).text;
    for line in ["web-1: {ship: a, image_source: carry}", "web-2: {ship: b, image_source: registry}"] {
        assert!(exported.contains(line), "{exported}");
    }
    let without = site.replace("ship_defaults: {image_source: registry}\n", "");
    let environment = resolved(compose, &without).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(sources(&environment), ["web-1 carry", "web-2 auto", "db-1 auto"]);
}

#[test]
fn http_checks_are_exported_as_far_as_they_have_no_options() {
    let compose = "name: shop\nservices: {web: {image: web, ports: ['8080:80']}}\n";
    let site = "ships: {a: {ip: 10.0.0.1, tls: false}}
services:
  web:
    lifecycle:
      running:
        - {type: http, port: 80, path: /health, match_regex: 'state: (ok|warning)', max_wait: 60}
        - {type: http, host: lb.example.com, port: 443, scheme: https, method: HEAD}
        - {type: http, port: 80, requests_options: {headers: {Accept: text/plain}}}
";
    let environment = resolved(compose, site).unwrap_or_else(|told| panic!("{told}"));
    let exported = maestro_file::export::maestro_file(&environment);
    for check in [
        r#"{type: http, port: "80", path: /health, match_regex: "state: (ok|warning)", max_wait: 60}"#,
        "{type: http, host: lb.example.com, port: 443, scheme: https, method: HEAD, max_wait: 300}",
    ] {
        assert!(exported.text.contains(check), "{}", exported.text);
    }
    assert_eq!(exported.left_out.len(), 1, "{:?}", exported.left_out);
}

/// What is said about a site file for the shop.
fn told(site: &str) -> String {
    resolved(SHOP, &format!("{SHIPS}{site}")).expect_err("something is wrong")
}

#[test]
fn mistakes_in_a_site_file_are_told_at_their_place() {
    insta::assert_snapshot!("site_unplaced", told("services: {web: {ships: all}}\n"));
    insta::assert_snapshot!(
        "site_wrong_names",
        told(
            "services: {wep: {ship: a}, web: {ship: d}, db: {ships: {rule: data}}, cache: {image: redis}}\nname: shop\n"
        )
    );
    insta::assert_snapshot!(
        "site_apart",
        told(
            "services: {web: {ship: a}, db: {ship: c}, cache: {ship: a}, init: {ship: a}, logs: {ship: a}, agent: {ship: b}}\n"
        )
    );
    insta::assert_snapshot!(
        "site_checks",
        told(
            "services: {web: {ship: a, update: {order: start-first}, lifecycle: {running: [{type: tcp, port: 81}]}}, db: {ship: a}, \
             cache: {ship: a}, init: {ship: a}, logs: {ship: a}}\n"
        )
    );
}

#[test]
fn a_service_that_others_do_not_reach_is_told_where_it_is_needed() {
    let compose = "name: shop
services:
  web: {image: nginx, depends_on: [none, other, loopback, any, far]}
  none: {image: a}
  other: {image: a, ports: ['5433:5432']}
  loopback: {image: a, ports: ['127.0.0.1:5432:5432']}
  any: {image: a, ports: ['5432']}
  far: {image: a, ports: ['80:80']}
";
    let site = "ships:
  a: {ip: 10.0.0.1, tls: false}
  b: {ip: 10.0.0.2, tls: false}
  c: {ip: far.example.com, tls: false}
services:
  web: {ship: a}
  none: {ship: b}
  other: {ship: b}
  loopback: {ship: b}
  any: {ship: b}
  far: {ship: c}
";
    insta::assert_snapshot!(resolved(compose, site).unwrap_err());
}

#[test]
fn a_job_on_another_ship_is_waited_for_and_not_reached() {
    let compose = "name: shop
services:
  web: {image: nginx, depends_on: {migrate: {condition: service_completed_successfully}}}
  worker: {image: worker, depends_on: [migrate]}
  migrate: {image: migrate}
";
    let site = "ships: {a: {ip: 10.0.0.1, tls: false}, b: {ip: 10.0.0.2, tls: false}}
services: {web: {ship: a}, worker: {ship: a}, migrate: {ship: b}}
";
    let environment = resolved(compose, site).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(environment.services[0].requires.len(), 1);
}

#[test]
fn two_containers_of_one_ship_do_not_publish_one_port() {
    let compose = "name: shop
services: {web: {image: nginx, ports: ['8080:80'], deploy: {replicas: 3}}}
";
    let site = "ships: {a: {ip: 10.0.0.1, tls: false}, b: {ip: 10.0.0.2, tls: false}}\nservices: {web: {ships: all}}\n";
    insta::assert_snapshot!(resolved(compose, site).unwrap_err());
}

#[test]
fn an_unmet_constraint_is_told_at_its_place() {
    let compose = "name: shop
services: {web: {image: nginx, deploy: {placement: {constraints: [node.labels.role == gpu]}}}}
";
    insta::assert_snapshot!(resolved(compose, SHIPS).unwrap_err());
}

const MOUNTS: &str = "name: shop
services:
  web:
    image: nginx
    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro', './site:/srv', './data:/data', '/etc/hosts:/etc/hosts']
";

#[test]
fn files_of_the_project_are_not_mounted_from_another_machine() {
    insta::assert_snapshot!(resolved(MOUNTS, "ships: {a: {ip: 10.0.0.1, tls: false}}\n").unwrap_err());
    // An engine of this machine has them.
    let here = resolved(MOUNTS, "ships: {a: {socket_path: /run/docker.sock}}\n").unwrap();
    assert_eq!(here.instances[0].container.mounts.len(), 4);
}

#[test]
fn files_of_the_project_are_carried_to_another_machine() {
    let site = "ships: {a: {ip: 10.0.0.1, tls: false}}\nservices: {web: {carry: true}}\n";
    let told = resolved(MOUNTS, site).unwrap_err();
    assert!(told.contains("`./data` cannot be copied into the containers: there is no such file"), "{told}");
    let there = MOUNTS.replace(" './data:/data',", "");
    let environment = resolved(&there, site).unwrap_or_else(|told| panic!("{told}"));
    let web = &environment.instances[0];
    let files: Vec<(&str, u32)> =
        web.files.iter().map(|file| (file.target.as_str(), file.spec.access.mode)).collect();
    assert_eq!(
        files,
        [("/etc/nginx/nginx.conf", 0o444), ("/srv/deep/start.sh", 0o555), ("/srv/index.html", 0o444)]
    );
    let mounts: Vec<&str> = web.container.mounts.iter().map(|mount| mount.target.as_str()).collect();
    assert_eq!(mounts, ["/etc/hosts"]);
}

#[test]
fn a_site_file_says_where_contents_come_from() {
    let compose = "name: shop
services:
  web: {image: nginx, configs: [{source: page, target: /page}], secrets: [token]}
configs: {page: {content: replaced}}
secrets: {token: {external: true}}
";
    let site = "configs: {page: {file: nginx.conf}}\nsecrets: {token: {content: xk8-2vq}}\n";
    let environment = resolved(compose, site).expect("an environment");
    let files = &environment.instances[0].files;
    let contents: Vec<(&str, &[u8])> =
        files.iter().map(|file| (file.target.as_str(), file.content.bytes())).collect();
    assert_eq!(contents, [("/page", &b"listen 80;"[..]), ("/run/secrets/token", b"xk8-2vq")]);
    // Without it there is none.
    let told = resolved(compose, "").expect_err("no content");
    assert!(told.contains("`secrets: {token: {command: [op, read, \"op://shop/token\"]}}`"), "{told}");
    let told = resolved(compose, &site.replace("token", "tokn")).expect_err("no content");
    assert!(told.contains("no service of the Compose file uses the secret `tokn`"), "{told}");
    assert!(told.contains("did you mean `token`?"), "{told}");
}

#[test]
fn the_content_of_a_program_that_does_not_run_is_unknown() {
    let compose = "name: shop
services:
  web: {image: nginx, secrets: [token, {source: token, target: /token, mode: 0400}]}
secrets: {token: {external: true}}
";
    let environment = resolved(compose, "secrets: {token: {command: [op, read]}}").expect("an environment");
    let instance = &environment.instances[0];
    assert!(instance.files.is_empty());
    let files: Vec<_> = instance.container.files.iter().collect();
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|(_, file)| file.digest.is_none()), "{files:?}");
}

#[test]
fn a_number_of_one_run_counts_and_has_its_place() {
    let compose = "services:
  web: {image: nginx, scale: 2}
  api: {image: nginx, deploy: {replicas: 1}}
  each: {image: nginx}
  some: {image: nginx}
  plain: {image: nginx}
";
    let site = format!(
        "{SHIPS}services:
  web: {{ships: [a, b]}}
  api: {{ship: c, replicas: 2}}
  each: {{ships: [a, b], per_ship: 1}}
  some: {{ships: [a, b]}}
  plain: {{ship: a}}
"
    );
    let numbers = [("web", 3), ("api", 3), ("each", 3), ("some", 3), ("plain", 3)];
    let (environment, places) = scaled(compose, &site, &numbers).unwrap();
    let ships = |service: &str| -> String {
        let own = environment.instances.iter().filter(|one| environment.service(one.service).name == service);
        own.map(|instance| environment.ship(instance.ship).name.as_str()).collect()
    };
    assert_eq!(["web", "api", "each", "some", "plain"].map(ships), ["aba", "ccc", "aba", "aba", "aaa"]);
    let place = |key, change, text: &str| (key, change, text.to_owned());
    assert_eq!(
        places,
        [
            place("replicas", CountChange::Value(2), "2"),
            place("replicas", CountChange::Instead("per_ship"), "1"),
            place("scale", CountChange::Added, "plain"),
            place("replicas", CountChange::AddedToSite, "[a, b]"),
            place("scale", CountChange::Value(2), "2"),
        ]
    );
    // What the files say is not said again.
    let (_, places) = scaled(compose, &site, &[("web", 2), ("api", 2), ("plain", 1)]).unwrap();
    assert_eq!(places, []);
}

#[test]
fn a_service_on_a_swarm_is_a_job_if_its_mode_says_so_or_another_waits_for_its_end() {
    let text = "
name: shop
services:
  migrate: {image: a, deploy: {replicas: 2}}
  clean: {image: a, deploy: {mode: global}}
  named: {image: a, restart: on-failure, deploy: {mode: replicated-job}}
  each: {image: a, deploy: {mode: global-job}}
  web:
    image: a
    depends_on:
      migrate: {condition: service_completed_successfully}
      clean: {condition: service_completed_successfully}
";
    let environment = resolved(text, "ships: {cluster: {ip: 10.0.0.5, tls: false, swarm: true}}\n").unwrap();
    let of = |name: &str| {
        let instance = environment.instance_named(name).unwrap();
        let swarm = instance.swarm.as_ref().unwrap();
        let restart = swarm.restart.as_ref().and_then(|restart| restart.condition.clone());
        (swarm.mode, instance.is_job(), restart.unwrap_or_default())
    };
    assert_eq!(of("migrate"), (SwarmMode::ReplicatedJob(2), true, "none".to_owned()));
    assert_eq!(of("clean"), (SwarmMode::GlobalJob, true, "none".to_owned()));
    assert_eq!(of("named"), (SwarmMode::ReplicatedJob(1), true, "on-failure".to_owned()));
    assert_eq!(of("each"), (SwarmMode::GlobalJob, true, "none".to_owned()));
    assert_eq!(of("web"), (SwarmMode::Replicated(1), false, String::new()));
}
