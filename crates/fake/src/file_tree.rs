//! Files of volumes and containers of the engine in memory.

use std::collections::BTreeMap;

use tar::{EntryType, Header};

/// Files by their paths, without a slash in front; a volume's own directory is the empty path.
pub(super) type Files = BTreeMap<String, FakeFile>;

/// A file, a directory or a link.
#[derive(Debug, Clone)]
pub(super) struct FakeFile {
    pub(super) header: Header,
    pub(super) content: Vec<u8>,
}

/// A file with that content, or a directory.
pub(super) fn entry(kind: EntryType, mode: u32, content: &[u8]) -> FakeFile {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    FakeFile { header, content: content.to_owned() }
}
