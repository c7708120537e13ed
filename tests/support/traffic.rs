//! Clients that ask all the time, and servers for them, in an image: `traffic/program.rs` tells what they can do.

use std::{fs, path::Path, process::Command};

use super::{IMAGE, site::Site};

/// What a client has counted, and what it says of what failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often it asked.
    pub asked: u64,
    /// How often it got no answer.
    pub failed: u64,
    /// Who answered it last, of those who did not before.
    pub last: String,
    /// A line for each failure.
    pub failures: Vec<String>,
}

/// Builds an image that has `/bin/traffic` beside busybox, and tells its name.
pub fn image(site: &Site) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("traffic");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/traffic/program.rs");
    // The image has no C library.
    let compiled = Command::new("rustc")
        .args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o"])
        .args([&program, &source])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    fs::write(folder.path().join("Dockerfile"), format!("FROM {IMAGE}\nCOPY traffic /bin/traffic\n"))
        .unwrap();
    let tag = site.real("traffic-unique:1");
    site.docker(&format!("build -q -t {tag} {}", folder.path().display()));
    tag
}

/// What a client wrote: the last of its tallies, and all failures.
pub fn tally(log: &str) -> Tally {
    let mut tally = Tally::default();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["asked", asked, "failed", failed, by @ ..] = &words[..] {
            tally.asked = asked.parse().unwrap();
            tally.failed = failed.parse().unwrap();
            tally.last =
                by.last().map_or_else(String::new, |last| last.split('=').next().unwrap().to_owned());
        } else {
            tally.failures.push(line.to_owned());
        }
    }
    tally
}
