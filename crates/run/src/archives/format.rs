//! The file of a backup: a tar archive, compressed with zstd, between two frames of zstd that decompressors skip. The first
//! says what it is a backup of; the last one has a checksum of all bytes before it, so that a file that was cut or changed
//! is recognised. `zstd -d < FILE | tar x` unpacks it without Maestro.

use std::io::{self, Read, Write};

use serde_json::{Value, json};

use maestro_core::{fault::ArchiveFault, value::sha256::Sum};

/// The format that is written.
const FORMAT: u64 = 1;
/// What the two frames begin with, little endian; both are among those that zstd reserves for others.
const FIRST: u32 = 0x184d_2a5d;
const LAST: u32 = 0x184d_2a5e;
/// Bytes of the last frame, without what it begins with and its length.
const LAST_LENGTH: usize = 192;
/// All bytes of the last frame.
const TRAILER: usize = LAST_LENGTH + 8;
/// How many bytes the first frame may have.
const LONGEST_FIRST: u32 = 64 * 1024;
/// How much is read at once.
const PIECE: usize = 128 * 1024;
/// zstd's own default.
const LEVEL: i32 = 3;

/// What a backup is of. Read from a file, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupHeader {
    /// The environment.
    pub environment: String,
    /// The ship.
    pub ship: String,
    /// The volume's name, or the path of a directory of the ship.
    pub volume: String,
    /// When it was begun, as UTC.
    pub created: String,
}

impl BackupHeader {
    fn json(&self) -> Value {
        json!({
            "maestro-backup": FORMAT,
            "environment": self.environment,
            "ship": self.ship,
            "volume": self.volume,
            "created": self.created,
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, ArchiveFault> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| ArchiveFault::NotABackup)?;
        match value["maestro-backup"].as_u64() {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => return Err(ArchiveFault::NewerFormat(newer.to_string())),
            Some(_) | None => return Err(ArchiveFault::NotABackup),
        }
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            environment: text("environment"),
            ship: text("ship"),
            volume: text("volume"),
            created: text("created"),
        })
    }
}

/// How much a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupContent {
    /// Files, directories and links.
    pub files: u64,
    /// Bytes of the archive before it was compressed.
    pub bytes: u64,
}

/// Writes a backup.
pub struct BackupWriter<W: Write> {
    compressor: zstd::stream::write::Encoder<'static, Summed<W>>,
}

impl<W: Write> BackupWriter<W> {
    /// Begins a backup.
    ///
    /// # Errors
    /// As `out` fails.
    pub fn new(out: W, header: &BackupHeader) -> io::Result<Self> {
        let mut out = Summed { inner: out, sum: Sum::default(), bytes: 0 };
        let first = serde_json::to_vec(&header.json())?;
        let length = u32::try_from(first.len()).map_err(io::Error::other)?;
        out.write_all(&FIRST.to_le_bytes())?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&first)?;
        let mut compressor = zstd::stream::write::Encoder::new(out, LEVEL)?;
        compressor.include_checksum(true)?;
        Ok(Self { compressor })
    }

    /// Writes the next bytes of the archive.
    ///
    /// # Errors
    /// As what it writes to fails.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.compressor.write_all(bytes)
    }

    /// Ends the backup: without this, no reader takes it for complete. Also tells how many bytes were written.
    ///
    /// # Errors
    /// As what it writes to fails.
    pub fn finish(self, content: BackupContent) -> io::Result<(W, u64)> {
        let Summed { mut inner, sum, bytes } = self.compressor.finish()?;
        let lines = [
            ("maestro-backup-end", FORMAT.to_string()),
            ("sha256", sum.digits()),
            ("files", content.files.to_string()),
            ("bytes", content.bytes.to_string()),
        ];
        let mut text: String = lines.iter().flat_map(|(name, value)| [name, " ", value, "\n"]).collect();
        text.extend(std::iter::repeat_n(' ', LAST_LENGTH.saturating_sub(text.len())));
        inner.write_all(&LAST.to_le_bytes())?;
        inner.write_all(&u32::try_from(LAST_LENGTH).map_err(io::Error::other)?.to_le_bytes())?;
        inner.write_all(text.as_bytes())?;
        inner.flush()?;
        Ok((inner, bytes + TRAILER as u64))
    }
}

