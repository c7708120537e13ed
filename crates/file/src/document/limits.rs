//! How much is read of a file.

/// Bytes that a file may have.
pub const MAX_BYTES: usize = 16 << 20;
