//! A party's line to an engine: every call takes a time of its own, and goes wrong, as the seed says.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use maestro_core::{
    model::{
        carried::CarriedFiles,
        container::{ContainerNames, LABEL_ENVIRONMENT, LABEL_INSTANCE},
        registry::RegistryLogin,
        shared::SharedSpec,
    },
    model::{membership::Membership, network::NetworkOptions, volume::VolumeOptions},
    observed::{Container, description::ImageDefaults, pull::PullAmount},
};
use maestro_engine::{
    ArchiveBytes, ArchiveInput, Archives, AttachOptions, Attached, BuildError, BuildNews, BuildRequest,
    Builds, Carrier, Containers, Created, Engine, EngineError, EngineInfo, Events, ExecRequest, Executed,
    ImageArchives, ImageStore, Images, Inspected, LogLine, LogOptions, Networks, PathStat, ProgramStreams,
    StoredImage, Streams, Volume, Volumes, WindowSize,
    events::{EventStream, Past},
    inspection::{Counted, Happenings, ImageFacts, Inspection, Processes, Window},
    pull::{PullError, Pulled, Pushed, RemoteImage},
};
use maestro_fake::Fake;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    story::volumes_of,
    trace::{Call, SIGN, Trace, What},
};

/// How long a ship's timeout is.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Numbers that follow from a seed (splitmix64).
#[derive(Clone)]
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).expect("it is below a usize")
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// When in a call the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    BeforeArrival,
    /// The engine goes on with the call.
    InFlight,
    AfterArrival,
}

/// What goes wrong with the calls of one party.
#[derive(Clone)]
pub struct Weather {
    pub chance: Chance,
    /// Of a hundred calls so many meet a fault.
    pub faults: usize,
    /// Only calls to the first engine do.
    pub first_engine_only: bool,
    /// The process is killed at this call.
    pub kill: Option<(usize, Kill)>,
    /// The user presses Ctrl-C at this call.
    pub interrupt: Option<usize>,
    /// This engine does not answer at all.
    pub dark: Option<usize>,
    /// Another party runs beside it.
    pub paired: bool,
    /// At this call somebody is told, who removes the lease.
    pub vanish: Option<(usize, Arc<Notify>)>,
    /// A mistake that is planted in the line.
    pub bug: Option<&'static str>,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn calm(chance: Chance) -> Self {
        Self {
            chance,
            faults: 0,
            first_engine_only: false,
            kill: None,
            interrupt: None,
            dark: None,
            paired: false,
            vanish: None,
            bug: None,
        }
    }
}

pub struct Party {
    pub number: usize,
    pub weather: Mutex<Weather>,
    pub calls: Mutex<usize>,
    pub killed: Notify,
    /// Turns true when the user interrupts.
    pub interrupted: watch::Sender<bool>,
    /// The images that other engines have, as it was told of them: what a planted bug takes for true everywhere.
    told: Mutex<BTreeMap<String, StoredImage>>,
    /// Until when which engine is cut off.
    cut: Mutex<BTreeMap<usize, Instant>>,
    /// All engines, to see what runs on which.
    fakes: Vec<Fake>,
    pub trace: Trace,
}

