//! Asks an engine what it has.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::RangeInclusive,
};

use futures_util::{
    future::try_join,
    future::try_join5,
    stream::{self, StreamExt as _, TryStreamExt as _},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Engine, EngineError, Inspected, ownership};
use maestro_core::{
    fault::ShipFault,
    model::{
        Environment,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        shared::SharedSpec,
    },
    observed::{Container, Holdings, ShipState},
};

/// What is asked beside the containers.
#[expect(clippy::struct_excessive_bools, reason = "each is a question, and any set of them may be asked")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Question {
    /// All images, by reference, with their ids.
    pub images: bool,
    /// Networks and their labels.
    pub networks: bool,
    /// Volumes and their labels.
    pub volumes: bool,
    /// What tells the engine from all others. The slowest of all questions: engines look at themselves to answer it.
    pub identity: bool,
    /// How the environment's containers are made, which [`describe`] asks for: a question a container.
    pub descriptions: bool,
    /// The revisions that are recorded there.
    pub revisions: bool,
    /// The anonymous volumes that containers have left behind there.
    pub left_behind: bool,
    /// What is kept for copied files: records of reloads, and volumes that hold files. Whoever connects asks for it if
    /// the file declares some.
    pub files: bool,
    /// The same, whatever the file declares.
    pub leftover_files: bool,
    /// Whether what there is will be held against the file, so that its hashes are worth making while engines answer.
    pub compared: bool,
    /// The leases on the environment, which whoever connects asks for.
    pub leases: bool,
    /// The instances that were stopped on purpose, which whoever connects asks for.
    pub stopped: bool,
}

impl Question {
    /// Nothing beside the containers: [`Self::default`] for constants.
    pub const CONTAINERS: Self = Self {
        images: false,
        networks: false,
        volumes: false,
        identity: false,
        descriptions: false,
        revisions: false,
        left_behind: false,
        files: false,
        leftover_files: false,
        compared: false,
        leases: false,
        stopped: false,
    };

    /// Everything.
    pub const ALL: Self = Self {
        images: true,
        networks: true,
        volumes: true,
        identity: true,
        descriptions: true,
        revisions: true,
        left_behind: true,
        files: true,
        leftover_files: true,
        compared: true,
        leases: true,
        stopped: true,
    };
}

/// How many questions about single containers an engine is asked at once: fewer if there are many engines, since each
/// question at once takes a connection with its buffers.
const AT_ONCE: RangeInclusive<usize> = 2..=8;
/// How many all engines together are asked at once: each answer takes some 100 kB of memory until it is read.
const ALL_AT_ONCE: usize = 256;
/// How many engines are asked for their records at once: what all revisions consist of may be megabytes.
const RECORDS_AT_ONCE: usize = 32;

/// What descriptions and records of an environment's containers are read with.
pub struct Describing<'a> {
    /// What an instance of this name is declared with: what a container has alike is held once.
    declared: HashMap<&'a str, &'a SharedSpec>,
    /// How many questions about containers an engine is asked at once.
    at_once: usize,
    limit: Semaphore,
    records: Semaphore,
}

impl Default for Describing<'_> {
    /// Of containers of which nothing is declared.
    fn default() -> Self {
        Self {
            declared: HashMap::new(),
            at_once: *AT_ONCE.end(),
            limit: Semaphore::new(ALL_AT_ONCE),
            records: Semaphore::new(RECORDS_AT_ONCE),
        }
    }
}

impl<'a> Describing<'a> {
    /// Of the environment's instances.
    #[must_use]
    pub fn of(environment: &'a Environment) -> Self {
        let declared = environment.instances.iter();
        let declared = declared.map(|instance| (instance.name.as_str(), &instance.container));
        let at_once = ALL_AT_ONCE / environment.ships.len().max(1);
        Self {
            declared: declared.collect(),
            at_once: at_once.clamp(*AT_ONCE.start(), *AT_ONCE.end()),
            ..Self::default()
        }
    }

    /// Waits until an engine may be asked for its records, which takes its turn as long as what is returned is kept.
    pub async fn turn_for_records(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.records.acquire().await.ok()
    }

    /// Holds once what recorded revisions have alike with what is declared.
    pub fn share_records(&self, state: &mut ShipState) {
        let ShipState::Answering(holdings) = state else { return };
        let records = holdings.revisions.iter_mut().flatten();
        for recorded in records.flat_map(|record| record.instances.iter_mut().flatten()) {
            if let Some(declared) = self.declared.get(recorded.spec.name.as_str()) {
                recorded.spec.share_with(declared);
            }
        }
    }

    async fn inspect(&self, engine: &dyn Engine, id: &str) -> Result<Option<Inspected>, EngineError> {
        // It is never closed.
        let _permit = self.limit.acquire().await.ok();
        let mut inspected = engine.inspect(id).await?;
        if let Some(Inspected { description, .. }) = &mut inspected
            && let Some(name) = description.labels.get(LABEL_INSTANCE)
            && let Some(declared) = self.declared.get(name.as_str())
        {
            description.env.share_with(&declared.env);
        }
        Ok(inspected)
    }
}

