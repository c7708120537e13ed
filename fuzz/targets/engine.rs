//! What engines answer: the fuzzer's bytes come over a connection in memory, through the HTTP client and the product's
//! own decoding, on a clock that costs nothing.
//!
//! An input begins with two bytes that choose the call and how its answers are sent ([`Manner`]); the answers follow,
//! with [`BETWEEN`] between them.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use maestro_core::{
    model::{
        ApiVersion, Environment, Ship,
        attachment::Attachment,
        container::ContainerNames,
        membership::Membership,
        registry::{Credential, RegistryLogin},
    },
    observed::{pull::PullAmount, revision::Author},
    plan::{
        apply::{self, ApplyOptions},
        revision::{self, history},
        saved::{Asked, Saved},
        stop::{self, StopMethod, StopOptions},
        tidy,
    },
    source::Sources,
    value::secret::Secret,
};
use maestro_engine::{
    Containers as _, Engine, Images as _, LogOptions, Networks as _, Streams as _, Volumes as _,
    connect::Connection,
    docker::Docker,
    host::UnknownMachine,
    observe::Question,
    transport::{Dial, NotConnected, Stream},
};
use maestro_report::{
    plan as printed,
    status::{Findings, PortStates, Status, StatusOptions, status_json, text as status_text},
    text::{harmless, harmless_line},
};
use maestro_run::operations::fleet::{Connect, Fleet};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::{surroundings::assert_harmless, world::World};

/// Stands between two answers.
pub const BETWEEN: &[u8] = b"\0\xff\0";
const STATUSES: [&str; 8] = [
    "200 OK",
    "201 Created",
    "204 No Content",
    "304 Not Modified",
    "400 Bad Request",
    "404 Not Found",
    "409 Conflict",
    "500 Internal Server Error",
];
const PATIENCE: Duration = Duration::from_secs(5);

/// How answers are sent.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a bit of an input, and any set of them is a manner"
)]
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// They are sent as they are, heads and all; otherwise each is the body of an answer.
    raw: bool,
    /// Bodies come in chunks rather than with their length.
    chunked: bool,
    /// They come in pieces of a few bytes.
    pieces: bool,
    /// Nothing comes behind them; otherwise the connection is closed.
    silent: bool,
    /// Of all bodies but of those that come first, where there are several.
    status: usize,
}

impl Manner {
    fn of(byte: u8) -> Self {
        Self {
            raw: byte & 1 != 0,
            chunked: byte & 2 != 0,
            pieces: byte & 4 != 0,
            silent: byte & 8 != 0,
            status: usize::from(byte >> 4) % STATUSES.len(),
        }
    }

    fn answer(self, body: &[u8]) -> Vec<u8> {
        if self.raw {
            return body.to_vec();
        }
        let head = format!("HTTP/1.1 {}\r\nContent-Type: application/json\r\n", STATUSES[self.status]);
        let mut answer = head.into_bytes();
        if self.chunked {
            answer.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.chunks(61) {
                answer.extend(format!("{:x}\r\n", chunk.len()).bytes());
                answer.extend(chunk);
                answer.extend(b"\r\n");
            }
            answer.extend(b"0\r\n\r\n");
        } else {
            answer.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
            answer.extend(body);
        }
        answer
    }
}

/// An engine that answers what the fuzzer says: request by request, or to each question its own answer.
struct Script {
    manner: Manner,
    answers: Vec<Vec<u8>>,
    /// The question that each answer is for, as a part of its path; empty for one after another.
    questions: &'static [&'static str],
    given: Mutex<usize>,
}

impl Script {
    /// None if there is nothing more to say.
    fn answer(&self, path: &str) -> Option<Vec<u8>> {
        let at = if self.questions.is_empty() {
            let mut given = self.given.lock().expect("no thread has panicked");
            *given += 1;
            *given - 1
        } else {
            self.questions.iter().position(|question| path.contains(question))?
        };
        self.answers.get(at).map(|body| self.manner.answer(body))
    }

    async fn serve(self: Arc<Self>, mut stream: DuplexStream) -> Option<()> {
        loop {
            let path = request(&mut stream).await?;
            let answer = self.answer(&path)?;
            let piece = if self.manner.pieces { 7 } else { usize::MAX };
            for part in answer.chunks(piece.min(answer.len().max(1))) {
                stream.write_all(part).await.ok()?;
                if self.manner.pieces {
                    tokio::task::yield_now().await;
                }
            }
            if self.manner.raw && self.manner.silent {
                std::future::pending::<()>().await;
            }
            if self.manner.raw {
                return None;
            }
        }
    }
}

