//! What tells the files of one archive from those of another, whatever order they come in and whichever release of Docker
//! wrote it: names, kinds, owners, modes, links, attributes, times and contents of files.

use std::collections::BTreeMap;

use maestro_core::value::sha256::Sum;

const BLOCK: usize = 512;
/// How many bytes the extensions of one file may have; what is longer is no archive that [`TarScan`](super::TarScan) takes.
const LONGEST_EXTENSION: u64 = 1024 * 1024;

/// The sum of the digests of all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FilesDigest {
    /// Of each file's SHA-256 as a number, modulo 2^256: the order does not count, and files that are there twice do.
    sum: [u64; 4],
    /// Files, directories and links.
    pub files: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

impl FilesDigest {
    fn add(&mut self, digest: &[u8], bytes: u64) {
        let mut carry = false;
        for (word, part) in self.sum.iter_mut().zip(digest.chunks_exact(8)) {
            let part = part.try_into().map_or(0, u64::from_le_bytes);
            let (sum, first) = word.overflowing_add(part);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first || second);
        }
        self.files += 1;
        self.bytes += bytes;
    }
}

/// Makes the digest of an archive that passes by. What is no archive is told by [`TarScan`](super::TarScan).
pub struct ArchiveDigest {
    header: Vec<u8>,
    /// Bytes of content, and those that fill its last block.
    missing: u64,
    filling: u64,
    part: Part,
    /// What extensions say of the next file.
    records: BTreeMap<String, Vec<u8>>,
    all: FilesDigest,
}

/// What the bytes that come now are.
enum Part {
    /// Of nothing that counts.
    Skipped,
    /// Extensions: their kind, and as much as has come.
    Extension(u8, Vec<u8>),
    /// Content of a file with so many bytes.
    Content(Box<Sum>, u64),
}

impl Default for ArchiveDigest {
    fn default() -> Self {
        Self {
            header: Vec::new(),
            missing: 0,
            filling: 0,
            part: Part::Skipped,
            records: BTreeMap::new(),
            all: FilesDigest::default(),
        }
    }
}

