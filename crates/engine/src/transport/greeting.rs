//! What a port answers that is no Docker engine, told by its first bytes.

use std::{
    io,
    sync::{Arc, Mutex},
};

use super::{broken::Broken, heard::Heard, stream::Stream};
use maestro_core::{
    fault::{ConnectionFault, ForeignProtocol, Greeting},
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
const PROTOCOLS: &[(&[u8], ForeignProtocol)] = &[
    (b"HTTP/", ForeignProtocol::Http),
    // HTTP/0.9 has no head.
    (b"<!DOCTYPE ", ForeignProtocol::Http),
    (b"<html", ForeignProtocol::Http),
    (b"SSH-", ForeignProtocol::Ssh),
    (b"RFB ", ForeignProtocol::Vnc),
    (b"AMQP", ForeignProtocol::Amqp),
    (b"+OK", ForeignProtocol::Pop3),
    (b"* OK", ForeignProtocol::Imap),
    (b"-ERR ", ForeignProtocol::Redis),
    (b"-NOAUTH", ForeignProtocol::Redis),
    (b"-DENIED", ForeignProtocol::Redis),
    (b"\xff\xfb", ForeignProtocol::Telnet),
    (b"\xff\xfd", ForeignProtocol::Telnet),
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
        [b'2', b'2', b'0', b' ' | b'-', ..] if text.contains("FTP") => Some(ForeignProtocol::Ftp),
        [b'2', b'2', b'0', b' ' | b'-', ..] if text.contains("SMTP") || text.contains("mail") => {
            Some(ForeignProtocol::Smtp)
        }
        // A SETTINGS frame: its length, its type, no flags, the stream 0.
        [0, 0, _, 4, 0, 0, 0, 0, 0, ..] => Some(ForeignProtocol::Http2),
        // A packet's length, its number 0, and the version of the handshake; a refusal has 0xff there.
        [_, _, 0, 0, 10 | 0xff, ..] => Some(ForeignProtocol::MySql),
        _ => None,
    });
    let begins = if is_text { shortened(&text, LONGEST_LINE).into_owned() } else { String::new() };
    Greeting::Protocol { protocol, begins }
}

/// The connection to the engine that a user knows as `address`. It breaks at the first bytes if they are not HTTP, and
/// its error tells what they are.
pub(super) fn http_only(stream: Box<dyn Stream>, address: String) -> impl Stream {
    let mut expected = ExpectedHttp::new(address);
    Heard::new(stream, move |bytes: &[u8]| expected.hear(bytes))
}

/// Bytes that have to be an answer in HTTP.
struct ExpectedHttp {
    address: String,
    /// What came so far; none once it is HTTP.
    heard: Option<Vec<u8>>,
}

impl ExpectedHttp {
    fn new(address: String) -> Self {
        Self { address, heard: Some(Vec::new()) }
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

/// The first bytes that came on a connection.
#[derive(Clone, Default)]
pub(super) struct FirstBytes(Arc<Mutex<Vec<u8>>>);

impl FirstBytes {
    /// The same connection, whose first bytes are kept here.
    pub(super) fn of(&self, stream: Box<dyn Stream>) -> impl Stream + use<> {
        let (first, mut is_full) = (self.clone(), false);
        Heard::new(stream, move |bytes: &[u8]| {
            if !is_full && let Ok(mut kept) = first.0.lock() {
                let room = MOST - kept.len();
                kept.extend(bytes.iter().take(room));
                is_full = kept.len() == MOST;
            }
            Ok(())
        })
    }

    /// What they are; none if nothing came.
    pub(super) fn greeting(&self) -> Option<Greeting> {
        let heard = self.0.lock().ok()?;
        (!heard.is_empty()).then(|| greeting(&heard))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_protocol_is_known_by_its_first_bytes() {
        let cases: &[(&[u8], Option<ForeignProtocol>, &str)] = &[
            (
                b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
                Some(ForeignProtocol::Ssh),
                "SSH-2.0-OpenSSH_9.2p1 Debian-2",
            ),
            (
                b"220 mx.example ESMTP Postfix\r\n",
                Some(ForeignProtocol::Smtp),
                "220 mx.example ESMTP Postfix",
            ),
            (b"220 (vsFTPd 3.0.5)\r\n", Some(ForeignProtocol::Ftp), "220 (vsFTPd 3.0.5)"),
            (b"220 welcome\r\n", None, "220 welcome"),
            (b"+OK Dovecot ready.\r\n", Some(ForeignProtocol::Pop3), "+OK Dovecot ready."),
            (
                b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
                Some(ForeignProtocol::Imap),
                "* OK [CAPABILITY IMAP4rev1] ready",
            ),
            (b"-ERR unknown command 'GET'\r\n", Some(ForeignProtocol::Redis), "-ERR unknown command 'GET'"),
            (
                b"-NOAUTH Authentication required.\r\n",
                Some(ForeignProtocol::Redis),
                "-NOAUTH Authentication required.",
            ),
            (b"J\0\0\0\n8.4.2\0\x08\0", Some(ForeignProtocol::MySql), ""),
            (b"E\0\0\0\xffj\x04Host '10.0.0.9' is not allowed", Some(ForeignProtocol::MySql), ""),
            (b"RFB 003.008\n", Some(ForeignProtocol::Vnc), "RFB 003.008"),
            (b"AMQP\0\0\x09\x01", Some(ForeignProtocol::Amqp), ""),
            (b"\xff\xfd\x18\xff\xfd ", Some(ForeignProtocol::Telnet), ""),
            (b"\0\0\x12\x04\0\0\0\0\0", Some(ForeignProtocol::Http2), ""),
            (b"HTTP/1.1 400 Bad Request\r\n", Some(ForeignProtocol::Http), "HTTP/1.1 400 Bad Request"),
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
        let expected = || ExpectedHttp::new("tcp://a:1".into());
        let mut http = expected();
        for piece in [&b"HT"[..], b"TP/1", b".1 200 OK\r\n", b"\r\nSSH-"] {
            http.hear(piece).unwrap();
        }
        let fault = |bytes: &[u8]| {
            let error = expected().hear(bytes).unwrap_err();
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
