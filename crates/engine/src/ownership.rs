//! Asks an engine which containers are an environment's own: the one place that decides it.

use std::{collections::BTreeMap, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::{Engine, EngineError, Inspected, Services};
use maestro_core::{
    model::container::LABEL_ENVIRONMENT,
    observed::{
        Container,
        description::Description,
        ownership::{Lookalike, OwnershipProof, Why, compared, disown, proof},
    },
};

/// How long other managers' engines are waited for once one has answered.
const GRACE: Duration = Duration::from_secs(2);

/// All containers of an engine. Those that bear the environment's labels without being its own lose Maestro's labels,
/// and are listed.
///
/// # Errors
/// As the engine answers.
pub async fn containers(
    engine: &dyn Engine,
    environment: &str,
) -> Result<(Vec<Container>, Vec<Lookalike>), EngineError> {
    let mut containers = engine.containers().await?;
    let mut images = Images::default();
    let mut lookalikes = Vec::new();
    for container in &mut containers {
        let Container { labels, image_id, .. } = &container;
        if let Some(why) = images.why_not(engine, environment, labels, image_id).await? {
            lookalikes.push(lookalike(container, why));
            disown(&mut container.labels);
        }
    }
    lookalikes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((containers, lookalikes))
}

/// The environment's containers that engines of a Swarm's managers run beside it, by their names; none of any other engine.
/// A manager that does not answer is passed over: its containers do not run as far as anybody knows.
///
/// # Errors
/// As a manager's engine answers.
pub async fn beside(engine: &dyn Engine, environment: &str) -> Result<Vec<Container>, EngineError> {
    let engines = engine.manager().map(Services::engines).unwrap_or_default();
    let asked: FuturesUnordered<_> =
        engines.iter().map(|engine| containers(&**engine, environment)).collect();
    let answers = until_first(asked, GRACE).await;
    let mut found = BTreeMap::new();
    for answer in answers {
        let containers = match answer {
            Ok((containers, _)) => containers,
            Err(error) if error.is_silence() => continue,
            Err(error) => return Err(error),
        };
        let is_own = |one: &Container| one.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment);
        found.extend(containers.into_iter().filter(is_own).map(|one| (one.id.clone(), one)));
    }
    let mut found: Vec<Container> = found.into_values().collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The answers that come before one engine has answered, and for a time after that.
async fn until_first<T>(
    mut asked: FuturesUnordered<impl Future<Output = Result<T, EngineError>>>,
    grace: Duration,
) -> Vec<Result<T, EngineError>> {
    let (mut answers, mut until) = (Vec::new(), None);
    loop {
        let next = match until {
            None => asked.next().await,
            Some(until) => timeout_at(until, asked.next()).await.unwrap_or_default(),
        };
        let Some(answer) = next else { return answers };
        if answer.is_ok() {
            until.get_or_insert_with(|| Instant::now() + grace);
        }
        answers.push(answer);
    }
}

/// One container, by name or id. If it bears the environment's labels without being its own, it loses Maestro's labels.
///
/// # Errors
/// As the engine answers.
pub async fn inspect(
    engine: &dyn Engine,
    environment: &str,
    container: &str,
) -> Result<Option<Inspected>, EngineError> {
    let Some(mut seen) = engine.inspect(container).await? else { return Ok(None) };
    let Description { labels, image_id, .. } = &mut *seen.description;
    if Images::default().why_not(engine, environment, labels, image_id).await?.is_some() {
        disown(labels);
    }
    Ok(Some(seen))
}

fn lookalike(container: &Container, why: Why) -> Lookalike {
    Lookalike {
        name: container.name.clone(),
        id: container.id.clone(),
        image: container.image.clone(),
        instance: container.labels.get(maestro_core::model::container::LABEL_INSTANCE).cloned(),
        why,
    }
}

/// The labels of images by their ids, each asked for once; none for an image that is not known.
#[derive(Default)]
struct Images(BTreeMap<String, Option<BTreeMap<String, String>>>);

impl Images {
    /// Why a container with these labels is not the environment's own; none if it is, or does not look like it.
    async fn why_not(
        &mut self,
        engine: &dyn Engine,
        environment: &str,
        labels: &BTreeMap<String, String>,
        image_id: &str,
    ) -> Result<Option<Why>, EngineError> {
        match proof(labels, image_id, environment) {
            OwnershipProof::Unrelated | OwnershipProof::Own => Ok(None),
            OwnershipProof::AskImage => Ok(compared(labels, self.labels(engine, image_id).await?)),
        }
    }

    async fn labels(
        &mut self,
        engine: &dyn Engine,
        image_id: &str,
    ) -> Result<Option<&BTreeMap<String, String>>, EngineError> {
        if !self.0.contains_key(image_id) {
            let labels = match image_id {
                "" => None,
                _ => match engine.image_defaults(image_id).await {
                    Ok(defaults) => defaults.map(|defaults| defaults.labels),
                    // The engine answers, but cannot tell: that is a doubt about this image alone.
                    Err(EngineError::Refused(_) | EngineError::Conflict(_) | EngineError::NotFound(_)) => {
                        None
                    }
                    Err(error @ (EngineError::Unreachable(_) | EngineError::ResponseLost(_))) => {
                        return Err(error);
                    }
                },
            };
            self.0.insert(image_id.to_owned(), labels);
        }
        Ok(self.0.get(image_id).and_then(Option::as_ref))
    }
}
