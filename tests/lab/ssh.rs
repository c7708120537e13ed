//! Ships behind SSH: what works, with how many logins, and where nobody logs in.

use std::{fs, path::Path};

use crate::{
    faults::{RUNS, file},
    support::{lab::Lab, normal},
    tls::{lives, refused},
};

const SHIPS: [&str; 2] = ["ship1", "ship2"];

/// Ships that are `host: ssh://…`.
const BY_HOST: &str = "ships:
  ship1: {host: 'ssh://root@IP-OF-SHIP1'}
  ship2: {host: 'ssh://root@IP-OF-SHIP2/run/docker.sock'}
";

fn logins(lab: &Lab) -> [usize; 2] {
    SHIPS.map(|ship| lab.logins(ship))
}

/// A life takes a login a ship for each of its commands.
fn lives_through_ssh(lab: &Lab) {
    let before = logins(lab);
    lives(lab);
    assert_eq!(logins(lab), before.map(|count| count + 6));
    lab.no_ssh_is_left();
}

#[test]
#[ignore = "needs an engine and sshd"]
fn an_environment_on_two_ships_through_tunnels() {
    let lab = Lab::over("ssh", &file(20));
    lives_through_ssh(&lab);
}

#[test]
#[ignore = "needs an engine and sshd"]
fn an_environment_on_two_ships_by_their_hosts() {
    let mut lab = Lab::over("ssh", "SHIPS\n");
    lab.write(&file(20).replace("SHIPS\n", BY_HOST));
    lives_through_ssh(&lab);
}

#[test]
#[ignore = "needs a lab"]
fn twenty_instances_a_ship_take_one_login_each() {
    let instances = |ship: &str| -> String {
        let one = |number| format!("      {ship}-{number}-unique: {{ship: {ship}}}\n");
        (1..=20).map(one).collect()
    };
    let service = format!(
        "name: env-unique\nSHIPS\nservices:\n  web:\n    image: lab/busybox:1\n    command: {RUNS}\n    net: none\n    \
         instances:\n{}{}",
        instances("ship1"),
        instances("ship2")
    );
    let lab = Lab::over("ssh", &service);
    for command in ["start", "status", "stop"] {
        let before = logins(&lab);
        let said = lab.succeed(command);
        assert_eq!(logins(&lab), before.map(|count| count + 1), "{command}: {said}");
        if command == "status" {
            assert_eq!(said.matches(" up ").count(), 40, "{said}");
        }
    }
    lab.no_ssh_is_left();
}

#[test]
#[ignore = "needs a lab"]
fn ships_with_another_host_key() {
    let lab = Lab::over("ssh", &file(10));
    let before = logins(&lab);
    for ship in SHIPS {
        lab.command(&format!("rekey {ship}"));
    }
    insta::assert_snapshot!("rekeyed", normal::without_fingerprints(&refused(&lab)));
    assert_eq!(logins(&lab), before);
    lab.no_ssh_is_left();
    lab.command("mend");
    lab.succeed("start");
    lab.succeed("stop");
}

#[test]
#[ignore = "needs a lab"]
fn ships_whose_host_keys_nobody_knows() {
    let mut lab = Lab::over("ssh", &file(10));
    let before = logins(&lab);
    let known = lab.variables["MAESTRO_LAB_SSH_KNOWN_HOSTS"].clone();
    let none = lab.path().join("known_hosts");
    fs::write(&none, "").unwrap();
    let config = fs::read_to_string(Path::new(&lab.variables["MAESTRO_LAB_SSH_CONFIG"])).unwrap();
    assert!(config.contains(&known), "{config}");
    let own = lab.path().join("ssh-config");
    fs::write(&own, config.replace(&known, none.to_str().unwrap())).unwrap();
    lab.use_ssh(&own);
    insta::assert_snapshot!("unknown", normal::without_fingerprints(&refused(&lab)));
    assert_eq!(logins(&lab), before);
    assert_eq!(fs::read_to_string(none).unwrap(), "", "a key was learnt");
    lab.no_ssh_is_left();
}
