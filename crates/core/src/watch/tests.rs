//! Decisions about instances, one by one and at random.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::value::on_unhealthy::OnUnhealthy;

const LIMITS: HealLimits = HealLimits {
    tries: 3,
    backoff: Duration::from_secs(10),
    longest: Duration::from_secs(30),
    stable: Duration::from_secs(60),
};

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn facts(condition: InstanceCondition) -> HealFacts {
    HealFacts { condition, policy: OnUnhealthy::Restart, is_behind: false, is_swarm: false }
}

/// What is decided right after the condition was seen at that time.
fn seen(watched: &mut WatchedInstance, condition: InstanceCondition, seconds: u64) -> HealDecision {
    watched.observe(condition, at(seconds));
    watched.decide(facts(condition), LIMITS, at(seconds))
}

const DOWN: InstanceCondition = InstanceCondition::Down(Some(137));

#[test]
fn tries_come_later_and_later_and_then_no_more() {
    let mut watched = WatchedInstance::default();
    assert_eq!(seen(&mut watched, InstanceCondition::Ready, 0), HealDecision::Nothing);
    assert_eq!(seen(&mut watched, DOWN, 100), HealDecision::WaitUntil(at(101)));
    assert_eq!(seen(&mut watched, DOWN, 101), HealDecision::Heal(HealMethod::Start));
    watched.tried(at(102));
    // It flaps: that it is ready for a moment makes no new beginning.
    assert_eq!(seen(&mut watched, InstanceCondition::Ready, 102), HealDecision::Nothing);
    assert_eq!(seen(&mut watched, DOWN, 105), HealDecision::WaitUntil(at(112)));
    assert_eq!(seen(&mut watched, DOWN, 112), HealDecision::Heal(HealMethod::Start));
    watched.tried(at(113));
    assert_eq!(seen(&mut watched, DOWN, 113), HealDecision::WaitUntil(at(133)));
    watched.tried(at(134));
    assert_eq!(seen(&mut watched, DOWN, 135), HealDecision::GiveUp);
    watched.has_given_up = true;
    assert_eq!(seen(&mut watched, DOWN, 1_000), HealDecision::Nothing);
}

#[test]
fn what_is_ready_for_a_while_has_recovered_and_begins_anew() {
    let mut watched =
        WatchedInstance { tries: 3, has_given_up: true, is_told: true, ..WatchedInstance::default() };
    watched.observe(InstanceCondition::Ready, at(10));
    assert!(!watched.has_recovered(LIMITS, at(69)));
    assert_eq!(watched.due(LIMITS), Some(at(70)));
    assert!(watched.has_recovered(LIMITS, at(70)));
    assert!(!watched.has_recovered(LIMITS, at(71)));
    assert_eq!(watched.due(LIMITS), None);
    assert_eq!(seen(&mut watched, DOWN, 80), HealDecision::WaitUntil(at(81)));
}

#[test]
fn each_fault_is_told_once_and_not_before_it_lasts() {
    let mut watched = WatchedInstance::default();
    watched.observe(DOWN, at(10));
    assert_eq!(watched.due(LIMITS), Some(at(11)));
    assert!(!watched.is_to_be_told(at(10)));
    assert!(watched.is_to_be_told(at(11)));
    watched.observe(InstanceCondition::Ready, at(12));
    watched.observe(DOWN, at(13));
    assert!(!watched.is_to_be_told(at(20)));
}

#[test]
fn what_is_stopped_on_purpose_is_forgotten() {
    let mut watched = WatchedInstance { tries: 2, is_told: true, ..WatchedInstance::default() };
    watched.observe(DOWN, at(1));
    watched.observe(InstanceCondition::Stopped, at(2));
    assert!(!watched.has_recovered(LIMITS, at(100)));
    assert_eq!((watched.tries, watched.is_to_be_told(at(100))), (0, false));
}

