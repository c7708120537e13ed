//! `operations::registries` asks registries what their tags stand for now. An image that several ships run is asked for
//! once, unless the first ship finds no way to the registry: registries count what they are asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::stream::{self, StreamExt as _};
use tokio::time::timeout;

use maestro_core::{
    event::LookFailure,
    fault::EngineFault,
    model::{
        Environment, ShipId,
        registry::{ImageRefusal, PullFault, registry_of},
    },
};
use maestro_engine::{
    Engine,
    credentials::{Credentials, FoundLogin},
    pull::{PullError, RemoteImage},
};

/// How many images are asked about at once.
const AT_ONCE: usize = 4;
/// One registry's answer takes no longer.
const WITHIN: Duration = Duration::from_secs(15);

/// What came of the question for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteAnswer {
    /// The registry has this.
    Known(RemoteImage),
    /// The registry does not tell.
    Refused {
        /// Why.
        refusal: ImageRefusal,
        /// The engine's words.
        words: EngineFault,
    },
    /// The ship did not answer.
    Unknown(LookFailure),
}

/// An answer, and the ship that the registry was asked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The ship.
    pub ship: ShipId,
    /// What the registry said.
    pub answer: RemoteAnswer,
}

/// Asks for images that ships run; `engines` are by [`ShipId`]. The answers are by image and ship.
pub async fn ask_registries(
    environment: &Environment,
    engines: &[Option<Arc<dyn Engine>>],
    wanted: impl IntoIterator<Item = (String, ShipId)>,
    credentials: &Credentials,
) -> BTreeMap<(String, ShipId), Told> {
    let mut questions: BTreeMap<(String, Option<ShipId>), BTreeSet<ShipId>> = BTreeMap::new();
    for (image, ship) in wanted.into_iter().filter(|(_, ship)| engines[ship.0].is_some()) {
        // Each machine has another registry there.
        let alone = is_loopback(registry_of(&image)).then_some(ship);
        questions.entry((image, alone)).or_default().insert(ship);
    }
    let asking = Asking { environment, engines, credentials, limited: Mutex::default() };
    let asking = &asking;
    let asked = questions.into_iter().map(|((image, _), ships)| async move {
        let told = asking.one(&image, &ships).await;
        ships.into_iter().filter_map(move |ship| Some(((image.clone(), ship), told.clone()?)))
    });
    // The compiler finds a stream of a list to be `Send`, but not a stream of an iterator with closures.
    let asked: Vec<_> = asked.collect();
    let told: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    told.into_iter().flatten().collect()
}

struct Asking<'a> {
    environment: &'a Environment,
    engines: &'a [Option<Arc<dyn Engine>>],
    credentials: &'a Credentials,
    /// What registries said that have been asked too often: each further question would be one too many.
    limited: Mutex<BTreeMap<String, Told>>,
}