impl Party {
    pub fn new(number: usize, weather: Weather, fakes: &[Fake], trace: Trace) -> Arc<Self> {
        Arc::new(Self {
            number,
            weather: Mutex::new(weather),
            calls: Mutex::default(),
            killed: Notify::new(),
            interrupted: watch::channel(false).0,
            told: Mutex::default(),
            cut: Mutex::default(),
            fakes: fakes.to_vec(),
            trace,
        })
    }

    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().expect("no test panics with it")
    }

    /// The engines on which a container of the instance runs that Maestro made.
    fn runs_on(&self, instance: &str) -> impl Iterator<Item = usize> {
        let runs = move |fake: &Fake| {
            let by_hand = fake.made_by_hand();
            let is_it = |c: &Container| c.labels.get(LABEL_INSTANCE).is_some_and(|of| of == instance);
            fake.peek(|mut all| {
                Iterator::any(&mut all, |c| c.state.is_up() && is_it(c) && !by_hand.contains(&c.id))
            })
        };
        self.fakes.iter().enumerate().filter(move |(_, fake)| runs(fake)).map(|(engine, _)| engine)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Liveness {
    Well,
    RequestLost,
    AnswerLost,
    Unreachable,
    Cut,
    Crash,
    Hung,
    Slow,
}

/// How a stream of events breaks: with an error, or without a word.
#[derive(Clone, Copy)]
enum Silence {
    Told,
    Untold,
}

/// A line of one party to one engine, over one ship.
#[derive(Clone)]
pub struct Line {
    pub party: Arc<Party>,
    pub engine: usize,
    pub ship: usize,
    pub fake: Fake,
}

impl Line {
    fn fate(&self) -> (Liveness, Duration, Duration) {
        let mut weather = self.party.weather();
        let latency = |chance: &mut Chance| Duration::from_millis(chance.next() % 20);
        let (there, back) = (latency(&mut weather.chance), latency(&mut weather.chance));
        let faults = weather.faults;
        let spared = weather.first_engine_only && self.engine != 0;
        let hit = weather.chance.percent(faults) && !spared;
        let fate = match weather.chance.below(12) {
            _ if !hit => Liveness::Well,
            0..3 => Liveness::RequestLost,
            3..6 => Liveness::AnswerLost,
            6 | 7 => Liveness::Unreachable,
            8 => Liveness::Cut,
            9 => Liveness::Crash,
            10 => Liveness::Hung,
            _ => Liveness::Slow,
        };
        (fate, there, back)
    }

    /// How late the events of a stream are, and after how many of them it breaks, if it does.
    fn break_of_stream(&self) -> (Chance, Option<(usize, Silence)>) {
        let mut weather = self.party.weather();
        let spared = weather.faults == 0 || (weather.first_engine_only && self.engine != 0);
        let is_broken = weather.chance.percent(50) && !spared;
        let silence = if weather.chance.percent(50) { Silence::Told } else { Silence::Untold };
        let after = weather.chance.below(20);
        (Chance(weather.chance.next()), is_broken.then_some((after, silence)))
    }

    /// The next archive of the engine may break off.
    fn break_archive(&self) {
        let mut weather = self.party.weather();
        let (faults, spared) = (weather.faults, weather.first_engine_only && self.engine != 0);
        let (is_broken, after) = (weather.chance.percent(faults), weather.chance.below(6_000));
        if is_broken && !spared {
            self.fake.break_archive_after(after);
        }
    }

    async fn die(&self) -> ! {
        self.party.killed.notify_one();
        std::future::pending().await
    }

    fn tell(&self, number: usize, method: &'static str, about: &str, done: Option<Result<(), String>>) {
        let call = Call { engine: self.engine, number, method, about: about.to_owned() };
        let what = match done {
            None => What::Sent(call),
            Some(result) => What::Answered(call, result),
        };
        self.party.trace.tell(self.party.number, what);
    }

    /// Before the request arrives. An error if it does not.
    async fn there(
        &self,
        method: &'static str,
        about: &str,
    ) -> Result<(usize, Liveness, Duration), EngineError> {
        let number = {
            let mut calls = self.party.calls.lock().expect("no test panics with it");
            *calls += 1;
            *calls
        };
        self.tell(number, method, about, None);
        if let Some((at, told)) = &self.party.weather().vanish
            && *at == number
        {
            told.notify_one();
        }
        let kill = self.party.weather().kill;
        if self.party.weather().interrupt == Some(number) {
            self.party.interrupted.send_replace(true);
        }
        let (fate, there, back) = self.fate();
        tokio::time::sleep(there).await;
        if kill == Some((number, Kill::BeforeArrival)) {
            self.die().await;
        }
        let cut = self.party.cut.lock().expect("no test panics with it").get(&self.engine).copied();
        let is_dark = self.party.weather().dark == Some(self.engine);
        if is_dark || cut.is_some_and(|until| Instant::now() < until) {
            self.tell(number, method, about, Some(Err("cut off".to_owned())));
            return Err(EngineError::Unreachable("no route to host".into()));
        }
        let lost = match fate {
            Liveness::Unreachable => Some(EngineError::Unreachable("connection refused".into())),
            Liveness::Cut => {
                let until = Instant::now() + Duration::from_secs(5);
                self.party.cut.lock().expect("no test panics with it").insert(self.engine, until);
                Some(EngineError::ResponseLost("connection reset".into()))
            }
            Liveness::Crash => {
                self.fake.reboot();
                self.party.trace.tell(self.party.number, What::Crash(self.engine));
                Some(EngineError::ResponseLost("connection reset".into()))
            }
            Liveness::RequestLost => Some(EngineError::ResponseLost("connection reset".into())),
            Liveness::Well | Liveness::AnswerLost | Liveness::Hung | Liveness::Slow => None,
        };
        match lost {
            Some(error) => {
                self.tell(number, method, about, Some(Err(format!("{fate:?}"))));
                Err(if self.has_bug("certain") { EngineError::Refused(error.fault().clone()) } else { error })
            }
            None => Ok((number, fate, back)),
        }
    }

    pub fn has_bug(&self, bug: &str) -> bool {
        self.party.weather().bug == Some(bug)
    }

    /// After the engine has done it. An error if that is never told.
    async fn back<T>(
        &self,
        (number, fate, back): (usize, Liveness, Duration),
        method: &'static str,
        about: &str,
        result: Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if self.party.weather().kill == Some((number, Kill::AfterArrival)) {
            self.die().await;
        }
        tokio::time::sleep(back).await;
        let result = match fate {
            Liveness::AnswerLost => Err(EngineError::ResponseLost("connection reset".into())),
            Liveness::Hung => {
                let stop_timeout = if self.has_bug("stop_timeout") { TIMEOUT * 10_000 } else { TIMEOUT };
                tokio::time::sleep(stop_timeout).await;
                Err(EngineError::ResponseLost("no answer within 60 s".into()))
            }
            Liveness::Slow => {
                tokio::time::sleep(TIMEOUT / 3).await;
                result
            }
            _ => result,
        };
        let told = result.as_ref().map(|_| ()).map_err(|error| format!("{error:?}"));
        self.tell(number, method, about, Some(told));
        match result {
            Err(EngineError::ResponseLost(words)) if self.has_bug("certain") => {
                Err(EngineError::Refused(words))
            }
            result => result,
        }
    }

    /// A call that the engine finishes though its client is gone.
    async fn call<T: Send + 'static, F: Future<Output = Result<T, EngineError>> + Send + 'static>(
        &self,
        method: &'static str,
        about: &str,
        act: impl FnOnce(Fake) -> F,
    ) -> Result<T, EngineError> {
        let way = self.there(method, about).await?;
        let acting = act(self.fake.clone());
        let (line, what) = (self.clone(), about.to_owned());
        let changes = maestro_fake::Call { method, about: String::new(), at: Duration::ZERO }.changes();
        let done = tokio::spawn(async move {
            let before = changes.then(|| (line.seen(&what), line.is_leased()));
            let result = acting.await;
            if let Some(before) = before {
                line.done(way.0, method, &what, before, result.is_ok());
            }
            result
        });
        if self.party.weather().kill == Some((way.0, Kill::InFlight)) {
            self.die().await;
        }
        let result = done.await.expect("an engine does not panic");
        self.back(way, method, about, result).await
    }

    /// What the engine has under a name or id: its name, its instance, whether it is this environment's.
    fn seen(&self, about: &str) -> Option<(String, String, bool)> {
        let by_hand = self.fake.made_by_hand();
        self.fake.peek(|containers| {
            let found = Iterator::find(&mut &mut *containers, |c| c.name == about || c.id == about)?;
            let is_ours = !by_hand.contains(&found.id);
            let label = |label: &str| found.labels.get(label).filter(|_| is_ours).cloned();
            let is_ours = label(LABEL_ENVIRONMENT).is_some_and(|of| of == "world");
            Some((found.name.clone(), label(LABEL_INSTANCE).unwrap_or_default(), is_ours))
        })
    }

    /// Whether the engine has the party's lease.
    fn is_leased(&self) -> bool {
        self.fake.volume_holders().contains(&format!("nonce{}", self.party.number))
    }

    fn done(
        &self,
        number: usize,
        method: &'static str,
        about: &str,
        (seen, leased): (Option<(String, String, bool)>, bool),
        ok: bool,
    ) {
        let (name, instance, ours) =
            seen.or_else(|| self.seen(about)).unwrap_or((about.to_owned(), String::new(), true));
        let (mut there, mut running, mut shared) = (0, 0, false);
        let mut mounted = BTreeSet::new();
        let by_hand = self.fake.made_by_hand();
        self.fake.peek(|containers| {
            let ours = containers.filter(|c| !by_hand.contains(&c.id));
            for one in ours.filter(|c| c.labels.get(LABEL_INSTANCE).is_some_and(|i| *i == instance)) {
                there += 1;
                running += usize::from(one.state.is_up());
                if one.state.is_up() {
                    shared |= volumes_of(one).into_iter().any(|volume| !mounted.insert(volume));
                }
            }
        });
        let images = (1..=5).filter(|number| self.fake.has_image(&format!("app{number}"))).collect();
        let call = Call { engine: self.engine, number, method, about: about.to_owned() };
        let elsewhere = self.party.runs_on(&instance).filter(|engine| *engine != self.engine).collect();
        let done =
            What::Done { call, name, instance, ours, ok, leased, there, running, elsewhere, shared, images };
        self.party.trace.tell(self.party.number, done);
    }
}

#[async_trait]
impl Containers for Line {
    async fn containers(&self) -> Result<Vec<Container>, EngineError> {
        self.call("containers", "", |fake| async move { fake.containers().await }).await
    }

    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError> {
        let id = container.to_owned();
        self.call("inspect", container, |fake| async move { fake.inspect(&id).await }).await
    }

    async fn addresses(&self, container: &str) -> Result<Vec<IpAddr>, EngineError> {
        let id = container.to_owned();
        self.call("addresses", container, |fake| async move { fake.addresses(&id).await }).await
    }

    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
        names: &ContainerNames,
    ) -> Result<Created, EngineError> {
        let (spec, volumes, names) = (spec.clone(), volumes.clone(), names.clone());
        let twice = self.has_bug("twice");
        let made = name.to_owned();
        self.call("create", name, |fake| async move {
            let created = fake.create(&made, &spec, &volumes, &names).await?;
            if twice {
                fake.rename_by_hand(&made, &format!("{made}-twin"))?;
                fake.start(&created.id).await?;
                return fake.create(&made, &spec, &volumes, &names).await;
            }
            Ok(created)
        })
        .await
    }

    async fn copy_files(&self, container: &str, files: &CarriedFiles) -> Result<(), EngineError> {
        let (id, files) = (container.to_owned(), files.clone());
        self.call("copy_files", container, |fake| async move { fake.copy_files(&id, &files).await }).await
    }

    async fn rename(&self, container: &str, name: &str) -> Result<(), EngineError> {
        let (id, to) = (container.to_owned(), name.to_owned());
        self.call("rename", container, |fake| async move { fake.rename(&id, &to).await }).await
    }

    async fn start(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("start", container, |fake| async move { fake.start(&id).await }).await
    }

    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("stop", container, |fake| async move { fake.stop(&id, timeout).await }).await
    }

    async fn signal(&self, container: &str, signal: &str) -> Result<(), EngineError> {
        let (id, name) = (container.to_owned(), signal.to_owned());
        self.call("signal", container, |fake| async move { fake.signal(&id, &name).await }).await
    }

    async fn kill(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("kill", container, |fake| async move { fake.kill(&id).await }).await
    }

    async fn pause(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("pause", container, |fake| async move { Containers::pause(&fake, &id).await }).await
    }

    async fn unpause(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("unpause", container, |fake| async move { Containers::unpause(&fake, &id).await }).await
    }

    async fn remove(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("remove", container, |fake| async move { fake.remove(&id).await }).await
    }

    async fn exit_within(&self, container: &str, most: Duration) -> Result<Option<i64>, EngineError> {
        let id = container.to_owned();
        self.call("exit_within", container, |fake| async move { fake.exit_within(&id, most).await }).await
    }
}

