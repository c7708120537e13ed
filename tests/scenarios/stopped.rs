//! What is stopped on purpose is written down on the engines, and what brings it up again clears that.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc};

use maestro_core::model::InstanceId;
use maestro_fake::Fake;
use maestro_run::{
    operations::{ChangeRequest, Operation, Outcome, Purpose},
    store::LabelStore,
};

use crate::{
    takeovers::{Machines, asked},
    world::World,
};

/// The instances that the engine says were stopped on purpose.
pub async fn stopped(engine: &Fake) -> Vec<String> {
    let stopped = LabelStore::on(engine).stopped("world").await.expect("the engine answers");
    assert_eq!(stopped.volumes.len(), usize::from(!stopped.instances.is_empty()));
    stopped.instances.into_iter().collect()
}

/// Runs a command to its end, for the instances of these numbers alone.
async fn run(world: &World, machines: &Machines, number: u32, command: &'static str, of: &[usize]) {
    let of: BTreeSet<InstanceId> = of.iter().map(|&number| InstanceId(number)).collect();
    let purpose = if command == "stop" { Purpose::Stop(of) } else { Purpose::Run(of) };
    let asked: ChangeRequest<Infallible> =
        ChangeRequest { purpose, ..asked(world, &machines.process(number), command) };
    let (mut operation, _progress) = Operation::spawn(asked);
    assert!(matches!(operation.outcome().await, Outcome::Carried { .. }));
    machines.dies(number);
}

#[tokio::test(start_paused = true)]
async fn stop_writes_down_what_stays_down_and_apply_clears_it() {
    let mut world = World::new(2);
    world.service("web", &[0, 0, 1], &[]);
    let machines = Machines::default();
    run(&world, &machines, 1, "apply", &[0, 1, 2]).await;
    let engines = world.engines.clone();
    let all = async || [stopped(&engines[0]).await, stopped(&engines[1]).await];
    assert_eq!(all().await, [[""; 0]; 2]);
    run(&world, &machines, 2, "stop", &[0, 1, 2]).await;
    assert_eq!(all().await, [vec!["web-1", "web-2"], vec!["web-3"]]);
    run(&world, &machines, 3, "apply", &[1, 2]).await;
    assert_eq!(all().await, [vec!["web-1"], vec![]]);
    // Nothing is to be done, but for the entry.
    run(&world, &machines, 4, "apply", &[0]).await;
    assert_eq!(all().await, [[""; 0]; 2]);
    let left = engines[0].volume_names().into_iter().filter(|name| name.contains("stopped"));
    assert_eq!(left.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_down_already_is_written_down_as_well() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let machines = Machines::default();
    run(&world, &machines, 1, "apply", &[0]).await;
    world.engines[0].ends_by_itself("web-1", 1);
    run(&world, &machines, 2, "stop", &[0]).await;
    assert_eq!(stopped(&world.engines[0]).await, ["web-1"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_down_where_nothing_is() {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    run(&world, &Machines::default(), 1, "stop", &[0]).await;
    assert_eq!(world.engines[0].volume_names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn two_ships_of_one_engine_keep_one_entry() {
    let mut world = World::new(2);
    world.engines[1] = Fake::clone(&world.engines[0]);
    world.service("web", &[0, 1], &[]);
    let world = Arc::new(world);
    let machines = Machines::default();
    run(&world, &machines, 1, "apply", &[0, 1]).await;
    run(&world, &machines, 2, "stop", &[0, 1]).await;
    assert_eq!(stopped(&world.engines[0]).await, ["web-1", "web-2"]);
}
