//! Projects of the shapes that people have: docker compose and Maestro start each of them, and both answer the same
//! requests with what its file `requests` says.

use std::{fs, path::Path};

use super::compose::{docker_compose, project};
use crate::support::{
    IMAGE,
    projects::{Application, FOLDER, answers, copy, requests},
    site::Site,
};

/// A range of addresses that no other test has.
fn subnet(site: &Site) -> String {
    let number = u32::from_str_radix(&site.real("unique")[1..], 16).unwrap();
    format!("10.{}.{}", 200 + number / 256 % 16, number % 256)
}

fn starts_through_both(name: &str) {
    let site = project("services: {}\n");
    fs::remove_file(site.path().join("compose.yaml")).unwrap();
    copy(&site, &Path::new(FOLDER).join(name), site.path());
    let file = site.path().join("compose.yaml");
    let subnetted = fs::read_to_string(&file).unwrap().replace("SUBNET", &subnet(&site));
    fs::write(&file, subnetted).unwrap();
    let text = fs::read_to_string(site.path().join("requests")).unwrap().replace("SUBNET", &subnet(&site));
    let requests = requests(&text);
    let _image = Application::new(&site, IMAGE);

    docker_compose(&site, "up -d");
    answers(&requests, "127.0.0.1", "docker compose");
    docker_compose(&site, "down -v -t 0");

    site.succeed("apply");
    answers(&requests, "127.0.0.1", "maestro");
    let planned = site.run("plan --detailed-exitcode");
    assert_eq!(planned.code, Some(0), "{}", planned.text);
    site.succeed("stop");
    let cleaned = site.succeed("clean --volumes --yes");
    let left =
        |list: &str| site.docker(&format!("{list} --filter label=com.docker.compose.project=env-unique"));
    for list in ["ps -aq", "network ls -q"] {
        assert_eq!(left(list), "", "{list}: {cleaned}");
    }
    // Only named volumes stay, which hold data.
    for volume in left("volume ls -q").lines() {
        assert!(volume.starts_with(&site.real("env-unique_")), "{volume}: {cleaned}");
        site.docker(&format!("volume rm {volume}"));
    }
}

/// A test for each project.
macro_rules! projects {
    ($($name:ident: $folder:literal,)*) => {
        $(
            #[test]
            #[ignore = "needs an engine"]
            fn $name() {
                starts_through_both($folder);
            }
        )*

        #[test]
        fn each_project_has_a_test() {
            let mut folders: Vec<String> = fs::read_dir(FOLDER)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != "app")
                .collect();
            folders.sort();
            let mut tested = vec![$($folder),*];
            tested.sort_unstable();
            assert_eq!(folders, tested);
        }
    };
}

projects! {
    addresses: "addresses",
    generator_and_sidecar: "generator-and-sidecar",
    hardened: "hardened",
    include_and_extends: "include-and-extends",
    migration: "migration",
    overrides: "overrides",
    profiles: "profiles",
    proxy_and_replicas: "proxy-and-replicas",
    queue_and_workers: "queue-and-workers",
    secrets_and_env_files: "secrets-and-env-files",
    web_and_store: "web-and-store",
    whole_shop: "whole-shop",
}
