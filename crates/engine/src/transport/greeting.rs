//! What a port answers that is no Docker engine, told by its first bytes.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{broken::Broken, stream::Stream};
use maestro_core::{
    fault::{ConnectionFault, Greeting, Protocol},
    value::shortened,
};

/// How an answer in HTTP begins.
const HTTP: &[u8] = b"HTTP/1.";
/// How records of TLS begin: an alert or a handshake, of any version.
const TLS: [&[u8]; 2] = [b"\x15\x03", b"\x16\x03"];
/// How many bytes are looked at.
const MOST: usize = 256;
/// How many characters are told.
const LONGEST_LINE: usize = 80;

/// What each protocol's first bytes are.
const PROTOCOLS: &[(&[u8], Protocol)] = &[
    (b"HTTP/", Protocol::Http),
    // HTTP/0.9 has no head.
    (b"<!DOCTYPE ", Protocol::Http),
    (b"<html", Protocol::Http),
    (b"SSH-", Protocol::Ssh),
    (b"RFB ", Protocol::Vnc),
    (b"AMQP", Protocol::Amqp),
    (b"+OK", Protocol::Pop3),
    (b"* OK", Protocol::Imap),
    (b"-ERR ", Protocol::Redis),
    (b"-NOAUTH", Protocol::Redis),
    (b"-DENIED", Protocol::Redis),
    (b"\xff\xfb", Protocol::Telnet),
    (b"\xff\xfd", Protocol::Telnet),
];

/// What these first bytes of an answer are, which is not what was expected.
pub(super) fn greeting(bytes: &[u8]) -> Greeting {
    let known = PROTOCOLS.iter().find(|(begins, _)| bytes.starts_with(begins)).map(|(_, known)| *known);
    let line = bytes.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let is_text =
        !line.is_empty() && !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let protocol = known.or(match bytes {
        // Mail and file servers greet alike; most name their protocol.
        [b'2', b'2', b'0', b' ' | b'-', ..] if text.contains("FTP") => Some(Protocol::Ftp),
        [b'2', b'2', b'0', b' ' | b'-', ..] if text.contains("SMTP") || text.contains("mail") => {
            Some(Protocol::Smtp)
        }
        // A SETTINGS frame: its length, its type, no flags, the stream 0.
        [0, 0, _, 4, 0, 0, 0, 0, 0, ..] => Some(Protocol::Http2),
        // A packet's length, its number 0, and the version of the handshake; a refusal has 0xff there.
        [_, _, 0, 0, 10 | 0xff, ..] => Some(Protocol::MySql),
        _ => None,
    });
    let begins = if is_text { shortened(&text, LONGEST_LINE).into_owned() } else { String::new() };
    Greeting::Protocol { protocol, begins }
}

/// A connection to an engine. It breaks at the first bytes if they are not HTTP, and its error tells what they are.
pub(super) struct Watched {
    stream: Box<dyn Stream>,
    address: String,
    /// What came so far; none once it is HTTP.
    heard: Option<Vec<u8>>,
}

impl Watched {
    /// Watches the connection to the engine that a user knows as `address`.
    pub(super) fn new(stream: Box<dyn Stream>, address: String) -> Self {
        Self { stream, address, heard: Some(Vec::new()) }
    }

    /// Takes notice of bytes that came.
    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(heard) = &mut self.heard else { return Ok(()) };
        heard.extend(bytes.iter().take(MOST));
        if heard.starts_with(HTTP) {
            self.heard = None;
            return Ok(());
        }
        if HTTP.starts_with(heard) {
            return Ok(());
        }
        let address = self.address.clone();
        let fault = if TLS.iter().any(|begins| heard.starts_with(begins)) {
            ConnectionFault::NeedsTls { address }
        } else {
            ConnectionFault::OtherServer { address, greeting: greeting(heard) }
        };
        Err(io::Error::other(Broken(fault)))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        Poll::Ready(self.hear(&buffer.filled()[before..]))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The first bytes that came on a connection.
#[derive(Clone, Default)]
pub(super) struct FirstBytes(Arc<Mutex<Vec<u8>>>);

impl FirstBytes {
    /// What they are; none if nothing came.
    pub(super) fn greeting(&self) -> Option<Greeting> {
        let heard = self.0.lock().ok()?;
        (!heard.is_empty()).then(|| greeting(&heard))
    }
}

/// A connection whose first bytes are kept.
pub(super) struct Kept {
    stream: Box<dyn Stream>,
    first: FirstBytes,
    is_full: bool,
}

impl Kept {
    /// Keeps the first bytes that come on `stream` in `first`.
    pub(super) fn new(stream: Box<dyn Stream>, first: FirstBytes) -> Self {
        Self { stream, first, is_full: false }
    }
}

impl AsyncRead for Kept {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = &buffer.filled()[before..];
        if !self.is_full && !came.is_empty() {
            let first = self.first.clone();
            if let Ok(mut heard) = first.0.lock() {
                let room = MOST - heard.len();
                heard.extend(came.iter().take(room));
                self.is_full = heard.len() == MOST;
            }
        }
        result
    }
}

