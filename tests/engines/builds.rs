//! Images are built where their files have changed, before containers are made of them.

use std::{fs, os::unix::fs::symlink};

use regex::Regex;

use crate::support::{copy_busybox, registry::Registry, site::Site};

const SERVICES: &str = "name: env-unique
services:
  web:
    build: {context: web, args: {GREETING: hello}}
    command: [/bin/busybox, sleep, '1000']
    stop_timeout: 1
    instances:
      web-unique: {}
";

/// A Dockerfile that begins with nothing: no image is pulled.
const DOCKERFILE: &str = "FROM scratch
COPY bin /bin
ARG GREETING
# The builder's shell is not there.
RUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo $GREETING > /greeting\"]
COPY page /page
";

/// A site with a build context.
fn site() -> Site {
    let site = Site::new(SERVICES);
    let web = site.path().join("web");
    fs::create_dir_all(web.join("bin")).unwrap();
    copy_busybox(&web.join("bin"));
    fs::write(web.join("Dockerfile"), DOCKERFILE).unwrap();
    fs::write(web.join("page"), "one\n").unwrap();
    fs::write(web.join("notes"), "not for the builder\n").unwrap();
    fs::write(web.join(".dockerignore"), "*\n!bin\n!page\n").unwrap();
    site
}

/// The text without the size of the context: it has this machine's busybox.
fn without_size(text: &str) -> String {
    Regex::new("context [0-9.]+ MiB").unwrap().replace_all(text, "context 2 MiB").into_owned()
}

#[test]
#[ignore = "needs an engine"]
fn apply_builds_what_has_changed() {
    let site = site();
    let page = |text: &str| fs::write(site.path().join("web/page"), text).unwrap();
    let shown = |path: &str| {
        let container = site.real("web-unique");
        site.docker(&format!("exec {container} /bin/busybox cat {path}"))
    };
    let mut story = site.transcripts(&["plan", "apply", "build", "plan"]);
    assert_eq!((shown("/page").trim(), shown("/greeting").trim()), ("one", "hello"));

    // What is left out of the context changes nothing.
    fs::write(site.path().join("web/notes"), "more notes\n").unwrap();
    story += &site.transcript("build");

    page("two\n");
    story += &site.transcripts(&["plan", "plan -o later.plan", "apply --no-build"]);
    assert_eq!(shown("/page").trim(), "one");
    story += &site.transcript("apply");
    assert_eq!(shown("/page").trim(), "two");
    insta::assert_snapshot!(without_size(&story));
}

#[test]
#[ignore = "needs an engine"]
fn a_build_that_fails_changes_nothing() {
    let site = site();
    site.succeed("apply");
    let container = || site.docker(&site.real("inspect --format {{.Id}} web-unique"));
    let before = container();
    let broken = format!("{DOCKERFILE}RUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo no room; exit 3\"]\n");
    fs::write(site.path().join("web/Dockerfile"), broken).unwrap();
    let story = site.transcripts(&["apply", "--output json build"]);
    insta::assert_snapshot!(without_size(&story));
    assert_eq!(container(), before);
}

#[test]
#[ignore = "needs an engine"]
fn start_builds_what_is_not_there() {
    let site = site();
    insta::assert_snapshot!(without_size(&site.transcripts(&["start", "stop"])));
}

#[test]
#[ignore = "needs an engine"]
fn clean_frees_what_nothing_needs_and_a_rollback_still_works() {
    let mut site = site();
    let shown = |site: &Site| {
        let container = site.real("web-unique");
        site.docker(&format!("exec {container} /bin/busybox cat /page")).trim().to_owned()
    };
    site.succeed("apply");
    fs::write(site.path().join("web/page"), "two\n").unwrap();
    site.succeed("apply");

    // It was started, which makes no revision, and is in the file no more.
    let old = site.path().join("old");
    fs::create_dir(&old).unwrap();
    copy_busybox(&old);
    fs::write(old.join("large"), site.real("env-unique").repeat(200_000)).unwrap();
    fs::write(old.join("Dockerfile"), "FROM scratch\nCOPY busybox /bin/busybox\nCOPY large /large\n")
        .unwrap();
    let service = SERVICES.split_once("  web:").unwrap().1.replace("web-unique", "old-unique");
    let service = service.replace("{context: web, args: {GREETING: hello}}", "old");
    site.write(&format!("{SERVICES}  old:{service}"));
    site.succeed("start old-unique");
    let image = site.docker(&site.real("inspect -f {{.Image}} old-unique")).trim().to_owned();
    site.succeed("stop old-unique");
    site.write(SERVICES);

    let told = site.succeed("clean --images old-unique");
    assert!(!site.docker("image ls --no-trunc -q -a").contains(&image), "{told}");
    let freed = Regex::new("images: [1-9][0-9.]* MiB freed on ship local").unwrap();
    assert!(told.contains("1 image removed") && freed.is_match(&told), "{told}");
    site.succeed("rollback 1");
    assert_eq!(shown(&site), "one");
    site.succeed("rollback 2");
    assert_eq!(shown(&site), "two");
}

