//! What a container's start script asks of the environment that Maestro gave to the container: its own name, its ports,
//! where its neighbours are. Uses the standard library alone, for it is a program of its own as well: `bin.rs`.
//!
//! The questions are those of `MaestroNG`'s Python module `maestro.guestutils`, with the same answers.

mod address;
mod answer;
mod ask;
mod command;
mod reach;
mod surroundings;
mod trouble;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use surroundings::Surroundings;
use trouble::Trouble;

/// Answers the question that `arguments` ask, on standard output, and tells how that ended: 0 answered, 1 the
/// environment does not say it, 2 not a question. `program` is how the user calls it.
#[must_use]
pub fn main(program: &str, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let (text, code) = match command::parse(program, &words) {
        Ok(command::Parsed::Help(text)) => (Ok(text), 0),
        Ok(command::Parsed::Question { question, json }) => {
            match ask::answer(&question, &Surroundings::of_process()) {
                Ok(answer) => (Ok(answer.written(json)), 0),
                Err(Trouble::Unknown(text)) => (Err(text), 1),
                Err(Trouble::Usage(text)) => (Err(text), 2),
            }
        }
        Err(Trouble::Usage(text) | Trouble::Unknown(text)) => (Err(text), 2),
    };
    match text {
        Ok(text) => match writeln!(io::stdout(), "{text}") {
            Ok(()) => ExitCode::from(code),
            // A start script that goes on with half an answer is worse off than one that stops.
            Err(_) => ExitCode::FAILURE,
        },
        Err(text) => {
            writeln!(io::stderr(), "{program}: {}", visible(&text)).ok();
            ExitCode::from(code)
        }
    }
}

/// Without what could steer a terminal: names and values come from a file.
fn visible(text: &str) -> String {
    let escape =
        |c: char| if c.is_control() && c != '\n' { c.escape_unicode().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}
