//! Digests of files that did not change since they were read last, so that a large context is known in milliseconds.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File, Metadata},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// A file that changed so lately could change again without another time of change, so its digest is not kept.
const UNSURE: Duration = Duration::from_secs(2);
/// How many bytes are read at once.
const PIECE: usize = 256 * 1024;

/// The digests of a context's files, kept in a file of this machine. It is only a shortcut: without it, or if it cannot be
/// read or written, all files are read.
#[derive(Debug, Default)]
pub struct DigestCache {
    path: Option<PathBuf>,
    known: BTreeMap<String, Known>,
    used: BTreeMap<String, Known>,
}

/// What a digest was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    inode: u64,
    /// Nanoseconds since 1970, as text: JSON's numbers are shorter.
    modified: String,
    changed: String,
    digest: String,
}

impl Known {
    fn new(metadata: &Metadata, digest: String) -> Self {
        Self {
            size: metadata.size(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()).to_string(),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()).to_string(),
            digest,
        }
    }
}

impl DigestCache {
    /// The cache of the context `root` in the directory `folder`.
    #[must_use]
    pub fn load(folder: &Path, root: &Path) -> Self {
        let name = hex(ring::digest::digest(&SHA256, root.as_os_str().as_encoded_bytes()).as_ref());
        let path = folder.join(format!("{}.json", &name[..16]));
        let known = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { path: Some(path), known: known.unwrap_or_default(), used: BTreeMap::new() }
    }

    /// The SHA-256 digest of a file, in hexadecimal digits: read, unless size, inode and times are those of its last
    /// reading.
    pub(crate) fn digest(&mut self, name: &str, path: &Path, metadata: &Metadata) -> io::Result<String> {
        if let Some(earlier) = self.known.get(name)
            && *earlier == Known::new(metadata, earlier.digest.clone())
        {
            self.used.insert(name.to_owned(), earlier.clone());
            return Ok(earlier.digest.clone());
        }
        let digest = read(path)?;
        if is_settled(metadata) {
            self.used.insert(name.to_owned(), Known::new(metadata, digest.clone()));
        }
        Ok(digest)
    }

    /// Keeps a digest, however lately the file changed.
    #[cfg(test)]
    pub(crate) fn remember(&mut self, name: &str, metadata: &Metadata, digest: &str) {
        self.used.insert(name.to_owned(), Known::new(metadata, digest.to_owned()));
    }

    /// Keeps what was used, and only that.
    ///
    /// # Errors
    ///
    /// If the file cannot be written. Nothing is lost but time.
    pub fn save(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.used == self.known {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Two runs may write at once: each its own file, and the last one's stays.
        let new = path.with_extension(format!("{}.new", process::id()));
        fs::write(&new, serde_json::to_vec(&self.used)?)?;
        fs::rename(&new, path)
    }
}

fn nanoseconds(seconds: i64, nanoseconds: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
}

/// Whether a file's last change is so long ago that the next one has another time.
fn is_settled(metadata: &Metadata) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let changed = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
    i128::try_from(now.saturating_sub(UNSURE).as_nanos()).is_ok_and(|limit| changed < limit)
}

fn read(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut context, mut piece) = (Context::new(&SHA256), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(context.finish().as_ref())),
            length => context.update(&piece[..length]),
        }
    }
}

/// Hexadecimal digits of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
