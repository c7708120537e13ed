//! Asks an engine what it has.

use futures_util::future::try_join4;

use super::{Engine, EngineError};
use crate::observed::{Holdings, ShipState};

/// What is asked beside the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Question {
    /// All images, by reference, with their ids.
    pub images: bool,
    /// Networks and their labels.
    pub networks: bool,
    /// What tells the engine from all others. The slowest of all questions: engines look at themselves to answer it.
    pub identity: bool,
}

/// Asks an engine what it has, all at once: its containers by one call, whatever their number, the rest as asked.
pub async fn observe(engine: &dyn Engine, question: Question) -> ShipState {
    let answers = try_join4(
        engine.containers(),
        asked(question.images, engine.images()),
        asked(question.networks, engine.networks()),
        asked(question.identity, engine.identity()),
    );
    match answers.await {
        Ok((containers, images, networks, engine_id)) => ShipState::Answering(Holdings {
            engine_id,
            containers: containers.into_iter().map(|container| (container.name.clone(), container)).collect(),
            images,
            networks,
        }),
        Err(EngineError::Unreachable(reason) | EngineError::NoAnswer(reason)) => {
            ShipState::Unreachable { reason }
        }
        Err(EngineError::NotFound(words) | EngineError::Conflict(words) | EngineError::Refused(words)) => {
            ShipState::Unreachable { reason: format!("its engine answered with an error: {words}") }
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
    use crate::engine::{
        docker::Docker,
        scripted::{Scripted, json, pong},
        transport::{Dial, unix::UnixSocket},
    };

    const ALL: Question = Question { images: true, networks: true, identity: true };

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
        let state = observe(&engine_at(&socket), question).await;
        let mut requests = server.requests();
        requests.sort();
        (state, requests)
    }

    #[tokio::test]
    async fn each_question_is_asked_once() {
        let (state, requests) = observed(ALL, 200, r#"[{"Id":"1","Names":["/web-1"]}]"#).await;
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
        let (state, _) = observed(ALL, 500, r#"{"message":"out of cheese"}"#).await;
        assert!(
            matches!(&state, ShipState::Unreachable { reason }
                if reason == "its engine answered with an error: out of cheese"),
            "{state:?}"
        );
        let state = observe(&engine_at(Path::new("/nowhere/docker.sock")), ALL).await;
        assert!(
            matches!(&state, ShipState::Unreachable { reason } if reason.contains("is Docker running?")),
            "{state:?}"
        );
    }
}
