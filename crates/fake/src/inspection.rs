//! What the engine in memory tells for people.

use async_trait::async_trait;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Fake,
    container::FakeContainer,
    images::IMAGE_SIZE,
    state::{Inside, PLATFORM},
};
use maestro_core::observed::ContainerState;
use maestro_engine::{
    EngineError,
    events::{ContainerEvent, Happened},
    inspection::{Counted, Happening, Happenings, ImageFacts, Inspection, Processes, Window},
};

/// How many processors its machine has.
const PROCESSORS: u64 = 4;
/// What each container uses: a tenth of a processor.
const SHARE: u64 = 10;

#[async_trait]
impl Inspection for Fake {
    async fn usage(&self, container: &str) -> Result<Option<Counted>, EngineError> {
        let passed = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let count = |inside: &mut Inside| {
            let kept = inside.find(container).ok();
            Ok(kept.filter(|kept| is_alive(kept)).map(|_| Counted {
                cpu: passed / SHARE,
                system: (passed + 1) * PROCESSORS,
                processors: PROCESSORS,
                memory: 64 << 20,
                memory_limit: 256 << 20,
                received: passed / 1_000_000,
                sent: passed / 2_000_000,
                read: 4096,
                written: 8192,
                processes: 2,
            }))
        };
        self.call("usage", container, count).await
    }

    async fn processes(&self, container: &str) -> Result<Processes, EngineError> {
        let look = |inside: &mut Inside| {
            if !is_alive(inside.find(container)?) {
                let words = format!("Container {container} is not running");
                return Err(EngineError::Conflict(words.into()));
            }
            let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
            Ok(Processes { titles: texts(&["PID", "CMD"]), rows: vec![texts(&["1", "app"])] })
        };
        self.call("processes", container, look).await
    }

    async fn document(&self, container: &str) -> Result<Option<Value>, EngineError> {
        let look = |inside: &mut Inside| {
            let kept = inside.find(container).ok();
            Ok(kept.map(|kept| json!({ "Id": kept.shown.id, "Name": format!("/{}", kept.shown.name) })))
        };
        self.call("document", container, look).await
    }

    async fn image(&self, image: &str) -> Result<Option<ImageFacts>, EngineError> {
        let look = |inside: &mut Inside| {
            let id = inside.images.get(image).or_else(|| inside.images.values().find(|id| *id == image));
            let digests = |id: &String| {
                let names = inside.images.iter().filter(|(name, of)| *of == id && name.contains('@'));
                names.map(|(name, _)| name.clone()).collect()
            };
            let platform = |id: &String| {
                let platforms = inside.platforms.get(id).and_then(|all| all.first());
                platforms.map_or_else(|| PLATFORM.to_owned(), String::clone)
            };
            Ok(id.map(|id| ImageFacts {
                id: id.clone(),
                digests: digests(id),
                id_is_digest: false,
                platform: platform(id),
                created: None,
                tagged: inside.tagged.get(id).copied(),
                size: IMAGE_SIZE,
            }))
        };
        self.call("image", image, look).await
    }

    async fn happenings(&self, window: Window) -> Result<Happenings, EngineError> {
        let listener = self.call("happenings", "", |inside| Ok(inside.listeners.add())).await?;
        let fake = self.clone();
        let events = self.events_of(listener).map(move |event| {
            let time = Timestamp::try_from(fake.time()).unwrap_or_default();
            event.map(|event| happening(time, event))
        });
        let end = window.until;
        let is_over = move |event: &Result<Happening, EngineError>| {
            event.as_ref().is_ok_and(|event| end.is_some_and(|end| event.time > end))
        };
        Ok(events.take_while(move |event| std::future::ready(!is_over(event))).boxed())
    }
}

fn is_alive(kept: &FakeContainer) -> bool {
    matches!(kept.shown.state, ContainerState::Running | ContainerState::Paused)
}

fn happening(time: Timestamp, event: ContainerEvent) -> Happening {
    let ContainerEvent { id, name, environment, what } = event;
    let mut attributes = vec![("name".to_owned(), name)];
    attributes.extend(
        environment
            .map(|environment| (maestro_core::model::container::LABEL_ENVIRONMENT.to_owned(), environment)),
    );
    let action = match what {
        Happened::Signalled { is_kill } => {
            attributes.push(("signal".to_owned(), if is_kill { "9" } else { "15" }.to_owned()));
            "kill"
        }
        Happened::Died { exit_code } => {
            attributes.push(("exitCode".to_owned(), exit_code.to_string()));
            "die"
        }
        Happened::Created => "create",
        Happened::Started => "start",
        Happened::Paused => "pause",
        Happened::Unpaused => "unpause",
        Happened::Renamed => "rename",
        Happened::Removed => "destroy",
    };
    Happening {
        time,
        kind: "container".to_owned(),
        action: action.to_owned(),
        id,
        attributes: attributes.into_iter().collect(),
    }
}
