//! One question, put from within the network of a container by a container beside it that lives for a moment.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

use futures_util::StreamExt as _;
use tokio::{sync::watch, time::timeout};

use maestro_core::{
    fault::EngineFault,
    model::{
        Environment, Instance,
        carried::{CarriedFile, CarriedFiles, FileAccess, FileContent},
        container::{
            ContainerNames, ContainerOwner, ContainerSpec, Network, OF_CONTAINER, Setting, SettingValue,
        },
        one_off::{LABEL_ONE_OFF, one_off_name},
    },
    observed::{
        Container,
        link_check::{ConnectFailure, LinkFault, LinkOutcome, LinkProbeFault},
    },
};
use maestro_engine::{AttachOptions, Engine, EngineError};

/// Where the program is in the container.
const PROGRAM: &str = "/maestro-guest";
/// How long it may take beside the connections that it waits for: for names, and for the engine.
const BESIDE: Duration = Duration::from_secs(20);
/// More output than this is not what was asked for.
const LONGEST: usize = 64 * 1024;
/// How long the program may go on when the container is removed.
const STOP: Duration = Duration::from_secs(1);
/// How often the container's removal is tried, and the pause between two tries.
const REMOVALS: u32 = 10;
const BETWEEN_REMOVALS: Duration = Duration::from_millis(200);

/// A static program that answers the questions of `maestro-guest`.
#[derive(Debug, Clone)]
pub struct ProbeProgram {
    /// Its bytes.
    pub content: FileContent,
    /// The words before a question.
    pub words: Vec<String>,
}

/// A question that is put beside a container.
pub(super) struct Probe<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) environment: &'a Environment,
    /// The instance that the container is of.
    pub(super) beside: &'a Instance,
    pub(super) container: &'a Container,
    pub(super) program: &'a (dyn Fn(&str) -> Option<ProbeProgram> + Sync),
    pub(super) interrupted: watch::Receiver<bool>,
}

/// What came of one address of a name, and one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) address: String,
    pub(super) port: Option<u16>,
    pub(super) outcome: LinkOutcome,
}

/// The TCP ports at which programs listen, each with whether only their own container reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listeners(Vec<(u16, bool)>);

impl Listeners {
    /// Whether a program listens at a port for its own container alone; none if no program listens there.
    pub(super) fn at(&self, port: u16) -> Option<bool> {
        self.0.iter().find(|(known, _)| *known == port).map(|(_, loopback)| *loopback)
    }
}

impl Probe<'_> {
    /// Connects to ports of a name; none if the name has no address.
    pub(super) async fn reach(
        self,
        name: &str,
        ports: &[u16],
        patience: Duration,
    ) -> Result<Option<Vec<Answer>>, LinkProbeFault> {
        let seconds = patience.as_secs().max(1);
        let mut words = vec!["reach".to_owned(), name.to_owned()];
        words.extend(ports.iter().map(ToString::to_string));
        words.extend(["--seconds".to_owned(), seconds.to_string()]);
        let output = self.ask(words, Duration::from_secs(seconds) + BESIDE).await?;
        if output.trim() == format!("{name} unknown") {
            return Ok(None);
        }
        let answers: Option<Vec<Answer>> = output.lines().map(answer).collect();
        match answers {
            Some(answers) if !answers.is_empty() => Ok(Some(answers)),
            Some(_) | None => Err(LinkProbeFault::Garbled(output)),
        }
    }

    /// The ports at which programs of the container listen.
    pub(super) async fn listening(self) -> Result<Listeners, LinkProbeFault> {
        let output = self.ask(vec!["listening".to_owned()], BESIDE).await?;
        let ports: Option<Vec<(u16, bool)>> = output
            .lines()
            .map(|line| match line.split(' ').collect::<Vec<_>>().as_slice() {
                [port] => Some((port.parse().ok()?, false)),
                [port, "loopback"] => Some((port.parse().ok()?, true)),
                _ => None,
            })
            .collect();
        ports.map(Listeners).ok_or(LinkProbeFault::Garbled(output))
    }

    /// Makes the container, runs it to its end and removes it, whatever happens: what it has written.
    async fn ask(mut self, words: Vec<String>, at_most: Duration) -> Result<String, LinkProbeFault> {
        if *self.interrupted.borrow() {
            return Err(LinkProbeFault::Interrupted);
        }
        let image = self.engine.image(&self.container.image_id).await.map_err(|error| refused(&error))?;
        let platform = image.ok_or(LinkProbeFault::NoImage)?.platform;
        let program = (self.program)(&platform).ok_or(LinkProbeFault::NoProgram(platform))?;
        // Its keys come from the system's random numbers.
        let random = RandomState::new().build_hasher().finish();
        let name = one_off_name(self.beside, &format!("{:04x}", random & 0xffff));
        let words = program.words.iter().cloned().chain(words).collect();
        let spec = self.spec(&name, words);
        let engine = self.engine;
        let made = engine.create(&name, &spec.into(), &[].into(), &ContainerNames::plain(&name)).await;
        let id = match made {
            Ok(created) => created.id,
            Err(error) => {
                // The engine may have made it though its answer was lost.
                if matches!(error, EngineError::ResponseLost(_)) {
                    self.remove(&name).await;
                }
                return Err(refused(&error));
            }
        };
        let output = tokio::select! {
            biased;
            _ = self.interrupted.wait_for(|interrupted| *interrupted) => Err(LinkProbeFault::Interrupted),
            output = timeout(at_most, run(engine, &id, &program.content, (self.environment, self.beside))) => {
                output.unwrap_or(Err(LinkProbeFault::Timeout))
            }
        };
        self.remove(&id).await;
        output
    }

    /// The container: of the image that runs there anyway, in the network of the container that it is beside.
    fn spec(&self, name: &str, command: Vec<String>) -> ContainerSpec {
        let mode = format!("{OF_CONTAINER}{}", self.container.id);
        let owner = ContainerOwner {
            environment: self.environment.name.clone(),
            service: self.environment.service(self.beside.service).name.clone(),
        };
        let network = Network::Mode { mode, links: Vec::new() };
        let mut spec = ContainerSpec::new(name, &self.container.image_id, network, owner);
        spec.settings.insert(Setting::Entrypoint, SettingValue::Texts(vec![PROGRAM.to_owned()]));
        spec.command = Some(command);
        // What it writes is for nobody's log.
        spec.log_driver = Some("none".to_owned());
        spec.labels.insert(LABEL_ONE_OFF.to_owned(), self.beside.name.clone());
        spec
    }

    /// Removes the container with the volumes that its image made for it. What cannot be removed bears the label of a
    /// one-off container, by which `clean` finds it.
    async fn remove(&self, container: &str) {
        for _ in 0..REMOVALS {
            if self.is_gone(container).await {
                return;
            }
            // A start that was given up may still be under way, and engines remove nothing that runs.
            tokio::time::sleep(BETWEEN_REMOVALS).await;
        }
    }

    /// Removes it once; whether there is nothing left to be done about it, or nothing that can be.
    async fn is_gone(&self, container: &str) -> bool {
        // Unlike a list, this waits for a start that is under way.
        let Ok(Some(inspected)) = self.engine.inspect(container).await else { return true };
        let Ok(all) = self.engine.containers().await else { return true };
        let id = &inspected.description.id;
        if inspected.state.is_up() && self.engine.stop(id, STOP).await.is_err() {
            return false;
        }
        if self.engine.remove(id).await.is_err() {
            return false;
        }
        let mounts = all.iter().filter(|known| known.id == *id).flat_map(|known| &known.mounts);
        for mounted in mounts {
            if let Some(volume) = mounted.anonymous() {
                self.engine.remove_volume(volume).await.ok();
            }
        }
        true
    }
}