/// Counts and sums what is written.
struct Summed<W> {
    inner: W,
    sum: Sum,
    bytes: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A backup whose whole file was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBackup {
    /// What it is of.
    pub header: BackupHeader,
    /// How much it holds.
    pub content: BackupContent,
    /// The length of its file.
    pub length: u64,
    sum: String,
}

/// Checks all of a file of that many bytes.
///
/// # Errors
/// [`ArchiveFault::NotABackup`], [`ArchiveFault::Truncated`], [`ArchiveFault::Changed`] or
/// [`ArchiveFault::NewerFormat`]; what the system says where it cannot be read.
pub fn check(file: &mut impl Read, length: u64, path: &str) -> Result<CheckedBackup, ArchiveFault> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveFault::Truncated,
        _ => ArchiveFault::File { path: path.to_owned(), words: error.to_string() },
    };
    let (mut magic, mut size) = ([0; 4], [0; 4]);
    let begun = file.read_exact(&mut magic).and_then(|()| file.read_exact(&mut size));
    begun.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveFault::NotABackup,
        _ => failed(error),
    })?;
    let first_bytes = [magic, size].concat();
    let size = u32::from_le_bytes(size);
    if u32::from_le_bytes(magic) != FIRST || size > LONGEST_FIRST {
        return Err(ArchiveFault::NotABackup);
    }
    let mut first = vec![0; size as usize];
    file.read_exact(&mut first).map_err(failed)?;
    let header = BackupHeader::read(&first)?;
    let mut sum = Sum::default();
    sum.update(&first_bytes);
    sum.update(&first);
    let rest = length.checked_sub(8 + u64::from(size) + TRAILER as u64).ok_or(ArchiveFault::Truncated)?;
    let mut left = rest;
    let mut piece = vec![0; PIECE];
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        file.read_exact(&mut piece[..part]).map_err(failed)?;
        sum.update(&piece[..part]);
        left -= part as u64;
    }
    let mut last = [0; TRAILER];
    file.read_exact(&mut last).map_err(failed)?;
    let (content, told) = trailer(&last).ok_or(ArchiveFault::Truncated)?;
    if sum.digits() != told {
        return Err(ArchiveFault::Changed);
    }
    Ok(CheckedBackup { header, content, length, sum: told })
}

/// What the last frame says: how much there is, and the checksum.
fn trailer(bytes: &[u8]) -> Option<(BackupContent, String)> {
    let (begin, text) = bytes.split_at_checked(8)?;
    if begin.get(..4)? != LAST.to_le_bytes() {
        return None;
    }
    let mut lines = str::from_utf8(text).ok()?.lines();
    lines.next()?.strip_prefix("maestro-backup-end ")?;
    let sum = lines.next()?.strip_prefix("sha256 ")?.to_owned();
    let files = lines.next()?.strip_prefix("files ")?.parse().ok()?;
    let bytes = lines.next()?.strip_prefix("bytes ")?.parse().ok()?;
    Some((BackupContent { files, bytes }, sum))
}

/// Reads the archive of a backup that was checked, from the beginning of its file.
pub struct BackupReader<R: Read> {
    decompressor: zstd::stream::read::Decoder<'static, io::BufReader<Resummed<R>>>,
    checked: CheckedBackup,
    is_over: bool,
}

