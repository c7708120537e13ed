//! `docs/guest.md` does what it says: its file is started, with its start script in an image of its own, and its
//! questions are asked in a container of it.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use crate::{
    support::{IMAGE, site::Site, site::until},
    tutorial::project,
};

const PAGE: &str = "docs/guest.md";
/// What the page calls things, and what the test calls them so that nothing else on the engine is called so.
const NAMES: &[(&str, &str)] = &[
    ("name: shop", "name: env-unique"),
    ("web-1", "web-unique"),
    ("db-1", "db1-unique"),
    ("db-2", "db2-unique"),
    ("15432", "PORT1"),
    ("15433", "PORT2"),
    ("18080", "PORT3"),
    ("18081", "PORT4"),
    ("18082", "PORT5"),
];

/// The blocks of a language, in the order of the page.
fn blocks(language: &str) -> Vec<String> {
    let page = fs::read_to_string(project(PAGE)).unwrap();
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// An image with `maestro-guest` and the page's start script.
fn built(site: &Site) -> String {
    let folder = tempfile::tempdir().unwrap();
    let guest = folder.path().join("maestro-guest");
    let compiled = Command::new(project("scripts/guest-binary")).arg(&guest).output().unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    let bytes = fs::metadata(&guest).unwrap().len();
    assert!(bytes < 2_000_000, "{bytes} bytes are too many to be copied into every image");
    let start = folder.path().join("start");
    // The test's image has a busybox, and nothing else: no `sh` by that name.
    let script = blocks("sh")
        .concat()
        .replace("#!/bin/sh", "#!/bin/busybox sh")
        .replace("exec httpd", "exec busybox httpd");
    fs::write(&start, script).unwrap();
    fs::set_permissions(&start, fs::Permissions::from_mode(0o755)).unwrap();
    let dockerfile = blocks("Dockerfile").concat().replace("FROM busybox", &format!("FROM {IMAGE}"));
    fs::write(folder.path().join("Dockerfile"), format!("{dockerfile}ENV PATH=/bin\n")).unwrap();
    let tag = site.real("guest-unique:1");
    site.docker(&format!("build -q -t {tag} {}", folder.path().display()));
    tag
}

#[test]
#[ignore = "needs an engine"]
fn the_page_on_guests_is_as_it_says() {
    let mut site = Site::new("");
    let image = built(&site);
    let yaml = NAMES.iter().fold(blocks("yaml").concat(), |yaml, (page, real)| yaml.replace(page, real));
    let sleeps = format!("{IMAGE}\n    command: [/bin/busybox, sleep, '1000']");
    let yaml = yaml
        .replace("shop-db:1", &sleeps)
        .replace("shop-web:1", &image)
        .replace("unix:///var/run/docker.sock", &site.host);
    site.write(&yaml);
    site.succeed("start");
    let log = until("the start script speaks", || {
        Some(site.docker("logs web-unique")).filter(|log| log.contains("listening"))
    });
    assert_eq!(site.told(&log), "listening on 80, using 192.168.10.2:PORT1,192.168.10.2:PORT2");
    let mut wrong = Vec::new();
    for block in blocks("console") {
        let mut lines = block.lines().peekable();
        while let Some(command) = lines.next() {
            let command = command.strip_prefix("$ ").unwrap_or_else(|| panic!("no command: {command}"));
            let mut says = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                says = format!("{says}{line}\n");
            }
            let said = asked(&site, command);
            if said != says {
                wrong.push(format!("{command}\n{PAGE} says: {says}but it is: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let address = site.docker("exec web-unique /bin/maestro-guest address");
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    assert_eq!(address, site.docker(&format!("inspect --format '{format}' web-unique")));
    site.succeed("kill");
    site.succeed("clean");
    site.docker(&format!("image rm {image}"));
}

/// What is answered to a question of the page in its container, in the page's words.
fn asked(site: &Site, command: &str) -> String {
    let real = NAMES.iter().fold(command.to_owned(), |text, (page, real)| text.replace(page, real));
    let words = shlex::split(&site.real(&format!("exec web-unique {real}"))).unwrap();
    let output = site.program("docker", &words).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let told = site.told(&String::from_utf8(said).unwrap());
    let told = told.replace("env-unique", "shop");
    NAMES.iter().fold(told, |text, (page, real)| text.replace(real, page))
}
