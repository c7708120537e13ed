//! The fuzzers: one program, in which `MAESTRO_FUZZ_TARGET` names the target. `scripts/fuzz` builds and runs it.
//!
//! A target takes any bytes, brings them through the product's own code, and panics if something does not hold.

#![no_main]

mod compose;
mod engine;
mod flow;
mod saved;
mod seeds;
mod surroundings;
mod text;
#[expect(dead_code, reason = "the simulation uses more of it")]
#[path = "../../tests/support/world.rs"]
mod world;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::exit,
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

/// What is fuzzed under a name.
struct Target {
    name: &'static str,
    /// Bytes of an input, at most.
    most: usize,
    run: fn(&[u8]),
    /// What fuzzing begins with, as names and bytes.
    seeds: fn() -> Vec<(String, Vec<u8>)>,
}

const TARGETS: &[Target] = &[
    Target { name: "yaml", most: 4096, run: text::yaml, seeds: seeds::files },
    Target { name: "template", most: 4096, run: text::template, seeds: seeds::templates },
    Target { name: "document", most: 8192, run: text::document, seeds: seeds::files },
    Target { name: "interpolation", most: 1024, run: compose::interpolation, seeds: seeds::interpolations },
    Target { name: "merging", most: 4096, run: compose::merging, seeds: seeds::merged },
    Target { name: "compose", most: 8192, run: compose::whole, seeds: seeds::projects },
    Target { name: "ports", most: 256, run: text::ports, seeds: seeds::ports },
    Target { name: "sizes", most: 256, run: text::sizes, seeds: seeds::sizes },
    Target { name: "envfile", most: 2048, run: text::envfile, seeds: seeds::envfiles },
    Target { name: "lists", most: 8192, run: engine::lists, seeds: seeds::lists },
    Target { name: "inspect", most: 4096, run: engine::inspect, seeds: seeds::inspects },
    Target { name: "changes", most: 2048, run: engine::changes, seeds: seeds::changes },
    Target { name: "pull", most: 4096, run: engine::pull, seeds: seeds::pulls },
    Target { name: "logs", most: 4096, run: engine::logs, seeds: seeds::logs },
    Target { name: "flow", most: 512, run: flow::run, seeds: seeds::stories },
    Target { name: "saved", most: 8192, run: saved::run, seeds: seeds::plans },
];

static TARGET: OnceLock<&Target> = OnceLock::new();

/// libFuzzer reads what lies in this section as it reads the counters of branches, which a build of `scripts/fuzz short`
/// does not have. There each input has a counter, so that it looks new and is changed further.
#[expect(unsafe_code, reason = "libFuzzer finds its counters by the section that they lie in")]
#[unsafe(link_section = "__libfuzzer_extra_counters")]
#[used]
static COUNTERS: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

/// Counts an input where the environment says that branches are not counted.
fn count(bytes: &[u8]) {
    static IS_UNGUIDED: OnceLock<bool> = OnceLock::new();
    if *IS_UNGUIDED.get_or_init(|| std::env::var_os("MAESTRO_FUZZ_UNGUIDED").is_some()) {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let counter = usize::try_from(hasher.finish() % 4096).expect("below 4096");
        COUNTERS[counter].store(1, Ordering::Relaxed);
    }
}

/// The target that the environment names; without one, or with a strange one, this ends.
///
/// `MAESTRO_FUZZ_LIST` prints all targets and the most bytes that an input of each may have, `MAESTRO_FUZZ_SEEDS` writes
/// the target's seeds to that folder.
fn choose() {
    if std::env::var_os("MAESTRO_FUZZ_LIST").is_some() {
        for Target { name, most, .. } in TARGETS {
            println!("{name} {most}");
        }
        exit(0);
    }
    let name = std::env::var("MAESTRO_FUZZ_TARGET").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("MAESTRO_FUZZ_TARGET must be one of {}; scripts/fuzz sets it", names.join(", "));
        exit(2);
    };
    if let Some(folder) = std::env::var_os("MAESTRO_FUZZ_SEEDS") {
        for (name, bytes) in (target.seeds)().into_iter().filter(|(_, bytes)| bytes.len() <= target.most) {
            std::fs::write(Path::new(&folder).join(name), bytes).expect("a folder for seeds");
        }
        exit(0);
    }
    TARGET.get_or_init(|| target);
}

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| {
    count(bytes);
    (TARGET.get().expect("chosen at the beginning").run)(bytes);
});
