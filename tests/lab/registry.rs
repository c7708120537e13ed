//! Images from the lab's registry, which wants a password and has a certificate by the lab's authority: as whom, what
//! is said when it does not work, what is tried again, on both generations. No output has a password.

use std::fs;

use crate::{
    faults::RUNS,
    support::{lab::Lab, site::Running},
};

const HUB: &str = "IP-OF-REGI:5000";
const IMAGE: &str = "IP-OF-REGI:5000/cargo/unique:1";
/// The first ship's instances and the second's.
const FIRST: &str = "a1-unique";
const SECOND: &str = "b1-unique";
/// A password that is none.
const WRONG: &str = "wr0ng-pa55word";

/// A lab with an image in its registry that no ship has, and a file with two instances of it on each ship.
struct Registry {
    lab: Lab,
    /// What must not be seen.
    secrets: Vec<String>,
}

impl Registry {
    fn new() -> Self {
        let lab = Lab::with("SHIPS\n");
        let password = fs::read_to_string(&lab.variables["MAESTRO_LAB_REGISTRY_PASSWORD_FILE"]).unwrap();
        let secrets = vec![password.trim().to_owned(), WRONG.to_owned()];
        let mut registry = Self { lab, secrets };
        registry.push();
        let password = registry.secrets[0].clone();
        registry.lab.set("HUB_PASSWORD", &password);
        registry
    }

    /// Brings the image to the registry, through the second ship, which forgets it.
    fn push(&mut self) {
        let lab = &self.lab;
        let folder = lab.path().join("image");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("Dockerfile"), "FROM lab/busybox:1\nCOPY cargo /cargo\n").unwrap();
        // So much that a registry can stop in the middle of it, and that is in no other image.
        fs::write(folder.join("cargo"), lab.real("unique").repeat(100_000)).unwrap();
        let login = lab.path().join("login").display().to_string();
        let user = &lab.variables["MAESTRO_LAB_REGISTRY_USER"];
        let arguments = ["--config", &login, "login", "--username", user, "--password-stdin", HUB];
        lab.docker_on(2, &arguments, &self.secrets[0]);
        lab.docker_on(2, &["build", "--tag", IMAGE, folder.to_str().unwrap()], "");
        lab.docker_on(2, &["--config", &login, "push", IMAGE], "");
        lab.docker_on(2, &["image", "rm", IMAGE], "");
        let config = fs::read_to_string(lab.path().join("login/config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        let auth = config["auths"][lab.real(HUB)]["auth"].as_str().expect("Docker's login").to_owned();
        self.secrets.push(auth);
    }

    /// The user's own `docker login` is that of the push from now on.
    fn log_in(&self) {
        let folder = self.lab.path().join(".docker");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(self.lab.path().join("login/config.json"), folder.join("config.json")).unwrap();
    }

    /// Writes the file, with these lines of `registries`, ships that may take so many seconds, and that tag.
    fn write(&mut self, registries: &str, seconds: u32, tag: &str) {
        let registries = match registries {
            "" => String::new(),
            lines => format!("registries:\n  '{HUB}': {{{lines}}}\n"),
        };
        let ships = self.lab.file("tcp");
        let image = IMAGE.trim_end_matches('1');
        self.lab.write(&format!(
            "name: env-unique\n{registries}{ships}ship_defaults: {{timeout: {seconds}}}\nservices:\n  web:\n    \
             image: {image}{tag}\n    command: {RUNS}\n    net: none\n    instances:\n      a1-unique: {{ship: ship1}}\n      \
             a2-unique: {{ship: ship1}}\n      b1-unique: {{ship: ship2}}\n      b2-unique: {{ship: ship2}}\n"
        ));
    }

    /// What commands say, without a secret.
    fn told(&self, commands: &[&str]) -> String {
        self.no_secret(self.lab.talk(commands))
    }

    /// What is said of a pull on the first ship, and on the second.
    fn pulls(&self) -> String {
        self.told(&[&format!("pull {FIRST}"), &format!("pull {SECOND}")])
    }

    #[track_caller]
    fn no_secret(&self, text: String) -> String {
        for secret in &self.secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        text
    }
}

impl Drop for Registry {
    /// The image would be there for the next test; its containers have to go first.
    fn drop(&mut self) {
        self.lab.command("mend");
        self.lab.run("stop");
        self.lab.run("clean");
        for ship in [1, 2] {
            self.lab.docker_command(ship, &["image", "rm", "--force", IMAGE]).output().ok();
        }
    }
}

/// The login that the file has, the password from the environment.
const LOGIN: &str = "username: sailor, password: \"{{ env.HUB_PASSWORD }}\"";

/// The ships of all that is a pull, in the order of their names.
fn ships_of_pulls<'a>(list: impl IntoIterator<Item = &'a serde_json::Value>) -> Vec<&'a str> {
    let pulls = list.into_iter().filter(|one| one["action"] == "pull");
    let mut ships: Vec<&str> = pulls.map(|one| one["ship"].as_str().unwrap_or("none")).collect();
    ships.sort_unstable();
    ships
}

