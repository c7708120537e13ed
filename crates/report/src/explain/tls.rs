//! Why there is no TLS with an engine, and what to do about it.

use super::greeting;
use maestro_core::fault::{Alert, CertificateFault, Signer, TlsFault, Untrusted};

/// Why there is no TLS with an engine, and what to do about it, as a clause.
#[must_use]
pub fn sentence(fault: &TlsFault) -> String {
    match fault {
        TlsFault::InvalidHost(host) => format!("{host:?} is no name that a certificate could have"),
        TlsFault::Unavailable(words) => format!("TLS cannot be spoken here: {words}"),
        TlsFault::NoAuthorities => {
            "this machine trusts no authority at all: name the one that signed the engine's \
                                    certificate with `tls_ca_cert`"
                .to_owned()
        }
        TlsFault::InvalidAuthorities(words) => format!("the authorities cannot be used: {words}"),
        TlsFault::InvalidKey(words) => format!("the private key cannot be used: {words}"),
        TlsFault::Timeout { address, within } => format!(
            "{address} accepts connections, but gave no answer in the TLS handshake within {} s; does the engine hang?",
            within.as_secs_f32()
        ),
        TlsFault::NotSpoken { address, greeting } => greeting::no_tls(address, greeting.as_ref()),
        TlsFault::HungUp { address } => {
            format!("{address} hung up in the middle of the TLS handshake; is that an engine's port for TLS?")
        }
        TlsFault::Certificate { address, fault } => certificate(address, fault),
        TlsFault::NoClientCertificate { address } => format!(
            "{address} wants to see a client certificate, and the ship has none; add `tls_cert` and `tls_key`"
        ),
        TlsFault::ClientRefused { address, alert } => client_refused(address, alert),
        TlsFault::Failed { address, words } => format!("no TLS with {address}: {words}"),
    }
}

fn client_refused(address: &str, alert: &Alert) -> String {
    let reason = match alert {
        Alert::Expired => {
            return format!(
                "{address} refused our client certificate: it has expired; have a new one signed for `tls_cert`"
            );
        }
        Alert::UnknownAuthority => "unknown authority",
        Alert::BadCertificate => "bad certificate",
        Alert::Revoked => "it is revoked",
        Alert::Other(name) => name,
    };
    format!(
        "{address} refused our client certificate ({reason}); `tls_cert` must be signed by the authority that the \
         engine was started with (its --tlscacert), and not have expired"
    )
}

fn certificate(address: &str, fault: &CertificateFault) -> String {
    match fault {
        CertificateFault::OtherHosts { host, names } if names.is_empty() => format!(
            "the certificate of {address} names no host (a common name does not count any more); have one made with \
             subjectAltName {host}"
        ),
        CertificateFault::OtherHosts { host, names } => format!(
            "the certificate of {address} is not for {host}, but for {}; use a name that it has as the ship's \
             `endpoint`, or have one made for {host}",
            names.join(", ")
        ),
        CertificateFault::Expired { at, now } => format!(
            "the certificate of {address} expired on {}; here it is {}; the engine needs a new one",
            date(at.as_ref()),
            date(now.as_ref())
        ),
        CertificateFault::NotYetValid { from, now } => format!(
            "the certificate of {address} is valid only from {}; here it is {}; is the clock right?",
            date(from.as_ref()),
            date(now.as_ref())
        ),
        CertificateFault::Untrusted { signer, reason } => {
            format!(
                "the certificate of {address} is signed by {}, {}",
                self::signer(signer),
                untrusted(*reason)
            )
        }
        CertificateFault::VersionOne => format!(
            "the certificate of {address} is of X.509's first version, which cannot name a host; have one made with \
             subjectAltName"
        ),
        CertificateFault::Other(words) => {
            format!("the certificate of {address} cannot be trusted: {words}")
        }
    }
}

fn untrusted(reason: Untrusted) -> &'static str {
    match reason {
        Untrusted::OtherKey => {
            "but not with the key of that authority in `tls_ca_cert`; is it of another time or place?"
        }
        Untrusted::NotInFile => {
            "which is no authority of `tls_ca_cert`; set it to the file of that authority's certificate"
        }
        Untrusted::NotOnMachine => {
            "which this machine does not trust; set `tls_ca_cert` to the file of that authority's certificate"
        }
    }
}

