//! Holds what comes from others to what is declared; see `docs/supply-chain.md`. `cargo deny` does the rest; what of it
//! needs no more than `cargo metadata` is tested here too, since few machines have it.

use std::{fs, process::Command};

use serde_json::Value;

/// What cargo says of all packages that are compiled here, those of the tests too.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &host()])
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn host() -> String {
    let output = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("a host").to_owned()
}

/// 1.89 as (1, 89); what is after it makes no difference to a language or a library.
fn release(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().expect("a major version"), parts.next().unwrap_or(0))
}

#[test]
fn no_package_needs_a_newer_rust_than_is_declared() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let asked = |package: &Value| package["rust_version"].as_str().map(release);
    let own = packages.iter().find(|package| package["name"] == "maestro").and_then(asked).expect("ours");
    let newer: Vec<_> = packages
        .iter()
        .filter(|package| asked(package) > Some(own))
        .map(|package| &package["name"])
        .collect();
    assert!(newer.is_empty(), "they need a newer Rust than {own:?}: {newer:?}");
    assert!(packages.len() > 100, "{} packages are not all", packages.len());
}

#[test]
fn every_package_is_from_the_registry_and_has_a_checksum() {
    let lock = fs::read_to_string("Cargo.lock").expect("Cargo.lock");
    for package in lock.split("[[package]]").skip(1) {
        let has = |key: &str| package.lines().any(|line| line.starts_with(key));
        let name = package.lines().find_map(|line| line.strip_prefix("name = ")).expect("a name");
        let own = name.starts_with("\"maestro");
        assert!(own != has("source = \"registry+https://github.com/rust-lang/crates.io-index\""), "{name}");
        assert!(own != has("checksum = "), "{name}");
    }
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let rules = fs::read_to_string("deny.toml").expect("deny.toml");
    let list = rules.lines().find_map(|line| line.strip_prefix("allow = [")).expect("the list");
    let names = list.trim_end_matches(']').split(',').map(|name| name.trim().trim_matches('"').to_owned());
    names.collect()
}

/// Whether some choice that a licence expression leaves open is allowed. `AND` binds closer than `OR`, as in SPDX.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (is_allowed, rest) = any(&words, allowed);
    assert!(rest.is_empty(), "{expression}");
    is_allowed
}

fn any<'w>(words: &'w [&'w str], allowed: &[String]) -> (bool, &'w [&'w str]) {
    let (mut one, mut rest) = all(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (other, after) = all(after, allowed);
        (one, rest) = (one || other, after);
    }
    (one, rest)
}

fn all<'w>(words: &'w [&'w str], allowed: &[String]) -> (bool, &'w [&'w str]) {
    let (mut every, mut rest) = single(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (other, after) = single(after, allowed);
        (every, rest) = (every && other, after);
    }
    (every, rest)
}

fn single<'w>(words: &'w [&'w str], allowed: &[String]) -> (bool, &'w [&'w str]) {
    match words {
        ["(", inner @ ..] => {
            let (is_allowed, rest) = any(inner, allowed);
            (is_allowed, rest.strip_prefix(&[")"]).expect("a closing parenthesis"))
        }
        [name, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{name} WITH {exception}")), rest),
        [name, rest @ ..] => (allowed.iter().any(|one| one == name), rest),
        [] => panic!("a licence"),
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_says() {
    let allowed = ["MIT", "ISC"].map(str::to_owned);
    for (expression, is) in [
        ("MIT", true),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
        ("MIT WITH LLVM-exception", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), is, "{expression}");
    }
}

#[test]
fn every_package_has_a_licence_that_is_allowed() {
    let (metadata, allowed) = (metadata(), allowed());
    let packages = metadata["packages"].as_array().expect("packages").iter();
    // The fuzzers' library is in no program that is given out, and `cargo deny` does not look at it either.
    let others = packages.filter(|one| one["source"].is_string() && one["name"] != "libfuzzer-sys");
    let licence = |package: &Value| package["license"].as_str().unwrap_or_default().to_owned();
    let refused: Vec<String> = others
        .filter(|package| licence(package).is_empty() || !is_allowed(&licence(package), &allowed))
        .map(|package| format!("{}: {}", package["name"], licence(package)))
        .collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow: {refused:#?}");
}

#[test]
fn every_dependency_has_a_version() {
    let metadata = metadata();
    let own = metadata["packages"].as_array().expect("packages").iter().filter(|one| one["source"].is_null());
    for package in own {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let without: Vec<&Value> =
            dependencies.iter().filter(|one| one["req"] == "*").map(|one| &one["name"]).collect();
        assert!(without.is_empty(), "{}: {without:?}", package["name"]);
    }
}
