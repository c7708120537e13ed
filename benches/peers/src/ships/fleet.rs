//! Engines of this process, and addresses at which none answers.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt as _, Either, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use super::state::{API, Answer, State};
use crate::engine::Problem;

/// Where all engines listen.
const PORT: u16 = 2375;
/// How many connections a black hole takes before the kernel drops further ones.
const FILLING: usize = 4;

/// How a ship answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It has an engine.
    Alive,
    /// Nothing listens there.
    Refuses,
    /// It takes connections and says nothing.
    Silent,
    /// It drops every packet.
    BlackHole,
}

/// A ship of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ship {
    number: u16,
    /// How it answers.
    pub manner: Manner,
}

impl Ship {
    /// A ship that answers.
    #[must_use]
    pub fn alive(number: u16) -> Self {
        Self { number, manner: Manner::Alive }
    }

    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> String {
        format!("ship{}", self.number + 1)
    }

    /// An address that no other ship has. The kernel has to take all of `10.77.0.0/16` for its own.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        let [high, low] = self.number.to_be_bytes();
        SocketAddr::from((Ipv4Addr::new(10, 77, high, low), PORT))
    }
}

/// `count` ships from this number on, of which a twentieth each refuses, is silent and drops packets, spread over all.
#[must_use]
pub fn ships(first: u16, count: u16) -> Vec<Ship> {
    let manner = |number: u16| match number % 20 {
        3 => Manner::Refuses,
        9 => Manner::Silent,
        15 => Manner::BlackHole,
        _ => Manner::Alive,
    };
    (first..first.saturating_add(count)).map(|number| Ship { number, manner: manner(number) }).collect()
}

/// All engines. They answer as long as this lives.
#[derive(Debug)]
pub struct Fleet {
    states: Vec<Arc<Mutex<State>>>,
    /// What keeps ports that do not answer.
    _kept: Vec<Kept>,
}

#[derive(Debug)]
enum Kept {
    Listens(#[expect(dead_code, reason = "it is kept open")] TcpListener),
    Filled(
        #[expect(dead_code, reason = "it is kept open")] rustix::fd::OwnedFd,
        #[expect(dead_code, reason = "they are kept open")] Vec<TcpStream>,
    ),
}

impl Fleet {
    /// Brings them up. To be called within a runtime.
    ///
    /// # Errors
    /// If an address cannot be had.
    pub fn up(ships: &[Ship]) -> Result<Self, Problem> {
        let (mut states, mut kept) = (Vec::new(), Vec::new());
        for ship in ships {
            match ship.manner {
                Manner::Alive => {
                    let state = Arc::new(Mutex::new(State::new(&ship.name())));
                    listen_at(ship.address(), Arc::clone(&state))?;
                    states.push(state);
                }
                Manner::Refuses => {}
                Manner::Silent => {
                    kept.push(Kept::Listens(TcpListener::bind(ship.address()).map_err(Problem::new)?));
                }
                Manner::BlackHole => kept.push(black_hole(ship.address())?),
            }
        }
        Ok(Self { states, _kept: kept })
    }

    /// How many containers run on all of them.
    #[must_use]
    pub fn running(&self) -> usize {
        self.states.iter().map(|state| held(state).running()).sum()
    }

    /// The requests that no engine here knows, each once.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        let mut unknown: Vec<String> =
            self.states.iter().flat_map(|state| held(state).unknown().to_vec()).collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }
}

fn held(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port whose queue of connections is full: the kernel drops what comes.
fn black_hole(address: SocketAddr) -> Result<Kept, Problem> {
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).map_err(Problem::new)?;
    bind(&listener, &address).map_err(Problem::new)?;
    listen(&listener, 0).map_err(Problem::new)?;
    let mut filling = Vec::new();
    for _ in 0..FILLING {
        match TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
            Ok(stream) => filling.push(stream),
            Err(_) => return Ok(Kept::Filled(listener, filling)),
        }
    }
    Err(Problem(format!("{address} takes connections without end")))
}

fn listen_at(address: SocketAddr, state: Arc<Mutex<State>>) -> Result<(), Problem> {
    let listener = TcpListener::bind(address).map_err(|error| Problem(format!("{address}: {error}")))?;
    listener.set_nonblocking(true).map_err(Problem::new)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Problem::new)?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(request, Arc::clone(&state)));
                // A client hangs up when it likes.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(())
}

/// A body that is whole, or one that goes on.
type Body = Either<Full<Bytes>, Stream>;

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Body>, hyper::http::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = head.uri.path();
    // `/v1.51/containers/json`
    let path = match path.strip_prefix("/v").and_then(|rest| rest.find('/').map(|at| &rest[at..])) {
        Some(rest) if path.as_bytes().get(2).is_some_and(u8::is_ascii_digit) => rest,
        _ => path,
    };
    if path == "/events" {
        let body = Stream(Some(held(&state).follow()));
        return Response::builder().header("Api-Version", API).body(Either::Right(body));
    }
    let answer = held(&state).answer(head.method.as_str(), path, head.uri.query().unwrap_or_default(), &body);
    let kind = match &answer {
        Answer::Output(_) => "application/vnd.docker.multiplexed-stream",
        Answer::Json(..) | Answer::Silence => "application/json",
    };
    let (status, body) = match answer {
        Answer::Json(status, Value::Null) => (status, Either::Left(Full::default())),
        Answer::Json(status, value) => (status, Either::Left(Full::from(value.to_string()))),
        Answer::Output(bytes) => (200, Either::Left(Full::from(bytes))),
        Answer::Silence => (200, Either::Right(Stream(None))),
    };
    Response::builder().status(status).header("Api-Version", API).header("Content-Type", kind).body(body)
}

/// A body of lines that come; without them, one in which nothing ever comes.
#[derive(Debug)]
pub struct Stream(Option<UnboundedReceiver<String>>);

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Some(lines) => {
                lines.poll_recv(context).map(|line| Some(Ok(hyper::body::Frame::data(Bytes::from(line?)))))
            }
            None => std::task::Poll::Pending,
        }
    }
}
