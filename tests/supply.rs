//! Holds what comes from others to what is declared; see `docs/supply-chain.md`. `cargo deny` does the rest.

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
