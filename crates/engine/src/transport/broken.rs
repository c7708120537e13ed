//! Connections that end too early.

use maestro_core::fault::ConnectionFault;

/// A connection ended before a byte of the answer came. Whether the request arrived is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}")]
pub struct Broken(pub ConnectionFault);
