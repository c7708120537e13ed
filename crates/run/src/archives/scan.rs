//! Follows a tar archive that passes by: whether all of it came, and how many files are in it. Engines end their answer as
//! usual when they fail while they read, so only the archive itself shows that it is whole.

use maestro_core::fault::{ArchiveFault, TarFault};

const BLOCK: usize = 512;
/// How many bytes a header of extensions may have: it names a file and its attributes.
const LONGEST_EXTENSION: u64 = 1024 * 1024;

/// What has come of an archive.
#[derive(Debug, Default)]
pub struct TarScan {
    /// The part of a header that has come.
    header: Vec<u8>,
    /// Bytes of content, with what fills its last block, that are missing.
    missing: u64,
    /// Extensions of the next file, as far as they came.
    extension: Option<Vec<u8>>,
    /// The size of the next file, where its extensions say it.
    size: Option<u64>,
    /// Empty blocks at the end.
    empty: u8,
    files: u64,
    bytes: u64,
    /// Bytes of the contents of files, those of the file that comes now included.
    content: u64,
    /// Whether the bytes that are missing are such.
    is_content: bool,
}

impl TarScan {
    /// Takes in the next bytes.
    ///
    /// # Errors
    /// [`ArchiveFault::NotTar`] if they cannot be what comes next.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), ArchiveFault> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.missing > 0 {
                let part = usize::try_from(self.missing).unwrap_or(usize::MAX).min(bytes.len());
                if let Some(extension) = &mut self.extension {
                    extension.extend(&bytes[..part]);
                }
                self.missing -= part as u64;
                bytes = &bytes[part..];
                if self.missing == 0
                    && let Some(extension) = self.extension.take()
                {
                    self.size = size_of(&extension);
                }
                continue;
            }
            // What follows the end is of no interest.
            if self.is_complete() {
                return Ok(());
            }
            let part = (BLOCK - self.header.len()).min(bytes.len());
            self.header.extend(&bytes[..part]);
            bytes = &bytes[part..];
            if self.header.len() == BLOCK {
                let header = std::mem::take(&mut self.header);
                self.begin(&header)?;
            }
        }
        Ok(())
    }

    /// Whether the archive's end has come.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.empty >= 2
    }

    /// How many files, directories and links there were.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files
    }

    /// How many bytes there were.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes of contents of files there were, without what an archive adds to them.
    #[must_use]
    pub fn content(&self) -> u64 {
        if self.is_content { self.content.saturating_sub(self.missing) } else { self.content }
    }

    fn begin(&mut self, header: &[u8]) -> Result<(), ArchiveFault> {
        if header.iter().all(|byte| *byte == 0) {
            self.empty += 1;
            return Ok(());
        }
        let wrong = |what| Err(ArchiveFault::NotTar(what));
        if self.empty > 0 {
            return wrong(TarFault::AfterEnd);
        }
        let sum: u64 = header
            .iter()
            .enumerate()
            // The checksum counts as eight spaces.
            .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
            .sum();
        if number(&header[148..156]) != Some(sum) {
            return wrong(TarFault::Checksum);
        }
        let Some(written) = number(&header[124..136]) else { return wrong(TarFault::Size) };
        let kind = header[156];
        let size = match kind {
            // Extensions of one file; of all; long names.
            b'x' | b'g' | b'L' | b'K' => written,
            // Links, devices, directories and pipes have no content.
            b'1'..=b'6' => 0,
            _ => self.size.unwrap_or(written),
        };
        match kind {
            b'x' if size > LONGEST_EXTENSION => return wrong(TarFault::LongHeader),
            b'x' => self.extension = Some(Vec::new()),
            b'g' | b'L' | b'K' => {}
            _ => {
                self.size = None;
                self.files += 1;
                self.content += size;
            }
        }
        self.is_content = !matches!(kind, b'x' | b'g' | b'L' | b'K');
        match size.checked_next_multiple_of(BLOCK as u64) {
            Some(blocks) => self.missing = blocks,
            None => return wrong(TarFault::Size),
        }
        if self.missing == 0 {
            self.extension = None;
        }
        Ok(())
    }
}

/// A number as headers have it: octal digits, or bytes whose first bit is set.
pub(crate) fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        let digits = std::iter::once(first & 0x7f).chain(rest.iter().copied());
        return digits
            .into_iter()
            .try_fold(0_u64, |number, byte| number.checked_mul(256)?.checked_add(u64::from(byte)));
    }
    let text = str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The size that extensions say.
pub(crate) fn size_of(extension: &[u8]) -> Option<u64> {
    let mut rest = extension;
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length: usize = str::from_utf8(&rest[..space]).ok()?.parse().ok()?;
        let record = rest.get(space + 1..length)?;
        if let Some(size) = record.strip_prefix(b"size=") {
            return str::from_utf8(size).ok()?.trim_end().parse().ok();
        }
        rest = &rest[length..];
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tar::{Builder, EntryType, Header};

    use super::*;

    fn archive(files: &[(String, usize)]) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (name, length) in files {
            let mut header = Header::new_gnu();
            header.set_size(*length as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, vec![b'x'; *length].as_slice()).unwrap();
        }
        let mut link = Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_size(0);
        archive.append_link(&mut link, "link", "target").unwrap();
        archive.into_inner().unwrap()
    }

    proptest! {
        #[test]
        fn only_the_whole_archive_is_complete(
            files in proptest::collection::vec(("[a-z]{1,200}", 0_usize..3000), 0..8),
            piece in 1_usize..5000,
            cut in 0.0..1.0_f64,
        ) {
            let files: Vec<_> = files;
            let bytes = archive(&files);
            let mut scan = TarScan::default();
            for piece in bytes.chunks(piece) {
                prop_assert!(scan.feed(piece).is_ok());
            }
            prop_assert!(scan.is_complete());
            prop_assert_eq!(scan.files(), files.len() as u64 + 1);
            prop_assert_eq!(scan.bytes(), bytes.len() as u64);
            prop_assert_eq!(scan.content(), files.iter().map(|(_, length)| *length as u64).sum::<u64>());
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in it")]
            let cut = ((bytes.len() - BLOCK) as f64 * cut) as usize;
            let mut scan = TarScan::default();
            prop_assert!(scan.feed(&bytes[..cut]).is_ok());
            prop_assert!(!scan.is_complete());
        }
    }

    #[test]
    fn a_size_beyond_what_a_header_holds_is_in_its_extension() {
        let mut archive = Builder::new(Vec::new());
        archive.append_pax_extensions([("size", &b"1000"[..])]).unwrap();
        let mut header = Header::new_gnu();
        header.set_path("big").unwrap();
        header.set_size(0);
        header.set_cksum();
        let mut bytes = archive.into_inner().unwrap();
        bytes.truncate(bytes.len() - 2 * BLOCK);
        bytes.extend(header.as_bytes());
        bytes.extend([b'x'; 1024]);
        let mut scan = TarScan::default();
        scan.feed(&bytes).unwrap();
        scan.feed(&[0; 1024]).unwrap();
        assert!(scan.is_complete() && scan.files() == 1);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]), Some((2 << 32) + 1));
    }

    #[test]
    fn what_is_no_archive_is_told() {
        let mut scan = TarScan::default();
        assert!(matches!(scan.feed(&[b'x'; 512]), Err(ArchiveFault::NotTar(_))));
        let mut bytes = archive(&[]);
        bytes[0] ^= 1;
        assert!(TarScan::default().feed(&bytes).is_err());
    }
}