#[test]
#[ignore = "needs a lab"]
fn a_login_of_the_file_and_one_pull_a_ship() {
    let mut registry = Registry::new();
    registry.write(LOGIN, 20, "1");
    let plan = registry.no_secret(registry.lab.output("--output json plan").text);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(ships_of_pulls(plan["steps"].as_array().unwrap()), ["ship1", "ship2"], "{plan:#}");
    let (events, code) = registry.lab.json_lines("start");
    registry.no_secret(serde_json::to_string(&events).unwrap());
    assert_eq!(code, Some(0), "{events:#?}");
    let done = events.iter().filter(|event| event["event"] == "step-done");
    assert_eq!(ships_of_pulls(done), ["ship1", "ship2"], "{events:#?}");
    let status = registry.told(&["status"]);
    assert_eq!(status.matches(" up ").count(), 4, "{status}");
    let told = registry.told(&["config --show-secrets", "plan", "stop", "pull"]);
    assert!(told.contains("password: (never shown)"), "{told}");
}

#[test]
#[ignore = "needs a lab"]
fn a_login_of_docker() {
    let mut registry = Registry::new();
    registry.write("", 20, "1");
    let without = registry.pulls();
    registry.log_in();
    insta::assert_snapshot!("docker_login", [without, registry.pulls()].join("\n"));
}

#[test]
#[ignore = "needs a lab"]
fn a_wrong_password_and_a_missing_tag() {
    let mut registry = Registry::new();
    registry.write(&format!("username: sailor, password: {WRONG}"), 20, "1");
    let wrong = registry.pulls();
    registry.write(LOGIN, 20, "9");
    insta::assert_snapshot!("wrong_password_and_missing_tag", [wrong, registry.pulls()].join("\n"));
}

#[test]
#[ignore = "needs a lab"]
fn a_registry_that_answers_with_errors() {
    let mut registry = Registry::new();
    // An engine tries six times itself to get what belongs to an image.
    registry.write(&format!("{LOGIN}, retry: {{attempts: 2}}"), 60, "1");
    let told = ["answer 500", "answer 500 /manifests/", "answer 500 /blobs/"].map(|fault| {
        registry.lab.command(&format!("registry {fault}"));
        let told = format!("$ ./lab registry {fault}\n{}", registry.pulls());
        registry.lab.command("registry heal");
        told
    });
    insta::assert_snapshot!("errors", told.join("\n"));
}

#[test]
#[ignore = "needs a lab"]
fn a_registry_that_stops_in_the_middle_of_a_layer() {
    let mut registry = Registry::new();
    registry.write(&format!("{LOGIN}, retry: {{attempts: 1}}"), 2, "1");
    registry.lab.command("registry stall /blobs/");
    let stalled = registry.pulls();
    registry.lab.command("registry heal");
    registry.write(LOGIN, 20, "1");
    insta::assert_snapshot!("stalled", [stalled, registry.pulls()].join("\n"));
}

#[test]
#[ignore = "needs a lab"]
fn no_registry() {
    let mut registry = Registry::new();
    registry.write(&format!("{LOGIN}, retry: {{attempts: 1}}"), 20, "1");
    registry.lab.command("registry stop");
    insta::assert_snapshot!("none", registry.pulls());
}

/// It is well again before the last try.
#[test]
#[ignore = "needs a lab"]
fn a_registry_that_was_ill_for_a_moment() {
    let mut registry = Registry::new();
    registry.write(&format!("{LOGIN}, retry: {{attempts: 6}}"), 20, "1");
    for instance in [FIRST, SECOND] {
        registry.lab.command("registry answer 503");
        let mut pull = Running::begin(registry.lab.maestro(&format!("pull {instance}")), true);
        pull.says("try 2 of 6");
        registry.lab.command("registry heal");
        let said = pull.end();
        let text = registry.no_secret(said.text);
        let is_told = crate::support::normal::unwrapped(&text).contains("pulled sha256:");
        assert!(said.code == Some(0) && is_told, "{text}");
    }
}