#[async_trait]
impl Images for Line {
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.call("images", "", |fake| async move { fake.images().await }).await
    }

    async fn image_defaults(&self, image: &str) -> Result<Option<ImageDefaults>, EngineError> {
        let id = image.to_owned();
        let defaults =
            self.call("image_defaults", image, |fake| async move { fake.image_defaults(&id).await }).await?;
        if self.has_bug("inherited") {
            return Ok(defaults.map(|defaults| ImageDefaults { labels: BTreeMap::new(), ..defaults }));
        }
        Ok(defaults)
    }

    async fn push(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pushed, PullError> {
        // No schedule pushes.
        self.fake.push(image, login, progress).await
    }

    async fn remove_image(&self, image: &str) -> Result<(), EngineError> {
        let id = image.to_owned();
        self.call("remove_image", image, |fake| async move { fake.remove_image(&id).await }).await
    }

    async fn image_bytes(&self) -> Result<u64, EngineError> {
        self.fake.image_bytes().await
    }

    async fn remote_image(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError> {
        // Only what looks beforehand asks for it, which has no part in this.
        self.fake.remote_image(image, login).await
    }

    async fn pull(
        &self,
        image: &str,
        platform: Option<&str>,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pulled, PullError> {
        // An engine ends what its client gave up, so it is not finished without it.
        let way = self.there("pull", image).await?;
        let leased = self.is_leased();
        let result = self.fake.pull(image, platform, login, progress).await;
        self.done(way.0, "pull", image, (None, leased), result.is_ok());
        match result {
            Err(PullError::Engine(error)) => Ok(self.back(way, "pull", image, Err(error)).await?),
            other => self.back(way, "pull", image, Ok(other)).await?,
        }
    }
}

#[async_trait]
impl Networks for Line {
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError> {
        self.call("networks", "", |fake| async move { fake.networks().await }).await
    }

    async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        fixed: bool,
    ) -> Result<(), EngineError> {
        let (id, options) = (name.to_owned(), options.clone());
        let create = |fake: Fake| async move { fake.create_network(&id, &options, fixed).await };
        self.call("create_network", name, create).await
    }

    async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        let id = name.to_owned();
        self.call("remove_network", name, |fake| async move { fake.remove_network(&id).await }).await
    }

    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError> {
        let (id, membership) = (container.to_owned(), membership.clone());
        self.call("rejoin", container, |fake| async move { fake.rejoin(&id, &membership).await }).await
    }
}

