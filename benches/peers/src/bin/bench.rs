//! `maestro-bench`: runs the cases and writes what came of them. `./bench` brings all that it needs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use clap::Parser;
use maestro_bench::{
    case::{self, Work},
    chart::chart,
    engine::Problem,
    fake_engines::FakeEngines,
    machine::Machine,
    page::page,
    row::Row,
    run::Runner,
    table,
    tool::{Subject, Tool, Tools},
};

/// Measures Maestro beside its peers and beside the floor, on one engine and in turns.
#[derive(Debug, Parser)]
#[command(name = "maestro-bench")]
struct Arguments {
    /// The engine's socket
    #[arg(long, value_name = "FILE")]
    socket: PathBuf,
    /// The folder of `maestro`, `maestro-floor` and `maestro-measure`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// docker compose; without it the run goes on without compose
    #[arg(long, value_name = "COMMAND")]
    compose: Option<String>,
    /// The Python that has `MaestroNG`; without it the run goes on without that
    #[arg(long, value_name = "FILE")]
    maestro_ng: Option<PathBuf>,
    /// Where files are written that are of no use afterwards
    #[arg(long, value_name = "FOLDER")]
    scratch: PathBuf,
    /// Where RESULTS.md and results.svg are written
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
    /// What was typed, for RESULTS.md
    #[arg(long, value_name = "TEXT", default_value = "./bench")]
    command: String,
    /// What day it is, for RESULTS.md
    #[arg(long, value_name = "TEXT", default_value = "?")]
    date: String,
    /// Only remove what a killed run has left on the engine
    #[arg(long)]
    clean: bool,
    /// End with 1 if any case has failed
    #[arg(long)]
    strict: bool,
    /// Leave out what takes minutes, and repeat less
    #[arg(long)]
    quick: bool,
    /// How often each tool has its turn, in place of each case's own number
    #[arg(long, value_name = "N")]
    repeats: Option<usize>,
    /// How many changes the floor has under way at once; it finds the best number itself if none is given
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Leave the others out: maestro, floor, compose, maestro-ng
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = tool)]
    only: Vec<Tool>,
    /// Cases, or what their names begin with; all if there are none
    cases: Vec<String>,
}

fn tool(word: &str) -> Result<Tool, String> {
    let found = Tool::ALL.into_iter().find(|tool| tool.word() == word);
    found.ok_or_else(|| format!("there are: {}", Tool::ALL.map(Tool::word).join(", ")))
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Problem> {
    let stages = case::chosen(case::stages(arguments.quick), &arguments.cases).map_err(Problem::new)?;
    let fake_engines = FakeEngines::at(&arguments.socket)?;
    let engine = fake_engines.version()?;
    fake_engines.clear()?;
    if arguments.clean {
        return Ok(());
    }
    fake_engines.image()?;
    let tools = tools(arguments)?;
    let machine = Machine::this(arguments.date.clone(), arguments.command.clone(), engine, versions(&tools));
    let mut runner = Runner {
        fake_engines: &fake_engines,
        installed: tools,
        measuring: program(&arguments.programs, "maestro-measure")?,
        folder: arguments.scratch.clone(),
        tools: if arguments.only.is_empty() { Tool::ALL.to_vec() } else { arguments.only.clone() },
        repeats: arguments.repeats,
    };
    let floor_changes = stages.iter().any(|stage| stage.cases.iter().any(|case| case.work != Work::Version));
    if floor_changes {
        runner.networks()?;
    }
    if arguments.concurrency.is_none() && !arguments.quick && floor_changes {
        runner.installed.concurrency = runner.best_concurrency(20, &[2, 4, 8, 16])?;
    }
    let mut machine = machine;
    let at_once = format!("{} changes at once", runner.installed.concurrency);
    machine.versions.push(("floor".to_owned(), at_once));
    let mut rows: Vec<Row> = Vec::new();
    for stage in &stages {
        rows.extend(runner.stage(stage));
        // What is there is kept, should the rest not come to its end.
        write(&arguments.output, &machine, &rows)?;
    }
    print!("{}", table::text(&rows));
    println!("written to {}", arguments.output.display());
    fake_engines.clear()?;
    match table::failures(&rows).len() {
        _ if !arguments.strict => Ok(()),
        0 if rows.iter().all(|row| row.cells.is_empty()) => Err(Problem::new("nothing was measured")),
        0 => Ok(()),
        failed => Err(Problem(format!("{failed} failed"))),
    }
}

fn write(folder: &Path, machine: &Machine, rows: &[Row]) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(Problem::new)?;
    fs::write(folder.join("RESULTS.md"), page(machine, rows)).map_err(Problem::new)?;
    fs::write(folder.join("results.svg"), chart(rows)).map_err(Problem::new)
}

fn tools(arguments: &Arguments) -> Result<Tools, Problem> {
    let home = arguments.scratch.join("home");
    fs::create_dir_all(&home).map_err(Problem::new)?;
    Ok(Tools {
        maestro: program(&arguments.programs, "maestro")?,
        floor: program(&arguments.programs, "maestro-floor")?,
        // As many as Maestro has.
        concurrency: arguments.concurrency.unwrap_or(4),
        compose: arguments
            .compose
            .as_ref()
            .map(|words| words.split_whitespace().map(str::to_owned).collect()),
        maestro_ng: arguments.maestro_ng.clone(),
        socket: arguments.socket.clone(),
        home,
    })
}

fn program(folder: &Path, name: &str) -> Result<PathBuf, Problem> {
    let path = folder.join(name);
    if path.exists() { Ok(path) } else { Err(Problem(format!("there is no {}", path.display()))) }
}

/// What each tool but the floor, which is ours, says of its version.
fn versions(tools: &Tools) -> Vec<(String, String)> {
    let shape = case::Shape::independent(0);
    let subject = Subject { folder: Path::new("/"), shape: &shape, version: "1", changed: 0 };
    let told = |tool: Tool| {
        if !Tool::PROGRAMS.contains(&tool) || tool == Tool::Floor {
            return None;
        }
        let version = match tools.order(tool, Work::Version, subject) {
            None => "left out: it could not be had".to_owned(),
            Some(order) => said(&order.words).unwrap_or_else(|| "?".to_owned()),
        };
        Some((tool.title().to_owned(), version))
    };
    Tool::ALL.into_iter().filter_map(told).collect()
}

fn said(words: &[String]) -> Option<String> {
    let (program, rest) = words.split_first()?;
    let output = Command::new(program).args(rest).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().next()?.trim().to_owned())
}
