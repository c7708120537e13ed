//! Programs in containers of the engine in memory that a user talks to. `cat` writes what it reads until its input ends,
//! `exit N` ends at once, `sleep` runs as long as its container; all others say that they ran.

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, DuplexStream, duplex},
    sync::mpsc::{self, UnboundedSender},
};

use super::{Fake, heard::until_something_happens, program::FakeProgram, state::Inside};
use maestro_engine::{
    AttachOptions, Attached, Chunk, EngineError, ExecRequest, LogOptions, ProgramStreams, WindowSize,
};

/// How many bytes of input wait for a program.
const PIPE: usize = 1024;

/// Output of a program on its way.
type Output = UnboundedSender<Result<Chunk, EngineError>>;

#[async_trait]
impl ProgramStreams for Fake {
    async fn create_exec(
        &self,
        container: &str,
        request: &ExecRequest,
        attachment: &AttachOptions,
    ) -> Result<String, EngineError> {
        let create = |inside: &mut Inside| {
            let kept = inside.takes_commands(container)?;
            let (container, starts) = (kept.shown.id.clone(), kept.starts);
            let sizes = attachment.size.into_iter().collect();
            let program = FakeProgram { container, starts, request: request.clone(), exit_code: None, sizes };
            let id = format!("exec{}", inside.programs.len());
            inside.programs.insert(id.clone(), program);
            Ok(id)
        };
        self.call("create_exec", container, create).await
    }

    async fn start_exec(&self, exec: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        let begin = |inside: &mut Inside| {
            let container = inside.program(exec)?.container.clone();
            let words = inside.program(exec)?.request.command.join(" ");
            inside.find(&container)?.executed.push(words);
            Ok(inside.logs_broken)
        };
        let broken = self.call("start_exec", exec, begin).await?;
        let (ours, theirs) = duplex(PIPE);
        let (sender, mut chunks) = mpsc::unbounded_channel();
        tokio::spawn(self.clone().play(exec.to_owned(), theirs, sender, broken));
        let output = stream::poll_fn(move |context| chunks.poll_recv(context)).boxed();
        Ok(Attached { input: attachment.input.then(|| Box::pin(ours) as _), output })
    }

    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>, EngineError> {
        self.call("exec_exit_code", exec, |inside| Ok(inside.program(exec)?.exit_code)).await
    }

    async fn resize_exec(&self, exec: &str, size: WindowSize) -> Result<(), EngineError> {
        let resize = |inside: &mut Inside| {
            inside.program(exec)?.sizes.push(size);
            Ok(())
        };
        self.call("resize_exec", exec, resize).await
    }

    async fn attach(&self, container: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        let options = LogOptions { follow: true, tail: Some(0), ..LogOptions::default() };
        let lines = self.call("attach", container, |inside| self.log_of(inside, container, options)).await?;
        let output = lines.map(|line| {
            line.map(|line| Chunk { stderr: line.stderr, bytes: format!("{}\n", line.text).into_bytes() })
        });
        let input = attachment.input.then(|| Box::pin(tokio::io::sink()) as _);
        Ok(Attached { input, output: output.boxed() })
    }

    async fn resize(&self, container: &str, _size: WindowSize) -> Result<(), EngineError> {
        self.call("resize", container, |inside| inside.find(container).map(drop)).await
    }
}

impl Inside {
    fn program(&mut self, exec: &str) -> Result<&mut FakeProgram, EngineError> {
        let missing = || EngineError::NotFound(format!("No such exec instance: {exec}").into());
        let program = self.programs.get(exec).ok_or_else(missing)?;
        // An engine forgets the commands of a container that is removed.
        if !self.containers.values().any(|kept| kept.shown.id == program.container) {
            return Err(missing());
        }
        self.programs.get_mut(exec).ok_or_else(missing)
    }
}

/// Why a program stops.
enum Stop {
    /// With its container.
    Killed,
    /// The engine was lost.
    Lost,
}

impl Fake {
    /// Lets the connections of programs stay open when their container ends.
    pub fn keep_programs(&self) {
        self.inside().keeps_programs = true;
    }

    /// The sizes that the terminals of all commands were told.
    #[must_use]
    pub fn terminal_sizes(&self) -> Vec<WindowSize> {
        self.inside().programs.values().flat_map(|program| program.sizes.clone()).collect()
    }

    /// Lets a command run to its end.
    async fn play(self, exec: String, mut input: DuplexStream, output: Output, broken: u64) {
        let command = match self.inside().program(&exec) {
            Ok(program) => program.request.command.clone(),
            Err(_) => return,
        };
        let running = async {
            match command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["cat"] => {
                    let mut bytes = [0; PIPE];
                    while let Ok(length @ 1..) = input.read(&mut bytes).await {
                        let bytes = bytes[..length].to_vec();
                        let _ = output.send(Ok(Chunk { stderr: false, bytes }));
                    }
                    0
                }
                ["exit", code] => code.parse().unwrap_or(2),
                ["sleep", ..] => std::future::pending().await,
                words => {
                    let bytes = format!("ran {}\n", words.join(" ")).into_bytes();
                    let _ = output.send(Ok(Chunk { stderr: false, bytes }));
                    0
                }
            }
        };
        let exit_code = tokio::select! {
            biased;
            stop = self.stops(&exec, broken) => match stop {
                Stop::Killed => 137,
                Stop::Lost => {
                    let _ = output.send(Err(EngineError::Unreachable("connection reset".into())));
                    return;
                }
            },
            code = running => code,
        };
        if let Ok(program) = self.inside().program(&exec) {
            program.exit_code = Some(exit_code);
        }
    }

    /// Waits until a command cannot go on.
    async fn stops(&self, exec: &str, broken: u64) -> Stop {
        loop {
            let changed = self.changed.notified();
            let next_turn = {
                let mut inside = self.inside();
                inside.tick();
                if inside.logs_broken != broken {
                    return Stop::Lost;
                }
                let at = inside.program(exec).map(|program| (program.container.clone(), program.starts));
                let runs = |(container, starts): (String, u64)| {
                    inside
                        .find(&container)
                        .is_ok_and(|kept| kept.shown.state.is_up() && kept.starts == starts)
                };
                if !at.is_ok_and(runs) && !inside.keeps_programs {
                    return Stop::Killed;
                }
                inside.next_turn()
            };
            until_something_happens(next_turn, changed).await;
        }
    }
}