#[async_trait]
impl Volumes for Line {
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        let id = name.to_owned();
        self.call("volume", name, |fake| async move { fake.volume(&id).await }).await
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        let labels = labels.clone();
        self.call("volumes", "", |fake| async move { fake.volumes(&labels).await }).await
    }

    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError> {
        let (id, options) = (name.to_owned(), options.clone());
        if self.has_bug("signless") && id == format!("{SIGN}nonce{}", self.party.number) {
            return Ok(Volume { name: id, labels: options.labels, created: None });
        }
        let loses = self.has_bug("leaseless") && name.starts_with("maestro-lease-");
        let create = |fake: Fake| async move {
            let made = fake.create_volume(&id, &options).await;
            if loses {
                fake.lose_volume(&id);
            }
            made
        };
        self.call("create_volume", name, create).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        if self.has_bug("keeps") {
            return Ok(());
        }
        let id = name.to_owned();
        self.call("remove_volume", name, |fake| async move { fake.remove_volume(&id).await }).await
    }
}

#[async_trait]
impl Archives for Line {
    async fn create_carrier(&self, carrier: &Carrier) -> Result<String, EngineError> {
        let own = carrier.clone();
        self.call("create_carrier", &carrier.name, |fake| async move { fake.create_carrier(&own).await })
            .await
    }