/// Reads a request whole and tells its path.
async fn request(stream: &mut DuplexStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    let length = head.lines().find_map(length).unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    head.split(' ').nth(1).map(str::to_owned)
}

struct InMemory(Arc<Script>);

#[async_trait]
impl Dial for InMemory {
    fn address(&self) -> String {
        "unix:///memory.sock".to_owned()
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(Arc::clone(&self.0).serve(theirs));
        Ok(Box::new(ours))
    }
}

/// An engine that says what `bytes` say, and the byte that chooses the call.
fn scripted(bytes: &[u8], questions: &'static [&'static str]) -> Option<(u8, Docker)> {
    let (&[call, manner], mut rest) = bytes.split_first_chunk::<2>()?;
    let mut answers = Vec::new();
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        answers.push(rest[..at].to_vec());
        rest = &rest[at + BETWEEN.len()..];
    }
    answers.push(rest.to_vec());
    let script = Script { manner: Manner::of(manner), answers, questions, given: Mutex::new(0) };
    let dial: Arc<dyn Dial> = Arc::new(InMemory(Arc::new(script)));
    // Every other time the version is agreed on, which takes an answer.
    let pinned = (call & 0x80 == 0).then_some(ApiVersion { major: 1, minor: 41 });
    Some((call & 0x7f, Docker::new(&dial, PATIENCE, pinned)))
}

/// Runs on a clock that stands still while there is something to do. All ends within an hour of it.
fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let within = async { tokio::time::timeout(Duration::from_secs(3600), work).await };
    runtime.block_on(within).expect("an end within an hour of the engine's timeout of 5 s")
}

struct Way(Mutex<Option<Docker>>);

#[async_trait]
impl Connect for Way {
    async fn connect(&self, _: &Ship) -> Connection {
        let engine = self.0.lock().expect("no thread has panicked").take().expect("one ship");
        Connection { engine: Arc::new(engine), host: Arc::new(UnknownMachine), remark: None }
    }
}

/// A database and two webs on one ship.
pub fn environment() -> Environment {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0, 0], &["db"]);
    world.environment
}

pub fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("world.yaml", "");
    sources
}

/// What lists and descriptions say, through all that is made of them: status, plans, history, saved plans.
pub fn lists(bytes: &[u8]) {
    const QUESTIONS: &[&str] = &[
        "/containers/json",
        "/images/json",
        "/networks",
        "/info",
        "/volumes",
        "/containers/",
        "/images/",
        "/_ping",
    ];
    let Some((_, engine)) = scripted(bytes, QUESTIONS) else { return };
    let environment = environment();
    let needed: BTreeSet<_> = environment.ship_ids().collect();
    let mut fleet = run(async {
        let mut fleet = Fleet::connect_and_observe_on(
            &environment,
            &Way(Mutex::new(Some(engine))),
            &needed,
            Question::ALL,
        )
        .await;
        fleet.identify().await;
        fleet
    });
    let observed = std::mem::take(&mut fleet.observed);
    let ids: Vec<_> = environment.instance_ids().collect();
    let all: BTreeSet<_> = ids.iter().copied().collect();
    let options = StatusOptions { full: true, width: Some(80), ..StatusOptions::default() };
    let status = Status::of(&environment, &observed, &ids, &[], &Findings::new());
    assert_harmless(&status_text(&environment, &status, &PortStates::new(), options));
    drop(status_json(&environment, &observed, &status, &[], &Findings::new()));
    drop(history::history(&environment, &observed));
    let author = Author { by: "ann@box".to_owned(), command: "maestro apply".to_owned(), commit: None };
    let options = ApplyOptions { prune: true, adopt: bytes[0] & 1 != 0, ..ApplyOptions::default() };
    let stopping = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
    let plans = [
        revision::recorded(
            apply::plan(&environment, &observed, &all, options),
            &environment,
            &observed,
            &author,
        ),
        stop::plan(&environment, &observed, &all, stopping),
        revision::forgotten(tidy::plan_clean(&environment, &observed, &all, false), &environment, &observed),
    ];
    for plan in &plans {
        assert_harmless(&printed::text(
            plan,
            &environment,
            &sources(),
            printed::View { steps: true, colour: false },
        ));
        let told = printed::json(plan, &environment, &sources());
        let ship = &maestro_report::explain::engine::ship;
        let saved = Saved::of(&environment, &observed, Asked::default(), told, ship);
        assert!(saved.changes(&saved).is_empty(), "a plan differs from itself");
    }
}

