//! Why a file is not a saved plan that can be applied.

use maestro_core::plan::saved::{PROGRAM, Unreadable, VERSION};

/// A clause about the file. Untrusted.
#[must_use]
pub fn unreadable(reason: &Unreadable) -> String {
    match reason {
        Unreadable::Format(format) => {
            format!("it is in format {format}, and this version of Maestro reads format {VERSION} alone")
        }
        Unreadable::Program(version) => {
            format!("Maestro {version} saved it, and this is {PROGRAM}: two versions may plan otherwise")
        }
        Unreadable::Broken(words) => format!("it is broken or was cut off: {words}"),
    }
}
