//! What every command begins with: the file read and understood, its problems shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::Value;

use super::{
    args::{Global, Output, Things},
    builders::Builders,
    command::fix,
    commit,
    error::Problem,
    file::{Choice, STANDARD_INPUT, text_variables},
    typed::invocation,
    understood::{Needs, Partial, Reading, Understood},
    waiting::{KnownWays, Waits, Ways},
};
use maestro_core::{
    diagnostic::Diagnostics,
    event::Event,
    fault::ShipFault,
    model::{
        Environment, InstanceId,
        carried::CarriedFile,
        graph::Direction,
        selection::{Request, select},
    },
    observed::{note::ShipNote, revision::Commit},
    plan::Plan,
    source::Sources,
    value::{
        secret::{Known, text::known},
        shortened,
    },
};
use maestro_engine::{
    connect::{Connection, Routes},
    credentials::Credentials,
    transport::Allowance,
};
use maestro_file::resolve::CountPlace;
use maestro_report::{
    diagnostics,
    explain::{self, Context},
    json,
    message::{Message, message},
    problem::{self, CommandProblem},
    style::Tone,
    text::harmless,
};

/// How many characters are shown of a sentence, in which names and words of engines may stand.
pub(super) const LONGEST_SENTENCE: usize = 4_000;

/// An environment that was understood, and how to talk about it.
pub(super) struct Session {
    pub environment: Arc<Environment>,
    /// The files that it was read from.
    pub sources: Sources,
    /// The process's variables, as far as they are text.
    pub variables: Arc<BTreeMap<String, String>>,
    pub output: Output,
    /// Whether standard output takes colours.
    pub colour: bool,
    /// Whether standard error takes colours.
    colours_errors: bool,
    /// Whether standard output is a terminal, and so can be drawn on.
    pub terminal: bool,
    /// How the user calls the program: `maestro -f shop.yaml`.
    pub invocation: String,
    /// What is left out of a file with mistakes, of which only the valid part is used.
    pub partial: Option<Partial>,
    /// Where the files would say the numbers of instances that hold for this run alone.
    pub count_places: Vec<CountPlace>,
    /// What was found out about the files, with the values that no output shows.
    diagnostics: Diagnostics,
    known: OnceLock<Known>,
    /// The file; none if it came from standard input.
    file: Option<PathBuf>,
    commit: OnceLock<Option<Commit>>,
    /// How much engines may still answer.
    allowance: Allowance,
    /// The ships that are waited for.
    waits: Waits,
    /// Where images were built.
    pub(super) builders: Builders,
    /// Connections that were made to look for instances.
    known_ways: KnownWays,
    /// Where the timeline of a run is written.
    pub(super) timeline: Option<PathBuf>,
}

impl Session {
    /// Gives every instance that time to stop, if it is given.
    pub(super) fn stop_within(&mut self, timeout: Option<Duration>) {
        let Some(timeout) = timeout else { return };
        for instance in &mut Arc::make_mut(&mut self.environment).instances {
            instance.stop_timeout = timeout;
        }
    }

    /// Reads the file that is meant, and shows nothing: see [`Session::show_diagnostics`]. Errors end the command, unless
    /// it needs no more than what is valid of a file of Maestro.
    pub(super) fn open(global: &Global, choice: &Choice, needs: Needs<'_>) -> Result<Self, Problem> {
        let variables = text_variables(std::env::vars_os());
        let allow_outside = global.file.allow_outside;
        let reading = Reading { variables: &variables, allow_outside, needs };
        let Understood { sources, environment, partial, count_places, diagnostics, .. } =
            reading.understood(choice)?;
        let to_errors = colour(global, io::stderr().is_terminal());
        let has_errors = diagnostics.has_errors() && partial.is_none();
        if !diagnostics.is_empty() && (has_errors || environment.is_none()) {
            let drawn = diagnostics::draw(&diagnostics, &sources, to_errors);
            let mut drawn = drawn.trim_end().to_owned();
            let fixes =
                || diagnostics::fixes(&diagnostics, &invocation(&global.file), || fix::left(global, choice));
            if let Some(fixes) = choice.is_one_of_maestro().then(fixes).flatten() {
                drawn.extend(["\n", &fixes]);
            }
            let problems = diagnostics::json(&diagnostics, &sources);
            return Err(Problem::File { drawn, problems });
        }
        let Some(environment) = environment else {
            return Err(Problem::bad_input(CommandProblem::new("the file contains nothing valid")));
        };
        let terminal = io::stdout().is_terminal();
        Ok(Self {
            environment: Arc::new(environment),
            sources,
            variables: Arc::new(variables),
            output: global.output,
            colour: colour(global, terminal),
            colours_errors: to_errors,
            terminal,
            invocation: invocation(&global.file),
            partial,
            count_places,
            diagnostics,
            known: OnceLock::new(),
            file: (choice.path() != Path::new(STANDARD_INPUT)).then(|| choice.path().to_owned()),
            commit: OnceLock::new(),
            allowance: Allowance::default(),
            waits: Waits::new(global.output, to_errors),
            builders: Builders::default(),
            known_ways: KnownWays::default(),
            timeline: None,
        })
    }

