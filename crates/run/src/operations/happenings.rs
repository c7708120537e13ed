//! `operations::happenings` follows what happens on several engines to what an environment has there. A connection that
//! breaks is made anew, and asks for what happened meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream, SelectAll},
};
use jiff::Timestamp;

use super::logs::{Moment, now};
use maestro_core::{
    fault::ShipFault,
    model::{
        Environment, ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
    },
    observed::{Observed, ShipState},
};
use maestro_engine::{
    Engine,
    inspection::{Happening, Happenings, Window},
};

/// The pause before an engine that does not answer is asked again; each later one is twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// An engine tells what happened at the same time in any order: a busy one tells something so much later at most.
const LATE: Duration = Duration::from_secs(5);

/// What is told of a ship.
#[derive(Debug, Clone, PartialEq)]
pub enum HappeningUpdate {
    /// Something happened. The instance is that of the container that it happened to, or has to do with.
    Happened {
        /// What.
        happening: Happening,
        /// The instance's name.
        instance: Option<String>,
    },
    /// The ship no longer answers.
    Lost(ShipFault),
    /// The ship answers again.
    Back,
}

/// When what happened is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HappeningsRange {
    /// From then on; none means from now on.
    pub since: Option<Moment>,
    /// Up to then.
    pub until: Option<Moment>,
}

/// Follows what happens on all ships that have an engine. One that does not answer at first is lost already, which is not
/// told again.
pub fn follow(
    environment: &Environment,
    observed: &Observed,
    engines: &[Option<Arc<dyn Engine>>],
    range: HappeningsRange,
) -> SelectAll<BoxStream<'static, (ShipId, HappeningUpdate)>> {
    let each = engines.iter().enumerate().filter_map(|(at, engine)| {
        let ship = ShipId(at);
        let follower = Follower {
            engine: engine.clone()?,
            own: Own::of(environment, observed, ship),
            range,
            window: None,
            stream: None,
            told: Told::default(),
            pause: FIRST,
            is_lost: matches!(observed.ship(ship), ShipState::Unreachable { .. }),
            is_over: false,
        };
        let updates = stream::unfold(follower, |mut follower| async move {
            let update = follower.next().await?;
            Some((update, follower))
        });
        Some(updates.map(move |update| (ship, update)).boxed())
    });
    each.collect()
}

/// Whose something that happened is.
enum Relation {
    /// Not the environment's.
    Foreign,
    /// The environment's; it has to do with that instance, if with one.
    Own(Option<String>),
}

/// What the environment has on a ship.
struct Own {
    environment: String,
    /// The ids of its containers, with the instance of each.
    containers: HashMap<String, Option<String>>,
    networks: BTreeSet<String>,
    volumes: BTreeSet<String>,
}

impl Own {
    fn of(environment: &Environment, observed: &Observed, ship: ShipId) -> Self {
        let holdings = observed.holdings(ship).into_iter();
        let containers = holdings.flat_map(|holdings| holdings.containers.values());
        let is_own =
            |labels: &BTreeMap<String, String>| labels.get(LABEL_ENVIRONMENT) == Some(&environment.name);
        let containers = containers.filter(|container| is_own(&container.labels));
        let volumes = environment.volumes.iter().filter(|volume| !volume.external);
        Self {
            environment: environment.name.clone(),
            containers: containers
                .map(|container| (container.id.clone(), container.labels.get(LABEL_INSTANCE).cloned()))
                .collect(),
            networks: environment.networks().into_iter().collect(),
            volumes: volumes.map(|volume| volume.name.clone()).collect(),
        }
    }

