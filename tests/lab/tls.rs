//! Ships behind TLS: what works, and whom Maestro does not talk to.

use std::thread;

use crate::{
    faults::file,
    support::{lab::Lab, normal},
};

/// What a ship's life looks like, however it is reached.
const LIFE: [&str; 6] =
    ["status", "start | tail -n 1", "status", "stop | tail -n 1", "clean | tail -n 1", "status"];

/// Starts and removes two ships' worth of instances, which is told alike over all transports.
pub fn lives(lab: &Lab) {
    insta::assert_snapshot!("life", lab.talk(&LIFE));
    assert_eq!(lab.things(), Vec::<String>::new());
}

/// What is said of two ships that nobody may talk to.
pub fn refused(lab: &Lab) -> String {
    let told = lab.talk(&["status", "start db"]);
    assert_eq!(lab.things(), Vec::<String>::new());
    told
}

#[test]
#[ignore = "needs a lab"]
fn an_environment_on_two_ships() {
    let lab = Lab::over("tls", &file(20));
    lives(&lab);
}

/// Both ships' engines show such a certificate from now on.
fn show(lab: &Lab, kind: &str) {
    thread::scope(|scope| {
        for ship in ["ship1", "ship2"] {
            scope.spawn(move || lab.command(&format!("certificate {ship} {kind}")));
        }
    });
}

#[test]
#[ignore = "needs a lab"]
fn engines_with_a_certificate_for_another_host() {
    let lab = Lab::over("tls", &file(10));
    show(&lab, "misnamed");
    let other = format!("elsewhere.{};", lab.variables["MAESTRO_LAB"]);
    // Where lines are wrapped depends on how long the lab's name is.
    let said = normal::unwrapped_from(&refused(&lab), 13).replace(&other, "elsewhere.lab;");
    insta::assert_snapshot!("misnamed", said);
}

#[test]
#[ignore = "needs a lab"]
fn engines_whose_certificate_has_expired() {
    let lab = Lab::over("tls", &file(10));
    show(&lab, "expired");
    insta::assert_snapshot!("expired", normal::without_dates(&refused(&lab)));
}

#[test]
#[ignore = "needs a lab"]
fn engines_with_a_certificate_by_another_authority() {
    let lab = Lab::over("tls", &file(10));
    show(&lab, "foreign");
    insta::assert_snapshot!("foreign", refused(&lab));
}

/// Once trusted is not trusted for good: the same file works before and after.
#[test]
#[ignore = "needs a lab"]
fn a_certificate_that_is_good_again() {
    let lab = Lab::over("tls", &file(10));
    show(&lab, "expired");
    assert_eq!(lab.run("start").code, Some(4));
    show(&lab, "good");
    lab.succeed("start");
    lab.succeed("stop");
}

#[test]
#[ignore = "needs a lab"]
fn no_client_certificate_and_one_by_another_authority() {
    let mut lab = Lab::over("tls", "SHIPS\n");
    let ships = lab.file("tls");
    let is_own = |line: &&str| line.contains("tls_cert:") || line.contains("tls_key:");
    let without: Vec<&str> = ships.split_inclusive('\n').filter(|line| !is_own(line)).collect();
    lab.write(&file(10).replace("SHIPS\n", &without.concat()));
    let missing = refused(&lab);
    let (own, strange) = ("/client/cert.pem", "/stranger/cert.pem");
    assert!(ships.contains(own), "{ships}");
    let strange = ships.replace(own, strange).replace("/client/key.pem", "/stranger/key.pem");
    lab.write(&file(10).replace("SHIPS\n", &strange));
    insta::assert_snapshot!("client_certificates", [missing, refused(&lab)].join("\n"));
}
