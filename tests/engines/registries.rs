//! Images from registries: as whom, what is said when it does not work, what is tried again. No output has a password.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::atomic::Ordering};

use crate::{
    failures::RUNS,
    support::{
        IMAGE,
        registry::{Badly, PASSWORD, Registry, USER, bad},
        site::Site,
    },
};

const ADDRESS: &str = "127.0.0.1:PORT1";
/// `deploy:c4nary-pa55word` in base64.
const AUTH: &str = "ZGVwbG95OmM0bmFyeS1wYTU1d29yZA==";

/// A file with these registries, in which `web` has this image of the registry at `PORT1`.
fn file(registries: &str, image: &str) -> String {
    format!(
        "name: env-unique\n{registries}ships:\n  local: {{host: 'unix://SOCKET', ip: localhost, timeout: 20}}\nservices:\n  \
         web:\n    image: {ADDRESS}/{image}\n    command: [/bin/busybox, sh, -c, \"{RUNS}\"]\n    instances:\n      \
         web-unique: {{}}\n      web2-unique: {{}}\n"
    )
}

/// A site with such a file.
fn site(registries: &str, image: &str) -> Site {
    let mut site = Site::new("");
    write(&mut site, registries, image);
    site
}

fn write(site: &mut Site, registries: &str, image: &str) {
    let text = file(registries, image).replace("SOCKET", site.socket().to_str().unwrap());
    site.write(&text);
}

/// The `registries` of a file, with this login.
fn with_login(user: &str, password: &str) -> String {
    format!("registries:\n  '{ADDRESS}': {{username: {user}, password: {password}, email: a@b.example}}\n")
}

/// What commands say, without the password.
fn transcripts(site: &Site, commands: &[&str]) -> String {
    let told = site.transcripts(commands);
    no_secret(&told);
    told
}

