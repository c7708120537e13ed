//! A container rejoins its network under other names, and what is known when that goes wrong.

use maestro_core::{
    event::FailureKind,
    model::{ShipId, attachment::Attachment, membership::Membership},
    plan::{
        Plan, Step,
        action::{Action, NetworkAction},
        command::Command,
        reason::Reason,
        start::{self, StartOptions},
    },
};
use maestro_engine::Containers as _;
use maestro_fake::InjectedFault;

use crate::world::World;

const NETWORK: &str = "maestro-world";

/// A world in which `web-1` runs, with links.
async fn running() -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let plan = start::plan(&world.environment, &world.observe().await, &world.all(), StartOptions::default());
    assert_eq!(world.run(plan).await.failures().len(), 0);
    world
}

/// A plan that gives `web-1` these names.
async fn rejoin(world: &World, aliases: &[&str]) -> Plan {
    let id = world.engines[0].inspect("web-1").await.expect("an answer").expect("a container").description.id;
    let action = Action::Network(NetworkAction::Rejoin {
        container: "web-1".into(),
        id: Some(id),
        membership: Box::new(Membership {
            network: NETWORK.into(),
            links: vec![("db-1".into(), "db".into())],
            attachment: Attachment {
                aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
                ..Attachment::default()
            },
        }),
    });
    let instance = Some(world.id("web-1"));
    let step = Step {
        ship: ShipId(0),
        instance,
        action,
        reason: Reason::IsReady,
        after: Vec::new(),
        compensation: None,
    };
    Plan { command: Command::Apply, steps: vec![step], ..Plan::default() }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_into() {
    let world = running().await;
    // Its own name counts as given, whether an engine shows it or not.
    for aliases in [&["other"][..], &["other", "web-1"], &[]] {
        world.engines[0].fail_next("rejoin", "", InjectedFault::AnswerLost);
        let outcome = world.run(rejoin(&world, aliases).await).await;
        assert_eq!(outcome.failures().len(), 0, "{aliases:?}");
        let answers = usize::from(aliases.contains(&"other"));
        assert_eq!(world.engines[0].resolves(NETWORK, "other").len(), answers, "{aliases:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_unknown_and_a_refusal_says_that_it_may_not_be_found() {
    for (fault, kind) in [
        (InjectedFault::RequestLost, FailureKind::Unknown),
        (InjectedFault::Refused("no".into()), FailureKind::Failed),
        (InjectedFault::Unreachable, FailureKind::Unreachable),
    ] {
        let world = running().await;
        world.engines[0].fail_next("rejoin", "", fault);
        let outcome = world.run(rejoin(&world, &["other"]).await).await;
        let [failure] = outcome.failure_texts()[..] else { panic!("{:?}", outcome.events) };
        assert_eq!(failure.kind, kind);
        if kind == FailureKind::Failed {
            assert_eq!(
                failure.state,
                "the container web-1 may be disconnected from network maestro-world, where others cannot reach it"
            );
        }
        assert!(world.engines[0].resolves(NETWORK, "other").is_empty());
    }
}
