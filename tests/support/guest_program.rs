//! The static `maestro-guest`, which `links --check` copies beside containers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::lock;

/// Where it is; it is built once, and again if its source changes.
pub fn guest_program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("maestro-guest");
    let _turn = lock("guest-program");
    let time = |path: &Path| fs::metadata(path).and_then(|about| about.modified()).ok();
    let sources = fs::read_dir(root.join("crates/guest/src")).unwrap().flatten();
    let newest = sources.filter_map(|source| time(&source.path())).max();
    if time(&program) < newest {
        let compiled = Command::new(root.join("scripts/guest-binary")).arg(&program).output().unwrap();
        assert!(compiled.status.success(), "{compiled:?}");
    }
    program
}
