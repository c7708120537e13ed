//! Engines that are reached through TLS and SSH.

use crate::{
    failures::file,
    support::{
        front,
        site::{Running, Site},
        sshd::Sshd,
    },
};

const ONE: &str = "  web:
    image: busybox
    sh: runs
    net: none
    instances:
      web-unique: {}
";

/// A site whose only ship is reached as these keys say, and the SSH server for it.
fn through_ssh(ship: &str, services: &str, server: &str) -> (Site, Sshd) {
    let mut site = Site::new("");
    let sshd = Sshd::new(server);
    sshd.serve(&mut site);
    let ship = ship
        .replace("SOCKET", site.socket().to_str().unwrap())
        .replace("KEY", sshd.path("id").to_str().unwrap())
        .replace("STRANGER", sshd.path("stranger").to_str().unwrap())
        .replace("PORT", &sshd.port().to_string())
        .replace("USER", &user());
    site.write(&file(&format!("ships:\n{ship}\n"), services));
    (site, sshd)
}

fn user() -> String {
    let said = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

/// What a command that cannot reach the ship says, without what differs from run to run.
fn refused(site: &Site, sshd: &Sshd, command: &str) -> String {
    let said = site.transcript(command);
    let fingerprint = regex::Regex::new("SHA256:[A-Za-z0-9+/]{43}").unwrap();
    let said = said
        .replace(&sshd.path("").display().to_string(), "FILES/")
        .replace(&sshd.port().to_string(), "2222")
        .replace(&format!("{}@", user()), "USER@")
        .replace(&format!("user {}", user()), "user USER");
    fingerprint.replace_all(&said, "SHA256:FINGERPRINT").into_owned()
}

#[test]
#[ignore = "needs an engine and sshd"]
fn twenty_instances_take_one_login() {
    let names: Vec<String> = (1..=20).map(|n| format!("      web-{n}-unique: {{}}\n")).collect();
    let services = ONE.replace("      web-unique: {}\n", &names.concat());
    let (site, sshd) = through_ssh("  far: {host: 'ssh://harbourSOCKET'}", &services, "");
    site.succeed("start");
    assert_eq!(sshd.logins(), 1);
    let status = site.succeed("status");
    assert_eq!(status.matches(" up ").count(), 20, "{status}");
    assert_eq!(sshd.logins(), 2);
    site.succeed("stop");
    assert_eq!(sshd.logins(), 3);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn ships_with_the_same_login_share_it() {
    let services = ONE.replace("{}", "{ship: a}") + "      web-b-unique: {ship: b}\n";
    let ships = "  a: {ip: 127.0.0.1, socket_path: SOCKET, ssh_tunnel: {user: USER, port: PORT, key: KEY}}
  b: {ip: 127.0.0.1, socket_path: SOCKET, ssh_tunnel: {user: USER, port: PORT, key: KEY}}";
    let (site, sshd) = through_ssh(ships, &services, "");
    site.succeed("status");
    assert_eq!(sshd.logins(), 1);
    sshd.nothing_is_left();
}

/// Twenty ships behind one server, as behind one that `ssh` jumps through. It refuses whoever comes while ten others are
/// not logged in yet, as servers do by default with growing probability.
#[test]
#[ignore = "needs an engine and sshd"]
fn logins_to_one_server_take_turns() {
    let ships: Vec<String> =
        (1..=20).map(|n| format!("  pier-{n}: {{host: 'ssh://pier-{n}SOCKET', timeout: 20}}\n")).collect();
    let services = ONE.replace("{}", "{ship: pier-1}");
    let (site, sshd) = through_ssh(ships.concat().trim_end(), &services, "MaxStartups 10:100:10");
    let config = std::fs::read_to_string(sshd.path("config")).unwrap();
    std::fs::write(sshd.path("config"), config.replace("Host harbour", "Host harbour pier-*")).unwrap();
    let status = site.run("ship ls");
    assert_eq!((status.code, sshd.logins()), (Some(0), 20), "{}", status.text);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn a_tunnel_leads_to_a_port_of_the_ship() {
    let ship = "  far: {ip: 127.0.0.1, docker_port: FRONT, ssh_tunnel: {user: USER, port: PORT, key: KEY}}";
    let site = Site::new("");
    let front = front::plain(&site.socket()).to_string();
    drop(site);
    let (site, sshd) = through_ssh(&ship.replace("FRONT", &front), ONE, "");
    site.succeed("start");
    site.succeed("stop");
    assert_eq!(sshd.logins(), 2);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn a_server_that_forwards_nothing_is_asked_for_sessions() {
    let ship = "  far: {host: 'ssh://harbourSOCKET'}";
    let (site, sshd) = through_ssh(ship, ONE, "DisableForwarding yes");
    site.succeed("start");
    let status = site.succeed("status");
    assert!(status.contains("web-"), "{status}");
    site.succeed("stop");
    assert_eq!(sshd.logins(), 3);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn programs_that_take_long_to_stop_leave_sessions_to_others() {
    let ship = "  far: {host: 'ssh://harbourSOCKET', timeout: 5}";
    let names: Vec<String> = (1..=18).map(|n| format!("      web-{n}-unique: {{}}\n")).collect();
    let deaf = "trap '' TERM; while true; do /bin/busybox sleep 1; done";
    let services = ONE.replace("      web-unique: {}\n", &names.concat()).replace(
        "    sh: runs\n",
        &format!("    command: [/bin/busybox, sh, -c, \"{deaf}\"]\n    stop_timeout: 3\n"),
    );
    let (site, sshd) = through_ssh(ship, &services, "DisableForwarding yes");
    site.succeed("start");
    let said = site.succeed("stop");
    assert!(said.contains("18 stopped"), "{said}");
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn host_keys_that_are_unknown_or_changed_are_refused() {
    let (site, sshd) = through_ssh("  far: {host: 'ssh://USER@127.0.0.1:PORT'}", ONE, "");
    sshd.know("");
    let unknown = refused(&site, &sshd, "status");
    sshd.know(&std::fs::read_to_string(sshd.path("stranger.pub")).unwrap());
    let changed = refused(&site, &sshd, "start");
    assert_eq!(sshd.logins(), 0);
    sshd.nothing_is_left();
    insta::assert_snapshot!(format!("{unknown}\n{changed}"));
}

#[test]
#[ignore = "needs an engine and sshd"]
fn a_user_or_a_key_that_is_not_let_in_is_told() {
    let ship = "  far: {ip: 127.0.0.1, ssh_tunnel: {user: USER, port: PORT, key: STRANGER}}";
    let (site, sshd) = through_ssh(ship, ONE, "");
    // The client's configuration names the good key, which would be offered beside it.
    let config = std::fs::read_to_string(sshd.path("config")).unwrap();
    let without: Vec<&str> = config.lines().filter(|line| !line.contains("IdentityFile")).collect();
    std::fs::write(sshd.path("config"), without.join("\n")).unwrap();
    let said = refused(&site, &sshd, "status");
    sshd.nothing_is_left();
    insta::assert_snapshot!(said);
}

#[test]
#[ignore = "needs an engine and sshd"]
fn a_ship_without_an_engine_is_told_behind_a_good_login() {
    let (mut site, sshd) = through_ssh("  far: {host: 'ssh://harbour/nowhere.sock'}", ONE, "");
    let socket = refused(&site, &sshd, "status");
    let tunnel = format!(
        "ships:\n  far: {{ip: 127.0.0.1, docker_port: 1, ssh_tunnel: {{user: {}, port: {}}}}}\n",
        user(),
        sshd.port()
    );
    site.write(&file(&tunnel, ONE));
    let port = refused(&site, &sshd, "status");
    assert_eq!(sshd.logins(), 2);
    sshd.nothing_is_left();
    insta::assert_snapshot!(format!("{socket}\n{port}"));
}

#[test]
#[ignore = "needs an engine and sshd"]
fn a_machine_without_an_ssh_server_is_told() {
    let (mut site, sshd) = through_ssh("  far: {host: 'ssh://127.0.0.1:1'}", ONE, "");
    let nobody = refused(&site, &sshd, "status");
    site.set("PATH", "/nowhere");
    let no_program = refused(&site, &sshd, "status");
    insta::assert_snapshot!(format!("{nobody}\n{no_program}"));
}

#[test]
#[ignore = "needs an engine and sshd"]
fn an_interrupt_leaves_no_connection_behind() {
    let ship = "  far: {host: 'ssh://harbourSOCKET'}";
    let (site, sshd) = through_ssh(ship, ONE, "");
    site.succeed("start");
    for signal in ["INT", "TERM", "HUP"] {
        let mut logs = Running::begin(site.command("logs --follow web-unique"), true);
        logs.says("up");
        logs.signal(signal);
        let said = logs.end();
        let number = match signal {
            "INT" => 2,
            "TERM" => 15,
            _ => 1,
        };
        assert_eq!(said.code, Some(128 + number), "{}", said.text);
        sshd.nothing_is_left();
    }
}

#[test]
#[ignore = "needs an engine and sshd"]
fn an_interrupted_start_leaves_no_connection_behind() {
    let waits = ONE
        .replace("    net: none\n", "    net: none\n    lifecycle: {running: [{type: sleep, wait: 600}]}\n");
    let (site, sshd) = through_ssh("  far: {host: 'ssh://harbourSOCKET'}", &waits, "");
    let mut start = Running::begin(site.command("start"), true);
    start.says("waiting until ready");
    start.signal("INT");
    let said = start.end();
    assert_eq!(said.code, Some(130), "{}", said.text);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn an_end_at_once_leaves_no_connection_behind() {
    let slow = "  slow:
    image: busybox
    command: [/bin/busybox, sh, -c, \"trap '' TERM; echo up; while true; do /bin/busybox sleep 0.1; done\"]
    net: none
    stop_timeout: 600
    instances:
      slow-unique: {}
";
    let (site, sshd) = through_ssh("  far: {host: 'ssh://harbourSOCKET'}", slow, "");
    site.succeed("start");
    let mut stop = Running::begin(site.command("stop"), true);
    stop.says("stopping, up to");
    stop.signal("INT");
    stop.says("interrupted");
    stop.signal("INT");
    let said = stop.end();
    assert_eq!(said.code, Some(130), "{}", said.text);
    assert!(said.text.contains("aborted; outcome unknown"), "{}", said.text);
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn docker_host_may_say_ssh() {
    let (mut site, sshd) = through_ssh("  far: {host: 'ssh://harbour'}", ONE, "");
    let host = format!("ssh://harbour{}", site.socket().display());
    site.write(&file("", ONE));
    site.set("DOCKER_HOST", &host);
    site.succeed("start");
    assert_eq!(sshd.logins(), 1);
    site.succeed("stop");
    sshd.nothing_is_left();
}

#[test]
#[ignore = "needs an engine"]
fn tls_with_a_client_certificate() {
    let mut site = Site::new("");
    let port = front::tls(&site.socket(), site.path());
    let ship = |keys: &str| format!("ships:\n  far: {{ip: 127.0.0.1, docker_port: {port}{keys}}}\n");
    let all = ", tls: true, tls_ca_cert: ca.pem, tls_cert: cert.pem, tls_key: key.pem";
    site.write(&file(&ship(all), ONE));
    site.succeed("start");
    site.succeed("status");
    site.write(&file(&ship(", tls: true, tls_ca_cert: ca.pem"), ONE));
    let without = site.transcript("status").replace(&port.to_string(), "2376");
    site.write(&file(&ship(all), ONE));
    site.succeed("stop");
    // The local engine, as Docker's own command would find it.
    let (host, folder) = (format!("tcp://127.0.0.1:{port}"), site.path().display().to_string());
    site.set("DOCKER_HOST", &host);
    site.set("DOCKER_TLS_VERIFY", "1");
    site.set("DOCKER_CERT_PATH", &folder);
    site.write(&file("", ONE));
    site.succeed("status");
    insta::assert_snapshot!(without);
}

#[test]
#[ignore = "needs an engine and sshd"]
fn the_machine_behind_ssh_is_looked_at_through_the_same_login() {
    let services =
        ONE.replace("    net: none\n", "    ports: {http: '80:PORT1', names: '53/udp:PORT2/udp'}\n");
    let (site, sshd) = through_ssh("  far: {host: 'ssh://harbourSOCKET'}", &services, "");
    let _tcp = std::net::TcpListener::bind(format!("127.0.0.1:{}", site.real("PORT1"))).unwrap();
    let _udp = std::net::UdpSocket::bind(format!("0.0.0.0:{}", site.real("PORT2"))).unwrap();
    let said = site.run("apply");
    let text = site.told(&said.text);
    assert_eq!(said.code, Some(6), "{text}");
    assert!(text.contains("error[port-taken]: web-unique: port PORT1 of ship far is in use"), "{text}");
    assert!(text.contains("error[port-taken]: web-unique: port PORT2/udp of ship far is in use"), "{text}");
    assert!(text.contains("2 errors before the first step: nothing was changed"), "{text}");
    assert_eq!(sshd.logins(), 1);
    sshd.nothing_is_left();
}
