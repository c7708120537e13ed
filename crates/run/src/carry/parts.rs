//! Splits a tar archive that passes by into its files, without keeping them: memory does not grow with the archive.

use crate::archives::scan::{number, size_of};
use maestro_core::fault::TarFault;

const BLOCK: usize = 512;
/// How many bytes a header of extensions may have.
const LONGEST_EXTENSION: u64 = 1024 * 1024;

/// A part of an archive; all parts, one behind the other, are the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A file begins.
    File {
        /// Its path; empty if an extension of its header has it.
        name: String,
        /// The bytes of its content.
        size: u64,
        /// Its header, with its extensions.
        header: Vec<u8>,
    },
    /// Bytes of that file: its content, then what fills its last block.
    Content(Vec<u8>),
    /// What ends the archive.
    End(Vec<u8>),
}

/// The files of an archive.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The header that comes, with the extensions before it, as far as they came.
    header: Vec<u8>,
    /// Where the block begins in it that comes now.
    block: usize,
    /// Bytes of content, with what fills its last block, that are missing.
    missing: u64,
    /// Bytes of extensions that are missing, with what fills their last block.
    missing_extension: u64,
    /// The last extension: where it begins in `header`, and its bytes.
    extension: Option<(usize, usize)>,
    /// Empty blocks at the end.
    empty: u8,
}

impl Parts {
    /// Takes in the next bytes: the parts that they are of.
    ///
    /// # Errors
    /// If they cannot be what comes next.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Part>, TarFault> {
        let mut parts = Vec::new();
        while !bytes.is_empty() {
            if self.missing > 0 {
                let content = cut(&mut bytes, self.missing);
                self.missing -= content.len() as u64;
                parts.push(Part::Content(content.to_vec()));
            } else if self.is_complete() {
                parts.push(Part::End(std::mem::take(&mut bytes).to_vec()));
            } else if self.missing_extension > 0 {
                let extension = cut(&mut bytes, self.missing_extension);
                self.missing_extension -= extension.len() as u64;
                self.header.extend(extension);
                self.block = self.header.len();
            } else {
                let wanted = (self.block + BLOCK - self.header.len()) as u64;
                self.header.extend(cut(&mut bytes, wanted));
                if self.header.len() == self.block + BLOCK {
                    parts.extend(self.begin()?);
                }
            }
        }
        Ok(parts)
    }

    /// Whether the archive's end has come.
    pub(super) fn is_complete(&self) -> bool {
        self.empty >= 2
    }

    fn begin(&mut self) -> Result<Option<Part>, TarFault> {
        let header = &self.header[self.block..];
        if header.iter().all(|byte| *byte == 0) {
            self.empty += 1;
            self.block = 0;
            return Ok(Some(Part::End(std::mem::take(&mut self.header))));
        }
        if self.empty > 0 {
            return Err(TarFault::AfterEnd);
        }
        let checked = header.iter().enumerate();
        // The checksum counts as eight spaces.
        let sum = checked.map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }));
        if number(&header[148..156]) != Some(sum.sum()) {
            return Err(TarFault::Checksum);
        }
        let written = number(&header[124..136]).ok_or(TarFault::Size)?;
        if matches!(header[156], b'x' | b'g' | b'L' | b'K') {
            if written > LONGEST_EXTENSION {
                return Err(TarFault::LongHeader);
            }
            self.block = self.header.len();
            self.missing_extension = blocks(written)?;
            let bytes = usize::try_from(written).map_err(|_| TarFault::Size)?;
            self.extension = Some((self.block, bytes));
            return Ok(None);
        }
        let extension = self.extension.take().and_then(|(from, bytes)| self.header.get(from..from + bytes));
        let size = match header[156] {
            // Links, devices, directories and pipes have no content.
            b'1'..=b'6' => 0,
            _ => extension.and_then(size_of).unwrap_or(written),
        };
        let name = if extension.is_some() { String::new() } else { name(header) };
        self.missing = blocks(size)?;
        self.block = 0;
        Ok(Some(Part::File { name, size, header: std::mem::take(&mut self.header) }))
    }
}

/// The first of the bytes, at most so many.
fn cut<'b>(bytes: &mut &'b [u8], most: u64) -> &'b [u8] {
    let part = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
    let (first, rest) = bytes.split_at(part);
    *bytes = rest;
    first
}

fn blocks(size: u64) -> Result<u64, TarFault> {
    size.checked_next_multiple_of(BLOCK as u64).ok_or(TarFault::Size)
}

/// The path in a header: its name, behind its prefix.
fn name(header: &[u8]) -> String {
    let text = |field: &[u8]| {
        String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
    };
    let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
    // Only this format has a prefix.
    if prefix.is_empty() || &header[257..263] != b"ustar\0" { name } else { format!("{prefix}/{name}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tar::{Builder, Header};

    use super::*;

    fn archive(files: &[(String, usize)]) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (name, length) in files {
            let mut header = Header::new_ustar();
            header.set_size(*length as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, vec![b'x'; *length].as_slice()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn bytes_of(part: &Part) -> &[u8] {
        match part {
            Part::File { header: bytes, .. } | Part::Content(bytes) | Part::End(bytes) => bytes,
        }
    }

    proptest! {
        #[test]
        fn all_parts_are_the_archive(
            files in proptest::collection::vec(("[a-z]{1,80}", 0_usize..3000), 0..8),
            piece in 1_usize..5000,
        ) {
            let bytes = archive(&files);
            let mut parts = Parts::default();
            let mut all = Vec::new();
            for piece in bytes.chunks(piece) {
                all.extend(parts.feed(piece).unwrap());
            }
            prop_assert!(parts.is_complete());
            prop_assert_eq!(all.iter().flat_map(bytes_of).copied().collect::<Vec<u8>>(), bytes);
            let found: Vec<(String, usize)> = all.iter().filter_map(|part| match part {
                Part::File { name, size, .. } => Some((name.clone(), usize::try_from(*size).unwrap())),
                Part::Content(_) | Part::End(_) => None,
            }).collect();
            prop_assert_eq!(found, files);
        }
    }

    #[test]
    fn an_extension_belongs_to_its_file() {
        let mut archive = Builder::new(Vec::new());
        archive.append_pax_extensions([("size", &b"1000"[..]), ("path", b"other")]).unwrap();
        let mut header = Header::new_ustar();
        header.set_path("short").unwrap();
        header.set_size(0);
        header.set_cksum();
        let mut bytes = archive.into_inner().unwrap();
        bytes.truncate(bytes.len() - 2 * BLOCK);
        bytes.extend(header.as_bytes());
        bytes.extend([b'x'; 1024]);
        bytes.extend([0; 1024]);
        let mut parts = Parts::default();
        let all = parts.feed(&bytes).unwrap();
        assert!(
            matches!(&all[0], Part::File { name, size: 1000, header } if name.is_empty() && header.len() == 3 * BLOCK),
            "{all:?}"
        );
        assert!(parts.is_complete());
        assert_eq!(all.iter().flat_map(bytes_of).copied().collect::<Vec<u8>>(), bytes);
    }

    #[test]
    fn what_is_no_archive_is_told() {
        assert_eq!(Parts::default().feed(&[b'x'; 512]), Err(TarFault::Checksum));
    }
}
