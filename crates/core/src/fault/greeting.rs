//! What a port answers that is not what was expected there.

/// What a port answers in place of a Docker engine or of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// It is an HTTP server, and no Docker engine.
    Http {
        /// The status: `404 Not Found`.
        status: String,
        /// The header `Server`: untrusted, cut.
        server: Option<String>,
    },
    /// It speaks another protocol.
    Protocol {
        /// The protocol, as far as its first bytes tell.
        protocol: Option<ForeignProtocol>,
        /// The first line that it sent: untrusted, cut, and empty if it has no text.
        begins: String,
    },
}

/// A protocol that is recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignProtocol {
    /// Plain HTTP, where TLS was expected.
    Http,
    /// HTTP/2 without TLS, as gRPC has it.
    Http2,
    /// Secure Shell.
    Ssh,
    /// Mail: SMTP.
    Smtp,
    /// File transfer: FTP.
    Ftp,
    /// Mail: POP3.
    Pop3,
    /// Mail: IMAP.
    Imap,
    /// Redis.
    Redis,
    /// `MySQL` or `MariaDB`.
    MySql,
    /// Remote screens: VNC.
    Vnc,
    /// Message queues: AMQP.
    Amqp,
    /// Terminals: Telnet.
    Telnet,
}
