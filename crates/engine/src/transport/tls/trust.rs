//! Whether an engine's certificate is good; and if not, what is wrong with it.

use std::{sync::Arc, time::Duration};

use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, ring::default_provider, verify_tls12_signature,
        verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use x509_cert::{
    Version,
    der::{DateTime, Decode as _},
};

use super::roots::roots;
use maestro_core::{
    endpoint::tls::Trust,
    fault::{CertificateFault, Signer, TlsFault, Untrusted},
};

/// Looks at certificates as webpki does, and says more.
#[derive(Debug)]
pub(super) struct Verifier {
    /// None if any certificate is good.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    /// Another name that is good as well.
    also: Option<ServerName<'static>>,
    /// Whether the file names the authorities.
    named: bool,
}

/// What is wrong with a certificate.
#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
pub(super) struct NotTrusted(pub(super) CertificateFault);

impl Verifier {
    /// Trusts these.
    pub(super) fn new(trust: &Trust, also: Option<&'static str>) -> Result<Self, TlsFault> {
        let provider = Arc::new(default_provider());
        let webpki = match roots(trust)? {
            None => None,
            Some(roots) => Some(
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .map_err(|error| TlsFault::InvalidAuthorities(error.to_string()))?,
            ),
        };
        Ok(Self {
            webpki,
            provider,
            also: also.and_then(|name| ServerName::try_from(name).ok()),
            named: matches!(trust, Trust::Authorities(_)),
        })
    }

    /// Whether a handshake is signed with the certificate's key, as `verify` finds.
    fn signature(
        &self,
        verify: impl FnOnce(&WebPkiSupportedAlgorithms) -> Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.webpki.is_none() {
            // Whoever may have any certificate proves nothing by having its key.
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify(&self.provider.signature_verification_algorithms)
    }

    fn fault(&self, certificate: &CertificateDer<'_>, error: &CertificateError) -> CertificateFault {
        match error {
            CertificateError::NotValidForNameContext { expected, presented } => {
                let names = presented.iter().map(|name| bare(name).to_owned()).collect();
                CertificateFault::OtherHosts { host: expected.to_str().into_owned(), names }
            }
            CertificateError::ExpiredContext { time, not_after } => {
                CertificateFault::Expired { at: date(*not_after), now: date(*time) }
            }
            CertificateError::NotValidYetContext { time, not_before } => {
                CertificateFault::NotYetValid { from: date(*not_before), now: date(*time) }
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                let reason = match (self.named, error) {
                    (true, CertificateError::BadSignature) => Untrusted::OtherKey,
                    (true, _) => Untrusted::NotInFile,
                    (false, _) => Untrusted::NotOnMachine,
                };
                CertificateFault::Untrusted { signer: signer(certificate), reason }
            }
            _ if is_of_version_one(certificate) => CertificateFault::VersionOne,
            other => CertificateFault::Other(other.to_string()),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(webpki) = &self.webpki else {
            return Ok(ServerCertVerified::assertion());
        };
        let verify =
            |name: &ServerName<'_>| webpki.verify_server_cert(certificate, intermediates, name, ocsp, now);
        let error = match verify(name) {
            Err(rustls::Error::InvalidCertificate(error)) => error,
            result => return result,
        };
        if matches!(error, CertificateError::NotValidForNameContext { .. })
            && let Some(verified) = self.also.as_ref().and_then(|also| verify(also).ok())
        {
            return Ok(verified);
        }
        let not_trusted = NotTrusted(self.fault(certificate, &error));
        Err(CertificateError::Other(OtherError(Arc::new(not_trusted))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signature(|algorithms| verify_tls12_signature(message, certificate, signed, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signature(|algorithms| verify_tls13_signature(message, certificate, signed, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A name of a certificate without its kind: `DnsName("a")` is `a`.
fn bare(name: &str) -> &str {
    let inside = name.split_once('(').map_or(name, |(_, inside)| inside.trim_end_matches(')'));
    inside.trim_matches('"')
}

fn is_of_version_one(certificate: &CertificateDer<'_>) -> bool {
    x509_cert::Certificate::from_der(certificate)
        .is_ok_and(|certificate| certificate.tbs_certificate.version == Version::V1)
}

/// Who signed a certificate.
fn signer(certificate: &CertificateDer<'_>) -> Signer {
    let Ok(certificate) = x509_cert::Certificate::from_der(certificate) else {
        return Signer::Unknown;
    };
    let certificate = certificate.tbs_certificate;
    let issuer = certificate.issuer.to_string();
    if certificate.issuer == certificate.subject { Signer::Itself(issuer) } else { Signer::Authority(issuer) }
}

/// A time as UTC; none if no calendar has it.
fn date(time: UnixTime) -> Option<String> {
    let date = DateTime::from_unix_duration(Duration::from_secs(time.as_secs())).ok()?;
    Some(date.to_string().replace('T', " ").replace('Z', " UTC"))
}