/// One question, one answer.
pub fn inspect(bytes: &[u8]) {
    let Some((call, engine)) = scripted(bytes, &[]) else { return };
    run(async {
        match call % 8 {
            0 => tell(engine.inspect("web-1").await),
            1 => tell(engine.image_defaults("sha256:00").await),
            2 => tell(engine.info().await),
            3 => tell(engine.clock().await),
            4 => tell(engine.volume("v").await),
            5 => tell(engine.volumes(&BTreeMap::from([("a".to_owned(), String::new())])).await),
            6 => tell(engine.identity().await),
            _ => tell(engine.containers().await),
        }
    });
}

/// What an engine says is shown in one line.
fn tell<T: std::fmt::Debug>(result: Result<T, maestro_engine::EngineError>) {
    match result {
        Ok(answer) => drop(format!("{answer:?}")),
        Err(error) => assert_harmless(&harmless(&maestro_report::explain::engine::sentence(error.fault()))),
    }
}

/// Changes, and what is asked around them.
pub fn changes(bytes: &[u8]) {
    let Some((call, engine)) = scripted(bytes, &[]) else { return };
    let spec = &environment().instances[0].container;
    let labels = BTreeMap::from([("maestro.environment".to_owned(), "world".to_owned())]);
    let membership = Membership {
        network: "maestro-world".to_owned(),
        links: vec![("db-1".to_owned(), "db".to_owned())],
        attachment: Attachment { aliases: vec!["web-1".to_owned()], ..Attachment::default() },
    };
    run(async {
        match call % 14 {
            0 => tell(
                engine
                    .create(
                        "web-1.next",
                        spec,
                        &std::collections::BTreeMap::new(),
                        &ContainerNames::default(),
                    )
                    .await,
            ),
            1 => tell(engine.start("web-1").await),
            2 => tell(engine.stop("web-1", Duration::from_secs(10)).await),
            3 => tell(engine.kill("web-1").await),
            4 => tell(engine.remove("web-1").await),
            5 => tell(engine.rename("web-1", "web-2").await),
            6 => tell(engine.create_network("n", &labels.clone().into(), false).await),
            7 => tell(engine.create_network("n", &labels.clone().into(), true).await),
            8 => tell(engine.remove_network("n").await),
            9 => tell(engine.rejoin("web-1", &membership).await),
            10 => tell(engine.create_volume("v", &labels.clone().into()).await),
            11 => tell(engine.remove_volume("v").await),
            12 => tell(engine.exit_within("web-1", Duration::from_secs(30)).await),
            _ => {
                let command = ["true".to_owned()];
                let executed =
                    tokio::time::timeout(Duration::from_secs(60), engine.exec("web-1", &command[..].into()))
                        .await;
                if let Ok(Ok(executed)) = &executed {
                    executed.output.iter().for_each(|line| assert_harmless(&harmless_line(line)));
                }
            }
        }
    });
}

/// The stream that a pull answers, and what registries say through an engine.
pub fn pull(bytes: &[u8]) {
    let Some((call, engine)) = scripted(bytes, &[]) else { return };
    let login = RegistryLogin {
        username: "ann".to_owned(),
        proof: Credential::Password(Secret::new(crate::surroundings::CANARY)),
        email: None,
    };
    let login = (call & 2 != 0).then_some(&login);
    run(async {
        if call & 1 == 0 {
            let mut progress = |told: PullAmount| assert!(told.layers_done <= told.layers, "{told:?}");
            match engine.pull("hub.example.com/web:1", None, login, &mut progress).await {
                Ok(pulled) => drop(format!("{pulled:?}")),
                Err(error) => drop(format!("{error:?}")),
            }
        } else {
            match engine.remote_image("web", login).await {
                Ok(remote) => drop(format!("{remote:?}")),
                Err(error) => drop(format!("{error:?}")),
            }
        }
    });
}

/// A log in frames or, of a terminal, without.
pub fn logs(bytes: &[u8]) {
    let Some((call, engine)) = scripted(bytes, &[]) else { return };
    run(async {
        let options =
            LogOptions { follow: call & 1 != 0, tail: (call & 2 != 0).then_some(3), ..LogOptions::default() };
        let Ok(mut lines) = engine.logs("web-1", options).await else { return };
        // A log that is followed may be silent for ever.
        while let Ok(Some(line)) = tokio::time::timeout(Duration::from_secs(60), lines.next()).await {
            match line {
                Ok(line) => {
                    assert!(line.text.len() <= 3 * 64 * 1024 && !line.text.contains('\n'));
                    assert_harmless(&harmless_line(&line.text));
                }
                Err(error) => {
                    let text = maestro_report::explain::engine::sentence(error.fault());
                    assert_harmless(&harmless(&text));
                }
            }
        }
    });
}
