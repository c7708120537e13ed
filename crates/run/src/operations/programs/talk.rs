//! A program and a user's console, connected until one of them ends.

use std::{future::pending, time::Duration};

use futures_util::{
    future::BoxFuture,
    stream::{BoxStream, StreamExt as _},
};
use tokio::{
    io::AsyncWriteExt as _,
    pin, select,
    sync::mpsc::{Receiver, Sender},
};

use super::detach::DetachKeys;
use maestro_engine::{Attached, Chunk, Engine, EngineError, WindowSize, programs::ProgramInput};

/// How often an engine is told the first size, which it does not take before the program has its terminal.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// A user's side of a program.
pub struct Console {
    /// What the user types, or pipes into the command; it ends with its sender. None if the program gets no input.
    pub input: Option<Receiver<Vec<u8>>>,
    /// The sizes of the user's terminal from now on.
    pub sizes: Receiver<WindowSize>,
    /// Takes what the program writes.
    pub output: Sender<Chunk>,
    /// The keys that detach; none if none do.
    pub detach_keys: Option<DetachKeys>,
}

/// The window of a program's terminal.
pub(super) struct Window<'e> {
    /// Its size at first.
    first: Option<WindowSize>,
    resize: Box<dyn Fn(WindowSize) -> BoxFuture<'e, Result<(), EngineError>> + Send + Sync + 'e>,
}

impl<'e> Window<'e> {
    /// That of a command.
    pub(super) fn of_exec(engine: &'e dyn Engine, exec: &'e str, first: Option<WindowSize>) -> Self {
        Self { first, resize: Box::new(move |size| Box::pin(engine.resize_exec(exec, size))) }
    }

    /// That of a container's first program. A program that was there before draws its screen anew when the size changes.
    pub(super) fn of_container(
        engine: &'e dyn Engine,
        container: &'e str,
        first: Option<WindowSize>,
    ) -> Self {
        let resize = move |size: WindowSize| -> BoxFuture<'e, Result<(), EngineError>> {
            let other = WindowSize { rows: size.rows.saturating_add(1), ..size };
            Box::pin(async move {
                engine.resize(container, other).await?;
                engine.resize(container, size).await
            })
        };
        Self { first, resize: Box::new(resize) }
    }

    /// Tells its size now, and whenever it changes. Does not end.
    async fn follow(self, mut sizes: Receiver<WindowSize>) {
        if let Some(size) = self.first {
            for _ in 0..TRIES {
                if (self.resize)(size).await.is_ok() {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        while let Some(size) = sizes.recv().await {
            // A program that has ended has no window any more.
            let _ = (self.resize)(size).await;
        }
        pending::<()>().await;
    }
}

/// How a talk ends.
pub(super) enum TalkEnd {
    OutputEnded,
    Detached,
    OutputClosed,
    Broken(EngineError),
}

/// Connects a program to a console until one of them ends.
pub(super) async fn talk(attached: Attached, console: Console, window: Option<Window<'_>>) -> TalkEnd {
    let Console { input, sizes, output, detach_keys } = console;
    let written = pass_on(attached.output, output);
    let typed = feed(attached.input, input, detach_keys);
    let resized = async {
        match window {
            Some(window) => window.follow(sizes).await,
            None => pending().await,
        }
    };
    pin!(written, typed, resized);
    select! {
        biased;
        end = written => end,
        () = typed => TalkEnd::Detached,
        () = resized => TalkEnd::Detached,
    }
}

/// Hands the output over, which waits for a slow reader.
async fn pass_on(
    mut chunks: BoxStream<'static, Result<Chunk, EngineError>>,
    output: Sender<Chunk>,
) -> TalkEnd {
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return TalkEnd::Broken(error),
        };
        if output.send(chunk).await.is_err() {
            return TalkEnd::OutputClosed;
        }
    }
    TalkEnd::OutputEnded
}

/// Gives a program its input. Ends when the user detaches, and only then.
async fn feed(input: Option<ProgramInput>, typed: Option<Receiver<Vec<u8>>>, keys: Option<DetachKeys>) {
    let (Some(mut input), Some(mut typed)) = (input, typed) else { return pending().await };
    let mut keys = keys;
    while let Some(bytes) = typed.recv().await {
        let (bytes, detaches) = match &mut keys {
            Some(keys) => keys.feed(&bytes),
            None => (bytes, false),
        };
        let is_open = input.write_all(&bytes).await.is_ok() && input.flush().await.is_ok();
        if detaches {
            return;
        }
        // A program that reads no more may go on writing.
        if !is_open {
            break;
        }
    }
    // As above.
    let _ = input.shutdown().await;
    pending::<()>().await;
}