/// Asks how each container of an environment is made, and what their images add.
pub async fn describe(
    engine: &dyn Engine,
    environment: &str,
    describing: &Describing<'_>,
    state: &mut ShipState,
) {
    let ShipState::Answering(holdings) = state else { return };
    let is_ours =
        |container: &&Container| container.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment);
    // In an order of their own, so that a run on engines in memory is the same each time.
    let ids: BTreeSet<String> = holdings
        .containers
        .values()
        .chain(&holdings.beside)
        .filter(is_ours)
        .map(|container| container.id.clone())
        .collect();
    let descriptions = stream::iter(ids).map(|id| async move { describing.inspect(engine, &id).await });
    let described: Result<Vec<Option<Inspected>>, EngineError> =
        descriptions.buffer_unordered(describing.at_once).try_collect().await;
    let described = match described {
        // One that went meanwhile is none to describe; whoever acts on it will find that out.
        Ok(described) => described.into_iter().flatten(),
        Err(error) => return *state = unknown(error),
    };
    holdings.descriptions = described.map(|one| (one.description.id.clone(), *one.description)).collect();
    let images: BTreeSet<String> =
        holdings.descriptions.values().map(|description| description.image_id.clone()).collect();
    let defaults = stream::iter(images).map(|id| async move {
        let defaults = engine.image_defaults(&id).await?;
        Ok(defaults.map(|defaults| (id, defaults)))
    });
    let defaults: Result<Vec<_>, EngineError> =
        defaults.buffer_unordered(describing.at_once).try_collect().await;
    match defaults {
        Ok(defaults) => holdings.defaults = defaults.into_iter().flatten().collect(),
        Err(error) => *state = unknown(error),
    }
}

/// Asks an engine what it has, all at once: its containers by one call, whatever their number, the rest as asked.
pub async fn observe(engine: &dyn Engine, environment: &str, question: Question) -> ShipState {
    let answers = try_join5(
        try_join(ownership::containers(engine, environment), ownership::beside(engine, environment)),
        asked(question.images, engine.images()),
        asked(question.networks, engine.networks()),
        asked(question.volumes, all_volumes(engine)),
        asked(question.identity, engine.identity()),
    );
    match answers.await {
        Ok((((containers, lookalikes), beside), images, networks, volumes, engine_id)) => {
            ShipState::Answering(Holdings {
                engine_id,
                containers: containers
                    .into_iter()
                    .map(|container| (container.name.clone(), container))
                    .collect(),
                beside,
                lookalikes,
                images,
                networks,
                volumes,
                ..Holdings::default()
            })
        }
        Err(error) => unknown(error),
    }
}

