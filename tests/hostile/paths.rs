//! Files that are named and are none, or have no end: a message, never a hang, and no memory without end.

use std::{os::unix::fs::symlink, process::Command};

use crate::server::{Answer, Site, json};

fn file(service: &str, ship: &str) -> String {
    format!(
        "name: shop\nships: {{node1: {{ip: 10.0.0.1, timeout: 3, {ship}}}}}\nservices:\n  web: {{image: nginx, {service} instances: {{web-1: {{ship: node1}}}}}}\n"
    )
}

/// A folder with what is no file, and a file that leads out of it.
fn site(text: &str) -> Site {
    let site = Site::new(text, willing);
    std::fs::create_dir(site.path().join("folder")).unwrap();
    symlink("/dev/zero", site.path().join("link-to-zero")).unwrap();
    symlink("circle", site.path().join("circle")).unwrap();
    let made = Command::new("mkfifo").arg(site.path().join("pipe")).status().unwrap();
    assert!(made.success());
    site
}

/// An engine that has nothing and gives a lease.
fn willing(request: &str) -> Answer {
    match request {
        "GET /containers/json?all=1" | "GET /images/json" | "GET /networks" => json(200, "[]"),
        "POST /volumes/create" => Answer::Echo,
        _ if request.starts_with("GET /volumes?") => json(200, "{\"Volumes\":[]}"),
        _ if request.starts_with("DELETE /volumes/") => json(204, ""),
        _ => json(404, "{\"message\":\"nothing is here\"}"),
    }
}

/// Bad names, and a part of what is said of them.
const NAMES: [(&str, &str); 6] = [
    ("/dev/zero", "the most that is read"),
    ("link-to-zero", "the most that is read"),
    ("circle", "ymbolic link"),
    ("folder", "directory"),
    ("a\\0b", "NUL|nul"),
    ("nowhere/a", "no such file"),
];

/// A file that names that one.
type Text = fn(&str) -> String;

#[test]
fn every_file_that_is_named_has_an_end() {
    let kinds: [(&str, Text); 4] = [
        ("envfile", |name| file(&format!("envfile: [\"{name}\"],"), "socket_path: docker.sock")),
        ("tls_ca_cert", |name| file("", &format!("docker_port: 2376, tls: true, tls_ca_cert: \"{name}\""))),
        ("tls_cert", |name| {
            file("", &format!("docker_port: 2376, tls: true, tls_cert: \"{name}\", tls_key: \"{name}\""))
        }),
        ("key", |name| file("", &format!("ssh_tunnel: {{user: ops, key: \"{name}\"}}"))),
    ];
    for (kind, text) in kinds {
        for (name, words) in NAMES {
            let ran = site(&text(name)).run("status");
            let all = ran.all();
            assert_eq!(ran.code, Some(2), "{kind} {name}: {all}");
            assert!(words.split('|').any(|words| all.contains(words)), "{kind} {name}: {all}");
            assert!(
                all.contains("maestro.yaml:") && all.contains("nothing was contacted"),
                "{kind} {name}: {all}"
            );
        }
    }
}

#[test]
fn a_pipe_that_nobody_writes_to_is_given_up() {
    let ran = site(&file("envfile: [pipe],", "socket_path: docker.sock")).run("status");
    assert_eq!(ran.code, Some(2), "{}", ran.all());
    assert!(ran.all().contains("did not come to its end within 10 s"), "{}", ran.all());
}

#[test]
fn includes_are_files_of_their_folder() {
    for name in [
        "/dev/zero",
        "../../../etc/passwd",
        "link-to-zero",
        "pipe",
        "folder",
        "circle",
        "a\\0b",
        "/etc/passwd",
    ] {
        let ran = site(&format!("{{% include \"{name}\" %}}\nname: shop\n")).run("config");
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.all());
        assert!(ran.all().contains("maestro.yaml:1:"), "{name}: {}", ran.all());
        assert!(!ran.all().contains("root:"), "{name}: {}", ran.all());
    }
}

#[test]
fn the_file_itself_has_an_end() {
    let here = site(&file("", "socket_path: docker.sock"));
    for name in ["/dev/zero", "link-to-zero", "folder", "circle"] {
        let ran = here.run(&format!("-f {name} status"));
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.all());
        assert!(ran.all().contains("error"), "{name}: {}", ran.all());
    }
    // Whoever writes it makes it one.
    let ran = here.run("-f <(cat maestro.yaml) config");
    assert_eq!(ran.code, Some(0), "{}", ran.all());
}

#[test]
fn a_plan_is_saved_in_files_alone_and_read_from_nothing_else() {
    let here = site(&file("", "socket_path: docker.sock"));
    for name in [
        "/dev/full",
        "pipe",
        "folder",
        "circle",
        "maestro.yaml",
        "nowhere/next.plan",
        "link-to-zero",
        "docker.sock",
    ] {
        let ran = here.run(&format!("plan -o {name}"));
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.all());
        assert!(ran.all().contains("nothing was contacted"), "{name}: {}", ran.all());
        let ran = here.run(&format!("apply ./{name}").replace(".//", "/"));
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.all());
    }
    let deep = format!("{{\"maestro_plan\": 2, \"plan\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    std::fs::write(here.path().join("deep.plan"), deep).unwrap();
    let ran = here.run("apply deep.plan");
    assert_eq!(ran.code, Some(2), "{}", ran.all());
    assert!(ran.all().contains("recursion limit exceeded"), "{}", ran.all());
    std::fs::File::create(here.path().join("huge.plan")).unwrap();
    std::fs::write(here.path().join("huge.plan"), "{\"maestro_plan\": 2, ").unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(here.path().join("huge.plan"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let ran = here.run("apply huge.plan");
    assert_eq!(ran.code, Some(2), "{}", ran.all());
    assert!(ran.all().contains("larger than 64 MiB"), "{}", ran.all());
    assert!(here.requests().is_empty(), "{:?}", here.requests());
}

#[test]
fn dockers_own_files_have_an_end_too() {
    let here = Site::new(&file("", "socket_path: docker.sock"), willing);
    let docker = here.path().join(".docker");
    std::fs::create_dir(&docker).unwrap();
    symlink("/dev/zero", docker.join("config.json")).unwrap();
    let ran = here.run("pull");
    // Lines break between words.
    let told = ran.all().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(ran.code.is_some() && told.contains("the most that is read"), "{:?}: {}", ran.code, ran.all());
    let certificates = here.path().join("certificates");
    std::fs::create_dir(&certificates).unwrap();
    symlink("/dev/zero", certificates.join("ca.pem")).unwrap();
    let local = "name: shop\nservices:\n  web: {image: nginx, instances: {web-1: {}}}\n";
    std::fs::write(here.path().join("maestro.yaml"), local).unwrap();
    let variables = [
        ("DOCKER_HOST", "tcp://10.0.0.1:2376"),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", certificates.to_str().unwrap()),
    ];
    let ran = here.run_with("status", &variables);
    assert!(
        ran.code.is_some() && ran.all().contains("the most that is read"),
        "{:?}: {}",
        ran.code,
        ran.all()
    );
}

#[test]
fn an_audit_log_that_cannot_be_written_holds_nothing_up() {
    for name in ["/dev/full", "folder", "pipe", "circle", "nowhere/audit.log"] {
        let text = file("", "socket_path: docker.sock")
            + &format!("audit: [{{type: log, file: \"{name}\", level: debug}}]\n");
        let ran = site(&text).run("start");
        // 5: this engine does not know the lease any more that it gave.
        assert!(matches!(ran.code, Some(1 | 4 | 5)), "{name}: {:?} {}", ran.code, ran.all());
    }
}
