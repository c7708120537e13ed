//! The certificate of the page and its private key, from files.

use std::{fs, path::Path};

use crate::cli::{
    args::UiArgs,
    error::{End, Problem},
};
use maestro_core::endpoint::tls::Identity;
use maestro_endpoint::pem::{self, Unusable};
use maestro_report::problem::CommandProblem;

/// The certificate that the arguments name; none if the page is served without TLS.
pub(super) fn identity(args: &UiArgs) -> Result<Option<Identity>, Problem> {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let chain = read("--tls-cert", certificate, pem::certificates)?;
    let private = read("--tls-key", key, pem::private_key)?;
    let identity = pem::identity(chain, private).map_err(|why| unusable("--tls-key", key, &why))?;
    Ok(Some(identity))
}

/// What a file of an option holds.
fn read<T>(option: &str, path: &Path, parsed: impl Fn(&[u8]) -> Result<T, Unusable>) -> Result<T, Problem> {
    let bytes = fs::read(path).map_err(|error| {
        let text = format!("{option} {}: {error}", path.display());
        Problem::ended(CommandProblem::new(text), End::BadInput)
    })?;
    parsed(&bytes).map_err(|why| unusable(option, path, &why))
}

fn unusable(option: &str, path: &Path, why: &Unusable) -> Problem {
    let problem = CommandProblem::new(format!("{option} {}: {why}", path.display()));
    let help = "both are PEM files: `--tls-cert` has the server's certificate first, `--tls-key` its key without a \
                passphrase";
    Problem::ended(problem.help(help), End::BadInput)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    fn args(certificate: PathBuf, key: PathBuf) -> UiArgs {
        UiArgs {
            listen: "127.0.0.1:0".parse().unwrap(),
            host: Vec::new(),
            tls_cert: Some(certificate),
            tls_key: Some(key),
            read_only: false,
        }
    }

    #[test]
    fn what_is_wrong_with_the_files_is_told_with_the_option() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let pair = || {
            let CertifiedKey { cert, signing_key } =
                generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            (cert.pem(), signing_key.serialize_pem())
        };
        let ((first, first_key), (_, second_key)) = (pair(), pair());
        let (cert, key) = (write("cert.pem", &first), write("key.pem", &first_key));
        let (other, empty) = (write("other.pem", &second_key), write("empty.pem", ""));
        assert!(matches!(identity(&args(cert.clone(), key.clone())), Ok(Some(_))));
        let missing = folder.path().join("missing.pem");
        for (certificate, private, wanted) in [
            (&missing, &key, "--tls-cert FOLDER/missing.pem: No such file or directory"),
            (&empty, &key, "--tls-cert FOLDER/empty.pem: there is no certificate in it"),
            (&cert, &empty, "--tls-key FOLDER/empty.pem: there is no private key in it"),
            (&cert, &other, "--tls-key FOLDER/other.pem: this key does not belong to that certificate"),
        ] {
            let problem = identity(&args(certificate.clone(), private.clone())).unwrap_err();
            let text = problem.told().0.unwrap().replace(&folder.path().display().to_string(), "FOLDER");
            assert!(text.contains(wanted), "{text}");
        }
    }
}
