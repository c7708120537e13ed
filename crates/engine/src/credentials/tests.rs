//! What is found, and what is said where it is not, without ever telling a secret.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use super::*;
use maestro_core::model::registry::{Credential, HelperFault, Registry, Retry, Secret};

const SECRET: &str = "c4nary-pa55word";
/// `deploy:c4nary-pa55word`
const AUTH: &str = "ZGVwbG95OmM0bmFyeS1wYTU1d29yZA==";

/// A home with Docker's configuration, and a folder of helpers.
struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.0.path().join(".docker")).unwrap();
        fs::write(home.0.path().join(".docker/config.json"), config).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes the helper `docker-credential-NAME`. It finds what it is asked for in `$server`.
    fn helper(&self, name: &str, script: &str) {
        let path = self.path().join(format!("docker-credential-{name}"));
        let text = format!("#!/bin/sh\n[ \"$1\" = get ] || exit 9\nread -r server\n{script}\n");
        // Written by another process: what this one had open for writing could not be run while another test forks.
        let mut writer = Command::new("sh")
            .args(["-c", "cat >\"$1\" && chmod +x \"$1\"", "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
    }

    fn variables(&self) -> BTreeMap<String, String> {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.path().display());
        let home = self.path().display().to_string();
        BTreeMap::from([("HOME".to_owned(), home), ("PATH".to_owned(), path)])
    }

    async fn found(&self, image: &str) -> FoundLogin {
        let found = Credentials::new(&self.variables()).find(&environment(), image).await;
        assert!(!format!("{found:?}").contains(SECRET), "{found:?}");
        found
    }
}

fn environment() -> Environment {
    Environment {
        sensitive: maestro_core::value::secret::Sensitive::default(),
        name: "shop".into(),
        ships: Vec::new(),
        services: Vec::new(),
        instances: Vec::new(),
        registries: vec![Registry {
            name: "mine".into(),
            address: "mine.example".into(),
            login: Some(login("filer")),
            retry: Retry::default(),
        }],
        audit: Vec::new(),
        container_names: None,
        declared_networks: Vec::new(),
        inactive: Vec::new(),
        inactive_instances: Vec::new(),
        found: BTreeMap::new(),
        volumes: Vec::new(),
    }
}

fn login(username: &str) -> RegistryLogin {
    RegistryLogin { username: username.into(), proof: Credential::Password(Secret::new(SECRET)), email: None }
}

#[tokio::test]
async fn the_file_comes_first_and_then_nothing_is_read() {
    let home = Home::new("{ this is not JSON");
    let found = home.found("mine.example/web").await;
    assert_eq!(found.login, Some(login("filer")));
    assert_eq!((found.origin, found.trouble), (LoginOrigin::File { name: "mine".into() }, None));
}

