//! `expose`: ports that a container says it has, without publishing them.

/// `80`, `80/udp`, `3000-3005` and `3000-3005/udp` as engines write ports: `80/tcp`. None if it is no such text.
#[must_use]
pub fn exposed(text: &str) -> Option<Vec<String>> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    let is_known = ["tcp", "udp", "sctp"].contains(&protocol.as_str());
    (is_known && 0 < first && first <= last)
        .then(|| (first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_written_as_engines_write_them() {
        assert_eq!(exposed("80").unwrap(), ["80/tcp"]);
        assert_eq!(exposed("53/UDP").unwrap(), ["53/udp"]);
        assert_eq!(exposed("3000-3002").unwrap(), ["3000/tcp", "3001/tcp", "3002/tcp"]);
        assert_eq!(exposed("65535").unwrap(), ["65535/tcp"]);
        for wrong in ["", "0", "http", "80/icmp", "3-1", "70000", "80-"] {
            assert_eq!(exposed(wrong), None, "{wrong}");
        }
    }
}
