//! Runs that want to change the same environment at the same time, on engines in memory: one at a time, and nothing is
//! left behind, whatever happens when.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use maestro_core::model::ShipId;
use maestro_engine::Volumes as _;
use maestro_fake::{Fake, InjectedFault};
use maestro_run::lease::{
    Lease, LeaseEvent, LeaseRefused, LeaseTarget, Liveness, Owner, Released, Unlocked, holders, in_order,
    take_within, unlock, volumes,
};
use tokio::sync::watch;

use crate::processes::Processes;

const SEEDS: u64 = 300;
/// Long enough for everybody to have had a turn.
const TIMEOUT: Duration = Duration::from_secs(3600);
const LEASE: &str = "maestro-lease-world";

/// A machine with processes, and engines.
struct FakeEngines {
    environment: &'static str,
    engines: Vec<Fake>,
    processes: Processes,
    /// Who holds all leases, as they believe themselves, and the most that ever did.
    holders: Mutex<(usize, usize)>,
}

impl FakeEngines {
    fn new(engines: usize) -> Self {
        let engines = (0..engines).map(|number| Fake::new(&format!("engine-{number}"))).collect();
        Self { environment: "world", engines, processes: Processes::default(), holders: Mutex::default() }
    }

    fn jittered(engines: usize, seed: u64) -> Self {
        let fake_engines = Self::new(engines);
        for (number, engine) in fake_engines.engines.iter().enumerate() {
            engine.jitter(seed * 10 + number as u64);
        }
        fake_engines
    }

    /// A process of that number, which lives from now on.
    fn process(&self, number: u32) -> Owner {
        self.on("box", number)
    }

    fn on(&self, host: &str, number: u32) -> Owner {
        let mut me = self.processes.begin(number, Duration::from_secs(10));
        host.clone_into(&mut me.holder.machine.host);
        self.environment.clone_into(&mut me.holder.environment);
        "maestro start".clone_into(&mut me.holder.command);
        me
    }

    fn dies(&self, number: u32) {
        self.processes.end(number);
    }

    fn places(&self) -> Vec<LeaseTarget> {
        let place = |(number, engine): (usize, &Fake)| LeaseTarget {
            ship: ShipId(number),
            identity: Some(format!("engine-{number}")),
            engine: Arc::new(engine.clone()),
        };
        in_order(self.engines.iter().enumerate().map(place).collect())
    }

    async fn take(&self, me: &Owner, wait: Duration) -> (Result<Lease, LeaseRefused>, Vec<String>) {
        let (_keep, interrupted) = watch::channel(false);
        let mut replaced = Vec::new();
        let mut news = |news: LeaseEvent| {
            if let LeaseEvent::Replaced(_, holder) = news {
                replaced.push(holder.nonce.clone());
            }
        };
        let lease = take_within(me, &self.places(), wait, interrupted, &mut news).await;
        (lease, replaced)
    }

    /// Takes the lease, works for a moment, and gives it back. False if another has it.
    async fn work(&self, me: &Owner, wait: Duration) -> bool {
        let lease = match self.take(me, wait).await.0 {
            Ok(lease) => lease,
            Err(LeaseRefused::Busy(_)) => return false,
            Err(LeaseRefused::Unmanaged { .. } | LeaseRefused::Interrupted) => {
                panic!("nobody does that here")
            }
        };
        assert!(lease.unanswered.is_empty());
        {
            let mut holders = self.holders.lock().unwrap();
            holders.0 += 1;
            holders.1 = holders.1.max(holders.0);
        }
        tokio::time::sleep(Duration::from_millis(37)).await;
        self.holders.lock().unwrap().0 -= 1;
        for (_, released) in lease.release(me).await {
            assert_eq!(released, Released::Free);
        }
        true
    }

