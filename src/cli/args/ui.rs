//! What `ui` and `dash` take.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueHint};

#[derive(Debug, Args)]
pub(in crate::cli) struct UiArgs {
    /// Address and port of the page; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Name under which browsers on other machines know this one; several with several options
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Serve the page over TLS with this certificate (PEM; intermediate certificates behind it)
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub tls_cert: Option<PathBuf>,
    /// Private key of that certificate (PEM, without a passphrase)
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,
    /// Show only: no button changes anything
    #[arg(long)]
    pub read_only: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DashArgs {
    /// Show only: no key changes anything
    #[arg(long)]
    pub read_only: bool,
}
