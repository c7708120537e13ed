//! Why there is no TLS with an engine.

use std::time::Duration;

use super::Greeting;

/// Why there is no TLS with an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// No certificate can be for this host.
    InvalidHost(String),
    /// TLS is not available on this machine; the library's words.
    Unavailable(String),
    /// This machine trusts no authority.
    NoAuthorities,
    /// The authorities cannot be used; the library's words.
    InvalidAuthorities(String),
    /// The ship's private key cannot be used; the library's words.
    InvalidKey(String),
    /// The handshake was not answered.
    Timeout {
        /// The engine's address.
        address: String,
        /// The time.
        within: Duration,
    },
    /// What answers does not speak TLS.
    NotSpoken {
        /// The engine's address.
        address: String,
        /// What it speaks.
        greeting: Option<Greeting>,
    },
    /// The engine closed the connection in the handshake.
    HungUp {
        /// The engine's address.
        address: String,
    },
    /// The engine's certificate is not trusted.
    Certificate {
        /// The engine's address.
        address: String,
        /// Why not.
        fault: CertificateFault,
    },
    /// The engine wants a client certificate, and the ship has none.
    NoClientCertificate {
        /// The engine's address.
        address: String,
    },
    /// The engine refused the client certificate.
    ClientRefused {
        /// The engine's address.
        address: String,
        /// What the engine said.
        alert: Alert,
    },
    /// The handshake failed for another reason.
    Failed {
        /// The engine's address.
        address: String,
        /// The library's words.
        words: String,
    },
}

/// Why an engine refused a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// It has expired.
    Expired,
    /// The engine does not trust who signed it.
    UnknownAuthority,
    /// It is not valid.
    BadCertificate,
    /// It is revoked.
    Revoked,
    /// Another reason, by the name that TLS gives it.
    Other(String),
}

/// Why an engine's certificate is not trusted. Times are written as UTC; none if no calendar has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// It is for other hosts.
    OtherHosts {
        /// The host that was connected to.
        host: String,
        /// The hosts that it names; empty if it names none.
        names: Vec<String>,
    },
    /// It has expired.
    Expired {
        /// When.
        at: Option<String>,
        /// What time it is here.
        now: Option<String>,
    },
    /// It is not valid yet.
    NotYetValid {
        /// From when it is.
        from: Option<String>,
        /// What time it is here.
        now: Option<String>,
    },
    /// Nobody who is trusted has signed it.
    Untrusted {
        /// Who signed it.
        signer: Signer,
        /// Why that does not count.
        reason: Untrusted,
    },
    /// It is of X.509's first version, which cannot name a host.
    VersionOne,
    /// Another reason, in the library's words.
    Other(String),
}

/// Who signed a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// It does not say.
    Unknown,
    /// Its own key, under this name.
    Itself(String),
    /// The authority of this name.
    Authority(String),
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrusted {
    /// `tls_ca_cert` has an authority of this name, with another key.
    OtherKey,
    /// `tls_ca_cert` does not have the authority.
    NotInFile,
    /// This machine does not trust the authority.
    NotOnMachine,
}
