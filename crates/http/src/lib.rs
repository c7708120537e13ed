//! Clients for requests over HTTP, as checks and auditors send them.

use std::{error::Error, sync::Once};

use reqwest::{Client, ClientBuilder};

/// A client that trusts whom the machine trusts. If that cannot be found out, since the machine has no certificates of
/// authorities, one that trusts nobody will do where an address is `plain`: only redirections could lead to TLS.
///
/// # Errors
/// What `configure` asked for cannot be had; `told` makes the error of the HTTP client's.
pub fn client<E>(
    plain: bool,
    configure: impl Fn(ClientBuilder) -> Result<ClientBuilder, E>,
    told: impl Fn(&reqwest::Error) -> E,
) -> Result<Client, E> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // If somebody else was first, it is the same one: there is no other in this program.
        rustls::crypto::ring::default_provider().install_default().ok();
    });
    match configure(Client::builder())?.build() {
        Ok(client) => Ok(client),
        Err(_) if plain => {
            configure(Client::builder().tls_certs_only([]))?.build().map_err(|error| told(&error))
        }
        Err(error) => Err(told(&error)),
    }
}

/// The innermost cause of an error says what happened; those around it name the address, which may be secret. None if
/// nothing is known beside the address.
#[must_use]
pub fn innermost(error: &reqwest::Error) -> Option<String> {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    (!cause.is::<reqwest::Error>()).then(|| cause.to_string())
}