/// All volumes by name, with their labels.
///
/// # Errors
/// As the engine answers.
pub async fn all_volumes(
    engine: &dyn Engine,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, EngineError> {
    let volumes = engine.volumes(&BTreeMap::new()).await?;
    Ok(volumes.into_iter().map(|volume| (volume.name, volume.labels)).collect())
}

/// What is known of a ship whose engine answered like that: nothing.
#[must_use]
pub fn unknown(error: EngineError) -> ShipState {
    match error {
        EngineError::Unreachable(fault) | EngineError::ResponseLost(fault) => {
            ShipState::Unreachable { reason: ShipFault::NoAnswer(fault) }
        }
        EngineError::NotFound(fault) | EngineError::Conflict(fault) | EngineError::Refused(fault) => {
            ShipState::Unreachable { reason: ShipFault::Error(fault) }
        }
    }
}

async fn asked<T>(
    wanted: bool,
    call: impl Future<Output = Result<T, EngineError>>,
) -> Result<Option<T>, EngineError> {
    if wanted { call.await.map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc, time::Duration};

    use super::*;
    use crate::{
        docker::Docker,
        scripted::{Scripted, json, pong},
        transport::{Dial, unix::UnixSocket},
    };
    use maestro_core::fault::{ConnectionFault, EngineFault};

    fn all() -> Question {
        Question { images: true, networks: true, identity: true, ..Question::default() }
    }

    fn engine_at(path: &Path) -> Docker {
        let path = path.to_owned();
        let dial: Arc<dyn Dial> = Arc::new(UnixSocket { path });
        Docker::new(&dial, Duration::from_secs(5), None)
    }

    /// What a server says that answers the list of containers with `list`, and the requests that came to it.
    async fn observed(question: Question, status: u16, list: &'static str) -> (ShipState, Vec<String>) {
        let server = Scripted::new(move |request| match request.rsplit('/').next() {
            Some("_ping") => pong("1.41"),
            Some("json?all=1") => json(status, list),
            Some("info") => json(200, r#"{"ID":"E"}"#),
            Some("networks") => json(200, r#"[{"Name":"bridge"}]"#),
            _ => json(200, r#"[{"RepoTags":["web:1"]}]"#),
        });
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("docker.sock");
        server.on_unix(&socket);
        let state = observe(&engine_at(&socket), "e", question).await;
        let mut requests = server.requests();
        requests.sort();
        (state, requests)
    }

    #[tokio::test]
    async fn each_question_is_asked_once() {
        let (state, requests) = observed(all(), 200, r#"[{"Id":"1","Names":["/web-1"]}]"#).await;
        let ShipState::Answering(holdings) = state else {
            panic!("expected an answer, got {state:?}");
        };
        assert!(holdings.containers.contains_key("web-1") && holdings.has_image("web:1"));
        assert!(holdings.networks.unwrap().contains_key("bridge"));
        assert_eq!(holdings.engine_id.as_deref(), Some("E"));
        let paths = ["containers/json?all=1", "images/json", "info", "networks"];
        let expected = paths.map(|path| format!("GET /v1.41/{path}"));
        assert_eq!(requests, [&["GET /_ping".to_owned()], &expected[..]].concat());
    }

    #[tokio::test]
    async fn what_is_not_wanted_is_not_asked() {
        let (state, requests) = observed(Question::default(), 200, "[]").await;
        let ShipState::Answering(holdings) = state else {
            panic!("expected an answer, got {state:?}");
        };
        assert!(holdings.images.is_none() && holdings.networks.is_none() && holdings.engine_id.is_none());
        assert_eq!(requests, ["GET /_ping", "GET /v1.41/containers/json?all=1"]);
    }

    #[tokio::test]
    async fn an_error_is_a_reason_not_to_know() {
        let (state, _) = observed(all(), 500, r#"{"message":"out of cheese"}"#).await;
        assert!(
            matches!(&state, ShipState::Unreachable { reason }
                if *reason == ShipFault::Error("out of cheese".into())),
            "{state:?}"
        );
        let state = observe(&engine_at(Path::new("/nowhere/docker.sock")), "e", all()).await;
        assert!(
            matches!(&state, ShipState::Unreachable { reason: ShipFault::NoAnswer(EngineFault::Connection(fault)) }
                if matches!(**fault, ConnectionFault::NoSocket { .. })),
            "{state:?}"
        );
    }

    /// What a server says of its containers, those of the environment `e` described.
    async fn described_by(server: &Scripted) -> ShipState {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("docker.sock");
        server.on_unix(&socket);
        let engine = engine_at(&socket);
        let mut state = observe(&engine, "e", Question::default()).await;
        describe(&engine, "e", &Describing::default(), &mut state).await;
        state
    }

    #[tokio::test]
    async fn only_the_environments_containers_are_described_and_each_image_once() {
        const LIST: &str = r#"[
            {"Id":"1","Names":["/a"],"ImageID":"i","Labels":{"maestro.environment":"e","maestro.image-id":"i"}},
            {"Id":"2","Names":["/b"],"ImageID":"i","Labels":{"maestro.environment":"e","maestro.image-id":"i"}},
            {"Id":"3","Names":["/c"],"Labels":{"maestro.environment":"other"}},{"Id":"4","Names":["/d"]},
            {"Id":"5","Names":["/gone"],"ImageID":"i",
             "Labels":{"maestro.environment":"e","maestro.image-id":"i"}}]"#;
        let server = Scripted::new(|request| match request {
            request if request.ends_with("_ping") => pong("1.41"),
            request if request.ends_with("json?all=1") => json(200, LIST),
            request if request.ends_with("/1/json") => {
                json(200, r#"{"Id":"1","Image":"i","State":{"Status":"running"}}"#)
            }
            request if request.ends_with("/2/json") => {
                json(200, r#"{"Id":"2","Image":"i","State":{"Status":"exited"}}"#)
            }
            request if request.ends_with("/i/json") => json(200, r#"{"Config":{"User":"app"}}"#),
            _ => json(404, r#"{"message":"No such container"}"#),
        });
        let state = described_by(&server).await;
        let ShipState::Answering(holdings) = state else { panic!("expected an answer, got {state:?}") };
        let mut described: Vec<&str> = holdings.descriptions.keys().map(String::as_str).collect();
        described.sort_unstable();
        assert_eq!(described, ["1", "2"]);
        assert_eq!(holdings.defaults["i"].user, "app");
        let requests = server.requests();
        let asked = |path: &str| requests.iter().filter(|request| request.ends_with(path)).count();
        assert_eq!(["/1/json", "/3/json", "/4/json", "/i/json"].map(asked), [1, 0, 0, 1]);
    }

    #[tokio::test]
    async fn an_engine_that_stops_answering_is_not_known() {
        const LIST: &str = r#"[{"Id":"1","Names":["/a"],"ImageID":"i",
            "Labels":{"maestro.environment":"e","maestro.image-id":"i"}}]"#;
        let server = Scripted::new(|request| match request {
            request if request.ends_with("_ping") => pong("1.41"),
            request if request.ends_with("json?all=1") => json(200, LIST),
            _ => json(500, r#"{"message":"out of cheese"}"#),
        });
        let state = described_by(&server).await;
        assert!(matches!(state, ShipState::Unreachable { .. }), "{state:?}");
    }
}
