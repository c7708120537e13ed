//! Who is measured, and what each is told to do.

use std::path::{Path, PathBuf};

use crate::{
    case::{Shape, Work},
    files,
    measure::Order,
};

/// One of those that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Maestro.
    Maestro,
    /// Maestro, which does not watch containers without checks: `--detach`.
    MaestroDetach,
    /// The minimal client.
    Floor,
    /// docker compose v2, which does not watch either: `up -d`.
    Compose,
    /// docker compose v2, which waits until containers run or are healthy: `up --wait`.
    ComposeWait,
    /// `MaestroNG`.
    MaestroNg,
}

impl Tool {
    /// All, in the order of their turns and of the columns.
    pub const ALL: [Self; 6] =
        [Self::Maestro, Self::MaestroDetach, Self::Floor, Self::Compose, Self::ComposeWait, Self::MaestroNg];
    /// Those that differ in more than an option of `start`.
    pub const PROGRAMS: [Self; 4] = [Self::Maestro, Self::Floor, Self::Compose, Self::MaestroNg];

    /// What it is called in tables.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Maestro => "Maestro",
            Self::MaestroDetach => "Maestro --detach",
            Self::Floor => "floor",
            Self::Compose => "compose",
            Self::ComposeWait => "compose --wait",
            Self::MaestroNg => "MaestroNG",
        }
    }

    /// What it is called on the command line and in names of files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Maestro => "maestro",
            Self::MaestroDetach => "maestro-detach",
            Self::Floor => "floor",
            Self::Compose => "compose",
            Self::ComposeWait => "compose-wait",
            Self::MaestroNg => "maestro-ng",
        }
    }

    /// A tool that people use, and that is to be beaten.
    #[must_use]
    pub fn is_peer(self) -> bool {
        matches!(self, Self::Compose | Self::ComposeWait | Self::MaestroNg)
    }
}

/// Where the programs are; none for what cannot be had.
#[derive(Debug, Clone)]
pub struct Tools {
    /// `maestro`.
    pub maestro: PathBuf,
    /// `maestro-floor`.
    pub floor: PathBuf,
    /// How many changes the floor has under way at once.
    pub concurrency: usize,
    /// docker compose: the program and its first words.
    pub compose: Option<Vec<String>>,
    /// The Python that has `MaestroNG`.
    pub maestro_ng: Option<PathBuf>,
    /// The engine's socket.
    pub socket: PathBuf,
    /// The tools' home directory, which is nobody's.
    pub home: PathBuf,
}

/// What a tool's work is done on.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The folder with the files.
    pub folder: &'a Path,
    /// The containers.
    pub shape: &'a Shape,
    /// Which of the files counts: `1`, or one with a change.
    pub version: &'a str,
    /// The container that has changed.
    pub changed: usize,
}

impl Tools {
    /// Whether a tool can be had.
    #[must_use]
    pub fn have(&self, tool: Tool) -> bool {
        match tool {
            Tool::Maestro | Tool::MaestroDetach | Tool::Floor => true,
            Tool::Compose | Tool::ComposeWait => self.compose.is_some(),
            Tool::MaestroNg => self.maestro_ng.is_some(),
        }
    }

    /// What is run when a tool is told to do that; none if it has no such thing or cannot be had.
    #[must_use]
    pub fn order(&self, tool: Tool, work: Work, subject: Subject<'_>) -> Option<Order> {
        let file = || files::path(subject.folder, tool.word(), subject.version).display().to_string();
        let words = match tool {
            Tool::Maestro | Tool::MaestroDetach => {
                let program = self.maestro.display().to_string();
                let mut words = match work {
                    Work::Version => vec![program, "--version".into()],
                    _ => vec![program, "-f".into(), file(), maestro_word(work).into()],
                };
                if tool == Tool::MaestroDetach && work.starts() {
                    words.push("--detach".into());
                }
                words
            }
            Tool::Floor => self.floor_words(work, subject),
            Tool::Compose | Tool::ComposeWait => {
                let mut words = self.compose.clone()?;
                if work != Work::Version {
                    words.extend(["-f".into(), file()]);
                }
                words.extend(compose_words(work).iter().map(|word| (*word).to_owned()));
                if tool == Tool::ComposeWait && work.starts() {
                    words.push("--wait".into());
                }
                words
            }
            Tool::MaestroNg => {
                let python = self.maestro_ng.as_ref()?.display().to_string();
                let mut words: Vec<String> = vec![python, "-m".into(), "maestro".into()];
                if work != Work::Version {
                    words.extend(["-f".into(), file()]);
                }
                words.extend(ng_words(work).iter().map(|word| (*word).to_owned()));
                if work == Work::Apply {
                    words.push(files::container_name(subject.changed));
                }
                words
            }
        };
        Some(Order { words, variables: self.variables() })
    }

    fn floor_words(&self, work: Work, Subject { shape, version, changed, .. }: Subject<'_>) -> Vec<String> {
        let program = self.floor.display().to_string();
        if work == Work::Version {
            return vec![program, "version".into()];
        }
        let layers: Vec<String> = shape.layers.iter().map(ToString::to_string).collect();
        let (layers, count) = (layers.join(","), shape.count().to_string());
        let start = if shape.is_checked { "serve" } else { "start" };
        let work = match work {
            Work::Version | Work::Status => vec!["status".into(), count],
            Work::NoOp | Work::Start => vec![start.into(), layers],
            Work::Stop => vec!["stop".into(), count],
            Work::Apply => vec!["replace".into(), changed.to_string(), version.to_owned()],
        };
        [vec![program, self.socket.display().to_string(), self.concurrency.to_string()], work].concat()
    }

    fn variables(&self) -> Vec<(String, String)> {
        let variables = [
            ("DOCKER_HOST", format!("unix://{}", self.socket.display())),
            ("HOME", self.home.display().to_string()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}

fn maestro_word(work: Work) -> &'static str {
    match work {
        Work::Version | Work::Status => "status",
        Work::NoOp | Work::Start => "start",
        Work::Stop => "stop",
        Work::Apply => "apply",
    }
}

fn compose_words(work: Work) -> &'static [&'static str] {
    match work {
        Work::Version => &["version"],
        Work::Status => &["ps"],
        Work::NoOp | Work::Start | Work::Apply => &["up", "-d"],
        Work::Stop => &["stop"],
    }
}

/// It cannot find out what has changed, so it is told.
fn ng_words(work: Work) -> &'static [&'static str] {
    match work {
        Work::Version => &["--version"],
        Work::Status => &["status"],
        Work::NoOp | Work::Start => &["start"],
        Work::Stop => &["stop", "--all"],
        Work::Apply => &["restart"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_what_a_person_would_type() {
        let tools = Tools {
            maestro: "maestro".into(),
            floor: "floor".into(),
            concurrency: 4,
            compose: Some(vec!["docker-compose".into()]),
            maestro_ng: Some("python3".into()),
            socket: "/s".into(),
            home: "/h".into(),
        };
        let shape = Shape::chain(3);
        let subject = Subject { folder: Path::new("/f"), shape: &shape, version: "2", changed: 1 };
        let works = [Work::Version, Work::Status, Work::NoOp, Work::Start, Work::Stop, Work::Apply];
        let lines: Vec<String> = works
            .iter()
            .flat_map(|&work| Tool::ALL.map(|tool| tools.order(tool, work, subject)))
            .map(|order| order.unwrap().words.join(" "))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
        let without = Tools { compose: None, ..tools };
        assert_eq!(without.order(Tool::Compose, Work::Status, subject), None);
    }
}