    /// Whether it is about something of the environment, and the instance that it has to do with.
    fn relation(&mut self, happening: &Happening) -> Relation {
        let attribute = |name: &str| happening.attributes.get(name);
        if happening.kind == "container" {
            if attribute(LABEL_ENVIRONMENT) == Some(&self.environment) {
                let instance = attribute(LABEL_INSTANCE).cloned();
                let known = self.containers.entry(happening.id.clone()).or_insert(None);
                *known = instance.or_else(|| known.take());
                return Relation::Own(known.clone());
            }
            return self.containers.get(&happening.id).cloned().map_or(Relation::Foreign, Relation::Own);
        }
        let of_container = attribute("container").and_then(|id| self.containers.get(id));
        let is_own = match happening.kind.as_str() {
            "network" => attribute("name").is_some_and(|name| self.networks.contains(name)),
            _ => self.volumes.contains(&happening.id),
        };
        match of_container {
            Some(instance) => Relation::Own(instance.clone()),
            None if is_own => Relation::Own(None),
            None => Relation::Foreign,
        }
    }
}

struct Follower {
    engine: Arc<dyn Engine>,
    own: Own,
    range: HappeningsRange,
    /// What is asked for, by the engine's clock, once that is known.
    window: Option<Window>,
    stream: Option<Happenings>,
    told: Told,
    pause: Duration,
    is_lost: bool,
    is_over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<HappeningUpdate> {
        loop {
            if self.is_over {
                return None;
            }
            let Some(stream) = &mut self.stream else {
                match self.connect().await {
                    Some(update) => return Some(update),
                    None => continue,
                }
            };
            match stream.next().await {
                Some(Ok(happening)) => {
                    self.pause = FIRST;
                    if !self.told.is_new(&happening) {
                        continue;
                    }
                    if let Relation::Own(instance) = self.own.relation(&happening) {
                        return Some(HappeningUpdate::Happened { happening, instance });
                    }
                }
                Some(Err(error)) => {
                    self.stream = None;
                    self.is_lost = true;
                    return Some(HappeningUpdate::Lost(ShipFault::NoAnswer(error.fault().clone())));
                }
                None => self.is_over = true,
            }
        }
    }

    /// Asks for what happens, and for what happened since the last event that was told.
    async fn connect(&mut self) -> Option<HappeningUpdate> {
        if self.is_lost {
            if self.is_past() {
                self.is_over = true;
                return None;
            }
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST);
        }
        let window = self.window().await;
        match self.engine.happenings(window).await {
            Ok(stream) => {
                self.stream = Some(stream);
                std::mem::take(&mut self.is_lost).then_some(HappeningUpdate::Back)
            }
            Err(error) if self.is_lost => {
                drop(error);
                None
            }
            Err(error) => {
                self.is_lost = true;
                Some(HappeningUpdate::Lost(ShipFault::NoAnswer(error.fault().clone())))
            }
        }
    }

    /// Whether nothing that comes is of interest. The engine's clock is not to be had.
    fn is_past(&self) -> bool {
        match self.range.until {
            None => false,
            Some(Moment::Ago(_)) => true,
            Some(Moment::At(time)) => time <= Timestamp::now(),
        }
    }

    async fn window(&mut self) -> Window {
        let asked = match self.window {
            Some(window) => window,
            None => {
                // What comes is asked for from the moment on at which this began, also after a connection broke.
                let now = now(&*self.engine).await;
                let at = |moment| match moment {
                    Moment::At(time) => time,
                    Moment::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
                };
                let since = Some(self.range.since.map_or(now, at));
                *self.window.insert(Window { since, until: self.range.until.map(at) })
            }
        };
        Window { since: asked.since.max(self.told.since()), ..asked }
    }
}

/// What was told last: it is told again after a connection broke.
#[derive(Debug, Default)]
struct Told {
    last: Vec<Happening>,
    latest: Option<Timestamp>,
}

impl Told {
    /// From when on events have to be asked for again.
    fn since(&self) -> Option<Timestamp> {
        self.latest?.checked_sub(LATE).ok()
    }

    /// Whether an event was not told before.
    fn is_new(&mut self, happening: &Happening) -> bool {
        if self.last.contains(happening) {
            return false;
        }
        self.latest = self.latest.max(Some(happening.time));
        let since = self.since();
        self.last.retain(|one| Some(one.time) >= since);
        self.last.push(happening.clone());
        true
    }
}

