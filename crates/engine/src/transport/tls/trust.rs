//! Whether an engine's certificate is good; and if not, what is wrong with it and what to do about that.

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

use super::roots;
use maestro_core::endpoint::tls::Trust;

/// Looks at certificates as webpki does, and says more.
#[derive(Debug)]
pub(super) struct Verifier {
    /// None if any certificate is good.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    address: String,
    /// Another name that is good as well.
    also: Option<ServerName<'static>>,
    /// Whether the file names the authorities.
    named: bool,
}

/// What is wrong with a certificate, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotTrusted(String);

impl Verifier {
    /// Trusts these, for the engine at `address`.
    pub(super) fn new(trust: &Trust, address: &str, also: Option<&'static str>) -> Result<Self, String> {
        let provider = Arc::new(default_provider());
        let webpki = match roots(trust)? {
            None => None,
            Some(roots) => Some(
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .map_err(|error| format!("the authorities cannot be used: {error}"))?,
            ),
        };
        Ok(Self {
            webpki,
            provider,
            address: address.to_owned(),
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

    fn explain(&self, certificate: &CertificateDer<'_>, error: &CertificateError) -> String {
        let address = &self.address;
        match error {
            CertificateError::NotValidForNameContext { expected, presented } => {
                let host = expected.to_str();
                let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
                if names.is_empty() {
                    return format!(
                        "the certificate of {address} names no host (a common name does not count any more); have \
                         one made with subjectAltName {host}"
                    );
                }
                format!(
                    "the certificate of {address} is not for {host}, but for {}; use a name that it has as the ship's \
                     `endpoint`, or have one made for {host}",
                    names.join(", ")
                )
            }
            CertificateError::ExpiredContext { time, not_after } => format!(
                "the certificate of {address} expired on {}; here it is {}; the engine needs a new one",
                date(*not_after),
                date(*time)
            ),
            CertificateError::NotValidYetContext { time, not_before } => format!(
                "the certificate of {address} is valid only from {}; here it is {}; is the clock right?",
                date(*not_before),
                date(*time)
            ),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                let by = issuer(certificate);
                let untrusted = match (self.named, error) {
                    (true, CertificateError::BadSignature) => {
                        "but not with the key of that authority in `tls_ca_cert`; is it of another time or place?"
                    }
                    (true, _) => {
                        "which is no authority of `tls_ca_cert`; set it to the file of that authority's certificate"
                    }
                    (false, _) => {
                        "which this machine does not trust; set `tls_ca_cert` to the file of that authority's certificate"
                    }
                };
                format!("the certificate of {address} is signed by {by}, {untrusted}")
            }
            _ if is_of_version_one(certificate) => format!(
                "the certificate of {address} is of X.509's first version, which cannot name a host; have one made \
                 with subjectAltName"
            ),
            other => format!("the certificate of {address} cannot be trusted: {other}"),
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
        let words = NotTrusted(self.explain(certificate, &error));
        Err(CertificateError::Other(OtherError(Arc::new(words))).into())
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
fn issuer(certificate: &CertificateDer<'_>) -> String {
    let Ok(certificate) = x509_cert::Certificate::from_der(certificate) else {
        return "nobody knows whom".to_owned();
    };
    let certificate = certificate.tbs_certificate;
    if certificate.issuer == certificate.subject {
        return format!("itself ({})", certificate.issuer);
    }
    certificate.issuer.to_string()
}

fn date(time: UnixTime) -> String {
    match DateTime::from_unix_duration(Duration::from_secs(time.as_secs())) {
        Ok(date) => date.to_string().replace('T', " ").replace('Z', " UTC"),
        Err(_) => "a day beyond all calendars".to_owned(),
    }
}