impl AsyncWrite for Kept {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_protocol_is_known_by_its_first_bytes() {
        let cases: &[(&[u8], Option<Protocol>, &str)] = &[
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Some(Protocol::Ssh), "SSH-2.0-OpenSSH_9.2p1 Debian-2"),
            (b"220 mx.example ESMTP Postfix\r\n", Some(Protocol::Smtp), "220 mx.example ESMTP Postfix"),
            (b"220 (vsFTPd 3.0.5)\r\n", Some(Protocol::Ftp), "220 (vsFTPd 3.0.5)"),
            (b"220 welcome\r\n", None, "220 welcome"),
            (b"+OK Dovecot ready.\r\n", Some(Protocol::Pop3), "+OK Dovecot ready."),
            (
                b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
                Some(Protocol::Imap),
                "* OK [CAPABILITY IMAP4rev1] ready",
            ),
            (b"-ERR unknown command 'GET'\r\n", Some(Protocol::Redis), "-ERR unknown command 'GET'"),
            (
                b"-NOAUTH Authentication required.\r\n",
                Some(Protocol::Redis),
                "-NOAUTH Authentication required.",
            ),
            (b"J\0\0\0\n8.4.2\0\x08\0", Some(Protocol::MySql), ""),
            (b"E\0\0\0\xffj\x04Host '10.0.0.9' is not allowed", Some(Protocol::MySql), ""),
            (b"RFB 003.008\n", Some(Protocol::Vnc), "RFB 003.008"),
            (b"AMQP\0\0\x09\x01", Some(Protocol::Amqp), ""),
            (b"\xff\xfd\x18\xff\xfd ", Some(Protocol::Telnet), ""),
            (b"\0\0\x12\x04\0\0\0\0\0", Some(Protocol::Http2), ""),
            (b"HTTP/1.1 400 Bad Request\r\n", Some(Protocol::Http), "HTTP/1.1 400 Bad Request"),
            (b"hello there\nmore", None, "hello there"),
            (b"\x1b[31mred", None, ""),
            (b"\xff\xfe\xfd", None, ""),
        ];
        for (bytes, protocol, begins) in cases {
            let expected = Greeting::Protocol { protocol: *protocol, begins: (*begins).to_owned() };
            assert_eq!(greeting(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
        let Greeting::Protocol { begins, .. } = greeting(&[b'x'; 5_000]) else { panic!() };
        assert!(begins.chars().count() <= LONGEST_LINE + 1, "{begins}");
    }

    #[test]
    fn http_may_come_in_pieces() {
        let watched = || Watched::new(Box::new(tokio::io::duplex(1).0), "tcp://a:1".into());
        let mut http = watched();
        for piece in [&b"HT"[..], b"TP/1", b".1 200 OK\r\n", b"\r\nSSH-"] {
            http.hear(piece).unwrap();
        }
        let fault = |bytes: &[u8]| {
            let error = watched().hear(bytes).unwrap_err();
            error.get_ref().and_then(|inside| inside.downcast_ref::<Broken>()).unwrap().0.clone()
        };
        assert!(matches!(fault(b"\x15\x03\x01\0\x02\x02\x46"), ConnectionFault::NeedsTls { .. }));
        assert!(matches!(fault(b"SSH-2.0-x\r\n"), ConnectionFault::OtherServer { .. }));
        assert!(matches!(fault(b"HTTX"), ConnectionFault::OtherServer { .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_put_control_characters_into_what_is_told(bytes: Vec<u8>) {
            let Greeting::Protocol { begins, .. } = greeting(&bytes) else { panic!() };
            prop_assert!(!begins.contains(char::is_control));
        }
    }
}
