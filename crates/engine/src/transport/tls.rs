//! TLS over another transport. Whom not to trust is told in words that say what to do about it.

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
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};
use tokio_rustls::TlsConnector;

use super::{BoxError, Broken, Dial, InvalidEndpoint, NotConnected, Stream, fresh::Fresh};
use maestro_core::endpoint::tls::{Certificate, Identity, Tls, Trust};

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
        let nowhere = |reason: String| InvalidEndpoint { address: address.clone(), reason };
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| nowhere(format!("{host:?} is no name that a certificate could have")))?;
        let verifier = trust::Verifier::new(&tls.trust, &address, also).map_err(nowhere)?;
        let identity = tls.identity.as_ref().map(certified).transpose().map_err(nowhere)?;
        let client = Arc::new(Client { identity, asked: AtomicBool::new(false) });
        let resolver: Arc<dyn ResolvesClientCert> = Arc::clone(&client) as _;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| nowhere(format!("TLS cannot be spoken here: {error}")))?
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

    async fn max_connections(&self) -> Option<usize> {
        self.inner.max_connections().await
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let stream = self.inner.dial().await?;
        let handshake = self.connector.connect(self.server.clone(), stream);
        let Ok(shaken) = tokio::time::timeout(self.timeout, handshake).await else {
            let (address, seconds) = (&self.address, self.timeout.as_secs_f32());
            return Err(NotConnected::because(format!(
                "{address} accepts connections, but gave no answer in the TLS handshake within {seconds} s; does the \
                 engine hang?"
            )));
        };
        match shaken {
            Ok(stream) => {
                // In TLS 1.3 a client's certificate is looked at when the client is through already.
                let (address, client) = (self.address.clone(), Arc::clone(&self.client));
                let why = move |error: Option<&io::Error>| client.refused(&address, error);
                Ok(Box::new(Fresh::new(Box::new(stream), Box::new(why))))
            }
            Err(error) => Err(self.explain(&error)),
        }
    }
}

impl TlsOver {
    /// Why the handshake failed.
    fn explain(&self, error: &io::Error) -> NotConnected {
        let address = &self.address;
        let inside = error.get_ref();
        // What lies below may have found out only now that it is none.
        if let Some(Broken(words)) = inside.and_then(|inside| inside.downcast_ref()) {
            return NotConnected::because(words.clone());
        }
        let told = match inside.and_then(|inside| inside.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(words))) => words.0.to_string(),
            Some(rustls::Error::InvalidMessage(_)) => format!(
                "{address} does not speak TLS: either the port is another one, or TLS is not asked for there and \
                 `tls` has to go from the ship"
            ),
            _ => match self.client.refused(address, Some(error)) {
                Some(refused) => refused.to_string(),
                None if error.kind() == io::ErrorKind::UnexpectedEof => format!(
                    "{address} hung up in the middle of the TLS handshake; is that an engine's port for TLS?"
                ),
                None => format!("no TLS with {address}: {error}"),
            },
        };
        NotConnected::because(told)
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
    /// What an end before the first byte means, if it is about our certificate. Only an alert makes sure of that.
    fn refused(&self, address: &str, error: Option<&io::Error>) -> Option<BoxError> {
        if !self.asked.load(Ordering::Relaxed) {
            return None;
        }
        let alert = match error.and_then(io::Error::get_ref).and_then(|inside| inside.downcast_ref()) {
            Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
            _ => None,
        };
        let told = match (&self.identity, alert) {
            (None, _) => format!(
                "{address} wants to see a client certificate, and the ship has none; add `tls_cert` and `tls_key`"
            ),
            (Some(_), Some(AlertDescription::CertificateExpired)) => format!(
                "{address} refused our client certificate: it has expired; have a new one signed for `tls_cert`"
            ),
            (Some(_), Some(alert)) => format!(
                "{address} refused our client certificate ({}); `tls_cert` must be signed by the authority that the \
                 engine was started with (its --tlscacert), and not have expired",
                words(alert)
            ),
            (Some(_), None) => return None,
        };
        Some(match alert {
            Some(_) => NotConnected::because(told).into(),
            None => Broken(told).into(),
        })
    }
}

/// An alert in words: `UnknownCA` is `unknown CA`.
fn words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnknownCA => "unknown authority".to_owned(),
        AlertDescription::BadCertificate => "bad certificate".to_owned(),
        AlertDescription::CertificateRevoked => "it is revoked".to_owned(),
        other => format!("{other:?}"),
    }
}

fn der(certificate: &Certificate) -> CertificateDer<'static> {
    certificate.0.clone().into()
}

/// A certificate and its key, as rustls takes them.
fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>, String> {
    let unusable = |error: &dyn std::fmt::Display| format!("the private key cannot be used: {error}");
    let key = PrivateKeyDer::try_from(identity.key().0.as_slice()).map_err(|error| unusable(&error))?;
    let key = any_supported_type(&key).map_err(|error| unusable(&error))?;
    Ok(Arc::new(CertifiedKey::new(identity.chain().iter().map(der).collect(), key)))
}

/// The store of `Trust`, if certificates are looked at.
fn roots(trust: &Trust) -> Result<Option<rustls::RootCertStore>, String> {
    let mut roots = rustls::RootCertStore::empty();
    match trust {
        Trust::Anyone => return Ok(None),
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err("this machine trusts no authority at all: name the one that signed the engine's certificate \
                            with `tls_ca_cert`"
                    .to_owned());
            }
        }
        Trust::Authorities(certificates) => {
            roots.add_parsable_certificates(certificates.iter().map(der));
        }
    }
    Ok(Some(roots))
}

#[cfg(test)]
mod tests;
