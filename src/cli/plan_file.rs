//! Whether a file is a saved plan, by how it begins.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use maestro_core::plan::saved;

/// Bytes in which a saved plan says that it is one.
const BEGIN: u64 = 64;

/// Whether that file says that it is a saved plan. False for all that is no file, or cannot be read.
pub(super) fn is_saved(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file())
        && begin(path).is_ok_and(|bytes| saved::begins(&bytes))
}

/// The first bytes of a file.
///
/// # Errors
/// If it cannot be read.
pub(super) fn begin(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BEGIN).read_to_end(&mut bytes)?;
    Ok(bytes)
}