impl<R: Read> BackupReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// As the decompressor fails.
    pub fn new(file: R, checked: CheckedBackup) -> io::Result<Self> {
        let left = checked.length.saturating_sub(TRAILER as u64);
        let file = Resummed { inner: file.take(left), sum: Sum::default(), bytes: 0 };
        let decompressor = zstd::stream::read::Decoder::new(file)?;
        Ok(Self { decompressor, checked, is_over: false })
    }

    /// How many bytes of the file were read.
    pub fn position(&self) -> u64 {
        self.decompressor.get_ref().get_ref().bytes
    }

    /// The next bytes of the archive; none at its end.
    ///
    /// # Errors
    /// As the file fails; if it is not any more what was checked.
    pub fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut piece = vec![0; PIECE];
        let read = if self.is_over { 0 } else { self.decompressor.read(&mut piece)? };
        if read > 0 {
            piece.truncate(read);
            return Ok(Some(piece));
        }
        self.is_over = true;
        if self.decompressor.get_ref().get_ref().sum.clone().digits() != self.checked.sum {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(None)
    }
}

/// Sums what is read.
struct Resummed<R> {
    inner: io::Take<R>,
    sum: Sum,
    bytes: u64,
}

impl<R: Read> Read for Resummed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sum.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> BackupHeader {
        BackupHeader {
            environment: "shop".into(),
            ship: "alpha".into(),
            volume: "shop_data".into(),
            created: "2026-11-29T08:00:00Z".into(),
        }
    }

    fn backup(archive: &[u8]) -> Vec<u8> {
        let mut writer = BackupWriter::new(Vec::new(), &header()).unwrap();
        archive.chunks(1000).for_each(|piece| writer.write(piece).unwrap());
        let (bytes, length) = writer.finish(BackupContent { files: 1, bytes: archive.len() as u64 }).unwrap();
        assert_eq!(bytes.len() as u64, length);
        bytes
    }

    fn checked(bytes: &[u8]) -> Result<CheckedBackup, ArchiveFault> {
        check(&mut &bytes[..], bytes.len() as u64, "x")
    }

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut reader = BackupReader::new(bytes, checked(bytes).unwrap()).unwrap();
        let mut archive = Vec::new();
        while let Some(piece) = reader.piece().unwrap() {
            archive.extend(piece);
        }
        assert_eq!(reader.position(), (bytes.len() - TRAILER) as u64);
        archive
    }

    proptest! {
        #[test]
        fn a_backup_is_read_as_it_was_written_and_no_other(
            archive in proptest::collection::vec(any::<u8>(), 0..5000),
            at in any::<proptest::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let bytes = backup(&archive);
            let whole = checked(&bytes).unwrap();
            prop_assert_eq!(&whole.header, &header());
            prop_assert_eq!(whole.content, BackupContent { files: 1, bytes: archive.len() as u64 });
            prop_assert_eq!(read(&bytes), archive);
            let at = at.index(bytes.len());
            prop_assert!(checked(&bytes[..at]).is_err(), "cut at {}", at);
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            // What fills the last frame, and its length, say nothing.
            let is_content = at < bytes.len() - TRAILER;
            prop_assert!(!is_content || checked(&changed).is_err(), "changed at {}", at);
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let bytes = backup(b"archive");
        assert_eq!(checked(b""), Err(ArchiveFault::NotABackup));
        assert_eq!(checked(b"\x28\xb5\x2f\xfd and no backup of ours"), Err(ArchiveFault::NotABackup));
        assert_eq!(checked(&bytes[..bytes.len() - 1]), Err(ArchiveFault::Truncated));
        assert_eq!(checked(&[&bytes[..], b"x"].concat()), Err(ArchiveFault::Truncated));
        let at = bytes.len() - TRAILER - 1;
        let changed = [&bytes[..at], &[bytes[at] ^ 1], &bytes[at + 1..]].concat();
        assert_eq!(checked(&changed), Err(ArchiveFault::Changed));
        let newer = String::from_utf8_lossy(&bytes[8..40]).replace("backup\":1", "backup\":7");
        let newer = [&bytes[..8], newer.as_bytes(), &bytes[40..]].concat();
        assert_eq!(checked(&newer), Err(ArchiveFault::NewerFormat("7".into())));
    }
}