#[track_caller]
fn no_secret(text: &str) {
    for secret in [PASSWORD, AUTH, "wr0ng-pa55word"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Docker's configuration in the user's home.
fn configure_docker(site: &Site, json: &str) {
    let folder = site.path().join(".docker");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.json"), site.real(json)).unwrap();
}

#[test]
#[ignore = "needs an engine"]
fn a_login_of_the_file() {
    let site = site(&with_login(USER, PASSWORD), "app:1");
    let _registry = Registry::with_password(&site);
    let told = transcripts(&site, &["config", "plan", "pull", "pull", "start -c 1 -r web-unique"]);
    insta::assert_snapshot!(told);
    for command in ["config", "plan", "pull", "start -r", "status"] {
        let said = site.run(&format!("--output json {command}"));
        assert_eq!(said.code, Some(0), "{command}: {}", said.text);
        no_secret(&said.text);
    }
    no_secret(&site.run("config --show-secrets").text);
}

#[test]
#[ignore = "needs an engine"]
fn a_login_of_docker() {
    let site = site("", "app:1");
    let _registry = Registry::with_password(&site);
    configure_docker(
        &site,
        &format!("{{\"auths\": {{\"http://{ADDRESS}/v1/\": {{\"auth\": \"{AUTH}\"}}}}}}"),
    );
    no_secret(&site.succeed("pull"));
    site.docker(&format!("image rm {ADDRESS}/app:1"));
    configure_docker(&site, "{\"auths\": [");
    insta::assert_snapshot!(transcripts(&site, &["pull -c 1"]));
}

#[test]
#[ignore = "needs an engine"]
fn a_login_of_a_helper() {
    let mut site = site("", "app:1");
    let _registry = Registry::with_password(&site);
    configure_docker(&site, &format!("{{\"credHelpers\": {{\"{ADDRESS}\": \"test\"}}}}"));
    let helper = site.path().join("docker-credential-test");
    let answer = format!(r#"{{"ServerURL":"x","Username":"{USER}","Secret":"{PASSWORD}"}}"#);
    fs::write(&helper, format!("#!/bin/sh\ncat >asked\necho '{answer}'\n")).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let missing = transcripts(&site, &["pull -c 1"]);
    let path = format!("{}:{}", site.path().display(), std::env::var("PATH").unwrap());
    site.set("PATH", &path);
    no_secret(&site.succeed("pull"));
    assert_eq!(fs::read_to_string(site.path().join("asked")).unwrap(), site.real(ADDRESS));
    insta::assert_snapshot!(missing);
}

#[test]
#[ignore = "needs an engine"]
fn a_login_that_is_wrong_or_missing_and_an_image_that_is_not_there() {
    let mut site = site(&with_login(USER, "wr0ng-pa55word"), "app:1");
    let _registry = Registry::with_password(&site);
    let mut told = transcripts(&site, &["pull -c 1"]);
    write(&mut site, "", "app:1");
    told += &transcripts(&site, &["start -c 1"]);
    write(&mut site, &with_login(USER, PASSWORD), "app:9");
    told += &transcripts(&site, &["pull -c 1"]);
    insta::assert_snapshot!(told);
}

#[test]
#[ignore = "needs an engine"]
fn a_registry_that_is_ill_for_a_moment() {
    let site = site("", "app:1");
    let _registry = Registry::open(&site);
    let count = bad(&site, Badly::Status(503), 3);
    insta::assert_snapshot!(transcripts(&site, &["pull"]));
    assert_eq!(count.load(Ordering::SeqCst), 3);
    site.docker(&format!("image rm {ADDRESS}/app:1"));
}

#[test]
#[ignore = "needs an engine"]
fn a_registry_that_is_ill() {
    let retry = format!("registries: {{'{ADDRESS}': {{retry: {{attempts: 2, when: [500]}}}}}}\n");
    let site = site(&retry, "app:1");
    bad(&site, Badly::Status(500), usize::MAX);
    insta::assert_snapshot!(transcripts(&site, &["pull"]));
    let (events, code) = site.json_lines("pull");
    assert_eq!(code, Some(1));
    let retried: Vec<_> = events.iter().filter(|event| event["event"] == "step-retried").collect();
    assert_eq!(retried.len(), 1, "{events:#?}");
    assert_eq!(retried[0]["reason"], "the registry returned status 500");
}

#[test]
#[ignore = "needs an engine"]
fn a_registry_that_falls_silent() {
    let retry = format!("registries: {{'{ADDRESS}': {{retry: {{attempts: 1}}}}}}\n");
    let mut site = site("", "app:1");
    let text = file(&retry, "app:1").replace("timeout: 20", "timeout: 1");
    site.write(&text.replace("SOCKET", site.socket().to_str().unwrap()));
    bad(&site, Badly::Silently, usize::MAX);
    insta::assert_snapshot!(transcripts(&site, &["pull"]));
}

/// `run` pulls an image that its ship does not have, with the retries of the environment.
#[test]
#[ignore = "needs an engine"]
fn a_one_off_container_waits_for_a_registry_that_is_ill() {
    let retry = format!("registries: {{'{ADDRESS}': {{retry: {{attempts: 2}}}}}}\n");
    let mut site = site(&retry, "app:1");
    let _registry = Registry::open(&site);
    // Three requests are answered badly, which is more than a try.
    let answers = bad(&site, Badly::Status(503), usize::MAX);
    answers.store(usize::MAX - 3, Ordering::SeqCst);
    let said = site.run("run web-unique /bin/busybox echo hello");
    let network = "network maestro-env-unique does not exist on ship local";
    assert!(said.text.contains(&site.real(network)), "{}", said.text);
    assert!(said.text.contains(&site.real("`maestro apply web-unique` creates it")), "{}", said.text);
    assert_eq!((said.code, answers.load(Ordering::SeqCst)), (Some(1), usize::MAX - 3));
    site.docker("network create --label maestro.environment=env-unique maestro-env-unique");
    let said = site.run("run web-unique /bin/busybox echo hello");
    assert!(said.text.contains("try 2 of 2 in 1.0 s: the registry returned status 503"), "{}", said.text);
    assert!(said.text.ends_with("hello\n") && said.code == Some(0), "{}", said.text);
    site.docker(&format!("image rm {ADDRESS}/app:1"));
    write(&mut site, &retry, "app:9");
    let said = site.run("run web-unique true");
    assert!(said.text.contains("has no such image or tag"), "{}", said.text);
    assert!(said.text.contains("help: ") && said.code == Some(1), "{}", said.text);
    write(&mut site, &retry, "app:1");
    answers.store(0, Ordering::SeqCst);
    let said = site.run("run web-unique true");
    assert!(said.text.contains("was not pulled, 2 times: "), "{}", said.text);
    assert_eq!(said.code, Some(1));
}

/// Without the spaces that depend on how old an image is.
fn narrow(told: &str) -> String {
    let narrow = regex::Regex::new(" {2,}").unwrap().replace_all(told, "  ").into_owned();
    let age = regex::Regex::new("  (1 second|less than a minute|[0-9]+ (hours?|days?)) ago").unwrap();
    age.replace_all(&narrow, "  AGE").into_owned()
}

/// Pushes another image by the name that the file has: it says in a label which one it is.
fn push_next(site: &Site, number: u32) -> String {
    let (tag, container) = (site.real("127.0.0.1:PORT2/app:1"), site.real("next-unique"));
    site.docker(&format!("create --name {container} {IMAGE} true"));
    site.docker(&format!("commit -c \"LABEL next={number}\" {container} {tag}"));
    site.docker(&format!("rm {container}"));
    site.docker(&format!("push {tag}"));
    let id = site.docker(&format!("image inspect -f {{{{.Id}}}} {tag}")).trim().to_owned();
    // The ship has to pull it.
    site.docker(&format!("image rm {tag}"));
    id
}

/// The id of the image that an instance runs.
fn image_of(site: &Site, instance: &str) -> String {
    site.docker(&site.real(&format!("inspect -f {{{{.Image}}}} {instance}"))).trim().to_owned()
}

#[test]
#[ignore = "needs an engine"]
fn a_tag_that_stands_for_another_image_is_told_pulled_and_rolled_back() {
    let mut site = Site::new("");
    let registry = Registry::open(&site);
    let own = format!(
        "  own:\n    image: {IMAGE}\n    command: [/bin/busybox, sh, -c, \"{RUNS}\"]\n    instances: {{own-unique: {{}}}}\n"
    );
    let text = file("", "app:1").replace("PORT1", "PORT2") + &own;
    site.write(&text.replace("SOCKET", site.socket().to_str().unwrap()));
    let first = push_next(&site, 1);
    site.succeed("apply");
    assert_eq!(image_of(&site, "web-unique"), first);
    let mut told = transcripts(&site, &["outdated web", "outdated -q", "apply --pull --dry-run"]);
    let second = push_next(&site, 2);
    told += &transcripts(
        &site,
        &["outdated web", "outdated -q", "outdated --detailed-exitcode own web-unique", "plan --pull web"],
    );
    let json: serde_json::Value = serde_json::from_str(&site.output("--output json outdated").text).unwrap();
    assert_eq!(maestro_report::schema::undescribed(&json, maestro_report::schema::OUTDATED), [""; 0]);
    let states: Vec<_> = json["instances"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["outdated", "outdated", "local"], "{json}");

    site.succeed("apply --pull");
    assert_eq!(
        ["web-unique", "web2-unique"].map(|name| image_of(&site, name)),
        [(); 2].map(|()| second.clone())
    );
    assert_eq!(site.succeed("history -q").trim(), "2\n1", "one revision more");
    told += &transcripts(&site, &["outdated web", "apply --pull own"]);

    // The very image comes back, though the tag stands for another; then also if the ship does not have it any more.
    site.succeed("rollback 1");
    assert_eq!(image_of(&site, "web-unique"), first);
    site.succeed("rollback 2");
    assert_eq!(image_of(&site, "web-unique"), second);
    let by_digest =
        site.docker(&format!("image inspect -f {{{{range.RepoDigests}}}}{{{{.}}}}{{{{end}}}} {first}"));
    site.docker(&format!("image rm {}", by_digest.trim()));
    assert!(!site.docker("image ls --no-trunc -q -a").contains(&first));
    site.succeed("rollback 1");
    assert_eq!(image_of(&site, "web-unique"), first);

    drop(registry);
    told += &transcripts(&site, &["outdated web own", "apply --pull web-unique"]);
    assert_eq!(image_of(&site, "web-unique"), first);
    insta::assert_snapshot!(narrow(&told));
}

#[test]
#[ignore = "needs an engine"]
fn a_registry_that_does_not_tell_is_no_reason_to_leave_the_rest_out() {
    let mut site = site(&with_login(USER, PASSWORD), "app:1");
    let _registry = Registry::with_password(&site);
    site.succeed("start web-unique");
    write(&mut site, "", "app:1");
    insta::assert_snapshot!(narrow(&transcripts(&site, &["outdated", "plan --pull"])));
    let json: serde_json::Value = serde_json::from_str(&site.output("--output json outdated").text).unwrap();
    let instance = &json["instances"][0];
    assert_eq!(instance["state"], "unknown");
    assert!(instance["help"].as_str().unwrap().contains("docker login 127.0.0.1:"), "{json}");
}

#[test]
#[ignore = "needs an engine"]
fn images_go_with_their_environment_and_are_pushed() {
    let mut site = Site::new("");
    let registry = Registry::open(&site);
    site.write(
        &file("", "app:1").replace("PORT1", "PORT2").replace("SOCKET", site.socket().to_str().unwrap()),
    );
    let id = push_next(&site, 3);
    site.succeed("apply");
    assert_eq!(image_of(&site, "web-unique"), id);
    let mut told = transcripts(&site, &["clean --images", "push", "down --images --dry-run"]);
    assert!(site.docker("image ls --no-trunc -q").contains(&id));
    let down = site.succeed("down --images");
    assert!(down.contains("1 image removed") && down.contains("freed on ship local"), "{down}");
    assert!(!site.docker("image ls --no-trunc -q -a").contains(&id));
    drop(registry);
    told += &transcripts(&site, &["push web-unique"]);
    insta::assert_snapshot!(told);
}

#[test]
#[ignore = "needs an engine"]
fn a_registry_that_limits_or_forbids() {
    let told = [Badly::Limits, Badly::Status(401), Badly::Status(403)].map(|badly| {
        let site = site("", "app:1");
        let count = bad(&site, badly, usize::MAX);
        let told = transcripts(&site, &["pull -c 1"]);
        // It is asked no further.
        assert!(count.load(Ordering::SeqCst) <= 3, "{told}");
        told
    });
    insta::assert_snapshot!(told.concat());
}

/// Containerd's store names a digest for each image, so only the registry tells that it does not have one.
#[test]
#[ignore = "needs an engine"]
fn an_image_that_its_registry_does_not_have_is_the_ships_own_whatever_store_it_is_in() {
    let mut site = Site::new("");
    let _registry = Registry::open(&site);
    let text = file("", "own:1").replace("PORT1", "PORT2").replace("SOCKET", site.socket().to_str().unwrap());
    site.write(&text);
    let own = site.real("127.0.0.1:PORT2/own:1");
    site.docker(&format!("tag {IMAGE} {own}"));
    site.succeed("apply");
    let json: serde_json::Value = serde_json::from_str(&site.output("--output json outdated").text).unwrap();
    let states: Vec<_> = json["instances"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["local", "local"], "{json}");
    for command in ["apply --pull --dry-run", "apply --pull", "plan --pull"] {
        let told = site.succeed(command);
        assert!(!told.contains("warning") && told.contains("2 unchanged"), "{command}: {told}");
    }
    // Once it is pushed, its registry tells what it has.
    site.docker(&format!("push {own}"));
    let json: serde_json::Value = serde_json::from_str(&site.output("--output json outdated").text).unwrap();
    assert_eq!(json["instances"][0]["state"], "current", "{json}");
    site.succeed("down");
    site.docker(&format!("image rm {own}"));
}