    async fn remove_carrier(&self, container: &str) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("remove_carrier", container, |fake| async move { fake.remove_carrier(&id).await }).await
    }

    async fn path(&self, container: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        self.fake.path(container, path).await
    }

    async fn read_archive(&self, container: &str, path: &str) -> Result<ArchiveBytes, EngineError> {
        let (id, path) = (container.to_owned(), path.to_owned());
        self.call("read_archive", container, |fake| async move { fake.read_archive(&id, &path).await }).await
    }

    async fn write_archive(
        &self,
        container: &str,
        directory: &str,
        archive: ArchiveInput,
    ) -> Result<(), EngineError> {
        let (id, directory) = (container.to_owned(), directory.to_owned());
        let write = |fake: Fake| async move { fake.write_archive(&id, &directory, archive).await };
        self.call("write_archive", container, write).await
    }

    async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        self.fake.volume_sizes().await
    }
}

#[async_trait]
impl Builds for Line {
    async fn build(
        &self,
        request: &BuildRequest,
        context: ArchiveInput,
        progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError> {
        // No schedule builds.
        self.fake.build(request, context, progress).await
    }
}

#[async_trait]
impl ImageArchives for Line {
    async fn stored_image(&self, image: &str) -> Result<Option<StoredImage>, EngineError> {
        let id = image.to_owned();
        let stored =
            self.call("stored_image", image, |fake| async move { fake.stored_image(&id).await }).await?;
        if self.has_bug("half")
            && let Some(stored) = &stored
        {
            let mut told = self.party.told.lock().expect("no test panics with it");
            return Ok(Some(told.entry(stored.id.clone()).or_insert(stored.clone()).clone()));
        }
        Ok(stored)
    }

