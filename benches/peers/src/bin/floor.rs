//! `maestro-floor`: the minimal client as a program. What its containers are is in `maestro_bench::files`.

use std::{path::PathBuf, process::ExitCode};

use maestro_bench::{case::Shape, engine::Problem, floor::Floor};

const USAGE: &str = "it is: maestro-floor version | SOCKET CONCURRENCY WORK
WORK is: status N | start N,N… (a layer each) | serve N,N… | stop N | replace NUMBER VERSION";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(said) => {
            print!("{said}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<String, Problem> {
    let (socket, concurrency, work) = match words {
        ["version"] => return Ok(concat!("maestro-floor ", env!("CARGO_PKG_VERSION"), "\n").to_owned()),
        [socket, concurrency, work @ ..] => (PathBuf::from(socket), number(concurrency)?, work),
        _ => return Err(Problem::new(USAGE)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Problem::new)?;
    runtime.block_on(async {
        let floor = Floor::at(&socket, concurrency);
        match work {
            ["status", count] => return floor.status(number(count)?).await,
            ["start", layers] => floor.start(&shape(layers, false)?).await?,
            ["serve", layers] => floor.start(&shape(layers, true)?).await?,
            ["stop", count] => floor.stop(number(count)?).await?,
            ["replace", count, version] => floor.replace(number(count)?, version).await?,
            _ => return Err(Problem::new(USAGE)),
        }
        Ok(String::new())
    })
}

fn number(word: &str) -> Result<usize, Problem> {
    word.parse().map_err(|error| Problem(format!("'{word}': {error}")))
}

fn shape(layers: &str, is_checked: bool) -> Result<Shape, Problem> {
    Ok(Shape { layers: layers.split(',').map(number).collect::<Result<_, _>>()?, is_checked })
}
