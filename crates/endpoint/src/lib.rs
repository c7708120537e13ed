//! Which engines Docker's own command knows, and what TLS with one takes, from the files of this machine.

pub mod address;
pub mod docker;
pub mod pem;
