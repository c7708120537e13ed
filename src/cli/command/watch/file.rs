//! The file that is watched: it is read again when it or a file that it names was written, or when its repository has a new commit.

use std::sync::Arc;

use tokio::{
    task::JoinHandle,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until},
};

use super::{
    repository::{broken, chosen},
    teller::Teller,
};
use crate::cli::{
    command::ui::Reopening,
    contents,
    error::Problem,
    git::{FollowedRepository, RepositoryFault},
    placing,
    session::Session,
    understood::Needs,
    written_file::WrittenFiles,
};
use maestro_core::watch::WatchEvent;

/// How often it is looked whether the file was written.
const WRITTEN: std::time::Duration = std::time::Duration::from_secs(1);

pub(super) struct WatchedFile {
    reopening: Reopening,
    session: Arc<Session>,
    origin: Origin,
    /// Whether the file as it is now does not load, which was told.
    is_broken: bool,
}

/// Where the file comes from.
enum Origin {
    /// From this machine.
    Disk(WrittenFiles, Interval),
    /// From a repository.
    Git(Box<GitOrigin>),
}

struct GitOrigin {
    repository: FollowedRepository,
    fetching: Option<JoinHandle<Fetched>>,
    fetch_at: Instant,
    /// The last commit that was looked at.
    looked_at: String,
    /// Whether the repository does not answer, which was told.
    is_lost: bool,
}

/// The newest commit, or why it is not known.
type Fetched = Result<String, String>;

/// Why the file is to be looked at.
pub(super) enum Found {
    /// It was written, or somebody asks for it.
    Written {
        /// Whether it is read again though it says the same.
        always: bool,
    },
    /// Its repository was asked.
    Fetched(Fetched),
}

impl WatchedFile {
    pub(super) fn new(session: Arc<Session>, reopening: Reopening) -> Self {
        let origin = match &reopening.choice.repository {
            None => {
                let mut ticks = interval(WRITTEN);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let first = reopening.choice.path().to_owned();
                Origin::Disk(WrittenFiles::new(first, reopening.choice.files.read_files().clone()), ticks)
            }
            Some(repository) => {
                let looked_at = match &repository.fault {
                    Some(RepositoryFault::Broken { commit, .. }) => commit.clone(),
                    Some(RepositoryFault::Unreachable(_)) | None => repository.commit.clone(),
                };
                let fetch_at = Instant::now() + repository.interval;
                let repository = (**repository).clone();
                Origin::Git(Box::new(GitOrigin {
                    repository,
                    fetching: None,
                    fetch_at,
                    looked_at,
                    is_lost: false,
                }))
            }
        };
        Self { reopening, session, origin, is_broken: false }
    }

    /// The file as it was read last.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// The commit that it was read from, if it comes from a repository.
    pub(super) fn commit(&self) -> Option<String> {
        match &self.origin {
            Origin::Disk(..) => None,
            Origin::Git(git) => Some(git.repository.commit.clone()),
        }
    }

    /// Tells what was found at the beginning.
    pub(super) fn begin(&mut self, teller: &mut Teller) -> Result<(), Problem> {
        let Origin::Git(git) = &mut self.origin else { return Ok(()) };
        teller.event(&WatchEvent::FileRead { commit: Some(git.repository.commit.clone()) })?;
        match git.repository.fault.take() {
            None => Ok(()),
            Some(RepositoryFault::Unreachable(reason)) => {
                git.is_lost = true;
                teller.event(&WatchEvent::RepositoryLost(reason))
            }
            Some(RepositoryFault::Broken { commit, reason }) => {
                self.is_broken = true;
                teller.event(&WatchEvent::FileBroken { commit: Some(commit), reason, is_first: true })
            }
        }
    }

    /// Waits until the file is to be looked at. May be given up and called again.
    pub(super) async fn found(&mut self) -> Found {
        match &mut self.origin {
            Origin::Disk(written, ticks) => loop {
                ticks.tick().await;
                if written.has_changed() && written.is_there() {
                    return Found::Written { always: false };
                }
            },
            Origin::Git(git) => loop {
                if let Some(fetching) = &mut git.fetching {
                    let fetched = fetching.await.unwrap_or_else(|error| Err(error.to_string()));
                    git.fetching = None;
                    git.fetch_at = Instant::now() + git.repository.interval;
                    return Found::Fetched(fetched);
                }
                sleep_until(git.fetch_at).await;
                let checkout = Arc::clone(&git.repository.checkout);
                git.fetching = Some(tokio::spawn(async move { checkout.fetch().await }));
            },
        }
    }