#[tokio::test]
async fn docker_login_is_found_under_all_its_keys() {
    let keys = [
        ("quay.io", "quay.io/shop/web:1"),
        ("https://quay.io/v1/", "quay.io/web"),
        ("http://10.0.0.9:5000", "10.0.0.9:5000/web"),
        ("https://index.docker.io/v1/", "nginx"),
        ("https://index.docker.io/v1/", "docker.io/shop/web"),
        ("docker.io", "shop/web"),
    ];
    for (key, image) in keys {
        let home = Home::new(&format!(r#"{{"auths":{{"{key}":{{"auth":"{AUTH}"}},"other.example":{{}}}}}}"#));
        let found = home.found(image).await;
        assert_eq!(found.login, Some(login("deploy")), "{key} {image}");
        let path = home.path().join(".docker/config.json");
        assert_eq!(found.origin, LoginOrigin::Configuration { path });
        assert_eq!(home.found("elsewhere.example/web").await.login, None);
    }
}

#[tokio::test]
async fn logins_have_several_forms() {
    for (auth, expected) in [
        (format!(r#"{{"username":"deploy","password":"{SECRET}"}}"#), login("deploy")),
        (
            format!(r#"{{"auth":"{AUTH}","identitytoken":"{SECRET}"}}"#),
            RegistryLogin { proof: Credential::IdentityToken(Secret::new(SECRET)), ..login("deploy") },
        ),
        // Padded with zeros.
        (r#"{"auth":"ZGVwbG95OmM0bmFyeS1wYTU1d29yZAAA"}"#.to_owned(), login("deploy")),
    ] {
        let home = Home::new(&format!(r#"{{"auths":{{"r.example":{auth}}}}}"#));
        assert_eq!(home.found("r.example/web").await.login, Some(expected));
    }
}

#[tokio::test]
async fn another_directory_and_the_file_of_old() {
    let home = Home::new("{}");
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("config.json"),
        format!(r#"{{"auths":{{"r.example":{{"auth":"{AUTH}"}}}}}}"#),
    )
    .unwrap();
    let mut variables = home.variables();
    variables.insert("DOCKER_CONFIG".into(), directory.path().display().to_string());
    let found = Credentials::new(&variables).find(&environment(), "r.example/web").await;
    assert_eq!(found.login, Some(login("deploy")));

    fs::remove_file(home.path().join(".docker/config.json")).unwrap();
    fs::write(
        home.path().join(".dockercfg"),
        format!(r#"{{"r.example":{{"auth":"{AUTH}","email":"a@b"}}}}"#),
    )
    .unwrap();
    assert_eq!(home.found("r.example/web").await.login, Some(login("deploy")));
}

#[tokio::test]
async fn what_is_not_understood_is_told_without_its_words() {
    let home = Home::new(&format!("{{\"auths\": {{\"r.example\": {{\"auth\": \"{SECRET}\" oops"));
    let found = home.found("r.example/web").await;
    let trouble = found.trouble.unwrap();
    assert!(matches!(trouble, LoginProblem::ConfigurationMalformed { line: 1, .. }), "{trouble:?}");
    let home = Home::new(&format!(r#"{{"auths":{{"r.example":{{"auth":"{SECRET}"}}}}}}"#));
    let trouble = home.found("r.example/web").await.trouble.unwrap();
    let LoginProblem::EntryMalformed { key, registry, .. } = &trouble else { panic!("{trouble:?}") };
    assert_eq!((key.as_str(), registry.as_str()), ("r.example", "r.example"));
    let home = Home::new(&format!(r#"{{"auths":[{{"password":"{SECRET}"}}]}}"#));
    let trouble = home.found("r.example/web").await.trouble.unwrap();
    assert!(!format!("{trouble:?}").contains(SECRET), "{trouble:?}");
}

#[tokio::test]
async fn a_helper_is_asked_by_the_name_of_the_registry() {
    let config = r#"{"credsStore":"all","credHelpers":{"r.example":"own"},"auths":{"s.example":{}}}"#;
    let home = Home::new(config);
    let answer = format!(r#"printf '{{"ServerURL":"%s","Username":"%s","Secret":"{SECRET}"}}' "$server""#);
    home.helper("own", &format!("{answer} \"own-$server\""));
    home.helper("all", &format!("{answer} \"all-$server\""));
    for (image, user, program) in [
        ("r.example/web", "own-r.example", "docker-credential-own"),
        ("s.example/web", "all-s.example", "docker-credential-all"),
        ("nginx", "all-https://index.docker.io/v1/", "docker-credential-all"),
    ] {
        let found = home.found(image).await;
        assert_eq!(found.login, Some(login(user)));
        assert_eq!(found.origin, LoginOrigin::Helper { program: program.into() });
    }
    home.helper("own", &format!("{answer} '<token>'"));
    let token = RegistryLogin {
        username: String::new(),
        proof: Credential::IdentityToken(Secret::new(SECRET)),
        email: None,
    };
    assert_eq!(home.found("r.example/web").await.login, Some(token));
}

#[tokio::test]
async fn a_helper_that_knows_nothing_is_no_trouble() {
    let home = Home::new(&format!(r#"{{"credsStore":"all","auths":{{"r.example":{{"auth":"{AUTH}"}}}}}}"#));
    home.helper("all", "echo 'credentials not found in native keychain'; exit 1");
    let found = home.found("r.example/web").await;
    assert_eq!((found.login, found.trouble), (Some(login("deploy")), None));
    let found = home.found("s.example/web").await;
    assert_eq!((found.login, found.origin, found.trouble), (None, LoginOrigin::NotFound, None));
}

#[tokio::test]
async fn a_helper_that_fails_is_told() {
    let home = Home::new(r#"{"credsStore":"all"}"#);
    let fault = |problem| match problem {
        LoginProblem::Helper { program, server, fault } => {
            assert_eq!((program.as_str(), server.as_str()), ("docker-credential-all", "r.example"));
            fault
        }
        problem => panic!("{problem:?}"),
    };
    let missing = home.found("r.example/web").await.trouble.unwrap();
    assert_eq!(fault(missing), HelperFault::NotInstalled);
    home.helper("all", "echo 'the keyring is locked' >&2; exit 3");
    let failed = home.found("r.example/web").await.trouble.unwrap();
    let (status, words) = ("exit status: 3".to_owned(), "the keyring is locked".to_owned());
    assert_eq!(fault(failed), HelperFault::Failed { status, words });
    home.helper("all", &format!("echo '{SECRET}'"));
    let strange = home.found("r.example/web").await.trouble.unwrap();
    assert_eq!(fault(strange), HelperFault::Malformed);
    // It would never end by itself.
    home.helper("all", "exec tail -f /dev/null");
    let timeout = Duration::from_millis(200);
    let slow = helper::get_within(timeout, "all", "r.example", &home.variables()).await.unwrap_err();
    assert_eq!(fault(slow), HelperFault::Timeout(timeout));
}

#[tokio::test]
async fn each_registry_is_looked_up_once() {
    let home = Home::new(r#"{"credsStore":"all"}"#);
    let count = home.path().join("count");
    home.helper("all", &format!("echo asked >>{}; echo 'credentials not found'; exit 1", count.display()));
    let credentials = Credentials::new(&home.variables());
    let environment = environment();
    let asked = ["r.example/a", "r.example/b:2", "r.example/a"];
    futures_util::future::join_all(asked.map(|image| credentials.find(&environment, image))).await;
    assert_eq!(fs::read_to_string(&count).unwrap(), "asked\n");
}
