//! Images that are carried between engines in memory.

use std::sync::{Arc, Mutex};

use maestro_fake::{Fake, InjectedFault};

use super::{CarryNews, CarryRequest, carry};
use maestro_core::fault::{ArchiveFault, CarryFault};
use maestro_engine::{Engine, ImageArchives as _};

const BASE: &[u8] = &[b'b'; 50_000];
const OLD: &[u8] = &[b'o'; 5_000];
const NEW: &[u8] = &[b'n'; 5_000];

/// A source with an image whose upper layer is new.
fn source() -> Fake {
    let source = Fake::new("source");
    source.add_layered_image("api:1", &[BASE, NEW]);
    source
}

async fn carried(source: &Fake, targets: &[&Fake]) -> Vec<Result<u64, CarryFault>> {
    let id = source.stored_image("api:1").await.unwrap().map_or("none".to_owned(), |image| image.id);
    carried_id(source, id, targets).await
}

async fn carried_id(source: &Fake, id: String, targets: &[&Fake]) -> Vec<Result<u64, CarryFault>> {
    let request = CarryRequest {
        from: Arc::new(source.clone()),
        id,
        reference: "api:1".to_owned(),
        to: targets.iter().map(|target| Arc::new((*target).clone()) as Arc<dyn Engine>).collect(),
    };
    let told = Mutex::new(vec![None; targets.len()]);
    carry(&request, &|target, news| {
        if let CarryNews::Ended(result) = news {
            let before = told.lock().unwrap()[target].replace(result);
            assert_eq!(before, None, "a target ends once");
        }
    })
    .await;
    told.into_inner().unwrap().into_iter().map(Option::unwrap).collect()
}

fn saves(engine: &Fake) -> usize {
    engine.calls().iter().filter(|call| call.method == "save_image").count()
}

/// Whether an engine has the very image of the source, under its name.
async fn has(target: &Fake, source: &Fake) -> bool {
    let (there, here) = (target.stored_image("api:1").await, source.stored_image("api:1").await);
    there.unwrap().is_some_and(|there| there.is_same(&here.unwrap().unwrap()))
}

#[tokio::test]
async fn each_target_gets_the_layers_that_it_lacks_from_one_read() {
    let (source, bare, knows) = (source(), Fake::new("bare"), Fake::new("knows"));
    knows.add_layered_image("api:0", &[BASE, OLD]);
    let results = carried(&source, &[&bare, &knows]).await;
    let bytes: Vec<u64> = results.into_iter().map(Result::unwrap).collect();
    assert!(bytes[0] > 55_000 && bytes[0] < 60_000, "{bytes:?}");
    assert!(bytes[1] > 5_000 && bytes[1] < 10_000, "{bytes:?}");
    assert_eq!(saves(&source), 1);
    assert!(has(&bare, &source).await && has(&knows, &source).await);
    assert_eq!(bare.loaded_bytes() as u64, bytes[0]);
    // A second time there is nothing to send, and a name that was lost comes back.
    bare.lose_image("api:0");
    assert_eq!(carried(&source, &[&bare, &knows]).await, [Ok(0), Ok(0)]);
    assert_eq!(saves(&source), 1);
}

#[tokio::test]
async fn a_target_without_room_does_not_stop_the_others() {
    let (source, full, other) = (source(), Fake::new("full"), Fake::new("other"));
    full.limit_image_room(20_000);
    let results = carried(&source, &[&full, &other]).await;
    assert!(matches!(&results[0], Err(CarryFault::NoRoom(_))), "{results:?}");
    assert!(results[1].is_ok() && has(&other, &source).await && !full.has_image("api:1"));
}

#[tokio::test]
async fn a_line_that_is_cut_while_the_image_is_read_leaves_nothing() {
    let (source, target) = (source(), Fake::new("target"));
    source.break_archive_after(20_000);
    let results = carried(&source, &[&target]).await;
    assert!(matches!(&results[0], Err(CarryFault::Read(ArchiveFault::Engine(_)))), "{results:?}");
    assert!(!target.has_image("api:1") && target.stored_image("api:1").await.unwrap().is_none());
    assert!(carried(&source, &[&target]).await[0].is_ok());
}

#[tokio::test]
async fn a_line_that_is_cut_while_the_image_is_written_leaves_nothing() {
    let (source, cut, other) = (source(), Fake::new("cut"), Fake::new("other"));
    cut.break_archive_after(20_000);
    let results = carried(&source, &[&cut, &other]).await;
    assert!(matches!(&results[0], Err(CarryFault::Load(_))), "{results:?}");
    assert!(results[1].is_ok() && !cut.has_image("api:1"));
}

#[tokio::test]
async fn an_image_that_is_removed_meanwhile_is_gone() {
    let (source, target) = (source(), Fake::new("target"));
    let id = source.stored_image("api:1").await.unwrap().unwrap().id;
    source.lose_image("api:1");
    assert_eq!(carried_id(&source, id, &[&target]).await, [Err(CarryFault::Gone)]);
}

#[tokio::test]
async fn layers_that_are_removed_meanwhile_are_sent_after_all() {
    let (source, target) = (source(), Fake::new("target"));
    target.add_layered_image("api:0", &[BASE, OLD]);
    // It refuses what lacks a layer, as an engine does whose image was removed since it was asked.
    target.fail_next("load_image", "", InjectedFault::Refused("open layer.tar: no such file".into()));
    let bytes = carried(&source, &[&target]).await.remove(0).unwrap();
    assert!(bytes > 55_000 && has(&target, &source).await, "{bytes}");
    assert_eq!(saves(&source), 2);
}

#[tokio::test]
async fn what_is_loaded_by_half_does_not_get_the_name() {
    let (source, target) = (source(), Fake::new("target"));
    target.load_half(true);
    let results = carried(&source, &[&target]).await;
    assert!(matches!(&results[0], Err(CarryFault::Differs { loaded: Some(_), .. })), "{results:?}");
    assert!(!target.has_image("api:1") && !target.half_images().is_empty());
    // What is left of it is not taken for the whole one.
    assert!(carried(&source, &[&target]).await[0].is_ok());
    assert!(target.has_image("api:1") && target.half_images().is_empty());
}

#[tokio::test]
async fn two_runs_may_carry_the_same_image_at_once() {
    let (source, target) = (source(), Fake::new("target"));
    let targets = [&target];
    let (one, two) = tokio::join!(carried(&source, &targets), carried(&source, &targets));
    assert!(one[0].is_ok() && two[0].is_ok() && has(&target, &source).await);
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_told() {
    let (source, target) = (source(), Fake::new("target"));
    target.fail_next("image_layers", "", InjectedFault::Unreachable);
    assert!(matches!(&carried(&source, &[&target]).await[0], Err(CarryFault::Load(_))));
}