#[test]
fn the_policy_says_how_it_is_healed() {
    let decided = |condition, policy| {
        let mut watched = WatchedInstance::default();
        watched.observe(condition, at(0));
        watched.decide(HealFacts { policy, ..facts(condition) }, LIMITS, at(5))
    };
    assert_eq!(
        decided(InstanceCondition::Unhealthy, OnUnhealthy::Restart),
        HealDecision::Heal(HealMethod::Restart)
    );
    assert_eq!(
        decided(InstanceCondition::Unhealthy, OnUnhealthy::Replace),
        HealDecision::Heal(HealMethod::Replace)
    );
    assert_eq!(decided(DOWN, OnUnhealthy::Replace), HealDecision::Heal(HealMethod::Replace));
    assert_eq!(
        decided(InstanceCondition::Absent, OnUnhealthy::Restart),
        HealDecision::Heal(HealMethod::Create)
    );
    assert_eq!(decided(InstanceCondition::Absent, OnUnhealthy::Notify), HealDecision::Nothing);
    assert_eq!(decided(DOWN, OnUnhealthy::Notify), HealDecision::Nothing);
}

fn condition() -> impl Strategy<Value = InstanceCondition> {
    prop_oneof![
        3 => Just(InstanceCondition::Ready),
        3 => Just(DOWN),
        2 => Just(InstanceCondition::Unhealthy),
        1 => Just(InstanceCondition::Starting),
        1 => Just(InstanceCondition::Absent),
        1 => Just(InstanceCondition::Restarting),
        1 => Just(InstanceCondition::TasksMissing),
        1 => Just(InstanceCondition::Paused),
        1 => Just(InstanceCondition::Completed),
        1 => Just(InstanceCondition::JobFailed(Some(1))),
        1 => Just(InstanceCondition::Stopped),
        1 => Just(InstanceCondition::Unmanaged),
        1 => Just(InstanceCondition::Changing),
        1 => Just(InstanceCondition::OnOldShip),
        1 => Just(InstanceCondition::NotDeployed),
        1 => Just(InstanceCondition::ShipLost),
    ]
}

proptest! {
    /// However conditions follow one another: only what can be healed is healed, tries keep their distance, there are no more
    /// than allowed before it was well for a while, and each fault is told once.
    #[test]
    fn healing_is_bounded(steps in prop::collection::vec((condition(), 0..40_u64), 1..200)) {
        let mut watched = WatchedInstance::default();
        let (mut now, mut last, mut tries, mut told) = (0, None::<u64>, 0, false);
        let mut well_since: Option<u64> = None;
        for (condition, later) in steps {
            now += later;
            if well_since.is_some_and(|since| now >= since + 60) {
                (tries, last) = (0, None);
            }
            if watched.has_recovered(LIMITS, at(now)) {
                prop_assert!(told && well_since.is_some_and(|since| now >= since + 60));
                told = false;
            }
            watched.observe(condition, at(now));
            well_since = condition.is_well().then(|| well_since.unwrap_or(now));
            if condition == InstanceCondition::Stopped {
                (tries, last, told) = (0, None, false);
            }
            if watched.is_to_be_told(at(now)) {
                prop_assert!(!told && condition.is_broken());
                told = true;
            }
            match watched.decide(facts(condition), LIMITS, at(now)) {
                HealDecision::Heal(_) => {
                    prop_assert!(condition.is_healable());
                    prop_assert!(last.is_none_or(|last| at(now) >= at(last) + LIMITS.after(tries)));
                    tries += 1;
                    prop_assert!(tries <= LIMITS.tries);
                    watched.tried(at(now));
                    last = Some(now);
                }
                HealDecision::GiveUp => {
                    prop_assert_eq!(tries, LIMITS.tries);
                    prop_assert!(!watched.has_given_up);
                    watched.has_given_up = true;
                }
                HealDecision::WaitUntil(until) => prop_assert!(until > at(now) && condition.is_healable()),
                HealDecision::Nothing => {}
            }
        }
    }
}
