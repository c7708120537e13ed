//! The authorities whose certificates are trusted.

use rustls::{RootCertStore, pki_types::CertificateDer};

use maestro_core::{
    endpoint::tls::{Certificate, Trust},
    fault::TlsFault,
};

/// The store of `trust`; none if certificates are not checked.
pub(super) fn roots(trust: &Trust) -> Result<Option<RootCertStore>, TlsFault> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Anyone => return Ok(None),
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(TlsFault::NoAuthorities);
            }
        }
        Trust::Authorities(certificates) => {
            roots.add_parsable_certificates(certificates.iter().map(der));
        }
    }
    Ok(Some(roots))
}

/// A certificate, as rustls takes it.
pub(super) fn der(certificate: &Certificate) -> CertificateDer<'static> {
    certificate.0.clone().into()
}
