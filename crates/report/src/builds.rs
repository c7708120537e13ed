//! Builds of images: what becomes of each, and why one failed.

use std::{borrow::Cow, time::Duration};

use serde_json::{Value, json};

use crate::{
    carried,
    explain::engine,
    id::short_id,
    labels::{seconds, size},
    text::harmless,
};
use maestro_core::{
    diagnostic::Diagnostic,
    fault::{BuildFault, BuildxFault},
    observed::carriable::CarrySource,
    source::Span,
};

/// What becomes of an image on a ship.
#[derive(Debug, Clone, Copy)]
pub struct BuildReport<'a> {
    /// The image's reference.
    pub image: &'a str,
    /// The ship.
    pub ship: &'a str,
    /// What became of it, or how far it is.
    pub outcome: BuildOutcome<'a>,
    /// Since the ship was asked.
    pub elapsed: Duration,
}

/// What became of a build, or how far it is.
#[derive(Debug, Clone, Copy)]
pub enum BuildOutcome<'a> {
    /// The context is sent.
    Begun {
        /// The bytes of its files.
        bytes: u64,
    },
    /// A step begins.
    Step {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The instruction.
        instruction: &'a str,
    },
    /// It was built.
    Built {
        /// The image's id.
        id: &'a str,
    },
    /// The ship has the image as it would be built.
    Unchanged,
    /// It was not built.
    Failed {
        /// Why, in a sentence.
        message: &'a str,
        /// The same as people read it, with the place.
        drawn: &'a str,
    },
}

/// The engine that builds an image: a ship's name, or this machine.
#[must_use]
pub fn place(at: &CarrySource) -> String {
    carried::source(at)
}

/// What stands for the id of an image that is built before a plan is carried out.
pub const TO_BE_BUILT: &str = "to be built";

/// What became of a command whose builds failed.
pub const NOTHING_ELSE: &str = "no container was changed";

/// That an image is built before the plan is carried out. `is_there` if another one has its name until then.
#[must_use]
pub fn is_planned(image: &str, ship: &str, is_there: bool) -> String {
    let why = if is_there { "what it is built from has changed" } else { "it is not there" };
    format!("{} is built on {} first: {why}", harmless(image), harmless(ship))
}

/// A line about a build; for a failure its drawing.
#[must_use]
pub fn line(report: &BuildReport<'_>) -> String {
    let subject = format!("{} on {}", harmless(report.image), harmless(report.ship));
    let took = || seconds(u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX));
    match report.outcome {
        BuildOutcome::Begun { bytes } => format!("{subject}: building, context {} …", size(bytes)),
        BuildOutcome::Step { number, of, instruction } => {
            format!("{subject}: step {number} of {of}: {}", harmless(&cut(instruction)))
        }
        BuildOutcome::Built { id } => format!("{subject}: built {} ({})", short_id(id), took()),
        BuildOutcome::Unchanged => format!("{subject}: unchanged"),
        BuildOutcome::Failed { drawn, .. } => drawn.to_owned(),
    }
}

/// An instruction, cut to a line.
fn cut(instruction: &str) -> Cow<'_, str> {
    const MOST: usize = 60;
    match instruction.char_indices().nth(MOST) {
        None => Cow::Borrowed(instruction),
        Some((end, _)) => Cow::Owned(format!("{}…", &instruction[..end])),
    }
}

/// What `build` prints, of what became of each.
#[must_use]
pub fn output(environment: &str, builds: &[Value]) -> Value {
    json!({ "version": 1, "environment": environment, "builds": builds })
}

/// What became of a build, as data; none while it goes on.
#[must_use]
pub fn json(report: &BuildReport<'_>) -> Option<Value> {
    let (outcome, id, message) = match report.outcome {
        BuildOutcome::Begun { .. } | BuildOutcome::Step { .. } => return None,
        BuildOutcome::Built { id } => ("built", Some(id), None),
        BuildOutcome::Unchanged => ("unchanged", None, None),
        BuildOutcome::Failed { message, .. } => ("failed", None, Some(message)),
    };
    let milliseconds = u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX);
    Some(json!({
        "image": report.image,
        "ship": report.ship,
        "outcome": outcome,
        "id": id,
        "message": message,
        "milliseconds": milliseconds,
    }))
}

