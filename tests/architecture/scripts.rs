//! Shell scripts.

use std::{fs, path::Path};

use regex::Regex;

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// With `pipefail`, a pipe into a program that ends before it has read all fails whenever the writer is slower.
#[test]
fn no_pipe_leads_to_a_program_that_ends_early() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let early = Regex::new(r"\|\s*(head\b|grep\s+(-\w+\s+)*-\w*q)").expect("a pattern");
    let named = ["bench", "demo", "lab", "test", ".ci/run"].map(|name| root.join(name));
    let scripts =
        files(&root.join("scripts")).into_iter().chain(named.into_iter().filter(|path| path.exists()));
    let mut found = Vec::new();
    let mut seen = 0;
    for script in scripts {
        let text = fs::read_to_string(&script).expect("a script");
        seen += 1;
        let lines = text.lines().enumerate().filter(|(_, line)| early.is_match(line));
        found.extend(lines.map(|(at, line)| format!("{}:{}: {}", script.display(), at + 1, line.trim())));
    }
    assert!(seen > 30, "{seen} scripts");
    assert!(found.is_empty(), "`sed -n 1p` and `grep … >/dev/null` read all:\n{}", found.join("\n"));
}
