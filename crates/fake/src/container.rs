//! A container that the engine in memory holds, and what becomes of it by itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::Instant;

use super::{before::Before, file_tree::Files};
use maestro_core::{
    model::{carried::CarriedFile, container::Protocol},
    observed::{Container, ContainerState, Published, description::Description, mounts::Source},
};
use maestro_engine::{Health, LogLine, events::Happened};

#[derive(Debug, Clone)]
pub(super) struct FakeContainer {
    pub(super) shown: Container,
    /// Shared by its copies.
    pub(super) description: Arc<Description>,
    pub(super) ports: BTreeSet<(u16, String)>,
    pub(super) exit_code: Option<i64>,
    pub(super) dies_at: Option<(Instant, i64)>,
    /// What it has written, which whoever reads it still has when it is gone.
    pub(super) log: Arc<Mutex<Vec<LogLine>>>,
    /// The commands that were run in it, in their order.
    pub(super) executed: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) started: Option<Instant>,
    pub(super) serves_after: Duration,
    pub(super) healthy_after: Option<Duration>,
    pub(super) unhealthy_after: Option<Duration>,
    pub(super) before: Option<Before>,
    /// Whether its creation is under way: nothing but its name is there.
    pub(super) unfinished: bool,
    /// Whether somebody made it by hand, whatever labels it bears.
    pub(super) by_hand: bool,
    /// How long after each start it ends, with which exit code.
    pub(super) dies: Option<(Duration, i64)>,
    /// Exit code of its last end.
    pub(super) last_code: i64,
    /// How often it was started, by anybody, and has ended.
    pub(super) starts: u64,
    /// The signals that it got, but for those that end it.
    pub(super) signals: Vec<String>,
    /// The exit code with which its program ends at such a signal, if it does.
    pub(super) ends_at_signals: Option<i64>,
    pub(super) ended: u64,
    /// How often its restart policy has started it since somebody did.
    pub(super) restarts: u64,
    /// When its restart policy starts it again.
    pub(super) restarts_at: Option<Instant>,
    /// How long the next restart is put off.
    pub(super) pause: Duration,
    /// Since when it is paused.
    pub(super) paused_at: Option<Instant>,
    /// Files that were copied into it, by their paths.
    pub(super) files: BTreeMap<String, CarriedFile>,
    /// The files of its root, but for those of its image and its volumes.
    pub(super) root: Files,
}

/// The shortest and the longest time that an engine puts a restart off, and after how long a life it begins anew with
/// the shortest.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const LONG_LIFE: Duration = Duration::from_secs(10);

impl FakeContainer {
    pub(super) fn new(shown: Container) -> Self {
        Self {
            shown,
            description: Arc::default(),
            ports: BTreeSet::new(),
            exit_code: None,
            dies_at: None,
            log: Arc::default(),
            executed: Vec::new(),
            links: Vec::new(),
            started: None,
            serves_after: Duration::ZERO,
            healthy_after: None,
            unhealthy_after: None,
            before: None,
            unfinished: false,
            by_hand: false,
            dies: None,
            last_code: 0,
            starts: 0,
            signals: Vec::new(),
            ends_at_signals: None,
            ended: 0,
            restarts: 0,
            restarts_at: None,
            pause: SHORTEST_PAUSE,
            paused_at: None,
            files: BTreeMap::new(),
            root: Files::new(),
        }
    }

    /// Its process runs from then on.
    pub(super) fn begin(&mut self, at: Instant) {
        self.shown.state = ContainerState::Running;
        self.before = None;
        self.exit_code = None;
        self.started = Some(at);
        self.starts += 1;
        self.dies_at = self.dies.map(|(after, code)| (at + after, code));
        self.restarts_at = None;
    }

    /// Its creation is over.
    pub(super) fn finish(&mut self) {
        self.unfinished = false;
    }

