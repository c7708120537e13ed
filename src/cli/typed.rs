//! What was typed, and how to call the program again.

use std::path::Path;

use super::file::DEFAULT_FILE;
use maestro_core::value::shell::quoted;

/// What was typed, as it could be typed again, with the program's name alone in front.
pub(super) fn typed() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("maestro".to_owned())
        .chain(words.map(|word| match shlex::try_quote(&word) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => "…".to_owned(),
        }))
        .collect::<Vec<_>>()
        .join(" ")
}

/// How the user calls the program with that file: `maestro -f shop.yaml`.
pub(super) fn invocation(file: &Path) -> String {
    if file == Path::new(DEFAULT_FILE) {
        return "maestro".to_owned();
    }
    format!("maestro -f {}", quoted(&file.display().to_string()))
}
