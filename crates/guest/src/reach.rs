//! Whether something answers at ports of a name, and at which ports of this container's network programs listen.

use std::{
    io::{ErrorKind, Read as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    thread,
    time::Duration,
};

/// How long a connection is watched that was accepted: a proxy with nobody behind it closes it at once.
const WATCHED: Duration = Duration::from_millis(300);
/// Names and addresses that come before those of the DNS.
const HOSTS: &str = "/etc/hosts";
/// The kernel's tables of TCP connections.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
/// How the kernel writes that a program listens.
const LISTENING: &str = "0A";

/// A line for each address of a name and each port: `172.18.0.2 5432 answers`. The last word is `answers`, `closes`
/// (accepts the connection and ends it at once), `refuses`, `silent` or `unreachable`. A name without an address is one
/// line: `db unknown`.
pub(super) fn reach(name: &str, ports: &[u16], patience: Duration) -> Vec<String> {
    let addresses = addresses(name);
    if addresses.is_empty() {
        return vec![format!("{name} unknown")];
    }
    if ports.is_empty() {
        return addresses.iter().map(|address| format!("{address} known")).collect();
    }
    let tries = addresses.iter().flat_map(|&address| {
        ports.iter().map(move |&port| {
            thread::spawn(move || {
                format!("{address} {port} {}", connect(SocketAddr::new(address, port), patience))
            })
        })
    });
    let tries: Vec<_> = tries.collect();
    tries.into_iter().filter_map(|answer| answer.join().ok()).collect()
}

/// All addresses of a name. Some C libraries tell only the first that a name has in `/etc/hosts`, so that file is read here.
fn addresses(name: &str) -> Vec<IpAddr> {
    let written = std::fs::read_to_string(HOSTS).map(|text| written(&text, name)).unwrap_or_default();
    if !written.is_empty() {
        return written;
    }
    let known = (name, 0).to_socket_addrs();
    known.map(|addresses| distinct(addresses.map(|address| address.ip()))).unwrap_or_default()
}

/// The addresses that a name has in the text of `/etc/hosts`.
fn written(text: &str, name: &str) -> Vec<IpAddr> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    distinct(lines.filter_map(|mut words| {
        let address = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    }))
}

fn distinct(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut known = Vec::new();
    for address in addresses {
        if !known.contains(&address) {
            known.push(address);
        }
    }
    known
}

fn connect(address: SocketAddr, patience: Duration) -> &'static str {
    let mut stream = match TcpStream::connect_timeout(&address, patience) {
        Ok(stream) => stream,
        Err(error) => {
            return match error.kind() {
                ErrorKind::ConnectionRefused => "refuses",
                ErrorKind::TimedOut | ErrorKind::WouldBlock => "silent",
                _ => "unreachable",
            };
        }
    };
    if stream.set_read_timeout(Some(WATCHED)).is_err() {
        return "answers";
    }
    match stream.read(&mut [0]) {
        Ok(0) => "closes",
        Err(error) if error.kind() == ErrorKind::ConnectionReset => "closes",
        Ok(_) | Err(_) => "answers",
    }
}

/// A line for each TCP port at which a program listens: its number, and `loopback` if it listens there alone.
pub(super) fn listening() -> Result<Vec<String>, String> {
    let mut found: Vec<(u16, bool)> = Vec::new();
    for table in TABLES {
        match std::fs::read_to_string(table) {
            Ok(text) => found.extend(text.lines().skip(1).filter_map(listener)),
            // A kernel without IPv6 has no table for it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{table} cannot be read: {error}")),
        }
    }
    found.sort_unstable();
    // One that listens at other addresses too comes first.
    found.dedup_by_key(|(port, _)| *port);
    let line = |(port, loopback): (u16, bool)| format!("{port}{}", if loopback { " loopback" } else { "" });
    Ok(found.into_iter().map(line).collect())
}

/// The port of a row of the table if a program listens there, and whether only this machine reaches it.
fn listener(row: &str) -> Option<(u16, bool)> {
    let mut words = row.split_whitespace().skip(1);
    let (address, port) = words.next()?.split_once(':')?;
    if words.nth(1)? != LISTENING {
        return None;
    }
    Some((u16::from_str_radix(port, 16).ok()?, is_loopback(address)))
}

/// The kernel writes an address in numbers of four bytes, each as it has them in memory: the first byte last.
fn is_loopback(address: &str) -> bool {
    let parts = address.as_bytes().chunks(8).map(|digits| {
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok().map(u32::swap_bytes)
    });
    match parts.collect::<Option<Vec<u32>>>().as_deref() {
        Some(&[one]) => Ipv4Addr::from(one).is_loopback(),
        Some(&[a, b, c, d]) => {
            let address = [a, b, c, d].iter().fold(0_u128, |whole, part| whole << 32 | u128::from(*part));
            let address = Ipv6Addr::from(address);
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn what_listens_is_in_the_kernels_table() {
        let row =
            |address: &str, state: &str| format!("   0: {address} 00000000:0000 {state} 00000000:00000000");
        assert_eq!(listener(&row("00000000:1F90", "0A")), Some((8080, false)));
        assert_eq!(listener(&row("0100007F:1F90", "0A")), Some((8080, true)));
        assert_eq!(listener(&row("00000000:1F90", "01")), None);
        assert_eq!(listener(&row("00000000000000000000000000000000:0050", "0A")), Some((80, false)));
        assert_eq!(listener(&row("00000000000000000000000001000000:0050", "0A")), Some((80, true)));
        assert_eq!(listener("nonsense"), None);
    }

    #[test]
    fn a_name_may_have_several_addresses() {
        let text =
            "127.0.0.1 localhost\n10.0.0.1\tdb other # not web\n10.0.0.2 db\n10.0.0.1 DB\nnonsense db\n";
        assert_eq!(written(text, "db"), [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])]);
        assert!(written(text, "web").is_empty());
    }

    #[test]
    fn a_port_answers_closes_or_refuses() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = open.local_addr().unwrap().port();
        let ask = |port| reach("127.0.0.1", &[port], Duration::from_secs(5));
        assert_eq!(ask(port), [format!("127.0.0.1 {port} answers")]);
        assert!(listening().unwrap().contains(&format!("{port} loopback")));
        let accepts = thread::spawn(move || {
            // The connection of the first try is still there.
            for _ in 0..2 {
                drop(open.accept().unwrap());
            }
        });
        assert_eq!(ask(port), [format!("127.0.0.1 {port} closes")]);
        accepts.join().unwrap();
        assert_eq!(ask(port), [format!("127.0.0.1 {port} refuses")]);
        assert_eq!(reach("name.invalid", &[80], Duration::from_secs(1)), ["name.invalid unknown"]);
        assert_eq!(reach("127.0.0.1", &[], Duration::from_secs(1)), ["127.0.0.1 known"]);
    }
}
