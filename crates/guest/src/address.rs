//! The address that a container has on its own network, as the kernel tells it.

use std::net::Ipv4Addr;

/// The network card of which the address is asked, as in `MaestroNG`: the first that Docker gives to a container.
const CARD: &str = "eth0";

/// The container's own IPv4 address.
pub(super) fn internal() -> Result<String, String> {
    let read =
        |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"));
    find(&read("/proc/net/route")?, &read("/proc/net/fib_trie")?)
}

/// The address of [`CARD`] by the kernel's table of routes and its tree of addresses.
fn find(routes: &str, tree: &str) -> Result<String, String> {
    let rows: Vec<Vec<&str>> = routes.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
    let networks: Vec<(u32, u32)> = rows.iter().filter_map(|row| network(row)).collect();
    let is_on_card = |address: &Ipv4Addr| {
        networks.iter().any(|&(network, mask)| mask != 0 && u32::from(*address) & mask == network)
    };
    if let Some(address) = local_addresses(tree).find(is_on_card) {
        return Ok(address.to_string());
    }
    let mut cards: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
    cards.sort_unstable();
    cards.dedup();
    Err(match cards.as_slice() {
        [] => format!("this container has no {CARD}: it is on no network (`net: none`)"),
        cards => {
            format!("this container has no address on {CARD}; its network cards are {}", cards.join(", "))
        }
    })
}

/// Network and mask of a route through [`CARD`]. The kernel writes both as it has them in memory: the first byte last.
fn network(row: &[&str]) -> Option<(u32, u32)> {
    if row.first() != Some(&CARD) {
        return None;
    }
    let number = |at: usize| u32::from_str_radix(row.get(at)?, 16).ok().map(u32::swap_bytes);
    Some((number(1)?, number(7)?))
}

/// The addresses of this machine: `|-- 172.17.0.2`, and on the line below `/32 host LOCAL`.
fn local_addresses(tree: &str) -> impl Iterator<Item = Ipv4Addr> + '_ {
    tree.lines().zip(tree.lines().skip(1)).filter_map(|(line, below)| {
        let address = line.trim().strip_prefix("|-- ")?;
        (below.trim() == "/32 host LOCAL").then(|| address.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                          eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                          eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
    const TREE: &str = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     \
                        |-- 172.18.0.0\n        /16 link UNICAST\n     |-- 172.18.0.5\n        /32 host LOCAL\n     \
                        |-- 127.0.0.1\n        /32 host LOCAL\n";

    #[test]
    fn the_address_is_that_of_the_first_card() {
        let loopback_first =
            TREE.replace("172.18.0.5", "X").replace("127.0.0.1", "172.18.0.5").replace('X', "127.0.0.1");
        for tree in [TREE, &loopback_first] {
            assert_eq!(find(ROUTES, tree).unwrap(), "172.18.0.5");
        }
    }

    #[test]
    fn without_it_the_others_are_named() {
        let other = ROUTES.replace("eth0", "wlan1");
        assert_eq!(
            find(&other, TREE).unwrap_err(),
            "this container has no address on eth0; its network cards are wlan1"
        );
        assert!(find("Iface\n", TREE).unwrap_err().contains("on no network"));
    }
}