    /// Whether standard error takes colours.
    pub(super) fn colours_errors(&self) -> bool {
        self.colours_errors
    }

    /// Shows what is wrong with the file that was opened, and what is left out of it.
    pub(super) fn show_diagnostics(&self) -> Result<(), Problem> {
        if self.diagnostics.is_empty() {
            return Ok(());
        }
        if self.output == Output::Json {
            return self.show_problems();
        }
        let colour = self.colours_errors;
        let drawn = match &self.partial {
            None => diagnostics::draw(&self.diagnostics, &self.sources, colour),
            Some(Partial { command, .. }) => {
                let outcome = format!("`{command}` continues with the valid part");
                diagnostics::draw_with(&self.diagnostics, &self.sources, colour, &outcome)
            }
        };
        writeln!(io::stderr(), "{}", drawn.trim_end())?;
        match &self.partial {
            Some(Partial { left_out, .. }) if !left_out.is_empty() => {
                self.note(&format!("skipped (invalid): {}", left_out.join(", ")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The same for programs.
    fn show_problems(&self) -> Result<(), Problem> {
        let outcome = self.partial.as_ref().map(|Partial { command, left_out, .. }| {
            let left_out = if left_out.is_empty() { "none".to_owned() } else { left_out.join(", ") };
            format!("`{command}` continues with the valid part; instances left out: {left_out}")
        });
        let problems = diagnostics::json(&self.diagnostics, &self.sources);
        let document = problem::document(&problems, outcome.as_deref(), None);
        writeln!(io::stderr(), "{}", json::line(&self.hidden(document))?)?;
        Ok(())
    }

    /// The ways to the engines. Answers to all of them have one limit.
    pub(super) fn routes(&self) -> Ways {
        let allowance = self.allowance.clone().among(self.environment.ships.len());
        let routes = Routes::new(&self.variables).sharing(allowance);
        let credentials = Credentials::new(&self.variables);
        let known = self.known_ways.clone();
        Ways { routes, waits: self.waits.clone(), builders: self.builders.clone(), credentials, known }
    }

    /// Has connections used once more. A ship that did not answer is not asked again at once.
    pub(super) fn hand_over(&self, connections: BTreeMap<String, (Connection, Option<ShipFault>)>) {
        self.known_ways.add(connections);
    }

    /// Refuses names of instances that are left out of a file with mistakes.
    pub(super) fn refuse_left_out(&self, things: &[String]) -> Result<(), Problem> {
        let left_out = self.partial.as_ref().map(|partial| &partial.left_out[..]).unwrap_or_default();
        match things.iter().find(|thing| left_out.contains(thing)) {
            None => Ok(()),
            Some(thing) => Err(Problem::bad_input(
                CommandProblem::new(format!("`{}` cannot be read", harmless(thing))).help(
                    "correct the mistakes above first; `docker logs` and `docker stop` on its ship need no file",
                ),
            )),
        }
    }

    /// What no output shows but `logs` and what `--show-secrets` asks for.
    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let environment = &self.environment;
            let mut known = known(self.diagnostics.secrets(), self.sources.texts());
            known.leave_open([environment.name.as_str()]);
            known.leave_open(environment.ships.iter().map(|ship| ship.name.as_str()));
            known.leave_open(environment.services.iter().map(|service| service.name.as_str()));
            known.leave_open(environment.instances.iter().map(|instance| instance.name.as_str()));
            // The names of secrets stand below `secrets`.
            let files = environment.instances.iter().flat_map(|instance| &instance.files);
            known.leave_open(files.map(CarriedFile::name));
            known
        })
    }

    /// The git commit of the file, if it is in a repository.
    pub(super) fn commit(&self) -> Option<&Commit> {
        self.commit.get_or_init(|| self.file.as_deref().and_then(commit::of)).as_ref()
    }

    /// The same JSON without secrets.
    pub(super) fn hidden(&self, mut value: Value) -> Value {
        self.known().hide_json(&mut value);
        value
    }

    /// Columns and rows of the terminal that standard output is; none if it is none, or does not tell them.
    pub(super) fn terminal_size(&self) -> (Option<u16>, Option<u16>) {
        let size = self.terminal.then(crossterm::terminal::size).and_then(Result::ok);
        let known = |number: u16| Some(number).filter(|number| *number > 0);
        size.map_or((None, None), |(columns, rows)| (known(columns), known(rows)))
    }

    /// The columns of that terminal.
    pub(super) fn columns(&self) -> Option<usize> {
        self.terminal_size().0.map(usize::from)
    }

    /// The instances that are meant, for a command that walks in that direction.
    pub(super) fn select(
        &self,
        things: &Things,
        direction: Direction,
    ) -> Result<BTreeSet<InstanceId>, Problem> {
        self.refuse_left_out(&things.things)?;
        Ok(select(&self.environment, &things.request(false), direction)?)
    }

    /// The instances that are meant by names alone, those of omitted services included.
    pub(super) fn select_named(&self, things: &[String]) -> Result<BTreeSet<InstanceId>, Problem> {
        self.refuse_left_out(things)?;
        let request = Request { things: things.to_vec(), include_omitted: true, ..Request::default() };
        Ok(select(&self.environment, &request, Direction::NeedsFirst)?)
    }

    /// Says what to add to a file that defines no services. True if there is nothing to act on.
    pub(super) fn has_nothing(&self) -> Result<bool, Problem> {
        // A program that reads JSON gets an empty list or run instead.
        if !self.environment.instances.is_empty() || self.output == Output::Json {
            return Ok(false);
        }
        let ship = self.environment.ships.first().map_or("local", |ship| ship.name.as_str());
        let mut out = io::stdout();
        writeln!(
            out,
            "No services are defined in the environment {} yet. Add some to the file, for example:\n\n\
                 services:\n  web:\n    image: nginx\n    instances:\n      web-1:\n        ship: {}\n        \
                 ports: {{http: 80}}",
            harmless(&self.environment.name),
            harmless(ship)
        )?;
        Ok(true)
    }

    /// What sentences about a run need to know, which may be of another environment than the file's.
    pub(super) fn context<'a>(
        &'a self,
        other: Option<&'a Environment>,
        plan: &'a Plan,
        typed: &'a str,
    ) -> Context<'a> {
        Context {
            environment: other.unwrap_or(&self.environment),
            plan,
            sources: &self.sources,
            invocation: &self.invocation,
            typed,
        }
    }

