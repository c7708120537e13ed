//! Words for images that come from another engine.

use super::{size::size, text::harmless};
use maestro_core::observed::carriable::CarrySource;

const LITTLE: u64 = 10 * 1024;

/// The engine that an image is carried from.
pub(crate) fn source(from: &CarrySource) -> String {
    match from {
        CarrySource::Ship { name, .. } => harmless(name).into_owned(),
        CarrySource::ThisMachine => "this machine".to_owned(),
    }
}

/// How much of an image is carried at most: `5.0 MiB of 500 MiB`.
pub(crate) fn amount(missing: u64, all: u64) -> String {
    match missing {
        _ if missing >= all => size(all),
        0..LITTLE => format!("less than 10 KiB of {}", size(all)),
        _ => format!("{} of {}", size(missing), size(all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_a_part_or_all() {
        assert_eq!(amount(5 << 20, 500 << 20), "5 MiB of 500 MiB");
        assert_eq!(amount(0, 500 << 20), "less than 10 KiB of 500 MiB");
        assert_eq!(amount(500 << 20, 500 << 20), "500 MiB");
    }
}
