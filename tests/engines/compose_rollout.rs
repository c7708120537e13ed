//! Services of a Compose file that are asked all the time, on two networks, while `start-first` replaces them: no request
//! fails.

use crate::{
    compose::{project, write},
    support::{
        site::until,
        traffic::{self, tally},
    },
};

/// Two servers that are asked by the name of their service and by an alias, each on another network.
const PROJECT: &str = r#"name: env-unique
services:
  web:
    image: traffic-unique:1
    command:
      - /bin/busybox
      - sh
      - -c
      - "/bin/busybox sleep 0.5; /bin/traffic serve VERSION 80 & trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.05; done"
    healthcheck:
      test: [CMD, /bin/busybox, sh, -c, "echo ask | /bin/busybox nc 127.0.0.1 80 | /bin/busybox grep v"]
      interval: 200ms
    deploy:
      replicas: 2
      update_config: {order: start-first}
    networks:
      front:
      back: {aliases: [api]}
  front-client:
    image: traffic-unique:1
    command: [/bin/traffic, ask, web, "80"]
    depends_on: {web: {condition: service_healthy}}
    networks: [front]
  back-client:
    image: traffic-unique:1
    command: [/bin/traffic, ask, api, "80"]
    depends_on: {web: {condition: service_healthy}}
    networks: [back]
networks:
  front:
  back: {internal: true}
"#;

#[test]
#[ignore = "needs an engine"]
fn start_first_hands_over_on_all_networks_and_no_request_fails() {
    let site = project(&PROJECT.replace("VERSION", "v1"));
    traffic::image(&site);
    site.succeed("apply");
    let clients = ["front-client", "back-client"].map(|client| format!("env-unique-{client}-1"));
    let told = |client: &String| tally(&site.docker(&format!("logs {client}")));
    let asked_of = |version: &str| {
        for client in &clients {
            until(&format!("{client} asks {version}"), || (told(client).last == version).then_some(()));
        }
    };
    asked_of("v1");
    write(&site, &PROJECT.replace("VERSION", "v2"));
    let plan = site.succeed("plan");
    assert!(plan.contains("start-first"), "{plan}");
    site.succeed("apply");
    asked_of("v2");
    for client in &clients {
        let told = told(client);
        assert_eq!((told.failed, told.failures), (0, Vec::<String>::new()), "{client}");
        assert!(told.asked > 1_000, "asked {} times only", told.asked);
    }
    assert!(site.succeed("apply").contains("nothing to "));
    site.succeed("kill");
    site.succeed("down --yes");
    site.docker("image rm traffic-unique:1");
}
