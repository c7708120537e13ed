//! Programs that a user talks to, on an engine in memory.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::*;
use maestro_core::model::{
    ShipId,
    container::{ContainerNames, ContainerOwner, ContainerSpec, Network},
};
use maestro_engine::{Chunk, Containers as _, WindowSize};
use maestro_fake::{Fake, InjectedFault};

async fn engine_with(names: &[&str]) -> Fake {
    let fake = Fake::new("one");
    fake.add_image("app");
    for name in names {
        let network = Network::Environment { name: "net".into(), links: Vec::new() };
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let spec = ContainerSpec::new(name, "app", network, owner).into();
        fake.create(name, &spec, &BTreeMap::new(), &ContainerNames::default()).await.unwrap();
        fake.start(name).await.unwrap();
    }
    fake
}

fn target(fake: &Fake, name: &str) -> ExecTarget {
    ExecTarget { engine: Arc::new(fake.clone()), container: name.to_owned() }
}

fn command(words: &str) -> ExecRequest {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    ExecRequest::from(words.as_slice())
}

/// A user's console, and what stays with the user.
struct User {
    typed: mpsc::Sender<Vec<u8>>,
    sizes: mpsc::Sender<WindowSize>,
    seen: mpsc::Receiver<Chunk>,
}

fn console() -> (Console, User) {
    let (typed, input) = mpsc::channel(4);
    let (size_sender, sizes) = mpsc::channel(4);
    let (output, seen) = mpsc::channel(64);
    let console = Console { input: Some(input), sizes, output, detach_keys: Some(DetachKeys::default()) };
    (console, User { typed, sizes: size_sender, seen })
}

impl User {
    /// All that was written.
    async fn read(mut self) -> String {
        drop(self.typed);
        let mut bytes = Vec::new();
        while let Some(chunk) = self.seen.recv().await {
            bytes.extend(chunk.bytes);
        }
        String::from_utf8(bytes).unwrap()
    }
}

fn on_a_terminal() -> AttachOptions {
    let size = Some(WindowSize { columns: 80, rows: 24 });
    AttachOptions { terminal: true, input: true, size, detach_keys: None }
}

#[tokio::test(start_paused = true)]
async fn the_exit_code_is_the_programs() {
    let fake = engine_with(&["web-1"]).await;
    for (words, code) in [("exit 0", 0), ("exit 42", 42), ("ls", 0)] {
        let (console, user) = console();
        let end = exec(&target(&fake, "web-1"), &command(words), &on_a_terminal(), console).await;
        assert_eq!(end, ProgramEnd::Exited(code), "{words}");
        assert_eq!(user.read().await, if words == "ls" { "ran ls\n" } else { "" });
    }
}

#[tokio::test(start_paused = true)]
async fn input_reaches_the_program_to_its_end() {
    let fake = engine_with(&["web-1"]).await;
    let (console, user) = console();
    user.typed.send(b"one\n".to_vec()).await.unwrap();
    user.typed.send(b"two".to_vec()).await.unwrap();
    let target = target(&fake, "web-1");
    let (request, attachment) = (command("cat"), AttachOptions { input: true, ..AttachOptions::default() });
    let (end, read) = tokio::join!(exec(&target, &request, &attachment, console), user.read());
    assert_eq!((end, read.as_str()), (ProgramEnd::Exited(0), "one\ntwo"));
}

#[tokio::test(start_paused = true)]
async fn the_program_is_told_the_size_at_first_and_when_it_changes() {
    let fake = engine_with(&["web-1"]).await;
    let (console, user) = console();
    let size = |columns| WindowSize { columns, rows: 24 };
    user.sizes.send(size(100)).await.unwrap();
    let target = target(&fake, "web-1");
    let running = async { exec(&target, &command("cat"), &on_a_terminal(), console).await };
    let typing = async {
        // The second is told after the first.
        while fake.terminal_sizes().len() < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        user.read().await
    };
    tokio::join!(running, typing);
    assert_eq!(fake.terminal_sizes(), [size(80), size(80), size(100)]);
}

