//! `port-forward`: ports of this machine that lead to an instance.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::support::{
    IMAGE, front,
    site::{Running, Site, until},
    sshd::Sshd,
};

/// A service that serves a page at port 8080. Nothing listens at other ports.
fn serves(ships: &str, keys: &str) -> String {
    format!(
        "name: env-unique\n{ships}services:\n  app:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"echo here > /page; \
         /bin/busybox httpd -p 8080 -h /; trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]\n    \
         instances: {{app-unique: {{{keys}}}}}\n"
    )
}

/// The page that a port of this machine leads to; empty if it leads nowhere.
fn page(port: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    stream.write_all(b"GET /page HTTP/1.0\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).map(|_| text).unwrap_or_default()
}

#[test]
#[ignore = "needs an engine"]
fn a_port_leads_to_the_instance_whatever_container_it_has() {
    let site = Site::new(&serves("", ""));
    let early = site.run("port-forward app 0:8080");
    assert!(early.code == Some(1) && early.text.contains("start app-"), "{}", early.text);
    site.succeed("start");
    site.docker("pause app-unique");
    let other_commands = ["exec app /bin/busybox true", "exec --all app /bin/busybox true", "attach app"];
    for command in ["port-forward app 0:8080"].into_iter().chain(other_commands) {
        let said = site.run(command);
        let paused = site.real("app-unique @local is paused: `maestro unpause app-unique` lets it go on");
        assert_eq!((said.text.matches(&paused).count(), said.code), (1, Some(1)), "{command}: {}", said.text);
    }
    site.succeed("unpause");
    let mut forwarded = Running::begin(site.command("port-forward app PORT1:8080 0:9"), true);
    forwarded.says("leads to port 9 of");
    let page = || page(&site.real("PORT1"));
    assert!(page().ends_with("here\n"), "{}", page());
    let taken = site.run("port-forward app PORT1:8080");
    assert!(taken.code == Some(1) && taken.text.contains("`0:8080` takes any"), "{}", taken.text);
    // Another container of the instance has another address.
    site.succeed("restart");
    until("the new container answers", || page().ends_with("here\n").then_some(()));
    forwarded.signal("INT");
    assert_eq!(forwarded.end().code, Some(130));
}

/// A site whose ship is this machine, behind an SSH server with these lines in its configuration. The engine is at that
/// port, or at its socket.
fn through(mut site: Site, server: &str, port: Option<u16>, keys: &str) -> (Site, Sshd) {
    let sshd = Sshd::new(server);
    sshd.serve(&mut site);
    let user = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap();
    let login = format!("user: {}, port: {}, key: {}", user.trim(), sshd.port(), sshd.path("id").display());
    let socket = || format!("socket_path: {}", site.socket().display());
    let engine = port.map_or_else(socket, |port| format!("docker_port: {port}"));
    let ship = format!("{{ip: 127.0.0.1, {engine}, ssh_tunnel: {{{login}}}}}");
    site.write(&serves(&format!("ships:\n  far: {ship}\n"), keys));
    (site, sshd)
}

/// More at once than there are sessions, all through `docker` on the ship; and what its words are about a port that
/// nothing listens on.
#[test]
#[ignore = "needs an engine and sshd"]
fn a_server_that_forwards_nothing_is_passed_by_with_dockers_command() {
    for server in ["AllowTcpForwarding no", "DisableForwarding yes"] {
        let (site, sshd) = through(Site::new(""), server, None, "");
        site.succeed("start");
        let mut forwarded = Running::begin(site.command("port-forward app PORT1:8080 PORT2:9"), true);
        forwarded.says("leads to port 9 of");
        let port = site.real("PORT1");
        let pages: Vec<_> = (0..10)
            .map(|_| {
                let port = port.clone();
                std::thread::spawn(move || page(&port))
            })
            .collect();
        for one in pages {
            let one = one.join().unwrap();
            assert!(one.ends_with("here\n"), "{server}: {one}");
        }
        assert_eq!(page(&site.real("PORT2")), "");
        forwarded.says("connection refused");
        forwarded.signal("INT");
        let said = forwarded.end();
        assert!(said.text.contains("`docker` there passes connections on"), "{}", said.text);
        assert_eq!(said.code, Some(130));
        site.succeed("stop");
        sshd.nothing_is_left();
    }
}

#[test]
#[ignore = "needs an engine and sshd"]
fn without_forwarding_and_dockers_command_published_ports_are_left() {
    let site = Site::new("");
    let port = front::plain(&site.socket());
    let bin = site.path().join("only-sh");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink("/bin/sh", bin.join("sh")).unwrap();
    let server = format!("PermitOpen localhost:{port}\nSetEnv PATH={}", bin.display());
    let (site, sshd) = through(site, &server, Some(port), "ports: {web: '8080:PORT1'}");
    site.succeed("start");
    let refused = site.run("port-forward app PORT2:8081");
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    for words in
        ["forwards no ports", "`AllowTcpForwarding yes`", "systemctl reload ssh", "ports: {NAME: 8081}"]
    {
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    let mut forwarded = Running::begin(site.command("port-forward app PORT2:8080"), true);
    forwarded.says("leads to port 8080 of");
    let found = page(&site.real("PORT2"));
    assert!(found.ends_with("here\n"), "{found}");
    forwarded.signal("INT");
    assert_eq!(forwarded.end().code, Some(130));
    site.succeed("stop");
    sshd.nothing_is_left();
}
