//! Puts the questions to all ships at the same time, each within a bound: what did not answer is not known.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, future::join_all, stream};
use tokio::time::{Instant, error::Elapsed, sleep, timeout_at};

use super::{Answers, HostFacts, Looked, Offer, Offered, Questions};
use maestro_core::{
    event::LookFailure,
    fault::EngineFault,
    model::{Environment, ShipId, container::Protocol, registry::PullFault},
    observed::Published,
};
use maestro_engine::{
    Engine,
    credentials::{Credentials, FoundLogin},
    host::{Host, PathKind, PortAnswer},
    pull::PullError,
};

/// All of it takes no longer.
const IN_ALL: Duration = Duration::from_secs(15);
/// One registry's answer takes no longer.
const A_REGISTRY: Duration = Duration::from_secs(10);
/// How many images a ship is asked about at once: as many as it would fetch.
const IMAGES_AT_ONCE: usize = 4;
/// A registry that was not reached is asked once more after that time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long a port may take to answer.
const A_PORT: Duration = Duration::from_secs(2);
/// How many ports are connected to at once on one ship.
const PORTS_AT_ONCE: usize = 16;
/// More ports of one ship are not connected to: a range of thousands would look like an attack.
const PORTS_OF_A_SHIP: usize = 64;

/// A ship's engine and machine.
#[derive(Clone)]
pub struct Seen {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The machine that it runs on.
    pub host: Arc<dyn Host>,
}

/// Asks. `ships` are those that answered, the others have nothing to be asked about.
pub async fn ask(
    environment: &Environment,
    questions: &Questions,
    ships: &BTreeMap<ShipId, Seen>,
    credentials: &Credentials,
) -> Answers {
    let until = Instant::now() + IN_ALL;
    let machines = questions.ships.iter().filter_map(|ship| {
        let seen = ships.get(ship)?;
        Some(async move { (*ship, look(environment, *ship, questions, seen, until).await) })
    });
    let images = questions.ships.iter().filter_map(|ship| {
        let seen = ships.get(ship)?;
        let wanted = questions.images.iter().filter(move |(of, _)| of == ship).map(|(_, image)| image);
        let asked = wanted.map(move |image| async move {
            let offer = offer(environment, image, &*seen.engine, credentials, until).await;
            ((*ship, image.clone()), offer)
        });
        // The compiler finds a stream of a list to be `Send`, but not a stream of an iterator with closures.
        let asked: Vec<_> = asked.collect();
        Some(stream::iter(asked).buffer_unordered(IMAGES_AT_ONCE).collect::<Vec<_>>())
    });
    let links = questions.links.iter().filter_map(|link @ (ship, port)| {
        let (host, address) = (&ships.get(ship)?.host, &environment.ship(*ship).address);
        Some(async move { (*link, host.connect(address, *port, A_PORT).await) })
    });
    let there = questions.unused_images.iter().filter_map(|key @ (ship, image)| {
        let engine = &ships.get(ship)?.engine;
        Some(async move {
            let facts = timeout_at(until, engine.image(image)).await.ok()?.ok()??;
            (!facts.platform.is_empty()).then(|| (key.clone(), facts.platform))
        })
    });
    let there: Vec<_> = there.collect();
    let there = stream::iter(there).buffer_unordered(IMAGES_AT_ONCE).collect::<Vec<_>>();
    let (machines, images, links, there) =
        futures_util::join!(join_all(machines), join_all(images), join_all(links), there);
    let mut answers = Answers { links: links.into_iter().collect(), ..Answers::default() };
    answers.images = images.into_iter().flatten().collect();
    answers.platforms = there.into_iter().flatten().collect();
    for (ship, looked) in machines {
        let machine = looked.map(|(machine, paths)| {
            answers.paths.extend(paths.into_iter().map(|(path, thing)| ((ship, path), thing)));
            machine
        });
        answers.machines.insert(ship, machine);
    }
    answers
}

type Paths = Vec<(String, Looked<PathKind>)>;

