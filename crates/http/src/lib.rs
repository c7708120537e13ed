//! Clients for requests over HTTP, as checks and auditors send them.

use std::{error::Error, sync::Once};

use reqwest::{Client, ClientBuilder};

/// A client that trusts whom the machine trusts. If that cannot be found out, since the machine has no certificates of
/// authorities, one that trusts nobody will do where an address is `plain`: only redirections could lead to TLS.
///
/// # Errors
/// What `configure` asked for cannot be had.
pub fn client(
    plain: bool,
    configure: impl Fn(ClientBuilder) -> Result<ClientBuilder, String>,
) -> Result<Client, String> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // If somebody else was first, it is the same one: there is no other in this program.
        rustls::crypto::ring::default_provider().install_default().ok();
    });
    match configure(Client::builder())?.build() {
        Ok(client) => Ok(client),
        Err(_) if plain => {
            configure(Client::builder().tls_certs_only([]))?.build().map_err(|error| innermost(&error))
        }
        Err(error) => Err(innermost(&error)),
    }
}

/// The innermost cause of an error says what happened; those around it name the address, which may be secret.
#[must_use]
pub fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if cause.is::<reqwest::Error>() { "the request failed".to_owned() } else { cause.to_string() }
}
