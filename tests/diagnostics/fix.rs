//! `config --fix` makes the changes that can only be meant in one way, and nothing else.

use std::path::Path;

use crate::program::{Engine, Run, snapshots};

const FILE: &str = "# kept\r\nname: shop\r\nservices:\r\n  web:\r\n    imgae: nginx:1.27   # kept\r\n    instances:\r\n      \
                    web-1: {restart: allways, ports: {http:80}}\r\n      web-2: {ship: nowhere}\r\n";

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let run = Engine::new().run(directory, arguments);
    assert!(!run.contacted, "an engine was contacted");
    run
}

fn with(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("maestro.yaml"), text).unwrap();
    directory
}

#[test]
fn safe_changes_are_made_and_all_else_is_kept() {
    let directory = with(&format!("\u{feff}{FILE}"));
    let path = directory.path().join("maestro.yaml");
    let run = run(directory.path(), &["config", "--fix"]);
    let fixed = FILE.replace("imgae", "image").replace("allways", "always").replace("http:80", "http: 80");
    assert_eq!(std::fs::read_to_string(path).unwrap(), format!("\u{feff}{fixed}"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stdout
            .starts_with("@@ line 5\n-    imgae: nginx:1.27   # kept\n+    image: nginx:1.27   # kept\n"),
        "{}",
        run.stdout
    );
    // What is left has several ways out.
    assert!(run.stderr.contains("there is no ship `nowhere`"), "{}", run.stderr);
    assert!(run.stderr.contains("1 error in maestro.yaml"), "{}", run.stderr);
}

#[test]
fn a_dry_run_changes_nothing() {
    let directory = with(FILE);
    let run = run(directory.path(), &["config", "--fix", "--dry-run"]);
    assert_eq!(std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap(), FILE);
    assert!(run.stdout.contains("+    image: nginx:1.27"), "{}", run.stdout);
}

#[test]
fn a_valid_file_is_left_alone() {
    let text = "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n";
    let directory = with(text);
    let run = run(directory.path(), &["config", "--fix"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap(), text);
}

#[test]
fn changed_lines_show_no_secret() {
    let directory = with(
        "name: shop\nservices:\n  web:\n    image: nginx\n    env: {DB_PASSWORD:hunter2-secret, A: b}\n    instances: {web-1: {}}\n",
    );
    let run = run(directory.path(), &["config", "--fix"]);
    assert!(
        run.stdout.contains("***") && !(run.stdout + &run.stderr).contains("hunter2"),
        "{}",
        run.code.unwrap()
    );
    let text = std::fs::read_to_string(directory.path().join("maestro.yaml")).unwrap();
    assert!(text.contains("{DB_PASSWORD: hunter2-secret, A: b}"), "{text}");
}

#[test]
fn standard_input_cannot_be_fixed() {
    let directory = with(FILE);
    let said = run(directory.path(), &["-f", "-", "config", "--fix"]).refused();
    assert!(said.contains("standard input is none"), "{said}");
}

const COMPOSE: &str = "# kept\nservices:\n  web:\n    image: nginx:1.27  # kept\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro  # main\n      \
                       - ./site:/srv\n      - data:/data\n  db:\n    image: postgres:16\n    volumes: [\"./${NAME:-init}.sql:/init.sql\"]\n  \
                       mail: {image: postfix, volumes: ['./empty:/etc/mail']}\nvolumes: {data: {}}\n";

const SITE: &str = "ships: {far: {host: \"ssh://ops@10.0.0.1\", ip: 10.0.0.1}}\n";

fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir_all(directory.path().join("site/bin")).unwrap();
    std::fs::create_dir(directory.path().join("empty")).unwrap();
    for (name, text) in [
        ("compose.yaml", COMPOSE),
        ("site.yaml", SITE),
        ("nginx.conf", "listen 80;"),
        ("init.sql", "select 1"),
        ("site/index.html", "hello"),
        ("site/bin/start.sh", "#!/bin/sh"),
    ] {
        write(name, text);
    }
    let script = directory.path().join("site/bin/start.sh");
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    directory
}

#[test]
fn mounts_of_the_projects_files_become_configs() {
    let directory = project();
    let files = ["-f", "compose.yaml", "-f", "site.yaml"];
    let call = |words: &[&str]| run(directory.path(), &[&files[..], words].concat());
    let told = call(&["config"]).stderr;
    assert!(told.contains("`maestro config --fix-binds`"), "{told}");
    let dry = call(&["config", "--fix-binds", "--dry-run"]);
    let path = directory.path().join("compose.yaml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), COMPOSE);
    let fixed = call(&["config", "--fix-binds"]);
    assert_eq!(fixed.stdout, dry.stdout);
    let text = std::fs::read_to_string(&path).unwrap();
    let told = format!("{text}---\n{}exit code {:?}\n", fixed.stderr, fixed.code);
    snapshots().bind(|| insta::assert_snapshot!("fix-binds", told));
    // What is left are the mounts that stay.
    let left = call(&["config"]).stderr;
    assert!(left.contains("`./init.sql` is on this machine") && !left.contains("nginx.conf"), "{left}");
    let again = call(&["config", "--fix-binds"]);
    assert!(again.stderr.starts_with("compose.yaml: no mount that can become a config"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn mounts_of_a_file_of_maestro_become_configs() {
    let directory = project();
    let text = "__maestro: {schema: 3}\nname: shop\nships: {far: {host: \"ssh://ops@10.0.0.1\", ip: 10.0.0.1}}\nconfigs:\n  \
                app: {content: x}\nservices:\n  web:\n    image: nginx:{{ 1 + 1 }}\n    configs: [app]\n    volumes:\n      \
                - ./nginx.conf:/etc/nginx/nginx.conf:ro\n    instances: {web-1: {}}\n  api:\n    image: nginx\n    volumes: \
                {./site/index.html: /srv/index.html}\n    instances: {api-1: {}}\n";
    let path = directory.path().join("maestro.yaml");
    std::fs::write(&path, text).unwrap();
    let fixed = run(directory.path(), &["-f", "maestro.yaml", "config", "--fix-binds"]);
    let text = std::fs::read_to_string(&path).unwrap();
    let told = format!("{text}---\n{}exit code {:?}\n", fixed.stderr, fixed.code);
    snapshots().bind(|| insta::assert_snapshot!("fix-binds-of-maestro", told));
    let config = run(directory.path(), &["-f", "maestro.yaml", "config"]);
    assert_eq!(config.code, Some(0), "{}", config.stderr);
}