fn signer(signer: &Signer) -> String {
    match signer {
        Signer::Unknown => "nobody knows whom".to_owned(),
        Signer::Itself(name) => format!("itself ({name})"),
        Signer::Authority(name) => name.clone(),
    }
}

fn date(date: Option<&String>) -> &str {
    date.map_or("a day beyond all calendars", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> String {
        "https://ship".to_owned()
    }

    fn certificate(fault: CertificateFault) -> String {
        sentence(&TlsFault::Certificate { address: address(), fault })
    }

    #[test]
    fn a_certificate_for_another_name_tells_its_names() {
        let other = |names: &[&str]| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            certificate(CertificateFault::OtherHosts { host: "10.0.0.1".into(), names })
        };
        insta::assert_snapshot!(other(&["docker1.example", "10.0.0.5"]), @"the certificate of https://ship is not for 10.0.0.1, but for docker1.example, 10.0.0.5; use a name that it has as the ship's `endpoint`, or have one made for 10.0.0.1");
        insta::assert_snapshot!(other(&[]), @"the certificate of https://ship names no host (a common name does not count any more); have one made with subjectAltName 10.0.0.1");
    }

    #[test]
    fn a_certificate_out_of_its_time_tells_the_date() {
        let now = || Some("2026-01-01 00:00:00 UTC".to_owned());
        let at = Some("2020-02-29 00:00:00 UTC".to_owned());
        insta::assert_snapshot!(certificate(CertificateFault::Expired { at, now: now() }), @"the certificate of https://ship expired on 2020-02-29 00:00:00 UTC; here it is 2026-01-01 00:00:00 UTC; the engine needs a new one");
        insta::assert_snapshot!(certificate(CertificateFault::NotYetValid { from: None, now: now() }), @"the certificate of https://ship is valid only from a day beyond all calendars; here it is 2026-01-01 00:00:00 UTC; is the clock right?");
    }

    #[test]
    fn a_certificate_of_an_unknown_authority_tells_which() {
        let untrusted = |reason| {
            let signer = Signer::Authority("CN=Harbour".into());
            certificate(CertificateFault::Untrusted { signer, reason })
        };
        insta::assert_snapshot!(untrusted(Untrusted::NotInFile), @"the certificate of https://ship is signed by CN=Harbour, which is no authority of `tls_ca_cert`; set it to the file of that authority's certificate");
        insta::assert_snapshot!(untrusted(Untrusted::OtherKey), @"the certificate of https://ship is signed by CN=Harbour, but not with the key of that authority in `tls_ca_cert`; is it of another time or place?");
        insta::assert_snapshot!(untrusted(Untrusted::NotOnMachine), @"the certificate of https://ship is signed by CN=Harbour, which this machine does not trust; set `tls_ca_cert` to the file of that authority's certificate");
    }

    #[test]
    fn a_client_certificate_that_is_missing_or_refused_is_told() {
        let refused = |alert| sentence(&TlsFault::ClientRefused { address: address(), alert });
        insta::assert_snapshot!(sentence(&TlsFault::NoClientCertificate { address: address() }), @"https://ship wants to see a client certificate, and the ship has none; add `tls_cert` and `tls_key`");
        insta::assert_snapshot!(refused(Alert::Expired), @"https://ship refused our client certificate: it has expired; have a new one signed for `tls_cert`");
        insta::assert_snapshot!(refused(Alert::UnknownAuthority), @"https://ship refused our client certificate (unknown authority); `tls_cert` must be signed by the authority that the engine was started with (its --tlscacert), and not have expired");
    }

    #[test]
    fn a_handshake_that_ends_early_is_told() {
        let within = std::time::Duration::from_secs(10);
        insta::assert_snapshot!(sentence(&TlsFault::HungUp { address: address() }), @"https://ship hung up in the middle of the TLS handshake; is that an engine's port for TLS?");
        insta::assert_snapshot!(sentence(&TlsFault::Timeout { address: address(), within }), @"https://ship accepts connections, but gave no answer in the TLS handshake within 10 s; does the engine hang?");
    }
}