impl ArchiveDigest {
    /// Takes in the next bytes.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let left = if self.missing > 0 { self.missing } else { self.filling };
            if left > 0 {
                let part = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                if self.missing > 0 {
                    match &mut self.part {
                        Part::Skipped => {}
                        Part::Extension(_, all) => all.extend(&bytes[..part]),
                        Part::Content(context, _) => context.update(&bytes[..part]),
                    }
                    self.missing -= part as u64;
                    if self.missing == 0 {
                        self.end();
                    }
                } else {
                    self.filling -= part as u64;
                }
                bytes = &bytes[part..];
                continue;
            }
            let part = (BLOCK - self.header.len()).min(bytes.len());
            self.header.extend(&bytes[..part]);
            bytes = &bytes[part..];
            if self.header.len() == BLOCK {
                let header = std::mem::take(&mut self.header);
                self.begin(&header);
            }
        }
    }

    /// Bytes of the contents that have come so far, without those of the file that comes now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let under_way = match &self.part {
            Part::Content(_, size) => size - self.missing,
            Part::Skipped | Part::Extension(..) => 0,
        };
        self.all.bytes + under_way
    }

    /// The digest of all files that have come.
    #[must_use]
    pub fn finish(self) -> FilesDigest {
        self.all
    }

    fn begin(&mut self, header: &[u8]) {
        if header.iter().all(|byte| *byte == 0) {
            return;
        }
        let kind = header[156];
        let written = super::scan::number(&header[124..136]).unwrap_or_default();
        let size = match kind {
            b'x' | b'g' | b'L' | b'K' => written,
            b'1'..=b'6' => 0,
            _ => self.number("size").unwrap_or(written),
        };
        self.missing = size;
        self.filling = size.next_multiple_of(BLOCK as u64) - size;
        self.part = match kind {
            b'x' | b'L' | b'K' if size <= LONGEST_EXTENSION => Part::Extension(kind, Vec::new()),
            b'x' | b'g' | b'L' | b'K' => Part::Skipped,
            _ => Part::Content(Box::new(self.described(header, size)), size),
        };
        if self.missing == 0 {
            self.end();
        }
    }

    /// A digest that has all that is known of a file before its content.
    fn described(&mut self, header: &[u8], size: u64) -> Sum {
        let records = std::mem::take(&mut self.records);
        let text = |range: std::ops::Range<usize>| {
            let field = &header[range];
            field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())].to_vec()
        };
        let field = |range: std::ops::Range<usize>| super::scan::number(&header[range]).unwrap_or_default();
        let numbered = |key: &str, range: std::ops::Range<usize>| {
            let record = records.get(key).and_then(|value| str::from_utf8(value).ok());
            // A time may have a fraction, which not every engine writes.
            let whole = record.and_then(|value| value.split('.').next()?.parse().ok());
            whole.unwrap_or_else(|| field(range))
        };
        // Files of old were of kind 0.
        let kind = if matches!(header[156], 0 | b'7') { b'0' } else { header[156] };
        let name = records.get("path").cloned().unwrap_or_else(|| {
            let prefix = if &header[257..263] == b"ustar\0" { text(345..500) } else { Vec::new() };
            let slash = if prefix.is_empty() { &b""[..] } else { b"/" };
            [&prefix[..], slash, &text(0..100)].concat()
        });
        let name = name.strip_suffix(b"/").unwrap_or(&name).to_vec();
        let link = records.get("linkpath").cloned().unwrap_or_else(|| text(157..257));
        // Links have no times and modes of their own everywhere, and directories get times as files come into them.
        let is_file = kind == b'0';
        let mode = if matches!(kind, b'1' | b'2') { 0 } else { field(100..108) & 0o7777 };
        let modified = if is_file { numbered("mtime", 136..148) } else { 0 };
        let device = if matches!(kind, b'3' | b'4') { [field(329..337), field(337..345)] } else { [0, 0] };
        let mut context = Sum::default();
        let mut add = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_le_bytes());
            context.update(bytes);
        };
        add(&[kind]);
        add(&name);
        add(&link);
        let (user, group) = (numbered("uid", 108..116), numbered("gid", 116..124));
        for number in [mode, user, group, size, modified, device[0], device[1]] {
            add(&number.to_le_bytes());
        }
        for (key, value) in records.iter().filter(|(key, _)| key.starts_with("SCHILY.xattr.")) {
            add(key.as_bytes());
            add(value);
        }
        context
    }

    fn number(&self, key: &str) -> Option<u64> {
        str::from_utf8(self.records.get(key)?).ok()?.parse().ok()
    }

    /// All bytes of a part have come.
    fn end(&mut self) {
        match std::mem::replace(&mut self.part, Part::Skipped) {
            Part::Skipped => {}
            Part::Extension(b'x', all) => self.take_records(&all),
            Part::Extension(kind, mut all) => {
                while all.last() == Some(&0) {
                    all.pop();
                }
                let key = if kind == b'L' { "path" } else { "linkpath" };
                self.records.insert(key.to_owned(), all);
            }
            Part::Content(context, size) => self.all.add(&context.bytes(), size),
        }
    }

    /// Reads records such as `20 path=a/long/name\n`.
    fn take_records(&mut self, mut rest: &[u8]) {
        while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
            let length = str::from_utf8(&rest[..space]).ok().and_then(|text| text.parse::<usize>().ok());
            let Some(record) = length.and_then(|length| rest.get(space + 1..length)) else { return };
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(equals) = record.iter().position(|byte| *byte == b'=') {
                let key = String::from_utf8_lossy(&record[..equals]).into_owned();
                self.records.insert(key, record[equals + 1..].to_vec());
            }
            rest = &rest[length.unwrap_or(rest.len())..];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tar::{Builder, EntryType, Header};

    use super::*;

    /// A file of an archive.
    #[derive(Debug, Clone, PartialEq)]
    struct File {
        name: String,
        content: Vec<u8>,
        mode: u32,
        owner: u64,
        modified: u64,
        attribute: Option<String>,
    }

    fn archive(files: &[File], is_pax: bool) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for file in files {
            let mut header = Header::new_gnu();
            header.set_size(file.content.len() as u64);
            header.set_mode(file.mode);
            header.set_uid(file.owner);
            header.set_mtime(file.modified);
            let value = file.attribute.as_deref().unwrap_or_default();
            let (modified, owner) = (format!("{}.250", file.modified), file.owner.to_string());
            let mut records = vec![("path", file.name.as_bytes())];
            if is_pax {
                records.extend([("mtime", modified.as_bytes()), ("uid", owner.as_bytes())]);
                header.set_mtime(0);
                header.set_uid(0);
            }
            if file.attribute.is_some() {
                records.push(("SCHILY.xattr.user.x", value.as_bytes()));
            }
            if is_pax || file.attribute.is_some() {
                archive.append_pax_extensions(records).unwrap();
            }
            archive.append_data(&mut header, &file.name, file.content.as_slice()).unwrap();
        }
        let mut link = Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_size(0);
        archive.append_link(&mut link, "link", "target").unwrap();
        archive.into_inner().unwrap()
    }

    fn digest(bytes: &[u8], piece: usize) -> FilesDigest {
        let mut digest = ArchiveDigest::default();
        bytes.chunks(piece).for_each(|piece| digest.feed(piece));
        digest.finish()
    }

    fn files() -> impl Strategy<Value = Vec<File>> {
        let file =
            ("[a-z]{1,150}", proptest::collection::vec(any::<u8>(), 0..1500), 0_u32..512, 0_u64..70000);
        let more = (0_u64..1_000_000, proptest::option::of("[a-z]{0,20}"));
        let file = (file, more).prop_map(|((name, content, mode, owner), (modified, attribute))| File {
            name,
            content,
            mode,
            owner,
            modified,
            attribute,
        });
        proptest::collection::vec(file, 1..6)
    }

    proptest! {
        #[test]
        fn neither_the_order_nor_the_form_of_an_archive_counts(files in files(), piece in 1_usize..3000) {
            let first = digest(&archive(&files, false), piece);
            let mut turned = files.clone();
            turned.reverse();
            prop_assert_eq!(first, digest(&archive(&turned, true), 512));
            prop_assert_eq!(first.files, files.len() as u64 + 1);
            prop_assert_eq!(first.bytes, files.iter().map(|file| file.content.len() as u64).sum::<u64>());
        }

        #[test]
        fn each_change_of_a_file_counts(files in files(), at in any::<prop::sample::Index>(), what in 0..7) {
            let mut changed = files.clone();
            let file = at.get(&files);
            let other = changed.iter_mut().find(|one| *one == file).unwrap();
            match what {
                0 => other.name.push('x'),
                1 => other.mode ^= 1,
                2 => other.owner += 1,
                3 => other.modified += 1,
                4 => other.attribute = Some("another".repeat(4)),
                5 => other.content.push(0),
                _ => match other.content.last_mut() {
                    Some(last) => *last ^= 1,
                    None => other.content.push(1),
                },
            }
            prop_assert_ne!(digest(&archive(&files, false), 512), digest(&archive(&changed, false), 512));
        }

        #[test]
        fn a_file_that_is_missing_or_there_twice_counts(files in files()) {
            let all = digest(&archive(&files, false), 512);
            prop_assert_ne!(all, digest(&archive(&files[1..], false), 512));
            let twice = [&files[..], &files[..1], &files[..1]].concat();
            prop_assert_ne!(all, digest(&archive(&twice, false), 512));
        }
    }
}