#[tokio::test(start_paused = true)]
async fn the_detach_keys_leave_the_program_running() {
    let fake = engine_with(&["web-1"]).await;
    let (console, user) = console();
    user.typed.send(b"x\x10\x11y".to_vec()).await.unwrap();
    let end = exec(&target(&fake, "web-1"), &command("sleep 9"), &on_a_terminal(), console).await;
    assert_eq!(end, ProgramEnd::Detached);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_stopped_or_removed_takes_the_program_with_it() {
    for is_removed in [false, true] {
        let fake = engine_with(&["web-1"]).await;
        let (console, _user) = console();
        let replacing = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            fake.stop("web-1", Duration::ZERO).await.unwrap();
            if is_removed {
                fake.remove("web-1").await.unwrap();
            }
        };
        let target = target(&fake, "web-1");
        let request = command("sleep 9");
        let attachment = on_a_terminal();
        let (end, ()) = tokio::join!(exec(&target, &request, &attachment, console), replacing);
        assert_eq!(end, ProgramEnd::ContainerEnded);
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_is_killed_a_moment_before_its_container_has_ended() {
    for ends in [true, false] {
        let fake = engine_with(&["web-1"]).await;
        let (console, _user) = console();
        let stopping = async {
            tokio::time::sleep(DYING / 2).await;
            if ends {
                fake.stop("web-1", Duration::ZERO).await.unwrap();
            }
        };
        let target = target(&fake, "web-1");
        let (request, attachment) = (command("exit 137"), on_a_terminal());
        let (end, ()) = tokio::join!(exec(&target, &request, &attachment, console), stopping);
        assert_eq!(end, if ends { ProgramEnd::ContainerEnded } else { ProgramEnd::Exited(137) });
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_outlives_its_container_is_given_up() {
    let fake = engine_with(&["web-1"]).await;
    fake.keep_programs();
    let (console, _user) = console();
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fake.stop("web-1", Duration::ZERO).await.unwrap();
    };
    let target = target(&fake, "web-1");
    let (request, attachment) = (command("sleep 9"), on_a_terminal());
    let (end, ()) = tokio::join!(exec(&target, &request, &attachment, console), stopping);
    assert_eq!(end, ProgramEnd::ContainerEnded);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_attached_sees_what_comes_and_how_it_ends() {
    let fake = engine_with(&["web-1"]).await;
    fake.write("web-1", "before");
    let (console, user) = console();
    let writing = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fake.write("web-1", "after");
        fake.stop("web-1", Duration::ZERO).await.unwrap();
    };
    let (target, options) = (target(&fake, "web-1"), on_a_terminal());
    let (end, (), read) = tokio::join!(attach(&target, &options, console), writing, user.read());
    assert_eq!((end, read.as_str()), (ProgramEnd::Exited(0), "after\n"));

    fake.start("web-1").await.unwrap();
    let (console, user) = self::console();
    user.typed.send(b"\x10\x11".to_vec()).await.unwrap();
    assert_eq!(attach(&target, &options, console).await, ProgramEnd::Detached);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_told() {
    let fake = engine_with(&["web-1"]).await;
    let (console, _user) = console();
    let losing = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fake.lose_logs();
    };
    let target = target(&fake, "web-1");
    let (request, attachment) = (command("sleep 9"), on_a_terminal());
    let (end, ()) = tokio::join!(exec(&target, &request, &attachment, console), losing);
    assert!(matches!(end, ProgramEnd::Lost(_)), "{end:?}");
}

/// The program's own connection says nothing, as one on which typed bytes are on their way.
#[tokio::test(start_paused = true)]
async fn a_ship_that_vanishes_is_noticed_beside_the_programs_own_connection() {
    for answers in [false, true] {
        let fake = engine_with(&["web-1"]).await;
        fake.fail_next("exit_within", "web-1", InjectedFault::Unreachable);
        if !answers {
            fake.fail_next("clock", "", InjectedFault::Unreachable);
        }
        let (console, user) = console();
        let typing = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            user.typed.send(b"\x10\x11".to_vec()).await.ok();
        };
        let (target, attachment) = (target(&fake, "web-1"), on_a_terminal());
        let request = command("sleep 99");
        let (end, ()) = tokio::join!(exec(&target, &request, &attachment, console), typing);
        if answers {
            assert_eq!(end, ProgramEnd::Detached);
        } else {
            assert!(matches!(end, ProgramEnd::Lost(_)), "{end:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_does_not_run_takes_no_command() {
    let fake = engine_with(&["web-1"]).await;
    fake.stop("web-1", Duration::ZERO).await.unwrap();
    let (console, _user) = console();
    let end = exec(&target(&fake, "web-1"), &command("ls"), &on_a_terminal(), console).await;
    assert!(matches!(end, ProgramEnd::NotStarted(EngineError::Conflict(_))), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn a_command_runs_everywhere_with_few_connections() {
    let fake = engine_with(&["a", "b", "c"]).await;
    fake.limit_lines(3);
    let sources = ["a", "b", "c"].map(|name| ExecSource { ship: ShipId(0), target: target(&fake, name) });
    let mut running = ExecEverywhere::begin(sources.to_vec(), command("hello")).await;
    let (mut lines, mut ends) = (Vec::new(), Vec::new());
    while let Some(update) = running.next().await {
        match update {
            ExecUpdate::Line { source, line } => lines.push((source, line.text)),
            ExecUpdate::Ended { source, end } => ends.push((source, end)),
        }
    }
    lines.sort();
    let expected: Vec<_> = (0..3).map(|source| (source, "ran hello".to_owned())).collect();
    assert_eq!(lines, expected);
    assert_eq!(ends.len(), 3);
    assert!(ends.iter().all(|(_, end)| *end == ProgramEnd::Exited(0)), "{ends:?}");
}
