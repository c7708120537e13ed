//! What a port answers that is not what was expected there.

use maestro_core::fault::{ForeignProtocol, Greeting};

/// What answers, as a clause: `it speaks SSH (SSH-2.0-OpenSSH_9.2)`.
pub(super) fn clause(greeting: &Greeting) -> String {
    match greeting {
        Greeting::Http { status, server: Some(server) } => {
            format!("it answered as an HTTP server ({server}): {status}")
        }
        Greeting::Http { status, server: None } => format!("it answered as an HTTP server: {status}"),
        Greeting::Protocol { protocol: Some(protocol), begins } if begins.is_empty() => {
            format!("it speaks {}", name(*protocol))
        }
        Greeting::Protocol { protocol: Some(protocol), begins } => {
            format!("it speaks {} ({begins})", name(*protocol))
        }
        Greeting::Protocol { protocol: None, begins } if begins.is_empty() => {
            "it answered with bytes of an unknown protocol".to_owned()
        }
        Greeting::Protocol { protocol: None, begins } => format!("it answered {begins:?}"),
    }
}

/// That what answers at an address is no Docker engine, and what to do about it.
pub(super) fn no_engine(address: &str, greeting: &Greeting) -> String {
    let has_port = address.starts_with("tcp://") || address.starts_with("https://");
    let help = match greeting {
        Greeting::Protocol { protocol: Some(ForeignProtocol::Ssh), .. } if has_port => {
            "to reach the engine through SSH, set `host: ssh://USER@ADDRESS` on the ship"
        }
        Greeting::Protocol { .. } | Greeting::Http { .. } if has_port => {
            "check the ship's `docker_port`: Docker listens on 2375, with TLS on 2376"
        }
        Greeting::Protocol { .. } | Greeting::Http { .. } => "check the address of the ship's engine",
    };
    format!("{address} is not a Docker engine: {}; {help}", clause(greeting))
}

/// That what answers at an address does not speak TLS, and what to do about it.
pub(super) fn no_tls(address: &str, greeting: Option<&Greeting>) -> String {
    match greeting {
        Some(Greeting::Protocol { protocol: Some(ForeignProtocol::Http), .. }) => format!(
            "{address} speaks plain HTTP, not TLS: remove `tls` from the ship, or set `docker_port` to the engine's port \
             for TLS (usually 2376)"
        ),
        Some(greeting) => no_engine(address, greeting),
        None => format!("{address} does not speak TLS: remove `tls` from the ship, or set `docker_port`"),
    }
}

fn name(protocol: ForeignProtocol) -> &'static str {
    match protocol {
        ForeignProtocol::Http => "HTTP",
        ForeignProtocol::Http2 => "HTTP/2, as gRPC does",
        ForeignProtocol::Ssh => "SSH",
        ForeignProtocol::Smtp => "SMTP",
        ForeignProtocol::Ftp => "FTP",
        ForeignProtocol::Pop3 => "POP3",
        ForeignProtocol::Imap => "IMAP",
        ForeignProtocol::Redis => "Redis's protocol",
        ForeignProtocol::MySql => "MySQL's protocol",
        ForeignProtocol::Vnc => "VNC",
        ForeignProtocol::Amqp => "AMQP",
        ForeignProtocol::Telnet => "Telnet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(protocol: Option<ForeignProtocol>, begins: &str) -> Greeting {
        Greeting::Protocol { protocol, begins: begins.to_owned() }
    }

    #[test]
    fn what_answers_is_told_with_what_helps() {
        let http = |server: Option<&str>| Greeting::Http {
            status: "404 Not Found".into(),
            server: server.map(str::to_owned),
        };
        let at = "tcp://far:80";
        insta::assert_snapshot!(no_engine(at, &http(Some("nginx/1.25.3"))), @"tcp://far:80 is not a Docker engine: it answered as an HTTP server (nginx/1.25.3): 404 Not Found; check the ship's `docker_port`: Docker listens on 2375, with TLS on 2376");
        insta::assert_snapshot!(no_engine("unix:///s", &http(None)), @"unix:///s is not a Docker engine: it answered as an HTTP server: 404 Not Found; check the address of the ship's engine");
        insta::assert_snapshot!(no_engine("tcp://far:22", &spoken(Some(ForeignProtocol::Ssh), "SSH-2.0-x")), @"tcp://far:22 is not a Docker engine: it speaks SSH (SSH-2.0-x); to reach the engine through SSH, set `host: ssh://USER@ADDRESS` on the ship");
        insta::assert_snapshot!(no_engine(at, &spoken(Some(ForeignProtocol::MySql), "")), @"tcp://far:80 is not a Docker engine: it speaks MySQL's protocol; check the ship's `docker_port`: Docker listens on 2375, with TLS on 2376");
        insta::assert_snapshot!(clause(&spoken(None, "hello")), @r#"it answered "hello""#);
        insta::assert_snapshot!(clause(&spoken(None, "")), @"it answered with bytes of an unknown protocol");
    }

    #[test]
    fn what_does_not_speak_tls_is_told() {
        let http = spoken(Some(ForeignProtocol::Http), "HTTP/1.1 400 Bad Request");
        insta::assert_snapshot!(no_tls("https://far:2375", Some(&http)), @"https://far:2375 speaks plain HTTP, not TLS: remove `tls` from the ship, or set `docker_port` to the engine's port for TLS (usually 2376)");
        insta::assert_snapshot!(no_tls("https://far:22", Some(&spoken(Some(ForeignProtocol::Ssh), "SSH-2.0-x"))), @"https://far:22 is not a Docker engine: it speaks SSH (SSH-2.0-x); to reach the engine through SSH, set `host: ssh://USER@ADDRESS` on the ship");
        insta::assert_snapshot!(no_tls("https://far:1", None), @"https://far:1 does not speak TLS: remove `tls` from the ship, or set `docker_port`");
    }
}
