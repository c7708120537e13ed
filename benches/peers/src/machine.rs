//! What the figures were measured on.

use std::{fs, thread};

/// A machine, what runs on it, and how it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The day.
    pub date: String,
    /// What was typed.
    pub command: String,
    /// How many cores may be used.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// Its memory, in words.
    pub memory: String,
    /// The kernel's version.
    pub kernel: String,
    /// The load of the last minute before the run.
    pub load: String,
    /// The engine's version.
    pub engine: String,
    /// The tools and their versions.
    pub versions: Vec<(String, String)>,
}

impl Machine {
    /// This one, as its kernel tells; what that does not tell is `?`.
    #[must_use]
    pub fn this(date: String, command: String, engine: String, versions: Vec<(String, String)>) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let first = |path: &str| read(path).split_whitespace().next().unwrap_or("?").to_owned();
        Self {
            date,
            command,
            cores: thread::available_parallelism().map_or(0, usize::from),
            processor: field(&read("/proc/cpuinfo"), "model name"),
            memory: gigabytes(&field(&read("/proc/meminfo"), "MemTotal")),
            kernel: first("/proc/sys/kernel/osrelease"),
            load: first("/proc/loadavg"),
            engine,
            versions,
        }
    }
}

/// The first value of that name in lines of `name : value`.
fn field(text: &str, name: &str) -> String {
    let values = text.lines().filter_map(|line| line.split_once(':'));
    let mut found = values.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned());
    found.next().unwrap_or_else(|| "?".to_owned())
}

fn gigabytes(kilobytes: &str) -> String {
    let number = kilobytes.split(' ').next().and_then(|number| number.parse::<u64>().ok());
    number.map_or_else(
        || "?".to_owned(),
        |number| format!("{} GB", (number * 1024 + 500_000_000) / 1_000_000_000),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernels_words_are_read() {
        let text = "processor\t: 0\nmodel name\t: Some Processor @ 2.00GHz\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name"), "Some Processor @ 2.00GHz");
        assert_eq!(field(text, "cache"), "?");
        assert_eq!(gigabytes(&field("MemTotal:       16384256 kB\n", "MemTotal")), "17 GB");
        assert_eq!(gigabytes("?"), "?");
    }
}