impl Asking<'_> {
    /// Asks for one image, from one ship after another as long as there is no way to the registry.
    async fn one(&self, image: &str, ships: &BTreeSet<ShipId>) -> Option<Told> {
        let registry = registry_of(image);
        if let Some(limit) = self.limited().get(registry) {
            return Some(about(limit.clone(), image));
        }
        let found = self.credentials.find(self.environment, image).await;
        let mut first = None;
        for &ship in ships {
            let Some(engine) = &self.engines[ship.0] else { continue };
            let told = Told { ship, answer: answer(&**engine, image, &found).await };
            if is_limit(&told.answer) {
                self.limited().insert(registry.to_owned(), told.clone());
            }
            if !is_of_the_way(&told.answer) {
                return Some(told);
            }
            first.get_or_insert(told);
        }
        first
    }

    fn limited(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Told>> {
        self.limited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(engine: &dyn Engine, image: &str, found: &FoundLogin) -> RemoteAnswer {
    match timeout(WITHIN, engine.remote_image(image, found.login.as_ref())).await {
        Ok(Ok(remote)) => RemoteAnswer::Known(remote),
        Ok(Err(PullError::Registry { fault, words })) => {
            RemoteAnswer::Refused { refusal: found.refusal(image, fault), words }
        }
        Ok(Err(PullError::Engine(error))) => {
            RemoteAnswer::Unknown(LookFailure::Failed(error.fault().clone()))
        }
        Err(_) => RemoteAnswer::Unknown(LookFailure::Timeout),
    }
}

/// The same answer for another image of the registry.
fn about(mut told: Told, image: &str) -> Told {
    if let RemoteAnswer::Refused { refusal, .. } = &mut told.answer {
        image.clone_into(&mut refusal.image);
    }
    told
}

fn is_limit(answer: &RemoteAnswer) -> bool {
    matches!(answer, RemoteAnswer::Refused { refusal, .. } if refusal.fault == PullFault::TooMany)
}

/// Whether another ship may get another answer.
fn is_of_the_way(answer: &RemoteAnswer) -> bool {
    match answer {
        RemoteAnswer::Known(_) => false,
        RemoteAnswer::Unknown(_) => true,
        RemoteAnswer::Refused { refusal, .. } => matches!(
            refusal.fault,
            PullFault::Unreachable | PullFault::Untrusted | PullFault::PlainHttp | PullFault::Stalled
        ),
    }
}

/// Whether a registry is on the machine that asks for it.
fn is_loopback(registry: &str) -> bool {
    let host = registry.strip_prefix('[').map_or_else(
        || registry.split(':').next().unwrap_or(registry),
        |rest| rest.split(']').next().unwrap_or(rest),
    );
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use maestro_fake::{Fake, InjectedFault};

    use super::*;
    use crate::operations::test_environment::environment_of;

    /// An environment with two ships.
    fn environment() -> Environment {
        environment_of("name: shop\nships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}\n")
    }

    /// What the engines of both ships tell of these images.
    async fn told(fakes: &[Fake; 2], images: &[&str]) -> BTreeMap<(String, ShipId), Told> {
        let engines = fakes.clone().map(|fake| -> Option<Arc<dyn Engine>> { Some(Arc::new(fake)) });
        let wanted = images.iter().flat_map(|image| [0, 1].map(|ship| ((*image).to_owned(), ShipId(ship))));
        ask_registries(&environment(), &engines, wanted, &Credentials::default()).await
    }

    fn fakes() -> [Fake; 2] {
        ["a", "b"].map(Fake::new)
    }

    fn asked(fake: &Fake) -> usize {
        fake.calls().iter().filter(|call| call.method == "remote_image").count()
    }

    #[tokio::test(start_paused = true)]
    async fn an_image_of_several_ships_is_asked_for_once() {
        let fakes = fakes();
        fakes[0].allow_pull("registry.example/web:1");
        let told = told(&fakes, &["registry.example/web:1"]).await;
        assert_eq!((told.len(), asked(&fakes[0]), asked(&fakes[1])), (2, 1, 0));
        let answers: BTreeSet<_> = told.values().map(|told| format!("{told:?}")).collect();
        assert_eq!(answers.len(), 1);
        assert!(matches!(told.values().next().unwrap().answer, RemoteAnswer::Known(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn another_ship_is_asked_where_the_first_finds_no_way() {
        let fakes = fakes();
        fakes[0].fail_pull(PullFault::Unreachable, "dial tcp: connection refused");
        fakes[1].allow_pull("web");
        let first = told(&fakes, &["web"]).await;
        assert!(first.values().all(|told| told.ship == ShipId(1)), "{first:?}");
        fakes[0].fail_next("remote_image", "", InjectedFault::Unreachable);
        fakes[1].fail_next("remote_image", "", InjectedFault::Unreachable);
        let second = told(&fakes, &["web"]).await;
        let unknown = |told: &Told| matches!(told.answer, RemoteAnswer::Unknown(_)) && told.ship == ShipId(0);
        assert!(second.values().all(unknown), "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn each_machine_has_a_registry_of_its_own_at_localhost() {
        let fakes = fakes();
        for fake in &fakes {
            fake.allow_pull("localhost:5000/web:1");
        }
        let told = told(&fakes, &["localhost:5000/web:1"]).await;
        assert_eq!((asked(&fakes[0]), asked(&fakes[1])), (1, 1));
        let ships: Vec<ShipId> = told.values().map(|told| told.ship).collect();
        assert_eq!(ships, [ShipId(0), ShipId(1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_registry_that_limits_is_not_asked_any_further() {
        let fakes = fakes();
        fakes[0].slow("remote_image", Duration::from_secs(1));
        fakes[0].fail_pull(PullFault::TooMany, "toomanyrequests: You have reached your pull rate limit.");
        let images: Vec<String> = (0..12).map(|number| format!("web:{number}")).collect();
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let told = told(&fakes, &images).await;
        assert_eq!(asked(&fakes[0]), AT_ONCE);
        assert_eq!((told.len(), asked(&fakes[1])), (24, 0));
        for ((image, _), told) in told {
            let RemoteAnswer::Refused { refusal, .. } = told.answer else { panic!("{told:?}") };
            assert_eq!((refusal.image, refusal.fault), (image, PullFault::TooMany));
        }
    }

    #[test]
    fn a_registry_on_the_machine_itself_is_known() {
        for (registry, expected) in [
            ("localhost:5000", true),
            ("localhost", true),
            ("127.0.0.1:5000", true),
            ("[::1]:5000", true),
            ("10.0.0.1:5000", false),
            ("docker.io", false),
        ] {
            assert_eq!(is_loopback(registry), expected, "{registry}");
        }
    }
}