/// One ship's machine, and what lies at its paths.
async fn look(
    environment: &Environment,
    ship: ShipId,
    questions: &Questions,
    Seen { engine, host }: &Seen,
    until: Instant,
) -> Result<(HostFacts, Paths), LookFailure> {
    let about = timeout_at(until, engine.info()).await.map_err(|_| LookFailure::Timeout)?;
    let about = about.map_err(|error| LookFailure::Failed(error.fault().clone()))?;
    let listening = async {
        let asked = questions.ports.iter().any(|(of, _)| *of == ship);
        if asked { host.listening(&about).await } else { Ok(None) }
    };
    let paths = questions.paths.iter().filter(|(of, _)| *of == ship).map(|(_, path)| {
        let about = &about;
        async move { (path.clone(), host.at(about, path).await.map_err(LookFailure::Failed)) }
    });
    let (room, listening, paths) = futures_util::join!(
        timeout_at(until, host.room(&about)),
        timeout_at(until, listening),
        timeout_at(until, join_all(paths)),
    );
    let listening = looked(listening);
    let answering = match &listening {
        Ok(Some(_)) => BTreeSet::new(),
        Ok(None) | Err(_) => {
            let address = &environment.ship(ship).address;
            let ports = questions.ports.iter().filter(|(of, _)| *of == ship).map(|(_, port)| *port);
            answering(&**host, address, ports, until).await
        }
    };
    let room = looked(room);
    let machine = HostFacts {
        room,
        listening,
        answering,
        has_mirrors: about.has_mirrors,
        platform: about.platform,
        api: about.api,
    };
    Ok((machine, paths.unwrap_or_default()))
}

fn looked<T>(answer: Result<Result<Option<T>, EngineFault>, Elapsed>) -> Looked<T> {
    answer.map_or(Err(LookFailure::Timeout), |answer| answer.map_err(LookFailure::Failed))
}

/// The TCP ports that somebody answers at. UDP tells nothing to who asks so.
async fn answering(
    host: &dyn Host,
    address: &str,
    ports: impl Iterator<Item = Published>,
    until: Instant,
) -> BTreeSet<Published> {
    let tcp = ports.filter(|port| port.protocol == Protocol::Tcp).take(PORTS_OF_A_SHIP);
    let asked = tcp.map(|port| async move {
        let at = port.address.map_or_else(|| address.to_owned(), |address| address.to_string());
        // An address that only the ship itself has would be this machine's.
        let is_ours = port.address.is_some_and(|address| address.is_loopback());
        let answer =
            async { if is_ours { PortAnswer::Silent } else { host.connect(&at, port.port, A_PORT).await } };
        let answer = timeout_at(until, answer).await.unwrap_or(PortAnswer::Silent);
        (answer == PortAnswer::Accepts).then_some(port)
    });
    let asked: Vec<_> = asked.collect();
    let answers: Vec<Option<Published>> = stream::iter(asked).buffer_unordered(PORTS_AT_ONCE).collect().await;
    answers.into_iter().flatten().collect()
}

/// Asks an image's registry, twice if it was not reached.
async fn offer(
    environment: &Environment,
    image: &str,
    engine: &dyn Engine,
    credentials: &Credentials,
    until: Instant,
) -> Offer {
    let until = until.min(Instant::now() + A_REGISTRY);
    let late = || Offered::Unknown(LookFailure::Timeout);
    let Ok(found) = timeout_at(until, credentials.find(environment, image)).await else {
        return Offer { outcome: late(), found: FoundLogin::default() };
    };
    let twice = async {
        let first = engine.remote_image(image, found.login.as_ref()).await;
        if !matches!(&first, Err(PullError::Registry { fault: PullFault::Unreachable, .. })) {
            return first;
        }
        sleep(AGAIN_AFTER).await;
        engine.remote_image(image, found.login.as_ref()).await
    };
    let outcome = match timeout_at(until, twice).await {
        Ok(Ok(remote)) => Offered::Yes(remote),
        Ok(Err(PullError::Registry { fault, words })) => Offered::No { fault, words },
        Ok(Err(PullError::Engine(error))) => Offered::Unknown(LookFailure::Failed(error.fault().clone())),
        Err(_) => late(),
    };
    Offer { outcome, found }
}
