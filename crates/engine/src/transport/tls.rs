//! TLS over another transport. Why an engine is not trusted is told as a fact.

mod roots;
mod trust;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, SignatureScheme,
    client::ResolvesClientCert,
    crypto::ring::{default_provider, sign::any_supported_type},
    pki_types::{PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};
use tokio_rustls::TlsConnector;

use self::roots::der;
use super::{
    BoxError, Broken, Dial, InvalidEndpoint, NotConnected, Stream, fresh::Fresh, greeting::FirstBytes,
};
use maestro_core::{
    endpoint::tls::{Identity, Tls},
    fault::{Alert, TlsFault},
};

/// An engine that has not answered by then hangs.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// Dials through TLS.
pub struct TlsOver {
    inner: Arc<dyn Dial>,
    address: String,
    /// How long the handshake may take.
    timeout: Duration,
    server: ServerName<'static>,
    connector: TlsConnector,
    client: Arc<Client>,
}

impl TlsOver {
    /// TLS over what `inner` dials, where calls may take `timeout`, with the engine that a user knows as `address`. Its certificate must name `host`, or
    /// else `also`, if there is one.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] if no certificate could be good.
    pub fn new(
        inner: Arc<dyn Dial>,
        address: String,
        host: &str,
        also: Option<&'static str>,
        tls: &Tls,
        timeout: Duration,
    ) -> Result<Self, InvalidEndpoint> {
        let nowhere = |fault: TlsFault| InvalidEndpoint { address: address.clone(), fault: fault.into() };
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| nowhere(TlsFault::InvalidHost(host.to_owned())))?;
        let verifier = trust::Verifier::new(&tls.trust, also).map_err(nowhere)?;
        let identity = tls.identity.as_ref().map(certified).transpose().map_err(nowhere)?;
        let client = Arc::new(Client { identity, asked: AtomicBool::new(false) });
        let resolver: Arc<dyn ResolvesClientCert> = Arc::clone(&client) as _;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| nowhere(TlsFault::Unavailable(error.to_string())))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(resolver);
        let connector = TlsConnector::from(Arc::new(config));
        let timeout = LONGEST_HANDSHAKE.min(timeout / 2);
        Ok(Self { inner, address, timeout, server, connector, client })
    }
}

#[async_trait]
impl Dial for TlsOver {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn timeout(&self) -> Duration {
        self.inner.timeout()
    }

    async fn await_turn(&self) {
        self.inner.await_turn().await;
    }

    async fn max_connections(&self) -> Option<usize> {
        self.inner.max_connections().await
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let first = FirstBytes::default();
        let stream = first.of(self.inner.dial().await?);
        let handshake = self.connector.connect(self.server.clone(), stream);
        let Ok(shaken) = tokio::time::timeout(self.timeout, handshake).await else {
            let address = self.address.clone();
            return Err(NotConnected::because(TlsFault::Timeout { address, within: self.timeout }));
        };
        match shaken {
            Ok(stream) => {
                // In TLS 1.3 a client's certificate is looked at when the client is through already.
                let (address, client) = (self.address.clone(), Arc::clone(&self.client));
                let why = move |error: Option<&io::Error>| client.ended(&address, error);
                Ok(Box::new(Fresh::new(Box::new(stream), Box::new(why))))
            }
            Err(error) => Err(self.explain(&error, &first)),
        }
    }
}

impl TlsOver {
    /// Why the handshake failed in which these bytes came first.
    fn explain(&self, error: &io::Error, first: &FirstBytes) -> NotConnected {
        let address = self.address.clone();
        let inside = error.get_ref();
        // What lies below may have found out only now that it is none.
        if let Some(Broken(fault)) = inside.and_then(|inside| inside.downcast_ref()) {
            return NotConnected::because(fault.clone());
        }
        let fault = match inside.and_then(|inside| inside.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(other))) => {
                match other.0.downcast_ref() {
                    Some(trust::NotTrusted(fault)) => TlsFault::Certificate { address, fault: fault.clone() },
                    None => TlsFault::Failed { address, words: other.to_string() },
                }
            }
            Some(rustls::Error::InvalidMessage(_)) => {
                TlsFault::NotSpoken { address, greeting: first.greeting() }
            }
            _ => match self.client.refused(&address, Some(error)) {
                Some((fault, _)) => fault,
                None if error.kind() == io::ErrorKind::UnexpectedEof => TlsFault::HungUp { address },
                None => TlsFault::Failed { address, words: error.to_string() },
            },
        };
        NotConnected::because(fault)
    }
}

/// As whom we appear, and whether the engine asked for that.
#[derive(Debug)]
struct Client {
    identity: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Client {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.identity.clone()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

impl Client {
    /// The error that an end before the first byte means, if it is about our certificate.
    fn ended(&self, address: &str, error: Option<&io::Error>) -> Option<BoxError> {
        let (fault, is_certain) = self.refused(address, error)?;
        Some(if is_certain { NotConnected::because(fault).into() } else { Broken(fault.into()).into() })
    }

    /// What an end before the first byte means, if it is about our certificate, and whether that is certain: only an
    /// alert makes sure of it.
    fn refused(&self, address: &str, error: Option<&io::Error>) -> Option<(TlsFault, bool)> {
        if !self.asked.load(Ordering::Relaxed) {
            return None;
        }
        let alert = match error.and_then(io::Error::get_ref).and_then(|inside| inside.downcast_ref()) {
            Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
            _ => None,
        };
        let address = address.to_owned();
        match (&self.identity, alert) {
            (None, alert) => Some((TlsFault::NoClientCertificate { address }, alert.is_some())),
            (Some(_), Some(alert)) => {
                Some((TlsFault::ClientRefused { address, alert: meaning(alert) }, true))
            }
            (Some(_), None) => None,
        }
    }
}

/// What an alert says about a certificate.
fn meaning(alert: AlertDescription) -> Alert {
    match alert {
        AlertDescription::CertificateExpired => Alert::Expired,
        AlertDescription::UnknownCA => Alert::UnknownAuthority,
        AlertDescription::BadCertificate => Alert::BadCertificate,
        AlertDescription::CertificateRevoked => Alert::Revoked,
        other => Alert::Other(format!("{other:?}")),
    }
}

/// A certificate and its key, as rustls takes them.
fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>, TlsFault> {
    let unusable = |error: &dyn std::fmt::Display| TlsFault::InvalidKey(error.to_string());
    let key = PrivateKeyDer::try_from(identity.key().0.as_slice()).map_err(|error| unusable(&error))?;
    let key = any_supported_type(&key).map_err(|error| unusable(&error))?;
    Ok(Arc::new(CertifiedKey::new(identity.chain().iter().map(der).collect(), key)))
}

#[cfg(test)]
mod tests;
