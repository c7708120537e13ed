//! The archive of a context, as a builder takes it.

use std::{
    fs::File,
    io::{self, Read as _, Write},
};

use tar::{Builder, EntryType, Header};

use crate::{
    context::BuildContext,
    walk::{ContextEntry, ContextEntryKind},
};

impl BuildContext {
    /// Writes the context as a tar archive, file by file. All belongs to root, as with Docker's own client; modes and times
    /// stay.
    ///
    /// # Errors
    ///
    /// If `out` fails, or a file cannot be read any more: the error names it.
    pub fn pack(&self, out: impl Write) -> io::Result<()> {
        let mut archive = Builder::new(out);
        for entry in self.entries() {
            add(&mut archive, entry).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", entry.path.display()))
            })?;
        }
        if let Some(text) = self.dockerfile_text() {
            let mut header = Header::new_gnu();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, self.dockerfile_name(), text)?;
        }
        archive.into_inner()?.flush()
    }
}

fn add(archive: &mut Builder<impl Write>, entry: &ContextEntry) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_metadata(&entry.metadata);
    header.set_uid(0);
    header.set_gid(0);
    match &entry.kind {
        ContextEntryKind::Directory => {
            header.set_entry_type(EntryType::Directory);
            header.set_size(0);
            archive.append_data(&mut header, format!("{}/", entry.name), io::empty())
        }
        ContextEntryKind::Link(target) => {
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            archive.append_link(&mut header, &entry.name, target)
        }
        ContextEntryKind::File => {
            header.set_entry_type(EntryType::Regular);
            let file = File::open(&entry.path)?;
            // One that grows meanwhile must not break the archive, nor one that shrinks.
            let length = file.metadata()?.len();
            header.set_size(length);
            archive.append_data(&mut header, &entry.name, file.chain(io::repeat(0)).take(length))
        }
    }
}
