//! Compression of an archive on its way to an engine.

use std::io;

use futures_util::{StreamExt as _, stream};
use zstd::stream::raw::{Encoder, InBuffer, Operation as _, OutBuffer};

use crate::ArchiveInput;

/// The fastest level: a line must not wait for it.
const LEVEL: i32 = 1;
/// How many bytes are written at once.
const PIECE: usize = 128 * 1024;

/// The same archive, compressed with zstd.
pub(super) fn squeezed(archive: ArchiveInput) -> ArchiveInput {
    let Ok(encoder) = Encoder::new(LEVEL) else { return archive };
    stream::unfold(Some((archive, encoder)), |state| async move {
        let (mut archive, mut encoder) = state?;
        loop {
            let piece = match archive.next().await {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => return Some((Err(error), None)),
                None => return Some((ended(&mut encoder), None)),
            };
            match taken(&mut encoder, &piece) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Some((Ok(bytes), Some((archive, encoder)))),
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
    .boxed()
}

fn taken(encoder: &mut Encoder<'_>, piece: &[u8]) -> io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; PIECE]);
    let mut input = InBuffer::around(piece);
    while input.pos() < piece.len() {
        let mut output = OutBuffer::around(&mut buffer[..]);
        encoder.run(&mut input, &mut output)?;
        bytes.extend_from_slice(output.as_slice());
    }
    Ok(bytes)
}

fn ended(encoder: &mut Encoder<'_>) -> io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; PIECE]);
    loop {
        let mut output = OutBuffer::around(&mut buffer[..]);
        let left = encoder.finish(&mut output, true)?;
        bytes.extend_from_slice(output.as_slice());
        if left == 0 {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_squeezed_is_the_same_afterwards() {
        let pieces: Vec<Vec<u8>> = (0..200_u8).map(|at| vec![at; 3_000 * usize::from(at)]).collect();
        let plain = pieces.concat();
        let mut sent = squeezed(stream::iter(pieces.into_iter().map(Ok)).boxed());
        let mut bytes = Vec::new();
        while let Some(piece) = sent.next().await {
            bytes.extend(piece.unwrap());
        }
        assert!(bytes.len() < plain.len() / 100, "{}", bytes.len());
        assert_eq!(zstd::decode_all(&bytes[..]).unwrap(), plain);
    }

    #[tokio::test]
    async fn an_archive_that_breaks_off_is_not_ended() {
        let pieces = vec![Ok(vec![1; 10]), Err(io::ErrorKind::BrokenPipe.into())];
        let sent: Vec<_> = squeezed(stream::iter(pieces).boxed()).collect().await;
        assert!(sent.last().is_some_and(Result::is_err) && sent.len() <= 2);
    }
}