#[cfg(test)]
mod tests {
    use maestro_fake::Fake;

    use super::*;
    use crate::operations::test_environment::environment_of;

    fn environment() -> Environment {
        environment_of("name: shop\nservices: {web: {image: app, instances: {web-1: {}}}}\n")
    }

    #[test]
    fn what_has_to_do_with_the_environment_is_its_own() {
        let mut own = Own::of(&environment(), &Observed::default(), ShipId(0));
        let happening = |kind: &str, id: &str, attributes: &[(&str, &str)]| Happening {
            kind: kind.to_owned(),
            id: id.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Happening::default()
        };
        let mut told = |kind: &str, id: &str, attributes: &[(&str, &str)]| match own
            .relation(&happening(kind, id, attributes))
        {
            Relation::Foreign => "foreign".to_owned(),
            Relation::Own(instance) => instance.unwrap_or_default(),
        };
        assert_eq!(told("network", "n", &[("name", "other"), ("container", "c")]), "foreign");
        let labels = [(LABEL_ENVIRONMENT, "shop"), (LABEL_INSTANCE, "web-1")];
        assert_eq!(told("container", "c", &labels), "web-1");
        assert_eq!(
            told("container", "d", &[(LABEL_ENVIRONMENT, "blog"), (LABEL_INSTANCE, "web-1")]),
            "foreign"
        );
        // From now on its container is known.
        assert_eq!(told("network", "n", &[("name", "other"), ("container", "c")]), "web-1");
        assert_eq!(told("volume", "v", &[("container", "c")]), "web-1");
        assert_eq!(told("network", "n", &[("name", "maestro-shop")]), "");
        assert_eq!(told("volume", "v", &[]), "foreign");
    }

    #[test]
    fn what_comes_late_is_told_once() {
        let at = |second: i64, action: &str| Happening {
            time: Timestamp::from_second(second).unwrap(),
            action: action.to_owned(),
            ..Happening::default()
        };
        let mut told = Told::default();
        assert_eq!(told.since(), None);
        for (happening, is_new) in [
            (at(100, "kill"), true),
            (at(102, "stop"), true),
            // An engine tells this after what it led to.
            (at(101, "die"), true),
            (at(101, "die"), false),
            (at(102, "stop"), false),
            (at(102, "start"), true),
            (at(200, "stop"), true),
            (at(200, "stop"), false),
        ] {
            assert_eq!(told.is_new(&happening), is_new, "{happening:?}");
        }
        assert_eq!(told.since(), Some(Timestamp::from_second(195).unwrap()));
        assert_eq!(told.last, [at(200, "stop")], "what is not asked for again is not kept");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_is_not_waited_for() {
        let fake = Fake::new("e");
        let engines: Vec<Option<Arc<dyn Engine>>> = vec![Some(Arc::new(fake.clone()))];
        let mut observed = Observed::default();
        let reason = ShipFault::Error("down".into());
        observed.ships = vec![ShipState::Unreachable { reason }];
        let range = HappeningsRange { since: None, until: Some(Moment::Ago(Duration::from_secs(1))) };
        assert!(follow(&environment(), &observed, &engines, range).next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_connection_is_told_and_made_anew() {
        let fake = Fake::new("e");
        fake.add_image("app:latest");
        let engines: Vec<Option<Arc<dyn Engine>>> = vec![Some(Arc::new(fake.clone()))];
        let mut updates = follow(&environment(), &Observed::default(), &engines, HappeningsRange::default());
        let lost = fake.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            lost.lose_events();
        });
        let (ship, update) = updates.next().await.unwrap();
        assert!(ship == ShipId(0) && matches!(update, HappeningUpdate::Lost(_)), "{update:?}");
        assert_eq!(updates.next().await.unwrap().1, HappeningUpdate::Back);
    }
}
