//! Certificates and private keys in PEM files, found to fit together.

use std::{io, path::Path};

use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use x509_cert::der::{Decode as _, Encode as _};

use maestro_core::endpoint::tls::{Certificate, Identity, PrivateKey, Tls, Trust};

/// What is wrong with a file's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It has no certificate.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// It has no private key.
    #[error("there is no private key in it")]
    NoKey,
    /// Its private key needs a passphrase.
    #[error("its private key is locked with a passphrase, which nobody could be asked for")]
    LockedKey,
    /// Its private key is of a kind that is not supported.
    #[error("its private key is of a kind that TLS here does not know ({0})")]
    UnknownKey(String),
    /// Its certificate is broken.
    #[error("its certificate is not understood ({0})")]
    BrokenCertificate(String),
    /// The key is that of another certificate.
    #[error("this key does not belong to that certificate")]
    Mismatch,
}

/// The certificates of a PEM file.
///
/// # Errors
/// [`Unusable`] if there are none.
pub fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, Unusable> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem)
        .map(|certificate| certificate.map(|certificate| Certificate(certificate.to_vec())))
        .collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(Unusable::NoCertificate),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(Unusable::BrokenCertificate(error.to_string())),
    }
}

/// The authorities of a PEM file.
///
/// # Errors
/// [`Unusable`] if there are none, or one is no certificate.
pub fn authorities(pem: &[u8]) -> Result<Trust, Unusable> {
    let certificates = certificates(pem)?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &certificates {
        roots
            .add(certificate.0.as_slice().into())
            .map_err(|error| Unusable::BrokenCertificate(error.to_string()))?;
    }
    Ok(Trust::Authorities(certificates))
}

/// The private key of a PEM file.
///
/// # Errors
/// [`Unusable`] if there is none that could be used.
pub fn private_key(pem: &[u8]) -> Result<PrivateKey, Unusable> {
    let is = |words: &str| pem.windows(words.len()).any(|window| window == words.as_bytes());
    if is("BEGIN ENCRYPTED PRIVATE KEY") || is("Proc-Type: 4,ENCRYPTED") {
        return Err(Unusable::LockedKey);
    }
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| Unusable::NoKey)?;
    Ok(PrivateKey(key.secret_der().to_vec()))
}

/// A certificate with its key. Certificates of the first version, which old recipes make, are good enough for a client.
///
/// # Errors
/// [`Unusable`] if they are not of a pair, or not supported.
pub fn identity(chain: Vec<Certificate>, key: PrivateKey) -> Result<Identity, Unusable> {
    let broken = |error: x509_cert::der::Error| Unusable::BrokenCertificate(error.to_string());
    let Certificate(first) = chain.first().ok_or(Unusable::NoCertificate)?;
    let certificate = x509_cert::Certificate::from_der(first).map_err(broken)?;
    let certified = certificate.tbs_certificate.subject_public_key_info.to_der().map_err(broken)?;
    let unknown = |error: &dyn std::fmt::Display| Unusable::UnknownKey(error.to_string());
    let der = PrivateKeyDer::try_from(key.0.as_slice()).map_err(|error| unknown(&error))?;
    let signing = any_supported_type(&der).map_err(|error| unknown(&error))?;
    if signing.public_key().is_some_and(|own| own.as_ref() != certified) {
        return Err(Unusable::Mismatch);
    }
    Ok(Identity::new(chain, key))
}

/// What `directory` has under the names that Docker gives such files: `ca.pem`, `cert.pem` and `key.pem`, each of which
/// may be missing. `verify` is whether the engine's certificate is looked at.
///
/// # Errors
/// Which file cannot be used, and why, in a sentence.
pub fn from_directory(directory: &Path, verify: bool) -> Result<Tls, String> {
    let read = |name: &str| match maestro_core::value::file::read(&directory.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", directory.join(name).display())),
    };
    let bad = |name: &str| {
        let path = directory.join(name).display().to_string();
        move |why: Unusable| format!("{path} cannot be used: {why}")
    };
    let trust = match read("ca.pem")? {
        _ if !verify => Trust::Anyone,
        Some(pem) => authorities(&pem).map_err(bad("ca.pem"))?,
        None => Trust::System,
    };
    let identity = match (read("cert.pem")?, read("key.pem")?) {
        (None, None) => None,
        (Some(certificate), Some(key)) => {
            let chain = certificates(&certificate).map_err(bad("cert.pem"))?;
            let key = private_key(&key).map_err(bad("key.pem"))?;
            Some(identity(chain, key).map_err(bad("key.pem"))?)
        }
        (Some(_), None) => return Err(format!("{} has a cert.pem, but no key.pem", directory.display())),
        (None, Some(_)) => return Err(format!("{} has a key.pem, but no cert.pem", directory.display())),
    };
    Ok(Tls { trust, identity })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair() -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        (certificate.pem().into_bytes(), key.serialize_pem().into_bytes())
    }

    fn fitted(certificate: &[u8], key: &[u8]) -> Result<Identity, Unusable> {
        identity(certificates(certificate)?, private_key(key)?)
    }

    #[test]
    fn a_key_fits_only_its_own_certificate() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        assert!(fitted(&certificate, &key).is_ok());
        assert_eq!(fitted(&certificate, &other), Err(Unusable::Mismatch));
        assert_eq!(fitted(&key, &certificate), Err(Unusable::NoCertificate));
        assert_eq!(fitted(&certificate, &certificate), Err(Unusable::NoKey));
        let cut = certificate[..certificate.len() / 2].to_vec();
        assert!(matches!(fitted(&cut, &key), Err(Unusable::BrokenCertificate(_))));
    }

    #[test]
    fn a_locked_key_is_told_as_one() {
        for pem in ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"] {
            assert_eq!(private_key(pem.as_bytes()), Err(Unusable::LockedKey));
        }
    }

    #[test]
    fn a_directory_may_lack_files_but_not_half_of_a_pair() {
        let directory = tempfile::tempdir().unwrap();
        let read = |verify| from_directory(directory.path(), verify);
        assert_eq!(read(true), Ok(Tls { trust: Trust::System, identity: None }));
        let (certificate, key) = pair();
        std::fs::write(directory.path().join("key.pem"), &key).unwrap();
        assert!(read(true).unwrap_err().ends_with("has a key.pem, but no cert.pem"));
        std::fs::write(directory.path().join("cert.pem"), &certificate).unwrap();
        std::fs::write(directory.path().join("ca.pem"), &certificate).unwrap();
        let tls = read(true).unwrap();
        assert!(tls.identity.is_some() && matches!(tls.trust, Trust::Authorities(_)));
        assert_eq!(read(false).unwrap().trust, Trust::Anyone);
        std::fs::write(directory.path().join("ca.pem"), "nothing").unwrap();
        assert!(read(true).unwrap_err().ends_with("ca.pem cannot be used: there is no certificate in it"));
        assert!(read(false).is_ok(), "nobody looks at it");
    }
}
