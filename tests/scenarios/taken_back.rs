//! Which failures of a roll-out count, and which of them its compensations answer.

use maestro_core::model::update::{OnFailure, Order, Update};
use maestro_fake::InjectedFault;

use crate::{
    apply::block_on,
    rollout::{apply, change, containers, running},
};

#[test]
fn failures_of_earlier_batches_count_in_later_ones() {
    block_on(async {
        let update = Update { on_failure: OnFailure::Pause, max_failures: 1, ..Update::default() };
        let mut world = running(4, update).await;
        change(&mut world, &["web-1", "web-3"]);
        let outcome = apply(&world).await;
        assert_eq!(outcome.failures().len(), 2, "{:?}", outcome.failures());
        let expected = [
            "web-1 app Running",
            "web-2 app:2 Running",
            "web-3 app Running",
            "web-4 app Running",
            "web-4.next app:2 Created",
        ];
        assert_eq!(containers(&world), expected);
        assert_eq!(outcome.held(), ["web-4"]);
    });
}

#[test]
fn a_successor_whose_start_has_an_unknown_outcome_is_taken_back() {
    block_on(async {
        for order in [Order::StopFirst, Order::StartFirst] {
            let mut world = running(2, Update { order, ..Update::default() }).await;
            change(&mut world, &[]);
            world.engines[0].fail_next("start", "", InjectedFault::RequestLost);
            let outcome = apply(&world).await;
            let summary = &outcome.summary;
            assert_eq!((summary.unknown, summary.failed, summary.taken_back), (1, 0, 2), "{order:?}");
            assert_eq!(containers(&world), ["web-1 app Running", "web-2 app Running"], "{order:?}");
        }
    });
}
