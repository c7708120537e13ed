//! What runs in the containers that are measured: it costs next to nothing and ends at once when it is asked to.
//!
//! `sleep` does nothing. `serve` greets whoever connects to port 8080. `check` tells whether that works.

use std::{
    env,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
};

const PORT: u16 = 8080;
const SIGTERM: i32 = 15;

// The standard library has no way to hear a signal, and process 1 hears none that it does not ask for.
unsafe extern "C" {
    safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    safe fn _exit(code: i32) -> !;
}

extern "C" fn end(_: i32) {
    _exit(0)
}

fn main() {
    signal(SIGTERM, end);
    match env::args().nth(1).as_deref() {
        Some("serve") => {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).expect("a port");
            for mut stream in listener.incoming().flatten() {
                // Whoever hung up wants no greeting.
                let _ = stream.write_all(b"hello\n");
            }
        }
        Some("check") => {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).expect("a connection");
            stream.read_exact(&mut [0]).expect("a greeting");
        }
        _ => loop {
            thread::park();
        },
    }
}
