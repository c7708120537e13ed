//! Holds what comes from others to what is declared; see `docs/supply-chain.md`. `cargo deny` does the rest; what of it
//! needs no more than `cargo metadata` is tested here too, since few machines have it.

use std::{fs, process::Command};

use serde_json::Value;
use spdx::{Expression, ParseMode};

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

/// Whether some choice that a licence expression leaves open is allowed; `/` is an old `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let expression = Expression::parse_mode(expression, ParseMode::LAX).expect("a licence expression");
    expression.evaluate(|one| allowed.contains(&one.to_string()))
}

#[test]
fn an_expression_is_allowed_if_a_choice_is() {
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
