//! Reads the archives that put files into containers.

const BLOCK: usize = 512;

/// Each regular file of an archive that is unpacked at `folder`: its path, owner, mode and content.
pub(super) fn files(folder: &str, archive: &[u8]) -> Vec<String> {
    let mut files = Vec::new();
    let mut rest = archive;
    while rest.len() >= BLOCK && rest[0] != 0 {
        let (head, after) = rest.split_at(BLOCK);
        let number = |from: usize, to: usize| u64::from_str_radix(&text(&head[from..to]), 8).unwrap_or(0);
        let size = usize::try_from(number(124, 136)).unwrap();
        if matches!(head[156], 0 | b'0') {
            let path =
                format!("{}/{}", folder.trim_end_matches('/'), text(&head[..100]).trim_start_matches('/'));
            let (mode, user, group) = (number(100, 108), number(108, 116), number(116, 124));
            files.push(format!("{path} {user}:{group} {mode:o} {}", String::from_utf8_lossy(&after[..size])));
        }
        rest = &after[size.next_multiple_of(BLOCK).min(after.len())..];
    }
    files
}

/// A field of a header, to its first NUL.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).trim().to_owned()
}
