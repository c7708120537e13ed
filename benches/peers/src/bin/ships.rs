//! `maestro-ships`: what Maestro takes with many ships, of which some do not answer. `./bench --ships` builds and runs it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use clap::Parser;
use maestro_bench::{
    engine::Problem,
    measure::{Order, Taken, measure_with},
    ships::{
        file::{Shape, file},
        fleet::{Fleet, Manner, Ship, ships},
    },
};

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(600);
/// A ship did not answer.
const UNREACHABLE: i64 = 4;

/// Measures Maestro with many ships, a twentieth each of which refuses, is silent and drops packets.
#[derive(Debug, Parser)]
#[command(name = "maestro-ships")]
struct Arguments {
    /// The folder of `maestro` and `maestro-measure`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// Where files are written
    #[arg(long, value_name = "FOLDER")]
    scratch: PathBuf,
    /// How many files a command may have open
    #[arg(long, value_name = "N")]
    files: Option<u32>,
    /// How many instances each ship has
    #[arg(long, value_name = "N", default_value_t = 20)]
    instances: usize,
    /// How many instances each service has, on as many ships; without it, one on each ship
    #[arg(long, value_name = "N")]
    of_each: Option<usize>,
    /// How often each command runs
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeats: usize,
    /// Brings up ships that all answer, applies a file with their instances, says where it is, and serves until standard
    /// input ends
    #[arg(long)]
    serve: bool,
    /// How many ships there are
    #[arg(value_name = "SHIPS", default_values_t = [10, 100, 500])]
    ships: Vec<u16>,
}

impl Arguments {
    fn shape(&self) -> Shape {
        Shape { on_each: self.instances, of_each: self.of_each }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.serve {
        let served = arguments.ships.first().map_or(Ok(()), |&count| serve(&arguments, count));
        return served.map_or_else(|problem| failed(&problem), |()| ExitCode::SUCCESS);
    }
    println!(
        "{:>5}  {:>9}  {:<18} {:>8} {:>8} {:>8} {:>6}",
        "ships", "instances", "command", "seconds", "cpu s", "MB", "lines"
    );
    let mut first = 0;
    for &count in &arguments.ships {
        if let Err(problem) = measured(&arguments, &ships(first, count)) {
            return failed(&problem);
        }
        first += count;
    }
    ExitCode::SUCCESS
}

fn failed(problem: &Problem) -> ExitCode {
    eprintln!("error: {problem}");
    ExitCode::FAILURE
}

/// Serves that many ships, for whoever measures something else with them.
fn serve(arguments: &Arguments, count: u16) -> Result<(), Problem> {
    let ships: Vec<Ship> = (0..count).map(Ship::alive).collect();
    let _fleet = up(ships.clone())?;
    fs::create_dir_all(&arguments.scratch).map_err(Problem::new)?;
    let path = arguments.scratch.join("ships.yaml");
    fs::write(&path, file(&ships, arguments.shape())).map_err(Problem::new)?;
    one(arguments, &path, &["apply"], 0)?;
    println!("{}", path.display());
    let mut line = String::new();
    while io::stdin().read_line(&mut line).map_err(Problem::new)? > 0 {}
    Ok(())
}

/// The commands that are measured, with their exit codes where some ships do not answer.
const COMMANDS: [(&[&str], i64); 4] = [
    (&["status"], UNREACHABLE),
    (&["plan"], UNREACHABLE),
    (&["apply"], UNREACHABLE),
    (&["logs", "--tail", "1"], UNREACHABLE),
];

fn measured(arguments: &Arguments, ships: &[Ship]) -> Result<(), Problem> {
    let count = ships.len();
    let fleet = up(ships.to_vec())?;
    fs::create_dir_all(&arguments.scratch).map_err(Problem::new)?;
    let path = arguments.scratch.join("ships.yaml");
    fs::write(&path, file(ships, arguments.shape())).map_err(Problem::new)?;
    let living = ships.iter().filter(|ship| ship.manner == Manner::Alive).count();
    let instances = ships.len() * arguments.instances;
    let run = |words: &[&str], code| {
        let taken = one(arguments, &path, words, code)?;
        let lines = fs::read_to_string(output(arguments)).map_err(Problem::new)?.lines().count();
        println!(
            "{count:>5}  {instances:>9}  {:<18} {:>8.2} {:>8.2} {:>8.1} {lines:>6}",
            words.join(" "),
            taken.seconds,
            taken.cpu,
            taken.memory / 1e6
        );
        Ok::<(), Problem>(())
    };
    let code = if living == ships.len() { 0 } else { UNREACHABLE };
    run(&["apply"], code)?;
    let expected = living * arguments.instances;
    if fleet.running() != expected {
        return Err(Problem(format!("{} containers run, of {expected}", fleet.running())));
    }
    for _ in 0..arguments.repeats {
        for (words, code_with_dead) in COMMANDS {
            run(words, if living == ships.len() { 0 } else { code_with_dead })?;
        }
    }
    if fleet.running() != expected {
        return Err(Problem("the second apply has changed something".to_owned()));
    }
    match fleet.unknown().as_slice() {
        [] => Ok(()),
        unknown => Err(Problem(format!("the engines do not know: {}", unknown.join(", ")))),
    }
}

/// Brings the engines up, in a thread that serves them.
fn up(ships: Vec<Ship>) -> Result<Fleet, Problem> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(send.send(Err(Problem::new(error)))),
        };
        runtime.block_on(async {
            if send.send(Fleet::up(&ships)).is_ok() {
                std::future::pending::<()>().await;
            }
        });
    });
    receive.recv().map_err(Problem::new)?
}

fn output(arguments: &Arguments) -> PathBuf {
    arguments.scratch.join("ships.output")
}

/// Runs the program once.
fn one(arguments: &Arguments, file: &Path, words: &[&str], expected: i64) -> Result<Taken, Problem> {
    let program = arguments.programs.join("maestro").display().to_string();
    let mut line = vec!["bash".to_owned(), "-c".to_owned()];
    let limit = arguments.files.map_or(String::new(), |files| format!("ulimit -n {files}; "));
    line.push(format!("{limit}exec \"$0\" \"$@\""));
    line.extend([program, "-f".to_owned(), file.display().to_string()]);
    line.extend(words.iter().map(|word| (*word).to_owned()));
    let order = Order { words: line, variables: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())] };
    let measuring = arguments.programs.join("maestro-measure");
    let (taken, code) = measure_with(&measuring, &order, &output(arguments), LIMIT)?;
    if code == expected {
        Ok(taken)
    } else {
        let output = output(arguments);
        Err(Problem(format!("`{}`: exit code {code}; see {}", words.join(" "), output.display())))
    }
}
