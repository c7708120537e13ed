//! Sizes in bytes: `512m`, `1.5 GiB`.

/// The bytes of a number with or without a unit, which counts by 1024.
pub(super) fn parse(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ' ').unwrap_or(text.len());
    if text == "-1" {
        // Without a limit, as for an engine.
        return Some(-1);
    }
    let number: f64 = text[..end].trim_end_matches(' ').parse().ok()?;
    let unit = text[end..].to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    format!("{:.0}", (number * 1024_f64.powi(power)).floor()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_docker_compose_reads_them() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("32b", Some(32)),
            ("1k", Some(1024)),
            ("1KB", Some(1024)),
            ("1kib", Some(1024)),
            ("50M", Some(52_428_800)),
            ("1.5g", Some(1_610_612_736)),
            ("1 GB", Some(1 << 30)),
            ("-1", Some(-1)),
            ("", None),
            ("m", None),
            ("1x", None),
            ("1.2.3m", None),
        ] {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }
}