    /// As far as the first so many calls, 10 ms each; then the process is killed.
    async fn work_until_killed(&self, number: u32, calls: u64) -> bool {
        for engine in &self.engines {
            for method in ["create_volume", "remove_volume", "volume", "volumes", "clock"] {
                engine.slow(method, Duration::from_millis(10));
            }
        }
        let me = self.process(number);
        let killed = Duration::from_millis(10 * calls + 5);
        let ended = tokio::time::timeout(killed, self.work(&me, Duration::ZERO)).await.is_ok();
        *self.holders.lock().unwrap() = (0, 0);
        self.dies(number);
        ended
    }

    fn left(&self) -> Vec<String> {
        self.engines.iter().flat_map(Fake::volume_names).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_at_once_one_has_it_and_all_get_their_turn() {
    for seed in 0..SEEDS {
        let fake_engines = FakeEngines::jittered(3, seed);
        let all: Vec<Owner> = (1..=4).map(|number| fake_engines.process(number)).collect();
        let done = futures_util::future::join_all(all.iter().map(|me| fake_engines.work(me, TIMEOUT))).await;
        assert_eq!(done, [true; 4], "seed {seed}");
        assert_eq!(fake_engines.holders.lock().unwrap().1, 1, "seed {seed}: the most that held it at once");
        assert_eq!(fake_engines.left(), [""; 0], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_waiting_at_least_one_gets_it() {
    for seed in 0..SEEDS {
        let fake_engines = FakeEngines::jittered(3, seed);
        let all: Vec<Owner> = (1..=3).map(|number| fake_engines.process(number)).collect();
        let done =
            futures_util::future::join_all(all.iter().map(|me| fake_engines.work(me, Duration::ZERO))).await;
        assert!(done.contains(&true), "seed {seed}");
        assert_eq!(fake_engines.holders.lock().unwrap().1, 1, "seed {seed}");
        assert_eq!(fake_engines.left(), [""; 0], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_holder_is_replaced_by_one_of_several() {
    for seed in 0..SEEDS {
        let fake_engines = FakeEngines::jittered(2, seed);
        let dead = fake_engines.process(1);
        assert!(fake_engines.take(&dead, Duration::ZERO).await.0.is_ok());
        fake_engines.dies(1);
        let all: Vec<Owner> = (2..=5).map(|number| fake_engines.process(number)).collect();
        let done = futures_util::future::join_all(all.iter().map(|me| fake_engines.work(me, TIMEOUT))).await;
        assert_eq!(done, [true; 4], "seed {seed}");
        assert_eq!(fake_engines.holders.lock().unwrap().1, 1, "seed {seed}: the most that held it at once");
        assert_eq!(fake_engines.left(), [""; 0], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_replaced_is_told_once_an_engine() {
    let fake_engines = FakeEngines::new(2);
    assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
    fake_engines.dies(1);
    let (lease, replaced) = fake_engines.take(&fake_engines.process(2), Duration::ZERO).await;
    assert!(lease.is_ok());
    assert_eq!(replaced, ["nonce1", "nonce1"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_anywhere_leaves_nothing_to_the_run_after_next() {
    let mut ended = 0;
    for calls in 0..40 {
        let fake_engines = FakeEngines::new(2);
        ended += usize::from(fake_engines.work_until_killed(1, calls).await);
        assert!(
            fake_engines.work(&fake_engines.process(2), Duration::ZERO).await,
            "killed after {calls} calls"
        );
        assert_eq!(fake_engines.left(), [""; 0], "killed after {calls} calls");
    }
    assert!((10..40).contains(&ended), "some of them ended by themselves, some did not: {ended}");
}

#[tokio::test(start_paused = true)]
async fn so_does_one_that_is_killed_over_the_remains_of_another() {
    for first in 0..12 {
        for second in 0..16 {
            let fake_engines = FakeEngines::new(2);
            let about = format!("killed after {first} and {second} calls");
            assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
            fake_engines.dies(1);
            fake_engines.work_until_killed(2, first).await;
            fake_engines.work_until_killed(3, second).await;
            let last: Vec<Owner> = (4..=5).map(|number| fake_engines.process(number)).collect();
            let done =
                futures_util::future::join_all(last.iter().map(|me| fake_engines.work(me, TIMEOUT))).await;
            assert_eq!(done, [true; 2], "{about}");
            assert_eq!(fake_engines.holders.lock().unwrap().1, 1, "{about}");
            assert_eq!(fake_engines.left(), [""; 0], "{about}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_answers_leave_nothing_behind() {
    for method in ["create_volume", "remove_volume"] {
        for fault in [InjectedFault::AnswerLost, InjectedFault::RequestLost] {
            for after_a_dead_one in [false, true] {
                let fake_engines = FakeEngines::new(2);
                if after_a_dead_one {
                    assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
                    fake_engines.dies(1);
                }
                fake_engines.engines[1].fail_next(method, "", fault.clone());
                fake_engines.engines[1].fail_next(method, LEASE, fault.clone());
                assert!(
                    fake_engines.work(&fake_engines.process(2), Duration::ZERO).await,
                    "{method} {fault:?}"
                );
                assert_eq!(fake_engines.left(), [""; 0], "{method} {fault:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_answer_holds_nobody_up_and_is_told() {
    let fake_engines = FakeEngines::new(2);
    let me = fake_engines.process(1);
    for _ in 0..3 {
        fake_engines.engines[0].fail_next("create_volume", "", InjectedFault::AnswerLost);
    }
    let lease = fake_engines.take(&me, Duration::ZERO).await.0.ok().expect("the other engine's lease");
    assert_eq!(lease.unanswered.len(), 1);
    assert_eq!(lease.ships().collect::<Vec<_>>(), [ShipId(1)]);
    // Its volume was made though nobody was told.
    assert_eq!(fake_engines.left().len(), 2);
    lease.release(&me).await;
    assert_eq!(fake_engines.left(), [""; 0]);
    // And one that never got the request is not contacted for its volumes either.
    fake_engines.engines[0].fail_next("create_volume", "", InjectedFault::Unreachable);
    let lease = fake_engines.take(&me, Duration::ZERO).await.0.ok().expect("the other engine's lease");
    let before = fake_engines.engines[0].calls().len();
    assert_eq!(lease.release(&me).await, [(ShipId(1), Released::Free)]);
    assert_eq!(fake_engines.engines[0].calls().len(), before);
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_answer_has_made_is_removed_though_the_next_try_does_not_arrive() {
    let fake_engines = FakeEngines::new(2);
    let me = fake_engines.process(1);
    fake_engines.engines[0].fail_next("create_volume", "", InjectedFault::AnswerLost);
    fake_engines.engines[0].fail_next("create_volume", "", InjectedFault::Unreachable);
    let lease = fake_engines.take(&me, Duration::ZERO).await.0.ok().expect("the other engine's lease");
    assert_eq!((lease.unanswered.len(), fake_engines.left().len()), (1, 2));
    lease.release(&me).await;
    assert_eq!(fake_engines.left(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn another_holder_is_named_with_its_age_by_the_engines_clock_and_left_alone() {
    let fake_engines = FakeEngines::new(1);
    let other = fake_engines.on("other", 1);
    let held = fake_engines.take(&other, Duration::ZERO).await.0.ok().expect("a lease");
    // Not on this machine, whatever this machine's processes are.
    fake_engines.dies(1);
    tokio::time::sleep(Duration::from_secs(90)).await;
    let me = fake_engines.process(2);
    let Err(LeaseRefused::Busy(busy)) = fake_engines.take(&me, Duration::ZERO).await.0 else {
        panic!("it is taken")
    };
    assert_eq!((busy.holder.machine.host.as_str(), busy.age), ("other", Some(Duration::from_secs(90))));
    let Err(LeaseRefused::Busy(_)) = fake_engines.take(&me, Duration::from_secs(300)).await.0 else {
        panic!("it is taken")
    };
    held.release(&other).await;
    assert!(fake_engines.work(&me, Duration::ZERO).await);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_wait_and_gives_back_what_was_taken() {
    let fake_engines = FakeEngines::new(2);
    let other = fake_engines.on("other", 1);
    let (_keep, free) = watch::channel(false);
    let only_second = &fake_engines.places()[1..];
    let held =
        take_within(&other, only_second, Duration::ZERO, free, &mut |_| ()).await.ok().expect("a lease");
    let (interrupt, interrupted) = watch::channel(false);
    let me = fake_engines.process(2);
    let places = fake_engines.places();
    let mut news = |_: LeaseEvent| ();
    let waiting = take_within(&me, &places, TIMEOUT, interrupted, &mut news);
    let interrupting = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        interrupt.send_replace(true);
    };
    let (outcome, ()) = tokio::join!(waiting, interrupting);
    assert!(matches!(outcome, Err(LeaseRefused::Interrupted)));
    assert_eq!(fake_engines.left(), [LEASE], "the other's alone");
    held.release(&other).await;
    assert_eq!(fake_engines.left(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_is_no_lease_is_never_touched() {
    let fake_engines = FakeEngines::new(1);
    fake_engines.engines[0]
        .create_volume(LEASE, &maestro_core::model::volume::VolumeOptions::default())
        .await
        .unwrap();
    let outcome = fake_engines.take(&fake_engines.process(1), TIMEOUT).await.0;
    assert!(matches!(outcome, Err(LeaseRefused::Unmanaged { volume, .. }) if volume == LEASE));
    assert_eq!(fake_engines.left(), [LEASE]);
}

/// After a restart, an engine answers the creation of an existing volume without its labels.
#[tokio::test(start_paused = true)]
async fn a_restart_of_the_engine_changes_nothing_about_who_holds_it() {
    for with_takeover in [false, true] {
        let fake_engines = FakeEngines::new(2);
        let (holder, other) = (fake_engines.process(1), fake_engines.process(2));
        let held = fake_engines.take(&holder, Duration::ZERO).await.0.ok().expect("a lease");
        fake_engines.engines.iter().for_each(Fake::reboot);
        let Err(LeaseRefused::Busy(busy)) = fake_engines.take(&other, Duration::ZERO).await.0 else {
            panic!("it is taken")
        };
        assert_eq!(busy.holder, holder.holder);
        if with_takeover {
            fake_engines.dies(1);
            fake_engines.work_until_killed(3, 3).await;
            fake_engines.engines.iter().for_each(Fake::reboot);
            assert!(fake_engines.work(&other, Duration::ZERO).await);
        } else {
            for (_, released) in held.release(&holder).await {
                assert_eq!(released, Released::Free);
            }
        }
        assert_eq!(fake_engines.left(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn unlock_removes_the_lease_of_that_nonce_alone_and_none_of_a_process_that_runs() {
    let fake_engines = FakeEngines::new(1);
    let engine = &fake_engines.engines[0];
    let (far, near, me) = (fake_engines.on("other", 1), fake_engines.process(2), fake_engines.process(3));
    let taken = async |who: &Owner| fake_engines.take(who, Duration::ZERO).await.0.ok().expect("a lease");
    let lost = taken(&far).await;
    assert_eq!(unlock(&me, engine, "nonce9").await, Ok(Unlocked::Other(far.holder.clone())));
    assert_eq!(fake_engines.left(), [LEASE]);
    assert_eq!(unlock(&me, engine, "nonce1").await, Ok(Unlocked::Removed(far.holder.clone())));
    assert_eq!(unlock(&me, engine, "nonce1").await, Ok(Unlocked::Free));
    // What it began may be under way, which the next run has to know.
    assert_eq!(fake_engines.left(), ["maestro-takeover-nonce1"]);
    assert!(fake_engines.work(&me, Duration::ZERO).await);
    assert_eq!(fake_engines.left(), [""; 0]);
    // Who it was taken from learns of it, and removes nobody else's.
    let held = taken(&near).await;
    assert_eq!(lost.release(&far).await, [(ShipId(0), Released::Lost)]);
    assert_eq!(fake_engines.left(), [LEASE]);
    assert_eq!(unlock(&me, engine, "nonce2").await, Ok(Unlocked::Running(near.holder.clone())));
    held.release(&near).await;
    assert_eq!(fake_engines.left(), [""; 0]);
}

/// Who is on the engine's volumes of leases, and what is known of it.
async fn on_it(fake_engines: &FakeEngines, me: &Owner) -> Vec<(String, Liveness)> {
    let volumes = volumes(&fake_engines.engines[0], "world").await.unwrap();
    holders(me, &volumes).into_iter().map(|(holder, fate, _)| (holder.nonce, fate)).collect()
}

#[tokio::test(start_paused = true)]
async fn holders_are_told_dead_or_alive_until_a_later_run_has_seen_that_all_is_over() {
    let fake_engines = FakeEngines::new(1);
    let me = fake_engines.process(9);
    assert_eq!(on_it(&fake_engines, &me).await, []);
    assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
    assert_eq!(on_it(&fake_engines, &me).await, [("nonce1".to_owned(), Liveness::Running)]);
    fake_engines.dies(1);
    assert_eq!(on_it(&fake_engines, &me).await, [("nonce1".to_owned(), Liveness::Gone)]);
    // Killed when the dead one's lease is gone and its own is not made.
    fake_engines.work_until_killed(2, 4).await;
    assert_eq!(fake_engines.left(), ["maestro-takeover-nonce1"]);
    assert_eq!(on_it(&fake_engines, &me).await, [("nonce2".to_owned(), Liveness::Gone)]);
    // A run that looks and changes nothing leaves the sign; so does one that holds the lease and is killed.
    for calls in 1..4 {
        fake_engines.work_until_killed(2 + u32::try_from(calls).unwrap(), calls).await;
        assert!(fake_engines.left().contains(&"maestro-takeover-nonce1".to_owned()), "{calls}");
    }
    assert!(fake_engines.work(&me, Duration::ZERO).await);
    assert_eq!(on_it(&fake_engines, &me).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_first_engines_lease_is_given_back_when_the_second_has_an_unmanaged_volume_in_its_place() {
    let fake_engines = FakeEngines::new(2);
    fake_engines.engines[1]
        .create_volume(LEASE, &maestro_core::model::volume::VolumeOptions::default())
        .await
        .unwrap();
    let outcome = fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0;
    assert!(matches!(outcome, Err(LeaseRefused::Unmanaged { ship: ShipId(1), .. })));
    assert_eq!(fake_engines.engines[0].volume_names(), [""; 0]);
    assert_eq!(fake_engines.engines[1].volume_names(), [LEASE]);
}

/// An environment whose name Docker does not allow has two volumes as its lease: the one that release 1.0.0-alpha.1 takes,
/// and one of its own.
const ODD: &str = "a b";
const ODD_LEASE: [&str; 2] = ["maestro-lease-a_b", "maestro-lease-a_b-c8687a08aa5d"];

#[tokio::test(start_paused = true)]
async fn both_volumes_of_a_lease_are_taken_and_given_back() {
    let fake_engines = FakeEngines { environment: ODD, ..FakeEngines::new(2) };
    let me = fake_engines.process(1);
    let lease = fake_engines.take(&me, Duration::ZERO).await.0.ok().expect("a lease");
    assert_eq!(fake_engines.left(), [ODD_LEASE, ODD_LEASE].concat());
    assert!(lease.release(&me).await.iter().all(|(_, released)| *released == Released::Free));
    assert_eq!(fake_engines.left(), [""; 0]);
    // One of two is not the lease.
    let lease = fake_engines.take(&me, Duration::ZERO).await.0.ok().expect("a lease");
    fake_engines.engines[0].remove_volume(ODD_LEASE[1]).await.unwrap();
    let released: Vec<Released> =
        lease.release(&me).await.into_iter().map(|(_, released)| released).collect();
    assert_eq!(released, [Released::Lost, Released::Free]);
    assert_eq!(fake_engines.left(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn either_volume_in_anothers_hand_is_the_lease_in_anothers_hand() {
    for name in ODD_LEASE {
        let fake_engines = FakeEngines { environment: ODD, ..FakeEngines::new(2) };
        let (other, me) = (fake_engines.process(1), fake_engines.process(2));
        fake_engines.engines[1].create_volume(name, &other.holder.labels().into()).await.unwrap();
        let refused = fake_engines.take(&me, Duration::ZERO).await.0;
        assert!(matches!(refused, Err(LeaseRefused::Busy(busy)) if busy.holder.nonce == "nonce1"), "{name}");
        assert_eq!(fake_engines.left(), [name], "what was taken before is given back");
        fake_engines.dies(1);
        assert!(fake_engines.work(&me, Duration::ZERO).await, "{name}");
        assert_eq!(fake_engines.left(), [""; 0], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_volumes_are_taken_over_wherever_their_holder_was_killed() {
    for calls in 1.. {
        let fake_engines = FakeEngines { environment: ODD, ..FakeEngines::new(2) };
        let ended = fake_engines.work_until_killed(1, calls).await;
        let me = fake_engines.process(2);
        assert!(fake_engines.work(&me, Duration::ZERO).await, "{calls}");
        assert_eq!(fake_engines.left(), [""; 0], "{calls}");
        if ended {
            assert!(calls > 8);
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn other_environments_leases_are_not_this_ones_leftovers() {
    let fake_engines = FakeEngines { environment: ODD, ..FakeEngines::new(1) };
    let me = fake_engines.process(1);
    let other =
        FakeEngines { environment: "a/b", engines: fake_engines.engines.clone(), ..FakeEngines::new(0) };
    let dead = other.process(7);
    fake_engines.engines[0]
        .create_volume("maestro-lease-a_b-of-a/b", &dead.holder.labels().into())
        .await
        .unwrap();
    assert_eq!(volumes(&fake_engines.engines[0], ODD).await.unwrap(), []);
    assert_eq!(unlock(&me, &fake_engines.engines[0], "nonce8").await.unwrap(), Unlocked::Free);
}

#[tokio::test(start_paused = true)]
async fn every_run_takes_engines_in_the_order_of_their_identities() {
    let fake_engines = FakeEngines::new(3);
    let mut places = fake_engines.places();
    places.reverse();
    let ships: Vec<usize> = in_order(places).iter().map(|place| place.ship.0).collect();
    assert_eq!(ships, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_in_anothers_hand_is_not_held() {
    let fake_engines = FakeEngines::new(1);
    let held =
        async |by: &str| maestro_run::lease::is_held(&fake_engines.engines[0], "world", by).await.unwrap();
    assert!(!held("nonce1").await);
    assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
    assert!(held("nonce1").await && !held("nonce2").await);
}

/// A run that saw a dead holder and was slow removes no lease that was taken meanwhile.
#[tokio::test(start_paused = true)]
async fn a_slow_takeover_removes_nobody_elses_lease() {
    let fake_engines = FakeEngines::new(1);
    assert!(fake_engines.take(&fake_engines.process(1), Duration::ZERO).await.0.is_ok());
    fake_engines.dies(1);
    let (slow, quick, holder) = (fake_engines.process(2), fake_engines.process(3), fake_engines.process(4));
    fake_engines.engines[0].slow("create_volume", Duration::from_millis(10));
    let mut taking = Box::pin(fake_engines.take(&slow, Duration::ZERO));
    // It has seen the dead holder, and is about to make its takeover.
    assert!(tokio::time::timeout(Duration::from_millis(15), &mut taking).await.is_err());
    fake_engines.engines[0].slow("create_volume", Duration::ZERO);
    assert!(fake_engines.work(&quick, Duration::ZERO).await);
    let held = fake_engines.take(&holder, Duration::ZERO).await.0.ok().expect("a lease");
    let Err(LeaseRefused::Busy(busy)) = taking.await.0 else { panic!("it is taken") };
    assert_eq!(busy.holder.nonce, "nonce4");
    assert_eq!(held.release(&holder).await, [(ShipId(0), Released::Free)]);
    assert_eq!(fake_engines.left(), [""; 0]);
}