    /// An event of a run in words, without secrets, no longer than a sentence may be.
    pub(super) fn told(&self, event: Event, context: &Context<'_>) -> Message {
        let known = self.known();
        message(event, context).map_texts(&|text| shortened(&known.hide(text), LONGEST_SENTENCE).into_owned())
    }

    /// Tells something beside the output proper.
    pub(super) fn note(&self, text: &str) -> Result<(), Problem> {
        let colour = self.colour && io::stderr().is_terminal();
        writeln!(
            io::stderr(),
            "{} {}",
            Tone::Bold.paint("note:", colour),
            harmless(&shortened(&self.known().hide(text), LONGEST_SENTENCE))
        )?;
        Ok(())
    }

    /// Tells a line, or several, beside the output proper, without secrets.
    pub(super) fn tell_line(&self, text: &str) -> Result<(), Problem> {
        Ok(writeln!(io::stderr(), "{}", self.known().hide(text))?)
    }

    /// Tells several things beside the output proper.
    pub(super) fn notes(&self, texts: &[String]) -> Result<(), Problem> {
        texts.iter().try_for_each(|text| self.note(text))
    }

    /// Tells what the user should know about ships.
    pub(super) fn ship_notes(&self, notes: &[ShipNote]) -> Result<(), Problem> {
        let text = |note| explain::ship::note(note, &self.environment, &self.sources);
        notes.iter().try_for_each(|note| self.note(&text(note)))
    }

    /// Tells that something beside the work itself went wrong.
    pub(super) fn warn(&self, text: &str) -> Result<(), Problem> {
        let colour = self.colour && io::stderr().is_terminal();
        writeln!(
            io::stderr(),
            "{} {}",
            Tone::Warning.paint("warning:", colour),
            harmless(&shortened(&self.known().hide(text), LONGEST_SENTENCE))
        )?;
        Ok(())
    }

    /// Prints text on standard output, without secrets.
    pub(super) fn print(&self, text: &str) -> Result<(), Problem> {
        Self::print_whole(&self.known().hide(text))
    }

    /// Prints text on standard output as it is: what has no secrets any more, or is to show them.
    pub(super) fn print_whole(text: &str) -> Result<(), Problem> {
        Ok(Self::print_to(io::stdout().lock(), text)?)
    }

    /// Writes text with a line end behind it.
    pub(super) fn print_to(mut out: impl Write, text: &str) -> io::Result<()> {
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }
}

pub(super) fn colour(global: &Global, terminal: bool) -> bool {
    global.color.resolve(|name| std::env::var_os(name), terminal)
}
