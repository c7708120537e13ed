//! Files that ships name: certificates and keys. All are read, and all problems told, before anything is contacted.

use maestro_core::value::{file, shell::quoted};
use std::{
    io,
    path::{Path, PathBuf},
};

use super::Surroundings;
use crate::document::ship::ShipSection;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    endpoint::tls::{Identity, Tls, Trust},
    source::Spanned,
};
use maestro_endpoint::pem::{self, Unusable};

/// What a ship's TLS needs; none after a problem, which was told.
pub(super) fn tls(
    section: &ShipSection,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Tls> {
    let mut work = Work { surroundings, diagnostics };
    let verify = section.tls_verify.as_ref().is_none_or(|verify| verify.value);
    let authorities = section.tls_ca_cert.as_ref().map(|written| work.authorities(written));
    let identity = match (&section.tls_cert, &section.tls_key) {
        (None, None) => Some(None),
        (Some(certificate), Some(key)) => work.identity(certificate, key).map(Some),
        (Some(certificate), None) => work.half("tls_cert", certificate, "tls_key"),
        (None, Some(key)) => work.half("tls_key", key, "tls_cert"),
    };
    let trust = match authorities {
        Some(authorities) => authorities?,
        None => Trust::System,
    };
    Some(Tls { trust: if verify { trust } else { Trust::Anyone }, identity: identity? })
}

/// Where the key of an SSH login is; none after a problem, which was told.
pub(super) fn ssh_key(
    written: &Spanned<String>,
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<PathBuf> {
    let mut work = Work { surroundings, diagnostics };
    let (path, content) = work.read("key", written)?;
    let is = |words: &str| content.windows(words.len()).any(|window| window == words.as_bytes());
    if is("PRIVATE KEY") {
        return std::path::absolute(path).ok();
    }
    let name = written.value.as_str();
    let diagnostic = Diagnostic::error("key-file", format!("`{name}` is no private key"));
    work.diagnostics.push(if is("ssh-") || is("ecdsa-") {
        let private = name.strip_suffix(".pub").unwrap_or("~/.ssh/id_ed25519");
        diagnostic
            .at(written.span, "this is a public key")
            .help(format!("name the private one that belongs to it: `key: {private}`"))
    } else {
        diagnostic
            .at(written.span, "there is no private key in it")
            .help("`ssh-keygen -t ed25519` makes a key, `ssh-copy-id` lets it log in")
    });
    None
}

struct Work<'a, 'd> {
    surroundings: Surroundings<'a>,
    diagnostics: &'d mut Diagnostics,
}

impl Work<'_, '_> {
    fn authorities(&mut self, written: &Spanned<String>) -> Option<Trust> {
        let (_, pem) = self.read("tls_ca_cert", written)?;
        pem::authorities(&pem).map_err(|why| self.unusable("tls_ca_cert", written, &why)).ok()
    }

    fn identity(&mut self, certificate: &Spanned<String>, key: &Spanned<String>) -> Option<Identity> {
        let chain = self.read("tls_cert", certificate).and_then(|(_, pem)| {
            pem::certificates(&pem).map_err(|why| self.unusable("tls_cert", certificate, &why)).ok()
        });
        let private = self.read("tls_key", key).and_then(|(_, pem)| {
            pem::private_key(&pem).map_err(|why| self.unusable("tls_key", key, &why)).ok()
        });
        match pem::identity(chain?, private?) {
            Ok(identity) => Some(identity),
            Err(why @ Unusable::BrokenCertificate(_)) => {
                self.unusable("tls_cert", certificate, &why);
                None
            }
            Err(Unusable::Mismatch) => {
                let text =
                    format!("the key `{}` is not that of the certificate `{}`", key.value, certificate.value);
                self.diagnostics.push(
                    Diagnostic::error("key-mismatch", text)
                        .at(key.span, "this key")
                        .also(certificate.span, "this certificate")
                        .help("name the key that the certificate was asked for with, or have a new certificate signed"),
                );
                None
            }
            Err(why) => {
                self.unusable("tls_key", key, &why);
                None
            }
        }
    }

    /// One of two keys that only work together.
    fn half<T>(&mut self, name: &str, written: &Spanned<String>, missing: &str) -> Option<T> {
        self.diagnostics.push(
            Diagnostic::error("missing-key", format!("`{name}` needs `{missing}` beside it"))
                .at(written.span, format!("no `{missing}` here"))
                .help(format!(
                    "add `{missing}:` and its file, or leave both out if the engine asks for neither"
                )),
        );
        None
    }

    fn unusable(&mut self, key: &str, written: &Spanned<String>, why: &Unusable) {
        let help = match why {
            Unusable::LockedKey => {
                format!("`openssl pkey -in {} -out FILE` writes it without", quoted(&written.value))
            }
            Unusable::NoCertificate | Unusable::NoKey => {
                "it must be a PEM file; `openssl x509 -inform der` and `openssl pkey -inform der` make one of DER".to_owned()
            }
            _ => format!("`openssl x509 -text -in {}` shows a certificate", quoted(&written.value)),
        };
        let text = format!("`{}` cannot be used as `{key}`", written.value);
        let diagnostic = Diagnostic::error("key-file", text).at(written.span, why.to_string());
        self.diagnostics.push(diagnostic.help(help));
    }

    /// The file and its content. A relative path counts from the directory of the environment's file; where nothing is
    /// there, from the working directory, as in `MaestroNG`. `~` is the home directory.
    fn read(&mut self, key: &str, written: &Spanned<String>) -> Option<(PathBuf, Vec<u8>)> {
        let home = self.surroundings.variables.get("HOME").filter(|home| !home.is_empty());
        let path = match (written.value.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => PathBuf::from(&written.value),
        };
        let beside = self.surroundings.directory.join(&path);
        let found = match file::read(&beside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_relative() => {
                file::read(&path).map(|content| (path.clone(), content))
            }
            result => result.map(|content| (beside, content)),
        };
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                self.unreadable(key, written, &path, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, key: &str, written: &Spanned<String>, path: &Path, error: &io::Error) {
        let (label, help) = match error.kind() {
            io::ErrorKind::NotFound if path.is_relative() => (
                "there is no such file".to_owned(),
                "its path counts from the directory of this file, then from the working directory: correct it",
            ),
            io::ErrorKind::NotFound => ("there is no such file".to_owned(), "correct the path"),
            io::ErrorKind::PermissionDenied => (
                "it may not be read".to_owned(),
                "run this as the file's owner, or let its owner make it readable for you",
            ),
            io::ErrorKind::IsADirectory => ("this is a directory".to_owned(), "name a file in it"),
            _ => (error.to_string(), "name a readable file"),
        };
        let text = format!("the file `{}` of `{key}` cannot be read", written.value);
        self.diagnostics.push(Diagnostic::error("key-file", text).at(written.span, label).help(help));
    }
}
