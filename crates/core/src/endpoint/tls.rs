//! What TLS with an engine takes: whom to trust and as whom to appear. Plain bytes, which `pem` reads from files.

use std::{fmt, sync::Arc};

/// How to speak TLS with an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Whose certificates are good.
    pub trust: Trust,
    /// As whom to appear, where the engine asks.
    pub identity: Option<Identity>,
}

/// Whose certificates are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of the authorities that this machine trusts.
    System,
    /// Those of these authorities.
    Authorities(Vec<Certificate>),
    /// Anybody's: the file says `tls_verify: false`.
    Anyone,
}

/// A certificate, in DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(pub Vec<u8>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} bytes)", self.0.len())
    }
}

/// A private key, in DER. What is printed of it does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(pub Vec<u8>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// A client's certificate, those that signed it, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(Arc<(Vec<Certificate>, PrivateKey)>);

impl Identity {
    /// An identity of a certificate, followed by those that signed it, and its key.
    #[must_use]
    pub fn new(chain: Vec<Certificate>, key: PrivateKey) -> Self {
        Self(Arc::new((chain, key)))
    }

    /// The certificate, followed by those that signed it.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.0.0
    }

    /// The key of the certificate.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.0.1
    }
}
