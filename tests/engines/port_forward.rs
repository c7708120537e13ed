//! `port-forward`: ports of this machine that lead to an instance.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::support::{
    IMAGE,
    site::{Running, Site},
};

#[test]
#[ignore = "needs an engine"]
fn a_port_leads_to_the_instance_whatever_container_it_has() {
    let site = Site::new(&format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"echo here > /page; \
         /bin/busybox httpd -p 8080 -h /; trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]\n    \
         instances: {{app-unique: {{}}}}\n"
    ));
    let early = site.run("port-forward app 0:8080");
    assert!(early.code == Some(1) && early.text.contains("start app-"), "{}", early.text);
    site.succeed("start");
    let mut forwarded = Running::begin(site.command("port-forward app PORT1:8080 0:9"), true);
    forwarded.says("leads to port 9 of");
    let page = || {
        let mut stream = TcpStream::connect(("127.0.0.1", site.real("PORT1").parse().unwrap())).unwrap();
        stream.write_all(b"GET /page HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text).unwrap_or_default()
    };
    assert!(page().ends_with("here\n"), "{}", page());
    let taken = site.run("port-forward app PORT1:8080");
    assert!(taken.code == Some(1) && taken.text.contains("`0:8080` takes any"), "{}", taken.text);
    // Another container of the instance has another address.
    site.succeed("restart");
    crate::support::site::until("the new container answers", || page().ends_with("here\n").then_some(()));
    forwarded.signal("INT");
    assert_eq!(forwarded.end().code, Some(130));
}
