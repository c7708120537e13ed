//! Networks and volumes that a file of Maestro declares, on a real engine.

use serde_json::Value;

use crate::support::{IMAGE, site::Site};

/// A database on the inner network, and a web server on both that publishes a port in Compose's form.
fn file(network: &str) -> String {
    format!(
        "__maestro: {{schema: 3}}
name: env-unique
networks:
  front: {{}}
  back: {{internal: true, labels: {{tier: back}}, ipam: {{config: [{{subnet: 10.213.7.0/24}}]}}}}
volumes:
  data: {{labels: {{keep: 'yes'}}}}
services:
  db:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, 'echo of-the-shop >/data/index.html; exec /bin/busybox httpd -f -p 80 -h /data']
    stop_timeout: 0.1
    networks: {network}
    volumes: ['data:/data', /scratch]
    instances: {{db-unique: {{}}}}
  web:
    image: {IMAGE}
    command: [/bin/busybox, sleep, '1000']
    stop_timeout: 0.1
    networks: [front, back]
    requires: db
    ports: ['127.0.0.1::80']
    volumes: ['./conf:/conf:ro', 'data:/data:ro']
    instances: {{web-unique: {{}}}}
"
    )
}

fn inspected(site: &Site, what: &str, name: &str) -> Value {
    let told = site.docker(&format!("{what} inspect {name}"));
    let mut all: Vec<Value> = serde_json::from_str(&told).unwrap();
    all.remove(0)
}

fn inside(site: &Site, command: &str) -> String {
    site.docker(&format!("exec web-unique /bin/busybox {command}"))
}

#[test]
#[ignore = "needs an engine"]
fn networks_and_volumes_of_a_file_are_made_compared_and_restored() {
    let static_address = "{back: {ipv4_address: 10.213.7.5, aliases: [sql]}}";
    let mut site = Site::new(&file(static_address));
    std::fs::create_dir_all(site.path().join("conf")).unwrap();
    std::fs::write(site.path().join("conf/app.conf"), "on").unwrap();
    let planned = site.told(&site.run("plan --steps").text);
    assert!(planned.contains("env-unique_data") && planned.contains("env-unique_back"), "{planned}");
    site.succeed("apply");

    // The service, the instance and the alias are names of one container, at its address.
    for name in ["db", "db-unique", "sql", "10.213.7.5"] {
        assert_eq!(inside(&site, &format!("wget -qO- http://{}/", site.real(name))), "of-the-shop", "{name}");
    }
    assert_eq!(inside(&site, "cat /data/index.html"), "of-the-shop");
    assert_eq!(inside(&site, "cat /conf/app.conf"), "on");
    let (network, volume) =
        (inspected(&site, "network", "env-unique_back"), inspected(&site, "volume", "env-unique_data"));
    assert_eq!((&network["Internal"], &network["Labels"]["tier"]), (&true.into(), &"back".into()));
    assert_eq!(volume["Labels"]["keep"], "yes");
    let published = site.docker("port web-unique 80/tcp");
    assert!(published.starts_with("127.0.0.1:"), "{published}");

    // Nothing differs, also after a stop.
    for command in ["apply", "stop", "start", "apply"] {
        let said = site.succeed(command);
        assert!(command != "apply" || !said.contains("replace"), "{said}");
    }
    let again = site.succeed("plan --detailed-exitcode");
    assert!(again.contains("nothing to do"), "{again}");

    // Another address replaces the container, which the plan says with its place; a saved plan does so too.
    site.write(&file("{back: {ipv4_address: 10.213.7.6}, front: }"));
    let differs = site.told(&site.output("diff").text);
    assert!(differs.contains("ipv4_address") && differs.contains("10.213.7.6"), "{differs}");
    assert!(differs.contains("env-unique_front"), "{differs}");
    site.succeed("plan -o saved.plan");
    site.succeed("apply saved.plan");
    assert_eq!(inside(&site, "wget -qO- http://10.213.7.6/"), "of-the-shop");
    site.succeed("rollback");
    assert_eq!(inside(&site, "wget -qO- http://10.213.7.5/"), "of-the-shop");

    site.succeed("stop");
    site.succeed("clean");
    assert!(!site.docker("network ls --format {{.Name}}").contains(&site.real("env-unique_")), "networks go");
    assert!(site.docker("volume ls -q").contains(&site.real("env-unique_data")), "data stays");
}
