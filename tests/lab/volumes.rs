//! Volumes that are saved on one ship and restored on another, and files that are copied from ship to ship.

use crate::support::lab::{IMAGE, Lab};

fn file() -> String {
    format!(
        "__maestro: {{schema: 3}}\nname: env-unique\nSHIPS\nvolumes: {{data-unique: {{}}}}\nservices:\n  app:\n    \
         image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; \
         done\"]\n    volumes: ['data-unique:/data']\n    instances: {{a-unique: {{ship: ship1}}, b-unique: {{ship: ship2}}}}\n"
    )
}

#[test]
#[ignore = "needs a lab"]
fn data_goes_from_ship_to_ship_over_every_transport() {
    for transport in ["tcp", "tls", "ssh"] {
        let lab = Lab::over(transport, &file());
        lab.succeed("start");
        let (a, b) = (lab.real("a-unique"), lab.real("b-unique"));
        let fill =
            "cd /data && mkdir d && head -c 3000000 /dev/urandom > d/big && chown 7:8 d/big && ln -s big d/l";
        lab.docker_on(1, &["exec", &a, "/bin/busybox", "sh", "-c", fill], "");
        let look = |ship: usize, name: &str, path: &str| {
            let script = format!("cd {path} && md5sum d/big && stat -c '%N %u:%g %a' d d/big d/l");
            lab.docker_on(ship, &["exec", name, "/bin/busybox", "sh", "-c", &script], "")
        };
        let before = look(1, &a, "/data");

        lab.succeed("cp -a a-unique:/data/d b-unique:/data");
        assert_eq!(look(2, &b, "/data"), before, "{transport}");

        // Each ship has a volume of that name.
        let unclear = lab.run("volume backup data-unique -o x.zst");
        assert!(unclear.code == Some(1) && unclear.text.contains("--ship ship1"), "{}", unclear.text);
        lab.succeed("volume backup --pause --ship ship1 data-unique -o data.zst");
        lab.succeed("stop b-unique");
        lab.succeed("clean b-unique");
        lab.succeed("volume restore --yes b-unique:/data data.zst");
        lab.succeed("start b-unique");
        assert_eq!(look(2, &b, "/data"), before, "{transport}");

        // A ship that does not answer is said, and the rest goes on.
        lab.command("kill ship2");
        let silent = lab.run("volume ls");
        assert!(silent.code == Some(4) && silent.text.contains("ship ship2"), "{}", silent.text);
        assert!(silent.text.contains("ship1  declared  in use"), "{}", silent.text);
        lab.command("mend");
        lab.succeed("stop");
        lab.succeed("clean");
        lab.succeed("volume rm --yes a-unique:/data b-unique:/data");
    }
}

/// Over SSH at the container's own address, over TCP where it is published.
#[test]
#[ignore = "needs a lab"]
fn ports_are_forwarded_through_a_login_and_else_where_they_are_published() {
    let serves = "\"echo here > /page; /bin/busybox httpd -p 8080 -h /; /bin/busybox httpd -p 8081 -h /; \
                  trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"";
    let text = format!(
        "name: env-unique\nSHIPS\nservices:\n  app:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, {serves}]\n    \
         instances: {{app-unique: {{ship: ship1, ports: {{web: '8080:18080'}}}}}}\n"
    );
    for (transport, port) in [("ssh", 8081), ("tcp", 8080), ("tls", 8080)] {
        let lab = Lab::over(transport, &text);
        lab.succeed("start");
        if transport != "ssh" {
            let refused = lab.run("port-forward app 0:8081");
            assert!(refused.code == Some(1) && refused.text.contains("not published"), "{}", refused.text);
        }
        let local = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let command = lab.maestro(&format!("port-forward app {local}:{port}"));
        let mut forwarded = crate::support::site::Running::begin(command, true);
        forwarded.says("leads to port");
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", local)).unwrap();
        std::io::Write::write_all(&mut stream, b"GET /page HTTP/1.0\r\n\r\n").unwrap();
        let page = std::io::read_to_string(stream).unwrap();
        assert!(page.ends_with("here\n"), "{transport}: {page}");
        forwarded.signal("INT");
        assert_eq!(forwarded.end().code, Some(130));
        lab.succeed("stop");
    }
}
