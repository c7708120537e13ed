//! What the user should know about a ship, and why nothing is known of one.

use super::engine;
use maestro_core::{
    fault::{ManagerFault, ShipFault},
    model::Environment,
    observed::{note::ShipNote, ownership::Why},
    source::Sources,
};

/// Why nothing is known of the ship of this name: `ship far does not answer: …` only if nothing answered, else
/// `ship far: ` and the cause.
#[must_use]
pub fn unreachable(name: &str, fault: &ShipFault) -> String {
    if fault.is_silence() {
        format!("ship {name} does not answer: {}", engine::ship(fault))
    } else {
        format!("ship {name}: {}", engine::ship(fault))
    }
}

/// The same of a ship that is named already: `its ship does not answer (…)`, else the cause.
#[must_use]
pub fn clause(fault: &ShipFault) -> String {
    if fault.is_silence() {
        format!("its ship does not answer ({})", engine::ship(fault))
    } else {
        engine::ship(fault)
    }
}

/// What the user should know about a ship. An engine that is no manager is told with its place in the file.
#[must_use]
pub fn note(note: &ShipNote, environment: &Environment, sources: &Sources) -> String {
    match note {
        ShipNote::StandIn { ship, address, socket } => {
            format!("ship {ship}: nothing listens on {address}, using {socket}")
        }
        ShipNote::Managers { ship, asked, others } => {
            let managers =
                environment.ships.iter().filter(|one| one.name == *ship).flat_map(|one| &one.managers);
            let place = |other: &ManagerFault| {
                let manager = managers.clone().find(|one| one.endpoint.to_string() == other.address);
                let place = manager.filter(|_| other.is_no_manager()).map(|one| sources.location(one.span));
                place.map(|place| format!(" ({}:{})", place.name, place.line)).unwrap_or_default()
            };
            let each = others.iter().map(|other| format!("{}{}", engine::manager(other), place(other)));
            let each = each.collect::<Vec<_>>().join("; ");
            match asked {
                Some(asked) => format!("ship {ship}: asking the manager at {asked} ({each})"),
                None => format!("ship {ship}: {each}"),
            }
        }
        ShipNote::Lookalike { ship, container, image, why } => match why {
            Why::Inherited => format!(
                "ship {ship}: container {container} is unmanaged and left alone: it bears this environment's labels \
                 only because its image {image} does"
            ),
            Why::ImageUnknown => format!(
                "ship {ship}: container {container} is left alone: it bears this environment's labels, but its image \
                 {image} is gone, so nobody can tell whether the labels are its own or its image's; if it is this \
                 environment's, `docker rm -f {container}` on that ship lets the next `apply` recreate it"
            ),
        },
        ShipNote::IncompleteVolume { ship, volume } => format!(
            "ship {ship}: volume {volume} is incomplete: a restore of it did not end; \
             `maestro volume restore {volume} FILE` restores it"
        ),
        ShipNote::NoRecord { ship, volume } => format!(
            "ship {ship} has a volume {volume} that bears the labels of a recorded revision and cannot be one; it is \
             left aside (look at it with `docker volume inspect {volume}`, remove it with `docker volume rm {volume}`)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use maestro_core::fault::{
        Alert, CertificateFault, ConnectionFault, EngineFault, ForeignProtocol, Greeting, LoginFault,
        LoginRefusal, LostAnswer, Malformed, SshFault, TlsFault, TunnelFault,
    };

    fn address() -> String {
        "tcp://far:2375".to_owned()
    }

    fn login(fault: LoginFault) -> EngineFault {
        let (login, command) = ("ssh://ops@far".to_owned(), "ssh ops@far".to_owned());
        ConnectionFault::from(SshFault::Login { login, command, fault }).into()
    }

    /// What did not answer.
    fn silent() -> Vec<EngineFault> {
        let within = Duration::from_secs(2);
        let lost = |cause| EngineFault::Lost { address: address(), cause };
        vec![
            EngineFault::Silent { address: address(), within },
            ConnectionFault::Timeout { address: address(), within }.into(),
            ConnectionFault::from(TlsFault::Timeout { address: address(), within }).into(),
            login(LoginFault::ServerSilent),
            login(LoginFault::ServerTimeout("far port 22".into())),
            lost(LostAnswer::Failed("connection reset".into())),
            lost(LostAnswer::HungUp),
            lost(LostAnswer::EventsEnded),
            lost(LostAnswer::BuildEnded),
        ]
    }

    /// What has a cause of its own.
    fn answering() -> Vec<EngineFault> {
        let tls = |fault: TlsFault| EngineFault::from(ConnectionFault::from(fault));
        let words = || "words".to_owned();
        let refused = |reason| login(LoginFault::Refused { user: "ops".into(), reason });
        let tunnel =
            |fault| EngineFault::from(ConnectionFault::from(SshFault::Tunnel { address: address(), fault }));
        let greeting =
            Greeting::Protocol { protocol: Some(ForeignProtocol::Ssh), begins: "SSH-2.0-x".into() };
        vec![
            ConnectionFault::InvalidAddress(words()).into(),
            ConnectionFault::NoSocket { address: address() }.into(),
            ConnectionFault::SocketRefused { address: address() }.into(),
            ConnectionFault::NotPermitted { address: address() }.into(),
            ConnectionFault::PortRefused { address: address() }.into(),
            ConnectionFault::Unresolved { host: "far".into(), words: words() }.into(),
            ConnectionFault::Failed { address: address(), words: words() }.into(),
            ConnectionFault::TooManyFiles { limit: 256 }.into(),
            ConnectionFault::NeedsTls { address: address() }.into(),
            ConnectionFault::OtherServer { address: address(), greeting }.into(),
            ConnectionFault::TooOld { address: address(), version: "1.24".into(), oldest: "1.41".into() }
                .into(),
            ConnectionFault::VersionRefused { address: address(), version: "1.99".into(), words: words() }
                .into(),
            tls(TlsFault::NotSpoken { address: address(), greeting: None }),
            tls(TlsFault::HungUp { address: address() }),
            tls(TlsFault::NoClientCertificate { address: address() }),
            tls(TlsFault::ClientRefused { address: address(), alert: Alert::Expired }),
            tls(TlsFault::Certificate {
                address: address(),
                fault: CertificateFault::Expired { at: None, now: None },
            }),
            tls(TlsFault::Certificate {
                address: address(),
                fault: CertificateFault::OtherHosts { host: "far".into(), names: Vec::new() },
            }),
            login(LoginFault::NotInstalled),
            login(LoginFault::KeyUnknown { key: None, scan: words() }),
            login(LoginFault::Unresolved { host: "far".into(), words: words() }),
            login(LoginFault::ServerRefused("far port 22".into())),
            login(LoginFault::ServerUnreachable {
                place: "far port 22".into(),
                words: "No route to host".into(),
            }),
            refused(LoginRefusal::NoneAccepted(Vec::new())),
            refused(LoginRefusal::Locked("/k".into())),
            tunnel(TunnelFault::NotPermitted("/run/docker.sock".into())),
            tunnel(TunnelFault::NoDockerCommand),
            EngineFault::Malformed { address: address(), cause: Malformed::NotHttp(words()) },
            EngineFault::Lost { address: address(), cause: LostAnswer::TooLong(7) },
            EngineFault::Words(words()),
            EngineFault::Status(500),
        ]
    }

    #[test]
    fn only_what_did_not_answer_is_said_not_to_answer() {
        for fault in silent() {
            let told = unreachable("far", &ShipFault::NoAnswer(fault));
            assert!(told.starts_with("ship far does not answer: "), "{told}");
        }
        for fault in answering() {
            for fault in [ShipFault::NoAnswer(fault.clone()), ShipFault::Error(fault)] {
                for told in [unreachable("far", &fault), clause(&fault)] {
                    assert!(!told.contains("not answer"), "{told}");
                }
            }
        }
    }

    #[test]
    fn each_cause_stands_at_the_beginning() {
        let told: Vec<String> =
            answering().into_iter().map(|fault| unreachable("far", &ShipFault::Error(fault))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
