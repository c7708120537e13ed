//! What `docker buildx build --progress=plain` says.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    process::ExitStatus,
};

use crate::builds::{BuildError, BuildNews};
use maestro_core::fault::BuildxFault;

/// How many lines of a step's output are kept for its failure.
const LAST_LINES: usize = 20;
/// What stands around the lines of a Dockerfile that a failure shows.
const RULE: &str = "--------------------";
/// What comes before an exit code.
const EXIT_CODE: &str = "exit code: ";
/// What a failure begins with, one behind the other.
const BEGINNINGS: [&str; 3] = ["ERROR: ", "failed to build: ", "failed to solve: "];
/// What an invalid Dockerfile is told with, if no lines of it are shown.
const PARSE_ERROR: &str = "dockerfile parse error on line ";

/// What was said so far. Steps run beside one another; each has a number of its own there.
#[derive(Default)]
pub(super) struct Plain {
    begun: BTreeSet<String>,
    outputs: BTreeMap<String, VecDeque<String>>,
    failed_step: Option<String>,
    /// The line of the Dockerfile that failed.
    place: Option<usize>,
    /// What was said last of all.
    last: String,
    error: Option<String>,
}

impl Plain {
    pub(super) fn take(&mut self, line: &str, progress: &mut (dyn FnMut(BuildNews) + Send)) {
        if let Some((step, words)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) {
            self.of_step(step, words, progress);
        } else if line == RULE && self.place.is_none() {
            self.place = self.last.rsplit_once(':').and_then(|(_, number)| number.parse().ok());
        } else if line.starts_with(BEGINNINGS[0]) {
            self.error = Some(line.to_owned());
        }
        if !line.is_empty() {
            line.clone_into(&mut self.last);
        }
    }

    fn of_step(&mut self, step: &str, words: &str, progress: &mut (dyn FnMut(BuildNews) + Send)) {
        if let Some(news) = begin(words) {
            if self.begun.insert(step.to_owned()) {
                progress(news);
            }
        } else if words.starts_with("ERROR: ") {
            self.failed_step = Some(step.to_owned());
        } else if !self.begun.contains(step) {
            // How far a context or a base image is.
        } else if words == "CACHED" {
            progress(BuildNews::Cached);
        } else if let Some(output) = output(words) {
            let kept = self.outputs.entry(step.to_owned()).or_default();
            if kept.len() == LAST_LINES {
                kept.pop_front();
            }
            kept.push_back(output.to_owned());
            progress(BuildNews::Output(output.to_owned()));
        }
    }

    /// Why the program ended that way.
    pub(super) fn failed(mut self, status: ExitStatus) -> BuildError {
        let words = match self.error.take() {
            Some(error) => {
                let mut words = error.as_str();
                for beginning in BEGINNINGS {
                    words = words.strip_prefix(beginning).unwrap_or(words);
                }
                words.to_owned()
            }
            None if self.last.is_empty() => return BuildError::Buildx(BuildxFault::Ended(status.code())),
            None => self.last,
        };
        let code = words.rsplit_once(EXIT_CODE).and_then(|(_, code)| code.parse().ok());
        let told = words.strip_prefix(PARSE_ERROR).and_then(|rest| rest.split(':').next()?.parse().ok());
        let output = self.failed_step.and_then(|step| self.outputs.remove(&step)).unwrap_or_default();
        BuildError::Failed { words, code, line: self.place.or(told), output: output.into() }
    }
}

/// `[2/5] RUN make` or `[stage 2/5] RUN make`. What has no number is none of the Dockerfile's.
fn begin(words: &str) -> Option<BuildNews> {
    let (place, instruction) = words.strip_prefix('[')?.split_once("] ")?;
    let (number, of) = place.rsplit(' ').next()?.split_once('/')?;
    let (number, of) = (number.parse().ok()?, of.parse().ok()?);
    Some(BuildNews::Step { number, of, instruction: instruction.to_owned() })
}

/// A line of output, behind the seconds that had passed.
fn output(words: &str) -> Option<&str> {
    let (seconds, output) = words.split_once(' ')?;
    let is_time = seconds.contains('.') && seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_time.then_some(output)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn read(text: &str) -> (Vec<BuildNews>, BuildError) {
        let (mut plain, mut news) = (Plain::default(), Vec::new());
        text.lines().for_each(|line| plain.take(line, &mut |one| news.push(one)));
        (news, plain.failed(ExitStatus::from_raw(256)))
    }

    #[test]
    fn a_failure_has_its_line_and_the_output_of_its_step() {
        let (news, failure) = read(include_str!("plain/failed.txt"));
        let step = |number, of, instruction: &str| BuildNews::Step {
            number,
            of,
            instruction: instruction.to_owned(),
        };
        let line = |text: &str| BuildNews::Output(text.to_owned());
        assert_eq!(
            news,
            [
                step(1, 2, "COPY bin /bin"),
                BuildNews::Cached,
                step(1, 3, "COPY --from=extra x /x"),
                step(2, 3, "RUN sleep 1"),
                line("other"),
                line("oh"),
                line("no"),
            ]
        );
        let words =
            "process \"/bin/sh -c echo oh; echo no; exit 3\" did not complete successfully: exit code: 3";
        let output = vec!["oh".to_owned(), "no".to_owned()];
        assert_eq!(
            failure,
            BuildError::Failed { words: words.to_owned(), code: Some(3), line: Some(7), output }
        );
    }

    #[test]
    fn an_invalid_dockerfile_has_its_line() {
        let (_, failure) = read(
            "#2 DONE 0.1s\nERROR: failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: FOO",
        );
        let words = "dockerfile parse error on line 2: unknown instruction: FOO".to_owned();
        assert_eq!(failure, BuildError::Failed { words, code: None, line: Some(2), output: Vec::new() });
    }

    #[test]
    fn what_ends_without_a_word_says_how() {
        let (news, failure) = read("");
        assert_eq!(news, []);
        assert_eq!(failure, BuildError::Buildx(BuildxFault::Ended(Some(1))));
    }
}
