//! What a command writes that runs in several instances, and how it ends in each.

use std::{thread::JoinHandle, time::Duration};

use tokio::{sync::mpsc::Sender, time::timeout};

use super::{
    args::{ExecArgs, Output},
    console::text_writer,
    error::{End, Problem},
    session::Session,
};
use maestro_engine::LogLine;
use maestro_report::{
    logs::{LogEntry, LogLayout, LogName, object},
    programs,
};
use maestro_run::operations::programs::{ExecEverywhere, ExecUpdate, ProgramEnd};

/// How many bytes of lines are written at once at most.
const CHUNK: usize = 32 * 1024;
/// How long lines are gathered into one chunk.
const GATHERED: Duration = Duration::from_millis(5);

/// What is shown of a command in several instances.
pub(super) struct Shown<'a> {
    session: &'a Session,
    names: Vec<LogName>,
    layout: LogLayout,
    command: String,
    /// Lines that are not written yet.
    text: String,
    end: End,
}

impl<'a> Shown<'a> {
    pub(super) fn new(session: &'a Session, names: Vec<LogName>, args: &ExecArgs) -> Self {
        let layout = LogLayout::new(&names, false, None, session.colour);
        Self {
            session,
            names,
            layout,
            command: programs::command(&args.command),
            text: String::new(),
            end: End::Done,
        }
    }

    /// Shows all until the last has ended.
    pub(super) async fn run(mut self, mut running: ExecEverywhere) -> Result<End, Problem> {
        let (sender, writer) = text_writer();
        loop {
            let update = match timeout(GATHERED, running.next()).await {
                Ok(update) => update,
                Err(_) => {
                    if !self.flush(&sender).await {
                        break;
                    }
                    running.next().await
                }
            };
            let Some(update) = update else { break };
            self.take(update)?;
            if self.text.len() >= CHUNK && !self.flush(&sender).await {
                break;
            }
        }
        self.layout.end_line(&mut self.text);
        self.flush(&sender).await;
        drop(sender);
        written(writer).await?;
        Ok(self.end)
    }

    /// Hands over what is not written yet. False if nobody takes it any more.
    async fn flush(&mut self, sender: &Sender<String>) -> bool {
        self.text.is_empty() || sender.send(std::mem::take(&mut self.text)).await.is_ok()
    }

    fn take(&mut self, update: ExecUpdate) -> Result<(), Problem> {
        match update {
            ExecUpdate::Line { source, line } => self.line(source, &line),
            ExecUpdate::Ended { source, end } => self.ended(source, &end),
        }
    }

    fn line(&mut self, source: usize, line: &LogLine) -> Result<(), Problem> {
        let LogLine { time, stderr, text, goes_on } = line;
        let entry = LogEntry { time: *time, stderr: *stderr, text, goes_on: *goes_on };
        match self.session.output {
            Output::Json => {
                self.text.push_str(&object(&self.names[source], &entry)?);
                self.text.push('\n');
            }
            Output::Text | Output::Markdown => self.layout.write(&mut self.text, source, &entry),
        }
        Ok(())
    }

    fn ended(&mut self, source: usize, end: &ProgramEnd) -> Result<(), Problem> {
        let (name, invocation) = (&self.names[source], &self.session.invocation);
        let (code, error, ended) = match end {
            ProgramEnd::Exited(code) => (Some(*code), programs::exited(name, *code), End::from(*code)),
            ProgramEnd::ContainerEnded => {
                (None, Some(programs::container_ended(name, &self.command, invocation)), End::Failed)
            }
            ProgramEnd::NotStarted(error) => {
                (None, Some(programs::not_started(name, error.fault())), End::Failed)
            }
            ProgramEnd::Lost(error) => {
                let why = programs::lost(name, error.fault());
                (None, Some(format!("{why}; {}", programs::left(name, &self.command))), End::Unreachable)
            }
            ProgramEnd::RunsOn => (None, Some(programs::runs_on(name, &self.command)), End::Done),
            ProgramEnd::Detached | ProgramEnd::OutputClosed => (None, None, End::Done),
        };
        self.end = self.end.worse(ended);
        if self.session.output == Output::Json {
            let error = error.filter(|_| code.is_none());
            self.text.push_str(&programs::object(name, code, error.as_deref())?);
            self.text.push('\n');
            return Ok(());
        }
        error.map_or(Ok(()), |error| self.session.note(&error))
    }
}

/// Waits until all is written.
async fn written(writer: JoinHandle<std::io::Result<()>>) -> Result<(), Problem> {
    let written = tokio::task::spawn_blocking(|| writer.join()).await.map_err(std::io::Error::other)?;
    match written {
        Ok(written) => Ok(written?),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
