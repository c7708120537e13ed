//! Amounts of memory and disk space.

/// An amount of memory or disk space: `1.5 GiB`, `64 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                fraction => format!("{}.{fraction} {name}", tenths / 10),
            }
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        let sizes = [0, 1023, 1 << 20, 8 << 20, (3 << 30) / 2];
        assert_eq!(sizes.map(size), ["0 bytes", "1023 bytes", "1 MiB", "8 MiB", "1.5 GiB"]);
    }
}