#[test]
#[ignore = "needs an engine"]
fn the_engine_that_the_file_names_builds() {
    let mut site = site();
    let services = SERVICES
        .replace("GREETING: hello}", "GREETING: hello}, on: ON")
        .replace("    stop_timeout", "    ship: main\n    stop_timeout");
    let socket = site.socket();
    let file = |on: &str| {
        format!(
            "{services}ships:\n  main: {{host: 'unix://{}'}}\n  away: {{host: 'unix:///away.sock'}}\n",
            socket.display()
        )
        .replace("ON", on)
    };
    // This machine's engine is the ship that needs the image.
    site.write(&file("local"));
    let here = site.run("apply").text;
    assert!(here.contains(" on main: built "), "{here}");
    site.write(&file("away"));
    assert!(site.run("apply").text.contains("nothing to do"));
    fs::write(site.path().join("web/page"), "two\n").unwrap();
    let away = site.run("apply");
    assert_eq!(away.code, Some(4), "{}", away.text);
    assert!(away.text.contains("was not built on away: "), "{}", away.text);
}

const COMPOSE: &str = "name: env-unique
services:
  web-unique:
    build:
      context: web
      additional_contexts: {extra: ./extra}
      secrets: [token]
      args: {GREETING: hello}
    command: [/bin/busybox, sleep, '1000']
    stop_grace_period: 1s
secrets:
  token: {environment: BUILD_TOKEN}
";

