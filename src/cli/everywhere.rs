//! What a command writes that runs in several instances, and how it ends in each.

use super::{
    args::{ExecArgs, Output},
    error::{End, Problem},
    gathered::GatheredText,
    session::Session,
};
use maestro_engine::LogLine;
use maestro_report::{
    logs::{LogEntry, LogLayout, LogName, object},
    programs,
};
use maestro_run::operations::programs::{ExecEverywhere, ExecUpdate, ProgramEnd};

/// What is shown of a command in several instances.
pub(super) struct Shown<'a> {
    session: &'a Session,
    names: Vec<LogName>,
    layout: LogLayout,
    command: String,
    out: GatheredText,
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
            out: GatheredText::new(),
            end: End::Done,
        }
    }

    /// Shows all until the last has ended.
    pub(super) async fn run(mut self, mut running: ExecEverywhere) -> Result<End, Problem> {
        while let Some(update) = self.out.next(async || running.next().await).await {
            self.take(update)?;
        }
        self.layout.end_line(&mut self.out.text);
        self.out.end().await?;
        Ok(self.end)
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
                self.out.text.push_str(&object(&self.names[source], &entry)?);
                self.out.text.push('\n');
            }
            Output::Text | Output::Markdown => self.layout.write(&mut self.out.text, source, &entry),
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
            self.out.text.push_str(&programs::object(name, code, error.as_deref())?);
            self.out.text.push('\n');
            return Ok(());
        }
        error.map_or(Ok(()), |error| self.session.note(&error))
    }
}
