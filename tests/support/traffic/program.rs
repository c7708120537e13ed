//! A server and a client that asks it all the time, for roll-outs that must not lose a request. A program of its own, of
//! the standard library alone, static, so that it runs in an image that has nothing else:
//!
//! `serve NAME PORT [MILLISECONDS]` answers each request with its name, after that time.
//!
//! `ask HOST PORT` asks without a pause, each time by a look-up of its own at the engine's name server, and over a
//! connection of its own. Every 100 ms, and for each request that fails, it writes a line:
//! `asked 812 failed 0 v0=800 v1=12`.
//!
//! `hold HOST PORT` asks over one connection, every 10 ms, and writes the like; it ends when that breaks.
//!
//! `look HOST` only looks the name up, without a pause: `asked 9000 failed 0`.

use std::{
    collections::BTreeMap,
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

/// Where the engine's name server is in every container on a network.
const NAME_SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(127, 0, 0, 11), 53);
const TIMEOUT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().expect("a number");
    match words[..] {
        ["serve", name, port] => serve(name, number(port), Duration::ZERO),
        ["serve", name, port, wait] => {
            serve(name, number(port), Duration::from_millis(number(wait).into()));
        }
        ["ask", host, port] => repeat(|| ask(host, number(port))),
        ["look", host] => repeat(|| look_up(host).map(|_| String::new())),
        ["hold", host, port] => return hold(host, number(port)),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

fn serve(name: &str, port: u16, wait: Duration) {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).expect("a port");
    println!("serving");
    for stream in listener.incoming().filter_map(Result::ok) {
        let name = name.to_owned();
        thread::spawn(move || answer(&stream, &name, wait));
    }
}

/// Answers a line each; all but `hold` are one to a connection, which the server closes.
fn answer(stream: &TcpStream, name: &str, wait: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        thread::sleep(wait);
        (&*stream).write_all(format!("{name}\n").as_bytes())?;
        if line.trim_end() != "hold" {
            return Ok(());
        }
    }
}

fn ask(host: &str, port: u16) -> Result<String, String> {
    let address = SocketAddr::new(IpAddr::V4(look_up(host)?), port);
    let told = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| format!("{what} {address}: {error}")
    };
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).map_err(told("connect to"))?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(told("set up"))?;
    stream.write_all(b"ask\n").map_err(told("write to"))?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(told("read from"))?;
    match text.strip_suffix('\n') {
        Some(name) => Ok(name.to_owned()),
        None => Err(format!("read from {address}: ended early")),
    }
}

fn hold(host: &str, port: u16) -> ExitCode {
    let held = || -> Result<(), String> {
        let address = look_up(host)?;
        let mut stream = TcpStream::connect((address, port)).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(stream.try_clone().map_err(|error| error.to_string())?);
        let mut tally = Tally::new();
        let mut longest = Duration::ZERO;
        loop {
            let began = Instant::now();
            let mut line = String::new();
            let asked = stream.write_all(b"hold\n").and_then(|()| lines.read_line(&mut line));
            if asked.map_err(|error| error.to_string())? == 0 {
                return Err("ended".to_owned());
            }
            longest = longest.max(began.elapsed());
            thread::sleep(Duration::from_millis(10));
            tally.note(Ok(format!("{},longest-{}ms", line.trim_end(), longest.as_millis() / 50 * 50)));
        }
    };
    match held() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("broken: {why}");
            ExitCode::FAILURE
        }
    }
}

/// An address of that name, by a question over UDP. A name without an address fails.
fn look_up(name: &str) -> Result<Ipv4Addr, String> {
    let told = |error: io::Error| format!("look up {name}: {error}");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(told)?;
    socket.set_read_timeout(Some(TIMEOUT)).map_err(told)?;
    let mut question = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).map_err(|error| error.to_string())?);
        question.extend(label.as_bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    let mut answer = [0; 512];
    let mut asked = || {
        socket.send_to(&question, NAME_SERVER)?;
        socket.recv(&mut answer)
    };
    // As every resolver does: on a machine that has too much to do, datagrams are lost. What is answered counts.
    let length = asked().or_else(|_| asked()).or_else(|_| asked()).map_err(told)?;
    let (code, count) = (answer[3] & 15, u16::from_be_bytes([answer[6], answer[7]]));
    if code != 0 || count == 0 {
        return Err(format!("look up {name}: answer {code} with {count} addresses"));
    }
    // The question comes back first; then a name (a pointer of two bytes, or in full), type, class, time, length.
    let mut at = question.len();
    while answer[at] != 0 && answer[at] < 0xc0 {
        at += 1 + usize::from(answer[at]);
    }
    at += if answer[at] == 0 { 1 } else { 2 };
    let octets: [u8; 4] = answer[..length]
        .get(at + 10..at + 14)
        .and_then(|octets| octets.try_into().ok())
        .ok_or_else(|| format!("look up {name}: cut off"))?;
    Ok(Ipv4Addr::from(octets))
}

fn repeat(mut act: impl FnMut() -> Result<String, String>) {
    let mut tally = Tally::new();
    loop {
        tally.note(act());
    }
}

struct Tally {
    asked: u64,
    failed: u64,
    by: BTreeMap<String, u64>,
    told: Instant,
}

impl Tally {
    fn new() -> Self {
        Self { asked: 0, failed: 0, by: BTreeMap::new(), told: Instant::now() }
    }

    fn note(&mut self, outcome: Result<String, String>) {
        self.asked += 1;
        match outcome {
            Ok(name) => *self.by.entry(name).or_default() += 1,
            Err(why) => {
                self.failed += 1;
                println!("failed: {why}");
            }
        }
        if self.told.elapsed() >= Duration::from_millis(100) {
            self.told = Instant::now();
            let by: String = self
                .by
                .iter()
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, count)| format!(" {name}={count}"))
                .collect();
            println!("asked {} failed {}{by}", self.asked, self.failed);
        }
    }
}