/// Needs BuildKit in each way: a secret that is mounted, another context, a text within the file.
const DOCKERFILE_OF_BUILDKIT: &str = "FROM scratch AS base
COPY bin /bin
SHELL [\"/bin/busybox\", \"sh\", \"-c\"]
ARG GREETING
RUN --mount=type=secret,id=token [\"/bin/busybox\", \"sh\", \"-c\", \"/bin/busybox wc -c < /run/secrets/token > /size; echo $GREETING > /greeting\"]
FROM base
COPY --from=extra page /page
";

/// A site whose image only BuildKit builds.
fn site_of_buildkit() -> Site {
    let mut site = site();
    fs::remove_file(site.path().join("maestro.yaml")).unwrap();
    fs::write(site.path().join("compose.yaml"), site.real(COMPOSE)).unwrap();
    fs::create_dir(site.path().join("extra")).unwrap();
    fs::write(site.path().join("extra/page"), "one\n").unwrap();
    fs::write(site.path().join("web/Dockerfile"), DOCKERFILE_OF_BUILDKIT).unwrap();
    site.set("BUILD_TOKEN", "hunter2-hunter2");
    site
}

/// Lets the site's `docker` have `docker buildx`.
fn add_buildx(site: &Site) {
    let program = std::env::var("MAESTRO_TEST_BUILDX");
    let program = program.expect("MAESTRO_TEST_BUILDX is set: eval \"$(scripts/need-buildx)\"");
    let plugins = site.path().join(".docker/cli-plugins");
    fs::create_dir_all(&plugins).unwrap();
    symlink(program, plugins.join("docker-buildx")).unwrap();
}

#[test]
#[ignore = "needs an engine"]
fn buildkit_builds_what_needs_it() {
    let site = site_of_buildkit();
    add_buildx(&site);
    // BuildKit of Docker 20.10 knows no further contexts.
    let is_old = site.docker("version --format {{.Server.Version}}").starts_with("20.10");
    let (mut dockerfile, mut page) = (DOCKERFILE_OF_BUILDKIT.to_owned(), "extra/page");
    if is_old {
        dockerfile = dockerfile.replace("--from=extra ", "");
        page = "web/page";
        let file = site.real(COMPOSE).replace("      additional_contexts: {extra: ./extra}\n", "");
        fs::write(site.path().join("compose.yaml"), file).unwrap();
        fs::write(site.path().join("web/Dockerfile"), &dockerfile).unwrap();
    }
    let name =
        || site.docker(&site.real("ps --format {{.Names}} --filter label=maestro.environment=env-unique"));
    let shown = |path: &str| {
        let container = name();
        site.docker(&format!("exec {} /bin/busybox cat {path}", container.trim())).trim().to_owned()
    };
    let first = site.succeed("apply");
    assert!(first.contains("step 1 of 1: COPY "), "{first}");
    assert_eq!(
        (shown("/page"), shown("/size"), shown("/greeting")),
        ("one".into(), "15".into(), "hello".into())
    );
    assert!(site.succeed("apply").contains("nothing to do"));

    // The files of the further context count.
    fs::write(site.path().join(page), "two\n").unwrap();
    site.succeed("apply");
    assert_eq!(shown("/page"), "two");

    // A failure points at its line, which BuildKit of Docker 20.10 does not say, and no output has the secret.
    let broken = format!(
        "{dockerfile}RUN --mount=type=secret,id=token \\\n  /bin/busybox cat /run/secrets/token; exit 3\n"
    );
    fs::write(site.path().join("web/Dockerfile"), broken).unwrap();
    let failed = site.run("apply");
    assert_eq!(failed.code, Some(1), "{}", failed.text);
    assert!(is_old || failed.text.contains("web/Dockerfile:8:1"), "{}", failed.text);
    assert!(
        failed.text.contains("the command ended with exit code 3") && !failed.text.contains("hunter2"),
        "{}",
        failed.text
    );
    assert_eq!(shown("/page"), "two");
}

#[test]
#[ignore = "needs an engine"]
fn without_buildx_what_needs_it_is_not_built() {
    let site = site_of_buildkit();
    insta::assert_snapshot!(site.transcript("build"));
    let file = site
        .real(COMPOSE)
        .replace("      additional_contexts: {extra: ./extra}\n      secrets: [token]\n", "");
    fs::write(site.path().join("compose.yaml"), file).unwrap();
    insta::assert_snapshot!("without_buildx_a_dockerfile_is_pointed_at", site.transcript("build"));
}

const OF_OTHERS: &str = "name: env-unique
registries:
  '127.0.0.1:PORT1': {username: deploy, password: c4nary-pa55word}
secrets:
  token: {environment: BUILD_TOKEN}
services:
  app:
    build:
      context: app
      additional_contexts: {base: 'service:base'}
      secrets: [{source: token, target: npm}]
    command: [/bin/busybox, sleep, '1000']
    stop_timeout: 1
    instances:
      app-unique: {}
  base:
    build: {context: web, args: {GREETING: hello}}
    instances:
      base-unique: {}
";

const DOCKERFILE_OF_OTHERS: &str = "FROM base
RUN --mount=type=secret,id=npm [\"/bin/busybox\", \"sh\", \"-c\", \"/bin/busybox wc -c < /run/secrets/npm > /size\"]
COPY --from=127.0.0.1:PORT1/app:1 /bin/busybox /copied
";

#[test]
#[ignore = "needs an engine"]
fn an_image_is_built_from_that_of_another_service_with_the_logins_of_the_file() {
    let mut site = site();
    // BuildKit of Docker 20.10 knows no further contexts.
    if site.docker("version --format {{.Server.Version}}").starts_with("20.10") {
        return;
    }
    add_buildx(&site);
    let _registry = Registry::with_password(&site);
    site.set("BUILD_TOKEN", "hunter2-hunter2");
    site.write(OF_OTHERS);
    fs::create_dir(site.path().join("app")).unwrap();
    let broken = site.real(DOCKERFILE_OF_OTHERS);
    fs::write(site.path().join("app/Dockerfile"), &broken).unwrap();
    let built = |told: &str| {
        let lines = told.lines().filter(|line| line.contains(": built ") || line.contains(" is built on "));
        let images = lines.filter_map(|line| line.trim_start_matches("note: ").split(' ').next());
        images.map(|image| image.split('-').next_back().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let plan = site.succeed("plan app-unique");
    assert_eq!(built(&plan), ["base", "app"], "{plan}");
    let first = site.succeed("apply app-unique");
    assert_eq!(built(&first), ["base", "app"], "{first}");
    let shown = |path: &str| {
        let container = site.real("app-unique");
        site.docker(&format!("exec {container} /bin/busybox cat {path}")).trim().to_owned()
    };
    assert_eq!((shown("/page"), shown("/size")), ("one".into(), "15".into()));
    assert!(site.succeed("apply app-unique").contains("nothing to do"));
    // What an image is built from counts.
    fs::write(site.path().join("web/page"), "two\n").unwrap();
    let second = site.succeed("apply app-unique");
    assert_eq!((built(&second), shown("/page")), (vec!["base".to_owned(), "app".to_owned()], "two".into()));

    fs::write(site.path().join("web/Dockerfile"), "FROM scratch\nCOPY nothing /\n").unwrap();
    let failed = site.run("build app");
    let needed =
        site.real("env-unique-app was not built on local: it needs env-unique-base, which was not built");
    assert!(failed.code == Some(1) && failed.text.contains(&needed), "{}", failed.text);
}