fn refused(error: &EngineError) -> LinkProbeFault {
    LinkProbeFault::Refused(error.fault().clone())
}

/// Runs the container with the program in it to its end: what it has written.
async fn run(
    engine: &dyn Engine,
    container: &str,
    program: &FileContent,
    (environment, beside): (&Environment, &Instance),
) -> Result<String, LinkProbeFault> {
    let access = FileAccess { uid: 0, gid: 0, mode: 0o755 };
    let owner = (environment.name.as_str(), beside.name.as_str());
    let file = CarriedFile::new(owner, PROGRAM, access, false, program.clone());
    let files: CarriedFiles = [file].into_iter().collect();
    engine.copy_files(container, &files).await.map_err(|error| refused(&error))?;
    let mut attached =
        engine.attach(container, &AttachOptions::default()).await.map_err(|error| refused(&error))?;
    engine.start(container).await.map_err(|error| refused(&error))?;
    let (mut written, mut errors) = (Vec::new(), Vec::new());
    while let Some(chunk) = attached.output.next().await {
        let chunk = chunk.map_err(|error| refused(&error))?;
        let text = if chunk.stderr { &mut errors } else { &mut written };
        text.extend_from_slice(&chunk.bytes);
        if text.len() > LONGEST {
            break;
        }
    }
    let code = engine.exit_within(container, STOP).await.map_err(|error| refused(&error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    match code {
        Some(0) => return Ok(text(&written)),
        Some(_) => {}
        None => return Err(LinkProbeFault::Timeout),
    }
    Err(match text(&errors) {
        words if words.is_empty() => LinkProbeFault::Garbled(text(&written)),
        words => LinkProbeFault::Refused(EngineFault::Words(words)),
    })
}

/// `172.18.0.2 5432 answers`, or `172.18.0.2 known`.
fn answer(line: &str) -> Option<Answer> {
    let fails = |how| LinkOutcome::Fails { how, why: LinkFault::Unknown };
    let (address, port, outcome) = match line.split(' ').collect::<Vec<_>>().as_slice() {
        [address, "known"] => (*address, None, LinkOutcome::Known),
        [address, port, word] => {
            let outcome = match *word {
                "answers" => LinkOutcome::Answers,
                "closes" => fails(ConnectFailure::Closed),
                "refuses" => fails(ConnectFailure::Refused),
                "silent" => fails(ConnectFailure::Silent),
                "unreachable" => fails(ConnectFailure::NoRoute),
                _ => return None,
            };
            (*address, Some(port.parse().ok()?), outcome)
        }
        _ => return None,
    };
    Some(Answer { address: address.to_owned(), port, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_an_address_and_what_came_of_it() {
        let known = answer("10.0.0.1 known").unwrap();
        assert_eq!((known.port, known.outcome), (None, LinkOutcome::Known));
        let refused = answer("10.0.0.1 5432 refuses").unwrap();
        assert_eq!((refused.address.as_str(), refused.port), ("10.0.0.1", Some(5432)));
        assert_eq!(
            refused.outcome,
            LinkOutcome::Fails { how: ConnectFailure::Refused, why: LinkFault::Unknown }
        );
        for nonsense in ["", "10.0.0.1", "10.0.0.1 x answers", "10.0.0.1 1 sings", "a b c d"] {
            assert_eq!(answer(nonsense), None, "{nonsense}");
        }
    }
}
