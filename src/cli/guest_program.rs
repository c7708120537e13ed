//! The static programs that answer questions beside a container: `maestro-guest`, or Maestro itself.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use maestro_run::operations::links::ProbeProgram;

/// Names such programs, with colons between them.
const VARIABLE: &str = "MAESTRO_GUEST";
/// The name of such a program beside Maestro, for this machine's processor; for others it ends with their names.
const NAME: &str = "maestro-guest";
/// The processors whose programs are recognised: as ELF numbers them, as Docker names them.
const PROCESSORS: [(u16, &str); 5] = [(3, "386"), (22, "s390x"), (40, "arm"), (62, "amd64"), (183, "arm64")];
/// Larger programs are not copied into containers.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Programs that may be copied into containers.
#[derive(Debug)]
pub(super) struct GuestPrograms {
    /// By the processor as Docker names it.
    found: BTreeMap<&'static str, ProbeProgram>,
}

impl GuestPrograms {
    /// Those that the variable names, then those beside Maestro, then Maestro itself.
    pub(super) fn find(variables: &BTreeMap<String, String>) -> Self {
        let named = variables.get(VARIABLE).map(String::as_str).unwrap_or_default();
        let mut paths: Vec<PathBuf> =
            named.split(':').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
        let own = env::current_exe().ok();
        if let Some(own) = &own {
            paths.push(own.with_file_name(NAME));
            let of_others = PROCESSORS.iter().map(|(_, name)| own.with_file_name(format!("{NAME}-{name}")));
            paths.extend(of_others);
        }
        let mut found = BTreeMap::new();
        for path in paths {
            add(&mut found, &path, &[]);
        }
        if let Some(own) = &own {
            add(&mut found, own, &["guest"]);
        }
        Self { found }
    }

    /// The program for a platform as Docker names it: `linux/arm64`, `linux/arm/v7`.
    pub(super) fn of(&self, platform: &str) -> Option<ProbeProgram> {
        let mut parts = platform.split('/');
        let (system, processor) = (parts.next()?, parts.next()?);
        if system != "linux" {
            return None;
        }
        self.found.get(processor).cloned()
    }
}

fn add(found: &mut BTreeMap<&'static str, ProbeProgram>, path: &Path, words: &[&str]) {
    // Most paths name no file, and one that cannot be read is no program for a container.
    let Ok(size) = fs::metadata(path).map(|about| about.len()) else { return };
    let Some(bytes) = (size <= LARGEST).then(|| fs::read(path).ok()).flatten() else { return };
    if let Some(processor) = static_program(&bytes) {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        found.entry(processor).or_insert_with(|| ProbeProgram { content: bytes.into(), words });
    }
}

/// The processor that a program is for, if it is a static one for Linux: an ELF file that names no interpreter.
fn static_program(bytes: &[u8]) -> Option<&'static str> {
    const INTERPRETER: u32 = 3;
    if bytes.get(..4)? != b"\x7fELF" {
        return None;
    }
    let is_wide = *bytes.get(4)? == 2;
    let is_little = *bytes.get(5)? == 1;
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        let digit = |whole: u64, byte: &u8| whole << 8 | u64::from(*byte);
        Some(if is_little { bytes.iter().rev().fold(0, digit) } else { bytes.iter().fold(0, digit) })
    };
    let machine = number(18, 2)?;
    let (headers, sizes) = if is_wide { (number(32, 8)?, 54) } else { (number(28, 4)?, 42) };
    let (size, count) = (number(sizes, 2)?, number(sizes + 2, 2)?);
    for at in 0..count {
        let header = usize::try_from(headers.checked_add(at * size)?).ok()?;
        if number(header, 4)? == u64::from(INTERPRETER) {
            return None;
        }
    }
    let (_, name) = PROCESSORS.iter().find(|(known, _)| u64::from(*known) == machine)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a program for `machine`, with a program header of this kind.
    fn program(machine: u8, kind: u8) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (bytes[18], bytes[32], bytes[54], bytes[56], bytes[64]) = (machine, 64, 56, 1, kind);
        bytes
    }

    #[test]
    fn a_static_program_is_one_without_an_interpreter() {
        assert_eq!(static_program(&program(62, 1)), Some("amd64"));
        assert_eq!(static_program(&program(183, 1)), Some("arm64"));
        assert_eq!(static_program(&program(62, 3)), None);
        assert_eq!(static_program(&program(1, 1)), None);
        assert_eq!(static_program(b"#!/bin/sh\n"), None);
        assert_eq!(static_program(&program(62, 1)[..100]), Some("amd64"));
        assert_eq!(static_program(&program(62, 1)[..60]), None);
    }
}