    /// Somebody wants the file to be read again now; whether it says something else.
    pub(super) async fn asked(&mut self, teller: &mut Teller) -> Result<bool, Problem> {
        if let Origin::Git(git) = &mut self.origin {
            git.fetch_at = Instant::now();
            git.looked_at.clear();
            return Ok(false);
        }
        self.look(Found::Written { always: true }, teller).await
    }

    /// Reads the file again; whether it says something else. With mistakes, what was read last stays.
    pub(super) async fn look(&mut self, found: Found, teller: &mut Teller) -> Result<bool, Problem> {
        match found {
            Found::Written { always } => self.written(always, teller).await,
            Found::Fetched(fetched) => self.fetched(fetched, teller).await,
        }
    }

    async fn written(&mut self, always: bool, teller: &mut Teller) -> Result<bool, Problem> {
        let files = self.reopening.choice.files.read_files().clone();
        let contents = || (files.digest(), contents::digest());
        let before = contents();
        if let Origin::Disk(written, _) = &mut self.origin {
            written.reading();
        }
        contents::forget();
        let Reopening { global, choice } = &self.reopening;
        match placing::reopen(global, choice, Needs::Contents).await {
            Ok(session) => {
                self.is_fixed(teller)?;
                let says_other = contents() != before
                    || !session.sources.texts().eq(self.session.sources.texts())
                    || session.environment.instances.len() != self.session.environment.instances.len();
                if says_other || always {
                    self.session = Arc::new(session);
                    teller.event(&WatchEvent::FileRead { commit: None })?;
                }
                Ok(says_other || always)
            }
            Err(problem) => self.broken(None, problem, teller).map(|()| false),
        }
    }

    async fn fetched(&mut self, fetched: Fetched, teller: &mut Teller) -> Result<bool, Problem> {
        let Origin::Git(git) = &mut self.origin else { return Ok(false) };
        let newest = match fetched {
            Err(reason) => {
                if !std::mem::replace(&mut git.is_lost, true) {
                    teller.event(&WatchEvent::RepositoryLost(reason))?;
                }
                return Ok(false);
            }
            Ok(newest) => newest,
        };
        if std::mem::take(&mut git.is_lost) {
            teller.event(&WatchEvent::RepositoryBack)?;
        }
        if git.looked_at == newest {
            return Ok(false);
        }
        git.looked_at.clone_from(&newest);
        if git.repository.commit == newest && !self.is_broken {
            return Ok(false);
        }
        contents::forget();
        match read(&git.repository, &self.reopening, &newest).await {
            Ok((session, reopening)) => {
                git.repository.commit.clone_from(&newest);
                (self.session, self.reopening) = (Arc::new(session), reopening);
                self.is_fixed(teller)?;
                teller.event(&WatchEvent::FileRead { commit: Some(newest) })?;
                Ok(true)
            }
            Err(problem) => self.broken(Some(newest), problem, teller).map(|()| false),
        }
    }

    fn is_fixed(&mut self, teller: &mut Teller) -> Result<(), Problem> {
        if std::mem::take(&mut self.is_broken) { teller.event(&WatchEvent::FileFixed) } else { Ok(()) }
    }

    fn broken(
        &mut self,
        commit: Option<String>,
        problem: Problem,
        teller: &mut Teller,
    ) -> Result<(), Problem> {
        let known = self.session.known();
        let problem = problem.map_text(|text| known.hide(text).into_owned());
        let reason = problem.first();
        let (text, _) = problem.told();
        text.map_or(Ok(()), |text| self.session.tell_line(text.trim_end()))?;
        let is_first = !std::mem::replace(&mut self.is_broken, true);
        teller.event(&WatchEvent::FileBroken { commit, reason, is_first })
    }
}

/// Checks out a commit and reads its file, if it loads; otherwise the checkout stays as it is.
async fn read(
    repository: &FollowedRepository,
    reopening: &Reopening,
    commit: &str,
) -> Result<(Session, Reopening), Problem> {
    let FollowedRepository { checkout, commit: old, .. } = repository;
    let staged = checkout.stage(commit).await.map_err(|reason| broken(commit, &reason))?;
    let (global, choice) = chosen(repository, &reopening.global, staged)?;
    drop(placing::reopen(&global, &choice, Needs::Contents).await?);
    checkout.adopt(commit).await.map_err(|reason| broken(commit, &reason))?;
    let read = async {
        let (global, mut choice) = chosen(repository, &reopening.global, checkout.tree())?;
        choice.repository.clone_from(&reopening.choice.repository);
        let session = placing::reopen(&global, &choice, Needs::Contents).await?;
        Ok((session, Reopening { global, choice }))
    };
    match read.await {
        Ok(read) => Ok(read),
        Err(problem) => {
            checkout.adopt(old).await.map_err(|reason| broken(old, &reason))?;
            Err(problem)
        }
    }
}