    async fn image_layers(&self) -> Result<Vec<Vec<String>>, EngineError> {
        self.call("image_layers", "", |fake| async move { fake.image_layers().await }).await
    }

    async fn image_store(&self) -> Result<ImageStore, EngineError> {
        self.call("image_store", "", |fake| async move { fake.image_store().await }).await
    }

    async fn save_image(&self, id: &str) -> Result<ArchiveBytes, EngineError> {
        self.break_archive();
        let own = id.to_owned();
        self.call("save_image", id, |fake| async move { fake.save_image(&own).await }).await
    }

    async fn load_image(&self, archive: ArchiveInput) -> Result<Option<String>, EngineError> {
        self.break_archive();
        if self.has_bug("half") {
            self.fake.load_half(true);
        }
        self.call("load_image", "", |fake| async move { fake.load_image(archive).await }).await
    }

    async fn tag_image(&self, id: &str, reference: &str) -> Result<(), EngineError> {
        let (own, name) = (id.to_owned(), reference.to_owned());
        self.call("tag_image", reference, |fake| async move { fake.tag_image(&own, &name).await }).await
    }
}

#[async_trait]
impl Streams for Line {
    async fn exec(&self, container: &str, request: &ExecRequest) -> Result<Executed, EngineError> {
        let (id, request) = (container.to_owned(), request.clone());
        self.call("exec", container, |fake| async move { fake.exec(&id, &request).await }).await
    }

    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let id = container.to_owned();
        self.call("logs", container, |fake| async move { fake.logs(&id, options).await }).await
    }
}

