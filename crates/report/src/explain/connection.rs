//! Why there is no connection to an engine, and what to do about it.

use std::time::Duration;

use super::{greeting, ssh, tls};
use maestro_core::fault::ConnectionFault;

/// Why there is no connection to an engine, and what to do about it, as a clause.
#[must_use]
pub fn sentence(fault: &ConnectionFault) -> String {
    match fault {
        ConnectionFault::InvalidAddress(reason) => reason.clone(),
        ConnectionFault::Timeout { address, within } => {
            format!("no connection to {address} within {} s", within.as_secs_f32())
        }
        ConnectionFault::Silent { address, within } => silent(address, *within),
        ConnectionFault::NoSocket { address } => {
            format!("there is no socket {address}; is Docker running?")
        }
        ConnectionFault::SocketRefused { address } => {
            format!("nothing listens on {address}; is Docker running?")
        }
        ConnectionFault::NotPermitted { address } => format!(
            "permission denied on {address}; add your user to the group docker (`sudo usermod -aG docker $USER`, then \
             log in again), or use sudo"
        ),
        ConnectionFault::PortRefused { address } => {
            format!("nothing listens on {address}; does Docker run there, and listen on TCP?")
        }
        ConnectionFault::Unresolved { host, words } => {
            format!("the host name {host} cannot be resolved: {words}")
        }
        ConnectionFault::Failed { address, words } => format!("no connection to {address}: {words}"),
        ConnectionFault::TooManyFiles { limit } => format!(
            "this program may have {limit} open files, and all are in use; raise that limit (`ulimit -n`), or ask fewer \
             ships at once"
        ),
        ConnectionFault::Tls(fault) => tls::sentence(fault),
        ConnectionFault::Ssh(fault) => ssh::sentence(fault),
        ConnectionFault::NeedsTls { address } => format!(
            "{address} speaks TLS, and was spoken to without; add `tls: true` to the ship, with `tls_ca_cert`, \
             `tls_cert` and `tls_key` (for DOCKER_HOST set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)"
        ),
        ConnectionFault::OtherServer { address, greeting } => greeting::no_engine(address, greeting),
        ConnectionFault::TooOld { address, version, oldest } => format!(
            "the engine at {address} is too old: it speaks version {version} of Docker's API at most, and {oldest} \
             (Docker 20.10) is the oldest that Maestro speaks; update Docker there"
        ),
        ConnectionFault::VersionRefused { address, version, words } => format!(
            "the engine at {address} does not speak version {version} of Docker's API ({words}); leave `api_version` \
             out of the ship, and it is agreed upon"
        ),
        ConnectionFault::InvalidPath { path, words } => format!("{path:?} cannot be asked for: {words}"),
        ConnectionFault::InvalidLogin => "the login cannot be written into a header".to_owned(),
        ConnectionFault::NotConnected => "there is no connection to it".to_owned(),
        ConnectionFault::OtherShip(ship) => format!("ship {ship} is unreachable"),
    }
}

/// An engine that did not answer in time.
pub(super) fn silent(address: &str, within: Duration) -> String {
    format!("{address} did not answer within {} s", within.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_what_to_do() {
        let address = || "tcp://ship:2375".to_owned();
        let socket = || "unix:///s".to_owned();
        insta::assert_snapshot!(sentence(&ConnectionFault::NoSocket { address: socket() }), @"there is no socket unix:///s; is Docker running?");
        insta::assert_snapshot!(sentence(&ConnectionFault::NotPermitted { address: socket() }), @"permission denied on unix:///s; add your user to the group docker (`sudo usermod -aG docker $USER`, then log in again), or use sudo");
        insta::assert_snapshot!(sentence(&ConnectionFault::PortRefused { address: address() }), @"nothing listens on tcp://ship:2375; does Docker run there, and listen on TCP?");
        let within = std::time::Duration::from_millis(150);
        insta::assert_snapshot!(sentence(&ConnectionFault::Timeout { address: address(), within }), @"no connection to tcp://ship:2375 within 0.15 s");
        insta::assert_snapshot!(sentence(&ConnectionFault::NeedsTls { address: address() }), @"tcp://ship:2375 speaks TLS, and was spoken to without; add `tls: true` to the ship, with `tls_ca_cert`, `tls_cert` and `tls_key` (for DOCKER_HOST set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)");
        let (version, oldest) = ("1.39".to_owned(), "1.41".to_owned());
        insta::assert_snapshot!(sentence(&ConnectionFault::TooOld { address: address(), version, oldest }), @"the engine at tcp://ship:2375 is too old: it speaks version 1.39 of Docker's API at most, and 1.41 (Docker 20.10) is the oldest that Maestro speaks; update Docker there");
        let (version, words) = ("1.99".to_owned(), "client version 1.99 is too new".to_owned());
        insta::assert_snapshot!(sentence(&ConnectionFault::VersionRefused { address: address(), version, words }), @"the engine at tcp://ship:2375 does not speak version 1.99 of Docker's API (client version 1.99 is too new); leave `api_version` out of the ship, and it is agreed upon");
    }
}
