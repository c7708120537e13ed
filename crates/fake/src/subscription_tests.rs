//! What a subscription to the events of an engine tells.

use std::sync::Arc;

use futures_util::StreamExt as _;
use maestro_core::{
    model::container::{ContainerNames, ContainerOwner, ContainerSpec, Network},
    observed::{ShipState, event::Applied},
};
use maestro_engine::{
    Containers as _,
    events::Happened,
    observe::Question,
    subscription::{SubscriptionUpdate, TRUSTED, subscribe},
};
use tokio::time::Instant;

use super::{Fake, InjectedFault};

async fn create(fake: &Fake, name: &str) -> String {
    let network = Network::Environment { name: "net".into(), links: Vec::new() };
    let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
    let spec = ContainerSpec::new(name, "app", network, owner);
    fake.create(name, &spec.into(), &[].into(), &ContainerNames::default()).await.unwrap().id
}

fn names(update: SubscriptionUpdate) -> Vec<String> {
    match update {
        SubscriptionUpdate::State(ShipState::Answering(holdings)) => {
            let mut names: Vec<String> = holdings.containers.into_keys().collect();
            names.sort();
            names
        }
        other => panic!("expected a state, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_comes_first_and_after_each_connection_that_broke() {
    let fake = Fake::new("one");
    fake.add_image("app");
    let id = create(&fake, "web-1").await;
    let mut updates = subscribe(Arc::new(fake.clone()), "shop", Question::default());
    let Some(SubscriptionUpdate::State(ShipState::Answering(mut holdings))) = updates.next().await else {
        panic!("expected a state")
    };
    fake.start(&id).await.unwrap();
    let Some(SubscriptionUpdate::Event(event)) = updates.next().await else { panic!("expected an event") };
    assert_eq!((event.name.as_str(), event.what), ("web-1", Happened::Started));
    assert_eq!(holdings.apply_event(&event), Applied::Part);
    assert!(holdings.containers["web-1"].state.is_up());

    fake.lose_events();
    create(&fake, "web-2").await;
    assert_eq!(names(updates.next().await.unwrap()), ["web-1", "web-2"]);

    fake.fail_next("follow", "", InjectedFault::Unreachable);
    fake.reboot();
    let lost = updates.next().await;
    assert!(matches!(lost, Some(SubscriptionUpdate::State(ShipState::Unreachable { .. }))), "{lost:?}");
    assert_eq!(names(updates.next().await.unwrap()), ["web-1", "web-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_not_trusted_for_long() {
    let fake = Fake::new("one");
    let mut updates = subscribe(Arc::new(fake.clone()), "shop", Question::default());
    let begin = Instant::now();
    assert!(names(updates.next().await.unwrap()).is_empty());
    assert!(names(updates.next().await.unwrap()).is_empty());
    assert_eq!(begin.elapsed(), TRUSTED);
    assert_eq!(fake.calls().iter().filter(|call| call.method == "follow").count(), 1);
}
