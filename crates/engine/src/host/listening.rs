//! The ports that programs of a Linux machine listen on, as its kernel tells them in `/proc/net`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use maestro_core::{model::container::Protocol, observed::Published};

/// The kernel's tables, and what each is about.
pub(super) const TABLES: [(&str, Protocol); 4] = [
    ("/proc/net/tcp", Protocol::Tcp),
    ("/proc/net/tcp6", Protocol::Tcp),
    ("/proc/net/udp", Protocol::Udp),
    ("/proc/net/udp6", Protocol::Udp),
];
/// How the kernel writes that a TCP socket listens.
const LISTENING: &str = "0A";
/// How it writes that a UDP socket takes what comes, from whomever.
const UNCONNECTED: &str = "07";

/// The ports in one table.
pub(super) fn ports(table: &str, protocol: Protocol) -> Vec<Published> {
    let state = match protocol {
        Protocol::Tcp => LISTENING,
        Protocol::Udp | Protocol::Sctp => UNCONNECTED,
    };
    let lines = table.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, of) = (words.next()?, words.nth(1)?);
        let (address, port) = local.split_once(':')?;
        let address = address_of(address)?;
        let port = u16::from_str_radix(port, 16).ok()?;
        let address = (!address.is_unspecified()).then_some(address);
        (of == state).then_some(Published { address, port, protocol })
    });
    lines.collect()
}

/// An address is written in words of four bytes, each in the machine's own order.
fn address_of(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = text.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for at in 0..4 {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn what_listens_is_told_from_what_is_connected() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n\
                   \u{20}  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n\
                   \u{20}  1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n\
                   \u{20}  2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0\n\
                   nonsense\n";
        let told: Vec<(String, u16)> = ports(tcp, Protocol::Tcp)
            .iter()
            .map(|one| (one.address.map_or("all".to_owned(), |address| address.to_string()), one.port))
            .collect();
        assert_eq!(told, [("127.0.0.1".to_owned(), 8080), ("all".to_owned(), 22)]);
        let udp6 = "  0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0\n";
        let [one] = ports(udp6, Protocol::Udp)[..] else { panic!("one port") };
        assert_eq!((one.address, one.port), (Some("::1".parse().unwrap()), 53));
        assert!(ports(udp6, Protocol::Tcp).is_empty());
    }
}