/// Why an image was not built, at the place of the step that failed.
#[must_use]
pub fn failure(image: &str, ship: &str, fault: &BuildFault, place: Option<Span>) -> Diagnostic {
    let subject = format!("{} was not built on {}", harmless(image), harmless(ship));
    match fault {
        BuildFault::Engine(fault) => {
            Diagnostic::error("build", format!("{subject}: {}", harmless(&engine::sentence(fault))))
        }
        BuildFault::Context(words) => Diagnostic::error("build", format!("{subject}: {}", harmless(words)))
            .note("a file of the context changed while it was sent"),
        BuildFault::Buildx(fault) => {
            let what = match fault {
                BuildxFault::NotRun(words) => format!("`docker buildx` does not run: {}", harmless(words)),
                BuildxFault::Ended(Some(code)) => format!("`docker buildx` ended with exit code {code}"),
                BuildxFault::Ended(None) => "a signal ended `docker buildx`".to_owned(),
                BuildxFault::NoId(words) => {
                    format!("`docker buildx` does not say what it built: {}", harmless(words))
                }
            };
            Diagnostic::error("build", format!("{subject}: {what}"))
                .help("run `docker buildx version` to see whether it works on this machine")
        }
        BuildFault::OfContext(other) => Diagnostic::error(
            "build",
            format!("{subject}: it needs {}, which was not built", harmless(other)),
        ),
        BuildFault::Interrupted => Diagnostic::error("build", format!("{subject}: interrupted")),
        BuildFault::Step { number, line: _, words, code, output } => {
            let what = match code {
                Some(code) => format!("the command ended with exit code {code}"),
                None => harmless(words).into_owned(),
            };
            let which = number.map(|number| format!("step {number}: ")).unwrap_or_default();
            let mut problem = Diagnostic::error("build", format!("{subject}: {which}{what}"));
            if let Some(place) = place {
                problem = problem.at(
                    place,
                    code.map_or_else(|| "this step".to_owned(), |code| format!("exit code {code}")),
                );
            }
            if !output.is_empty() {
                let lines: Vec<_> = output.iter().map(|line| harmless(line)).collect();
                problem = problem.note(format!("its output:\n{}", lines.join("\n")));
            }
            problem
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn report(outcome: BuildOutcome<'_>) -> BuildReport<'_> {
        BuildReport { image: "shop-web", ship: "alpha", outcome, elapsed: Duration::from_millis(1200) }
    }

    #[test]
    fn each_outcome_is_a_line() {
        let failed = BuildOutcome::Failed { message: "step 2 failed", drawn: "error[build]: step 2 failed" };
        let step = BuildOutcome::Step { number: 1, of: 2, instruction: "RUN make all" };
        let lines = [
            (BuildOutcome::Begun { bytes: 2048 }, "shop-web on alpha: building, context 2 KiB …"),
            (step, "shop-web on alpha: step 1 of 2: RUN make all"),
            (
                BuildOutcome::Built { id: "sha256:0123456789abcdef" },
                "shop-web on alpha: built 0123456789ab (1.2 s)",
            ),
            (BuildOutcome::Unchanged, "shop-web on alpha: unchanged"),
            (failed, "error[build]: step 2 failed"),
        ];
        for (outcome, text) in lines {
            assert_eq!(line(&report(outcome)), text);
        }
    }

    #[test]
    fn all_keys_of_the_data_are_described() {
        let failed = BuildOutcome::Failed { message: "step 2 failed", drawn: "" };
        let told = [BuildOutcome::Built { id: "sha256:01" }, BuildOutcome::Unchanged, failed];
        let builds: Vec<Value> = told.into_iter().filter_map(|outcome| json(&report(outcome))).collect();
        assert_eq!(builds.len(), 3);
        assert_eq!(schema::undescribed(&output("shop", &builds), schema::BUILDS), [""; 0]);
        assert_eq!(json(&report(BuildOutcome::Begun { bytes: 1 })), None);
    }
}