#[async_trait]
impl ProgramStreams for Line {
    async fn create_exec(
        &self,
        container: &str,
        request: &ExecRequest,
        attachment: &AttachOptions,
    ) -> Result<String, EngineError> {
        let (id, request, attachment) = (container.to_owned(), request.clone(), attachment.clone());
        let create = |fake: Fake| async move { fake.create_exec(&id, &request, &attachment).await };
        self.call("create_exec", container, create).await
    }

    async fn start_exec(&self, exec: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        let (id, attachment) = (exec.to_owned(), attachment.clone());
        self.call("start_exec", exec, |fake| async move { fake.start_exec(&id, &attachment).await }).await
    }

    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>, EngineError> {
        let id = exec.to_owned();
        self.call("exec_exit_code", exec, |fake| async move { fake.exec_exit_code(&id).await }).await
    }

    async fn resize_exec(&self, exec: &str, size: WindowSize) -> Result<(), EngineError> {
        let id = exec.to_owned();
        self.call("resize_exec", exec, |fake| async move { fake.resize_exec(&id, size).await }).await
    }

    async fn attach(&self, container: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        let (id, attachment) = (container.to_owned(), attachment.clone());
        self.call("attach", container, |fake| async move { fake.attach(&id, &attachment).await }).await
    }

    async fn resize(&self, container: &str, size: WindowSize) -> Result<(), EngineError> {
        let id = container.to_owned();
        self.call("resize", container, |fake| async move { fake.resize(&id, size).await }).await
    }
}

#[async_trait]
impl Events for Line {
    async fn past(&self, window: Duration) -> Result<Past, EngineError> {
        self.call("past", "", |fake| async move { fake.past(window).await }).await
    }

    async fn follow(&self) -> Result<EventStream, EngineError> {
        let events = self.call("follow", "", |fake| async move { fake.follow().await }).await?;
        let (chance, broken) = self.break_of_stream();
        let heard =
            stream::unfold((events, chance, broken), |(mut events, mut chance, mut broken)| async move {
                let event = match &mut broken {
                    Some((0, Silence::Told)) => {
                        Some(Err(EngineError::Unreachable("connection reset".into())))
                    }
                    Some((0, Silence::Untold)) => std::future::pending().await,
                    Some((left, _)) => {
                        *left -= 1;
                        events.next().await
                    }
                    None => events.next().await,
                };
                tokio::time::sleep(Duration::from_millis(chance.next() % 20)).await;
                Some((event?, (events, chance, broken)))
            });
        Ok(heard.boxed())
    }
}

/// Nothing that is told for people decides anything: it takes no part in a schedule.
#[async_trait]
impl Inspection for Line {
    async fn usage(&self, container: &str) -> Result<Option<Counted>, EngineError> {
        self.fake.usage(container).await
    }

    async fn processes(&self, container: &str) -> Result<Processes, EngineError> {
        self.fake.processes(container).await
    }

    async fn document(&self, container: &str) -> Result<Option<serde_json::Value>, EngineError> {
        self.fake.document(container).await
    }

    async fn image(&self, image: &str) -> Result<Option<ImageFacts>, EngineError> {
        self.fake.image(image).await
    }

    async fn happenings(&self, window: Window) -> Result<Happenings, EngineError> {
        self.fake.happenings(window).await
    }
}

#[async_trait]
impl Engine for Line {
    async fn identity(&self) -> Result<String, EngineError> {
        let identity = self.call("identity", "", |fake| async move { fake.identity().await }).await?;
        Ok(if self.has_bug("strangers") { format!("{identity}-{}", self.ship) } else { identity })
    }

    async fn max_connections(&self) -> Option<usize> {
        self.fake.max_connections().await
    }

    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.call("info", "", |fake| async move { fake.info().await }).await
    }

    async fn clock(&self) -> Result<SystemTime, EngineError> {
        self.call("clock", "", |fake| async move { fake.clock().await }).await
    }
}