    /// When it ends or is restarted next, by itself; never while it is paused.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        if self.paused_at.is_some() {
            return None;
        }
        self.dies_at.map(|(at, _)| at).or(self.restarts_at)
    }

    /// It ends, or its restart policy starts it again; which of both.
    pub(super) fn turn(&mut self) -> Option<Happened> {
        if let Some(at) = self.restarts_at {
            self.begin(at);
            return Some(Happened::Started);
        }
        let (at, code) = self.dies_at?;
        let lived = self.started.map_or(Duration::ZERO, |started| at - started);
        self.end(code);
        let (policy, most) = &self.description.restart;
        let is_restarted = match policy.as_str() {
            "always" | "unless-stopped" => true,
            "on-failure" => {
                code != 0 && (*most == 0 || i64::try_from(self.restarts).is_ok_and(|times| times < *most))
            }
            _ => false,
        };
        if is_restarted {
            if lived >= LONG_LIFE {
                self.pause = SHORTEST_PAUSE;
            }
            self.shown.state = ContainerState::Restarting;
            self.shown.status = format!("Restarting ({code}) Less than a second ago");
            self.restarts += 1;
            self.restarts_at = Some(at + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        Some(Happened::Died { exit_code: code })
    }

    /// The engine's words for how it does.
    pub(super) fn status(&self) -> String {
        if self.shown.state != ContainerState::Running {
            return self.shown.status.clone();
        }
        let Some(started) = self.started else { return self.shown.status.clone() };
        let up = match started.elapsed().as_secs() {
            0 => "Less than a second".to_owned(),
            1 => "1 second".to_owned(),
            seconds @ 2..60 => format!("{seconds} seconds"),
            60..120 => "About a minute".to_owned(),
            seconds => format!("{} minutes", seconds / 60),
        };
        match self.health() {
            None => format!("Up {up}"),
            Some(Health { status, .. }) if status == "starting" => format!("Up {up} (health: starting)"),
            Some(Health { status, .. }) => format!("Up {up} ({status})"),
        }
    }

    /// As a list shows it: with its ports while it is up.
    pub(super) fn listed(&self) -> Container {
        let protocol = |word: &str| match word {
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => Protocol::Tcp,
        };
        let now = (self.shown.state.clone(), self.shown.status.clone());
        let (state, status) = self.before.as_ref().and_then(Before::shown).unwrap_or(now);
        let ports = self.ports.iter().filter(|_| state.is_up());
        let published =
            ports.map(|(port, word)| Published { address: None, port: *port, protocol: protocol(word) });
        let published = published.collect();
        let networks = self.description.networks.keys().cloned().collect();
        Container { state, status, published, networks, ..self.shown.clone() }
    }

    /// Whether that much time has passed since its start.
    pub(super) fn is_past(&self, time: Duration) -> bool {
        self.started.is_some_and(|started| started.elapsed() >= time)
    }

    pub(super) fn health(&self) -> Option<Health> {
        if self.unhealthy_after.is_some_and(|after| self.is_past(after)) {
            return Some(Health {
                status: "unhealthy".to_owned(),
                last: Some((1, "no answer".to_owned())),
                earlier: Vec::new(),
            });
        }
        self.unhealthy_after.or(self.healthy_after)?;
        let healthy = self.healthy_after.is_some_and(|after| self.is_past(after));
        let status = if healthy { "healthy" } else { "starting" };
        Some(Health {
            status: status.to_owned(),
            last: (!healthy).then(|| (1, "not yet".to_owned())),
            earlier: Vec::new(),
        })
    }

    /// The volumes that are mounted in it: path inside and name.
    pub(super) fn volumes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shown.mounts.iter().filter_map(|mounted| match &mounted.source {
            Source::Volume(name) => Some((mounted.path.as_str(), name.as_str())),
            Source::Path(_) | Source::Other(_) => None,
        })
    }

    pub(super) fn end(&mut self, code: i64) {
        self.shown.state = ContainerState::Exited;
        self.shown.status = format!("Exited ({code}) Less than a second ago");
        self.exit_code = Some(code);
        self.last_code = code;
        self.ended += 1;
        self.dies_at = None;
        self.restarts_at = None;
        self.paused_at = None;
    }
}
